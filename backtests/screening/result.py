"""Runs a screen on a day and keeps what reproduces it: `screen_shares`."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from backtests.caveats import Caveat
from backtests.provenance import trace_data, trace_report
from backtests.screening.remarks import find_remarks
from screener.factors.compute import closing_day, shares_of
from screener.market_data import MarketData
from screener.screens.recall import Recall, recall_picks
from screener.screens.screen import Screen
from screener.screens.selection import Selection, run_screen
from screener.screens.universe import find_universe
from universes import Report, __version__
from universes.content import content_hash


@dataclass(frozen=True)
class Screening:
    """What a screen chose on a day.

    Attributes
    ----------
    selection : Selection
    against : Report or None
        Whose picks it was to find.
    recalls : tuple of Recall
        What it made of each of them.
    caveats : tuple of Caveat
    provenance : dict
        Version, screen, report, prices, fundamentals and sectors, with their hashes.
    """

    selection: Selection
    against: Report | None
    recalls: tuple[Recall, ...]
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def found(self) -> int:
        """How many of the picks met every condition, chosen or beyond the limit."""
        return sum(each.fate in {"chosen", "beyond_limit"} for each in self.recalls)


def usual_day(screen: Screen, data: MarketData) -> dt.date:
    """Return the last day on which shares of a screen's universe closed."""
    return closing_day(data.prices, universe_of(screen, data))


def universe_of(screen: Screen, data: MarketData) -> tuple[str, ...]:
    """Return the shares of a screen's universe that there are prices of."""
    symbols = shares_of(data.prices)
    inside, _ = find_universe(screen.universe, symbols)
    return tuple(symbols[n] for n in inside.nonzero()[0])


def screen_shares(
    screen: Screen, data: MarketData, day: dt.date | None = None, against: Report | None = None
) -> Screening:
    """Run a screen on what was known at the close of a day.

    Parameters
    ----------
    screen : Screen
    data : MarketData
    day : date, optional
        Left out: `screener.factors.compute.closing_day` of the screen's universe.
    against : Report, optional
        Whose picks the rule should find.

    Raises
    ------
    InputError
        As `screener.factors.compute.compute_factors` and
        `screener.screens.selection.run_screen`.

    Examples
    --------
    >>> from screener.market_data import load_market_data
    >>> from screener.screens.screen import load_screen
    >>> data = load_market_data(source="snapshot")
    >>> screen = load_screen("momentum").changed(where="return_6m > 0.3", rank="return_6m desc")
    >>> screen_shares(screen, data, dt.date(2024, 12, 20)).selection.symbols[:2]
    ('000681.SZ', '9992.HK')
    """
    table = data.factors(day or usual_day(screen, data), screen.basis)
    selection = run_screen(screen, table)
    recalls = recall_picks(selection, against.picks) if against else ()
    provenance = {
        "version": __version__,
        "screen": {"id": screen.id, "sha256": screen.sha256},
        "universe": {
            "shares": len(selection.within),
            "sha256": content_hash([table.symbols[row] for row in selection.within]),
        },
        "against": trace_report(against) if against else None,
        "data": trace_data(data.prices, table.day),
        **data.trace,
    }
    caveats = find_remarks(selection, data)
    return Screening(selection, against, recalls, caveats, provenance)
