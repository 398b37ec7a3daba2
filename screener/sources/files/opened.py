"""A CSV or Parquet file: its headers first, then the columns that its style asks for."""

import contextlib
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from screener.sources.files.columns import MISSING, Columns
from screener.sources.files.styles import Style
from universes import InputError

_LABELS = {"Price", "Ticker"}
_FILLED = re.compile(rb"\S")
_AS_WORD = pa.dictionary(pa.int32(), pa.string())


class Opened(Protocol):
    """A file whose headers are known.

    Attributes
    ----------
    path : Path
    tickers : tuple of str
        Whose columns stand side by side in the file; one empty text where the file does not
        say.
    """

    path: Path
    tickers: tuple[str, ...]

    def headers(self, ticker: str) -> list[str]:
        """Return the column names of one ticker, in the file's order."""
        ...

    def read(self, style: Style, ticker: str) -> Columns:
        """Read a ticker's columns that belong to the style."""
        ...


def open_file(path: Path) -> Opened:
    """Open a file by its suffix.

    Raises
    ------
    InputError
        If it cannot be read, or is no text or no Parquet file.
    """
    try:
        return ParquetFile(path) if path.suffix.lower() == ".parquet" else CsvFile(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check the path") from None


class ParquetFile:
    """A Parquet file; see `Opened`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tickers: tuple[str, ...] = ("",)
        with path.open("rb") as file, _whole(path):
            self._names = pq.read_schema(file).names

    def headers(self, ticker: str) -> list[str]:  # noqa: ARG002 - as a CSV file has it
        """Return the column names."""
        return [_plain(name) for name in self._names]

    def read(self, style: Style, ticker: str) -> Columns:
        """Read the columns that belong to the style."""
        at = style.place(self.headers(ticker))
        chosen = {name: self._names[place] for name, place in at.items()}
        words = [header for name, header in chosen.items() if name in style.words]
        with _whole(self.path):
            file = pq.ParquetFile(self.path, read_dictionary=words)
            table = file.read(list(chosen.values()))
        arrays = {name: table[header] for name, header in chosen.items()}
        return Columns(self.path, arrays, chosen, lambda row: f"row {row + 1}")


class CsvFile:
    """A CSV file; see `Opened`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._text = _as_utf8(path)
        records = list(_first_records(path, self._text, 3))
        cells = [[_plain(cell) for cell in record] for record, _ in records]
        self._headers = 3 if len(cells) > 1 and {cells[0][0], cells[1][0]} == _LABELS else 1
        if self._headers == 1:
            self._columns = [(name, "") for name in cells[0]] if cells else []
            self.tickers: tuple[str, ...] = ("",)
        else:
            self._columns = _pair(cells)
            self.tickers = tuple(dict.fromkeys(ticker for _, ticker in self._columns[1:]))
        self._body = records[: self._headers][-1][1] if records else 0

    def headers(self, ticker: str) -> list[str]:
        """Return the column names of one ticker, the shared date first."""
        return [self._columns[at][0] for at in self._places(ticker)]

    def read(self, style: Style, ticker: str) -> Columns:
        """Read a ticker's columns that belong to the style."""
        places = self._places(ticker)
        chosen = {name: places[at] for name, at in style.place(self.headers(ticker)).items()}
        try:
            table = self._parse(style, chosen, pa.float64())
        except pa.ArrowInvalid:
            table = self._parse_text(style, chosen)
        kept = _filled(table, [name for name in chosen if name in style.words])
        if kept is not None:
            table = table.take(kept)
        headers = {name: self._columns[at][0] for name, at in chosen.items()}

        def place(row: int) -> str:
            return f"line {self._line(row if kept is None else int(kept[row]))}"

        return Columns(self.path, {name: table[name] for name in chosen}, headers, place)

    def _places(self, ticker: str) -> list[int]:
        own = [at for at, (_, its) in enumerate(self._columns) if its == ticker]
        return own if not ticker else [0, *own]

    def _parse(self, style: Style, chosen: Mapping[str, int], figure: pa.DataType) -> pa.Table:
        names = [f"column {at}" for at in range(len(self._columns))]
        for name, at in chosen.items():
            names[at] = name
        types = {name: _AS_WORD if name in style.words else figure for name in chosen}
        if not _FILLED.search(self._text, self._body):
            return pa.schema(types).empty_table()
        return pa_csv.read_csv(
            pa.py_buffer(memoryview(self._text)[self._body :]),
            read_options=pa_csv.ReadOptions(column_names=names),
            convert_options=pa_csv.ConvertOptions(
                column_types=types,
                include_columns=list(chosen),
                null_values=list(MISSING),
                strings_can_be_null=True,
            ),
        )

    def _parse_text(self, style: Style, chosen: Mapping[str, int]) -> pa.Table:
        """Read the figures as text, which `Columns` can mend or name."""
        try:
            return self._parse(style, chosen, pa.string())
        except pa.ArrowInvalid as error:
            width = len(self._columns)
            for line, cells in self._records():
                if len(cells) != width:
                    raise InputError(
                        f"{self.path}: line {line} has {len(cells)} cells, not {width}",
                        "give each row a cell for every column",
                    ) from None
            reason = str(error).splitlines()[0]
            raise InputError(f"{self.path} is no CSV file: {reason}", "save it again") from None

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the line on which each row ends, and its cells; blank lines are none."""
        reader = csv.reader(io.StringIO(self._text.decode(), newline=""))
        filled = ((reader.line_num, cells) for cells in reader if cells)
        for number, record in enumerate(filled):
            if number >= self._headers:
                yield record

    def _line(self, row: int) -> int:
        return next(line for n, (line, _) in enumerate(self._records()) if n == row)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[None]:
    """Refuse a Parquet file in which pyarrow finds a fault."""
    try:
        yield
    except (pa.ArrowException, OSError):
        raise InputError(f"{path} is no whole Parquet file", "save it again") from None


def _plain(header: str) -> str:
    return unicodedata.normalize("NFKC", header).strip()


def _pair(cells: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return the name and the ticker of each column under the three header lines."""
    first, second, index = cells[0], cells[1], cells[-1]
    names, tickers = (first, second) if first[0] == "Price" else (second, first)
    own = list(zip(names[1:], tickers[1:], strict=False))
    return [(index[0], ""), *own]


def _as_utf8(path: Path) -> bytes:
    """Return a text file's content as UTF-8, whether it was that or GB18030."""
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    if b"\0" in content:
        raise InputError(f"{path} is no plain text", "save it as UTF-8 CSV")
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if b"\r" in content and b"\n" not in content:
            text = text.replace("\r", "\n")
        elif encoding == "utf-8":
            return content
        return text.encode()
    raise InputError(f"{path} is neither UTF-8 nor GB18030", "save it as UTF-8 CSV")


def _first_records(path: Path, text: bytes, count: int) -> Iterator[tuple[list[str], int]]:
    """Yield the cells of the first lines that are not blank, and where the next line begins."""
    at = 0
    while count and at < len(text):
        end = text.find(b"\n", at) + 1 or len(text)
        line = text[at:end].decode().strip()
        at = end
        if line:
            count -= 1
            try:
                yield next(csv.reader([line])), at
            except csv.Error as error:
                raise InputError(f"{path} is no CSV file: {error}", "save it again") from None


def _filled(table: pa.Table, words: Sequence[str]) -> np.ndarray | None:
    """Return the rows with any cell filled; None where that is all of them."""
    if not any(table[name].null_count for name in words):
        return None
    empty = np.ones(table.num_rows, np.bool_)
    for name in table.column_names:
        cells = table[name]
        if pa.types.is_string(cells.type):
            blank = pc.equal(pc.utf8_trim_whitespace(cells), "")
            cells = pc.if_else(blank, pa.scalar(None, cells.type), cells)
        empty &= cells.is_null().to_numpy()
    return np.flatnonzero(~empty) if empty.any() else None
