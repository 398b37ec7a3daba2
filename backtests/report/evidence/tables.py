"""Lays the evidence out for people and programs."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.entries import HitRate, Judgement, PickEvidence
from backtests.evidence.names import name_basket
from backtests.evidence.result import Evidence
from backtests.labels import caveat, sentence, title_of, word
from backtests.measures.inference import Interval
from backtests.provenance import told
from backtests.report.claims import claims_sheet
from backtests.report.document import Document, Kind, Sheet, Toned, plain_sheet, show
from backtests.report.evidence.data import to_json
from backtests.report.evidence.words import explain, explain_headline
from backtests.report.tables import make_sheet
from universes import Ledger
from universes.text import Language

_VERDICTS: Mapping[str, Kind] = {
    "basket": "name",
    "scored_of": "label",
    "mean": "points",
    "beat_market": "percent",
    "beat_sector": "percent",
    "beat_alike": "percent",
    "verdict": "label",
    "why": "text",
}
_PLACEBOS: Mapping[str, Kind] = {
    "basket": "name",
    "month": "number",
    "pool": "label",
    "mean": "points",
    "random_mean": "points",
    "random_low": "points",
    "random_high": "points",
    "percentile": "percent",
    "p_above": "chance",
    "controls": "number",
    "ended": "number",
    "covered": "label",
}
_SPLITS: Mapping[str, Kind] = {
    "basket": "name",
    "month": "number",
    "breadth": "points",
    "sector": "points",
    "selection": "points",
    "unsplit": "points",
    "mean": "points",
}
_TESTS: Mapping[str, Kind] = {
    "basket": "name",
    "month": "number",
    "interval": "label",
    "naive_t": "ratio",
    "naive_p": "chance",
    "corrected_t": "ratio",
    "corrected_p": "chance",
    "correlation": "ratio",
    "together_chance": "chance",
    "hit_rate": "label",
    "random_hits": "percent",
    "adjusted_p": "chance",
}
_PICKS: Mapping[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "sector": "name",
    "relative_return": "points",
    "adds": "points",
    "mean_without": "points",
    "percentile": "percent",
    "alpha_year": "points",
    "alpha_p": "chance",
    "model_beta": "ratio",
    "model_r2": "ratio",
    "model_count": "number",
}
_TONES = {"skilled": 1, "unskilled": -1, "cannot_tell": 0}
_BEST_SHOWN = 5


def lay_out_evidence(evidence: Evidence, ledger: Ledger, language: Language) -> Document:
    """Return the evidence, and the report's claims beside it, as a document in one language."""
    as_of = dt.date.fromisoformat(evidence.provenance["data"]["as_of"])
    lead = explain_headline(evidence, language)
    notes = [each.get(language) for each in evidence.caveats]
    if ledger.claims:
        notes.append(caveat("claims_apart", language))
    return Document(
        name="evidence",
        title=sentence("evidence_title", language, title=title_of(evidence.report, language)),
        data=to_json(evidence, ledger, as_of, language, lead),
        records=plain_sheet("rows", evidence.records()),
        sheets=tuple(_lay_out_sheets(evidence, ledger, as_of, language)),
        notes=notes,
        lead=lead,
    )


def _lay_out_sheets(
    evidence: Evidence, ledger: Ledger, as_of: dt.date, language: Language
) -> Iterator[Sheet]:
    judged, months = evidence.judgements, evidence.graded_horizon
    yield lay_out_verdicts(evidence, language)
    if any(placebo.draws for each in judged for placebo in each.placebos):
        yield make_sheet("placebo", _PLACEBOS, list(_list_placebos(evidence, language)), language)
    splits = [_show_split(each, evidence, language) for each in judged if each.split]
    if splits:
        whole = any(row["unsplit"] for row in splits)
        kinds = {key: kind for key, kind in _SPLITS.items() if whole or key != "unsplit"}
        yield make_sheet("split", kinds, splits, language)
    tests = [_show_tests(each, evidence, language) for each in judged if each.scored]
    if tests:
        yield make_sheet("tests", _TESTS, tests, language)
    picks = sorted(evidence.picks, key=lambda pick: -_sortable(pick.relative))
    rows = [_show_pick(pick, language) for pick in picks]
    yield make_sheet("evidence_picks", _PICKS, rows, language, months=months)
    yield _lay_out_influence(evidence, picks, language)
    if ledger.claims:
        yield claims_sheet(ledger, as_of, language)


def lay_out_verdicts(evidence: Evidence, language: Language) -> Sheet:
    """Return the verdict on each basket, and why, by horizon."""
    rows = list(_list_verdicts(evidence, language))
    return make_sheet("verdict", _VERDICTS, rows, language, grouped=True)


def _list_verdicts(evidence: Evidence, language: Language) -> Iterator[dict[str, Any]]:
    for months in evidence.trial.horizons:
        yield {"head": True, "basket": word("months", language, months=months)}
        for each in evidence.judgements:
            if each.horizon_months != months:
                continue
            beats = {f"beat_{p.pool}": told(p.percentile) for p in each.placebos}
            yield {
                "basket": _name(each, evidence, language),
                "scored_of": f"{each.scored}/{each.count}",
                "mean": told(each.mean),
                **beats,
                "verdict": Toned(word(each.verdict.word, language), _TONES[each.verdict.word]),
                "why": explain(each, evidence, language),
            }


def _list_placebos(evidence: Evidence, language: Language) -> Iterator[dict[str, Any]]:
    for each in evidence.judgements:
        for placebo in each.placebos:
            refused = word(f"refused_{placebo.refusal}", language) if placebo.refusal else None
            yield {
                "basket": _name(each, evidence, language),
                "month": each.horizon_months,
                "pool": word(f"compared_{placebo.pool}", language),
                "mean": told(placebo.mean),
                "random_mean": told(placebo.expected),
                "random_low": told(placebo.low),
                "random_high": told(placebo.high),
                "percentile": refused or told(placebo.percentile),
                "p_above": told(placebo.p_above),
                "controls": placebo.controls.count or None,
                "ended": placebo.controls.ended if placebo.controls.count else None,
                "covered": _spell_coverage(each, placebo, evidence),
            }


def _spell_coverage(each: Judgement, placebo: Placebo, evidence: Evidence) -> str | None:
    """Spell the shares that traded at entry, of all that are named in the basket's markets."""
    own = [market for market in evidence.coverage if market.benchmark in each.markets]
    if placebo.refusal or not all(market.named for market in own):
        return None
    return show(sum(m.found for m in own) / sum(m.named for m in own), "percent")


def _show_split(each: Judgement, evidence: Evidence, language: Language) -> dict[str, Any]:
    parts = each.split
    return {
        "basket": _name(each, evidence, language),
        "month": each.horizon_months,
        "breadth": parts and parts.breadth,
        "sector": parts and parts.sector,
        "selection": parts and parts.selection,
        "unsplit": parts and parts.unsplit,
        "mean": parts and parts.mean,
    }


def _show_tests(each: Judgement, evidence: Evidence, language: Language) -> dict[str, Any]:
    return {
        "basket": _name(each, evidence, language),
        "month": each.horizon_months,
        "interval": _spell_interval(each.interval),
        "naive_t": told(each.naive.statistic),
        "naive_p": told(each.naive.p_value),
        "corrected_t": told(each.corrected.statistic),
        "corrected_p": told(each.corrected.p_value),
        "correlation": told(each.correlation),
        "together_chance": told(each.together.chance),
        **_show_hits(each.hits),
        "adjusted_p": told(each.adjusted.above),
    }


def _show_hits(hits: HitRate) -> dict[str, Any]:
    if not hits.rated:
        return {}
    low, high = (show(bound, "percent") for bound in (hits.low, hits.high))
    return {
        "hit_rate": f"{hits.hits}/{hits.rated}, {low}–{high}",
        "random_hits": told(hits.random),
    }


def _spell_interval(interval: Interval) -> str | None:
    low, high = told(interval.low), told(interval.high)
    if low is None or high is None:
        return None
    return f"{show(low, 'points')} … {show(high, 'points')}"


def _show_pick(pick: PickEvidence, language: Language) -> dict[str, Any]:
    return {
        "symbol": pick.symbol,
        "name": pick.name.get(language),
        "sector": pick.sector,
        "relative_return": told(pick.relative),
        "adds": told(pick.share),
        "mean_without": told(pick.mean_without),
        "percentile": told(pick.percentile),
        "alpha_year": told(pick.model.alpha_annual),
        "alpha_p": told(pick.model.alpha_p),
        "model_beta": told(pick.model.beta),
        "model_r2": told(pick.model.r_squared),
        "model_count": pick.model.observations,
    }


def _lay_out_influence(
    evidence: Evidence, best_first: Sequence[PickEvidence], language: Language
) -> Sheet:
    """Show how the mean falls as the best picks are left out one after another."""
    rows = []
    for count, mean in enumerate(evidence.without_best[: _BEST_SHOWN + 1]):
        names = [pick.name.get(language) for pick in best_first[:count]]
        left_out = ", ".join(names) or word("without_nobody", language)
        rows.append({"left_out": left_out, "mean": told(float(mean))})
    kinds: dict[str, Kind] = {"left_out": "text", "mean": "points"}
    return make_sheet("influence", kinds, rows, language, months=evidence.graded_horizon)


def _name(each: Judgement, evidence: Evidence, language: Language) -> str:
    return name_basket(each.basket, evidence.report.themes).get(language)


def _sortable(value: float) -> float:
    return float("-inf") if told(value) is None else value
