"""Lays reports and their picks out for people and programs."""

import datetime as dt
import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backtests.labels import caveat, sentence, title_of, word
from backtests.report.document import Column, Document, Kind, Sheet
from universes import FaultyFileError, Ledger, Publication, Report
from universes.report import Pick
from universes.text import Language, Text

_LIST = ("report", "title", "broker", "published", "scale", "themes", "picks", "mentions")
_KINDS: dict[str, Kind] = {
    "report": "label",
    "published": "label",
    "symbol": "label",
    "name": "name",
    "level": "label",
    "benchmark": "label",
    "section": "label",
    "page": "label",
    "confidence": "label",
}
_PICKS = ("symbol", "name", "level", "market", "benchmark", "section", "words")
_EVIDENCE = ("page", "confidence")


def lay_out_reports(reports: Sequence[Report], language: Language) -> Document:
    """Return a list of reports as a document."""
    rows = [_lay_out_report(report, language) for report in reports]
    columns = [Column(key, word(key, language), _KINDS.get(key, "text")) for key in _LIST]
    title = word("reports", language)
    sheet = Sheet("reports", title, columns, rows)
    return Document("reports", title, {"reports": rows}, sheet, (sheet,))


def lay_out_universe(report: Report, ledger: Ledger, path: str, language: Language) -> Document:
    """Return a report's themes, picks and mentions as a document.

    Parameters
    ----------
    report : Report
    ledger : Ledger
        Its claims, which are counted only.
    path : str
        What the report was asked for by: its id or its path.
    language : {"zh", "en"}
    """
    title = title_of(report, language)
    rows: list[dict[str, Any]] = []
    for theme in report.themes:
        rows.append({"head": True, "name": theme.title.get(language), "section": theme.section})
        rows.extend(
            {
                "symbol": str(pick.symbol),
                "name": pick.name.both,
                "theme": theme.id,
                "level": word(pick.level, language),
                "market": pick.market.name.get(language),
                "benchmark": str(report.scale.benchmark_for(pick.market)[0]),
                "section": pick.section,
                "words": pick.words,
                **_lay_out_evidence(pick, language),
            }
            for pick in theme.picks
        )
    keys = (*_PICKS, *(_EVIDENCE if report.drafted else ()))
    columns = [Column(key, word(key, language), _KINDS.get(key, "text")) for key in keys]
    records = Sheet(
        "picks",
        word("picks", language),
        [
            columns[0],
            Column("theme", word("theme", language)),
            *columns[1:],
            *([Column("quote", word("quote", language))] if report.drafted else []),
        ],
        [row for row in rows if not row.get("head")],
    )
    return Document(
        name="universe",
        title=title,
        data=_to_json(report),
        records=records,
        sheets=(
            Sheet("universe", word("picks", language), columns, rows, grouped=True),
            _lay_out_arguments(report, language),
        ),
        notes=(
            *_explain_seal(report, path, language),
            *_explain_date(report.publication, language),
            *_count_claims(ledger, path, language),
        ),
    )


def lay_out_check(report: Report, ledger: Ledger, path: str, language: Language) -> Document:
    """Return what a check without faults found; parameters as `lay_out_universe`."""
    found = lay_out_reports([report], language)
    told = {
        **found.data["reports"][0],
        "claims": len(ledger.claims),
        "sha256": report.sha256,
        "seal": report.seal.state if report.seal else None,
    }
    return Document(
        name="check",
        title=sentence("check_passed", language, path=path),
        data={"path": path, "faults": [], **told},
        records=found.records,
        sheets=found.sheets,
        notes=(
            *_explain_seal(report, path, language),
            *_count_claims(ledger, path, language),
        ),
    )


def lay_out_faults(error: FaultyFileError, path: str, language: Language) -> Document:
    """Return the faults of a report's files as a document."""
    keys = ("file", "line", "key", "message", "remedy")
    rows = [
        {
            "file": str(fault.path),
            "line": fault.line,
            "key": fault.key,
            "message": fault.message,
            "remedy": fault.remedy,
        }
        for fault in error.faults
    ]
    title = word("faults", language)
    sheet = Sheet("faults", title, [Column(key, word(key, language)) for key in keys], rows)
    return Document("check", title, {"path": path, "faults": rows}, sheet, (sheet,))


def _lay_out_report(report: Report, language: Language) -> dict[str, Any]:
    picks = sum(pick.level != "mention" for pick in report.picks)
    return {
        "report": report.id,
        "title": report.title.get(language),
        "broker": report.broker.get(language),
        "published": report.publication.date.isoformat(),
        "scale": report.scale.id,
        "themes": len(report.themes),
        "picks": picks,
        "mentions": len(report.picks) - picks,
    }


def _lay_out_arguments(report: Report, language: Language) -> Sheet:
    keys = ("theme", "section", "industry_view", "argument", "catalysts", "risks")
    rows = [
        {
            "theme": theme.title.get(language),
            "section": theme.section,
            "industry_view": word(theme.industry_view, language),
            "argument": theme.argument.get(language),
            "catalysts": _join(theme.catalysts, language),
            "risks": _join(theme.risks, language),
        }
        for theme in report.themes
    ]
    title = word("themes", language)
    return Sheet("themes", title, [Column(key, word(key, language)) for key in keys], rows)


def _lay_out_evidence(pick: Pick, language: Language) -> dict[str, Any]:
    own = pick.evidence
    if own is None:
        return {}
    confidence = word(f"confidence_{own.confidence}", language)
    return {"page": own.page, "confidence": confidence, "quote": own.quote}


def _explain_seal(report: Report, path: str, language: Language) -> tuple[str, ...]:
    if report.seal is None:
        return ()
    signed = report.seal.approval
    return (
        caveat(
            f"seal_{report.seal.state}",
            language,
            report=shlex.quote(path),
            who=signed.who if signed else "-",
            when=f"{signed.when:%Y-%m-%d %H:%M} UTC" if signed else "-",
            changes="; ".join(report.seal.changes),
        ),
    )


def _explain_date(publication: Publication, language: Language) -> tuple[str, ...]:
    if not publication.inferred:
        return ()
    first, last = publication.window
    head = caveat("inferred_date", language, published=publication.date, first=first, last=last)
    return (head, *(each.get(language) for each in publication.evidence))


def _count_claims(ledger: Ledger, path: str, language: Language) -> tuple[str, ...]:
    if not ledger.claims:
        return ()
    count, report = len(ledger.claims), shlex.quote(path)
    return (sentence("claims_kept", language, count=count, report=report),)


def _join(texts: Sequence[Text], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(text.get(language) for text in texts)


def _to_json(report: Report) -> dict[str, Any]:
    def spell(value: object) -> str:
        if isinstance(value, dt.date):
            return value.isoformat()
        raise TypeError(f"{value!r} has no JSON form")

    plain = {**asdict(report), "sha256": report.sha256}
    for theme, named in zip(plain["themes"], report.themes, strict=True):
        for row, pick in zip(theme["picks"], named.picks, strict=True):
            row.update(symbol=str(pick.symbol), market=pick.market.id)
    plain["scale"] = report.scale.id
    return dict(json.loads(json.dumps(plain, default=spell)))
