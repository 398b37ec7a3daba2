"""Formation by formation: what was kept, what is dealt anew, what the money did until the next."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from backtests.portfolio.entries import Curve
from backtests.portfolio.result import Backtest
from backtests.portfolio.strategy.decisions import spread_weights
from backtests.schedule import Flags
from backtests.sessions import lay_axis
from backtests.walk.formation import Formation
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats, Quote

_LONGEST_RETENTION = 12


@dataclass(frozen=True)
class Step:
    """One formation, and what followed until the next.

    Attributes
    ----------
    day : date
    examined, found : int
    priced : int
        Shares found that have trading rules and a price by that close; the others' money goes
        to them.
    kept : float or None
        The part of the formation before that is found again; None where that one is empty or
        there is none.
    turnover : float or None
        Half the sum of what each weight is to change by at that close, cash not counted: from
        cash alone into shares it is a half. None where the prices end before.
    gain, benchmark : float or None
        What the portfolio, costs paid, and its blended benchmark did from that close to the next
        formation's; None for the last formation, and where the prices end before.
    """

    day: dt.date
    examined: int
    found: int
    priced: int
    kept: float | None
    turnover: float | None
    gain: float | None
    benchmark: float | None

    @property
    def relative(self) -> float | None:
        """The portfolio's gain less its benchmark's."""
        if self.gain is None or self.benchmark is None:
            return None
        return self.gain - self.benchmark


@dataclass(frozen=True)
class Retention:
    """How much of a formation is found again so many formations later.

    Attributes
    ----------
    after : int
    share : float
        The mean over formations of the part that is found again.
    formations : int
        Those that found a share and are followed by so many.
    """

    after: int
    share: float
    formations: int


def take_steps(formations: Sequence[Formation], test: Backtest, panel: Panel) -> tuple[Step, ...]:
    """Return a step for each formation.

    Parameters
    ----------
    formations : sequence of Formation
    test : Backtest
        Of the one strategy that follows them.
    panel : Panel
        As simulated on.
    """
    curve = test.runs[0].curve
    days = np.array([each.day for each in formations], "datetime64[D]")
    rows = np.searchsorted(curve.dates, days, side="right") - 1
    rows = np.where(days <= curve.dates[-1], rows, -1)
    known = _find_priced(panel, cast("Quote", test.quote), curve.symbols, days)
    before = [None, *formations[:-1]]
    later = [*rows[1:], -1]
    return tuple(
        Step(
            day=each.day,
            examined=each.examined,
            found=len(each.symbols),
            priced=sum(
                bool(there)
                for symbol, there in zip(curve.symbols, known[n], strict=True)
                if symbol in each.symbols
            ),
            kept=_share_kept(before[n], each),
            turnover=_turn(each, curve, int(rows[n]), known[n]),
            gain=_gain(curve.equity, int(rows[n]), int(later[n])),
            benchmark=_gain(curve.benchmark, int(rows[n]), int(later[n])),
        )
        for n, each in enumerate(formations)
    )


def measure_retention(formations: Sequence[Formation]) -> tuple[Retention, ...]:
    """Return how much is found again after 1 to 12 formations, as far as there are so many."""
    found = []
    for after in range(1, min(_LONGEST_RETENTION, len(formations) - 1) + 1):
        shares = [
            share
            for one, other in zip(formations, formations[after:], strict=False)
            if (share := _share_kept(one, other)) is not None
        ]
        if shares:
            found.append(Retention(after, float(np.mean(shares)), len(shares)))
    return tuple(found)


def _share_kept(before: Formation | None, now: Formation) -> float | None:
    if before is None or not before.symbols:
        return None
    return len({*before.symbols} & {*now.symbols}) / len(before.symbols)


def _find_priced(panel: Panel, quote: Quote, symbols: Sequence[str], days: Days) -> Flags:
    """Tell which shares had a close by each day, on a session of any of their exchanges."""
    axis = lay_axis(panel, symbols)
    closes = panel.levels("close", quote)[axis.rows][:, panel.columns(symbols)]
    ever = np.logical_or.accumulate(np.isfinite(closes), axis=0)
    return ever[np.searchsorted(axis.dates, days, side="right") - 1]


def _turn(each: Formation, curve: Curve, row: int, known: Flags) -> float | None:
    if row < 0:
        return None
    wanted = spread_weights(each.weights, curve.symbols, known)
    held = curve.value[row] / curve.equity[row]
    return float(np.abs(wanted - held).sum()) / 2


def _gain(levels: Floats, row: int, later: int) -> float | None:
    return None if row < 0 or later < 0 else float(levels[later] / levels[row] - 1.0)
