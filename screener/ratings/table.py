"""A table of recommendations, read and judged: `read_ratings`."""

import datetime as dt
import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.panel import Floats
from screener.ratings.rejections import Rejections
from universes import InputError, RatingScale, Symbol
from universes.content import content_hash
from universes.houses import Houses, load_houses

if TYPE_CHECKING:
    from screener.ratings.check import Checked

__all__ = ["Ratings", "Rejections", "read_ratings"]

_LARGEST_FILE = 2 * 2**30
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, eq=False)
class Ratings:
    """K accepted recommendations, by published, symbol, house and analyst.

    Those that agree in all four are in the order of what else they say, and those that agree
    in all by line, so that the order of the file does not matter.

    Attributes
    ----------
    published : ndarray of datetime64[D], shape (K,)
        The local day of the exchange on which it was known.
    symbols : tuple of Symbol
        Sorted, as are all tuples here; the codes beside each, of shape (K,), say which is whose.
    symbol : ndarray of int32
    houses : tuple of str
        The name of a known house, and otherwise the name as written.
    house : ndarray of int32
    analysts : tuple of str
        The authors in the order written, joined by 、; empty for none.
    analyst : ndarray of int32
    words : tuple of str
        Ratings as written.
    word : ndarray of int32
    scales : tuple of RatingScale
        By which the ratings are graded, by id.
    scale : ndarray of int16
    own_standard : ndarray of bool, shape (K,)
        Whether the scale is the house's own, and not the common one.
    band : ndarray of int8, shape (K,)
        The grade given, counted from the worst of its scale.
    stance : ndarray of int8, shape (K,)
        1 for bullish, 0 for neutral, -1 for bearish.
    target, price : ndarray of float64, shape (K,)
        In the listing's currency; NaN for none.
    months : ndarray of int16, shape (K,)
        Stated horizon; 0 for none.
    line : ndarray of int64, shape (K,)
        Of the file, the header's being 1; of a Parquet file, the number of the row and one.
    links : tuple of str
        Empty for none.
    link : ndarray of int32
    sha256 : str
        Of all but the lines: the same whatever the file's layout, encoding and order.
    """

    published: Days
    symbols: tuple[Symbol, ...]
    symbol: npt.NDArray[np.int32]
    houses: tuple[str, ...]
    house: npt.NDArray[np.int32]
    analysts: tuple[str, ...]
    analyst: npt.NDArray[np.int32]
    words: tuple[str, ...]
    word: npt.NDArray[np.int32]
    scales: tuple[RatingScale, ...]
    scale: npt.NDArray[np.int16]
    own_standard: npt.NDArray[np.bool_]
    band: npt.NDArray[np.int8]
    stance: npt.NDArray[np.int8]
    target: Floats
    price: Floats
    months: npt.NDArray[np.int16]
    line: npt.NDArray[np.int64]
    links: tuple[str, ...]
    link: npt.NDArray[np.int32]
    sha256: str

    def __len__(self) -> int:
        """Count the recommendations."""
        return len(self.line)


def read_ratings(
    path: Path,
    as_of: dt.date,
    *,
    common: RatingScale,
    houses: Houses | None = None,
    encoding: str | None = None,
) -> tuple[Ratings, Rejections]:
    """Read a table of recommendations; docs/ranking.md says what it may hold.

    Parameters
    ----------
    path : Path
        A Parquet file where it ends so, and otherwise CSV.
    as_of : date
        What was published, or known, later is rejected.
    common : RatingScale
        Grades the houses that have no standard of their own.
    houses : Houses, optional
        Left out: the shipped ones.
    encoding : str, optional
        Of a CSV file; left out: found out row by row.

    Returns
    -------
    Ratings
    Rejections
        Every other row that is not blank.

    Raises
    ------
    InputError
        If the file cannot be read at all, has no rows, lacks a required column, or has two
        columns for one thing.
    """
    # pyarrow only to read
    from screener.ratings.check import check_rows  # noqa: PLC0415
    from screener.ratings.csv_file import read_csv  # noqa: PLC0415
    from screener.ratings.doubles import refuse_doubles  # noqa: PLC0415
    from screener.ratings.judge import Judge  # noqa: PLC0415
    from screener.ratings.parquet_file import read_parquet  # noqa: PLC0415

    known = houses or load_houses()
    found = _find_kind(path)
    if found == "parquet":
        if encoding is not None:
            raise InputError("a Parquet file has no encoding to be told", "leave out --encoding")
        rows = read_parquet(path)
    else:
        rows = read_csv(path, known, encoding)
    judge = Judge(len(rows.line))
    checked = check_rows(rows, judge, as_of, common, known)
    order = refuse_doubles(checked, rows.line, judge)
    return _gather(checked, rows.line, order), judge.finish(rows)


def _find_kind(path: Path) -> str:
    """Return what a file is, or refuse it."""
    try:
        found = path.stat()
        if stat.S_ISREG(found.st_mode):
            with path.open("rb") as file:
                start = file.read(4)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no path"
        raise InputError(f"{path} cannot be read: {reason}", "check the path") from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is no regular file", "name a CSV or Parquet file")
    if found.st_size > _LARGEST_FILE:
        raise InputError(f"{path} is larger than 2 GiB", "bring it in parts")
    if start in _WORKBOOKS:
        raise InputError(f"{path} is a workbook", "save its sheet as UTF-8 CSV")
    return "parquet" if path.suffix.lower() == ".parquet" else "csv"


def _gather(
    checked: "Checked", line: npt.NDArray[np.int64], order: npt.NDArray[np.intp]
) -> Ratings:
    grades = checked.grades
    coded: dict[str, Any] = {}
    for names, name, values, codes in (
        ("symbols", "symbol", checked.symbols, checked.symbol),
        ("houses", "house", grades.houses, grades.house),
        ("analysts", "analyst", checked.analysts, checked.analyst),
        ("words", "word", grades.words, grades.word),
        ("scales", "scale", grades.scales, grades.scale),
        ("links", "link", checked.links, checked.link),
    ):
        used = np.zeros(len(values), np.bool_)
        used[codes[order]] = True
        coded[names] = tuple(compress(values, used.tolist()))
        coded[name] = (np.cumsum(used) - 1).astype(codes.dtype)[codes[order]]
    plain: dict[str, Any] = {
        "published": checked.published[order],
        "own_standard": grades.own_standard[order],
        "band": grades.band[order],
        "stance": grades.stance[order],
        "target": checked.target[order],
        "price": checked.price[order],
        "months": checked.months[order],
    }
    digest = _hash({**coded, **plain})
    return Ratings(**coded, **plain, line=line[order], sha256=digest)


def _hash(content: Mapping[str, Any]) -> str:
    return content_hash({name: _part(values) for name, values in content.items()})


def _part(values: Any) -> str:  # noqa: ANN401 - an array, or what its codes mean
    if isinstance(values, np.ndarray):
        # a hash must not hang on how a machine orders bytes
        content = values.astype(values.dtype.newbyteorder("<")).tobytes()
    else:
        texts = (each.sha256 if isinstance(each, RatingScale) else str(each) for each in values)
        # which no cell holds
        content = "\0".join(texts).encode()
    return hashlib.sha256(content).hexdigest()
