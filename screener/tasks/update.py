"""Brings the store up to date from the vendors: asks, examines, commits once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from screener.calendar import Days
from screener.sources.clock import Clock
from screener.sources.errors import SourceError
from screener.sources.failover import Fetcher
from screener.sources.trail import Attempt
from screener.store.catalog import Catalog, Entry
from screener.store.commit import commit_offers
from screener.store.lists import kept_sessions
from screener.store.merge import Offers, Outcome
from screener.store.store import Store
from screener.tasks.actions import fetch_actions
from screener.tasks.finality import last_final_session
from screener.tasks.intake import Known, examine, known_of
from screener.tasks.progress import Progress
from screener.tasks.spool import Fetched, Spool
from universes import Symbol

if TYPE_CHECKING:
    from screener.bars import ActionHistory

_WITH_ACTIONS = ("share", "fund")


@dataclass(frozen=True)
class Wish:
    """What an update is asked to do.

    Attributes
    ----------
    symbols : tuple of Symbol
    start : date
        First day wanted; a series that is kept from an earlier day is asked for from there.
    start_anew : bool
        Take raw bars in place of those that are kept, without comparing them.
    only : str or None
        The one upstream to ask.
    lists : bool
        Fetch the lists of shares and the sessions of their exchanges too.
    accepted : tuple of str
        See `screener.tasks.intake.examine`.
    """

    symbols: tuple[Symbol, ...]
    start: dt.date
    start_anew: bool = False
    only: str | None = None
    lists: bool = False
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True)
class UpdateResult:
    """What an update did.

    Attributes
    ----------
    version : int or None
        Of the store, where anything was committed.
    outcomes : tuple of Outcome
        Of the series that were fetched.
    failures : dict of str to str
        By symbol (or list), why nothing could be had, and what to do.
    current : tuple of str
        Symbols that were up to date already, and not asked for.
    """

    version: int | None
    outcomes: tuple[Outcome, ...] = ()
    failures: dict[str, str] = field(default_factory=dict)
    current: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every series asked for is served up to its last session."""
        return not self.failures and all(each.change != "held" for each in self.outcomes)


class _Window:
    """The days that are asked for of each security: from its first day kept to the last final."""

    def __init__(
        self, wish: Wish, catalog: Catalog, further: Mapping[str, Days], now: np.datetime64
    ) -> None:
        exchanges = {symbol.suffix: symbol.exchange for symbol in wish.symbols}
        self._first = np.datetime64(wish.start, "D")
        self._anew = wish.start_anew
        self._catalog = catalog
        self._last = {
            suffix: last_final_session(exchange, now, further.get(exchange.calendar))
            for suffix, exchange in exchanges.items()
        }

    def of(self, symbol: Symbol) -> tuple[np.datetime64, np.datetime64]:
        kept = [entry.since for entry in self._catalog.bars_of(str(symbol))]
        return min([self._first, *kept]), self._last[symbol.suffix]

    def is_current(self, symbol: Symbol) -> bool:
        """Tell whether the series that goes on being fetched reaches the last session."""
        first, last = self.of(symbol)
        kept = self.raw_of(symbol) or self._catalog.bars_of(str(symbol))
        lists = self._catalog.actions_of(str(symbol))
        held = any(entry.what == "bars" for entry in self._catalog.held_of(str(symbol)))

        def covers(entry: Entry) -> bool:
            return bool(entry.since <= first and entry.until >= last)

        whole = symbol.kind not in _WITH_ACTIONS or any(map(covers, lists))
        return not self._anew and not held and any(map(covers, kept)) and whole

    def raw_of(self, symbol: Symbol) -> list[Entry]:
        """Return the raw series kept of a security, if there is one."""
        return [each for each in self._catalog.bars_of(str(symbol)) if each.basis == "raw"]


def update_store(
    store: Store, wish: Wish, fetcher: Fetcher, clock: Clock, progress: Progress
) -> UpdateResult:
    """Fetch what is wanted and commit it, once.

    What was fetched is kept aside until the commit, so that an update cut short goes on where
    it stopped.

    Parameters
    ----------
    store : Store
    wish : Wish
    fetcher : Fetcher
    clock : Clock
    progress : Progress

    Returns
    -------
    UpdateResult

    Raises
    ------
    StoreError
        If the store cannot be read or written to.
    InputError
        If the calendar does not reach today, or the upstream named serves none of it.
    """
    if wish.only is not None:
        fetcher.check_upstream(wish.only)
    now = clock.utc()
    state = store.state()
    failures: dict[str, str] = {}
    names, sessions = _fetch_lists(wish, fetcher, failures) if wish.lists else ({}, {})
    told = {calendar: days for (calendar, _), days in sessions.items()}
    window = _Window(wish, state.catalog, {**kept_sessions(state), **told}, now)
    wanted = [symbol for symbol in wish.symbols if not window.is_current(symbol)]
    windows = {str(symbol): window.of(symbol) for symbol in wanted}
    current = tuple(str(symbol) for symbol in wish.symbols if str(symbol) not in windows)
    asked = [[symbol, *map(str, days)] for symbol, days in windows.items()]
    spool = Spool({"only": wish.only, "windows": asked})
    fetched = []
    progress.start(len(wanted))
    for symbol in wanted:
        progress.begin(str(symbol))
        found = spool.get(str(symbol)) or _fetch(symbol, window, wish, fetcher, failures)
        if found:
            if str(symbol) not in failures:
                spool.put(found)
            fetched.append(found)
        progress.end(str(symbol), failures.get(str(symbol)) or _tell(found))
    if not fetched and not names and not sessions:
        return UpdateResult(None, (), failures, current)
    known = known_of(state, {each.bars.symbol for each in fetched})
    lists = {symbol: list(told) for symbol, told in known.actions.items()}
    for each in fetched:
        lists.setdefault(each.bars.symbol, []).extend([each.second] if each.second else [])
    bars, actions = examine(
        [each.bars for each in fetched],
        [each.history for each in fetched if each.history],
        now.astype("datetime64[D]"),
        Known(lists),
        windows,
        wish.accepted,
    )
    offers = Offers(clock.utc(), bars, actions, names, sessions)
    provenance = {
        "command": "update",
        "upstreams": {each.bars.symbol: list(each.trail) for each in fetched},
        "failures": failures,
    }
    version, outcomes = commit_offers(store, offers, provenance, start_anew=wish.start_anew)
    spool.clear()
    return UpdateResult(version, outcomes, failures, current)


def _fetch(
    symbol: Symbol, window: _Window, wish: Wish, fetcher: Fetcher, failures: dict[str, str]
) -> Fetched | None:
    """Fetch bars and, for a share, its corporate actions; what fails is noted."""
    first, last = (day.astype(dt.date) for day in window.of(symbol))
    try:
        answer = fetcher.bars(symbol, first, last, wish.only)
    except SourceError as error:
        failures[str(symbol)] = error.message
        return None
    history: ActionHistory | None = None
    second: ActionHistory | None = None
    trail = answer.trail
    if symbol.kind in _WITH_ACTIONS:
        try:
            history, second, asked = fetch_actions(fetcher, symbol, first, last)
            trail += asked
        except SourceError as error:
            failures[str(symbol)] = f"bars fetched, corporate actions not: {error.message}"
    if window.raw_of(symbol) and answer.value.basis != "raw":
        failures[str(symbol)] = (
            f"only {answer.value.basis} bars could be had, from {answer.upstream}: they are kept"
            " apart, and the raw series stays where it was; try again later"
        )
    bars = answer.value.between(*window.of(symbol))
    return Fetched(bars, history, second, tuple(map(_spell, trail)))


def _spell(attempt: Attempt) -> str:
    said = f"{attempt.upstream}: {attempt.asked}: {attempt.outcome}"
    return f"{said} ({attempt.message})" if attempt.message else said


def _tell(found: Fetched | None) -> str:
    if found is None or not len(found.bars):
        return "nothing"
    return f"{len(found.bars)} bars to {found.bars.dates[-1]} from {found.bars.source}"


def _fetch_lists(
    wish: Wish, fetcher: Fetcher, failures: dict[str, str]
) -> tuple[dict[tuple[str, str], dict[str, str]], dict[tuple[str, str], Days]]:
    """Fetch the lists of shares, and the sessions, of the exchanges of what is wanted."""
    exchanges = {symbol.suffix: symbol.exchange for symbol in wish.symbols}
    names: dict[tuple[str, str], dict[str, str]] = {}
    sessions: dict[tuple[str, str], Days] = {}
    for suffix in sorted(exchanges):
        if fetcher.knows("listing", suffix):
            try:
                answer = fetcher.listing(suffix)
                names[suffix, answer.upstream] = answer.value
            except SourceError as error:
                failures[f"list of {suffix}"] = error.message
    for calendar in sorted({exchange.calendar for exchange in exchanges.values()}):
        if fetcher.knows("sessions", calendar):
            try:
                told = fetcher.sessions(calendar)
                sessions[calendar, told.upstream] = told.value
            except SourceError as error:
                failures[f"sessions of {calendar}"] = error.message
    return names, sessions
