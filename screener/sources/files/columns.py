"""The columns of one file as figures, days and words; a bad cell is named with its place."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from screener.calendar import Days
from screener.panel import Floats
from universes import InputError

MISSING = ("", "-", "--", "—", "None", "none", "nan", "NaN", "NA", "N/A", "#N/A", "null", "NULL")

_GROUPED = r"^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_DAY = re.compile(
    r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{4})/(\d{1,2})/(\d{1,2})|(\d{4})(\d{2})(\d{2}))"
    r"(?:[ T]0?0:00(?::00(?:\.0+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_WRITE_DAY = "write the exchange's own date, as 2024-06-17"

Codes = npt.NDArray[np.int64]


class Columns:
    """Columns of one file, under the product's names.

    Parameters
    ----------
    path : Path
    arrays : mapping of str to ChunkedArray
        By the product's name for the column.
    headers : mapping of str to str
        The file's own name for each, which messages use.
    place : callable
        Returns where a row stands, such as ``line 17``.
    """

    def __init__(
        self,
        path: Path,
        arrays: Mapping[str, pa.ChunkedArray],
        headers: Mapping[str, str],
        place: Callable[[int], str],
    ) -> None:
        self.path = path
        self._arrays = arrays
        self._headers = headers
        self._place = place
        self._rows = len(next(iter(arrays.values())))

    def __len__(self) -> int:
        return self._rows

    def refuse_empty(self) -> None:
        """Refuse a file without rows.

        Raises
        ------
        InputError
        """
        if not self._rows:
            raise InputError(f"{self.path} has no rows", "bring a file with bars in it")

    def has(self, name: str) -> bool:
        """Tell whether the file has a column."""
        return name in self._arrays

    def fault(self, row: int, message: str, remedy: str) -> InputError:
        """Return the error that names a row."""
        return InputError(f"{self.path}: {self._place(row)}: {message}", remedy)

    def floats(self, name: str) -> Floats:
        """Return figures, shape (T,); not a number where the cell or the column is missing."""
        if name not in self._arrays:
            return np.full(self._rows, np.nan)
        array = self._arrays[name]
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            array = self._numbers(name, array)
        try:
            figures: Floats = array.cast(pa.float64(), safe=False).to_numpy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise InputError(
                f"{self.path}: the column {self._headers[name]!r} holds no numbers",
                "write plain numbers",
            ) from None
        endless = np.isinf(figures)
        if endless.any():
            raise self._no_number(name, int(endless.argmax()), "inf")
        return figures

    def days(self, name: str) -> Days:
        """Return dates, shape (T,): each cell must hold one, without a time of day."""
        array = self._arrays[name]
        if pa.types.is_timestamp(array.type):
            return self._whole_days(name, array)
        if pa.types.is_date(array.type):
            days: Days = array.cast(pa.date32()).to_numpy().astype("datetime64[D]")
            self._refuse_gap(name, np.isnat(days))
            return days
        codes, cells = self.words(name)
        self._refuse_gap(name, codes < 0)
        parsed = [_parse_day(cell) for cell in cells]
        if None in parsed:
            bad = parsed.index(None)
            row = int((codes == bad).argmax())
            raise self.fault(row, f"{self._headers[name]} {cells[bad]!r} is no date", _WRITE_DAY)
        return np.array(parsed, dtype="datetime64[D]")[codes]

    def times(self, name: str) -> npt.NDArray[np.datetime64]:
        """Return moments in UTC to the second, shape (T,); one without a zone is in UTC."""
        array = self._arrays[name]
        if pa.types.is_timestamp(array.type):
            moments = array.cast(pa.timestamp("s", array.type.tz), safe=False)
            found: npt.NDArray[np.datetime64] = moments.to_numpy().astype("datetime64[s]")
            return found
        codes, cells = self.words(name)
        parsed = [_parse_moment(cell) for cell in cells]
        if None in parsed:
            bad = parsed.index(None)
            row = int((codes == bad).argmax())
            message = f"{self._headers[name]} {cells[bad]!r} is no time"
            raise self.fault(row, message, "write it as 2024-06-17T08:00:00Z")
        return np.array([*parsed, None], dtype="datetime64[s]")[codes]

    def words(self, name: str) -> tuple[Codes, list[str]]:
        """Return the place of each row's text in a list of texts, -1 where it has none."""
        array = self._arrays[name]
        if not pa.types.is_dictionary(array.type):
            array = array.cast(pa.string()).dictionary_encode()
        whole = array.combine_chunks()
        codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        words = [str(word).strip() for word in whole.dictionary.to_pylist()]
        # a dictionary may hold words that no row has
        counts = np.bincount(codes[codes >= 0], minlength=len(words))
        told = (counts > 0) & np.array([word not in MISSING for word in words], dtype=np.bool_)
        # the last entry is for -1
        places = np.append(np.where(told, np.cumsum(told) - 1, -1), -1).astype(np.int64)
        return places[codes], [word for word, kept in zip(words, told, strict=True) if kept]

    def _numbers(self, name: str, array: pa.ChunkedArray) -> pa.ChunkedArray:
        cells = pc.utf8_normalize(pc.utf8_trim_whitespace(array), form="NFKC")
        plain = pc.replace_substring(cells, ",", "")
        cells = pc.if_else(pc.match_substring_regex(cells, _GROUPED), plain, cells)
        missing = pc.is_in(cells, value_set=pa.array(MISSING, cells.type))
        cells = pc.if_else(missing, pa.scalar(None, cells.type), cells)
        try:
            return cells.cast(pa.float64())
        except pa.ArrowInvalid:
            row, cell = next(
                (row, cell)
                for row, cell in enumerate(cells.to_pylist())
                if cell is not None and not _NUMBER.fullmatch(cell)
            )
            raise self._no_number(name, row, cell) from None

    def _no_number(self, name: str, row: int, cell: str) -> InputError:
        message = f"{self._headers[name]} {cell!r} is no number"
        return self.fault(row, message, "write it as 1234.5, or leave it empty")

    def _refuse_gap(self, name: str, missing: npt.NDArray[np.bool_]) -> None:
        if missing.any():
            row = int(missing.argmax())
            raise self.fault(row, f"there is no {self._headers[name]}", _WRITE_DAY)

    def _whole_days(self, name: str, array: pa.ChunkedArray) -> Days:
        local = pc.local_timestamp(array) if array.type.tz else array
        moments = local.cast(pa.timestamp("us"), safe=False).to_numpy()
        self._refuse_gap(name, np.isnat(moments))
        days = moments.astype("datetime64[D]")
        within = moments != days
        if within.any():
            row = int(within.argmax())
            raise self.fault(row, f"{self._headers[name]} holds a time of day", _WRITE_DAY)
        return cast("Days", days)


def _parse_day(cell: str) -> dt.date | None:
    found = _DAY.fullmatch(cell)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _parse_moment(cell: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(cell)
    except ValueError:
        return None
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment.tzinfo else moment
