"""Eastmoney's corporate actions: a table for the mainland, plan texts for Hong Kong.

The mainland table has no rights issues (Sina has them), that of Hong Kong no splits and
consolidations (Yahoo has them).
"""

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from screener.bars import ActionHistory
from screener.panel import CorporateAction
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.vendors.eastmoney_payouts import Payout, read_payout
from screener.sources.vendors.frames import (
    check_columns,
    check_keys,
    to_days,
    to_history,
    to_numbers,
)
from screener.sources.vendors.guard import guarded
from screener.sources.vendors.query import Query, currency_of, is_a_share, is_hk_share, refuse

if TYPE_CHECKING:
    import pandas as pd

_CARRIERS = ("result", "data")
_PER = 10  # shares for which the mainland table states cash and new shares
_DONE = "实施分配"
# where the mainland table's own keys stand, which akshare renames by position
_KEYS = {
    5: "BONUS_IT_RATIO",
    8: "PRETAX_BONUS_RMB",
    11: "EX_DIVIDEND_DATE",
    12: "REPORT_DATE",
    13: "ASSIGN_PROGRESS",
}
_PERIOD, _STATE, _EX_DATE = "报告期", "方案进度", "除权除息日"
_CASH, _SHARES = "现金分红-现金分红比例", "送转股份-送转总比例"
_YEAR, _KIND, _PLAN, _HK_EX_DATE = "财政年度", "分配类型", "分红方案", "除净日"
_NO_DATE = (None, "", "-")
_DATE = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}\b")


def fetch_history(query: Query) -> ActionHistory:
    """Fetch dividends and bonus issues whose ex-date lies between two days, both included.

    Cash is as paid, before tax, for each share held before the bonus. In Hong Kong it is the
    amount in HKD where the text states one, be it beside another currency; otherwise the
    history is in the other currency and says so. Shares of another company are taken at the
    value that the text states. Confidence is medium where the company did not state the amount
    itself.

    Raises
    ------
    SchemaChangedError
        If a table or a plan text is not understood, or dividends in different currencies
        cannot be told in one.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if is_a_share(query.symbol):
        return to_history(query, _fetch_mainland(query), currency_of(query.symbol))
    if is_hk_share(query.symbol):
        payouts = _fetch_hong_kong(query)
        currency = _common_currency(query, [payout for _, payout in payouts])
        return to_history(query, _to_actions(query, payouts, currency), currency)
    raise refuse(query)


def _fetch_mainland(query: Query) -> Iterable[CorporateAction]:
    with guarded(query.source, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        frame = akshare.stock_fhps_detail_em(query.symbol.code)
        sent = answers.payload()["result"]["data"]
        check_keys(query.source, sent[0], _KEYS)
    check_columns(query.source, frame, (_PERIOD, _STATE, _EX_DATE, _CASH, _SHARES))
    _check_dates(query, sent, frame[_EX_DATE])
    # what was paid before the share was listed has no ex-date
    done = frame[(frame[_STATE] == _DONE) & frame[_EX_DATE].notna()]
    return _read_plans(query, done.drop_duplicates([_PERIOD, _EX_DATE, _CASH, _SHARES]))


def _read_plans(query: Query, plans: "pd.DataFrame") -> Iterable[CorporateAction]:
    days = to_days(query.source, plans[_EX_DATE])
    cash = np.nan_to_num(to_numbers(query.source, plans[_CASH], gaps=True)) / _PER
    bonus = np.nan_to_num(to_numbers(query.source, plans[_SHARES], gaps=True)) / _PER
    for day, paid, new in zip(days, cash, bonus, strict=True):
        if not paid and not new:
            message = f"a plan of {query.symbol} with ex-date {day} gives nothing"
            raise SchemaChangedError(query.source, message)
        yield CorporateAction(str(query.symbol), str(day), float(paid), float(new), "high")


def _fetch_hong_kong(query: Query) -> list[tuple[str, Payout]]:
    with guarded(query.source, carriers=_CARRIERS) as answers:
        import akshare  # noqa: PLC0415 - takes seconds to import

        try:
            frame = akshare.stock_hk_dividend_payout_em(query.symbol.code.zfill(5))
        except KeyError:
            # the empty list of a company that never paid, which akshare cannot read
            if answers.payload()["result"]["data"] != []:
                raise
            return []
        sent = answers.payload()["result"]
        if sent is None:
            raise EmptyError(query.source, f"answered with nothing for {query.symbol}")
        if sent["pages"] > 1:
            message = f"dividends of {query.symbol} on {sent['pages']} pages, of which one is read"
            raise SchemaChangedError(query.source, message)
    check_columns(query.source, frame, (_YEAR, _KIND, _PLAN, _HK_EX_DATE))
    _check_dates(query, sent["data"], frame[_HK_EX_DATE])
    # a plan without an ex-date is not carried out yet
    done = frame[frame[_HK_EX_DATE].notna()]
    return _read_texts(query, done.drop_duplicates([_YEAR, _KIND, _PLAN, _HK_EX_DATE]))


def _read_texts(query: Query, plans: "pd.DataFrame") -> list[tuple[str, Payout]]:
    """Return what the plans in the days asked for say; the others are not read."""
    payouts = []
    days = to_days(query.source, plans[_HK_EX_DATE])
    for day, text in zip(days, plans[_PLAN], strict=True):
        if not np.datetime64(query.start) <= day <= np.datetime64(query.end):
            continue
        payout = read_payout(str(text))
        if payout is None:
            message = f"the plan of {query.symbol} with ex-date {day} is not understood: {text!r}"
            raise SchemaChangedError(query.source, message)
        payouts.append((str(day), payout))
    return payouts


def _common_currency(query: Query, payouts: Sequence[Payout]) -> str:
    """Return a currency that all dividends are stated in, the listing's if that is one."""
    listing = currency_of(query.symbol)
    stated = [set(payout.cash) for payout in payouts if payout.cash]
    common = reduce(set.intersection, stated) if stated else {listing}
    if not common:
        names = ", ".join(sorted(set().union(*stated)))
        message = f"dividends of {query.symbol} in {names}, which are no one history"
        raise SchemaChangedError(query.source, message)
    return listing if listing in common else min(common)


def _to_actions(
    query: Query, payouts: Iterable[tuple[str, Payout]], currency: str
) -> Iterable[CorporateAction]:
    for day, payout in payouts:
        confidence = "high" if payout.stated else "medium"
        paid = payout.cash.get(currency, 0.0)
        if paid or payout.bonus:
            yield CorporateAction(str(query.symbol), day, paid, payout.bonus, confidence)


def _check_dates(query: Query, sent: Sequence[Any], read: "pd.Series[Any]") -> None:
    """Raise where an ex-date is none: akshare drops it, or guesses its year."""
    dates = [row["EX_DIVIDEND_DATE"] for row in sent]
    dates = [date for date in dates if date not in _NO_DATE]
    wrong = [date for date in dates if not _DATE.match(str(date))]
    if wrong or len(dates) > int(read.notna().sum()):
        message = f"ex-dates of {query.symbol} such as {(wrong or dates)[0]!r} are no dates"
        raise SchemaChangedError(query.source, message)
