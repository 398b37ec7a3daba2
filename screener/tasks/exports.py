"""Hands out the store's bars as a file, or its prices as a folder of tables."""

from collections.abc import Iterable
from pathlib import Path

from screener.store.series import read_bars
from screener.store.serve import BASES, serve_panel
from screener.store.store import State
from screener.tasks.export import write_export
from universes import InputError, Symbol
from universes.rating import Basis


def export_store(
    state: State, path: Path, symbols: Iterable[str] | None, basis: Basis | None
) -> tuple[int, list[Path]]:
    """Write what the store serves.

    Parameters
    ----------
    state : State
    path : Path
        A .csv or .parquet file for bars as they are kept, one series after the other; or a
        folder for tables of closes and opens that `screener.load_prices` reads.
    symbols : iterable of str, optional
        In any spelling; left out: all.
    basis : {"price", "total"}, optional
        Of the tables; left out: both.

    Returns
    -------
    rows : int
        Bars, or dates of the tables.
    paths : list of Path
        The files written.

    Raises
    ------
    InputError
        If the store serves none of them, or the file's ending is unknown.
    """
    wanted = None if symbols is None else sorted({str(Symbol.parse(each)) for each in symbols})
    if not path.suffix:
        panel = serve_panel(state, wanted, bases=BASES if basis is None else (basis,))
        write_export(panel, path)
        return len(panel.dates), sorted(path.glob("*.csv"))
    chosen = set(state.catalog.symbols if wanted is None else wanted)
    entries = [
        entry
        for entry in state.catalog.served.values()
        if entry.what == "bars" and entry.symbol in chosen
    ]
    if not entries:
        raise InputError("the store serves none of these securities", "see screener data status")
    entries.sort(key=lambda entry: (entry.symbol, entry.basis, entry.source))
    bars = read_bars(state, entries)
    write_export((bars[entry.id] for entry in entries), path)
    return sum(map(len, bars.values())), [path]
