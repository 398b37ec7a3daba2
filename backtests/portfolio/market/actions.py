"""Corporate actions on a tape's rows: what they pay, and what they make of shares and prices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screener import Panel
from screener.adjust import restate
from screener.calendar import Days
from screener.panel import Floats


@dataclass(frozen=True)
class Actions:
    """Corporate actions of N securities, on the first of T rows on or after each ex-date.

    Attributes
    ----------
    dividend : ndarray, shape (T, N)
        Cash for each share held before the row, in the listing's currency.
    growth : ndarray, shape (T, N)
        Shares after the row's bonus or split for each held before.
    offered, asked : ndarray, shape (T, N)
        Shares offered to holders for each held before, and what those cost together.
    rights : tuple of str
        The rights issues among them, as "symbol ex-date".
    """

    dividend: Floats
    growth: Floats
    offered: Floats
    asked: Floats
    rights: tuple[str, ...]

    @classmethod
    def none(cls, shape: tuple[int, int]) -> "Actions":
        """Return no actions, for prices that have them in themselves."""
        zeros = np.zeros(shape)
        return cls(zeros, np.ones(shape), zeros, zeros, ())

    def ex_prices(self, before: Floats) -> Floats:
        """Return what the last close before each row comes to on it, shape (T, N).

        Parameters
        ----------
        before : ndarray, shape (T, N)
            The last close before the row.

        Notes
        -----
        The theoretical ex-price of the Shanghai and Shenzhen exchanges' trading rules.
        """
        held = before - self.dividend + self.asked
        prices: Floats = held / (self.growth + self.offered)
        return prices

    def carry(self, close: Floats) -> Floats:
        """Carry the last close forward over days without one, at its theoretical ex-price."""
        carried = close.copy()
        paid, shares = self.asked - self.dividend, self.growth + self.offered
        for row in range(1, len(close)):
            ex_price = (carried[row - 1] + paid[row]) / shares[row]
            carried[row] = np.where(np.isnan(close[row]), ex_price, close[row])
        return carried


def read_actions(panel: Panel, symbols: Sequence[str], dates: Days) -> Actions:
    """Lay a panel's corporate actions on rows; those up to the first row are past.

    Parameters
    ----------
    panel : Panel
    symbols : sequence of str, length N
    dates : ndarray of datetime64[D], shape (T,)
    """
    shape = (len(dates), len(symbols))
    actions = Actions(np.zeros(shape), np.ones(shape), np.zeros(shape), np.zeros(shape), ())
    rights = []
    for column, symbol in enumerate(symbols):
        own = [each for each in panel.actions if each.symbol == symbol]
        for action in restate(own, back=True):
            row = int(np.searchsorted(dates, np.datetime64(action.ex_date, "D")))
            if not 0 < row < len(dates):
                continue
            at = (row, column)
            # of two between neighbouring rows the second is for the shares of the first
            grown = actions.growth[at]
            actions.dividend[at] += action.cash * grown
            actions.offered[at] += action.rights * grown
            actions.asked[at] += action.rights * action.rights_price * grown
            actions.growth[at] *= 1.0 + action.bonus
            if action.rights:
                rights.append(f"{symbol} {action.ex_date}")
    return Actions(actions.dividend, actions.growth, actions.offered, actions.asked, tuple(rights))
