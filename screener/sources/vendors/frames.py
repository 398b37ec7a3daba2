"""From a vendor's table to bars: every column by its name, every number read or refused.

The turnover of an index is left out: vendors count it in units that they do not name.
"""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from screener.bars import FIGURES, ActionHistory, BarBasis, Bars
from screener.calendar import Days
from screener.panel import CorporateAction, Floats
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.vendors.query import Query, currency_of, is_currency, is_index
from universes import InputError
from universes.symbol import Symbol

if TYPE_CHECKING:
    import pandas as pd

# a row here and there is a fault of the data, for `screener.quality`; a shuffled column is
# wrong in most rows
_MOST = 0.5
_PRICE_SLACK = 1e-6
_TURNOVER_SLACK = 0.01
# a rate per 100 units is off by a factor of 100, which no currency moves in a lifetime
_RATES = {"HKDCNY": (0.5, 2.0), "USDCNY": (4.0, 12.0)}
PRICES = ("open", "high", "low", "close")


def to_bars(
    query: Query,
    frame: "pd.DataFrame",
    columns: Mapping[str, str],
    *,
    basis: BarBasis = "raw",
    lot: int = 1,
    gaps: Collection[str] = (),
) -> Bars:
    """Return bars from a vendor's table, ascending and cut to the days asked for.

    Rows with neither prices nor volume are left out: a vendor writes zeros, or nothing, for a
    day on which there was no trade.

    Parameters
    ----------
    query : Query
    frame : DataFrame
    columns : mapping of str to str
        The vendor's name of the date and of each figure that it has.
    basis : {"raw", "split_adjusted", "additive", "multiplicative"}
    lot : int
        Shares in one unit of the vendor's volume.
    gaps : collection of str
        The figures that may be missing; in others a cell without a number raises.

    Raises
    ------
    EmptyError
        If the table is empty. Where it has rows, but none between the days asked for, as when
        a share is suspended, there are no bars to return and nothing is wrong.
    SchemaChangedError
        If a column is missing or stands twice, a cell does not parse, or the figures of most
        rows contradict each other, so that columns are shuffled or units changed.
    """
    if frame.empty:
        days = f"from {query.start} to {query.end}"
        raise EmptyError(query.source, f"answered with nothing for {query.symbol} {days}")
    check_columns(query.source, frame, columns.values())
    dates = to_days(query.source, frame[columns["date"]])
    values = {
        name: to_numbers(query.source, frame[columns[name]], gaps=name in gaps)
        if name in columns
        else np.full(len(dates), np.nan)
        for name in FIGURES
    }
    values["volume"] = values["volume"] * lot
    if is_index(query.symbol) or is_currency(query.symbol):
        values |= dict.fromkeys(("volume", "amount"), np.full(len(dates), np.nan))
    order = np.argsort(dates, kind="stable")
    inside = (dates[order] >= np.datetime64(query.start)) & (
        dates[order] <= np.datetime64(query.end)
    )
    rows = order[inside & ~_untraded(values)[order]]
    bars = Bars(
        symbol=str(query.symbol),
        dates=dates[rows],
        **{name: values[name][rows] for name in FIGURES},
        currency=currency_of(query.symbol),
        basis=basis,
        source=query.source,
        fetched_at=query.fetched_at,
    )
    check_prices(bars)
    check_turnover(bars, lot)
    return bars


def check_columns(source: str, frame: "pd.DataFrame", needed: Iterable[str]) -> None:
    """Raise `SchemaChangedError` unless each needed column is there once, by its name."""
    came = [str(name) for name in frame.columns]
    wrong = [name for name in needed if came.count(name) != 1]
    if wrong:
        raise SchemaChangedError(source, f"expected one column {wrong[0]!r}; came {came}")


def check_keys(source: str, row: object, expected: Mapping[int, str]) -> None:
    """Raise `SchemaChangedError` unless a JSON row has the expected keys at these positions.

    For tables whose columns the library names by position.
    """
    came = list(row) if isinstance(row, dict) else []
    for position, name in expected.items():
        if len(came) <= position or came[position] != name:
            raise SchemaChangedError(source, f"expected {name!r} at {position}; came {came}")


def to_days(source: str, column: "pd.Series[Any]") -> Days:
    """Return days from dates, timestamps or ISO 8601; what is no date raises."""
    import pandas as pd  # noqa: PLC0415 - slow to import, and here by now

    read = pd.to_datetime(column, errors="coerce", format="ISO8601")
    if read.isna().any():
        fault = column[read.isna()].iloc[0]
        raise SchemaChangedError(source, f"{fault!r} in column {column.name!r} is no date")
    return read.to_numpy().astype("datetime64[D]")


def to_numbers(source: str, column: "pd.Series[Any]", *, gaps: bool) -> Floats:
    """Return a column as numbers; a cell without one raises unless gaps are allowed."""
    try:
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise SchemaChangedError(source, f"column {column.name!r}: {error}") from error
    missing = ~np.isfinite(values)
    if missing.any() and not gaps:
        row = int(np.argmax(missing))
        raise SchemaChangedError(source, f"no number in column {column.name!r}, row {row}")
    return np.where(missing, np.nan, values)


def check_prices(bars: Bars) -> None:
    """Raise `SchemaChangedError` where the prices of most rows contradict each other."""
    low = bars.low * (1 - _PRICE_SLACK)
    high = bars.high * (1 + _PRICE_SLACK)
    wrong = (bars.open < low) | (bars.open > high) | (bars.close < low) | (bars.close > high)
    _refuse_most(bars, wrong | (low > high), np.isfinite(bars.close), "prices")
    if bars.symbol.endswith(".FX"):
        least, most = _RATES[bars.symbol.removesuffix(".FX")]
        wrong = (bars.close < least) | (bars.close > most)
        _refuse_most(bars, wrong, np.isfinite(bars.close), "rates")


def check_turnover(bars: Bars, lot: int) -> None:
    """Raise `SchemaChangedError` where the value traded contradicts volume and prices.

    The average price of a share traded lies between low and high; half a lot is lost where
    the vendor rounds the volume to lots.
    """
    known = np.isfinite(bars.volume) & np.isfinite(bars.amount) & (bars.volume > 0)
    least = bars.low * (bars.volume - lot / 2) * (1 - _TURNOVER_SLACK)
    most = bars.high * (bars.volume + lot / 2) * (1 + _TURNOVER_SLACK)
    _refuse_most(bars, (bars.amount < least) | (bars.amount > most), known, "volume and amount")


def to_history(query: Query, actions: Iterable[CorporateAction], currency: str) -> ActionHistory:
    """Return the actions in the days asked for, by ex-date, those of one day as one.

    All are per share held before the day.
    """
    first, last = np.datetime64(query.start), np.datetime64(query.end)
    days: dict[str, list[CorporateAction]] = {}
    for action in actions:
        if first <= np.datetime64(action.ex_date) <= last:
            days.setdefault(action.ex_date, []).append(action)
    merged = tuple(_merge(days[day]) for day in sorted(days))
    symbol, source = str(query.symbol), query.source
    return ActionHistory(symbol, merged, currency, source, first, last, query.fetched_at)


def to_listing(
    source: str, codes: Iterable[object], names: Iterable[object], suffixes: Collection[str]
) -> dict[str, str]:
    """Return the name of each share by canonical spelling.

    Raises
    ------
    SchemaChangedError
        If a code belongs to none of the exchanges, or to several, or a name is no text.
    """
    listing = {}
    for code, name in zip(codes, names, strict=True):
        if not isinstance(name, str) or not name.strip():
            raise SchemaChangedError(source, f"the share {code!r} has the name {name!r}")
        listing[str(_place(source, str(code), suffixes))] = name.strip()
    return listing


def _place(source: str, code: str, suffixes: Collection[str]) -> Symbol:
    shares = []
    for suffix in suffixes:
        with contextlib.suppress(InputError):
            shares.append(Symbol.parse(f"{code}.{suffix}"))
    shares = [symbol for symbol in shares if symbol.kind == "share"]
    if len(shares) != 1:
        raise SchemaChangedError(source, f"no exchange is known to list the share {code!r}")
    return shares[0]


def _merge(same_day: list[CorporateAction]) -> CorporateAction:
    rights = sum(each.rights for each in same_day)
    paid_in = sum(each.rights * each.rights_price for each in same_day)
    return CorporateAction(
        same_day[0].symbol,
        same_day[0].ex_date,
        sum(each.cash for each in same_day),
        sum(each.bonus for each in same_day),
        "medium" if any(each.confidence != "high" for each in same_day) else "high",
        rights,
        paid_in / rights if rights else 0.0,
    )


def _untraded(values: Mapping[str, Floats]) -> npt.NDArray[np.bool_]:
    absent = np.all([~np.isfinite(values[name]) for name in PRICES], axis=0)
    zeros = np.all([values[name] == 0 for name in ("open", "high", "low", "volume")], axis=0)
    return np.asarray(absent | zeros, dtype=np.bool_)


def _refuse_most(
    bars: Bars, wrong: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_], what: str
) -> None:
    rows = np.flatnonzero(wrong & known)
    if not rows.size or rows.size < _MOST * np.count_nonzero(known):
        return
    day = bars.take(rows[:1])
    figures = {name: float(getattr(day, name)[0]) for name in FIGURES}
    raise SchemaChangedError(
        bars.source,
        f"columns look shuffled or units changed: {what} of {bars.symbol} contradict each other"
        f" in {rows.size} of {np.count_nonzero(known)} rows, first on {day.dates[0]}: {figures}",
    )
