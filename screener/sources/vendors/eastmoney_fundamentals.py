"""Eastmoney's valuation of one share: daily in the mainland, of the moment in Hong Kong."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from screener.companies.facts import join_facts
from screener.panel import Floats
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.gathered import Gathered, make_facts
from screener.sources.vendors.frames import check_columns, to_days, to_numbers
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, is_a_share, is_hk_share, refuse

if TYPE_CHECKING:
    import pandas as pd

_CARRIERS = ("result", "data")
_DAY = "数据日期"
_CLOSE, _SHARES, _FLOAT = "当日收盘价", "总股本", "流通股本"
_VALUE, _FLOAT_VALUE = "总市值", "流通市值"
# akshare's name of each item, and Eastmoney's own
_DAILY = {
    "pe_ttm": ("PE(TTM)", "PE_TTM"),
    "pb": ("市净率", "PB_MRQ"),
    "ps_ttm": ("市销率", "PS_TTM"),
    "market_value": (_VALUE, "TOTAL_MARKET_CAP"),
    "float_shares": (_FLOAT, "FREE_SHARES_A"),
}
_OF_THE_MOMENT = {"pe_ttm": "市盈率", "pb": "市净率", "market_value": "总市值(港元)"}
_YIELD, _PAID, _ISSUED = "股息率TTM(%)", "每股股息TTM(港元)", "已发行股本(股)"
_PER_CENT = 100.0
# a value in another unit is off by a hundred or more; prices of two days, or of two classes of
# shares, are not
_SAME_UNIT = 5.0
_SLACK = 0.02
_MOST = 0.5


def gather_valuation(query: Query) -> Gathered:
    """Fetch the valuation of a share in the mainland or in Hong Kong.

    In the mainland there is one for each session from 2018 on, known at its close; those in the
    days asked for are returned. In Hong Kong there is that of the moment only, of the day of the
    fetch whatever was asked for. Its return on equity is left out: it is of the months since the
    last fiscal year, which the answer does not count; so is its growth, which is over the
    quarter before.

    Raises
    ------
    EmptyError
        If there is no such share.
    SchemaChangedError
        If the answer is another share's, a cell does not parse, or units changed.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if is_a_share(query.symbol):
        return _gather_days(query)
    if is_hk_share(query.symbol):
        return _gather_moment(query)
    raise refuse(query)


def _gather_days(query: Query) -> Gathered:
    with guarded(query.source, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_value_em(query.symbol.code)
        sent = answers.payload()["result"]
        _check_rows(query, sent, "SECURITY_CODE", query.symbol.code)
        _check_cells(query, sent["data"], frame)
    names = (_DAY, _CLOSE, _SHARES, _FLOAT_VALUE, *(name for name, _ in _DAILY.values()))
    check_columns(query.source, frame, names)
    days = to_days(query.source, frame[_DAY])
    _check_sizes(query, frame)
    inside = (days >= np.datetime64(query.start)) & (days <= np.datetime64(query.end))
    return Gathered(
        join_facts(
            [
                make_facts(
                    query.source,
                    item,
                    str(query.symbol),
                    days[inside],
                    days[inside],
                    to_numbers(query.source, frame[name], gaps=True)[inside],
                )
                for item, (name, _) in _DAILY.items()
            ]
        )
    )


def _check_rows(query: Query, sent: Mapping[str, Any], key: str, expected: str) -> None:
    if not sent["data"]:
        raise EmptyError(query.source, f"answered with nothing for {query.symbol}")
    if sent["pages"] > 1:
        message = f"figures of {query.symbol} on {sent['pages']} pages, of which one is read"
        raise SchemaChangedError(query.source, message)
    others = {row[key] for row in sent["data"]} - {expected}
    if others:
        raise SchemaChangedError(query.source, f"asked for {query.symbol}, it gave {min(others)}")


def _check_cells(query: Query, sent: Sequence[Mapping[str, Any]], read: "pd.DataFrame") -> None:
    """Raise where a cell was no number: akshare drops what it cannot read."""
    for name, key in _DAILY.values():
        cells = [row[key] for row in sent if row[key] is not None]
        if len(cells) > int(read[name].notna().sum()):
            wrong = next((cell for cell in cells if isinstance(cell, str)), cells[0])
            message = f"a cell of {key} of {query.symbol} is no number, such as {wrong!r}"
            raise SchemaChangedError(query.source, message)


def _check_sizes(query: Query, frame: "pd.DataFrame") -> None:
    """Raise where shares times price are not the values stated, in most rows."""
    close, shares, floating, value, float_value = (
        to_numbers(query.source, frame[name], gaps=True)
        for name in (_CLOSE, _SHARES, _FLOAT, _VALUE, _FLOAT_VALUE)
    )
    _refuse_most(query, "float_shares", floating * close, float_value, 1 + _SLACK)
    _refuse_most(query, "market_value", shares * close, value, _SAME_UNIT)


def _refuse_most(query: Query, item: str, expected: Floats, stated: Floats, within: float) -> None:
    known = np.isfinite(expected) & np.isfinite(stated)
    wrong = known & ~_agree(expected, stated, within)
    if wrong.any() and wrong.sum() > _MOST * known.sum():
        row = int(np.argmax(wrong))
        raise SchemaChangedError(
            query.source,
            f"units changed: {item} of {query.symbol} contradicts shares and price in"
            f" {wrong.sum()} of {known.sum()} rows, such as {stated[row]:g} for {expected[row]:g}",
        )


def _agree(one: Floats, other: Floats, within: float) -> npt.NDArray[np.bool_]:
    return np.asarray((one <= other * within) & (other <= one * within), dtype=np.bool_)


def _gather_moment(query: Query) -> Gathered:
    code = query.symbol.code.zfill(5)
    with guarded(query.source, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_hk_financial_indicator_em(code)
        _check_rows(query, answers.payload()["result"], "SECUCODE", f"{code}.HK")
    check_columns(query.source, frame, (*_OF_THE_MOMENT.values(), _YIELD, _PAID, _ISSUED))
    if len(frame) != 1:
        message = f"{len(frame)} valuations of {query.symbol} of one moment"
        raise SchemaChangedError(query.source, message)
    values = {
        item: to_numbers(query.source, frame[name], gaps=True)
        for item, name in _OF_THE_MOMENT.items()
    }
    paid = to_numbers(query.source, frame[_YIELD], gaps=True) / _PER_CENT
    remarks = []
    if _is_confirmed(query, frame, paid, values["market_value"]):
        values["dividend_yield_ttm"] = paid
    elif np.isfinite(paid).any():
        remarks.append(
            f"{query.symbol}: its dividend yield of {paid[0]:.2%} does not follow from dividends"
            " and market value, and is left out"
        )
    facts = [
        make_facts(query.source, item, str(query.symbol), query.day, query.day, each)
        for item, each in values.items()
    ]
    return Gathered(join_facts(facts), tuple(remarks))


def _is_confirmed(query: Query, frame: "pd.DataFrame", stated: Floats, value: Floats) -> bool:
    """Tell whether a yield is the dividends over the market value, as far as units go."""
    per_share = to_numbers(query.source, frame[_PAID], gaps=True)
    issued = to_numbers(query.source, frame[_ISSUED], gaps=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        worked_out = per_share * issued / value
    return bool(_agree(worked_out, stated, _SAME_UNIT).all())
