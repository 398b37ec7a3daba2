"""Ratings as the vendors tell them, and the file that they are gathered in."""

import csv
import datetime as dt
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from pathlib import Path
from typing import Any

from screener.companies.csv_rows import Faults, read_records
from screener.files import replace_file
from universes import InputError, Symbol

ENDINGS = (".csv", ".parquet")
_LARGEST_FILE = 4 * 2**30
_MOST_ROWS = 10_000_000
_REMEDY = "name another file; this one is left as it is"


@dataclass(frozen=True, slots=True)
class FetchedRating:
    """One recommendation; its fields are the columns of the file.

    Attributes
    ----------
    date : date
        On which it was published, as its source says.
    symbol : str
        Canonical spelling.
    rating, house : str
        In the source's own words, never empty.
    analyst : str
        Its authors, joined by 、; empty where the source names none.
    target : float or None
        Target price, in the listing's currency, as quoted on the day.
    link : str
        Where it can be read; empty where the source does not say.
    via : str
        The source.
    """

    date: dt.date
    symbol: str
    rating: str
    house: str
    analyst: str
    target: float | None
    link: str
    via: str


@dataclass(frozen=True)
class FetchedRatings:
    """The ratings of one answer.

    Attributes
    ----------
    rows : tuple of FetchedRating
    remarks : tuple of str
        What was left out and why, in words for the user; empty where nothing was.
    """

    rows: tuple[FetchedRating, ...]
    remarks: tuple[str, ...] = ()


COLUMNS = tuple(each.name for each in fields(FetchedRating))


def check_path(path: Path) -> None:
    """Raise `InputError` unless a file of ratings may have such a name."""
    if path.suffix.lower() not in ENDINGS:
        endings = " or ".join(ENDINGS)
        raise InputError(f"{path} is no name for a file of ratings", f"let it end in {endings}")
    if path.is_dir():
        raise InputError(f"{path} is a directory", "name a file inside it")


def merge_ratings(
    kept: Iterable[FetchedRating], told: Iterable[FetchedRating]
) -> list[FetchedRating]:
    """Return what is kept with what is told anew, by date, symbol and house.

    Rows that differ at most in their link and source tell the same; the one kept stands, and
    of those told the first by source and link.
    """
    merged: dict[tuple[object, ...], FetchedRating] = {}
    for row in (*kept, *sorted(told, key=lambda each: (each.via, each.link))):
        merged.setdefault(_identity(row), row)
    return [merged[key] for key in sorted(merged)]


def _identity(row: FetchedRating) -> tuple[object, ...]:
    # none is below every price, and sorts with them
    target = -math.inf if row.target is None else row.target
    return row.date, row.symbol, row.house, row.analyst, row.rating, target


def read_fetched(path: Path) -> list[FetchedRating]:
    """Return the ratings of a file that `write_fetched` wrote; none where there is no file.

    Raises
    ------
    InputError
        If the file holds anything else.
    """
    check_path(path)
    if not path.exists():
        return []
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path)
    return _read_csv(path)


def write_fetched(path: Path, rows: Sequence[FetchedRating]) -> None:
    """Write ratings as CSV in UTF-8, or as Parquet, whichever the name's ending says.

    The file is replaced whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written; what stood there is left as it was.
    """
    parquet = path.suffix.lower() == ".parquet"
    replace_file(path, _write_parquet(rows) if parquet else _write_csv(rows))


def _read_csv(path: Path) -> list[FetchedRating]:
    faults = Faults(path)
    records = read_records(path, faults, most_rows=_MOST_ROWS, largest=_LARGEST_FILE)
    _check_columns(path, next(records, (0, []))[1])
    read = []
    for line, (date, symbol, rating, house, analyst, target, link, via) in records:
        try:
            day = dt.date.fromisoformat(date)
            price = float(target) if target else None
            row = FetchedRating(day, symbol, rating, house, analyst, price, link, via)
            read.append(_check_row(row))
        except (InputError, ValueError) as error:
            faults.add(line, "", f"no row of fetched ratings: {error}", _REMEDY)
    faults.raise_if_any()
    return read


def _check_row(row: FetchedRating) -> FetchedRating:
    texts = (row.symbol, row.rating, row.house, row.analyst, row.link, row.via)
    if row.date is None or not all(isinstance(text, str) for text in texts):
        raise InputError("a cell is missing", _REMEDY)
    if not (row.rating and row.house and row.via):
        raise InputError("no rating, no house or no source", _REMEDY)
    if str(Symbol.parse(row.symbol)) != row.symbol:
        raise InputError(f"{row.symbol!r} is spelt anew", _REMEDY)
    if row.target is not None and not 0 < row.target < math.inf:
        raise InputError(f"a target price of {row.target}", _REMEDY)
    return row


def _check_columns(path: Path, names: Sequence[str]) -> None:
    if tuple(names) != COLUMNS:
        raise InputError(
            f"{path} is no file of fetched ratings: its columns are {', '.join(names)}", _REMEDY
        )


def _write_csv(rows: Iterable[FetchedRating]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(map(attrgetter(*COLUMNS), rows))
    return text.getvalue().encode()


def _schema() -> Any:  # noqa: ANN401 - pyarrow has no types
    import pyarrow as pa  # noqa: PLC0415 - slow to import

    kinds = {"date": pa.date32(), "target": pa.float64()}
    return pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])


def _read_parquet(path: Path) -> list[FetchedRating]:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import parquet  # noqa: PLC0415 - slow to import

    try:
        table = parquet.read_table(path)
        _check_columns(path, table.column_names)
        columns = [table.cast(_schema()).column(name).to_pylist() for name in COLUMNS]
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path} is no file of fetched ratings: {str(error).splitlines()[0]}", _REMEDY
        ) from None
    return [_check_row(FetchedRating(*cells)) for cells in zip(*columns, strict=True)]


def _write_parquet(rows: Sequence[FetchedRating]) -> bytes:
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    from pyarrow import parquet  # noqa: PLC0415 - slow to import

    cells = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_pydict(cells, schema=_schema()), sink)
    written: bytes = sink.getvalue().to_pybytes()
    return written
