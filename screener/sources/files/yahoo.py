"""Files as yfinance writes them: one for each share, or `yf.download` with tickers on top."""

import numpy as np

from screener.bars import ActionHistory, BarBasis, Bars
from screener.panel import CorporateAction, Floats
from screener.sources.files.columns import Columns
from screener.sources.files.imported import Declared, Found
from screener.sources.files.share import find_share, make_bars
from screener.sources.files.styles import Style
from universes import InputError, Symbol

# how near, as part of the distance between two readings, a figure must lie to settle on one
_NEAR = 0.2

YAHOO = Style(
    "one file for each share as yfinance writes it (Date, Open, High, Low, Close, Adj Close,"
    " Volume, Dividends, Stock Splits)",
    words={"date": "Date"},
    figures={
        "open": "Open",
        "high": "High",
        "low": "Low",
        "close": "Close",
        "adjusted": "Adj Close",
        "volume": "Volume",
        "dividends": "Dividends",
        "splits": "Stock Splits",
        "gains": "Capital Gains",
    },
    needed=("date", "open", "high", "low", "close"),
)


def read_yahoo(columns: Columns, name: str, declared: Declared) -> Found:
    """Read the file of one share.

    Its closes are split-adjusted where Adj Close stands beside them. Without it nothing tells
    them from closes adjusted for dividends too, which yfinance writes unless told otherwise,
    so they count as multiplicative where the user does not say.

    Raises
    ------
    InputError
        If the symbol is unknown, a cell is no figure, or the user declared another basis than
        Adj Close shows.
    """
    found = Found()
    symbol = find_share(columns, name, declared)
    basis = _settle_basis(columns, symbol, declared, found.notes)
    bars = make_bars(columns, symbol, basis, declared)
    found.bars.append(bars)
    if columns.has("dividends") and columns.has("splits") and symbol.takes_basis:
        history = _read_history(columns, bars, found.notes)
        found.actions.extend([history] if history else [])
    return found


def _settle_basis(
    columns: Columns, symbol: Symbol, declared: Declared, notes: list[str]
) -> BarBasis:
    if not symbol.takes_basis:
        return "raw"
    if not columns.has("adjusted"):
        if declared.basis is None:
            notes.append(
                "without Adj Close the prices were taken as multiplicative, which yfinance writes"
                " by default; save with auto_adjust=False to keep them tradable"
            )
        return declared.basis or "multiplicative"
    if declared.basis not in {None, "split_adjusted"}:
        raise InputError(
            f"{columns.path}: closes beside Adj Close are split_adjusted, not {declared.basis}",
            "leave the basis out",
        )
    return "split_adjusted"


def _read_history(columns: Columns, bars: Bars, notes: list[str]) -> ActionHistory | None:
    if np.nansum(np.abs(columns.floats("gains"))):
        notes.append("it pays out capital gains, so its corporate actions were not taken")
        return None
    cash = np.nan_to_num(columns.floats("dividends"), nan=0.0)
    ratio = np.nan_to_num(columns.floats("splits"), nan=0.0)
    for name, values in (("Dividends", cash), ("Stock Splits", ratio)):
        if (values < 0).any():
            row = int((values < 0).argmax())
            raise columns.fault(row, f"{name} {values[row]} is below zero", "mend the cell")
    ratio[ratio == 0.0] = 1.0
    rows = np.flatnonzero((cash > 0) | (ratio != 1.0))
    actions = [_read_action(columns, bars, int(row), cash, ratio, notes) for row in rows]
    return ActionHistory(
        symbol=bars.symbol,
        actions=tuple(sorted(actions, key=lambda each: each.ex_date)),
        currency=bars.currency,
        source=bars.source,
        since=bars.dates.min(),
        until=bars.dates.max(),
        fetched_at=bars.fetched_at,
        restated=True,
    )


def _read_action(
    columns: Columns, bars: Bars, row: int, cash: Floats, ratio: Floats, notes: list[str]
) -> CorporateAction:
    """Return the action of one row; cash and split of one day need to be put in one unit."""
    bonus = float(ratio[row]) - 1.0
    paid, day = float(cash[row]), str(bars.dates[row])
    if not paid or not bonus:
        return CorporateAction(bars.symbol, day, paid, bonus, "medium")
    held = _cash_per_share_held(columns, bars, row, paid, bonus)
    if held is None:
        notes.append(
            f"{bars.symbol} had a dividend and a split on {day}: whether the dividend is per share"
            " before or after the split is not shown, and before was taken"
        )
    return CorporateAction(
        bars.symbol, day, paid if held is None else held, bonus, "low" if held is None else "medium"
    )


def _cash_per_share_held(
    columns: Columns, bars: Bars, row: int, paid: float, bonus: float
) -> float | None:
    """Return the cash for a share held before the split of the same day, by Adj Close.

    Adj Close falls short of Close before the day by one minus the cash for each share after
    the split, divided by the close before; so it shows whether the file's cash is that, or
    still has to be spread over the new shares.
    """
    adjusted = columns.floats("adjusted") / bars.close
    before = np.flatnonzero(np.isfinite(adjusted) & (bars.dates < bars.dates[row]))
    if not before.size or not np.isfinite(adjusted[row]):
        return None
    last = before[np.argmax(bars.dates[before])]
    dropped = 1.0 - adjusted[last] / adjusted[row]
    after = paid / bars.close[last]
    spread = after / (1.0 + bonus)
    near = _NEAR * abs(after - spread)
    if abs(dropped - after) < near:
        return paid * (1.0 + bonus)
    return paid if abs(dropped - spread) < near else None
