"""Whether a rule would have found the picks of a report: `recall_picks`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from screener.screens.selection import Selection, Shortfall, shortfalls
from universes.report import Pick

Fate = Literal["chosen", "beyond_limit", "failed", "outside", "no_prices"]


@dataclass(frozen=True)
class Recall:
    """What a screen made of one pick.

    Attributes
    ----------
    pick : Pick
    fate : {"chosen", "beyond_limit", "failed", "outside", "no_prices"}
        Beyond the limit: it met every condition, and others rank before it. Outside: not in
        the screen's universe.
    row : int
        Of the table; -1 where it has no prices.
    shortfalls : tuple of Shortfall
        The conditions that it did not meet.
    """

    pick: Pick
    fate: Fate
    row: int
    shortfalls: tuple[Shortfall, ...]


def recall_picks(selection: Selection, picks: Iterable[Pick]) -> tuple[Recall, ...]:
    """Return what a screen made of each pick, in their order."""
    rows = {symbol: row for row, symbol in enumerate(selection.table.symbols)}
    return tuple(_recall(selection, pick, rows.get(str(pick.symbol), -1)) for pick in picks)


def _recall(selection: Selection, pick: Pick, row: int) -> Recall:
    if row < 0:
        return Recall(pick, "no_prices", row, ())
    places = (selection.within == row).nonzero()[0]
    if not len(places):
        return Recall(pick, "outside", row, ())
    missed = tuple(shortfalls(selection, int(places[0])))
    if missed:
        return Recall(pick, "failed", row, missed)
    fate: Fate = "chosen" if row in selection.chosen else "beyond_limit"
    return Recall(pick, fate, row, ())
