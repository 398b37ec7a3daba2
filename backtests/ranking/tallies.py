"""Counts the calls of each source: what became of them, hits, targets, grades."""

from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.kernel import Rows
from backtests.ranking.calibration import calibrate
from backtests.ranking.scored import ScoredCalls
from backtests.ranking.targets import Targets
from backtests.schedule import Flags
from backtests.summary import wilson_interval


def count_calls(scored: ScoredCalls, targets: Targets, horizon: int) -> list[dict[str, Any]]:
    """Return for each source its counts and rates, by the names that `SourceScore` has for them.

    Parameters
    ----------
    scored : ScoredCalls
        By source.
    targets : Targets
    horizon : int
        Its place among those scored.
    """
    calls, was_scored = scored.calls, scored.scored[:, horizon]
    pending = scored.pending[:, horizon]
    counted = was_scored & (scored.stance != 0)
    told, found = targets.at(horizon)
    asked = np.flatnonzero(told)
    ratings = 1 + calls.reiterations
    counts = {
        "ratings": _add(scored, ratings),
        "calls": _add(scored, np.ones(len(calls))),
        "scored": _add(scored, was_scored),
        "pending": _add(scored, pending),
        "unscored": _add(scored, ~was_scored & ~pending),
        "n": _add(scored, counted),
        "hits": _add(scored, counted & scored.hit[:, horizon]),
        "targets": _add(scored, ~found.untold, asked),
        "targets_untold": _add(scored, found.untold, asked),
        "target_at": _add(scored, found.reached_at, asked),
        "target_before": _add(scored, found.reached_before, asked),
    }
    bullish = _add(scored, ratings * (scored.stance == 1))
    bounds = np.searchsorted(calls.source, np.arange(len(calls.sources) + 1))
    tallies = []
    for i in range(len(calls.sources)):
        own = slice(bounds[i], bounds[i + 1])
        standard = int(scored.asked.standard[own][0])
        row = {name: int(column[i]) for name, column in counts.items()}
        tallies.append(
            {
                **row,
                **_rate(row["hits"], row["n"]),
                "scale": scored.ratings.scales[standard].id,
                "own_standard": bool(scored.ratings.own_standard[calls.rating[own][0]]),
                "bullish_share": float(bullish[i] / row["ratings"]),
                "calibration": _calibrate(scored, own, was_scored[own], horizon),
            }
        )
    return tallies


def _add(scored: ScoredCalls, weights: npt.ArrayLike, calls: Rows | None = None) -> Rows:
    """Return the sum of whole numbers over the calls of each source."""
    source = scored.calls.source if calls is None else scored.calls.source[calls]
    sums = np.bincount(source, np.asarray(weights, np.float64), len(scored.calls.sources))
    return sums.astype(np.intp)


def _rate(hits: int, count: int) -> dict[str, float | None]:
    if not count:
        return {"hit_rate": None, "hit_low": None, "hit_high": None}
    low, high = wilson_interval(hits, count)
    return {"hit_rate": hits / count, "hit_low": low, "hit_high": high}


def _calibrate(scored: ScoredCalls, own: slice, was_scored: Flags, horizon: int) -> tuple[Any, ...]:
    standard = scored.ratings.scales[int(scored.asked.standard[own][0])]
    given = scored.ratings.band[scored.calls.rating[own]][was_scored]
    earned = scored.found.grade[own, horizon][was_scored]
    return calibrate(given, earned, len(standard.company)).records(standard)
