"""The parts of a result: deals, orders not filled, contributions, the bridge, the curve."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backtests.portfolio.orders.ledger import Reason
from screener.calendar import Days
from screener.panel import Floats
from universes.text import Text


@dataclass(frozen=True)
class Trade:
    """One deal.

    Attributes
    ----------
    date : date
    symbol : str
    side : {"buy", "sell"}
    shares : float
        Above zero on either side.
    price : float
        In ``currency``.
    currency : str
    rate : float
        Portfolio currency for one of ``currency``.
    value : float
        Above zero, in the portfolio's currency.
    costs : mapping of str to float
        By rule, in the portfolio's currency.
    """

    date: dt.date
    symbol: str
    side: Literal["buy", "sell"]
    shares: float
    price: float
    currency: str
    rate: float
    value: float
    costs: Mapping[str, float]


@dataclass(frozen=True)
class SkippedOrder:
    """An order that was not filled on a session, or not in full.

    Attributes
    ----------
    date : date
    symbol : str
    side : {"buy", "sell"}
    wanted, filled : float
        Shares.
    reason : Reason
    carried : bool
        Whether it was tried again on the next session.
    """

    date: dt.date
    symbol: str
    side: Literal["buy", "sell"]
    wanted: float
    filled: float
    reason: Reason
    carried: bool


@dataclass(frozen=True)
class Contribution:
    """What one pick, or one theme, added to the return; fractions of the initial cash.

    Attributes
    ----------
    key : str
        A symbol or a theme's id.
    name : Text
    theme : str
    price, dividends, currency : float
    costs : float
        Zero or less.
    """

    key: str
    name: Text
    theme: str
    price: float
    dividends: float
    currency: float
    costs: float

    @property
    def total(self) -> float:
        """All of them together."""
        return self.price + self.dividends + self.currency + self.costs

    @property
    def held(self) -> bool:
        """Whether it was ever dealt in."""
        return any((self.price, self.dividends, self.currency, self.costs))


@dataclass(frozen=True)
class Bridge:
    """From the paper return to the executable one; fractions of the initial cash.

    Attributes
    ----------
    paper : float
        Fractions of shares, no costs, no limits.
    execution : float
        What lots, limits, unfilled orders and cash left over changed, costs aside.
    costs : mapping of str to float
        By rule, zero or less.
    """

    paper: float
    execution: float
    costs: Mapping[str, float]

    @property
    def before_costs(self) -> float:
        """The executable return with the costs paid added back."""
        return self.paper + self.execution

    @property
    def after_costs(self) -> float:
        """The executable return."""
        return self.before_costs + sum(self.costs.values())


@dataclass(frozen=True)
class Curve:
    """A portfolio through time: T rows, the first that of the decision, with cash alone.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
    sessions : ndarray of int, shape (T,)
        Since the row before.
    equity, cash, paper : ndarray, shape (T,)
        In the portfolio's currency; ``paper`` is the equity of the paper portfolio.
    benchmark : ndarray, shape (T,)
        The blended benchmark, from the same cash.
    indices : mapping of str to ndarray, shape (T,)
        Each benchmark in the portfolio's currency, from the same cash.
    symbols : tuple of str, length N
    shares, value : ndarray, shape (T, N)
        Held at the row's close; value in the portfolio's currency.
    """

    dates: Days
    sessions: Any
    equity: Floats
    cash: Floats
    paper: Floats
    benchmark: Floats
    indices: Mapping[str, Floats]
    symbols: tuple[str, ...]
    shares: Floats
    value: Floats
