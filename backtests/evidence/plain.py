"""Spells what is found as JSON values; returns are fractions, what is not told is None."""

from dataclasses import asdict
from typing import Any

from backtests.evidence.chance.paths import EventPath
from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.controls.coverage import Coverage
from backtests.evidence.entries import HitRate, Judgement, PickEvidence
from backtests.evidence.split import Split
from backtests.measures.inference import TTest
from backtests.provenance import told
from screener.panel import Floats


def describe_judgement(each: Judgement) -> dict[str, Any]:
    """Return which basket was judged over which horizon, its mean and the verdict."""
    return {
        "group": each.basket.group,
        "key": each.basket.key,
        "horizon_months": each.horizon_months,
        "count": each.count,
        "scored": each.scored,
        "pending": each.pending,
        "mean": told(each.mean),
        "median": told(each.median),
        "low": told(each.interval.low),
        "high": told(each.interval.high),
        "verdict": each.verdict.word,
        "reason": each.verdict.reason,
        "adjusted_above": told(each.adjusted.above),
        "adjusted_short": told(each.adjusted.short),
    }


def describe_placebo(each: Placebo) -> dict[str, Any]:
    """Return a comparison with random baskets, without its histogram."""
    return {
        "pool": each.pool,
        "random_mean": told(each.expected),
        "random_low": told(each.low),
        "random_median": told(each.middle),
        "random_high": told(each.high),
        "percentile": told(each.percentile),
        "p_above": told(each.p_above),
        "p_short": told(each.p_short),
        "draws": each.draws,
        "controls": each.controls.count,
        "late": each.controls.late,
        "ended": each.controls.ended,
        "unlisted": each.controls.unlisted,
        "widened": ", ".join(each.widened),
        "refusal": each.refusal,
    }


def describe_tests(each: Judgement) -> dict[str, Any]:
    """Return the naive test, the corrected one and the hit rate of a basket."""
    return {
        "naive": _describe_test(each.naive),
        "corrected": _describe_test(each.corrected),
        "correlation": told(each.correlation),
        "together": {
            "correlation": told(each.together.correlation),
            "random": told(each.together.random),
            "chance": told(each.together.chance),
            "spread": told(each.together.spread),
        },
        "hits": _describe_hits(each.hits),
    }


def describe_split(each: Split) -> dict[str, Any]:
    """Return the parts of a mean."""
    return {
        "breadth": each.breadth,
        "sector": each.sector,
        "selection": each.selection,
        "unsplit": each.unsplit,
        "unsplit_picks": len(each.unsplit_picks),
        "mean": each.mean,
    }


def describe_pick(each: PickEvidence) -> dict[str, Any]:
    """Return what is found of one pick."""
    model = each.model
    return {
        "symbol": each.symbol,
        "theme": each.theme,
        "level": each.level,
        "sector": each.sector,
        "relative": told(each.relative),
        "adds": told(each.share),
        "mean_without": told(each.mean_without),
        "percentile": told(each.percentile),
        "alpha_per_period": told(model.alpha_per_period),
        "alpha_annual": told(model.alpha_annual),
        "alpha_se": told(model.alpha_se),
        "alpha_p": told(model.alpha_p),
        "beta": told(model.beta),
        "beta_se": told(model.beta_se),
        "beta_p": told(model.beta_p),
        "r_squared": told(model.r_squared),
        "observations": model.observations,
        "lags": model.lags,
    }


def describe_path(each: EventPath) -> dict[str, Any]:
    """Return the event path: its dates, and a list of as many figures for each line."""
    return {
        "dates": [str(day) for day in each.dates],
        "mean": _list_figures(each.mean),
        "picks": each.counted.tolist(),
        "low": _list_figures(each.low),
        "middle": _list_figures(each.middle),
        "high": _list_figures(each.high),
        "draws": each.draws,
        "exits": {str(months): str(day) for months, day in each.exits},
    }


def describe_coverage(each: Coverage) -> dict[str, Any]:
    """Return how much of a market the controls are."""
    return {**asdict(each), "share": told(each.share)}


def _describe_test(each: TTest) -> dict[str, Any]:
    return {
        "statistic": told(each.statistic),
        "p_value": told(each.p_value),
        "count": each.count,
    }


def _describe_hits(each: HitRate) -> dict[str, Any]:
    return {
        "rated": each.rated,
        "hits": each.hits,
        "low": told(each.low),
        "high": told(each.high),
        "random": told(each.random),
    }


def _list_figures(values: Floats) -> list[float | None]:
    return [told(value) for value in values.tolist()]
