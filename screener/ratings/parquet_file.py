"""A table of recommendations in a Parquet file."""

import csv
import datetime as dt
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from screener.ratings.columns import Cells, Rows, place_columns
from universes import InputError


def read_parquet(path: Path) -> Rows:
    """Read a table of recommendations; columns of dates, moments and numbers are spelled out.

    Raises
    ------
    InputError
        If it is no Parquet file, has no row, lacks a required column, or one is of a kind that
        no cell of text can stand for.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            places = place_columns(path, names)
            table = file.read([names[at] for at in places.values()])
    except (pa.ArrowException, OSError):
        raise InputError(f"{path} is no whole Parquet file", "save it again") from None
    if not table.num_rows:
        raise InputError(f"{path} has no rows", "bring a row for each rating")
    cells = {name: _spell(path, names[at], table[names[at]]) for name, at in places.items()}

    def text(rows: npt.NDArray[np.intp]) -> list[str]:
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\0")
        columns = [[each.values[code] for code in each.codes[rows]] for each in cells.values()]
        writer.writerows(zip(*columns, strict=True))
        return out.getvalue().split("\0")[:-1]

    return Rows(cells, np.arange(table.num_rows, dtype=np.int64) + 2, text, ())


def _spell(path: Path, heading: str, column: pa.ChunkedArray) -> Cells:
    """Return a column's distinct values as text; missing ones are empty."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_nested(kind) or pa.types.is_duration(kind) or pa.types.is_time(kind):
        raise InputError(f"{path}: the column {heading!r} is of the type {kind}", "save it as text")
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_dictionary(column.type) or pa.types.is_null(kind):
        column = column.cast(pa.string() if pa.types.is_null(kind) else kind)
    whole = column.combine_chunks().dictionary_encode()
    values = [_as_text(value) for value in whole.dictionary.to_pylist()]
    codes = whole.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return Cells([*values, ""], codes.astype(np.int32))


def _as_text(value: object) -> str:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str(value)
