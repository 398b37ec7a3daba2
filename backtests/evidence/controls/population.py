"""The shares that picks could have been: scored on the picks' dates, by the picks' convention."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from backtests.basis import choose_basis, count_known
from backtests.convention import Convention
from backtests.kernel import Rows
from backtests.schedule import Flags
from backtests.scoring import Recommendations, Scores, score_recommendations
from screener import Panel
from screener.panel import Floats
from universes import InputError, RatingScale, Report, Symbol
from universes.market import market_of
from universes.rating import Basis, edges

# shares in another currency than their company's other ones, at prices of their own
_APART = "b"


@dataclass(frozen=True)
class Population:
    """Picks and controls: every share of the panel that is measured against the same benchmarks.

    A pick is one of the shares it is compared with, so that a comparison under which the picks
    are a random part of the population is exact.

    Attributes
    ----------
    symbols : tuple of str, length N
    picks : ndarray of int, shape (K,)
        The picks' places, in the report's order.
    benchmark : ndarray of int, shape (N,)
        Which of ``benchmarks`` a share is measured against.
    benchmarks : tuple of str
        Of the picks, sorted.
    basis : {"price", "total"}
    horizons : tuple of int
        Months, ascending.
    scores : Scores
        Of all N shares over the H horizons.
    known : mapping of basis to int
        The controls that have prices on each basis.
    """

    symbols: tuple[str, ...]
    picks: Rows
    benchmark: Rows
    benchmarks: tuple[str, ...]
    basis: Basis
    horizons: tuple[int, ...]
    scores: Scores
    known: dict[Basis, int]

    @property
    def relative(self) -> Floats:
        """Relative returns, shape (N, H); not a number unless scored."""
        return self.scores.relative

    @property
    def entered(self) -> Flags:
        """Whether each share traded at entry, shape (N,)."""
        return self.scores.plan.entry_row >= 0

    @cached_property
    def late(self) -> Flags:
        """Whether each share was entered after the first session of its market, shape (N,)."""
        days, late = self.scores.plan.entry_day, np.zeros(len(self.symbols), dtype=np.bool_)
        for market in np.unique(self.benchmark[self.entered]):
            own = self.entered & (self.benchmark == market)
            late[own] = days[own] > days[own].min()
        return late

    @property
    def controls(self) -> Flags:
        """Whether each share is not a pick, shape (N,)."""
        own = np.ones(len(self.symbols), dtype=np.bool_)
        own[self.picks] = False
        return own


def gather_population(
    report: Report,
    panel: Panel,
    scale: RatingScale,
    horizons: tuple[int, ...],
    basis: Basis | None = None,
    excluded: Collection[Symbol] = (),
) -> Population:
    """Score a report's picks and every other share of their markets alike.

    Parameters
    ----------
    report : Report
    panel : Panel
        All of it is read; cut it with `Panel.until` first.
    scale : RatingScale
        Names the benchmarks.
    horizons : tuple of int
        Months, ascending.
    basis : {"price", "total"}, optional
        Left out: price, as the scores have it, where the controls are known on it, and
        otherwise total, for picks and controls alike.
    excluded : collection of Symbol
        Shares that are no controls, such as other picks of the same report.

    Raises
    ------
    InputError
        If no pick is known on the basis asked for, one is named twice, or a calendar is not
        known for the dates.
    """
    benchmark_of = _find_benchmarks(report, scale)
    wanted = sorted(set(benchmark_of.values()))
    for symbol in map(Symbol.parse, panel.symbols):
        own = compared_by(symbol, scale)
        if own in wanted and symbol not in excluded:
            benchmark_of.setdefault(symbol, own)
    symbols = sorted(benchmark_of)
    place = {symbol: n for n, symbol in enumerate(symbols)}
    picks = np.array([place[pick.symbol] for pick in report.picks], dtype=np.intp)
    columns = panel.columns(map(str, symbols))
    known = count_known(panel, np.delete(columns, picks))
    priced = count_known(panel, columns[picks])
    basis = basis or choose_basis(known if any(known.values()) else priced)
    if not priced[basis] and any(priced.values()):
        raise InputError(f"no pick is known on the {basis} basis", "leave out --basis")
    convention = Convention(basis=basis, horizons=horizons)
    table = Recommendations(
        symbols=tuple(symbols),
        benchmarks=tuple(Symbol.parse(benchmark_of[symbol]) for symbol in symbols),
        published=np.full(len(symbols), np.datetime64(report.publication.date, "D")),
    )
    bounds = edges(scale.company, convention.boundary)
    return Population(
        symbols=tuple(map(str, symbols)),
        picks=picks,
        benchmark=np.array([wanted.index(benchmark_of[symbol]) for symbol in symbols]),
        benchmarks=tuple(wanted),
        basis=basis,
        horizons=horizons,
        scores=score_recommendations(table, panel, convention, bounds),
        known=known,
    )


def compared_by(symbol: Symbol, scale: RatingScale) -> str:
    """Return the benchmark by which a security is compared with picks; empty for none.

    A share's is that of its market; funds, indices and B shares are no controls, nor is a share
    whose code does not tell its market.
    """
    found = symbol.exchange.find(symbol.code)
    if not found or found.kind != "share" or found.board == _APART:
        return ""
    try:
        return str(scale.benchmark_for(market_of(symbol))[0])
    except InputError:
        return ""


def _find_benchmarks(report: Report, scale: RatingScale) -> dict[Symbol, str]:
    found: dict[Symbol, str] = {}
    for pick in report.picks:
        if pick.symbol in found:
            raise InputError(f"{pick.symbol} is a pick twice", "keep one of them")
        found[pick.symbol] = str(scale.benchmark_for(pick.market)[0])
    if not found:
        raise InputError(f"{report.id} has no picks", "name a report with some")
    return found
