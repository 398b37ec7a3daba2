"""A table of recommendations in a CSV file, each row in an encoding of its own."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv

from screener.ratings.columns import Broken, Cells, Rows, count_known, place_columns
from screener.ratings.lines import (
    BIG5,
    GB,
    Decoder,
    Lines,
    as_bytes,
    name_encoding,
    read,
    split_record,
    tell_width,
)
from universes import InputError
from universes.houses import Houses

_AS_WORD = pa.dictionary(pa.int32(), pa.string())
_UNREADABLE = "\ufffd".encode()
_BLOCK = 2**24
_TOGETHER = 500
_NO_TEXT = ("the row is no text in any known encoding", "save it as UTF-8")
_SAVE = "save the table as UTF-8 CSV"


def read_csv(path: Path, houses: Houses, encoding: str | None) -> Rows:
    """Read a table of recommendations; the first line that is not blank is its header.

    Parameters
    ----------
    path : Path
    houses : Houses
        Whose words tell encodings apart.
    encoding : str or None
        Of the whole file; None: of each row as it is found.

    Raises
    ------
    InputError
        If there is no header with the required columns, or no row.
    """
    named = name_encoding(encoding) if encoding is not None else None
    text, wide = as_bytes(path.read_bytes(), named)
    named = None if wide else named
    lines = Lines(text)
    header = int(np.argmin(lines.blank))
    if lines.blank[header]:
        raise InputError(f"{path} is empty", "bring a line of headings and a row for each rating")
    headings = _read_header(path, lines.span(header, header), named)
    places = place_columns(path, headings)
    lines.blank[: header + 1] = True
    lines.regular[: header + 1] = True
    if lines.blank.all():
        raise InputError(f"{path} has no rows", "bring a row for each rating")
    tried: tuple[str, ...] = (GB, BIG5) if named is None else (named,)
    if wide or named == "utf-8":
        tried = ()
    sorter = _Sorter(
        lines, len(headings), Decoder(tried, houses, places["rating"], places["house"])
    )
    sorter.sort_out(wide=wide, whole=named not in {None, "utf-8"})
    return sorter.finish(len(headings), places)


def _read_header(path: Path, line: bytes, encoding: str | None) -> list[str]:
    """Return the headings, in the encoding in which most of them are known."""
    readings: list[list[str]] = []
    for each in (encoding,) if encoding else ("utf-8", GB, BIG5):
        try:
            readings.append(split_record(line.decode(each)))
        except (UnicodeDecodeError, csv.Error):
            continue
    if not readings:
        raise InputError(f"{path}: the headings are no text in any known encoding", _SAVE)
    return max(readings, key=count_known)


@dataclass
class _Sorter:
    """Parts the rows that can be taken as they stand from all others."""

    lines: Lines
    width: int
    decoder: Decoder
    broken: list[Broken] = field(default_factory=list)
    mended: list[bytes] = field(default_factory=list)
    mended_at: list[int] = field(default_factory=list)
    plain: npt.NDArray[np.bool_] = field(init=False)

    def sort_out(self, *, wide: bool, whole: bool) -> None:
        """Look at each row.

        Parameters
        ----------
        wide : bool
            Whether U+FFFD stands for what could not be read.
        whole : bool
            Whether all that is more than ASCII is left to the decoder.
        """
        lines = self.lines
        self.plain = lines.regular & ~lines.blank
        for first, last, fault in lines.join(self.width):
            self.plain[first : last + 1] = False
            if fault:
                self._break(
                    first, last, fault, "enclose only whole fields, and double those inside"
                )
            else:
                self._mend(first, last, wide=wide, whole=whole)
        for n in np.flatnonzero(self.plain & (lines.fields != self.width)).tolist():
            self.plain[n] = False
            self._break(n, n, tell_width(int(lines.fields[n]), self.width), "see the header")
        foreign = lines.find_beyond_ascii() if whole else lines.find_foreign()
        self._take_all((n, row) for n, row in foreign if self.plain[n])
        if wide and _UNREADABLE in lines.content:
            self._drop_unreadable()

    def finish(self, width: int, places: Mapping[str, int]) -> Rows:
        """Read the rows that are left, all of them UTF-8 and of one line now."""
        lines = self.lines
        sizes = lines.ends - lines.starts + 1
        buffer = np.frombuffer(lines.content, np.uint8)
        kept = lines.content if self.plain.all() else buffer[np.repeat(self.plain, sizes)].tobytes()
        clean = kept + b"".join(self.mended)
        line = np.concatenate([np.flatnonzero(self.plain), np.array(self.mended_at, np.int64)]) + 1
        cells = _parse(clean, width, places)

        def text(rows: npt.NDArray[np.intp]) -> list[str]:
            ends = np.flatnonzero(np.frombuffer(clean, np.uint8) == ord("\n"))
            starts = np.concatenate([[0], ends[:-1] + 1])
            pairs = zip(starts[rows].tolist(), ends[rows].tolist(), strict=True)
            return [clean[start:end].decode() for start, end in pairs]

        return Rows(cells, line, text, tuple(sorted(self.broken, key=lambda each: each.line)))

    def _mend(self, first: int, last: int, *, wide: bool, whole: bool) -> None:
        """Take a row with line breaks or loose quotation marks, which is sound."""
        row = self.lines.span(first, last)
        try:
            text = None if whole else row.decode()
        except UnicodeDecodeError:
            text = None
        text = self.decoder.decode(row) if text is None else text
        if text is None or (wide and "\ufffd" in text):
            self._break(first, last, *_NO_TEXT)
            return
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerow(split_record(text))
        self.mended.append(out.getvalue().encode())
        self.mended_at.append(first)

    def _take_all(self, rows: Iterable[tuple[int, bytes]]) -> None:
        """Take rows that are no UTF-8, many of one encoding at a time."""
        waiting: dict[str, list[tuple[int, bytes]]] = {}
        for n, row in rows:
            encoding = self.decoder.expect(row)
            same = waiting.setdefault(encoding, [])
            same.append((n, row))
            if len(same) == _TOGETHER:
                self._take_together(waiting.pop(encoding), encoding)
        for encoding, same in waiting.items():
            self._take_together(same, encoding)

    def _take_together(self, rows: Sequence[tuple[int, bytes]], encoding: str) -> None:
        text = read(b"\n".join(row for _, row in rows), encoding) if encoding else None
        self.plain[[n for n, _ in rows]] = False
        if text is not None:
            self.mended.append(text.encode() + b"\n")
            self.mended_at += [n for n, _ in rows]
            return
        for n, row in rows:
            own = self.decoder.decode(row)
            if own is None:
                self._break(n, n, *_NO_TEXT)
            else:
                self.mended.append(own.encode() + b"\n")
                self.mended_at.append(n)

    def _drop_unreadable(self) -> None:
        for n in np.flatnonzero(self.plain).tolist():
            if _UNREADABLE in self.lines.span(n, n):
                self.plain[n] = False
                self._break(n, n, *_NO_TEXT)

    def _break(self, first: int, last: int, what: str, remedy: str) -> None:
        row = self.lines.span(first, last)
        text = self.decoder.show(row)
        self.broken.append(Broken(first + 1, what, remedy, text))


def _parse(clean: bytes, width: int, places: Mapping[str, int]) -> dict[str, Cells]:
    if not clean:
        return {name: Cells([], np.zeros(0, np.int32)) for name in places}
    names = [str(at) for at in range(width)]
    chosen = {name: str(at) for name, at in places.items()}
    longest = int(
        np.diff(np.flatnonzero(np.frombuffer(clean, np.uint8) == ord("\n"))).max(initial=0)
    )
    table = pa_csv.read_csv(
        pa.py_buffer(clean),
        read_options=pa_csv.ReadOptions(
            column_names=names, block_size=max(_BLOCK, 2 * max(longest, clean.index(b"\n")))
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(chosen.values(), _AS_WORD),
            include_columns=list(chosen.values()),
            null_values=[],
            strings_can_be_null=False,
        ),
    )
    return {name: as_cells(table[at]) for name, at in chosen.items()}


def as_cells(column: pa.ChunkedArray) -> Cells:
    """Return a column of dictionary-encoded text; missing cells are empty."""
    whole = column.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    values: Sequence[str | None] = whole.dictionary.to_pylist()
    codes = whole.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    return Cells([value or "" for value in values] + [""], codes.astype(np.int32))
