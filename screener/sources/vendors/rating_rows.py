"""From a vendor's table to ratings: each column by its name, what cannot be used left out and told.

A rating stays in the vendor's words: which grade it is depends on its house.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from screener.ratings.fetched import FetchedRating, FetchedRatings
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.vendors.frames import check_columns

if TYPE_CHECKING:
    import pandas as pd

# how vendors write that there is nothing
_NOTHING = {"", "-", "--", "—", "/", "nan", "none", "null"}
_BETWEEN_AUTHORS = re.compile(r"\s*[,，;；、/|]\s*")
_TEXTS = ("rating", "house", "analyst", "link")
# a row here and there is a fault of the data; more are a changed layout
_MOST = 0.5


def to_ratings(
    source: str,
    asked: str,
    frame: "pd.DataFrame",
    columns: Mapping[str, str],
    symbols: Sequence[str | None],
) -> FetchedRatings:
    """Return ratings from a vendor's table, in its order.

    A row without a rating is none: many reports have none. Nor is one of another market's
    share. A target that is no single price above zero counts as none.

    Parameters
    ----------
    source : str
    asked : str
        What was asked for, for remarks.
    frame : DataFrame
    columns : mapping of str to str
        The vendor's name of the column of each of date, rating and house, and as far as it has
        them of analyst, target and link.
    symbols : sequence of str or None
        Of each row, the canonical spelling; empty for another market's share, None for none.

    Raises
    ------
    EmptyError
        If there are no rows.
    SchemaChangedError
        If a column is missing or stands twice, or most rows have no day, no house or no share.
    """
    check_columns(source, frame, columns.values())
    if frame.empty:
        raise EmptyError(source, f"answered with nothing for {asked}")
    days = _read_days(frame[columns["date"]])
    texts = {name: _read_texts(frame, columns.get(name)) for name in _TEXTS}
    targets = _read_targets(frame, columns.get("target"))
    rows: list[FetchedRating] = []
    left_out: dict[str, int] = {}
    for place, symbol in enumerate(symbols):
        rating, house, analyst, link = (texts[name][place] for name in _TEXTS)
        fault = _tell_fault(days[place], symbol, house, rating)
        if fault:
            left_out[fault] = left_out.get(fault, 0) + 1
            continue
        authors = "、".join(filter(None, _BETWEEN_AUTHORS.split(analyst)))
        target = targets[place] if targets[place] > 0 else None
        rows.append(
            FetchedRating(days[place], str(symbol), rating, house, authors, target, link, source)
        )
    odd = sum(left_out.get(fault, 0) for fault in _ODD)
    if odd > _MOST * len(frame):
        said = ", ".join(f"{left_out[fault]} {fault}" for fault in _ODD if fault in left_out)
        raise SchemaChangedError(source, f"of {len(frame)} ratings for {asked}: {said}")
    unread = sum(math.isnan(target) for target in targets)
    return FetchedRatings(tuple(rows), tuple(_remark(source, asked, left_out, unread)))


_NO_DAY, _NO_HOUSE, _NO_SHARE = "without a day", "without a house", "of an unknown share"
_ODD = (_NO_DAY, _NO_HOUSE, _NO_SHARE)
_ELSEWHERE, _NO_RATING = "of another market's share", "without a rating"


def _tell_fault(day: Any, symbol: str | None, house: str, rating: str) -> str:  # noqa: ANN401
    """Say why a row is no rating; empty where it is one."""
    faults = {
        _ELSEWHERE: symbol == "",
        _NO_SHARE: symbol is None,
        _NO_DAY: day is None,
        _NO_HOUSE: not house,
        _NO_RATING: not rating,
    }
    return next((fault for fault, there in faults.items() if there), "")


def _remark(source: str, asked: str, left_out: Mapping[str, int], unread: int) -> Iterator[str]:
    for fault, count in left_out.items():
        yield f"{source}, {asked}: {count} left out, {fault}"
    if unread:
        yield f"{source}, {asked}: {unread} target prices left out, no single price"


def _read_days(column: "pd.Series[Any]") -> list[Any]:
    """Return days, None where there is none."""
    import pandas as pd  # noqa: PLC0415 - slow to import, and here by now

    read = pd.to_datetime(column, errors="coerce", format="ISO8601")
    return [None if pd.isna(moment) else moment.date() for moment in read]


def _read_texts(frame: "pd.DataFrame", name: str | None) -> list[str]:
    if name is None:
        return [""] * len(frame)
    plain = [" ".join(str(cell).split()) for cell in frame[name]]
    return ["" if text.lower() in _NOTHING else text for text in plain]


def _read_targets(frame: "pd.DataFrame", name: str | None) -> list[float]:
    """Return prices, zero where there is none and not a number where a cell is none."""
    return [_read_price(text) for text in _read_texts(frame, name)]


def _read_price(text: str) -> float:
    try:
        price = float(text or 0)
    except ValueError:
        return math.nan
    return price if 0 <= price < math.inf else math.nan
