"""Sina's page of a mainland share's dividends, bonus issues and rights issues."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from screener.bars import ActionHistory
from screener.panel import CorporateAction
from screener.sources.errors import SchemaChangedError
from screener.sources.vendors.frames import check_columns, to_days, to_history, to_numbers
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, currency_of, is_a_share, refuse

if TYPE_CHECKING:
    import pandas as pd

_PER = 10  # shares for which the page states everything
_PAGE = "sharebonus_2"
_DONE = "实施"
_NOTICE, _STATE = "公告日期", "进度"
_EX_DATE, _RECORD_DATE = "除权除息日", "股权登记日"
_RIGHTS_EX_DATE, _RATIO, _PRICE = "除权日", "配股方案", "配股价格"


def fetch_history(query: Query) -> ActionHistory:
    """Fetch what was carried out with an ex-date between two days, both included.

    Cash is as paid, before tax, for each share held before the bonus; rights are shares
    offered for each held.

    Raises
    ------
    SchemaChangedError
        If a table is not understood.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if not is_a_share(query.symbol):
        raise refuse(query)
    actions = [*_read_dividends(query), *_read_rights(query)]
    return to_history(query, actions, currency_of(query.symbol))


def _ask(query: Query, indicator: str) -> "pd.DataFrame":
    with guarded(query.source, page=_PAGE):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame: pd.DataFrame = akshare.stock_history_dividend_detail(query.symbol.code, indicator)
    return frame


def _read_dividends(query: Query) -> Iterable[CorporateAction]:
    frame = _ask(query, "分红")
    if frame.empty:
        return
    check_columns(query.source, frame, (_NOTICE, _STATE, "送股", "转增", "派息", _EX_DATE))
    to_days(query.source, frame[_NOTICE])
    done = frame[frame[_STATE] == _DONE]
    dated = done[done[_EX_DATE].notna()]
    # what was paid before the share was listed has neither day; a page that is laid out anew
    # would have none at all
    if len(done) and (not len(dated) or (done[_EX_DATE].isna() & done[_RECORD_DATE].notna()).any()):
        message = f"plans of {query.symbol} that were carried out have no ex-date"
        raise SchemaChangedError(query.source, message)
    if len(frame[frame[_EX_DATE].notna()]) > len(dated):
        states = sorted(set(frame.loc[frame[_EX_DATE].notna(), _STATE]))
        message = f"plans of {query.symbol} with an ex-date are {states}, not {_DONE!r}"
        raise SchemaChangedError(query.source, message)
    days = to_days(query.source, dated[_EX_DATE])
    given, converted, cash = (
        to_numbers(query.source, dated[name], gaps=False) / _PER
        for name in ("送股", "转增", "派息")
    )
    for day, new, paid in zip(days, given + converted, cash, strict=True):
        yield CorporateAction(str(query.symbol), str(day), float(paid), float(new), "high")


def _read_rights(query: Query) -> Iterable[CorporateAction]:
    frame = _ask(query, "配股")
    if frame.empty:
        return
    check_columns(query.source, frame, (_NOTICE, _RATIO, _PRICE, _RIGHTS_EX_DATE))
    to_days(query.source, frame[_NOTICE])
    dated = frame[frame[_RIGHTS_EX_DATE].notna()]
    days = to_days(query.source, dated[_RIGHTS_EX_DATE])
    ratios = to_numbers(query.source, dated[_RATIO], gaps=False) / _PER
    prices = to_numbers(query.source, dated[_PRICE], gaps=False)
    for day, ratio, price in zip(days, ratios, prices, strict=True):
        yield CorporateAction(
            str(query.symbol), str(day), 0.0, 0.0, "high", float(ratio), float(price)
        )
