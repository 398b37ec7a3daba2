"""Tencent, through akshare: bars of shares in the mainland and in Hong Kong."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from screener.bars import Bars
from screener.sources.errors import SchemaChangedError
from screener.sources.vendors.frames import check_columns, to_bars, to_days, to_numbers
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, is_a_share, is_hk_share, refuse
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "tencent"

_CARRIERS = ("data", "day")
_SHARES_PER_LOT = 100
_SHARE = {
    "date": "date",
    "open": "open",
    "high": "high",
    "low": "low",
    "close": "close",
    "volume": "volume",
    "amount": "amount",
}
_HK_SHARE = {"date": "日期", "open": "开盘", "high": "最高", "low": "最低", "close": "收盘"}


def serves(symbol: Symbol) -> bool:
    """Tell whether bars of a symbol can be asked for."""
    return is_a_share(symbol) or is_hk_share(symbol)


def fetch_bars(symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64) -> Bars:
    """Fetch raw daily bars.

    Parameters
    ----------
    symbol : Symbol
        An A-share or a share in Hong Kong: of these prices only, as the unit of the volume is
        not told and there is no value traded to prove it.
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.

    Returns
    -------
    Bars
        Ascending. A session that is not over has the bar of the moment.

    Raises
    ------
    SourceError
        As `guard.guarded` and `frames.to_bars` in this package say.
    """
    query = Query(SOURCE, symbol, start, end, fetched_at)
    if is_a_share(symbol):
        frame = _without_repeats(_ask_mainland(query), _SHARE)
        return to_bars(query, _in_shares(frame), _SHARE)
    if is_hk_share(symbol):
        frame = _without_repeats(_ask_hong_kong(query), _HK_SHARE)
        return to_bars(query, frame, _HK_SHARE)
    raise refuse(query)


def _ask_mainland(query: Query) -> "pd.DataFrame":
    with guarded(SOURCE, carriers=_CARRIERS):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame: pd.DataFrame = akshare.stock_zh_a_hist_tx(
            f"{query.symbol.suffix.lower()}{query.symbol.code}",
            query.start.isoformat(),
            query.end.isoformat(),
            adjust="",
        )
    return frame


def _in_shares(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the table with every volume in shares.

    akshare leaves some in lots, all of sz000xxx among them. Where the value traded over the
    volume is a hundred times a price between low and high, it is one in lots.
    """
    if frame.empty:
        return frame
    low, high, volume, amount = (
        to_numbers(SOURCE, frame[name], gaps=True) for name in ("low", "high", "volume", "amount")
    )
    lots = volume * _SHARES_PER_LOT
    in_lots = (amount >= low * (lots - _SHARES_PER_LOT / 2)) & (
        amount <= high * (lots + _SHARES_PER_LOT / 2)
    )
    return frame.assign(volume=np.where(in_lots, lots, volume))


def _ask_hong_kong(query: Query) -> "pd.DataFrame":
    with guarded(SOURCE, carriers=_CARRIERS):
        import akshare  # noqa: PLC0415 - takes seconds to import

        # one request for each year brings the year after it too
        after = max(query.end.year, query.start.year + 1)
        code = query.symbol.code.zfill(5)
        frame: pd.DataFrame = akshare.stock_zh_ah_daily(code, str(query.start.year), str(after), "")
    return frame


def _without_repeats(frame: "pd.DataFrame", columns: Mapping[str, str]) -> "pd.DataFrame":
    """Return each bar once: the requests overlap, and the bar of a running session moves on."""
    if frame.empty:
        return frame
    check_columns(SOURCE, frame, columns.values())
    frame = frame.drop_duplicates(list(columns.values()))
    days = to_days(SOURCE, frame[columns["date"]])
    settled, times = np.unique(days[days < days.max()], return_counts=True)
    if (times > 1).any():
        raise SchemaChangedError(SOURCE, f"two different bars of {settled[times > 1][0]}")
    return frame.drop_duplicates(columns["date"], keep="last")
