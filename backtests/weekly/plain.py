"""What a week brought, as JSON values."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from backtests.labels import reason
from backtests.provenance import told
from backtests.rows import Row
from backtests.weekly.benchmarks import IndexMove
from backtests.weekly.changes import (
    Action,
    Change,
    ClaimNews,
    Extreme,
    GradeChange,
    Settled,
    Suspension,
)
from backtests.weekly.freshness import Freshness
from backtests.weekly.standing import Course, Move, Standing
from backtests.weekly.week import Span, Week
from universes.text import Language


def describe_change(change: Change, language: Language) -> dict[str, Any]:
    """Return a change as JSON values, its kind first."""
    match change:
        case GradeChange():
            return {"kind": "grade", **asdict(change)}
        case Settled():
            return {"kind": change.row.status, **_describe_settled(change, language)}
        case Extreme() | Suspension():
            return {name: _plain(value) for name, value in sorted(asdict(change).items())}
        case Action():
            return {"kind": "action", **asdict(change.action)}
        case ClaimNews():
            statement = change.claim.statement.get(language)
            return {
                "kind": "claim",
                "claim": change.claim.id,
                "statement": statement,
                "status": change.status,
            }


def _describe_settled(change: Settled, language: Language) -> dict[str, Any]:
    row = change.row
    return {
        "symbol": row.symbol,
        "horizon_months": row.horizon_months,
        "relative": row.relative,
        "grade": row.grade,
        "reason": reason(row.outcome, row.about, language),
    }


def describe_week(week: Week, spans: Iterable[Span]) -> dict[str, Any]:
    """Return a week and its exchanges' sessions as JSON values."""
    return {
        "id": week.id,
        "name": week.name,
        "monday": week.monday.isoformat(),
        "last": week.last.isoformat(),
        "whole": week.whole,
        "exchanges": [
            {
                "calendar": span.calendar,
                "from": str(span.start),
                "to": None if np.isnat(span.end) else str(span.end),
                "sessions": span.sessions,
            }
            for span in spans
        ],
    }


def describe_standing(
    each: Standing, final: Row, last: dt.date, language: Language
) -> dict[str, Any]:
    """Return a pick as JSON values; returns are fractions, what cannot be told is null.

    Parameters
    ----------
    each : Standing
    final : Row
        Of the scorecard at the graded horizon.
    last : date
        Of the week.
    language : {"zh", "en"}
    """
    earned = {"grade": final.grade, "relative": final.relative}
    return {
        "symbol": str(each.pick.symbol),
        "name": each.pick.name.get(language),
        "name_zh": each.pick.name.zh,
        "name_en": each.pick.name.en,
        "theme": each.theme,
        "level": each.pick.level,
        "market": each.pick.market.id,
        "benchmark": each.benchmark,
        "week": _describe_move(each.week, language),
        "since": {**_describe_move(each.since, language), "grade": each.grade},
        "due": _plain(each.due),
        "final": earned if final.status == "scored" else None,
        "days_left": each.days_left(last),
    }


def flatten(pick: Mapping[str, Any]) -> dict[str, Any]:
    """Return a pick's JSON values on one level, as a row of a table."""
    flat: dict[str, Any] = {}
    for key, value in pick.items():
        if key == "final":
            flat["final_grade"] = value and value["grade"]
        elif isinstance(value, dict):
            flat.update({f"{key}_{name}": each for name, each in value.items()})
        else:
            flat[key] = value
    return flat


def describe_index(each: IndexMove, language: Language) -> dict[str, Any]:
    """Return a benchmark as JSON values."""
    return {
        "symbol": each.symbol,
        "week": _describe_move(each.week, language),
        "since": _describe_move(each.since, language),
    }


def _describe_move(move: Move, language: Language) -> dict[str, Any]:
    explained = move.status in {"pending", "unscored"}
    return {
        "status": move.status,
        "from": _plain(move.start),
        "to": _plain(move.end),
        "own": move.own,
        "benchmark": move.benchmark,
        "relative": move.relative,
        "stale_sessions": move.stale_sessions,
        "reason": reason(move.outcome, move.about, language) if explained else "",
    }


def describe_course(course: Course) -> dict[str, Any]:
    """Return the course of the mean as JSON values."""
    return {
        "weeks": [week.id for week in course.weeks],
        "mean": [told(float(value)) for value in course.mean],
        "known": [int(count) for count in course.known],
        "themes": {
            theme: [told(float(value)) for value in own] for theme, own in course.themes.items()
        },
    }


def describe_freshness(each: Freshness) -> dict[str, Any]:
    """Return how fresh the prices of a security are as JSON values."""
    return {name: _plain(value) for name, value in asdict(each).items()}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.date) else value
