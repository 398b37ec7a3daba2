"""Judges each basket over each horizon, and each pick."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from backtests.evidence.baskets import Basket, list_baskets
from backtests.evidence.case import Case
from backtests.evidence.chance.placebo import Placebo, compare_with_random, percentile_of
from backtests.evidence.chance.together import Together, compare_moves
from backtests.evidence.entries import HitRate, Judgement, PickEvidence
from backtests.evidence.split import Split, split_mean
from backtests.evidence.verdict import Chances, find_hindrance, judge
from backtests.kernel import Rows
from backtests.measures.inference import (
    ScaledReturns,
    average_correlation,
    false_discoveries,
    kolari_pynnonen,
    leave_one_out,
    mean_interval,
    t_test,
)
from backtests.outcome import Outcome
from backtests.summary import wilson_interval


def judge_baskets(case: Case) -> tuple[Judgement, ...]:
    """Judge each basket; by horizon, then all picks, markets, themes and levels."""
    baskets = list(list_baskets(case.report, case.population))
    placebos = [_compare(case, basket) for basket in baskets]
    together = [_compare_moves(case, basket) for basket in baskets]
    judged = []
    for h in range(len(case.trial.horizons)):
        scaled = case.returns.scale(h)
        own = [
            _judge(case, basket, h, tuple(pool[h] for pool in compared), moves, scaled)
            for basket, compared, moves in zip(baskets, placebos, together, strict=True)
        ]
        judged.extend(_adjust_themes(own))
    return tuple(judged)


def weigh_picks(case: Case) -> Iterator[PickEvidence]:
    """Yield what can be said of each pick at the graded horizon, in the report's order."""
    population, h = case.population, case.trial.horizons.index(case.graded_horizon)
    relative = population.relative[:, h]
    own = relative[population.picks]
    scored = int(np.isfinite(own).sum())
    rest, models = leave_one_out(own), case.returns.fit(h)
    themes = [theme.id for theme in case.report.themes for _ in theme.picks]
    for k, (pick, place) in enumerate(zip(case.report.picks, population.picks, strict=True)):
        others = population.controls & (population.benchmark == population.benchmark[place])
        there = relative[others & np.isfinite(relative)]
        told = np.isfinite(own[k]) and len(there)
        yield PickEvidence(
            symbol=str(pick.symbol),
            name=pick.name,
            theme=themes[k],
            level=pick.level,
            sector=case.membership.sector[place],
            relative=float(own[k]),
            share=float(own[k] / scored) if scored else np.nan,
            mean_without=float(rest[k]),
            percentile=percentile_of(float(own[k]), there) if told else np.nan,
            model=models[k],
        )


def _compare(case: Case, basket: Basket) -> list[list[Placebo]]:
    """Compare a basket with random ones: for each pool, at each horizon."""
    trial = case.trial
    picks = case.population.picks[basket.picks]
    return [
        compare_with_random(
            case.population, pool, picks, case.promise, trial.draws, trial.seed, trial.workers
        )
        for pool in (case.market, case.sector, case.alike)
    ]


def _compare_moves(case: Case, basket: Basket) -> Together:
    population, trial = case.population, case.trial
    picks = population.picks[basket.picks]
    return compare_moves(
        case.moves, case.sector, picks, population.controls, trial.band_draws, trial.seed
    )


def _judge(
    case: Case,
    basket: Basket,
    h: int,
    placebos: tuple[Placebo, ...],
    together: Together,
    scaled: ScaledReturns,
) -> Judgement:
    population, trial = case.population, case.trial
    relative = population.relative[:, h]
    picks = population.picks[basket.picks]
    own = relative[picks]
    known = own[np.isfinite(own)]
    outcome = population.scores.outcome[picks, h]
    used = basket.picks[np.isfinite(scaled.scaled[basket.picks])]
    correlation = average_correlation(scaled.residuals[:, used]).mean
    return Judgement(
        basket=basket,
        markets=tuple(population.benchmarks[n] for n in np.unique(population.benchmark[picks])),
        horizon_months=trial.horizons[h],
        count=len(own),
        scored=len(known),
        pending=sum(Outcome(int(code)).status == "pending" for code in outcome),
        mean=float(known.mean()) if len(known) else np.nan,
        median=float(np.median(known)) if len(known) else np.nan,
        interval=mean_interval(known, trial.seed, trial.resamples),
        hits=_count_hits(case, basket, h),
        placebos=placebos,
        split=_split(case, picks, h),
        together=together,
        naive=t_test(known),
        corrected=kolari_pynnonen(scaled.scaled[used], correlation),
        correlation=correlation,
        adjusted=Chances(),
        verdict=judge(len(own), len(known), placebos, together),
    )


def _split(case: Case, picks: Rows, h: int) -> Split | None:
    relative = case.population.relative[:, h]
    scored = np.isfinite(relative)
    own = picks[scored[picks]]
    markets = np.isin(case.population.benchmark, case.population.benchmark[own])
    if not (scored & markets & case.population.controls).any():
        return None
    return split_mean(relative, case.market, case.sector, own, scored, case.population.controls)


def _count_hits(case: Case, basket: Basket, h: int) -> HitRate:
    """Count hits of the recommended picks, and of all controls of their markets."""
    population = case.population
    kept = np.array([band.hit for band in reversed(case.scale.company)])
    grade = population.scores.grade[:, h]
    hit = (grade >= 0) & kept[grade]
    recommended = [k for k in basket.picks if case.report.picks[k].level == "recommend"]
    rated = population.picks[recommended]
    rated = rated[grade[rated] >= 0]
    if not len(rated):
        return HitRate(0, 0, np.nan, np.nan, np.nan)
    hits = int(hit[rated].sum())
    scored = population.controls & (grade >= 0)
    rates = []
    for market in population.benchmark[rated]:
        there = scored & (population.benchmark == market)
        rates.append(hit[there].mean() if there.any() else np.nan)
    return HitRate(len(rated), hits, *wilson_interval(hits, len(rated)), float(np.mean(rates)))


def _adjust_themes(judged: Sequence[Judgement]) -> list[Judgement]:
    """Adjust the themes' p-values for the number of themes that are judged side by side.

    A theme that cannot be judged is none of them: its p-value would loosen the others' bounds.
    """
    themes = [
        n
        for n, each in enumerate(judged)
        if each.basket.group == "theme"
        and not find_hindrance(each.count, each.scored, each.placebos, each.together)
    ]
    own = [Chances.of(judged[n].placebos) for n in themes]
    above, short = (
        false_discoveries(np.array([getattr(each, name) for each in own]))
        for name in ("above", "short")
    )
    adjusted = list(judged)
    for place, n in enumerate(themes):
        each, chances = judged[n], Chances(float(above[place]), float(short[place]))
        verdict = judge(each.count, each.scored, each.placebos, each.together, chances)
        adjusted[n] = replace(each, adjusted=chances, verdict=verdict)
    return adjusted
