"""Sets the stage of a simulation: which picks, on which prices, against what, from when."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

import numpy as np

from backtests.portfolio.benchmarks import Benchmarks, read_benchmarks
from backtests.portfolio.market.tape import Tape, choose_quote, read_tape
from backtests.portfolio.rules.rulebook import Rulebook
from backtests.portfolio.strategy.decisions import Basket
from backtests.portfolio.terms import Terms
from screener import Panel
from screener.calendar import Days
from screener.panel import Quote
from universes import InputError, RatingScale, Report
from universes.report import Pick, Theme

# a name that begins so says that the share is under special treatment
_SPECIAL = ("ST", "*ST", "S*ST", "SST")


@dataclass(frozen=True)
class Stage:
    """What every strategy of one simulation shares.

    Attributes
    ----------
    basket : Basket
        The picks that can be traded, one for each column of the tape.
    no_prices, no_rules : tuple of Pick
        Those left out for want of prices, and of trading rules for their market.
    tape : Tape
    benchmarks : Benchmarks
    first : int
        The row at whose close the first decision is made.
    """

    basket: Basket
    no_prices: tuple[Pick, ...]
    no_rules: tuple[Pick, ...]
    tape: Tape
    benchmarks: Benchmarks
    first: int


def set_stage(
    report: Report, panel: Panel, terms: Terms, scale: RatingScale, rulebook: Rulebook
) -> Stage:
    """Set the stage.

    Raises
    ------
    InputError
        If no pick can be traded, the dates lie outside the prices, or a benchmark or an
        exchange rate is missing.
    """
    start = terms.start or report.publication.date
    find_start(panel.dates, start)
    named = _list_picks(report)
    traded = [each for each in named if _has_rules(rulebook, each[0])]
    if not traded:
        some = ", ".join(str(pick.symbol) for pick, _ in named[:3])
        raise InputError(
            f"no trading rules are kept for {some}", "choose picks of the mainland or Hong Kong"
        )
    quote = _choose_quote(panel, [str(pick.symbol) for pick, _ in traded], terms)
    kept = [each for each in traded if _has_prices(panel, quote, each[0])]
    picks = tuple(pick for pick, _ in kept)
    special = [str(pick.symbol) for pick in picks if pick.name.zh.startswith(_SPECIAL)]
    symbols = [str(pick.symbol) for pick in picks]
    tape = read_tape(panel, symbols, terms.currency, quote, terms.deal_at, special)
    first = find_start(tape.dates, start)
    check_rates(tape, first, terms.currency)
    indices = [scale.benchmark_for(pick.market)[0] for pick in picks]
    benchmarks = read_benchmarks(panel, tape, indices, first, terms.deal_at)
    themes = tuple(theme for _, theme in kept)
    return Stage(
        basket=Basket(picks, themes, benchmarks.local[:, benchmarks.of]),
        no_prices=tuple(pick for pick, theme in traded if (pick, theme) not in kept),
        no_rules=tuple(pick for pick, theme in named if (pick, theme) not in traded),
        tape=tape,
        benchmarks=benchmarks,
        first=first,
    )


def _list_picks(report: Report) -> list[tuple[Pick, Theme]]:
    named = [(pick, theme) for theme in report.themes for pick in theme.picks]
    if not named:
        raise InputError("there is no pick to trade", "choose other themes or levels")
    times = Counter(pick.symbol for pick, _ in named)
    twice = sorted(symbol for symbol, count in times.items() if count > 1)
    if twice:
        raise InputError(f"{twice[0]} is a pick of two themes", "keep it in one of them")
    return named


def _has_rules(rulebook: Rulebook, pick: Pick) -> bool:
    try:
        rulebook.classes([str(pick.symbol)])
    except InputError:
        return False
    return True


def _has_prices(panel: Panel, quote: Quote, pick: Pick) -> bool:
    (column,) = panel.columns([str(pick.symbol)])
    return column >= 0 and bool(np.isfinite(panel.matrix("close", quote)[:, column]).any())


def _choose_quote(panel: Panel, symbols: list[str], terms: Terms) -> Quote:
    if terms.prices == "auto":
        return choose_quote(panel, symbols)
    columns = panel.columns(symbols)
    closes = panel.matrix("close", terms.prices)[:, columns[columns >= 0]]
    if not np.isfinite(closes).any():
        raise InputError(
            f"the prices hold none of the picks on the {terms.prices} basis",
            "choose other prices, or bring them",
        )
    return terms.prices


def find_start(dates: Days, day: dt.date) -> int:
    """Return the last of ascending dates on or before a day, after which there is another.

    Raises
    ------
    InputError
        If there is none.
    """
    first = int(np.searchsorted(dates, np.datetime64(day, "D"), side="right")) - 1
    if first < 0:
        raise InputError(
            f"the prices begin on {dates[0]}, after the start {day}",
            "begin later with --start, or bring earlier prices",
        )
    if first == len(dates) - 1:
        raise InputError(
            f"the prices end on {dates[-1]}, with no session after the start {day}",
            "begin earlier with --start, or bring later prices",
        )
    return first


def check_rates(tape: Tape, first: int, currency: str) -> None:
    """Refuse a tape on which an exchange rate is missing after the row of the first decision.

    Raises
    ------
    InputError
        Naming the security and the day.
    """
    missing = np.argwhere(np.isnan(tape.rate[first + 1 :]))
    if len(missing):
        row, column = missing[0]
        raise InputError(
            f"no exchange rate to {currency} is known for {tape.symbols[column]} on or before"
            f" {tape.dates[first + 1 + row]}",
            "bring earlier rates, or begin later with --start",
        )
