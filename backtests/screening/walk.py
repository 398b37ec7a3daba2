"""Applies a screen at each month's end and follows what it found: `walk_screen`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from backtests.convention import Convention
from backtests.portfolio.terms import Terms
from backtests.screening.result import universe_of, usual_day
from backtests.walk.decay import HORIZONS
from backtests.walk.formation import Formation, month_ends
from backtests.walk.forward import walk_forward
from backtests.walk.result import Walk
from screener.market_data import MarketData
from screener.screens.screen import Screen
from screener.screens.selection import Selection, run_screen
from screener.tasks.progress import Progress
from universes import InputError, RatingScale, Symbol


def walk_screen(
    screen: Screen,
    data: MarketData,
    first: dt.date,
    last: dt.date | None = None,
    *,
    scale: RatingScale,
    terms: Terms | None = None,
    as_of: dt.date | None = None,
    progress: Progress | None = None,
) -> Walk:
    """Run a screen at each month's end, hold what it finds until the next, and score it.

    Parameters
    ----------
    screen : Screen
    data : MarketData
        Loaded with ``tradable=True``, from 15 months before the first day.
    first, last : date
        See `form_monthly`.
    scale : RatingScale
        Names the benchmarks and the grades.
    terms : Terms, optional
        Left out: the usual ones, in `currency_of` the screen's universe.
    as_of : date, optional
        Nothing after this day is read.
    progress : Progress, optional

    Raises
    ------
    InputError
        As `form_monthly` and `backtests.walk.forward.walk_forward`.
    """
    formations = form_monthly(screen, data, first, last, progress)
    terms = terms or Terms(currency=currency_of(screen, data))
    convention = Convention(basis=screen.basis, horizons=HORIZONS)
    walk = walk_forward(formations, data.prices, scale, terms, as_of, screen.title, convention)
    rule = {"id": screen.id, **screen.rule, "sha256": screen.sha256}
    return replace(walk, provenance={**walk.provenance, "screen": rule, **data.trace})


def form_monthly(
    screen: Screen,
    data: MarketData,
    first: dt.date,
    last: dt.date | None = None,
    progress: Progress | None = None,
) -> tuple[Formation, ...]:
    """Run a screen on the last session of each month.

    Months end as they do for the exchange that most shares of the universe are listed on.

    Parameters
    ----------
    screen : Screen
    data : MarketData
        From 15 months before the first day.
    first, last : date
        A month counts whose last session lies between them. ``last`` left out: the last day on
        which the shares closed.
    progress : Progress, optional

    Returns
    -------
    tuple of Formation
        Each with all the shares examined, those without what the rule asks for included.

    Raises
    ------
    InputError
        If no month ends between the days, or as `screener.screens.selection.run_screen`.
    """
    end = usual_day(screen, data)
    if last is not None and last < first:
        raise InputError(f"the walk would end on {last}, before it begins on {first}", "mend one")
    last = end if last is None else min(last, end)
    if first > last:
        raise InputError(
            f"the prices end on {end}, and the walk would begin on {first}",
            "begin earlier, or bring later prices",
        )
    days = month_ends(_main_calendar(universe_of(screen, data)), first, last)
    if not days:
        raise InputError(f"no month ends between {first} and {last}", "walk over a longer time")
    formed = []
    if progress:
        progress.start(len(days))
    for day in days:
        if progress:
            progress.begin(str(day))
        formed.append(_form(run_screen(screen, data.factors(day, screen.basis))))
        if progress:
            progress.end(str(day), f"{len(formed[-1].symbols)} of {formed[-1].examined} shares")
    return tuple(formed)


def currency_of(screen: Screen, data: MarketData) -> str:
    """Return the currency of all shares of a screen's universe where it is one, or else CNY."""
    symbols = universe_of(screen, data)
    currencies = {Symbol.parse(symbol).exchange.currency for symbol in symbols}
    return currencies.pop() if len(currencies) == 1 else "CNY"


def _main_calendar(symbols: Sequence[str]) -> str:
    calendars = [Symbol.parse(symbol).exchange.calendar for symbol in symbols]
    names, counts = np.unique(calendars, return_counts=True)
    return str(names[np.argmax(counts)])


def _form(selection: Selection) -> Formation:
    table = selection.table
    names = table.texts["name"]
    return Formation(
        day=table.day,
        symbols=selection.symbols,
        examined=len(selection.within),
        names={table.symbols[row]: names[row] for row in selection.chosen if names[row]},
        universe=tuple(table.symbols[row] for row in selection.within),
    )
