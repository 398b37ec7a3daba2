"""Sina's page of the ratings of a mainland share, in the houses' own words."""

import re
from typing import TYPE_CHECKING

import numpy as np

from screener.ratings.fetched import FetchedRatings
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import is_a_share
from screener.sources.vendors.rating_rows import to_ratings
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

# part of the addresses of all pages of this section, which each of them links to
_PAGE = "vIR_"
_CODE = "股票代码"
_COLUMNS = {
    "date": "评级日期",
    "rating": "最新评级",
    "house": "评级机构",
    "analyst": "分析师",
    "target": "目标价",
}
# akshare asks for one page of 5,000 rows; where the site gives fewer, it offers the next
_NEXT_PAGE = re.compile(r"set_page_num[^>]*>\s*下一页")
_ENCODINGS = ("utf-8", "gb18030")


def gather_ratings(source: str, symbol: Symbol) -> FetchedRatings:
    """Fetch all ratings of a share; see `screener.sources.vendors.rating_rows.to_ratings`.

    Raises
    ------
    EmptyError
        If there are none, or it is no mainland share.
    SchemaChangedError
        If the page is another share's, holds a part of the list, or is laid out anew.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if not is_a_share(symbol):
        raise EmptyError(source, f"has no ratings of {symbol}")
    with guarded(source, page=_PAGE) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame: pd.DataFrame = akshare.stock_institute_recommend_detail(symbol.code)
        if any(_NEXT_PAGE.search(answers.text(encoding)) for encoding in _ENCODINGS):
            message = f"ratings of {symbol} on several pages, of which one is read"
            raise SchemaChangedError(source, message)
    # a row of cells that are all alike says across the table that there are none, or nothing
    cells = frame.astype(str).itertuples(index=False)
    frame = frame.loc[np.array([len(set(each)) > 1 for each in cells], dtype=np.bool_)]
    codes = [_read_code(cell) for cell in frame[_CODE]]
    others = sorted(set(codes) - {symbol.code})
    if others:
        raise SchemaChangedError(source, f"asked for {symbol}, it gave {others[0]!r}")
    return to_ratings(source, f"ratings of {symbol}", frame, _COLUMNS, [str(symbol)] * len(frame))


def _read_code(cell: object) -> str:
    # in a column with an empty cell they have been read as numbers with a fraction
    return str(cell).removesuffix(".0").zfill(6)
