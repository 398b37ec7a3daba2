"""What a reader of a screen's result must know, chosen by rule from what it holds."""

from collections.abc import Iterator

import numpy as np

from backtests.caveats import Caveat, about_data
from screener.factors.catalogue import find_factor, list_relations
from screener.factors.table import TEXTS
from screener.market_data import MarketData
from screener.screens.selection import Selection
from universes.market import list_markets

_NAMED = 8


def find_remarks(selection: Selection, data: MarketData) -> tuple[Caveat, ...]:
    """Return the caveats of a screen's result, the most telling first."""
    return (
        *_about_missing(selection),
        *_about_universe(selection),
        *_about_age(selection),
        *_about_sectors(selection),
        *_about_names(selection),
        *_about_peers(selection),
        Caveat("screen_basis", {"basis": selection.screen.basis}),
        Caveat("screen_survivorship", {"day": selection.table.day}),
        *about_data(data.prices, selection.table.day),
        Caveat("advice"),
    )


def _about_missing(selection: Selection) -> Iterator[Caveat]:
    """Say which of the factors that decide are not known, and of how many shares."""
    named = dict.fromkeys((*selection.screen.where.columns, *selection.screen.rank.columns))
    size = len(selection.within)
    for name in named:
        if name in TEXTS:
            continue
        lacking = int(np.isnan(selection.table.numbers(name)[selection.within]).sum())
        if lacking:
            relation = list_relations().get(name)
            factor = find_factor(relation.factor if relation else name)
            code = "screen_all_missing" if lacking == size else "screen_missing"
            values = {"factor": name, "count": lacking, "size": size, "needs": factor.needs}
            yield Caveat(code, values)


def _about_universe(selection: Selection) -> Iterator[Caveat]:
    absent = selection.absent
    if absent:
        more = f" +{len(absent) - _NAMED}" if len(absent) > _NAMED else ""
        symbols = ", ".join(absent[:_NAMED]) + more
        yield Caveat("screen_absent", {"count": len(absent), "symbols": symbols})


def _about_age(selection: Selection) -> Iterator[Caveat]:
    """Say which markets have no close of the day's session at all."""
    table = selection.table
    markets = table.texts["market"][selection.within]
    named = [each for each in selection.screen.universe if each in list_markets()]
    for each in sorted(set(named) - set(markets.tolist())):
        yield Caveat("screen_unpriced", {"market": list_markets()[each].name, "day": table.day})
    ages = table.numbers("halted_sessions")[selection.within]
    for market in list_markets().values():
        own = ages[markets == market.id]
        if len(own) and not (own == 0).any():
            values = {"market": market.name, "sessions": int(own.min()), "day": table.day}
            yield Caveat("screen_stale", values)


def _about_names(selection: Selection) -> Iterator[Caveat]:
    if "name" in {*selection.screen.where.columns, *selection.screen.rank.columns}:
        yield Caveat("screen_names", {"day": selection.table.day})


def _about_peers(selection: Selection) -> Iterator[Caveat]:
    """Say among how many shares a place is: those there are prices of, not the whole market."""
    if any(name in list_relations() for name in selection.screen.columns):
        yield Caveat("screen_peers", {"count": len(selection.table)})


def _about_sectors(selection: Selection) -> Iterator[Caveat]:
    table = selection.table
    asked = any(name == "sector" or name.endswith("_sector") for name in selection.screen.columns)
    if not asked:
        return
    sectors = table.texts["sector"][selection.within]
    unknown = sum(sector is None for sector in sectors)
    if unknown == len(sectors):
        yield Caveat("screen_no_sectors")
    elif unknown:
        yield Caveat("screen_some_sectors", {"count": unknown, "size": len(sectors)})
    if table.told_after:
        yield Caveat("screen_sectors_later", {"day": table.day})
