"""The only place where vectorbt is used: it keeps the books a second time.

vectorbt knows neither lots nor price limits, sell-only duties, bonus shares or dividends. The
planner has settled those; vectorbt is given each deal with its price and cost, and what it then
holds must be what the planner holds. Between deals nothing changes hands, so it is given the
rows with deals, and the last.

``import vectorbt`` takes seconds, for plots and compilers that no deal needs. So each deal goes
straight to the compiled function that ``Portfolio.from_orders`` gives each order to with
``engine="rust"``. It may change with a minor version of vectorbt, so the dependency stays below
the next one. Arguments go by name: where they are named otherwise, or are missing, the run ends
with a message; where they mean something else, the books differ, and it ends too.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.orders.ledger import Books, Ledger
from screener.panel import Floats
from universes import InputError

CENT = 0.01

# vectorbt takes a millionth of a thousandth of the cash for none: it is lent more, and that is
# taken off again
_SLACK = 1e-6

# vectorbt's numbers for its SizeType.Amount, Direction.LongOnly and OrderStatus
_AMOUNT, _LONG_ONLY = 0, 0
_FILLED, _REJECTED = 0, 2


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
        If vectorbt refuses a deal, or cash, equity, fees or a position differ by a cent or more.
    InputError
        If vectorbt's compiled functions are called otherwise than here.
    """
    gaps = replay(ledger).largest_gaps(ledger)
    if not all(gap < CENT for gap in gaps.values()):
        raise ReconciliationError(f"vectorbt's books differ from the planner's: {gaps}")
    return gaps


def replay(ledger: Ledger) -> Replay:
    """Give a ledger's deals to vectorbt, row by row, sales first."""
    deals, books, tape = ledger.deals, ledger.books, ledger.tape
    rows = np.unique(np.append(deals.row, len(tape.dates) - 1))
    # vectorbt knows no bonus shares: it is given shares and prices as of the first row
    grown = np.cumprod(tape.growth, axis=0)[rows][:, books.columns]
    close = (tape.close * tape.rate)[rows][:, books.columns] * grown
    turns = np.lexsort((deals.position, deals.shares > 0, deals.row))
    at = (np.searchsorted(rows, deals.row[turns]), deals.position[turns])
    orders = _Orders(
        *at,
        size=deals.shares[turns] / grown[at],
        price=(deals.price * deals.rate)[turns] * grown[at],
        fees=deals.cost[turns],
    )
    # nor dividends: it is lent those to come, and has them for good once they are paid
    received = books.sum(ledger.dividends).cumsum(axis=0)
    slack = _SLACK * books.cash
    lent = received[-1] - received[rows] + slack
    start = books.cash + received[-1] + slack
    try:
        cash, shares, fees = _execute(orders, books, np.tile(start, (len(rows), 1)))
        equity = _value(cash, shares, close, books)
    except (AttributeError, ImportError, TypeError) as error:
        raise InputError(
            f"vectorbt {version('vectorbt')} cannot keep the books: {error}",
            'install another: pip install "vectorbt[rust]>=1.2,<1.3"',
        ) from error
    return Replay(rows, cash - lent, equity - lent, shares * grown, fees)


@dataclass(frozen=True)
class _Orders:
    """Orders in turn, shape (M,); a row is one of the replay's."""

    row: Rows
    position: Rows
    size: Floats
    price: Floats
    fees: Floats

    def __iter__(self) -> Iterator[tuple[int, int, float, float, float]]:
        return zip(*(values.tolist() for values in vars(self).values()), strict=True)


def _execute(orders: _Orders, books: Books, cash: Floats) -> tuple[Floats, Floats, Floats]:
    """Return cash, which is the start's on all rows when given, shares and fees paid by row."""
    from vectorbt_rust import portfolio  # noqa: PLC0415 - a version without it is refused

    shares, fees = np.zeros((2, len(cash), len(books.columns)))
    of = books.of.tolist()
    for row, position, size, price, fee in orders:
        left = cash[row, of[position]]
        state = portfolio.ProcessOrderState(
            cash=left,
            position=shares[row, position],
            debt=0.0,
            free_cash=left,
            val_price=math.nan,  # an order of so many shares is not sized by worth
            value=math.nan,
            oidx=0,
            lidx=0,
        )
        order = portfolio.Order(
            size=size,
            price=price,
            size_type=_AMOUNT,
            direction=_LONG_ONLY,
            fixed_fees=fee,
            allow_partial=False,
        )
        after, done = portfolio.execute_order_rs(state=state, order=order)
        if done.status == _REJECTED:
            raise ReconciliationError(f"vectorbt refuses {order} with {state}: {done}")
        if done.status != _FILLED:
            continue  # it takes a millionth of a millionth of a share for none
        cash[row:, of[position]] = after.cash
        shares[row:, position] = after.position
        fees[row, position] += done.fees
    return cash, shares, fees


def _value(cash: Floats, shares: Floats, close: Floats, books: Books) -> Floats:
    """Return the worth of each book, shape (E, G)."""
    from vectorbt_rust import portfolio  # noqa: PLC0415 - as above

    # what is not held may have no price
    worth = portfolio.asset_value_rs(close=np.where(shares == 0, 0.0, close), assets=shares)
    lengths = np.bincount(books.of)
    held = portfolio.asset_value_grouped_rs(asset_value=worth, group_lens=lengths)
    equity: Floats = portfolio.value_rs(cash=cash, asset_value=held)
    return equity
