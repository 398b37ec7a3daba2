"""Lays a weekly report out as a document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from backtests.caveats import Caveat
from backtests.labels import caveat, sentence, title_of
from backtests.report.claims import claims_sheet, list_claims
from backtests.report.conventions import lay_out_picks
from backtests.report.document import Document, Sheet, plain_sheet
from backtests.report.evidence.tables import lay_out_verdicts
from backtests.report.portfolio import to_json
from backtests.report.scorecard import lay_out_sheets
from backtests.report.weekly.sheets import (
    lay_out_benchmarks,
    lay_out_changes,
    lay_out_freshness,
    lay_out_method,
    lay_out_moves,
    lay_out_portfolio,
    lay_out_trace,
)
from backtests.report.weekly.words import GAP, list_facts, write_headline, write_warning
from backtests.weekly.result import Weekly
from universes.text import Language

SCHEMA = "sector-screener/weekly/1"


def lay_out_weekly(weekly: Weekly, command: str, language: Language) -> Document:
    """Return a weekly report as a document in one language.

    Parameters
    ----------
    weekly : Weekly
    command : str
        What makes it again.
    language : {"zh", "en"}
    """
    title = title_of(weekly.report, language)
    headline = write_headline(weekly, language)
    return Document(
        name="report",
        title=sentence("weekly_title", language, week=weekly.week.name, title=title),
        data=_to_json(weekly, headline, command, language),
        records=plain_sheet("rows", weekly.records(language)),
        sheets=tuple(_lay_out_sheets(weekly, command, language)),
        notes=[each.get(language) for each in _list_caveats(weekly)],
        lead=GAP[language].join(headline),
        warning=write_warning(weekly, language),
        facts=tuple(list_facts(weekly, language)),
    )


def _lay_out_sheets(weekly: Weekly, command: str, language: Language) -> Iterator[Sheet]:
    yield lay_out_moves(weekly, language)
    yield lay_out_benchmarks(weekly, language)
    yield lay_out_changes(weekly, language)
    yield from lay_out_sheets(weekly.card, language)
    if weekly.portfolio:
        yield lay_out_portfolio(weekly, weekly.portfolio, language)
    if weekly.evidence:
        yield lay_out_verdicts(weekly.evidence, language)
    yield replace(lay_out_picks(weekly.conventions, language), name="conventions")
    if weekly.ledger.claims:
        yield claims_sheet(weekly.ledger, weekly.week.last, language)
    yield lay_out_freshness(weekly, language)
    yield lay_out_method(weekly, language)
    yield lay_out_trace(weekly, command, language)


def _list_caveats(weekly: Weekly) -> Sequence[Caveat]:
    """Return what a reader must know of any part, each once, the disclaimer last."""
    parts = [weekly.card.caveats, weekly.conventions.caveats]
    parts += [each.caveats for each in (weekly.portfolio, weekly.evidence) if each]
    told = {each.get("en"): each for part in parts for each in part if each.code != "advice"}
    return [*told.values(), Caveat("advice")]


def _to_json(
    weekly: Weekly, headline: tuple[str, str], command: str, language: Language
) -> dict[str, Any]:
    card, test, evidence = weekly.card, weekly.portfolio, weekly.evidence
    conventions = weekly.conventions.to_dict(language)
    return {
        "schema": SCHEMA,
        "headline": list(headline),
        "complete": weekly.complete,
        **weekly.to_dict(language),
        "scorecard": {
            "rows": card.records(language),
            "summary": [asdict(summary) for summary in card.summaries],
        },
        "portfolio": to_json(test, language)["strategies"] if test else None,
        "evidence": evidence.records() if evidence else None,
        "conventions": {key: conventions[key] for key in ("kept", "told", "picks")},
        "claims": list_claims(weekly.ledger, weekly.week.last, language),
        "caveats": [
            {"code": each.code, "text": caveat(each.code, language, **each.values)}
            for each in _list_caveats(weekly)
        ],
        "provenance": {**weekly.provenance, "command": command},
    }
