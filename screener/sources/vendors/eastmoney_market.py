"""Eastmoney's tables of all mainland shares: reports of a quarter, buyback programmes."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from screener.companies.facts import Facts, join_facts
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.gathered import Gathered, make_facts
from screener.sources.vendors.codes import place_code
from screener.sources.vendors.frames import check_columns, check_keys, to_numbers
from screener.sources.vendors.guard import guarded

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "eastmoney"

_CARRIERS = ("result", "data")
_CODE, _TOLD = "股票代码", "最新公告日期"
_REVENUE, _PROFIT, _ROE = "营业总收入-同比增长", "净利润-同比增长", "净资产收益率"
_EARNED, _BOOK = "每股收益", "每股净资产"
# where the table's own keys stand, which akshare renames by position
_KEYS = {
    0: "SECURITY_CODE",
    6: "UPDATE_DATE",
    7: "REPORTDATE",
    8: "BASIC_EPS",
    12: "WEIGHTAVG_ROE",
    13: "YSTZ",
    14: "SJLTZ",
    15: "BPS",
}
_SPENT, _SINCE, _BOUGHT = "已回购金额", "回购起始时间", "已回购股份数量"
_LEAST_PAID, _MOST_PAID = "已回购股份价格区间-下限", "已回购股份价格区间-上限"
_YEAR_END = (12, 31)
_PER_CENT = 100.0
# within so many days of a quarter's end it may be that nobody has reported yet
_EARLIEST = dt.timedelta(days=31)
# a share here and there is a fault of the data; more are a changed layout
_MOST_LEFT_OUT = 0.05
_TWICE = "told twice, with different figures"
_MOST = 0.5
# an amount in another unit is off by a hundred or more
_SAME_UNIT = 5.0
_SLACK = 0.02


@dataclass(frozen=True)
class _Kept:
    """Rows that can be used, one for each share and period.

    Attributes
    ----------
    table : DataFrame
        Columns symbol, known, period, and the figures under akshare's names.
    remarks : tuple of str
        How many others were left out, and why.
    """

    table: "pd.DataFrame"
    remarks: tuple[str, ...]


def gather_reports(quarter_end: dt.date, fetched_at: np.datetime64) -> Gathered:
    """Fetch growth, and at a year's end return on equity, of every mainland share.

    A figure is taken to be known from the day of its report's latest version: the table does
    not tell what an earlier one said, so this is later than the truth where a report was
    corrected, and never earlier.

    Parameters
    ----------
    quarter_end : date
        The reports' last day.
    fetched_at : datetime64[s]
        In UTC.

    Raises
    ------
    SchemaChangedError
        If columns stand elsewhere, units changed, or more than one share in twenty has to be
        left out.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    try:
        kept = _keep_reports(quarter_end)
    except EmptyError:
        if fetched_at.astype("datetime64[D]") > np.datetime64(quarter_end + _EARLIEST):
            raise
        return Gathered(Facts.none(), (f"no reports of {quarter_end} yet",))
    items = {"revenue_growth": _REVENUE, "profit_growth": _PROFIT}
    for item, name in items.items():
        if 2 * kept.table[name].notna().sum() < len(kept.table):
            raise SchemaChangedError(SOURCE, f"no {item} of most shares on {quarter_end}")
    if (quarter_end.month, quarter_end.day) == _YEAR_END:
        items["roe"] = _ROE
    facts = [_of_item(kept, item, name, _PER_CENT) for item, name in items.items()]
    return Gathered(join_facts(facts), kept.remarks)


def gather_programmes(start: dt.date, end: dt.date) -> Gathered:
    """Fetch what mainland companies have spent on buybacks, by programme, in CNY.

    Of each programme the latest figure is told, known from the day of the latest announcement;
    those announced from one day to another are returned, both included.

    Raises
    ------
    SchemaChangedError
        If units changed, or more than one share in twenty is on no exchange.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    with guarded(SOURCE, carriers=_CARRIERS):
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_repurchase_em()
    names = (_CODE, _SINCE, _TOLD, _SPENT, _BOUGHT, _LEAST_PAID, _MOST_PAID)
    check_columns(SOURCE, frame, names)
    _check_spent(frame)
    kept = _keep("buyback programmes", frame, (_SPENT,), None)
    if kept.table.empty:
        raise SchemaChangedError(SOURCE, "no buyback programme of any mainland share")
    facts = _of_item(kept, "buyback_programme", _SPENT, 1.0)
    inside = (facts.known >= np.datetime64(start)) & (facts.known <= np.datetime64(end))
    return Gathered(facts.take(inside), kept.remarks)


def _keep_reports(quarter_end: dt.date) -> _Kept:
    frame = _fetch_reports(quarter_end)
    check_columns(SOURCE, frame, (_CODE, _TOLD, _REVENUE, _PROFIT, _ROE, _EARNED, _BOOK))
    _check_per_cent(frame)
    names = (_REVENUE, _PROFIT, _ROE)
    kept = _keep(f"reports of {quarter_end}", frame, names, np.datetime64(quarter_end))
    if kept.table.empty:
        raise EmptyError(SOURCE, f"no mainland share's report of {quarter_end}")
    return kept


def _fetch_reports(quarter_end: dt.date) -> "pd.DataFrame":
    with guarded(SOURCE, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame: pd.DataFrame = akshare.stock_yjbb_em(f"{quarter_end:%Y%m%d}")
        row = answers.payload()["result"]["data"][0]
        check_keys(SOURCE, row, _KEYS)
        if str(row["REPORTDATE"])[:10] != str(quarter_end):
            message = f"asked for reports of {quarter_end}, it gave {row['REPORTDATE']}"
            raise SchemaChangedError(SOURCE, message)
    return frame


def _check_per_cent(frame: "pd.DataFrame") -> None:
    """Raise where returns on equity are not profit over book value in per cent, in most rows."""
    earned, book, stated = (
        to_numbers(SOURCE, frame[name], gaps=True) for name in (_EARNED, _BOOK, _ROE)
    )
    known = np.isfinite(earned) & np.isfinite(stated) & (book > 0) & (earned != 0) & (stated != 0)
    ratio = stated[known] / (_PER_CENT * earned[known] / book[known])
    wrong = (ratio > _SAME_UNIT) | (ratio < 1 / _SAME_UNIT)
    _refuse_most("return on equity", int(wrong.sum()), len(ratio))


def _check_spent(frame: "pd.DataFrame") -> None:
    """Raise where amounts are not the shares bought at the prices paid, in most rows."""
    spent, bought, least, most = (
        to_numbers(SOURCE, frame[name], gaps=True)
        for name in (_SPENT, _BOUGHT, _LEAST_PAID, _MOST_PAID)
    )
    known = np.isfinite(spent) & (bought > 0) & (least > 0) & (most > 0)
    wrong = (spent < bought * least * (1 - _SLACK)) | (spent > bought * most * (1 + _SLACK))
    _refuse_most("amount spent", int((wrong & known).sum()), int(known.sum()))


def _refuse_most(what: str, wrong: int, known: int) -> None:
    if wrong > _MOST * known:
        message = f"columns look shuffled or units changed: {what} in {wrong} of {known} rows"
        raise SchemaChangedError(SOURCE, message)


def _keep(
    what: str, frame: "pd.DataFrame", names: Sequence[str], period: np.datetime64 | None
) -> _Kept:
    """Return the rows of mainland shares that are dated and not contradicted.

    Where the period is None it is the first day of each row's programme. A row without a figure
    is none.
    """
    import pandas as pd  # noqa: PLC0415 - slow to import, and here by now

    places = [place_code(str(code)) for code in frame[_CODE]]
    table = frame.assign(
        **{name: to_numbers(SOURCE, frame[name], gaps=True) for name in names},
        symbol=[code if at is None else at for at, code in zip(places, frame[_CODE], strict=True)],
        unknown=[at is None for at in places],
        known=_days(frame[_TOLD]),
        period=_days(frame[_SINCE]) if period is None else period,
    )[["symbol", "unknown", "known", "period", *names]]
    table = table[(table["symbol"] != "") & table[list(names)].notna().any(axis=1)]
    table = table.drop_duplicates()
    faults = {
        "on no exchange": table["unknown"],
        "without a day": table["known"].isna() | table["period"].isna(),
        # a programme may be told of before its first day, a quarter not before its last
        "told before its last day": (table["known"] < table["period"]) & (period is not None),
        "below zero": (table[names[0]] < 0) & (period is None),
    }
    wrong = pd.DataFrame(faults).any(axis=1)
    if wrong.sum() > _MOST_LEFT_OUT * len(table):
        raise SchemaChangedError(SOURCE, "; ".join(_count(what, faults)))
    # two programmes that begin on one day are no fault, but cannot be told apart
    faults[_TWICE] = table.duplicated(["symbol", "period"], keep=False) & ~wrong
    return _Kept(table[~wrong & ~faults[_TWICE]], tuple(_count(what, faults)))


def _count(what: str, faults: "Mapping[str, pd.Series[bool]]") -> Iterator[str]:
    """Say how many rows have each fault, those with several under the first."""
    said: set[object] = set()
    for why, rows in faults.items():
        found = set(rows.index[rows]) - said
        said |= found
        if found:
            yield f"{what}: {len(found)} left out, {why}"


def _of_item(kept: _Kept, item: str, name: str, per: float) -> Facts:
    table = kept.table
    symbols = table["symbol"].tolist()
    period, known = (table[each].to_numpy().astype("datetime64[D]") for each in ("period", "known"))
    return make_facts(SOURCE, item, symbols, period, known, table[name].to_numpy() / per)


def _days(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return days; akshare writes what it could not read as not a time."""
    import pandas as pd  # noqa: PLC0415 - slow to import, and here by now

    return pd.to_datetime(column, errors="coerce")
