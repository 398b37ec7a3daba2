"""Cninfo, through akshare: all ratings of mainland shares that were published on a day.

It is the disclosure site of the Shenzhen exchange. What it asks a caller to prove is worked out
by a script that akshare brings along.
"""

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import BlockedError, RateLimitedError, SchemaChangedError
from screener.sources.vendors.answers import Answers
from screener.sources.vendors.codes import place_code
from screener.sources.vendors.frames import check_columns, check_keys
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.rating_rows import to_ratings
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "cninfo"

_CARRIERS = ("records",)
_DAY, _CODE = "发布日期", "证券代码"
_LOW, _HIGH, _TARGET = "目标价格-下限", "目标价格-上限", "目标价格"
_COLUMNS = {
    "date": _DAY,
    "rating": "投资评级",
    "house": "研究机构简称",
    "analyst": "研究员名称",
    "target": _TARGET,
}
# where the table's own keys stand, which akshare renames by position
_KEYS = {
    1: "DECLAREDATE",
    4: "F010N",
    6: "F004V",
    7: "F003V",
    8: "F002V",
    9: "F009N",
    10: "SECCODE",
}
# the status that it writes into an answer of status 200
_STATUS, _FINE, _TOO_MANY = "resultcode", 200, 429


def serves(symbol: Symbol) -> bool:  # noqa: ARG001 - every adaptor is asked
    """Tell whether a single security can be asked for: none can, there are days only."""
    return False


def fetch_ratings_day(day: dt.date) -> FetchedRatings:
    """Fetch all ratings of a day; see `screener.sources.vendors.rating_rows.to_ratings`.

    A target is given where its two bounds are one price, or there is one bound only.

    Raises
    ------
    EmptyError
        If there are none.
    SchemaChangedError
        If a rating is of another day, or the table is laid out anew.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    frame = _fetch(day)
    check_columns(SOURCE, frame, (_DAY, _CODE, _LOW, _HIGH))
    others = sorted({str(cell)[:10] for cell in frame[_DAY]} - {str(day)})
    if others:
        raise SchemaChangedError(SOURCE, f"asked for ratings of {day}, it gave {others[0]!r}")
    bounds = zip(frame[_LOW], frame[_HIGH], strict=True)
    frame = frame.assign(**{_TARGET: [_join_bounds(low, high) for low, high in bounds]})
    symbols = [place_code(str(code)) for code in frame[_CODE]]
    return to_ratings(SOURCE, f"ratings of {day}", frame, _COLUMNS, symbols)


def _fetch(day: dt.date) -> "pd.DataFrame":
    with guarded(SOURCE, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        try:
            frame: pd.DataFrame = akshare.stock_rank_forecast_cninfo(f"{day:%Y%m%d}")
        except (LookupError, TypeError, ValueError):
            _check_status(answers)
            raise
        check_keys(SOURCE, answers.payload()["records"][0], _KEYS)
    return frame


def _check_status(answers: Answers) -> None:
    said = answers.payload()
    status = said.get(_STATUS, _FINE) if isinstance(said, dict) else _FINE
    if status == _TOO_MANY:
        raise RateLimitedError(SOURCE, f"answered with status {status} in its table")
    if status != _FINE:
        raise BlockedError(SOURCE, f"answered with status {status} in its table")


def _join_bounds(low: Any, high: Any) -> str:  # noqa: ANN401 - a number of whatever kind
    """Return the one price that two bounds mean; empty for none, a range where they differ."""
    prices = sorted({float(bound) for bound in (low, high) if bound > 0 and math.isfinite(bound)})
    return " to ".join(str(price) for price in prices)
