"""Puts what a source gave before the quality rules, on its way into the store."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days, load_sessions
from screener.quality import check_actions, check_bars, check_market, compare_actions
from screener.quality.finding import Finding
from screener.quality.market import gaps_of, market_gaps
from screener.quality.rules import find, load_rules
from screener.store.bases import choose_series, embedded_actions
from screener.store.lists import JudgedActions, read_actions
from screener.store.merge import Offer
from screener.store.series import read_bars
from screener.store.store import State
from universes import InputError, Symbol
from universes.rating import BASES

Window = tuple[np.datetime64, np.datetime64]


@dataclass(frozen=True)
class Known:
    """What is known of the securities already, beside what a source gave.

    Attributes
    ----------
    actions : mapping of symbol to sequence of ActionHistory
    bars : mapping of symbol to Bars
    """

    actions: Mapping[str, Sequence[ActionHistory]] = field(default_factory=dict)
    bars: Mapping[str, Bars] = field(default_factory=dict)


def known_of(state: State, symbols: Iterable[str], with_bars: Iterable[str] = ()) -> Known:
    """Return what the store, and the embedded snapshot, know of securities.

    Parameters
    ----------
    state : State
    symbols : iterable of str
        Whose corporate actions are wanted.
    with_bars : iterable of str
        Whose bars are wanted.
    """
    wanted = sorted(set(symbols))
    entries = [entry for symbol in wanted for entry in state.catalog.actions_of(symbol)]
    lists: dict[str, list[ActionHistory]] = {}
    for history in [*read_actions(state, entries).values(), *embedded_actions(wanted).values()]:
        lists.setdefault(history.symbol, []).append(history)
    served = choose_series(state, sorted(set(with_bars)), BASES)
    bars = read_bars(state, [each.entry for each in served])
    return Known(lists, {each.symbol: each for each in bars.values()})


def examine(
    bars: Sequence[Bars],
    histories: Sequence[ActionHistory],
    as_of: np.datetime64,
    known: Known,
    windows: Mapping[str, Window] | None = None,
    accepted: Collection[str] = (),
) -> tuple[list[Offer], list[JudgedActions]]:
    """Return bars and corporate actions with what the quality rules say of them.

    Parameters
    ----------
    bars : sequence of Bars
    histories : sequence of ActionHistory
    as_of : datetime64[D]
        A bar of a later day is none.
    known : Known
        What both are held against.
    windows : mapping of symbol to (first, last), optional
        The days that were asked for; left out: those of the bars.
    accepted : collection of str
        Codes of rules whose errors the user has looked into: they become warnings.

    Raises
    ------
    InputError
        If there is no rule of a code accepted.
    """
    for code in sorted(set(accepted) - load_rules().keys()):
        raise InputError(f"there is no rule {code!r}", f"write one of: {', '.join(load_rules())}")
    lists: dict[str, list[ActionHistory]] = {}
    for history in histories:
        lists.setdefault(history.symbol, []).append(history)
    for symbol, others in known.actions.items():
        lists.setdefault(symbol, []).extend(others)
    findings = find_in(bars, lists, as_of)
    for each in _second_series(bars):
        said = f"a second raw series, from {each.source}"
        findings.setdefault(key_of(each), []).append(find("two_series", each.symbol, None, said))
    offers = []
    for each in bars:
        span = (each.dates.min(), each.dates.max()) if len(each) else (as_of, as_of)
        since, until = (windows or {}).get(each.symbol, span)
        told = _accept(findings.get(key_of(each), ()), accepted)
        offers.append(Offer(each, since, until, told))
    judged = judge(histories, [*known.bars.values(), *bars], known.actions)
    return offers, [(history, _accept(told, accepted)) for history, told in judged]


def _second_series(bars: Iterable[Bars]) -> list[Bars]:
    """Return the raw series of securities that have one before them: which is right is unknown."""
    seen: set[str] = set()
    second = []
    for each in bars:
        if each.basis == "raw":
            second += [each] if each.symbol in seen else []
            seen.add(each.symbol)
    return second


def _accept(findings: Iterable[Finding], accepted: Collection[str]) -> tuple[Finding, ...]:
    return tuple(
        replace(each, severity="warning")
        if each.code in accepted and each.severity == "error"
        else each
        for each in findings
    )


def judge(
    histories: Iterable[ActionHistory],
    bars: Iterable[Bars],
    others: Mapping[str, Sequence[ActionHistory]],
) -> list[JudgedActions]:
    """Return corporate actions with what the quality rules say of them.

    Parameters
    ----------
    histories : iterable of ActionHistory
    bars : iterable of Bars
        Of the same securities, where at hand; of several of one the last counts.
    others : mapping of symbol to sequence of ActionHistory
        Other lists of the same.
    """
    series = list(bars)
    by_symbol = {each.symbol: each for each in series if len(each)}
    sessions = _sessions_of(series)
    judged = []
    for history in histories:
        days = sessions.get(Symbol.parse(history.symbol).exchange.calendar)
        told = check_actions(history, by_symbol.get(history.symbol), days)
        for other in others.get(history.symbol, ()):
            if other.source != history.source:
                told += compare_actions(history, other)
        judged.append((history, tuple(dict.fromkeys(told))))
    return judged


def key_of(bars: Bars) -> tuple[str, str, str]:
    """Return what tells one series of bars from another."""
    return (bars.symbol, bars.basis, bars.source)


def find_in(
    bars: Sequence[Bars], lists: Mapping[str, Sequence[ActionHistory]], as_of: np.datetime64
) -> dict[tuple[str, str, str], list[Finding]]:
    """Run the rules on series of bars, each alone and all together.

    Parameters
    ----------
    bars : sequence of Bars
    lists : mapping of symbol to sequence of ActionHistory
    as_of : datetime64[D]

    Returns
    -------
    dict
        Findings by symbol, basis and source; a series without any is left out.
    """
    sessions, gaps = _sessions_of(bars), market_gaps(bars)
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for each in bars:
        calendar = Symbol.parse(each.symbol).exchange.calendar
        own = check_bars(
            each, sessions.get(calendar), lists.get(each.symbol, ()), as_of, gaps_of(each, gaps)
        )
        if own:
            found[key_of(each)] = own
    for each, finding in check_market(bars, sessions):
        found.setdefault(key_of(each), []).append(finding)
    return found


def _sessions_of(bars: Sequence[Bars]) -> dict[str, Days]:
    """Return the sessions of each calendar over the bars' years; one not known is left out."""
    spans: dict[str, list[np.datetime64]] = {}
    for each in bars:
        if len(each):
            calendar = Symbol.parse(each.symbol).exchange.calendar
            spans.setdefault(calendar, []).extend([each.dates.min(), each.dates.max()])
    sessions = {}
    for calendar, days in spans.items():
        first, last = (day.astype(dt.date).year for day in (min(days), max(days)))
        try:
            sessions[calendar] = load_sessions(calendar, first, last).days
        except InputError:  # older than the calendar: its rules are not run
            continue
    return sessions
