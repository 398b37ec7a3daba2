"""How fresh the prices of each pick and benchmark are at the end of a week."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtests.weekly.week import Span
from screener import Panel
from screener.calendar import load_sessions
from screener.panel import Floats
from universes import Symbol
from universes.rating import Basis

State = Literal["current", "suspended", "stale", "missing"]


@dataclass(frozen=True)
class Freshness:
    """How fresh the prices of one security are.

    Attributes
    ----------
    symbol : str
    last : date or None
        Its last close.
    expected : date
        The last session of its exchange that the week reads.
    behind : int
        Sessions of its exchange from the last close to the expected one; 0 without any close.
    state : {"current", "suspended", "stale", "missing"}
        A share without the expected close is suspended where another share of its exchange has
        it; otherwise the prices end, and it cannot be told from a suspension.
    """

    symbol: str
    last: dt.date | None
    expected: dt.date
    behind: int
    state: State


def check_freshness(
    symbols: Iterable[Symbol], panel: Panel, basis: Basis, spans: Mapping[str, Span]
) -> dict[str, Freshness]:
    """Tell how fresh the prices of securities are, by symbol.

    Parameters
    ----------
    symbols : iterable of Symbol
    panel : Panel
        Nothing in it is later than the week.
    basis : {"price", "total"}
    spans : mapping of str to Span
        By calendar.
    """
    close = panel.levels("close", basis)
    fresh = _exchanges_with_prices(panel, close, spans)
    return {str(symbol): _check(symbol, panel, close, spans, fresh) for symbol in symbols}


def _exchanges_with_prices(
    panel: Panel, close: Floats, spans: Mapping[str, Span]
) -> dict[str, int]:
    """Count, by calendar, the shares that have a close on the expected session."""
    counts = dict.fromkeys(spans, 0)
    rows = {name: np.flatnonzero(panel.dates == span.expected) for name, span in spans.items()}
    for column, symbol in enumerate(map(Symbol.parse, panel.symbols)):
        calendar = symbol.exchange.calendar
        if calendar in counts and symbol.takes_basis:
            counts[calendar] += int(np.isfinite(close[rows[calendar], column]).any())
    return counts


def _check(
    symbol: Symbol,
    panel: Panel,
    close: Floats,
    spans: Mapping[str, Span],
    fresh: Mapping[str, int],
) -> Freshness:
    span = spans[symbol.exchange.calendar]
    expected = span.expected.astype(dt.date)
    (column,) = panel.columns([str(symbol)])
    known = np.flatnonzero(np.isfinite(close[:, column])) if column >= 0 else np.array([], np.intp)
    if not known.size:
        return Freshness(str(symbol), None, expected, 0, "missing")
    last = panel.dates[known[-1]]
    behind = _count_sessions(span, last)
    state: State = "current"
    if behind:
        told = symbol.takes_basis and fresh[symbol.exchange.calendar]
        state = "suspended" if told else "stale"
    return Freshness(str(symbol), last.astype(dt.date), expected, behind, state)


def _count_sessions(span: Span, last: np.datetime64) -> int:
    """Return how many sessions lie after a day, up to the expected one."""
    years = [day.astype(dt.date).year for day in (last, span.expected)]
    days = load_sessions(span.calendar, *years).days
    return int(np.count_nonzero((days > last) & (days <= span.expected)))
