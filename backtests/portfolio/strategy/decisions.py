"""Decisions: which weights a strategy wants, each from what is known at a close."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backtests.kernel import GRADE_DECIMALS, Rows
from backtests.measures.returns import volatility
from backtests.portfolio.market.tape import Tape
from backtests.portfolio.strategy.strategies import Strategy
from backtests.schedule import Flags
from screener.calendar import add_months
from screener.panel import Floats
from universes import InputError
from universes.report import Pick, Theme

_MONTHS_A_QUARTER = 3


@dataclass(frozen=True)
class Decisions:
    """Wanted weights, by the rows at whose close they were decided.

    Attributes
    ----------
    rows : tuple of int, length D
        Of the tape, ascending. What is decided on one is traded from the next on.
    weights : ndarray, shape (D, K)
        Of the portfolio's value; not a number where a position is left as it is.
    """

    rows: tuple[int, ...]
    weights: Floats


@dataclass(frozen=True)
class Basket:
    """The picks that a strategy divides money among, in the tape's order.

    Attributes
    ----------
    picks : tuple of Pick, length N
    themes : tuple of Theme, length N
        The theme of each.
    benchmark : ndarray, shape (T, N)
        Level of each pick's benchmark on the tape's rows.
    """

    picks: tuple[Pick, ...]
    themes: tuple[Theme, ...]
    benchmark: Floats = field(repr=False)


def decide(
    strategy: Strategy, tape: Tape, basket: Basket, first: int, horizon_months: int
) -> Decisions:
    """Return everything that a strategy decides.

    Parameters
    ----------
    strategy : Strategy
    tape : Tape
    basket : Basket
    first : int
        The row at whose close the first decision is made.
    horizon_months : int
        Of the rating standard.

    Raises
    ------
    InputError
        If what a weight rests on is not known at the first close.
    """
    if strategy.weigh == "scheduled":
        weights = _follow(strategy, tape, first)
    else:
        ends = _last_held(strategy, tape, first, horizon_months)
        rows = [first, *_period_ends(strategy.rebalance, tape, first, int(ends.max()))]
        weights = {row: _weigh(strategy, tape, basket, row) for row in rows}
        if strategy.stop is not None:
            _stop(strategy.stop, weights, tape, basket)
        _close(weights, ends, len(tape.dates))
    ordered = tuple(sorted(weights))
    return Decisions(ordered, np.array([weights[row] for row in ordered]))


def spread_weights(wanted: Mapping[str, float], symbols: Sequence[str], known: Flags) -> Floats:
    """Give what is wanted of unknown prices to the others, in proportion; shape (N,).

    Parameters
    ----------
    wanted : mapping of str to float
        Weights by symbol. One of a symbol that is not listed is spread like one without a price.
    symbols : sequence of str, length N
    known : ndarray of bool, shape (N,)
        Which of them have a price.

    Raises
    ------
    InputError
        If weights are wanted and none of them can be given.
    """
    parts = np.where(known, [wanted.get(symbol, 0.0) for symbol in symbols], 0.0)
    total, there = math.fsum(wanted.values()), float(parts.sum())
    if total > 0 and not there > 0:
        some = ", ".join(list(wanted)[:3])
        raise InputError(
            f"of what is wanted ({some}) nothing has a price",
            "bring earlier prices, or leave that day out of the schedule",
        )
    weights: Floats = parts * (total / there) if there > 0 else parts
    return weights


def _follow(strategy: Strategy, tape: Tape, first: int) -> dict[int, Floats]:
    """Take each day of a schedule on the tape's last row up to it.

    No later row would do: its close was not known on the day. Of several days on one row the
    latest counts, as all are known before the next row. Days before the first decision come to
    it, and those after the last row cannot be acted upon.
    """
    laid = {}
    for day in sorted(strategy.schedule):
        row = int(np.searchsorted(tape.dates, np.datetime64(day, "D"), side="right")) - 1
        if np.datetime64(day, "D") <= tape.dates[-1]:
            laid[max(row, first)] = day
    if not laid:
        raise InputError(
            f"the schedule begins on {min(strategy.schedule)}, after the prices end"
            f" ({tape.dates[-1]})",
            "bring later prices, or earlier days",
        )
    weights = {}
    for row, day in laid.items():
        known = np.isfinite(tape.close[row])
        try:
            weights[row] = spread_weights(strategy.schedule[day], tape.symbols, known)
        except InputError as error:
            raise InputError(f"{day}: {error.message}", error.remedy) from None
    return weights


def _last_held(strategy: Strategy, tape: Tape, first: int, months: int) -> Rows:
    """Return the row on which each pick should be sold, shape (N,); T for none.

    That of its exchange's last session on or before the horizon's end, which the calendar
    tells in advance, or of the first row after it. The horizon runs from the first row after
    the decision.
    """
    ends = np.full(len(tape.symbols), len(tape.dates))
    if strategy.hold == "data":
        return ends
    until = add_months(tape.dates[first + 1 : first + 2], [months])[0, 0]
    for column, days in enumerate(tape.calendars):
        place = int(np.searchsorted(days, until, side="right"))
        # a calendar that ends before then does not tell the last session
        if place < len(days):
            ends[column] = np.searchsorted(tape.dates, days[place - 1])
    return ends


def _close(weights: dict[int, Floats], ends: Rows, count: int) -> None:
    """Let each pick go on its last row, which is decided at the close before."""
    for row in sorted({int(end) - 1 for end in ends if end < count}):
        weights.setdefault(row, np.full(len(ends), np.nan))
    for row, wanted in weights.items():
        gone = (ends - 1 == row) | ((ends - 1 < row) & ~np.isnan(wanted))
        weights[row] = np.where(gone, 0.0, wanted)


def _period_ends(rebalance: str, tape: Tape, first: int, end: int) -> list[int]:
    """Return the last rows of the months or quarters after the first decision."""
    if rebalance == "never":
        return []
    months = tape.dates.astype("datetime64[M]").astype(np.intp)
    periods = months // (_MONTHS_A_QUARTER if rebalance == "quarterly" else 1)
    turns = np.flatnonzero(periods[:-1] != periods[1:])
    return [int(row) for row in turns if first < row < end]


def _weigh(strategy: Strategy, tape: Tape, basket: Basket, row: int) -> Floats:
    """Divide the money among the picks that have a close by then."""
    known = np.isfinite(tape.close[row])
    if strategy.weigh == "given":
        return np.where(known, _read_weights(strategy, tape), 0.0)
    if not known.any():
        raise InputError(
            f"no pick has a price on or before {tape.dates[row]}",
            "begin later with --start, or bring earlier prices",
        )
    if strategy.weigh == "equal":
        parts = known.astype(np.float64)
    elif strategy.weigh == "level":
        parts = known * [strategy.levels.get(pick.level, 0.0) for pick in basket.picks]
    elif strategy.weigh == "theme":
        parts = known / _count_by_theme(basket.themes, known)
    else:
        parts = known / _volatilities(strategy.lookback, tape, row, known)
    if not parts.sum() > 0:
        raise InputError(
            f"the strategy {strategy.id!r} gives no pick a weight",
            "choose another strategy, or other picks",
        )
    weights: Floats = parts / parts.sum()
    return weights


def _read_weights(strategy: Strategy, tape: Tape) -> Floats:
    strangers = sorted(strategy.weights.keys() - set(tape.symbols))
    if strangers:
        raise InputError(
            f"{', '.join(strangers[:3])}: given a weight, but no pick with prices",
            "remove the weight, or add the pick to the report",
        )
    return np.array([strategy.weights.get(symbol, 0.0) for symbol in tape.symbols])


def _count_by_theme(themes: Sequence[Theme], known: Flags) -> Floats:
    counts: dict[str, int] = {}
    for theme, there in zip(themes, known, strict=True):
        counts[theme.id] = counts.get(theme.id, 0) + int(there)
    return np.array([max(counts[theme.id], 1) for theme in themes], dtype=np.float64)


def _volatilities(lookback: int, tape: Tape, row: int, known: Flags) -> Floats:
    """Return each pick's volatility over its exchange's last sessions; one where it is not known.

    A halted session counts as one without a change.
    """
    found = np.ones(len(tape.symbols))
    for column in np.flatnonzero(known):
        own = np.flatnonzero(tape.is_open[: row + 1, column])[-lookback - 1 :]
        levels = tape.level[own, column]
        sparse = own.size and tape.sessions[own[0] + 1 : row + 1].max(initial=1) > 1
        if own.size <= lookback or np.isnan(levels[0]) or sparse:
            raise InputError(
                f"{tape.symbols[column]}: no {lookback} sessions of daily closes before"
                f" {tape.dates[row]}",
                "bring earlier daily prices, or choose another strategy",
            )
        returns = levels[1:] / levels[:-1] - 1.0
        found[column] = volatility(returns, np.ones(lookback, np.intp))
        if not found[column] > 0:
            raise InputError(
                f"{tape.symbols[column]} did not move in {lookback} sessions before"
                f" {tape.dates[row]}",
                "choose another strategy",
            )
    return found


def _stop(bound: float, weights: dict[int, Floats], tape: Tape, basket: Basket) -> None:
    """Close positions that have fallen behind; a closed one stays closed.

    Behind is the pick's return less its benchmark's since the pick's first deal after the
    first decision, at the row's close.
    """
    first = min(weights)
    stopped = np.zeros(len(basket.picks), dtype=np.bool_)
    entry = np.full(len(basket.picks), -1)
    for row in range(first + 1, len(tape.dates)):
        new = (entry < 0) & np.isfinite(tape.deal[row])
        entry[new] = row
        at = np.maximum(entry, 0)
        columns = np.arange(len(entry))
        own = tape.level[row] / tape.level[at, columns] - 1.0
        behind = own - (basket.benchmark[row] / basket.benchmark[at, columns] - 1.0)
        falls = (entry >= 0) & ~stopped & (np.round(behind, GRADE_DECIMALS) <= -bound)
        stopped |= falls
        if row in weights:
            weights[row] = np.where(stopped, 0.0, weights[row])
        elif falls.any():
            weights[row] = np.where(falls, 0.0, np.nan)
