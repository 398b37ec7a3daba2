"""Puts what a source gave before the quality rules, on its way into the store."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.calendar import Days, load_sessions
from screener.quality import check_actions, check_bars, check_market
from screener.quality.finding import Finding
from screener.quality.market import gaps_of, market_gaps
from screener.quality.rules import load_rules
from screener.store.lists import JudgedActions
from screener.store.merge import Offer
from universes import InputError, Symbol

Window = tuple[np.datetime64, np.datetime64]


def examine(
    bars: Sequence[Bars],
    histories: Sequence[ActionHistory],
    as_of: np.datetime64,
    windows: Mapping[str, Window] | None = None,
    others: Mapping[str, ActionHistory] | None = None,
    accepted: Collection[str] = (),
) -> tuple[list[Offer], list[JudgedActions]]:
    """Return bars and corporate actions with what the quality rules say of them.

    Parameters
    ----------
    bars : sequence of Bars
    histories : sequence of ActionHistory
    as_of : datetime64[D]
        A bar of a later day is none.
    windows : mapping of symbol to (first, last), optional
        The days that were asked for; left out: those of the bars.
    others : mapping of symbol to ActionHistory, optional
        The corporate actions as another source tells them.
    accepted : collection of str
        Codes of rules whose errors the user has looked into: they become warnings.

    Raises
    ------
    InputError
        If there is no rule of a code accepted.
    """
    for code in sorted(set(accepted) - load_rules().keys()):
        raise InputError(f"there is no rule {code!r}", f"write one of: {', '.join(load_rules())}")
    findings = find_in(bars, histories, as_of)
    offers = []
    for each in bars:
        span = (each.dates.min(), each.dates.max()) if len(each) else (as_of, as_of)
        since, until = (windows or {}).get(each.symbol, span)
        told = _accept(findings.get(key_of(each), ()), accepted)
        offers.append(Offer(each, since, until, told))
    judged = judge(histories, bars, others)
    return offers, [(history, _accept(told, accepted)) for history, told in judged]


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
    others: Mapping[str, ActionHistory] | None = None,
) -> list[JudgedActions]:
    """Return corporate actions with what the quality rules say of them.

    Parameters
    ----------
    histories : iterable of ActionHistory
    bars : iterable of Bars
        Of the same securities, where at hand.
    others : mapping of symbol to ActionHistory, optional
        From another source.
    """
    series = list(bars)
    by_symbol = {each.symbol: each for each in series}
    sessions = _sessions_of(series)
    return [
        (
            history,
            tuple(
                check_actions(
                    history,
                    by_symbol.get(history.symbol),
                    sessions.get(Symbol.parse(history.symbol).exchange.calendar),
                    (others or {}).get(history.symbol),
                )
            ),
        )
        for history in histories
    ]


def key_of(bars: Bars) -> tuple[str, str, str]:
    """Return what tells one series of bars from another."""
    return (bars.symbol, bars.basis, bars.source)


def find_in(
    bars: Sequence[Bars], histories: Iterable[ActionHistory], as_of: np.datetime64
) -> dict[tuple[str, str, str], list[Finding]]:
    """Run the rules on series of bars, each alone and all together.

    Returns
    -------
    dict
        Findings by symbol, basis and source; a series without any is left out.
    """
    actions = {history.symbol: history for history in histories}
    sessions = _sessions_of(bars)
    gaps = market_gaps(bars)
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for each in bars:
        history = actions.get(each.symbol)
        calendar = Symbol.parse(each.symbol).exchange.calendar
        own = check_bars(each, sessions.get(calendar), history, as_of, gaps_of(each, gaps))
        if own:
            found[key_of(each)] = own
    by_symbol = {each.symbol: key_of(each) for each in bars}
    for finding in check_market(bars, sessions):
        found.setdefault(by_symbol[finding.symbol], []).append(finding)
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
