"""What a plan leaves behind: deals, orders that were cut or not filled, cash and shares."""

from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.market.tape import Tape
from backtests.schedule import Codes, Flags
from screener.panel import Floats


class Reason(IntEnum):
    """Why an order was not filled, or not in full."""

    HALTED = 1
    NO_PRICE = 2
    LIMIT_UP = 3
    LIMIT_DOWN = 4
    BOUGHT_TODAY = 5
    BELOW_A_LOT = 6
    LOT_UNKNOWN = 7
    CASH = 8
    COSTS = 9


@dataclass(frozen=True)
class Books:
    """Portfolios planned side by side, each with its own cash.

    Attributes
    ----------
    columns : ndarray of int, shape (K,)
        The security of each position, as a column of the tape; each once in a book.
    starts : ndarray of int, shape (G,)
        The first position of each book; a book's positions stand together.
    cash : float
        What each begins with, in the portfolio's currency.
    """

    columns: Rows
    starts: Rows
    cash: float

    @property
    def of(self) -> Rows:
        """The book of each position, shape (K,)."""
        ends = np.append(self.starts[1:], len(self.columns))
        return np.repeat(np.arange(len(self.starts)), ends - self.starts)

    def sum(self, values: Floats) -> Floats:
        """Add up positions by book, along the last axis."""
        total: Floats = np.add.reduceat(values, self.starts, axis=-1)
        return total


@dataclass(frozen=True)
class Deals:
    """M deals by row, sales before purchases.

    Attributes
    ----------
    row, position : ndarray of int, shape (M,)
    shares : ndarray, shape (M,)
        Above zero bought, below zero sold.
    price : ndarray, shape (M,)
        In the listing's currency.
    rate : ndarray, shape (M,)
    costs : ndarray, shape (M, R)
        By rule, in the portfolio's currency.
    """

    row: Rows
    position: Rows
    shares: Floats
    price: Floats
    rate: Floats
    costs: Floats

    @property
    def value(self) -> Floats:
        """Price times shares in the portfolio's currency, below zero for a sale; shape (M,)."""
        value: Floats = self.shares * self.price * self.rate
        return value

    @property
    def cost(self) -> Floats:
        """What each deal cost, shape (M,)."""
        total: Floats = self.costs.sum(axis=1)
        return total


@dataclass(frozen=True)
class Skips:
    """Orders that were not filled, or not in full.

    Attributes
    ----------
    row, position : ndarray of int, shape (S,)
    wanted, filled : ndarray, shape (S,)
        Shares, below zero for a sale.
    reason : ndarray of int8, shape (S,)
        A `Reason`.
    carried : ndarray of bool, shape (S,)
        Whether it is tried again on the next session.
    """

    row: Rows
    position: Rows
    wanted: Floats
    filled: Floats
    reason: Codes
    carried: Flags


@dataclass(frozen=True)
class Ledger:
    """What a plan comes to.

    Attributes
    ----------
    tape : Tape
    books : Books
    codes : tuple of str, length R
        Of the cost rules.
    deals : Deals
    skips : Skips
    shares : ndarray, shape (T, K)
        Held after each row.
    cash : ndarray, shape (T, G)
        In the portfolio's currency, after each row.
    dividends : ndarray, shape (T, K)
        Received on each row, in the portfolio's currency.
    """

    tape: Tape = field(repr=False)
    books: Books
    codes: tuple[str, ...]
    deals: Deals
    skips: Skips
    shares: Floats
    cash: Floats
    dividends: Floats

    @cached_property
    def holdings(self) -> Floats:
        """Value of each position at the row's close, in the portfolio's currency; (T, K)."""
        return self._worth(np.arange(len(self.shares)))

    @cached_property
    def equity(self) -> Floats:
        """Cash and holdings of each book, shape (T, G)."""
        total: Floats = self.cash + self.books.sum(self.holdings)
        return total

    def equity_on(self, rows: Rows) -> Floats:
        """Return cash and holdings of each book on some rows, shape (E, G)."""
        total: Floats = self.cash[rows] + self.books.sum(self._worth(rows))
        return total

    def _worth(self, rows: Rows) -> Floats:
        held = self.shares[rows]
        price = (self.tape.close * self.tape.rate)[rows][:, self.books.columns]
        # what is not held may have no price
        worth: Floats = held * np.where(held == 0, 0.0, price)
        return worth
