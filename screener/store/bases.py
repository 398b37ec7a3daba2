"""Which basis a series can be served on, and what its prices are multiplied by for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from screener.adjust import dividend_factors, price_from_total, raw_factors, restate
from screener.bars import ActionHistory
from screener.calendar import Days
from screener.panel import CorporateAction, Floats, Quote
from screener.snapshot import read_snapshot
from screener.store.catalog import Entry
from screener.store.lists import read_actions
from screener.store.store import State
from universes import Symbol
from universes.rating import Basis

# the last one goes first
_PREFERRED = ("multiplicative", "split_adjusted", "raw")
_ABOUT = 0.9
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Served:
    """The series that one security is served from.

    Attributes
    ----------
    symbol : Symbol
    entry : Entry
    history : ActionHistory or None
        Its corporate actions, where they are known.
    end : datetime64[D] or None
        The last day asked for.
    """

    symbol: Symbol
    entry: Entry
    history: ActionHistory | None
    end: np.datetime64 | None = None

    @property
    def derived(self) -> bool:
        """Whether the price basis is derived from closes that include later dividends."""
        return self.symbol.takes_basis and self.entry.basis == "multiplicative"

    @property
    def cut(self) -> bool:
        """Whether what comes after the last day asked for would be needed to derive it."""
        return bool(self.derived and self.end is not None and self.end < self.entry.last)

    def knows(self, quote: Quote) -> bool:
        """Tell whether it can be served on a basis, or raw."""
        if not self.symbol.takes_basis:
            return True
        if quote == "raw":
            return self.entry.basis == "raw" and self.history is not None
        if quote == "price" and self.cut:
            return False
        return _known(self.entry, quote, with_actions=self.history is not None)

    def lacks_days(self, quote: Quote) -> bool:
        """Tell whether days of the series are empty, for want of corporate actions."""
        if not self.symbol.takes_basis or self.history is None:
            return False
        if not self.knows(quote) or _own(self.entry) == quote:
            return False
        return bool(self.history.since > self.entry.first or self.history.until < self.entry.last)

    def actions(self, last: np.datetime64) -> tuple[CorporateAction, ...]:
        """Return the corporate actions, cash restated for the bonuses that the closes are.

        Raw closes are restated up to the last day read, of whichever security; adjusted ones
        by all that the source knew.
        """
        if self.history is None:
            return ()
        if self.entry.basis != "raw":
            return self.history.as_restated()
        paid = self.history.as_paid()
        return restate([each for each in paid if np.datetime64(each.ex_date) <= last])

    def convert(self, prices: Floats, close: Floats, dates: Days, quote: Quote) -> Floats:
        """Return prices on a basis, or raw.

        Parameters
        ----------
        prices, close : ndarray, shape (T,)
            As kept; not a number where there was no trade.
        dates : ndarray of datetime64[D], shape (T,)
        quote : {"price", "total", "raw"}
            One that is known.

        Returns
        -------
        ndarray, shape (T,)
            Not a number on days for which the corporate actions are not known; raw prices
            neither, as a dividend on such a day would be missed.
        """
        if not self.symbol.takes_basis or _own(self.entry) == quote or self.history is None:
            return prices
        covered = (dates >= self.history.since) & (dates <= self.history.until)
        known, closes = np.where(covered, prices, np.nan), np.where(covered, close, np.nan)
        if quote == "raw":
            return known
        if self.entry.basis == "raw":
            return known * raw_factors(dates, closes, self.history.as_paid(), quote)
        actions = self.history.as_restated()
        if self.entry.basis == "split_adjusted":
            # the closes before are in new shares already, the cash is for each old one
            cash = [
                replace(each, cash=each.cash / (1 + each.bonus), bonus=0.0, rights=0.0)
                for each in actions
            ]
            return known * raw_factors(dates, closes, cash, "total")
        actions = self.history.as_paid()
        factors = dividend_factors(dates, closes, actions)
        # beyond the last known action the level is not the printed one
        exact = self.entry.last <= self.history.until
        decimals = self.symbol.exchange.price_decimals if exact else 0
        return price_from_total(known, factors, dates, actions, decimals)


def choose_series(
    state: State,
    symbols: Sequence[str],
    bases: Sequence[Basis],
    end: np.datetime64 | None = None,
) -> list[Served]:
    """Choose the series that each security is served from; one the store lacks is left out.

    Of several one that is known on most bases, over about the longest time; of these the least
    adjusted, then the freshest.
    """
    embedded = embedded_actions(symbols)
    chosen: list[tuple[Symbol, Entry, Entry | None]] = []
    for text in symbols:
        series = [each for each in state.catalog.bars_of(text) if each.basis != "additive"]
        if series:
            lists = state.catalog.actions_of(text)
            entry = _best(series, lists, embedded.get(text), bases)
            chosen.append((Symbol.parse(text), entry, _best_list(entry, lists)))
    kept = read_actions(state, [listed for _, _, listed in chosen if listed])
    return [
        Served(symbol, entry, kept[listed.id] if listed else embedded.get(str(symbol)), end)
        for symbol, entry, listed in chosen
    ]


def _own(entry: Entry) -> str:
    """Return the basis that a series stands on as it is; empty for none."""
    return {"split_adjusted": "price", "multiplicative": "total"}.get(entry.basis, "")


def _known(entry: Entry, basis: Basis, *, with_actions: bool) -> bool:
    return with_actions or _own(entry) == basis


def _best(
    series: Sequence[Entry],
    lists: Sequence[Entry],
    embedded: ActionHistory | None,
    bases: Sequence[Basis],
) -> Entry:
    if len(series) == 1:
        return series[0]
    days = {}
    for entry in series:
        listed = _best_list(entry, lists) or embedded
        whole = entry.last - entry.first
        part = -_DAY if listed is None else _overlap(entry, listed)
        days[entry.id] = [int((whole if _own(entry) == each else part) // _DAY) for each in bases]
    known = {number: sum(each >= 0 for each in spans) for number, spans in days.items()}
    widest = [each for each in series if known[each.id] == max(known.values())]
    longest = max(sum(days[each.id]) for each in widest)
    long = [each for each in widest if sum(days[each.id]) >= _ABOUT * longest]
    return max(long, key=lambda e: (_PREFERRED.index(e.basis), e.last, e.rows, e.source))


def _overlap(entry: Entry, listed: Entry | ActionHistory) -> np.timedelta64:
    """Return for how long corporate actions are known of a series' span; below zero for none."""
    span: np.timedelta64 = min(entry.last, listed.until) - max(entry.first, listed.since)
    return span


def _best_list(entry: Entry, lists: Sequence[Entry]) -> Entry | None:
    """Return the list of corporate actions to use: what covers most, then the source's own."""
    own = set(entry.source.split("+"))
    return max(
        lists,
        key=lambda each: (_overlap(entry, each), each.until, bool({*each.source.split("+")} & own)),
        default=None,
    )


def embedded_actions(symbols: Sequence[str]) -> dict[str, ActionHistory]:
    """Return the snapshot's corporate actions, of those that it holds."""
    panel = read_snapshot()
    by_symbol: dict[str, list[CorporateAction]] = {
        symbol: []
        for symbol in set(symbols) & set(panel.symbols)
        # the few days of a rate say nothing of which of its series to choose
        if Symbol.parse(symbol).kind != "currency"
    }
    for action in panel.actions:
        if action.symbol in by_symbol:
            by_symbol[action.symbol].append(action)
    return {
        symbol: ActionHistory(
            symbol,
            tuple(actions),
            Symbol.parse(symbol).exchange.currency,
            "snapshot",
            panel.dates[0],
            panel.dates[-1],
            np.datetime64("NaT", "s"),
            restated=True,
        )
        for symbol, actions in by_symbol.items()
    }
