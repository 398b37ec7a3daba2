"""Scores recommendations against their benchmarks: from dates and symbols to grades."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.convention import Convention
from backtests.kernel import Grades
from backtests.measured import NO_END, Asked
from backtests.plan import Plan
from backtests.schedule import Codes, Flags, Places
from backtests.scorer import Scorer
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import Symbol
from universes.market import describe_benchmark
from universes.rating import Basis, Edge


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
        Entries and exits of the picks alone.
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
    indices, mixed = resolve_benchmarks(table.benchmarks, panel, convention.basis)
    symbols, symbol = encode(table.symbols)
    against, benchmark = encode(indices)
    told = (table.published.min(), table.published.max())
    scorer = Scorer(panel, symbols, against, told, convention, [edges], ends)
    asked = Asked(
        symbol,
        benchmark,
        table.published,
        np.zeros(len(symbol), dtype=np.int8),
        np.full(len(symbol), NO_END, dtype=np.int32),
    )
    found = scorer.measure(asked)
    plan = scorer.trace(asked, found)
    return Scores(
        plan,
        found.own,
        found.benchmark,
        found.relative,
        found.grade,
        found.outcome,
        indices,
        mixed,
    )


def encode(symbols: Sequence[Symbol]) -> tuple[tuple[Symbol, ...], Places]:
    """Return the distinct symbols in order, and the place of each among them."""
    distinct = tuple(sorted(set(symbols)))
    place = {symbol: n for n, symbol in enumerate(distinct)}
    return distinct, np.array([place[symbol] for symbol in symbols], dtype=np.int32)


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
