"""Which versions of figures an update adds to those that are kept."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screener.panel import Floats

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# days since 1970; before any there is
_NEVER = -(2**40)


@dataclass(frozen=True)
class Versions:
    """R versions of figures.

    Attributes
    ----------
    figure : ndarray of int, shape (R,)
        Which figure each is of.
    known : ndarray of int, shape (R,)
        The day it became known, counted from 1970.
    batch : ndarray of int, shape (R,)
        Of two that became known on one day the later batch counts.
    value : ndarray, shape (R,)
    """

    figure: Numbers
    known: Numbers
    batch: Numbers
    value: Floats

    def take(self, rows: npt.NDArray[np.intp] | Mask) -> "Versions":
        """Return the chosen rows, by position or by a mask of shape (R,)."""
        return Versions(self.figure[rows], self.known[rows], self.batch[rows], self.value[rows])

    def in_order(self) -> npt.NDArray[np.intp]:
        """Return the rows by figure, and of each figure as they became known."""
        return np.lexsort((self.batch, self.known, self.figure))


def choose_versions(
    kept: Versions, offered: Versions, fetched: Numbers
) -> tuple[npt.NDArray[np.intp], Numbers]:
    """Choose what is added, and from which day each counts as known.

    Of the versions that are offered of a figure the last is what its source says now, those
    before it are its history.

    - One that became known after all that are kept is added where its value is another than
      that of the version before it.
    - Where the source now says another value than the one kept last, from no later day, it
      was restated: that is known from the day of the fetch, as it cannot be told since when.
    - One that became known before all that are kept is added where what is offered leads to the
      value that is kept first.

    So another value is found as of a day before the fetch only where its source dates it so.

    Parameters
    ----------
    kept, offered : Versions
        In any order.
    fetched : ndarray of int, shape (R,)
        The day on which each offered version was fetched, counted from 1970.

    Returns
    -------
    rows : ndarray of int, shape (A,)
        Of the offered ones; twice where one is history and a restatement.
    known : ndarray of int, shape (A,)
    """
    order = offered.in_order()
    now = offered.take(order)
    first, last = _ends(kept, now.figure)
    again = same_as_before(now.figure)
    final = last_of_same(now.figure)
    before = np.append(np.nan, now.value)[: len(again)]

    later = now.known > last.known
    led_by = np.where(again & np.append(False, later)[: len(again)], before, last.value)
    added = later & (now.value != led_by)
    history = (now.known < first.known) & _leads_to(now, first, final)
    added |= history & (~again | (now.value != before))
    restated = final & ~later & (now.value != last.value)

    from_fetch = np.maximum(fetched[order], last.known)
    rows = np.append(order[added], order[restated])
    return rows, np.append(now.known[added], from_fetch[restated])


def same_as_before(*columns: Numbers) -> Mask:
    """Tell of each row whether it has the same numbers as the row before it; shape (R,)."""
    same = np.ones(len(columns[0]), dtype=np.bool_)
    same[:1] = False
    for column in columns:
        same[1:] &= column[1:] == column[:-1]
    return same


def last_of_same(*columns: Numbers) -> Mask:
    """Tell of each row whether the row after it has other numbers; shape (R,)."""
    return np.append(~same_as_before(*columns)[1:], True)[: len(columns[0])]


def _ends(kept: Versions, figure: Numbers) -> tuple[Versions, Versions]:
    """Return the first and the last version kept of figures; where there is none it was never."""
    rows = kept.in_order()
    figures = kept.figure[rows]
    firsts, lasts = rows[~same_as_before(figures)], rows[last_of_same(figures)]
    ends = kept.take(firsts), kept.take(lasts)
    if not len(rows):
        never, nothing = np.full(len(figure), _NEVER), np.full(len(figure), np.nan)
        return (Versions(figure, never, never, nothing),) * 2
    place = np.searchsorted(ends[0].figure, figure).clip(max=len(ends[0].figure) - 1)
    there = ends[0].figure[place] == figure
    first, last = (
        Versions(
            figure,
            np.where(there, end.known[place], _NEVER),
            end.batch[place],
            np.where(there, end.value[place], np.nan),
        )
        for end in ends
    )
    return first, last


def _leads_to(offered: Versions, first: Versions, final: Mask) -> Mask:
    """Tell of each version whether its figure, as offered, had the first kept value by then."""
    by_then = offered.known <= first.known
    last = by_then & (final | ~np.append(by_then[1:], False)[: len(by_then)])
    return np.isin(offered.figure, offered.figure[last & (offered.value == first.value)])
