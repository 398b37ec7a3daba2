"""Prices from wherever the user keeps them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from screener.home import store_address
from screener.panel import Field, Floats, Panel, Quote
from screener.snapshot import read_snapshot
from universes import InputError
from universes.rating import BASES, Basis
from universes.symbol import spell_all
from universes.tables import is_there

if TYPE_CHECKING:
    from screener.store.store import State

SNAPSHOT, STORE = "snapshot", "store"
_NAMED = 8


def load_prices(
    symbols: Iterable[str] | None = None,
    start: str | None = None,
    end: str | None = None,
    *,
    also: Iterable[str] = (),
    basis: Basis | None = None,
    fields: Sequence[Field] = ("close", "open"),
    source: str | Path | None = None,
    version: int | None = None,
    at: str | None = None,
    raw: bool = False,
    others: bool = False,
    traded: bool = False,
) -> Panel:
    """Load a panel of prices: sessions down, symbols across, suspensions empty.

    Parameters
    ----------
    symbols : iterable of str, optional
        In any spelling; left out: all there are.
    start, end : str, optional
        First and last day, ISO 8601, both included.
    also : iterable of str
        Symbols to load where they are there, as the index with dividends of a benchmark.
    basis : {"price", "total"}, optional
        Load this basis alone, and refuse a symbol that is not known on it. Left out: both,
        and what is not known on one is missing there and named in ``origin.notes``.
    fields : sequence of {"close", "open", "high"}
        Closes alone are loaded in half the time.
    source : str or Path, optional
        "store" for the local store, or its address where it is not the usual one; "snapshot"
        for the embedded figures of the shipped report; the path of a snapshot file (.json); or
        a folder of tables as `screener.wide.read_wide` describes. Left out: the store, where
        there is one that has every symbol asked for or lacks fewer than the snapshot does, and
        otherwise the snapshot.
    version : int, optional
        Of the store; left out: the newest.
    at : str, optional
        Time in UTC, ISO 8601: the store as it stood then.
    raw : bool
        Prices as the exchange printed them too, under (field, "raw"); a security of which the
        source keeps none, or not all corporate actions, is missing there, without an error or
        a note.
    others : bool
        Every other security that the source has as well; ``symbols`` then say which ones a
        store must have to be read where no source is named.
    traded : bool
        Volumes and amounts too, where the source is a store.

    Returns
    -------
    Panel

    Raises
    ------
    InputError
        If there is no such source, it cannot be read, or a symbol is not known on ``basis``.

    Examples
    --------
    >>> panel = load_prices(["700.HK", "HSI.HK"], "2024-06-14", "2024-06-28", source="snapshot")
    >>> panel.symbols, str(panel.dates[-1])
    (('0700.HK', 'HSI.HK'), '2024-06-28')
    """
    needed = None if symbols is None else spell_all(symbols)
    wanted = None if needed is None or others else spell_all([*needed, *also])
    first, last = _day(start), _day(end)
    bases = BASES if basis is None else (basis,)
    state = find_state(source, needed, version, at)
    if state is not None:
        from screener.store.serve import serve_panel  # noqa: PLC0415 - slow, and not always used

        optional = spell_all(also)
        return serve_panel(
            state, wanted, first, last, bases, optional, fields, raw=raw, traded=traded
        )
    if version is not None or at is not None:
        raise InputError(f"{source} has no versions", "leave out --version and --at")
    whole = _read_whole(source or SNAPSHOT)
    panel = _cut(_with_raw(whole) if raw else _without_raw(whole), wanted, first, last, basis)
    kept = {key: matrix for key, matrix in panel.prices.items() if key[0] in fields}
    return panel if len(kept) == len(panel.prices) else replace(panel, prices=kept)


def find_state(
    source: str | Path | None, needed: list[str] | None, version: int | None, at: str | None
) -> "State | None":
    """Return the store where it is meant, or, where nothing is said, has more of what is needed.

    Parameters
    ----------
    source, version, at
        As `load_prices` takes them.
    needed : list of str or None
        Canonical spellings of whose bars a store must have that is not named; None: of any.

    Returns
    -------
    State or None
        None where the prices are not those of a store.
    """
    text = str(source or STORE)
    if source is None and version is None and at is None and not _is_store(store_address()):
        return None
    if source is not None and text != STORE and not _is_store(text):
        return None
    from screener.store.store import Store  # noqa: PLC0415 - slow, and not always used

    state = Store(None if text == STORE else text).state(version, _instant(at))
    if source is not None or version is not None or at is not None:
        return state
    served = state.catalog.served_symbols
    if needed is None:
        return state if served else None
    lacking = set(needed) - served
    # where both lack something the one that lacks less can say what
    if lacking and len(lacking) >= len(set(needed) - set(read_snapshot().symbols)):
        return None
    return state


def _is_store(address: str) -> bool:
    return "://" in address or is_there(Path(address) / "_delta_log")


def _read_whole(source: str | Path) -> Panel:
    if source == SNAPSHOT:
        return read_snapshot()
    path = Path(source)
    if not is_there(path):
        raise InputError(
            f"there are no prices at {str(source)!r}",
            f"write {SNAPSHOT}, {STORE}, a snapshot file or a folder with closes_price.csv",
        )
    if path.is_dir():
        from screener.wide import read_wide  # noqa: PLC0415 - pandas only where tables are read

        return read_wide(path)
    return read_snapshot(path)


def _with_raw(panel: Panel) -> Panel:
    fields = sorted({name for name, _ in panel.prices})
    raw: dict[tuple[Field, Quote], Floats] = {
        (name, "raw"): panel.levels(name, "raw") for name in fields
    }
    return replace(panel, prices={**panel.prices, **raw})


def _without_raw(panel: Panel) -> Panel:
    kept = {key: matrix for key, matrix in panel.prices.items() if key[1] != "raw"}
    return panel if len(kept) == len(panel.prices) else replace(panel, prices=kept)


def _cut(
    panel: Panel,
    wanted: list[str] | None,
    first: np.datetime64 | None,
    last: np.datetime64 | None,
    basis: Basis | None,
) -> Panel:
    """Return the part of a panel that was asked for, under the same origin."""
    if last is not None:
        panel = panel.until(last)
    if wanted is None and first is None and basis is None:
        return panel
    kept = [symbol for symbol in wanted or panel.symbols if panel.holds(symbol)]
    rows = panel.dates >= (panel.dates[0] if first is None else first)
    if not kept or not rows.any():
        raise InputError("there are no prices of these symbols and days", "ask for others")
    columns = panel.columns(kept)
    keys = dict.fromkeys(
        (name, quote if basis is None or quote == "raw" else basis) for name, quote in panel.prices
    )
    prices = {(name, each): panel.levels(name, each)[rows][:, columns] for name, each in keys}
    if basis is not None:
        empty = ~np.isfinite(prices["close", basis]).any(axis=0)
        if empty.any():
            named = ", ".join(np.array(kept)[empty][:_NAMED])
            raise InputError(f"there is no {basis} basis for {named}", "ask for the other basis")
    actions = tuple(action for action in panel.actions if action.symbol in kept)
    return replace(
        panel, dates=panel.dates[rows], symbols=tuple(kept), prices=prices, actions=actions
    )


def _day(text: str | None) -> np.datetime64 | None:
    instant = _instant(text)
    return None if instant is None else instant.astype("datetime64[D]")


def _instant(text: str | None) -> np.datetime64 | None:
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        return np.datetime64(moment, "s")
    except ValueError:
        raise InputError(f"{text!r} is not a date", "write it as 2024-06-17") from None
