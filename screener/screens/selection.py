"""Runs a screen on a table of factors: `run_screen`."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screener.factors.table import FactorTable
from screener.screens.language.condition import Verdicts, judge, rank
from screener.screens.screen import Screen
from screener.screens.universe import find_universe

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Selection:
    """What a screen chose on a day, and what it made of each share.

    Attributes
    ----------
    screen : Screen
    table : FactorTable
    within : ndarray of int, shape (U,)
        Rows of the table that the screen was applied to.
    verdicts : Verdicts
        Of these U shares.
    chosen : ndarray of int, shape (C,)
        Rows of the table, first in rank first.
    passed : int
        How many met every condition, the limit aside.
    absent : tuple of str
        Symbols that the universe names and the table lacks.
    """

    screen: Screen
    table: FactorTable
    within: Rows
    verdicts: Verdicts
    chosen: Rows
    passed: int
    absent: tuple[str, ...]

    @property
    def symbols(self) -> tuple[str, ...]:
        """What was chosen, first in rank first."""
        return tuple(self.table.symbols[row] for row in self.chosen)


@dataclass(frozen=True)
class Shortfall:
    """A condition that a share did not meet.

    Attributes
    ----------
    condition : str
    margin : float
        By how much it failed, below zero; not a number where that cannot be told.
    missing : tuple of str
        The columns that are not known of the share, if that is why.
    """

    condition: str
    margin: float
    missing: tuple[str, ...]


def run_screen(screen: Screen, table: FactorTable) -> Selection:
    """Apply a screen to a table of factors.

    Places among peers are those among all shares of the table, whatever the universe.

    Raises
    ------
    InputError
        If the universe names what is neither a market nor a report, or holds none of the
        table's shares.
    """
    inside, absent = find_universe(screen.universe, table.symbols)
    within = np.flatnonzero(inside)
    columns = {name: table.column(name)[within] for name in screen.columns}
    columns["symbol"] = table.column("symbol")[within]
    verdicts = judge(screen.where, columns)
    ranked = rank(screen.rank, columns, verdicts.passed)
    chosen = within[ranked[: screen.limit]]
    return Selection(screen, table, within, verdicts, chosen, len(ranked), absent)


def shortfalls(selection: Selection, place: int) -> Iterator[Shortfall]:
    """Yield the conditions that a share did not meet; ``place`` is among ``within``."""
    verdicts = selection.verdicts
    for number, part in enumerate(verdicts.parts):
        if verdicts.outcome[number, place] != "met":
            margin = float(verdicts.margin[number, place])
            yield Shortfall(part.text, margin, verdicts.missing(number, place))
