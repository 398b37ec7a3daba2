"""Eastmoney's list of the reports on a mainland share, with ratings in Eastmoney's words."""

from dataclasses import replace
from typing import TYPE_CHECKING

from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import EmptyError, SchemaChangedError, TransportError
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import is_a_share
from screener.sources.vendors.rating_rows import to_ratings
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

_CARRIERS = ("data",)
_CODE, _COUNT = "股票代码", "hits"
_COLUMNS = {"date": "日期", "rating": "东财评级", "house": "机构", "link": "报告PDF链接"}


def gather_ratings(source: str, symbol: Symbol) -> FetchedRatings:
    """Fetch all ratings of a share; see `screener.sources.vendors.rating_rows.to_ratings`.

    Eastmoney puts the houses' ratings into words of its own, which is told as a remark. Authors
    and target prices are not in what akshare passes on.

    Raises
    ------
    EmptyError
        If there are none, or it is no mainland share.
    TransportError
        If there are fewer reports than the list says there are.
    SchemaChangedError
        If a report is on another share, or the list is laid out anew.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if not is_a_share(symbol):
        raise EmptyError(source, f"has no ratings of {symbol}")
    frame, stated = _fetch(source, symbol)
    others = sorted({str(code) for code in frame[_CODE]} - {symbol.code})
    if others:
        raise SchemaChangedError(source, f"asked for {symbol}, it gave {others[0]!r}")
    if stated is not None and len(frame) < stated:
        message = f"the answer is cut short: {len(frame)} of {stated} reports on {symbol}"
        raise TransportError(source, message)
    told = to_ratings(source, f"ratings of {symbol}", frame, _COLUMNS, [str(symbol)] * len(frame))
    said = f"{source}: ratings are in its own words, which need not be those of the houses"
    return replace(told, remarks=(said, *told.remarks)) if told.rows else told


def _fetch(source: str, symbol: Symbol) -> "tuple[pd.DataFrame, int | None]":
    """Return the reports, and how many the list says there are, where it does."""
    with guarded(source, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame: pd.DataFrame = akshare.stock_research_report_em(symbol.code)
        said = answers.payload()
    stated = said.get(_COUNT)
    return frame, stated if isinstance(stated, int) else None
