"""Lays the calls of a source out, one by one."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backtests.labels import reason, word
from backtests.outcome import Outcome
from backtests.report.document import Kind, Sheet
from backtests.report.ranking.sheets import make_table
from backtests.report.ranking.words import HIT_MARKS, name_grade
from universes.text import Language

_CALLS: Mapping[str, Kind] = {
    "date": "label",
    "symbol": "label",
    "name": "name",
    "rating": "name",
    "grade": "label",
    "held": "label",
    "return": "points",
    "relative": "points",
    "grade_earned": "label",
    "hit": "label",
    "target": "money",
    "note": "text",
}
_AS_TOLD = ("date", "symbol", "name", "rating", "return", "relative")
_GAP: Mapping[Language, str] = {"zh": "；", "en": "; "}


def lay_out_calls(
    rows: Sequence[Mapping[str, Any]], scale: str, months: int, language: Language
) -> Sheet:
    """Return calls as a table, in their order.

    Parameters
    ----------
    rows : sequence of mapping
        As `Ranking.rows` has them.
    scale : str
        Id of the standard that they are graded by.
    months : int
        The horizon they are told at.
    language : {"zh", "en"}
    """
    cells = [_show_call(row, scale, language) for row in rows]
    return make_table("calls", _CALLS, cells, language, months=months)


def _show_call(row: Mapping[str, Any], scale: str, language: Language) -> dict[str, Any]:
    return {
        **{key: row[key] for key in _AS_TOLD},
        "grade": name_grade(scale, row["grade"], language),
        "held": _spell_days(row["entry_date"], row["exit_date"]),
        "grade_earned": name_grade(scale, row["grade_earned"], language),
        "hit": HIT_MARKS[row["hit"]],
        "target": None if row["target"] is None else float(row["target"]),
        "note": _GAP[language].join(_list_notes(row, language)) or None,
    }


def _spell_days(entry: str | None, left: str | None) -> str | None:
    return f"{entry} – {left or '?'}" if entry else None


def _list_notes(row: Mapping[str, Any], language: Language) -> Iterator[str]:
    if row["status"] != "scored":
        about = dt.date.fromisoformat(row["about"]) if row["about"] else None
        yield reason(Outcome[row["reason_code"].upper()], about, language)
    if row["reiterations"]:
        key = "ranking_reiterated" if row["reiterations"] > 1 else "ranking_reiterated_once"
        yield word(key, language, count=row["reiterations"])
    if row["closed_on"]:
        yield word("ranking_closed", language, day=row["closed_on"])
    if row["target_at"]:
        yield word("ranking_target_reached", language)
    elif row["target_before"]:
        yield word("ranking_target_passed", language)
    elif row["target_at"] is not None:
        yield word("ranking_target_missed", language)
