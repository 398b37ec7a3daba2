"""China Securities Index, through akshare: its own indices, total return included."""

import datetime as dt

import numpy as np

from screener.bars import Bars
from screener.sources.vendors.frames import check_columns, check_keys, to_bars
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, is_index, refuse
from universes.symbol import Symbol

SOURCE = "csi"

_INDEX = {"date": "日期", "open": "开盘", "high": "最高", "low": "最低", "close": "收盘"}
_GAPS = ("open", "high", "low")
# the publisher's own names, which akshare renames by position
_KEYS = dict(
    enumerate(
        (
            "tradeDate",
            "indexCode",
            "indexNameCnAll",
            "indexNameCn",
            "indexNameEnAll",
            "indexNameEn",
            "open",
            "high",
            "low",
            "close",
        )
    )
)


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for: its own indices and Shanghai's."""
    return is_index(symbol) and symbol.suffix in {"CSI", "SH"}


def fetch_bars(symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64) -> Bars:
    """Fetch daily bars; of a total return index, and of early days, the close only.

    Parameters
    ----------
    symbol : Symbol
        Such as 000300.SH, 930713.CSI or H00300.CSI.
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.

    Returns
    -------
    Bars
        Ascending. A price of zero is the publisher's way to say that there is none.

    Raises
    ------
    SourceError
        As `guard.guarded` and `frames.to_bars` in this package say.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    if not serves(symbol):
        raise refuse(query)
    with guarded(SOURCE, carriers=("data",)) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        days = f"{start:%Y%m%d}", f"{end:%Y%m%d}"
        frame = akshare.stock_zh_index_hist_csindex(symbol.code, *days)
        check_keys(SOURCE, answers.payload()["data"][0], _KEYS)
    check_columns(SOURCE, frame, _INDEX.values())
    known = {_INDEX[name]: frame[_INDEX[name]].where(frame[_INDEX[name]] > 0) for name in _GAPS}
    return to_bars(query, frame.assign(**known), _INDEX, gaps=_GAPS)
