"""Formations as what the portfolio engine reads: a report of all names, and a schedule."""

from collections.abc import Sequence

from backtests.labels import term
from backtests.portfolio.simulate import securities_to_trade
from backtests.portfolio.strategy.strategies import Strategy
from backtests.walk.formation import Formation
from universes import Publication, RatingScale, Report, Symbol
from universes.market import market_of
from universes.report import Pick, Theme
from universes.text import Text

WALK_ID = "walk"
_NONE = Text("", "")


def report_formations(formations: Sequence[Formation], scale: RatingScale, title: Text) -> Report:
    """Return every share that was ever found as a report of one theme.

    It is published on the day of the first formation; a share goes by the name it had when it
    was first found.
    """
    names: dict[str, str] = {}
    for each in formations:
        for symbol in each.symbols:
            names.setdefault(symbol, each.names.get(symbol, symbol))
    picks = tuple(_pick(symbol, names[symbol]) for symbol in names)
    theme = Theme(WALK_ID, title, "", "none", _NONE, (), (), picks)
    published = Publication(formations[0].day, inferred=False, window=(), evidence=())
    rule = term("walk_rule")
    return Report(WALK_ID, title, rule, rule, published, scale, (theme,))


def _pick(text: str, name: str) -> Pick:
    symbol = Symbol.parse(text)
    return Pick(symbol, market_of(symbol), Text(name, name), "recommend", "", "")


def schedule_formations(formations: Sequence[Formation], title: Text) -> Strategy:
    """Return the strategy that holds what each formation found, in equal parts, till the next."""
    schedule = {each.day: each.weights for each in formations}
    return Strategy(WALK_ID, title, term("walk_note"), "scheduled", schedule=schedule)


def securities_to_walk(
    formations: Sequence[Formation], scale: RatingScale, currency: str
) -> tuple[list[str], list[str]]:
    """Return what a walk reads, and what it uses where it is there.

    Parameters
    ----------
    formations : sequence of Formation
        One of them found a share.
    scale : RatingScale
    currency : str
        The portfolio's.

    Returns
    -------
    needed : list of str
        All shares found or examined, their benchmarks, and exchange rates.
    also : list of str
        Benchmarks with dividends.
    """
    report = report_formations(formations, scale, _NONE)
    needed, also = securities_to_trade(report, scale, currency)
    examined = {symbol for each in formations for symbol in each.universe}
    benchmarks = {
        str(scale.benchmark_for(market_of(Symbol.parse(symbol)))[0]) for symbol in examined
    }
    return sorted({*needed, *examined, *benchmarks}), also
