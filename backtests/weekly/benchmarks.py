"""What each benchmark did over a week, and since publication."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from backtests.outcome import Outcome
from backtests.scoring import resolve_benchmarks
from backtests.weekly.standing import Move, to_date
from backtests.weekly.week import first_session
from backtests.weekly.week_end import WeekEnd
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import RatingScale, Report, Symbol
from universes.rating import Basis


@dataclass(frozen=True)
class IndexMove:
    """One benchmark at the end of a week; ``since`` is from the first session after publication."""

    symbol: str
    week: Move
    since: Move


def move_benchmarks(
    report: Report, indices: Iterable[Symbol], end: WeekEnd
) -> tuple[IndexMove, ...]:
    """Measure benchmarks of a report's picks, each on its own exchange's sessions.

    Parameters
    ----------
    report : Report
    indices : iterable of Symbol
        As `find_indices` gives them.
    end : WeekEnd
    """
    return tuple(_move_each(report, indices, end))


def find_indices(
    report: Report, scale: RatingScale, panel: Panel, basis: Basis
) -> tuple[Symbol, ...]:
    """Return the indices that a report's picks are measured against, each once.

    Parameters
    ----------
    report : Report
    scale : RatingScale
    panel : Panel
    basis : {"price", "total"}
        On the total basis an index with dividends stands for its price index where there is one.
    """
    named = list(dict.fromkeys(scale.benchmark_for(pick.market)[0] for pick in report.picks))
    return resolve_benchmarks(named, panel, basis)[0]


def _move_each(report: Report, indices: Iterable[Symbol], end: WeekEnd) -> Iterator[IndexMove]:
    days = end.panel.dates
    for index in indices:
        levels, span = end.closes_of(index), end.span_of(index)
        entry = np.datetime64(first_session(report, {span.calendar}), "D")
        week = (
            Move("closed", Outcome.PENDING_EXIT)
            if np.isnat(span.end)
            else _measure(days, levels, span.start, span.end)
        )
        yield IndexMove(str(index), week, _measure(days, levels, entry, span.expected))


def _measure(days: Days, levels: Floats, start: np.datetime64, end: np.datetime64) -> Move:
    """Measure an index from one session to another, both of which it must have a close on."""
    first, last = (_level(days, levels, day) for day in (start, end))
    if end < start:
        return Move("pending", Outcome.PENDING_ENTRY, to_date(start))
    if np.isnan(last):
        return Move("stale", Outcome.PENDING_EXIT)
    if np.isnan(first):
        return Move("unscored", Outcome.NOT_RECORDED, to_date(start))
    own = float(last / first - 1.0)
    return Move("scored", Outcome.SCORED, None, to_date(start), to_date(end), own, own, 0.0)


def _level(days: Days, levels: Floats, day: np.datetime64) -> float:
    row = np.flatnonzero(days == day)
    return float(levels[row[0]]) if row.size else float("nan")
