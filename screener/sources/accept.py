"""Whether an upstream's answer is one to the question: looked at before it is used."""

import datetime as dt

import numpy as np

from screener.bars import BAR_BASES, ActionHistory, Bars
from screener.calendar import Days
from screener.companies.facts import AMOUNTS, Facts, list_items
from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.gathered import Gathered
from universes import InputError, Symbol

_DAY = np.dtype("datetime64[D]")
_SIZES = (*AMOUNTS, "shares")


def check_bars(bars: Bars, upstream: str, symbol: Symbol, start: dt.date, end: dt.date) -> None:
    """Check that bars are those of the symbol, within the days asked for, on a known basis.

    Raises
    ------
    SchemaChangedError
        If they are not; the message names what was wrong.
    EmptyError
        If there are none.
    """
    _check_origin(upstream, symbol, bars.symbol, bars.source)
    if bars.basis not in BAR_BASES:
        raise SchemaChangedError(upstream, f"bars of {symbol} on an unknown basis {bars.basis!r}")
    if not len(bars):
        raise EmptyError(upstream, f"no bars of {symbol} from {start} to {end}")
    _check_days(upstream, bars.dates)
    # a date that is none compares as false, so it is found too
    within = (bars.dates >= np.datetime64(start)) & (bars.dates <= np.datetime64(end))
    if not within.all():
        stray = bars.dates[~within][0]
        raise SchemaChangedError(
            upstream, f"a bar of {symbol} on {stray}, asked for {start} to {end}"
        )


def check_actions(history: ActionHistory, upstream: str, symbol: Symbol) -> None:
    """Check that actions are those of the symbol, within the days the history covers.

    Raises
    ------
    SchemaChangedError
        If they are not.
    """
    _check_origin(upstream, symbol, history.symbol, history.source)
    for action in history.actions:
        if action.symbol != str(symbol):
            raise SchemaChangedError(upstream, f"an action of {action.symbol} for {symbol}")
        if not history.since <= np.datetime64(action.ex_date) <= history.until:
            raise SchemaChangedError(
                upstream,
                f"an action of {symbol} on {action.ex_date}, "
                f"outside {history.since} to {history.until}",
            )


def check_facts(gathered: Gathered, upstream: str, symbol: Symbol | None) -> None:
    """Check that figures are the upstream's, of the symbol, each told once and in its time.

    Parameters
    ----------
    gathered : Gathered
    upstream : str
    symbol : Symbol or None
        None where all shares of a country were asked for.

    Raises
    ------
    SchemaChangedError
        If they are not; the message names what was wrong.
    """
    facts = gathered.facts
    if symbol:
        for given, source in set(zip(facts.symbol.tolist(), facts.source.tolist(), strict=True)):
            _check_origin(upstream, symbol, given, source)
    items = list_items()
    ends = np.array([items[name].span != "programme" for name in facts.item], dtype=np.bool_)
    sizes = np.array([items[name].unit in _SIZES for name in facts.item], dtype=np.bool_)
    for what, wrong in (
        ("known before its period was over", ends & (facts.known < facts.period)),
        ("below zero", sizes & (facts.value < 0)),
    ):
        if wrong.any():
            row = int(np.argmax(wrong))
            message = f"{facts.item[row]} of {facts.symbol[row]} on {facts.period[row]}: {what}"
            raise SchemaChangedError(upstream, message)
    keys = list(zip(*(column.tolist() for column in _keys(facts)), strict=True))
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise SchemaChangedError(upstream, f"told twice: {twice[1]} of {twice[0]} on {twice[2]}")


def _keys(facts: Facts) -> tuple[np.ndarray, ...]:
    return facts.symbol, facts.item, facts.period, facts.known


def check_ratings(
    told: FetchedRatings, upstream: str, asked: str, symbol: Symbol | None, day: dt.date | None
) -> None:
    """Check that ratings are the upstream's, of the symbol or the day asked for.

    Parameters
    ----------
    told : FetchedRatings
    upstream : str
    asked : str
        What was asked for, in words.
    symbol : Symbol or None
        None where the ratings of a day were asked for.
    day : date or None
        None where the ratings of a share were asked for.

    Raises
    ------
    SchemaChangedError
        If they are not; the message names what was wrong.
    EmptyError
        If there are none, and none were left out.
    """
    if not told.rows and not told.remarks:
        raise EmptyError(upstream, f"no {asked}")
    for row in told.rows:
        _check_origin(upstream, row.symbol if symbol is None else symbol, row.symbol, row.via)
        if day is not None and row.date != day:
            raise SchemaChangedError(upstream, f"a rating of {row.date}, asked for {asked}")


def check_listing(names: dict[str, str], upstream: str, suffix: str) -> None:
    """Check that a listing has symbols of the exchange, and only such.

    Raises
    ------
    SchemaChangedError
        If another exchange's, or a spelling that is not canonical, is among them.
    EmptyError
        If there are none.
    """
    if not names:
        raise EmptyError(upstream, f"an empty listing of {suffix}")
    for text in names:
        try:
            symbol = Symbol.parse(text)
        except InputError as error:
            raise SchemaChangedError(upstream, f"{error} in the listing of {suffix}") from None
        if str(symbol) != text or symbol.suffix != suffix:
            raise SchemaChangedError(upstream, f"{text!r} in the listing of {suffix}")


def check_sessions(days: Days, upstream: str, calendar: str) -> None:
    """Check that sessions are days that ascend, none of them twice.

    Raises
    ------
    SchemaChangedError
        If they do not.
    EmptyError
        If there are none.
    """
    if not len(days):
        raise EmptyError(upstream, f"no sessions of {calendar}")
    _check_days(upstream, days)
    if not (days[1:] > days[:-1]).all():
        raise SchemaChangedError(upstream, f"the sessions of {calendar} do not ascend")


def _check_origin(upstream: str, symbol: Symbol | str, given: str, source: str) -> None:
    if given != str(symbol):
        raise SchemaChangedError(upstream, f"asked for {symbol}, it gave {given}")
    if source != upstream:
        raise SchemaChangedError(upstream, f"its figures of {symbol} name {source} as their source")


def _check_days(upstream: str, days: Days) -> None:
    if days.dtype != _DAY:
        raise SchemaChangedError(upstream, f"dates are {days.dtype}, not days")
