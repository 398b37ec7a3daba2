"""The only place where vectorbt is used: it keeps the books a second time.

vectorbt knows neither lots nor price limits, sell-only duties, bonus shares or dividends. The
planner has settled those; vectorbt is given each deal with its price and cost, and what it then
holds must be what the planner holds. Between deals nothing changes hands, so it is given the
rows with deals, and the last.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.orders.ledger import Ledger
from screener.panel import Floats

CENT = 0.01

# vectorbt takes a millionth of a thousandth of the cash for none: it is lent more, and that is
# taken off again
_SLACK = 1e-6


class ReconciliationError(RuntimeError):
    """The two sets of books differ: a fault of the program, never of its input."""


@dataclass(frozen=True)
class Replay:
    """What vectorbt made of a ledger's deals, on E of its rows.

    Attributes
    ----------
    rows : ndarray of int, shape (E,)
        Of the ledger: those with deals, and the last.
    cash, equity : ndarray, shape (E, G)
    shares, fees : ndarray, shape (E, K)
        Held after the row; paid on it. Money is in the portfolio's currency.
    """

    rows: Rows
    cash: Floats
    equity: Floats
    shares: Floats
    fees: Floats

    def largest_gaps(self, ledger: Ledger) -> dict[str, float]:
        """Return by how much it differs from a ledger at most, in the portfolio's currency.

        Returns
        -------
        dict
            ``cash``, ``equity``, ``fees``, and ``positions`` by their value.
        """
        fees = np.zeros(self.fees.shape)
        place = np.searchsorted(self.rows, ledger.deals.row)
        np.add.at(fees, (place, ledger.deals.position), ledger.deals.cost)
        held = ledger.shares[self.rows]
        worth = (ledger.tape.close * ledger.tape.rate)[self.rows][:, ledger.books.columns]
        gaps = {
            "cash": self.cash - ledger.cash[self.rows],
            "equity": self.equity - ledger.equity_on(self.rows),
            "fees": self.fees - fees,
            "positions": (self.shares - held)
            * np.where((held == 0) & (self.shares == 0), 0, worth),
        }
        return {name: float(np.abs(gap).max(initial=0.0)) for name, gap in gaps.items()}


def reconcile(ledger: Ledger) -> dict[str, float]:
    """Simulate a ledger's deals with vectorbt, and hold the two against each other.

    Returns
    -------
    dict
        As `Replay.largest_gaps`.

    Raises
    ------
    ReconciliationError
        If cash, equity, fees or a position differ by a cent or more.
    """
    gaps = replay(ledger).largest_gaps(ledger)
    if not max(gaps.values()) < CENT:
        raise ReconciliationError(f"vectorbt's books differ from the planner's: {gaps}")
    return gaps


def replay(ledger: Ledger) -> Replay:
    """Simulate a ledger's deals with vectorbt."""
    deals, books, tape = ledger.deals, ledger.books, ledger.tape
    rows = np.unique(np.append(deals.row, len(tape.dates) - 1))
    at = (np.searchsorted(rows, deals.row), deals.position)
    # vectorbt knows no bonus shares: it is given shares and prices as of the first row
    grown = np.cumprod(tape.growth, axis=0)[rows][:, books.columns]
    size = np.full(grown.shape, np.nan)
    size[at] = deals.shares / grown[at]
    close = (tape.close * tape.rate)[rows][:, books.columns] * grown
    price = close.copy()
    price[at] = deals.price * deals.rate * grown[at]
    fees = np.zeros(grown.shape)
    fees[at] = deals.cost
    # nor dividends: it is lent those to come, and has them for good once they are paid
    received = books.sum(ledger.dividends).cumsum(axis=0)
    slack = _SLACK * books.cash
    lent = received[-1] - received[rows] + slack
    start = books.cash + received[-1] + slack
    portfolio = _simulate(close, size, price, fees, start, books.of)
    records = portfolio.order_records
    paid = np.zeros(grown.shape)
    paid[records["idx"], records["col"]] = records["fees"]
    return Replay(
        rows=rows,
        # of one book vectorbt makes a Series
        cash=portfolio.cash().to_numpy().reshape(lent.shape) - lent,
        equity=portfolio.value().to_numpy().reshape(lent.shape) - lent,
        shares=portfolio.assets().to_numpy() * grown,
        fees=paid,
    )


def _turns(size: Floats, of: Rows) -> Rows:
    """Return in which order each book's positions deal on each row: sales first."""
    starts = np.searchsorted(of, of)
    positions = np.arange(len(of))
    turns = np.tile(positions - starts, (len(size), 1))
    for row in np.flatnonzero((size < 0).any(axis=1)):
        order = np.lexsort((positions, ~(size[row] < 0), of))
        turns[row] = order - starts
    return turns


def _simulate(
    close: Floats, size: Floats, price: Floats, fees: Floats, cash: Floats, of: Rows
) -> Any:  # noqa: ANN401 - vectorbt ships no types
    with warnings.catch_warnings():
        # vectorbt's own use of its dependencies, not ours
        warnings.simplefilter("ignore")
        import vectorbt  # noqa: PLC0415 - takes seconds
    import pandas as pd  # noqa: PLC0415 - vectorbt's way in

    return vectorbt.Portfolio.from_orders(
        close=pd.DataFrame(close),
        size=size,
        size_type="amount",
        direction="longonly",
        price=price,
        fees=0.0,
        fixed_fees=fees,
        slippage=0.0,
        min_size=0.0,
        max_size=np.inf,
        size_granularity=np.nan,
        reject_prob=0.0,
        lock_cash=False,
        allow_partial=False,
        raise_reject=True,
        log=False,
        val_price=np.inf,
        init_cash=cash,
        cash_sharing=True,
        call_seq=_turns(size, of),
        ffill_val_price=True,
        update_value=False,
        group_by=of,
        freq="1D",
        attach_call_seq=False,
        engine="rust",
    )
