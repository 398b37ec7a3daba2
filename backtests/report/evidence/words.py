"""Says in words what the verdict on a basket is, and why."""

import math

from backtests.evidence.entries import Judgement
from backtests.evidence.names import name_basket
from backtests.evidence.result import Evidence
from backtests.evidence.verdict import FEWEST_PICKS, Chances
from backtests.labels import sentence, term
from backtests.provenance import told
from backtests.report.document import show
from universes.text import Language


def explain_headline(evidence: Evidence, language: Language) -> str:
    """Return the verdict on all picks at the graded horizon, and why, as one paragraph."""
    each = evidence.judgement()
    return sentence(
        "headline_verdict",
        language,
        basket=name_basket(each.basket, evidence.report.themes),
        months=each.horizon_months,
        verdict=term(each.verdict.word),
        why=explain(each, evidence, language),
    )


def explain(each: Judgement, evidence: Evidence, language: Language) -> str:
    """Return the sentence that says why a verdict was given."""
    by_pool = {placebo.pool: placebo for placebo in each.placebos}
    own = Chances.of(each.placebos)
    reason = each.verdict.reason
    return sentence(
        "why_pending" if reason == "unscored" and each.pending else f"why_{reason}",
        language,
        count=each.count,
        scored=each.scored,
        pending=each.pending,
        as_of=evidence.provenance["data"]["as_of"],
        least=FEWEST_PICKS,
        promise=f"{100 * evidence.promise:.0f}",
        chance=_share(own.above),
        short=_share(own.short),
        beat=_share(by_pool["market"].percentile),
        as_good=_share(by_pool["market"].p_above),
        sector_as_good=_share(by_pool["sector"].p_above),
        alike_as_good=_share(by_pool["alike"].p_above),
        together=show(each.together.correlation, "ratio"),
        apart=show(each.together.random, "ratio"),
        bar=show(by_pool["market"].high, "points"),
        above=show(told(each.adjusted.above), "chance"),
        wrong=show(told(each.adjusted.short), "chance"),
        wider=_widen(each.together.spread),
        named=", ".join(by_pool["market"].widened),
    )


def _widen(spread: float) -> str:
    return "" if math.isnan(spread) else f"{100 * (spread - 1):.0f}%"


def _share(value: float) -> str:
    return f"{100 * value:.1f}%"
