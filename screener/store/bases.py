"""Which basis a series can be served on, and what its prices are multiplied by for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from screener.adjust import dividend_factors, price_from_total, raw_factors
from screener.bars import ActionHistory
from screener.calendar import Days
from screener.panel import CorporateAction, Floats
from screener.snapshot import read_snapshot
from screener.store.catalog import Catalog, Entry
from screener.store.lists import read_actions
from screener.store.store import State
from universes import Symbol
from universes.rating import Basis

# a series that is known on more bases goes first, then the least touched one
_PREFERRED = ("multiplicative", "split_adjusted", "raw")


@dataclass(frozen=True)
class Served:
    """The series that one security is served from.

    Attributes
    ----------
    symbol : Symbol
    entry : Entry
    history : ActionHistory or None
        Its corporate actions, where they are known.
    """

    symbol: Symbol
    entry: Entry
    history: ActionHistory | None

    @property
    def derived(self) -> bool:
        """Whether the price basis is derived from closes that include later dividends."""
        return self.entry.basis == "multiplicative" and self.history is not None

    def knows(self, basis: Basis) -> bool:
        """Tell whether it can be served on a basis."""
        return not _is_share(self.symbol) or _known(self.entry, basis, self.history is not None)

    def convert(self, prices: Floats, close: Floats, dates: Days, basis: Basis) -> Floats:
        """Return prices on a basis.

        Parameters
        ----------
        prices, close : ndarray, shape (T,)
            As kept; not a number where there was no trade.
        dates : ndarray of datetime64[D], shape (T,)
        basis : {"price", "total"}
            One that is known.

        Returns
        -------
        ndarray, shape (T,)
            Not a number on days for which the corporate actions are not known.
        """
        own = {"split_adjusted": "price", "multiplicative": "total"}.get(self.entry.basis)
        if not _is_share(self.symbol) or own == basis or self.history is None:
            return prices
        covered = (dates >= self.history.since) & (dates <= self.history.until)
        known, closes = np.where(covered, prices, np.nan), np.where(covered, close, np.nan)
        if self.entry.basis == "raw":
            return known * raw_factors(dates, closes, self.history.as_paid(), basis)
        actions = self.history.as_restated()
        if self.entry.basis == "split_adjusted":
            cash = [replace(action, bonus=0.0, rights=0.0) for action in actions]
            return known * raw_factors(dates, closes, cash, "total")
        factors = dividend_factors(dates, closes, actions)
        # beyond the last known action the level is not the printed one
        exact = self.entry.last <= self.history.until
        decimals = self.symbol.exchange.price_decimals if exact else 0
        return price_from_total(known, factors, dates, actions, decimals)


def choose_series(state: State, symbols: Sequence[str], bases: Sequence[Basis]) -> list[Served]:
    """Choose the series that each security is served from; one the store lacks is left out.

    Of several the one that is known on most bases, then the least adjusted, then the freshest.
    """
    embedded = _embedded_actions(symbols)
    chosen: list[tuple[Symbol, Entry, Entry | None]] = []
    for text in symbols:
        symbol = Symbol.parse(text)
        series = [each for each in state.catalog.bars_of(text) if each.basis != "additive"]
        ranked = [(_rank(state.catalog, each, bases, text in embedded), each) for each in series]
        if ranked:
            entry = max(ranked, key=lambda pair: pair[0])[1]
            chosen.append((symbol, entry, _actions_for(state.catalog, entry)))
    kept = read_actions(state, [listed for _, _, listed in chosen if listed])
    return [
        Served(symbol, entry, kept[listed.id] if listed else embedded.get(str(symbol)))
        for symbol, entry, listed in chosen
    ]


def _is_share(symbol: Symbol) -> bool:
    return symbol.kind in {"share", "fund"}


def _known(entry: Entry, basis: Basis, with_actions: bool) -> bool:  # noqa: FBT001 - a fact
    as_it_is = {"split_adjusted": "price", "multiplicative": "total"}.get(entry.basis)
    return with_actions or as_it_is == basis


def _rank(
    catalog: Catalog,
    entry: Entry,
    bases: Iterable[Basis],
    embedded: bool,  # noqa: FBT001 - a fact
) -> tuple[int, int, np.datetime64, int, str]:
    with_actions = embedded or _actions_for(catalog, entry) is not None
    known = sum(_known(entry, basis, with_actions) for basis in bases)
    return (known, _PREFERRED.index(entry.basis), entry.last, entry.rows, entry.source)


def _actions_for(catalog: Catalog, entry: Entry) -> Entry | None:
    """Return the list of corporate actions to use: the source's own first, then the longest."""
    lists = catalog.actions_of(entry.symbol)
    own = [each for each in lists if each.source in entry.source.split("+")]
    return next(iter([*own, *lists]), None)


def _embedded_actions(symbols: Sequence[str]) -> dict[str, ActionHistory]:
    """Return the snapshot's corporate actions, of those that it holds."""
    panel = read_snapshot()
    by_symbol: dict[str, list[CorporateAction]] = {
        symbol: [] for symbol in set(symbols) & set(panel.symbols)
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
