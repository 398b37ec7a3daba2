"""Checks what the store serves: by the quality rules, or against another upstream."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from screener.bars import Bars
from screener.quality import compare_bars
from screener.quality.finding import Finding
from screener.quality.rules import find
from screener.sources.errors import SourceError
from screener.sources.failover import Fetcher
from screener.store.bases import Served, choose_series
from screener.store.series import read_bars
from screener.store.store import State
from screener.tasks.intake import find_in, judge, known_of
from screener.tasks.progress import Progress
from universes import InputError
from universes.rating import BASES
from universes.symbol import spell_all

_PRICES = ("open", "high", "low", "close")


def check_store(
    state: State, symbols: Iterable[str] | None, now: np.datetime64
) -> tuple[int, list[Finding]]:
    """Run the quality rules on every series that is served, and tell what is held back.

    Parameters
    ----------
    state : State
    symbols : iterable of str, optional
        In any spelling; left out: all.
    now : datetime64[s]
        In UTC.

    Returns
    -------
    checked : int
        Series.
    findings : list of Finding
    """
    wanted = _spell(state, symbols)
    chosen = set(wanted)
    entries = [
        entry
        for entry in state.catalog.served.values()
        if entry.what == "bars" and entry.symbol in chosen
    ]
    known = known_of(state, wanted)
    bars = read_bars(state, entries)
    found = find_in(list(bars.values()), known.actions, now.astype("datetime64[D]"))
    findings = [finding for each in found.values() for finding in each]
    best = [bars[each.entry.id] for each in choose_series(state, wanted, BASES)]
    judged = judge([told[0] for told in known.actions.values()], best, known.actions)
    findings += [finding for _, told in judged for finding in told]
    held = [entry for symbol in wanted for entry in state.catalog.held_of(symbol)]
    findings += [finding for entry in held for finding in entry.findings]
    return len(bars), findings


def check_against(
    state: State,
    symbols: Iterable[str] | None,
    fetcher: Fetcher,
    upstream: str,
    progress: Progress,
) -> tuple[int, list[Finding]]:
    """Compare what is served with what an upstream says now, both on the price basis.

    Parameters
    ----------
    state : State
    symbols : iterable of str, optional
        In any spelling; left out: all.
    fetcher : Fetcher
    upstream : str
    progress : Progress

    Returns
    -------
    checked : int
        Securities compared.
    findings : list of Finding
        One that cannot be compared is a finding too.

    Raises
    ------
    InputError
        If there is no such upstream.
    """
    fetcher.check_upstream(upstream)
    wanted = sorted(_spell(state, symbols))
    served = choose_series(state, wanted, ["price"])
    kept = read_bars(state, [each.entry for each in served])
    progress.start(len(served))
    checked, findings = 0, []
    for each in served:
        symbol = str(each.symbol)
        progress.begin(symbol)
        try:
            pair = _make_comparable(each, kept[each.entry.id], fetcher, upstream)
        except (SourceError, InputError) as error:
            findings.append(find("not_compared", symbol, None, str(error)))
            progress.end(symbol, str(error))
            continue
        checked += 1
        told = compare_bars(*pair).findings
        findings += told
        progress.end(symbol, f"{len(told)} findings")
    return checked, findings


def _spell(state: State, symbols: Iterable[str] | None) -> Sequence[str]:
    if symbols is None:
        return state.catalog.symbols
    wanted = spell_all(symbols)
    unknown = sorted(set(wanted) - set(state.catalog.symbols))
    if unknown:
        raise InputError(f"the store has no {', '.join(unknown)}", "see screener data status")
    return wanted


def _make_comparable(
    served: Served, own: Bars, fetcher: Fetcher, upstream: str
) -> tuple[Bars, Bars]:
    """Return both series as printed, or where one is adjusted, both on the price basis."""
    first, last = (day.astype(dt.date) for day in (own.dates[0], own.dates[-1]))
    other = fetcher.bars(served.symbol, first, last, upstream).value
    if own.basis == other.basis:
        return own, other
    return _on_price_basis(served, own), _on_price_basis(served, other)


def _on_price_basis(served: Served, bars: Bars) -> Bars:
    told = replace(served, entry=replace(served.entry, basis=bars.basis))
    if not told.knows("price"):
        raise InputError(
            f"the corporate actions of {served.symbol} are not known", "run screener data update"
        )
    converted = {
        name: told.convert(getattr(bars, name), bars.close, bars.dates, "price") for name in _PRICES
    }
    restated = replace(
        bars,
        open=converted["open"],
        high=converted["high"],
        low=converted["low"],
        close=converted["close"],
        basis="split_adjusted",
    )
    return restated.take(np.isfinite(restated.close))
