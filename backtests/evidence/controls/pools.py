"""What placebo baskets are drawn from: shares of the same market, the same sector, or alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtests.kernel import Rows
from backtests.schedule import Flags
from screener.panel import Floats
from universes import InputError

PoolName = Literal["market", "sector", "alike"]
Refusal = Literal["", "no_controls", "few_controls", "unknown"]

# controls that a label needs, however few picks it has
FEWEST_CONTROLS = 3
# picks drawn for from their whole market, as a share of the basket, that are still few
_FEW = 0.2
_PARTS = 5


@dataclass(frozen=True)
class Pool:
    """A way to find controls.

    Attributes
    ----------
    name : {"market", "sector", "alike"}
    market : ndarray of int, shape (N,)
        Which market a share belongs to.
    label : ndarray of int, shape (N,)
        Shares of one label are exchanged for each other; -1 where it is not known.
    titles : tuple of str
        Of the labels.
    """

    name: PoolName
    market: Rows
    label: Rows
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Stratum:
    """Shares that are drawn from.

    Attributes
    ----------
    members : ndarray of int
        Places in the population.
    count : int
        How many a basket takes.
    """

    members: Rows
    count: int

    def __post_init__(self) -> None:
        """Refuse to take more than there are."""
        if not 0 < self.count <= len(self.members):
            raise InputError(
                f"{self.count} shares cannot be drawn from {len(self.members)}",
                "bring prices of more shares",
            )


@dataclass(frozen=True)
class Match:
    """The controls of one basket, or why there are none.

    Attributes
    ----------
    strata : tuple of Stratum
        Empty where nothing can be drawn.
    widened : ndarray of int
        Places of the picks whose own label is not known or has too few controls, so that shares
        of their whole market are drawn for them.
    refusal : {"", "no_controls", "few_controls", "unknown"}
        There is no control at all, too few of the market, or the label is not known of too
        large a part of the picks.
    """

    strata: tuple[Stratum, ...]
    widened: Rows
    refusal: Refusal = ""

    @property
    def members(self) -> Rows:
        """Places of all shares that can be drawn, the picks included."""
        return np.unique(np.concatenate([each.members for each in self.strata]))


def market_pool(market: Rows, names: Sequence[str]) -> Pool:
    """Return the pool of whole markets."""
    return Pool("market", market, market, tuple(names))


def sector_pool(market: Rows, sectors: Sequence[str | None]) -> Pool:
    """Return the pool of sectors, each within its market."""
    keys = [None if s is None else (int(m), s) for m, s in zip(market, sectors, strict=True)]
    known = sorted({key for key in keys if key is not None})
    code = {key: n for n, key in enumerate(known)}
    label = np.array([-1 if key is None else code[key] for key in keys], dtype=np.intp)
    return Pool("sector", market, label, tuple(sector for _, sector in known))


def alike_pool(market: Rows, volatility: Floats, size: Floats) -> Pool:
    """Return the pool of shares alike: of one fifth by past volatility, and by size where known.

    Parameters
    ----------
    market : ndarray of int, shape (N,)
    volatility, size : ndarray, shape (N,)
        As known at publication; not a number where not. Fifths are those of the market. Where
        no size is known in a market, volatility alone decides there.
    """
    fifth = _rank_in_parts(market, volatility)
    sized = _rank_in_parts(market, size)
    counted = np.isin(market, market[sized >= 0])
    known = (fifth >= 0) & (~counted | (sized >= 0))
    label = (market * _PARTS + fifth) * _PARTS + np.where(counted, sized, 0)
    return Pool("alike", market, np.where(known, label, -1), ())


def find_comparable(pool: Pool, picks: Rows, eligible: Flags) -> Flags:
    """Tell which picks have enough controls of their own label.

    Parameters
    ----------
    pool : Pool
    picks : ndarray of int, shape (K,)
        Places of picks that are eligible.
    eligible : ndarray of bool, shape (N,)
        Shares that can be measured.

    Returns
    -------
    ndarray of bool, shape (K,)
        Whether the label is known and has at least as many other shares as it has picks, and no
        fewer than `FEWEST_CONTROLS`.
    """
    others = _leave_out(picks, eligible)
    own = pool.label[picks]
    enough = {
        label: label >= 0
        and (others & (pool.label == label)).sum() >= max((own == label).sum(), FEWEST_CONTROLS)
        for label in np.unique(own)
    }
    return np.array([enough[label] for label in own], dtype=np.bool_)


def match_controls(pool: Pool, picks: Rows, eligible: Flags) -> Match:
    """Find what the placebo baskets of some picks are drawn from.

    Parameters
    ----------
    pool, picks, eligible
        As of `find_comparable`.

    Returns
    -------
    Match
        A stratum takes as many shares as it has picks. Strata have no share in common.
    """
    nobody = np.empty(0, dtype=np.intp)
    others = _leave_out(picks, eligible)
    if not (others & np.isin(pool.market, pool.market[picks])).any():
        return Match((), nobody, "no_controls")
    comparable = find_comparable(pool, picks, eligible)
    own, widened = picks[comparable], picks[~comparable]
    if pool.name == "market" and len(widened):
        return Match((), widened, "few_controls")
    if len(widened) > _FEW * len(picks):
        return Match((), widened, "unknown")
    strata = _layer(pool.label, own, eligible)
    taken = np.isin(pool.label, pool.label[own])
    wide = eligible & ~taken
    if not find_comparable(market_pool(pool.market, ()), widened, wide).all():
        return Match((), widened, "few_controls")
    return Match((*strata, *_layer(pool.market, widened, wide)), widened)


def _layer(label: Rows, picks: Rows, eligible: Flags) -> tuple[Stratum, ...]:
    labels, counts = np.unique(label[picks], return_counts=True)
    return tuple(
        Stratum(np.flatnonzero(eligible & (label == each)), int(count))
        for each, count in zip(labels, counts, strict=True)
    )


def _leave_out(picks: Rows, eligible: Flags) -> Flags:
    others = eligible.copy()
    others[picks] = False
    return others


def _rank_in_parts(market: Rows, values: Floats) -> Rows:
    """Return the fifth of its market that each value lies in, lowest 0; -1 where not known."""
    part = np.full(len(values), -1, dtype=np.intp)
    for each in np.unique(market):
        known = np.flatnonzero((market == each) & np.isfinite(values))
        if len(known):
            rank = np.argsort(np.argsort(values[known], kind="stable"), kind="stable")
            part[known] = rank * _PARTS // len(known)
    return part
