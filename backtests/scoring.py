"""Scores recommendations against their benchmarks: from dates and symbols to grades."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from backtests.convention import Convention
from backtests.kernel import Grades, Rows, grade_indices, relative_returns, simple_returns
from backtests.outcome import Outcome
from backtests.schedule import Codes, Flags, Grid, Plan
from screener import Panel
from screener.calendar import Days, load_sessions
from screener.panel import Floats
from universes import Symbol
from universes.market import describe_benchmark
from universes.rating import Basis, Edge

_MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class Recommendations:
    """A table of recommendations, of which one report is a small case; all of length K.

    Attributes
    ----------
    symbols, benchmarks : tuple of Symbol
        A benchmark is named by its price index.
    published : ndarray of datetime64[D], shape (K,)
    """

    symbols: tuple[Symbol, ...]
    benchmarks: tuple[Symbol, ...]
    published: Days


@dataclass(frozen=True)
class Scores:
    """What became of K recommendations over H horizons.

    Attributes
    ----------
    plan : Plan
        Entries and exits; its outcomes are those of the picks alone.
    own, benchmark, relative : ndarray, shape (K, H)
        Fractions; not a number unless scored.
    grade : ndarray of int8, shape (K, H)
        The band counted from the worst; -1 unless scored.
    outcome : ndarray of int8, shape (K, H)
        A `backtests.outcome.Outcome`, the benchmark's included.
    benchmarks : tuple of Symbol, length K
        The indices measured: on the total basis those with dividends, where there are any.
    mixed : ndarray of bool, shape (K,)
        Whether a total return is set against a price index.
    """

    plan: Plan
    own: Floats
    benchmark: Floats
    relative: Floats
    grade: Grades
    outcome: Codes
    benchmarks: tuple[Symbol, ...]
    mixed: Flags


def score_recommendations(
    table: Recommendations,
    panel: Panel,
    convention: Convention,
    edges: Sequence[Edge],
    ends: Days | None = None,
) -> Scores:
    """Score a table of recommendations, each on its own exchange's sessions.

    Parameters
    ----------
    table : Recommendations
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    convention : Convention
    edges : sequence of Edge
        The bounds between grades, lowest first.
    ends : ndarray of datetime64[D], shape (H,), optional
        Days on which the horizons end. Left out: as the convention has them.

    Raises
    ------
    InputError
        If a calendar is not known for the dates.
    """
    close = panel.levels("close", convention.basis)
    start = panel.levels("open", convention.basis) if convention.entry == "next_open" else close
    indices, mixed = resolve_benchmarks(table.benchmarks, panel, convention.basis)
    told = table.published if ends is None else np.append(table.published, ends)
    grids = _lay_grids({*table.symbols, *indices}, told, panel, close, convention)
    columns = panel.columns(map(str, table.symbols))
    plan = _plan(table, columns, grids, convention, ends)
    own = simple_returns(start, close, columns, plan.entry_row, plan.exit_row)
    benchmark, ended = _measure_benchmarks(indices, plan, panel, grids, start, close)
    outcome = np.select(
        [
            plan.outcome != Outcome.SCORED,
            np.isnan(own),
            np.isnan(benchmark) & ended,
            np.isnan(benchmark),
        ],
        [plan.outcome, Outcome.NO_OPEN, Outcome.PENDING_BENCHMARK, Outcome.NO_BENCHMARK],
        Outcome.SCORED,
    )
    scored = outcome == Outcome.SCORED
    own, benchmark = np.where(scored, own, np.nan), np.where(scored, benchmark, np.nan)
    relative = relative_returns(own, benchmark, convention.relative)
    grade = grade_indices(relative, edges)
    return Scores(plan, own, benchmark, relative, grade, outcome.astype(np.int8), indices, mixed)


def resolve_benchmarks(
    benchmarks: Sequence[Symbol], panel: Panel, basis: Basis
) -> tuple[tuple[Symbol, ...], Flags]:
    """Choose each benchmark's total-return index where the basis asks for it and it is there.

    Parameters
    ----------
    benchmarks : sequence of Symbol, length K
    panel : Panel
    basis : {"price", "total"}
        Whether dividends are counted.

    Returns
    -------
    indices : tuple of Symbol, length K
    mixed : ndarray of bool, shape (K,)
        Whether a total return would be set against a price index.
    """
    if basis == "price":
        return tuple(benchmarks), np.zeros(len(benchmarks), dtype=np.bool_)
    chosen = []
    for benchmark in benchmarks:
        total = describe_benchmark(benchmark).total_return
        chosen.append(total if total and panel.holds(str(total)) else benchmark)
    mixed = [index == benchmark for index, benchmark in zip(chosen, benchmarks, strict=True)]
    return tuple(chosen), np.array(mixed, dtype=np.bool_)


def _lay_grids(
    symbols: set[Symbol], told: Days, panel: Panel, close: Floats, convention: Convention
) -> dict[str, Grid]:
    # a year more at either end, so that a gap at the edge of the prices is seen as one
    first = min(told.min(), panel.dates[0]).astype(dt.date).year - 1
    months = np.timedelta64(convention.horizons[-1] + _MONTHS_A_YEAR, "M")
    last = (told.max().astype("datetime64[M]") + months).astype(dt.date).year
    parsed = [Symbol.parse(symbol) for symbol in panel.symbols]
    calendars = np.array([symbol.exchange.calendar for symbol in parsed])
    shares = np.array([symbol.takes_basis for symbol in parsed])
    return {
        calendar: Grid(
            load_sessions(calendar, first, last),
            panel.dates,
            close,
            calendars == calendar,
            (calendars == calendar) & shares,
        )
        for calendar in sorted({symbol.exchange.calendar for symbol in symbols})
    }


def _plan(
    table: Recommendations,
    columns: Rows,
    grids: dict[str, Grid],
    convention: Convention,
    ends: Days | None,
) -> Plan:
    groups = list(_by_calendar(table.symbols))
    parts = [
        grids[calendar].plan(table.published[rows], columns[rows], convention, ends)
        for calendar, rows in groups
    ]
    back = np.argsort(np.concatenate([rows for _, rows in groups]))
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])[back]
        for field in fields(Plan)
    }
    return Plan(**joined)


def _measure_benchmarks(
    indices: Sequence[Symbol],
    plan: Plan,
    panel: Panel,
    grids: dict[str, Grid],
    start: Floats,
    close: Floats,
) -> tuple[Floats, Flags]:
    """Measure each benchmark between its pick's two dates, on its own sessions."""
    columns = panel.columns(map(str, indices))
    returns = np.full(plan.exit_row.shape, np.nan)
    ended = np.zeros(plan.exit_row.shape, dtype=np.bool_)
    for calendar, rows in _by_calendar(indices):
        grid, at = grids[calendar], columns[rows][:, None]
        first, _ = grid.row_on_or_before(plan.entry_day[rows][:, None], at)
        last, ended[rows] = grid.row_on_or_before(plan.exit_day[rows], at)
        measured = simple_returns(start, close, columns[rows], first[:, 0], last)
        # rolled back to an earlier session, the last known level is that session's close
        back = panel.dates[np.maximum(first[:, 0], 0)] != plan.entry_day[rows]
        measured[back] = simple_returns(
            close, close, columns[rows][back], first[back, 0], last[back]
        )
        returns[rows] = measured
    return returns, ended


def _by_calendar(symbols: Sequence[Symbol]) -> Iterator[tuple[str, Rows]]:
    """Yield each calendar with the places of its symbols."""
    calendars = np.array([symbol.exchange.calendar for symbol in symbols])
    for calendar in np.unique(calendars):
        yield str(calendar), np.flatnonzero(calendars == calendar)
