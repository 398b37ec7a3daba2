"""The evidence as JSON values, as the documented schema describes it."""

import datetime as dt
from typing import Any

from backtests.evidence.entries import Judgement
from backtests.evidence.plain import (
    describe_coverage,
    describe_judgement,
    describe_path,
    describe_pick,
    describe_placebo,
    describe_split,
    describe_tests,
)
from backtests.evidence.result import Evidence
from backtests.provenance import told
from backtests.report.claims import list_claims
from universes import Ledger
from universes.text import Language

SCHEMA = "sector-screener/evidence/1"


def to_json(
    evidence: Evidence, ledger: Ledger, as_of: dt.date, language: Language, headline: str
) -> dict[str, Any]:
    """Return the evidence as JSON values; what cannot be told is null.

    Parameters
    ----------
    evidence : Evidence
    ledger : Ledger
        The report's claims, which are told apart.
    as_of : date
        The claims are as of the end of this day.
    language : {"zh", "en"}
    headline : str
        The verdict on all picks in words.
    """
    return {
        "schema": SCHEMA,
        "headline": headline,
        "graded_horizon": evidence.graded_horizon,
        "basis": evidence.trial.basis,
        "promise": evidence.promise,
        "judgements": [_describe(each) for each in evidence.judgements],
        "picks": [describe_pick(each) for each in evidence.picks],
        "without_best": [told(float(mean)) for mean in evidence.without_best],
        "coverage": [describe_coverage(each) for each in evidence.coverage],
        "path": describe_path(evidence.path) if evidence.path else None,
        "claims": list_claims(ledger, as_of, language),
        "caveats": [{"code": each.code, "text": each.get(language)} for each in evidence.caveats],
        "provenance": {**evidence.provenance, "claims": {"sha256": ledger.sha256}},
    }


def _describe(each: Judgement) -> dict[str, Any]:
    return {
        **describe_judgement(each),
        **describe_tests(each),
        "split": describe_split(each.split) if each.split else None,
        "placebos": [describe_placebo(placebo) for placebo in each.placebos],
    }
