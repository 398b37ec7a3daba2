"""Bars as rows of the store, and back."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pyarrow as pa

from screener.bars import FIGURES, BarBasis, Bars
from screener.store.catalog import Entry
from screener.store.layout import Kind, make_rows
from screener.store.store import State


def write_bars(kind: Kind, series: Mapping[int, Bars]) -> pa.Table:
    """Return bars as rows of the store.

    Parameters
    ----------
    kind : {"bar", "held"}
    series : mapping of id to Bars
    """
    sizes = np.array([len(bars) for bars in series.values()], dtype=np.int64)
    place = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    def spread(values: Sequence[object]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(place, pa.array(values)).cast(pa.string())

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(bars, name) for bars in series.values()])

    if not sizes.sum():
        return make_rows(kind, {"id": np.empty(0, dtype=np.int64)})
    columns = {
        "id": np.repeat(np.fromiter(series, dtype=np.int64), sizes),
        "date": joined("dates"),
        **{name: joined(name) for name in FIGURES},
        "fetched_at": np.repeat(
            np.array([bars.fetched_at for bars in series.values()], "datetime64[us]"), sizes
        ),
        **{
            name: spread([getattr(bars, name) for bars in series.values()])
            for name in ("symbol", "currency", "basis", "source")
        },
    }
    return make_rows(kind, columns)


def read_bars(
    state: State,
    entries: Sequence[Entry],
    kind: Kind = "bar",
    first: np.datetime64 | None = None,
    last: np.datetime64 | None = None,
) -> dict[int, Bars]:
    """Return the bars of entries by id, each by date.

    Rows of one raw series may come from several upstreams; ``source`` then names them all.
    """
    names = ("id", "date", *FIGURES)
    table = state.rows(kind, names, [entry.id for entry in entries], first, last)
    ids = table.column("id").to_numpy()
    dates = table.column("date").to_numpy().astype("datetime64[D]")
    order = np.lexsort((dates, ids))
    ids, dates = ids[order], dates[order]
    figures = {name: table.column(name).to_numpy()[order] for name in FIGURES}
    found = {}
    for entry in entries:
        rows = slice(*np.searchsorted(ids, [entry.id, entry.id + 1]))
        found[entry.id] = Bars(
            entry.symbol,
            dates[rows],
            **{name: column[rows] for name, column in figures.items()},
            currency=entry.currency,
            basis=cast("BarBasis", entry.basis),
            source=entry.source,
            fetched_at=entry.fetched_at,
        )
    return found
