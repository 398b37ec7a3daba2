"""Two series of one security: do they agree where they overlap, and if not, why."""

from dataclasses import dataclass

import numpy as np

from screener.bars import Bars
from screener.calendar import Days
from screener.panel import Floats
from screener.quality.finding import Finding
from screener.quality.rules import find
from universes import Symbol

LEAST_OVERLAP = 10
_PRICES = ("close", "open", "high", "low")
# where no tick is kept, levels are published to the hundredth
_DECIMALS = 2
# vendors hand on 32-bit figures
_SINGLE_PRECISION = 2e-7
_ALIKE = 0.5
_MOST = 0.9
_SAME_RATIO = 0.003
_UNITS = {100.0: "per 100", 7.8: "USD against HKD", 7.1: "USD against CNY", 1.08: "CNY against HKD"}
_UNIT_SLACK = 0.03
_LOTS = 100.0
_LOTS_SLACK = 0.05
_VOLUME_SLACK = 0.01
_STILL = 1e-12
_SAME_DIFFERENCE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """What comparing two series gave.

    Attributes
    ----------
    findings : tuple of Finding
    dates : ndarray of datetime64[D]
        Sessions on which their prices disagree.
    """

    findings: tuple[Finding, ...]
    dates: Days


def compare_bars(kept: Bars, offered: Bars, kept_rows: int | None = None) -> Comparison:
    """Compare an offer with what is kept, over all the sessions they share.

    Raw prices must agree within half a tick. An adjusted series is rescaled at every
    dividend, so of two of the same basis only the moves are compared; as the new one takes the
    kept one's place, it must have all its days.

    Parameters
    ----------
    kept, offered : Bars
        Of one security and basis, ascending.
    kept_rows : int, optional
        Rows of the whole series kept, where ``kept`` is a part of it.
    """
    dates, own, other = np.intersect1d(kept.dates, offered.dates, return_indices=True)
    least = min(LEAST_OVERLAP, kept_rows if kept_rows is not None else len(kept))
    if len(dates) < least:
        said = f"{len(dates)} sessions in common with {len(kept)} kept ones, {least} are needed"
        return Comparison((find("overlap_too_short", kept.symbol, None, said),), dates[:0])
    if not len(dates):
        return Comparison((), dates)
    first, second = kept.take(own), offered.take(other)
    if kept.currency != offered.currency:
        said = f"offered in {offered.currency}, kept in {kept.currency}"
        return Comparison((find("other_unit", kept.symbol, None, said),), dates)
    if kept.basis != "raw":
        return _compare_adjusted(kept, offered, first, second)
    apart = _disagreeing(first, second)
    findings = [_diagnose(first, second, apart)] if apart.any() else []
    if not findings or findings[0].code != "wrong_instrument":
        findings += [*_find_vanished(kept, offered), *_find_volume(first, second)]
    return Comparison(tuple(findings), dates[apart])


def _compare_adjusted(kept: Bars, offered: Bars, first: Bars, second: Bars) -> Comparison:
    """Compare what rescaling leaves alone: the days, and the moves between them.

    A dividend rescales all earlier prices by one factor, or shifts them by one amount, and so
    leaves every return, or difference, as it was but for the rounding of the closes.
    """
    gone = kept.dates[~np.isin(kept.dates, offered.dates)]
    if len(gone):
        said = f"{len(gone)} of {len(kept)} sessions that are kept are missing from the new series"
        return Comparison((find("history_lost", kept.symbol, gone[0], said),), gone[:0])
    if strange := _find_stranger(first, second):
        return Comparison(tuple(strange), first.dates)
    tick = 10.0 ** -min(_decimals_of(first), _decimals_of(second))
    if kept.basis == "additive":
        moves = np.abs(np.diff(first.close) - np.diff(second.close))
        slack = np.full(len(moves), 2.0 * tick)
    else:
        moves = np.abs(np.diff(np.log(first.close)) - np.diff(np.log(second.close)))
        lowest = np.minimum(first.close, second.close)
        slack = 2.0 * tick / np.minimum(lowest[1:], lowest[:-1])
    apart = np.append(False, moves > slack * 1.01 + _SINGLE_PRECISION)
    if not apart.any():
        return Comparison((), first.dates[:0])
    row = int(apart.argmax())
    said = (
        f"{int(apart.sum())} moves differ from those kept: on {first.dates[row]} from"
        f" {first.close[row - 1]:g} to {first.close[row]:g} is kept, from"
        f" {second.close[row - 1]:g} to {second.close[row]:g} offered"
    )
    finding = find("revised_rows", first.symbol, first.dates[row], said)
    return Comparison((finding,), first.dates[apart])


def _decimals_of(bars: Bars) -> int:
    """Return how finely closes are kept: to the first place that rounding leaves alone, 2 to 4."""
    for decimals in (_DECIMALS, _DECIMALS + 1):
        if np.allclose(bars.close, np.round(bars.close, decimals), rtol=1e-9, atol=0):
            return decimals
    return _DECIMALS + 2


def _disagreeing(first: Bars, second: Bars) -> np.ndarray:
    """Return the rows on which any price that both have differs by more than half a tick."""
    decimals = Symbol.parse(first.symbol).exchange.price_decimals or _DECIMALS
    slack = 0.5 * 10.0**-decimals * 1.001 + _SINGLE_PRECISION * np.abs(first.close)
    apart = np.zeros(len(first), dtype=np.bool_)
    for name in _PRICES:
        apart |= np.abs(getattr(first, name) - getattr(second, name)) > slack
    return apart


def _diagnose(first: Bars, second: Bars, apart: np.ndarray) -> Finding:
    row = int(apart.argmax())
    day, count = first.dates[row], int(apart.sum())
    name = next(each for each in _PRICES if getattr(first, each)[row] != getattr(second, each)[row])
    both = (
        f"on {day} the {name} kept is {getattr(first, name)[row]:g} ({first.source}), offered"
        f" {getattr(second, name)[row]:g} ({second.source})"
    )
    many = count > _MOST * len(first)
    if strange := _find_stranger(first, second):
        return strange[0]
    ratio = second.close / first.close
    middle = float(np.median(ratio))
    spread = float(np.median(np.abs(ratio / middle - 1)))
    if many and spread < _SAME_RATIO and abs(middle - 1) > _SAME_RATIO:
        said = f"all closes are {middle:.4g} times those kept{_name_unit(middle)}: {both}"
        return find("other_unit", first.symbol, day, said)
    kind = _name_basis(first, second, apart)
    if kind:
        said = f"{count} of {len(first)} shared rows are {kind} against those kept: {both}"
        return find("other_basis", first.symbol, day, said)
    said = f"{count} of {len(first)} shared rows disagree: {both}"
    return find("revised_rows", first.symbol, day, said)


def _find_stranger(first: Bars, second: Bars) -> list[Finding]:
    """Find that the two do not move together: one of them is another security."""
    if len(first) <= LEAST_OVERLAP // 2:
        return []
    own, other = (np.diff(np.log(np.maximum(each.close, 1e-9))) for each in (first, second))
    apart = float(np.median(np.abs(own - other)))
    rounding = 2 * 10.0**-_DECIMALS / float(min(np.median(first.close), np.median(second.close)))
    if apart <= rounding:
        return []  # moves as small as the tick tell nothing
    # ranks of moves, so that one splice or wrong row does not decide
    alike = _rank_correlation(own, other)
    level = float(np.median(second.close / first.close))
    if alike > _ALIKE:
        return []
    said = (
        f"it does not move with what is kept (rank correlation {alike:.2f}), at {level:.3g} times"
        f" its level: on {first.dates[0]} {first.close[0]:g} is kept, {second.close[0]:g} offered"
    )
    return [find("wrong_instrument", first.symbol, first.dates[0], said)]


def _rank_correlation(first: Floats, second: Floats) -> float:
    """Spearman's rank correlation, ties in the order they stand; 0 where one does not vary."""
    if np.ptp(first) < _STILL or np.ptp(second) < _STILL:
        return 0.0
    ranks = [np.argsort(np.argsort(each, kind="stable"), kind="stable") for each in (first, second)]
    first, second = (each - each.mean() for each in ranks)
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _name_unit(ratio: float) -> str:
    for unit, name in _UNITS.items():
        for known in (unit, 1 / unit):
            if abs(ratio / known - 1) < _UNIT_SLACK:
                return f" ({name})"
    return ""


def _name_basis(first: Bars, second: Bars, apart: np.ndarray) -> str:
    """Tell an adjustment by its mark: a ratio, or a difference, that changes on few days."""
    if apart.sum() < LEAST_OVERLAP:
        return ""
    steps = {
        "multiplicatively adjusted": np.diff(np.log(second.close / first.close)),
        "additively adjusted": np.diff(second.close - first.close) / first.close[1:],
    }
    tick = 2.0 * 10.0**-_DECIMALS / first.close[1:]
    quiet = {name: float(np.mean(np.abs(step) <= tick)) for name, step in steps.items()}
    best = max(quiet, key=lambda name: quiet[name])
    # a rounded difference stays put exactly, a rounded ratio only nearly
    exact = float(np.mean(np.abs(np.diff(second.close - first.close)) < _SAME_DIFFERENCE))
    if exact > _MOST:
        best = "additively adjusted"
    return best if quiet[best] > _MOST else ""


def _find_vanished(kept: Bars, offered: Bars) -> list[Finding]:
    inside = (kept.dates >= offered.dates[0]) & (kept.dates <= offered.dates[-1])
    gone = kept.dates[inside & ~np.isin(kept.dates, offered.dates)]
    if not len(gone):
        return []
    said = f"{len(gone)} sessions that are kept are not offered any more"
    return [find("vanished_rows", kept.symbol, gone[0], said)]


def _find_volume(first: Bars, second: Bars) -> list[Finding]:
    traded = (first.volume > 0) & (second.volume > 0)
    if not traded.any():
        return []
    ratio = second.volume[traded] / first.volume[traded]
    middle = float(np.median(ratio))
    row = int(np.flatnonzero(traded)[0])
    both = (
        f"on {first.dates[row]} the volume kept is {first.volume[row]:g} ({first.source}),"
        f" offered {second.volume[row]:g} ({second.source})"
    )
    for lots in (_LOTS, 1 / _LOTS):
        if abs(middle / lots - 1) < _LOTS_SLACK:
            said = f"the volume is {middle:.3g} times the one kept: {both}"
            return [find("volume_in_lots", first.symbol, first.dates[row], said)]
    apart = np.abs(ratio - 1) > _VOLUME_SLACK
    if not apart.any():
        return []
    row = int(np.flatnonzero(traded)[apart.argmax()])
    said = (
        f"{int(apart.sum())} volumes differ: on {first.dates[row]} {first.volume[row]:g} is kept,"
        f" {second.volume[row]:g} offered"
    )
    return [find("volume_revised", first.symbol, first.dates[row], said)]
