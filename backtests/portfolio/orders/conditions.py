"""On what conditions a portfolio deals: whole lots or fractions, with costs or without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.rules.rulebook import Lots, Rulebook
from backtests.schedule import Flags
from screener.panel import Floats


@dataclass(frozen=True)
class Conditions:
    """What K positions are dealt on; make one with `executable` or `frictionless`.

    Attributes
    ----------
    rulebook : Rulebook or None
        None: deals cost nothing.
    classes : ndarray of int, shape (K,)
        Of the rulebook.
    lots : Lots or None
        None: fractions of a share are dealt in, and costs are proportional.
    same_session : ndarray of bool, shape (K,)
        Whether shares bought today may be sold today.
    """

    rulebook: Rulebook | None
    classes: Rows
    lots: Lots | None
    same_session: Flags

    @classmethod
    def executable(
        cls, rulebook: Rulebook, symbols: Sequence[str], *, printed: bool
    ) -> "Conditions":
        """Return the exchanges' conditions.

        Parameters
        ----------
        rulebook : Rulebook
        symbols : sequence of str, length K
        printed : bool
            Whether prices are those that were printed; without them neither lots nor minimum
            fees mean anything.
        """
        lots = rulebook.lots(symbols) if printed else None
        classes = rulebook.classes(symbols)
        return cls(rulebook, classes, lots, rulebook.same_session(symbols))

    def spread(self, columns: Rows) -> "Conditions":
        """Return those of positions, given those of the securities; columns have shape (K,)."""
        lots = self.lots
        if lots is not None:
            lots = Lots(
                minimum=lots.minimum[columns],
                step=lots.step[columns],
                verified=lots.verified[columns],
                known=lots.known[columns],
            )
        return Conditions(self.rulebook, self.classes[columns], lots, self.same_session[columns])

    @classmethod
    def frictionless(cls, count: int) -> "Conditions":
        """Return the conditions of a paper portfolio: fractions of shares and no costs."""
        return cls(None, np.zeros(count, np.intp), None, np.ones(count, np.bool_))

    @property
    def codes(self) -> tuple[str, ...]:
        """The cost rules, length R."""
        return self.rulebook.codes if self.rulebook else ()

    @property
    def limited(self) -> bool:
        """Whether price limits stand against deals: where lots do, on printed prices."""
        return self.lots is not None

    def charge(self, day: np.datetime64, which: Rows, values: Floats, sells: Flags) -> Floats:
        """Return what deals cost by rule, in the listing's currency, shape (R, M).

        Parameters
        ----------
        day : datetime64[D]
        which : ndarray of int, shape (M,)
            Positions.
        values : ndarray, shape (M,)
            Price times shares, in the listing's currency.
        sells : ndarray of bool, shape (M,)
        """
        if self.rulebook is None:
            return np.zeros((0, len(which)))
        return self.rulebook.tariff(day).charge(
            self.classes[which], values, sells, proportional=self.lots is None
        )

    def rates(self, day: np.datetime64, which: Rows, sells: Flags) -> Floats:
        """Return what deals cost as a fraction of their value, minimum fees aside; shape (M,)."""
        if self.rulebook is None:
            return np.zeros(len(which))
        return self.rulebook.tariff(day).rates(self.classes[which], sells)

    def afford(self, day: np.datetime64, which: Rows, budget: Floats, price: Floats) -> Floats:
        """Return how many shares a budget buys, costs included, shape (M,).

        Parameters
        ----------
        day : datetime64[D]
        which : ndarray of int, shape (M,)
        budget, price : ndarray, shape (M,)
            In the listing's currency.

        Returns
        -------
        ndarray, shape (M,)
            In whole lots the most that the budget covers to the cent; 0 where that is below
            the smallest order, or the lot is not known.
        """
        buys = np.zeros(len(which), dtype=np.bool_)
        shares = budget / (price * (1.0 + self.rates(day, which, buys)))
        if self.lots is None:
            return shares
        step = self.lots.step[which].astype(np.float64)

        def fits(count: Floats) -> Flags:
            value = count * price
            spent = value + self.charge(day, which, value, buys).sum(axis=0)
            return np.asarray(spent <= budget + _HAIR)

        shares = np.floor(shares / step) * step
        # a capped fee leaves room for more than its rate says, a minimum fee for less
        while (more := fits(shares + step)).any():
            shares = np.where(more, shares + step, shares)
        while (over := (shares > 0) & ~fits(shares)).any():
            shares = np.where(over, shares - step, shares)
        enough = self.lots.known[which] & (shares >= self.lots.minimum[which])
        return np.where(enough, shares, 0.0)

    def release(self, which: Rows, shares: Floats, held: Floats) -> Floats:
        """Return how many of the shares that should go can be sold, shape (M,).

        Parameters
        ----------
        which : ndarray of int, shape (M,)
        shares, held : ndarray, shape (M,)
            Wanted to be sold, and held. All that are held go whatever the lot, odd ones too.
        """
        if self.lots is None:
            return shares
        step = self.lots.step[which]
        whole = np.floor(shares / step + _HAIR) * step
        whole = np.where(whole >= self.lots.minimum[which], whole, 0.0)
        return np.where(shares >= held, held, whole)


# far below a cent, above what adding floats loses
_HAIR = 1e-7
