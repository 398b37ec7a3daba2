"""Daily bars and corporate actions of one security, in the one schema every source leaves in."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from screener.adjust import restate
from screener.calendar import Days
from screener.panel import CorporateAction, Floats
from universes import InputError

BarBasis = Literal["raw", "split_adjusted", "additive", "multiplicative"]
BAR_BASES: tuple[BarBasis, ...] = ("raw", "split_adjusted", "additive", "multiplicative")
FIGURES = ("open", "high", "low", "close", "volume", "amount")


@dataclass(frozen=True, eq=False)
class Bars:
    """Daily bars of one security from one source.

    Attributes
    ----------
    symbol : str
        Canonical spelling.
    dates : ndarray of datetime64[D], shape (T,)
        Sessions on the listing's own calendar, as the source gave them: whether they ascend
        is for `screener.quality` to say.
    open, high, low, close : ndarray, shape (T,)
        In `currency` per share, or index points; not a number where the source has none.
    volume : ndarray, shape (T,)
        Shares traded, never lots; not a number where the source has none.
    amount : ndarray, shape (T,)
        Value traded, in `currency`; not a number where the source has none.
    currency : str
        ISO 4217.
    basis : {"raw", "split_adjusted", "additive", "multiplicative"}
        raw: as printed on the day. split_adjusted: divided by later splits and bonus issues.
        additive: a constant subtracted for each later dividend, so returns are distorted.
        multiplicative: multiplied by a factor for each later dividend and bonus issue, so
        returns are total returns.
    source : str
        Name of the upstream, such as ``eastmoney``.
    fetched_at : datetime64[s]
        In UTC.
    """

    symbol: str
    dates: Days
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    amount: Floats
    currency: str
    basis: BarBasis
    source: str
    fetched_at: np.datetime64

    def __post_init__(self) -> None:
        """Check that every column has a figure for every date."""
        lengths = {name: len(getattr(self, name)) for name in FIGURES}
        if any(length != len(self.dates) for length in lengths.values()):
            raise InputError(f"the columns of {self.symbol} differ in length: {lengths}")

    def __len__(self) -> int:
        return len(self.dates)

    def take(self, rows: np.ndarray) -> "Bars":
        """Return the chosen rows, by position or by a mask of shape (T,)."""
        chosen = {name: getattr(self, name)[rows] for name in ("dates", *FIGURES)}
        return replace(self, **chosen)

    def same_figures(self, other: "Bars") -> bool:
        """Tell whether another series has the same rows, whoever gave them."""
        return all(
            np.array_equal(getattr(self, name), getattr(other, name), equal_nan=True)
            for name in ("dates", *FIGURES)
        )

    def between(self, first: np.datetime64, last: np.datetime64) -> "Bars":
        """Return the rows from one day to another, both included."""
        return self.take((self.dates >= first) & (self.dates <= last))


@dataclass(frozen=True)
class ActionHistory:
    """All corporate actions of one security that one source knows of.

    Attributes
    ----------
    symbol : str
    actions : tuple of CorporateAction
        By ex-date; empty where the source says there were none.
    currency : str
        Of the cash amounts, ISO 4217: a dividend need not be paid in the listing's currency.
    source : str
    since, until : datetime64[D]
        The ex-dates that are covered, both included: none between them is missing.
    fetched_at : datetime64[s]
        In UTC.
    restated : bool
        Whether cash is restated for later bonuses and splits, as some sources do, or as paid.
    """

    symbol: str
    actions: tuple[CorporateAction, ...]
    currency: str
    source: str
    since: np.datetime64
    until: np.datetime64
    fetched_at: np.datetime64
    restated: bool = False

    def as_paid(self) -> tuple[CorporateAction, ...]:
        """Return the actions with cash as it was paid, for raw closes."""
        return restate(self.actions, back=True) if self.restated else self.actions

    def as_restated(self) -> tuple[CorporateAction, ...]:
        """Return the actions with cash restated for later bonuses and splits."""
        return self.actions if self.restated else restate(self.actions)
