"""Hands out bars and panels as files that other programs, and this one, can read."""

import contextlib
import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from screener.bars import FIGURES, Bars
from screener.files import replace_file, replacing
from screener.panel import CorporateAction, Floats, Panel
from screener.store.series import read_bars, write_bars
from screener.store.serve import serve_panel
from screener.store.store import State
from universes import InputError
from universes.rating import BASES, Basis
from universes.symbol import spell_all

_COLUMNS = ["symbol", "date", *FIGURES, "currency", "basis", "source", "fetched_at"]
_ROWS_AT_ONCE = 131_072
_ACTIONS_FILE = "corporate_actions.csv"
_ACTION_COLUMNS = {
    "symbol": "symbol",
    "ex_date": "ex_date",
    "cash": "cash_per_share",
    "bonus": "bonus_ratio",
    "confidence": "confidence",
}
_RIGHTS_COLUMNS = {"rights": "rights_ratio", "rights_price": "rights_price"}
_TABLES = tuple(
    f"{name}s_{basis}.csv" for name in ("close", "open") for basis in ("price", "total")
)


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
    wanted = None if symbols is None else spell_all(symbols)
    unknown = sorted(set(wanted or ()) - state.catalog.served_symbols)
    if unknown:
        raise InputError(f"the store serves no {', '.join(unknown)}", "see screener data status")
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


def write_export(data: Iterable[Bars] | Panel, path: Path) -> None:
    """Write bars as one long table, or a panel as a folder of wide tables.

    Parameters
    ----------
    data : iterable of Bars, or Panel
        Bars are taken one after another, so a generator needs the memory of few at a time.
    path : Path
        For bars a file whose name ends in .csv or .parquet: symbol, date, open, high, low,
        close, volume, amount, currency, basis, source, fetched_at; a missing figure is an empty
        cell. A series without rows leaves no trace.
        For a panel a folder as docs/files.md describes it, which `screener.load_prices` reads
        to the same numbers; its columns come back in alphabetical order.

    Raises
    ------
    InputError
        If there are no bars, the name ends otherwise, or the folder holds a table that this
        panel has nothing to put in place of.
    OSError
        If it cannot be written; each file is written whole or stays as it was.
    """
    if isinstance(data, Panel):
        _write_wide(data, path)
    else:
        _write_long(data, path)


class _Writer(Protocol):
    def write_table(self, table: pa.Table) -> None: ...


def _write_long(bars: Iterable[Bars], path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in {".csv", ".parquet"}:
        raise InputError(f"{path} names no known kind of file", "end it in .csv or .parquet")
    tables = map(_to_table, _gather(bars))
    first = next(tables, None)
    if first is None:
        raise InputError("there are no bars to write", "widen the selection")
    with replacing(path) as temporary, _open_writer(temporary, suffix, first.schema) as writer:
        for table in chain([first], tables):
            writer.write_table(table)


def _gather(bars: Iterable[Bars]) -> Iterator[list[Bars]]:
    """Yield the series in batches, each as soon as its rows are enough to write at once."""
    batch: list[Bars] = []
    rows = 0
    for each in bars:
        if not len(each):
            continue
        batch.append(each)
        rows += len(each)
        if rows >= _ROWS_AT_ONCE:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


def _open_writer(
    path: Path, suffix: str, schema: pa.Schema
) -> contextlib.AbstractContextManager[_Writer]:
    writer: contextlib.AbstractContextManager[_Writer] = (
        pa_csv.CSVWriter(path, schema)
        if suffix == ".csv"
        else pq.ParquetWriter(path, schema, compression="zstd")
    )
    return writer


def _to_table(batch: list[Bars]) -> pa.Table:
    table = write_bars("bar", dict(enumerate(batch))).select(_COLUMNS)
    seconds = table.column("fetched_at").cast(pa.timestamp("s", "UTC"))
    return table.set_column(_COLUMNS.index("fetched_at"), "fetched_at", seconds)


def _write_wide(panel: Panel, folder: Path) -> None:
    contents = {
        f"{name}s_{basis}.csv": _lay_out(panel, matrix)
        for (name, basis), matrix in panel.prices.items()
    }
    if not any(name.startswith("closes") for name in contents):
        raise InputError("the panel has no closes", "choose securities that have closes")
    # without a price table its reader would derive one, taking the list for everybody's
    if panel.actions and "closes_price.csv" in contents:
        contents[_ACTIONS_FILE] = _lay_out_actions(panel.actions)
    stale = [
        name
        for name in (*_TABLES, _ACTIONS_FILE)
        if name not in contents and (folder / name).exists()
    ]
    if stale:
        raise InputError(
            f"{folder} holds {stale[0]}, which would be read beside the new tables",
            "name a new folder, or move it away",
        )
    for name, content in contents.items():
        replace_file(folder / name, content.encode())


def _lay_out(panel: Panel, matrix: Floats) -> str:
    rows = zip(panel.dates.astype(str), matrix.tolist(), strict=True)
    return _spell(
        [
            ["date", *panel.symbols],
            *([day, *(None if math.isnan(cell) else cell for cell in row)] for day, row in rows),
        ]
    )


def _lay_out_actions(actions: Iterable[CorporateAction]) -> str:
    rows = list(actions)
    # rights are few, so their columns stand only where somebody had any
    columns = _ACTION_COLUMNS | (_RIGHTS_COLUMNS if any(each.rights for each in rows) else {})
    cells = ([getattr(each, name) for name in columns] for each in rows)
    return _spell([list(columns.values()), *cells])


def _spell(rows: Iterable[Sequence[object]]) -> str:
    """Spell rows as CSV, each figure with the fewest digits that give it back."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
