"""How the store's one table is laid out: a partition for each kind of row.

Every row carries the ``id`` of the series it belongs to. A series is never changed: it grows
(raw bars, figures) or another with a new id takes its place (all else). Which ids count is said by
the ``entry`` rows, the newest of a key deciding, so that an update is nothing but appended rows.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from screener.bars import FIGURES

Kind = Literal["bar", "held", "action", "listing", "session", "fact", "entry", "pin"]

PARTITION = "kind"


@cache
def schema() -> pa.Schema:
    """Return the table's columns; a column that a kind has no use for is empty there."""
    instant = pa.timestamp("us", tz="UTC")
    return pa.schema(
        [
            (PARTITION, pa.string()),
            ("id", pa.int64()),
            ("symbol", pa.string()),
            ("date", pa.date32()),
            *((name, pa.float64()) for name in FIGURES),
            ("currency", pa.string()),
            ("basis", pa.string()),
            ("source", pa.string()),
            ("fetched_at", instant),
            # corporate actions
            ("cash", pa.float64()),
            ("bonus", pa.float64()),
            ("rights", pa.float64()),
            ("rights_price", pa.float64()),
            ("confidence", pa.string()),
            # lists of shares
            ("name", pa.string()),
            # entries
            ("what", pa.string()),
            ("state", pa.string()),
            ("first", pa.date32()),
            ("last", pa.date32()),
            ("since", pa.date32()),
            ("until", pa.date32()),
            ("rows", pa.int64()),
            ("batch", pa.int64()),
            ("findings", pa.string()),
            # figures, whose date is their period; a store made before they were kept gets these
            # columns with the first commit after
            ("item", pa.string()),
            ("known", pa.date32()),
            ("value", pa.float64()),
        ]
    )


def make_rows(kind: Kind, columns: Mapping[str, Any]) -> pa.Table:
    """Return rows of one kind, with every column of the store.

    Parameters
    ----------
    kind : str
    columns : mapping of str to array
        All of one length, R. A single text or number stands for R of them.
    """
    lengths = [len(column) for column in columns.values() if not np.isscalar(column)]
    size = lengths[0] if lengths else 1
    arrays = []
    for field in schema():
        value = kind if field.name == PARTITION else columns.get(field.name)
        if value is None:
            arrays.append(pa.nulls(size, field.type))
        elif np.isscalar(value):
            arrays.append(pa.repeat(pa.scalar(value, field.type), size))
        else:
            arrays.append(_as_array(value, field.type))
    return pa.table(arrays, schema=schema())


def _as_array(values: Any, kind: pa.DataType) -> pa.Array:  # noqa: ANN401

    if isinstance(values, pa.Array):
        return values.cast(kind)
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return pa.array(values, kind, from_pandas=True)  # not a number is kept as missing
    return pa.array(values, kind)
