"""What a reader of a convention map must know, chosen by rule from what it holds."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from backtests.caveats import Caveat
from backtests.conventions.basket import Basket
from backtests.conventions.cells import Cells
from backtests.conventions.names import (
    name_dimension,
    name_reason,
    name_symbols,
    name_values,
)
from backtests.conventions.picks import PickMap
from backtests.conventions.sway import Sway
from backtests.scorecard import Scorecard
from universes.report import PICK_LEVELS

if TYPE_CHECKING:
    from backtests.conventions.readings import Value
    from universes.text import Text

# of the headline's caveats, those that hold for every reading
_SHARED = (
    "source",
    "data_note",
    "inferred_date",
    "default_benchmark",
    "expired_scale",
    "survivorship",
    "advice",
)


def find_remarks(
    headline: Scorecard,
    cells: Cells,
    picks: Sequence[PickMap],
    sways: Sequence[Sway],
    basket: Basket | None,
) -> tuple[Caveat, ...]:
    """Return the caveats of a convention map, what was found first.

    Parameters
    ----------
    headline : Scorecard
        Of the same report, scale and prices.
    cells, picks, sways, basket
        What was found.
    """
    counted = [each for each in picks if each.pick.level in PICK_LEVELS]
    return (
        *_about_agreement(counted),
        *_about_basket(basket),
        *_about_coverage(counted),
        *_about_values(sways),
        *_about_dates(cells),
        *_about_basis(cells),
        *(each for each in headline.caveats if each.code in _SHARED),
    )


def count_kept(picks: Sequence[PickMap]) -> tuple[int, int]:
    """Count the picks that keep the headline's grade under every scored reading, and all with one.

    Mentions are left aside.
    """
    shares = [
        each.agreement
        for each in picks
        if each.pick.level in PICK_LEVELS and each.agreement is not None
    ]
    return sum(share == 1 for share in shares), len(shares)


def _about_agreement(picks: Sequence[PickMap]) -> Iterator[Caveat]:
    kept, told = count_kept(picks)
    if told:
        yield Caveat("map_kept", {"kept": kept, "told": told})
    unknown: dict[Text, list[str]] = {}
    for each in picks:
        if each.agreement is None:
            why = name_reason(each.headline.outcome, each.headline.about)
            unknown.setdefault(why, []).append(str(each.pick.symbol))
    for why, symbols in unknown.items():
        named = name_symbols(symbols, len(picks))
        yield Caveat("map_no_headline", {"symbols": named, "reason": why})


def _about_basket(basket: Basket | None) -> Iterator[Caveat]:
    if basket is None:
        return
    values = {
        "picks": basket.picks,
        "scored": basket.scored,
        "readings": basket.readings,
        "above": basket.above,
        **{name: 100 * getattr(basket, name) for name in ("headline", "low", "median", "high")},
    }
    yield Caveat("map_basket", values)
    if basket.moved_by:
        yield Caveat("map_moved", {"dimension": name_dimension(basket.moved_by)})


def _about_coverage(picks: Sequence[PickMap]) -> Iterator[Caveat]:
    cells, scored = sum(each.readings for each in picks), sum(each.scored for each in picks)
    if picks:
        values = {"readings": picks[0].readings, "cells": cells, "scored": scored}
        yield Caveat("map_coverage", values)


def _about_values(sways: Sequence[Sway]) -> Iterator[Caveat]:
    """Name the values under which not every pick has a score."""
    for sway in sways:
        by_count: dict[tuple[int, int], list[Value]] = {}
        for choice in sway.choices:
            if choice.scored < choice.count:
                by_count.setdefault((choice.scored, choice.count), []).append(choice.value)
        for (scored, count), values in by_count.items():
            told = {
                "dimension": name_dimension(sway.dimension),
                "values": name_values(sway.dimension, values),
                "scored": scored,
                "count": count,
            }
            yield Caveat("map_gap", told)


def _about_dates(cells: Cells) -> Iterator[Caveat]:
    """Name the publication dates that lead to the same entries."""
    same: dict[bytes, list[str]] = {}
    for place, date in enumerate(cells.readings.date):
        entries = cells.entry_day[cells.readings.vary("date", place)]
        if not np.isnat(entries).all():
            same.setdefault(entries.tobytes(), []).append(str(date))
    for dates in same.values():
        if len(dates) > 1:
            yield Caveat("map_same_entry", {"dates": ", ".join(dates)})


def _about_basis(cells: Cells) -> Iterator[Caveat]:
    mixed = cells.mixed.any(axis=tuple(range(cells.mixed.ndim - 1)))
    if mixed.any():
        total = cells.benchmarks[cells.readings.basis.index("total")]
        names = {str(total[k]) for k in np.flatnonzero(mixed)}
        values = {"count": int(mixed.sum()), "benchmarks": ", ".join(sorted(names))}
        yield Caveat("mixed", values)
