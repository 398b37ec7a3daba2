"""Which basis returns are measured on where none is asked for."""

from collections.abc import Iterable, Mapping

import numpy as np

from backtests.kernel import Rows
from screener import Panel
from universes import Symbol
from universes.rating import BASES, Basis

_PRICE: Basis = "price"
# a basis on which fewer are known than this share of the best known is not used
_ENOUGH = 0.9


def usual_basis(panel: Panel, picks: Iterable[Symbol]) -> Basis:
    """Return price, which the standards speak of, or total where most picks are known on it alone.

    Parameters
    ----------
    panel : Panel
    picks : iterable of Symbol
    """
    return choose_basis(count_known(panel, panel.columns(map(str, picks))))


def count_known(panel: Panel, columns: Rows) -> dict[Basis, int]:
    """Count the securities that have a close on each basis; a column of -1 has none."""
    there = columns[columns >= 0]
    return {
        basis: int(np.isfinite(panel.matrix("close", basis)[:, there]).any(axis=0).sum())
        for basis in BASES
    }


def choose_basis(known: Mapping[Basis, int]) -> Basis:
    """Return the basis for all alike, given how many are known on each."""
    best = max(known, key=lambda basis: known[basis])
    return _PRICE if known[_PRICE] >= _ENOUGH * known[best] else best
