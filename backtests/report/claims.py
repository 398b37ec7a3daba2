"""Lays out what a report says that can be checked, and what has become of it."""

import datetime as dt
from typing import Any

from backtests.labels import caveat, sentence, title_of, word
from backtests.report.document import Column, Document, Kind, Sheet, Toned, plain_sheet
from universes import Claim, Ledger, Report
from universes.text import Language

_COLUMNS: dict[str, Kind] = {
    "claim": "label",
    "section": "label",
    "statement": "text",
    "due": "label",
    "claim_status": "label",
    "evidence": "text",
    "date": "label",
    "source": "text",
}
_RECORDS = (
    "claim",
    "section",
    "statement",
    "words",
    "due",
    "status",
    "evidence",
    "date",
    "source",
    "link",
    "verified",
)
_TONES = {"true": 1, "false": -1}


def lay_out_claims(ledger: Ledger, report: Report, as_of: dt.date, language: Language) -> Document:
    """Return a report's claims, as they stood at the end of a day, as a document."""
    records = list_claims(ledger, as_of, language)
    return Document(
        name="claims",
        title=title_of(report, language),
        data={
            "report": report.id,
            "published": report.publication.date.isoformat(),
            "as_of": as_of.isoformat(),
            "sha256": ledger.sha256,
            "claims": records,
        },
        records=plain_sheet(word("claims", language), records, _RECORDS),
        sheets=(claims_sheet(ledger, as_of, language),),
        notes=_explain(ledger, as_of, language),
    )


def list_claims(ledger: Ledger, as_of: dt.date, language: Language) -> list[dict[str, Any]]:
    """Return a report's claims, as they stood at the end of a day, as JSON values."""
    return [_record(claim, as_of, language) for claim in ledger.claims]


def claims_sheet(ledger: Ledger, as_of: dt.date, language: Language) -> Sheet:
    """Return a report's claims, as they stood at the end of a day, as a table for people."""
    columns = [Column(key, word(key, language), kind) for key, kind in _COLUMNS.items()]
    rows = [_show_claim(claim, as_of, language) for claim in ledger.claims]
    return Sheet("claims", sentence("claims_title", language, as_of=as_of), columns, rows)


def _show_claim(claim: Claim, as_of: dt.date, language: Language) -> dict[str, Any]:
    status, finding = claim.status_on(as_of)
    shown = Toned(word(f"claim_{status}", language), _TONES.get(status, 0))
    row = {**_record(claim, as_of, language), "claim_status": shown}
    if finding and not finding.verified:
        row["source"] = sentence("claim_unverified", language, source=finding.source)
    return row


def _record(claim: Claim, as_of: dt.date, language: Language) -> dict[str, Any]:
    """Return a claim as JSON values, in the order of `_RECORDS`."""
    status, finding = claim.status_on(as_of)
    return {
        "claim": claim.id,
        "section": claim.section,
        "statement": claim.statement.get(language),
        "words": claim.words,
        "due": claim.due.isoformat() if claim.due else None,
        "status": status,
        "evidence": finding.evidence.get(language) if finding else None,
        "date": finding.date.isoformat() if finding else None,
        "source": finding.source.get(language) if finding else None,
        "link": (finding.link or None) if finding else None,
        "verified": finding.verified if finding else None,
    }


def _explain(ledger: Ledger, as_of: dt.date, language: Language) -> tuple[str, ...]:
    if not ledger.claims:
        return (sentence("claims_none", language),)
    apart = caveat("claims_apart", language)
    overdue = [
        claim.id
        for claim in ledger.claims
        if claim.due and claim.due < as_of and claim.status_on(as_of)[0] == "open"
    ]
    if not overdue:
        return (apart,)
    return (caveat("claims_overdue", language, claims=", ".join(overdue)), apart)
