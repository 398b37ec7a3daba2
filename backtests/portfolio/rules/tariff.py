"""What trades cost on a day: the dated rates laid out as arrays."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from backtests.portfolio.rules.rulefiles import Cost
from screener.panel import Floats
from universes import InputError

Bools = npt.NDArray[np.bool_]
Classes = npt.NDArray[np.intp]

_SIDES = {"buy": (0,), "sell": (1,), "both": (0, 1)}
_CENTS = 100
# by less than this a binary fraction misses the half cent or the whole unit that it stands for
_SLACK = 1e-9


@dataclass(frozen=True)
class Tariff:
    """The R costs of C cost classes over a span of days in which no rate changes.

    Attributes
    ----------
    rate, minimum : ndarray, shape (R, 2, C)
        Of buys and sells; 0 where a class does not pay the cost.
    maximum : ndarray, shape (R, 2, C)
        Infinite where there is none.
    whole : ndarray of bool, shape (R, C)
        Whether the cost is rounded up to the whole unit of the currency.
    unknown : mapping of int to str
        What to say of the classes whose costs are not all known yet.
    """

    rate: Floats
    minimum: Floats
    maximum: Floats
    whole: Bools
    unknown: Mapping[int, str]

    def charge(
        self, classes: Classes, values: Floats, sells: Bools, *, proportional: bool = False
    ) -> Floats:
        """Return what K trades cost, in the listing currency.

        Parameters
        ----------
        classes : ndarray of int, shape (K,)
            From `Rulebook.classes`.
        values : ndarray, shape (K,)
            Price times shares in the listing currency, 0 or more; nothing costs nothing, and
            NaN costs NaN.
        sells : ndarray of bool, shape (K,)
        proportional : bool
            Charge the rates alone: no minimum, maximum or rounding.

        Returns
        -------
        ndarray, shape (R, K)
            By the codes of the rulebook.

        Raises
        ------
        InputError
            If a class has a cost that is not known for so early a day.
        """
        self._refuse_unknown(classes)
        side = sells.astype(np.intp)
        charged: Floats = self.rate[:, side, classes] * values
        if proportional:
            return charged
        charged = np.clip(charged, self.minimum[:, side, classes], self.maximum[:, side, classes])
        cents = np.floor((charged + _SLACK) * _CENTS + 0.5) / _CENTS
        rounded = np.where(self.whole[:, classes], np.ceil(charged - _SLACK), cents)
        return np.where(values == 0, 0.0, rounded)

    def rates(self, classes: Classes, sells: Bools) -> Floats:
        """Return the sum of all rates that K trades pay, shape (K,); raises as `charge`."""
        self._refuse_unknown(classes)
        total: Floats = self._total[sells.astype(np.intp), classes]
        return total

    @cached_property
    def _total(self) -> Floats:
        total: Floats = self.rate.sum(axis=0)
        return total

    def _refuse_unknown(self, classes: Classes) -> None:
        if not self.unknown:
            return
        for number in np.unique(classes).tolist():
            if number in self.unknown:
                raise InputError(self.unknown[number], "begin on that day or later")


@dataclass(frozen=True)
class Tariffs:
    """Every tariff in order of time.

    Attributes
    ----------
    changes : ndarray of datetime64[D], shape (N,)
        The days on which a rate begins.
    tariffs : tuple of Tariff
        N + 1: before the first change, between two, and from the last on.
    """

    changes: npt.NDArray[np.datetime64]
    tariffs: tuple[Tariff, ...]

    def on(self, day: np.datetime64) -> Tariff:
        """Return the tariff in force on a day."""
        return self.tariffs[int(np.searchsorted(self.changes, day, side="right"))]


def first_day_of(costs: Sequence[Cost]) -> dt.date:
    """Return the day from which all of some costs are known."""
    return max(cost.rates[0].since for cost in costs)


def build_tariffs(
    codes: Sequence[str], places: Sequence[str], costs: Sequence[Sequence[Cost]]
) -> Tariffs:
    """Lay out the costs of C classes.

    Parameters
    ----------
    codes : sequence of str
        The R codes, in the order of the tariffs' rows.
    places : sequence of str
        What to call each class.
    costs : sequence of sequences of Cost
        Those that each class pays.
    """
    days = sorted({rate.since for own in costs for cost in own for rate in cost.rates})
    tariffs = tuple(_build_tariff(day, codes, places, costs) for day in (dt.date.min, *days))
    return Tariffs(np.array(days, dtype="datetime64[D]"), tariffs)


def _build_tariff(
    day: dt.date, codes: Sequence[str], places: Sequence[str], costs: Sequence[Sequence[Cost]]
) -> Tariff:
    shape = (len(codes), 2, len(places))
    rate, minimum, maximum = np.zeros(shape), np.zeros(shape), np.full(shape, np.inf)
    whole = np.zeros((shape[0], shape[2]), dtype=np.bool_)
    unknown = {}
    for number, own in enumerate(costs):
        if day < first_day_of(own):
            first = first_day_of(own)
            unknown[number] = f"the costs of {places[number]} are not all known before {first}"
            continue
        for cost in own:
            found = next(rate for rate in reversed(cost.rates) if rate.since <= day)
            at = (codes.index(cost.code), list(_SIDES[cost.side]), number)
            rate[at], minimum[at] = found.rate, found.minimum
            if found.maximum is not None:
                maximum[at] = found.maximum
            whole[at[0], number] = cost.rounding == "up_unit"
    return Tariff(rate, minimum, maximum, whole, unknown)
