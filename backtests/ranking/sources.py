"""Tells of each source what its calls earned over one horizon."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from backtests.kernel import GRADE_DECIMALS, Rows
from backtests.provenance import told
from backtests.ranking.chances import compare
from backtests.ranking.clusters import (
    ClusteredMean,
    OverlappingMean,
    clustered_mean,
    overlapping_mean,
)
from backtests.ranking.placebo import Standing
from backtests.ranking.pools import gather_pools
from backtests.ranking.prices import PriceSource
from backtests.ranking.result import Pooled, SourceScore
from backtests.ranking.scored import ScoredCalls
from backtests.ranking.shrinkage import Shrunk, shrink
from backtests.ranking.tallies import count_calls
from backtests.ranking.targets import Targets
from backtests.ranking.terms import RankTerms
from backtests.ranking.verdict import Grounds, SourceVerdict, judge_sources
from backtests.ranking.windows import Held
from backtests.spread import Workers
from screener import Panel
from screener.calendar import Days
from screener.companies.membership import SectorTables
from screener.panel import Floats
from screener.tasks.progress import Progress
from universes.rating import Basis

_DAYS_A_MONTH = 30.4375
_NEVER = np.datetime64("NaT", "D")
_JUDGED = {"above", "below", "chance", "overlap"}


@dataclass(frozen=True)
class Study:
    """What sources are judged on.

    Attributes
    ----------
    scored : ScoredCalls
        By source.
    targets : Targets
    panel : Panel
    sectors : SectorTables
    terms : RankTerms
    basis : {"price", "total"}
    source : PriceSource or None
    workers : Workers
    progress : Progress or None
    """

    scored: ScoredCalls
    targets: Targets
    panel: Panel
    sectors: SectorTables
    terms: RankTerms
    basis: Basis
    source: PriceSource | None
    workers: Workers
    progress: Progress | None


@dataclass(frozen=True)
class _Chances:
    """Of each source: where it stands among draws, its selection, and why it lacks a sector."""

    market: list[Standing | None]
    sector: list[Standing | None]
    selection: list[OverlappingMean]
    refusal: list[str]


def judge_horizon(study: Study, horizon: int) -> tuple[Pooled, list[SourceScore]]:
    """Return what all sources share at one horizon, and each source, by rank.

    Parameters
    ----------
    study : Study
    horizon : int
        Its place among the terms' horizons.
    """
    scored, calls = study.scored, study.scored.calls
    x, count = scored.x[:, horizon], len(calls.sources)
    counted = np.flatnonzero(np.isfinite(x))
    own = np.searchsorted(calls.source[counted], np.arange(count + 1))
    earned = _Earned(
        counted,
        x[counted],
        scored.plan.entry_day[counted],
        [slice(own[i], own[i + 1]) for i in range(count)],
    )
    shrunk = shrink(calls.source[counted], earned.days, earned.x, count)
    clustered = [clustered_mean(earned.x[part], earned.days[part]) for part in earned.parts]
    chances = _find_chances(study, horizon, earned)
    verdicts = judge_sources(_lay_grounds(scored, horizon, clustered, chances))
    tallies = count_calls(scored, study.targets, horizon)
    scores = [
        SourceScore(
            source=calls.sources[i],
            house=calls.houses[i],
            author=calls.authors[i],
            horizon_months=study.terms.horizons[horizon],
            rank=rank,
            **tallies[i],
            **_tell_mean(clustered[i], shrunk, i),
            **_tell_chances(chances, i),
            verdict=verdicts[i].word,
            reason=verdicts[i].reason,
        )
        for i, rank in _rank(shrunk.shrunk, calls.sources)
    ]
    return _pool(study.terms.horizons[horizon], shrunk, verdicts), scores


@dataclass(frozen=True)
class _Earned:
    """The calls that count over a horizon, by source: their places, x, entries and slices."""

    calls: Rows
    x: Floats
    days: Days
    parts: list[slice]


def _find_chances(study: Study, horizon: int, earned: _Earned) -> _Chances:
    scored, terms = study.scored, study.terms
    names, months = scored.calls.sources, terms.horizons[horizon]
    if not len(earned.calls):
        none: list[Standing | None] = [None] * len(names)
        nothing = overlapping_mean(earned.x, earned.days, _DAYS_A_MONTH)
        return _Chances(none, none, [nothing] * len(names), ["no_sectors"] * len(names))
    pools = gather_pools(
        _list_held(scored, horizon, earned.calls),
        scored.ratings.symbols,
        scored.benchmarks,
        scored.ratings.scales,
        study.panel,
        study.sectors,
        terms.convention(study.basis, (months,)),
        study.source,
        study.workers,
        study.progress,
    )
    stance = scored.stance[earned.calls]
    market, sector = compare(
        names,
        scored.calls.source[earned.calls],
        earned.x,
        stance,
        pools,
        terms.draws,
        terms.seed,
        study.workers,
        study.progress,
        f"draws, {months} months",
    )
    selection, refusal = [], []
    for i, part in enumerate(earned.parts):
        average = pools.sector_mean if sector[i] else pools.mean
        apart = (earned.x - stance * average)[part]
        kept = np.isfinite(apart)
        length = _DAYS_A_MONTH * months
        selection.append(overlapping_mean(apart[kept], earned.days[part][kept], length))
        any_sector = bool((pools.sector_size[part] > 0).any())
        refusal.append("" if sector[i] else "few_in_sectors" if any_sector else "no_sectors")
    return _Chances(market, sector, selection, refusal)


def _list_held(scored: ScoredCalls, horizon: int, calls: Rows) -> Held:
    asked, found = scored.asked.take(calls), scored.found
    schedule, entry = scored.scorer.schedule, found.entry[calls]
    end = schedule.ends[scored.scorer.calendar[asked.symbol], entry, horizon]
    return Held(
        symbol=asked.symbol,
        benchmark=asked.benchmark,
        standard=asked.standard,
        published=asked.published,
        entry_day=scored.plan.entry_day[calls],
        closed_on=np.where(asked.until < end, scored.calls.closed_on[calls], _NEVER),
    )


def _lay_grounds(
    scored: ScoredCalls, horizon: int, clustered: list[ClusteredMean], chances: _Chances
) -> Grounds:
    calls = scored.calls
    was_scored, pending = scored.scored[:, horizon], scored.pending[:, horizon]
    standings = list(zip(chances.market, chances.sector, strict=True))
    return Grounds(
        calls=np.array([each.count for each in clustered]),
        scored=np.bincount(calls.source[was_scored], minlength=len(calls.sources)),
        unscored=np.bincount(calls.source[~was_scored & ~pending], minlength=len(calls.sources)),
        dates=np.array([each.dates for each in clustered]),
        refusals=chances.refusal,
        above=np.array([[_above(market), _above(sector)] for market, sector in standings]),
        below=np.array([[_below(market), _below(sector)] for market, sector in standings]),
        selection=np.array([each.p for each in chances.selection]),
    )


def _above(standing: Standing | None) -> float:
    return standing.above if standing else np.nan


def _below(standing: Standing | None) -> float:
    return standing.below if standing else np.nan


def _tell_mean(clustered: ClusteredMean, shrunk: Shrunk, i: int) -> dict[str, Any]:
    centre, half = shrunk.shrunk[i], shrunk.half_width[i]
    return {
        "mean": told(clustered.mean),
        "dates": clustered.dates,
        "t": told(clustered.t),
        "p": told(clustered.p),
        "shrunk": told(centre),
        "shrunk_low": told(centre - half),
        "shrunk_high": told(centre + half),
    }


def _tell_chances(chances: _Chances, i: int) -> dict[str, Any]:
    market, sector, own = chances.market[i], chances.sector[i], chances.selection[i]
    return {
        "market_percentile": market.percentile if market else None,
        "market_p": market.above if market else None,
        "sector_percentile": sector.percentile if sector else None,
        "sector_p": sector.above if sector else None,
        "selection": told(own.mean),
        "selection_t": told(own.t),
        "selection_p": told(own.p),
    }


def _pool(months: int, shrunk: Shrunk, verdicts: Sequence[SourceVerdict]) -> Pooled:
    return Pooled(
        months,
        int(np.isfinite(shrunk.shrunk).sum()),
        sum(each.reason in _JUDGED for each in verdicts),
        told(shrunk.mu),
        told(math.sqrt(shrunk.tau2)),
        told(math.sqrt(shrunk.day_variance)),
        told(math.sqrt(shrunk.noise_variance)),
    )


def _rank(means: Floats, names: Sequence[str]) -> Iterator[tuple[int, int | None]]:
    """Yield places from the best mean to the worst with their ranks, those without one last."""
    # as on paper, whatever binary arithmetic makes of it
    means = np.round(means, GRADE_DECIMALS)
    order = sorted(range(len(names)), key=lambda i: (_from_best(float(means[i])), names[i]))
    for i in order:
        better = int((means > means[i]).sum())
        yield i, None if np.isnan(means[i]) else 1 + better


def _from_best(mean: float) -> float:
    return math.inf if math.isnan(mean) else -float(mean)
