"""Which securities an update is for."""

from collections.abc import Iterable

from screener.store.lists import kept_names
from screener.store.store import State
from universes import InputError, Symbol

CURRENCIES = ("HKDCNY.FX", "USDCNY.FX")
_UPSTREAMS = {"eastmoney", "sina", "tencent", "csi", "yahoo"}


def select_symbols(
    state: State, named: Iterable[str], exchanges: Iterable[str], *, kept: bool
) -> tuple[Symbol, ...]:
    """Return the securities named, those listed on exchanges, and those kept from vendors.

    Parameters
    ----------
    state : State
    named : iterable of str
        Symbols in any spelling.
    exchanges : iterable of str
        Suffixes whose list of shares is kept.
    kept : bool
        Whether to add what the store has from vendors already, and the currencies.

    Returns
    -------
    tuple of Symbol
        In order, each once.

    Raises
    ------
    InputError
        If a symbol is none, or no list of an exchange is kept.
    """
    chosen = {Symbol.parse(each) for each in named}
    listed = [Symbol.parse(symbol) for symbol in kept_names(state)] if exchanges else []
    for exchange in exchanges:
        found = [symbol for symbol in listed if symbol.suffix == exchange.upper()]
        if not found:
            raise InputError(
                f"no list of the shares of {exchange!r} is kept",
                "fetch it with screener data update --lists, naming one of them with --symbol",
            )
        chosen.update(found)
    if kept:
        chosen.update(Symbol.parse(each) for each in CURRENCIES)
        chosen.update(
            Symbol.parse(entry.symbol)
            for entry in state.catalog.newest.values()
            if entry.what == "bars" and set(entry.source.split("+")) & _UPSTREAMS
        )
    return tuple(sorted(chosen))
