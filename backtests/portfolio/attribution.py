"""Where a portfolio's gain comes from: price, dividends, currency, costs, by pick."""

from dataclasses import dataclass

import numpy as np

from backtests.portfolio.orders.ledger import Ledger
from screener.panel import Floats


@dataclass(frozen=True)
class Gains:
    """The gain of each position in the portfolio's currency; all of shape (K,).

    Attributes
    ----------
    price : ndarray
        Of what its listing's prices did, at each day's exchange rate.
    dividends : ndarray
        Cash received. On a basis that has them in the prices they are part of ``price``.
    currency : ndarray
        Of what exchange rates did to the holding of the evening before.
    costs : ndarray, shape (K, R)
        By rule, below zero.
    """

    price: Floats
    dividends: Floats
    currency: Floats
    costs: Floats

    @property
    def total(self) -> Floats:
        """All of them together, shape (K,)."""
        total: Floats = self.price + self.dividends + self.currency + self.costs.sum(axis=1)
        return total


def attribute_gains(ledger: Ledger) -> Gains:
    """Split what every position of a ledger gained.

    Returns
    -------
    Gains
        Over a book's positions the totals add up to what the book's equity has gained.

    Notes
    -----
    On each row, with holdings H, purchases less sales B, exchange rate x: the currency gain is
    H(t-1) (x(t) / x(t-1) - 1), and the price gain is the rest of H(t) - H(t-1) - B(t). Bacon,
    Practical Portfolio Performance Measurement and Attribution (2008), multi-currency
    attribution with the cross term counted as price.
    """
    deals, shape = ledger.deals, ledger.shares.shape
    at = (deals.row, deals.position)
    bought = np.zeros(shape)
    np.add.at(bought, at, deals.value)
    costs = np.zeros((shape[1], len(ledger.codes)))
    np.add.at(costs, deals.position, -deals.costs)
    holdings = ledger.holdings
    rate = ledger.tape.rate[:, ledger.books.columns]
    held = holdings[:-1]
    with np.errstate(invalid="ignore"):
        currency = np.where(held > 0, held * (rate[1:] / rate[:-1] - 1.0), 0.0)
    price = holdings[1:] - held - bought[1:] - currency
    return Gains(
        price=price.sum(axis=0),
        dividends=ledger.dividends.sum(axis=0),
        currency=currency.sum(axis=0),
        costs=costs,
    )
