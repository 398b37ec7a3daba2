"""How fresh the prices of each pick and benchmark are at the end of a week."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from backtests.weekly.week import Span
from screener import Panel
from screener.calendar import load_sessions
from screener.panel import Floats
from universes import Symbol
from universes.rating import Basis

Recorded: TypeAlias = Mapping[str, frozenset[dt.date]]
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
    symbols: Iterable[Symbol],
    panel: Panel,
    basis: Basis,
    spans: Mapping[str, Span],
    recorded: Recorded,
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
    recorded : mapping of str to frozenset of date
        As `find_recorded` gives it.
    """
    close = panel.levels("close", basis)
    return {str(symbol): _check(symbol, panel, close, spans, recorded) for symbol in symbols}


def find_recorded(panel: Panel, basis: Basis) -> Recorded:
    """Return the days on which any share or fund of a calendar's exchanges has a close."""
    there = np.isfinite(panel.matrix("close", basis))
    calendars: dict[str, list[int]] = {}
    for column, symbol in enumerate(map(Symbol.parse, panel.symbols)):
        if symbol.takes_basis:
            calendars.setdefault(symbol.exchange.calendar, []).append(column)
    days = panel.dates.astype(dt.date)
    return {
        calendar: frozenset(days[there[:, columns].any(axis=1)].tolist())
        for calendar, columns in calendars.items()
    }


def is_recorded(recorded: Recorded, calendar: str, day: np.datetime64) -> bool:
    """Tell whether any share of a calendar's exchanges has a close on a day."""
    return day.astype(dt.date) in recorded.get(calendar, ())


def _check(
    symbol: Symbol,
    panel: Panel,
    close: Floats,
    spans: Mapping[str, Span],
    recorded: Recorded,
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
        halted = symbol.takes_basis and is_recorded(recorded, span.calendar, span.expected)
        state = "suspended" if halted else "stale"
    return Freshness(str(symbol), last.astype(dt.date), expected, behind, state)


def _count_sessions(span: Span, last: np.datetime64) -> int:
    """Return how many sessions lie after a day, up to the expected one."""
    years = [day.astype(dt.date).year for day in (last, span.expected)]
    days = load_sessions(span.calendar, *years).days
    return int(np.count_nonzero((days > last) & (days <= span.expected)))
