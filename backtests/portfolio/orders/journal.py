"""Writes down deals, skipped orders and balances while a plan is made."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.market.tape import Tape
from backtests.portfolio.orders.ledger import Books, Deals, Ledger, Skips
from backtests.schedule import Codes, Flags
from screener.panel import Floats


class Journal:
    """Collects what happens row by row.

    Parameters
    ----------
    rows, positions, books : int
    codes : tuple of str
        Of the cost rules.
    """

    def __init__(self, rows: int, positions: int, books: int, codes: tuple[str, ...]) -> None:
        self._rows, self._positions, self._books = rows, positions, books
        self._codes = codes
        none, nothing = np.zeros(0, np.intp), np.zeros(0)
        self._deals = [Deals(none, none, nothing, nothing, nothing, np.zeros((0, len(codes))))]
        self._skips = [
            Skips(none, none, nothing, nothing, none.astype(np.int8), none.astype(np.bool_))
        ]
        self._shares: dict[int, Floats] = {}
        self._cash: dict[int, Floats] = {}
        self._dividends: dict[int, Floats] = {}

    def deal(
        self, row: int, which: Rows, shares: Floats, price: Floats, rate: Floats, costs: Floats
    ) -> None:
        """Write down M deals; costs have shape (M, R)."""
        self._deals.append(Deals(np.full(len(which), row), which, shares, price, rate, costs))

    def skip(
        self,
        row: int,
        which: Rows,
        wanted: Floats,
        filled: Floats,
        reason: Codes,
        failed: Flags,
        carried: Flags,
    ) -> None:
        """Write down which of M orders failed, and whether each is tried again."""
        which, wanted, filled = which[failed], wanted[failed], filled[failed]
        rows = np.full(len(which), row)
        self._skips.append(Skips(rows, which, wanted, filled, reason[failed], carried[failed]))

    def receive(self, row: int, paid: Floats) -> None:
        """Write down dividends, shape (K,)."""
        self._dividends[row] = paid

    def keep(self, row: int, shares: Floats, cash: Floats) -> None:
        """Write down what is held after a row."""
        self._shares[row], self._cash[row] = shares.copy(), cash.copy()

    def close(self, tape: Tape, books: Books) -> Ledger:
        """Return everything as a ledger."""
        dividends = np.zeros((self._rows, self._positions))
        for row, paid in self._dividends.items():
            dividends[row] = paid
        return Ledger(
            tape=tape,
            books=books,
            codes=self._codes,
            deals=Deals(**_join(Deals, self._deals)),
            skips=Skips(**_join(Skips, self._skips)),
            shares=self._spread(self._shares, np.zeros(self._positions)),
            cash=self._spread(self._cash, np.full(self._books, books.cash)),
            dividends=dividends,
        )

    def _spread(self, kept: dict[int, Floats], start: Floats) -> Floats:
        """Hold what was written down over the rows on which nothing happened."""
        rows = np.array([0, *sorted(kept)])
        states = np.array([start, *(kept[row] for row in sorted(kept))])
        spread: Floats = states[np.searchsorted(rows, np.arange(self._rows), side="right") - 1]
        return spread


def _join(kind: type[Deals | Skips], parts: Sequence[Deals | Skips]) -> dict[str, Any]:
    """Put the columns of tables one below the other."""
    return {
        column.name: np.concatenate([getattr(part, column.name) for part in parts])
        for column in fields(kind)
    }
