"""Scores calls: `score_calls`."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backtests.kernel import Rows
from backtests.measured import Asked, Measured
from backtests.outcome import Outcome
from backtests.plan import Plan
from backtests.ranking.calls import Calls
from backtests.ranking.prices import Task
from backtests.ranking.terms import RankTerms
from backtests.schedule import Codes, Flags
from backtests.scorer import Scorer
from backtests.scoring import resolve_benchmarks
from backtests.spread import Workers
from screener import Panel
from screener.panel import Floats
from screener.ratings.table import Ratings
from universes import RatingScale, Symbol
from universes.houses import stance_of
from universes.market import market_of
from universes.rating import Basis, edges

_PENDING = [code for code in Outcome if code.status == "pending"]


@dataclass(frozen=True, eq=False)
class ScoredCalls:
    """N calls and what became of them over H horizons.

    Attributes
    ----------
    calls : Calls
    ratings : Ratings
    scorer : Scorer
    asked : Asked
    found : Measured
    benchmarks : tuple of (Symbol, Symbol)
        As the standards name them, and as they are measured.
    mixed : ndarray of bool, shape (N,)
        Whether a total return is set against a price index.
    horizons : tuple of int
        Months.
    """

    calls: Calls
    ratings: Ratings
    scorer: Scorer
    asked: Asked
    found: Measured
    benchmarks: tuple[tuple[Symbol, Symbol], ...]
    mixed: Flags
    horizons: tuple[int, ...]

    @cached_property
    def stance(self) -> Codes:
        """1 for a bullish call, -1 for a bearish one, 0 for a neutral one; shape (N,)."""
        return self.ratings.stance[self.calls.rating]

    @cached_property
    def scored(self) -> Flags:
        """Whether each call is scored over each horizon, shape (N, H)."""
        return np.asarray(self.found.outcome == Outcome.SCORED)

    @cached_property
    def pending(self) -> Flags:
        """Whether each call's horizon has not ended yet, shape (N, H)."""
        return np.isin(self.found.outcome, _PENDING)

    @cached_property
    def x(self) -> Floats:
        """Relative returns with the sign turned for bearish calls, fractions, shape (N, H).

        Not a number for a neutral call, nor unless scored.
        """
        side = np.where(self.stance == 0, np.nan, self.stance)
        return self.found.relative * side[:, None]

    @cached_property
    def hit(self) -> Flags:
        """Whether the grade earned has the stance of the call, shape (N, H)."""
        standards = self.ratings.scales
        most = max(len(scale.company) for scale in standards)
        stance = np.zeros((len(standards), most + 1), dtype=np.int8)
        for place, scale in enumerate(standards):
            for grade, band in enumerate(reversed(scale.company)):
                stance[place, grade] = stance_of(band)
        earned = stance[self.asked.standard[:, None], self.found.grade]
        return np.asarray(self.scored & (earned == self.stance[:, None]))

    @cached_property
    def plan(self) -> Plan:
        """Where each call was entered and left, as days."""
        return self.scorer.trace(self.asked, self.found)


def score_calls(
    calls: Calls,
    ratings: Ratings,
    panel: Panel,
    terms: RankTerms,
    basis: Basis,
    workers: Workers,
) -> ScoredCalls:
    """Score calls, each by its own standard and no longer than until it was closed.

    Parameters
    ----------
    calls : Calls
    ratings : Ratings
        What they were made of.
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    terms : RankTerms
    basis : {"price", "total"}
    workers : Workers

    Raises
    ------
    InputError
        If a calendar is not known for the dates.
    """
    convention = terms.convention(basis)
    named, place = _find_benchmarks(ratings.scales, ratings.symbols)
    indices, mixed = resolve_benchmarks(named, panel, basis)
    told = (ratings.published.min(), ratings.published.max())
    bounds = tuple(edges(scale.company, convention.boundary) for scale in ratings.scales)
    task = Task(ratings.symbols, indices, told, convention, bounds)
    scorer = task.open(panel)
    symbol, standard = ratings.symbol[calls.rating], ratings.scale[calls.rating]
    benchmark = place[standard, symbol]
    asked = Asked(
        symbol=symbol.astype(np.int32),
        benchmark=benchmark.astype(np.int32),
        published=ratings.published[calls.rating],
        standard=standard.astype(np.int8),
        until=scorer.sessions_after(symbol, calls.closed_on),
    )
    # a core scores millions a second, so that sending them elsewhere would take longer
    found = scorer.measure(asked, threads=workers.count)
    pairs = tuple(zip(named, indices, strict=True))
    return ScoredCalls(
        calls, ratings, scorer, asked, found, pairs, mixed[benchmark], terms.horizons
    )


def _find_benchmarks(
    scales: Sequence[RatingScale], symbols: Sequence[Symbol]
) -> tuple[list[Symbol], Rows]:
    """Return the benchmarks, and the place of each standard's for each symbol."""
    named = [[scale.benchmark_for(market_of(each))[0] for each in symbols] for scale in scales]
    distinct = sorted({each for row in named for each in row})
    number = {each: n for n, each in enumerate(distinct)}
    return distinct, np.array([[number[each] for each in row] for row in named], dtype=np.intp)
