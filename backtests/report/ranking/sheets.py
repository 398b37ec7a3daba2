"""Lays the tables of a ranking out."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backtests.labels import sentence, word
from backtests.ranking.pooled import best_and_worst, pool_grades
from backtests.ranking.result import BandCount, Ranking, SourceScore
from backtests.report.document import Column, Kind, Sheet
from backtests.report.ranking.words import (
    name_grade,
    name_standard,
    name_whom,
    spell_interval,
    spell_shares,
    spell_verdict,
)
from universes.text import Language

_RANKING: Mapping[str, Kind] = {
    "rank": "number",
    "n": "number",
    "hit_rate": "percent",
    "hit_interval": "label",
    "mean": "points",
    "shrunk": "points",
    "shrunk_interval": "label",
    "verdict": "label",
}
_WIDE: Mapping[str, Kind] = {
    "rank": "number",
    "verdict": "label",
    "n": "number",
    "shrunk": "points",
    "shrunk_interval": "label",
    "mean": "points",
    "market_percentile": "percent",
    "sector_percentile": "percent",
    "selection": "points",
    "hit_rate": "percent",
    "hit_interval": "label",
    "t": "ratio",
    "bullish_share": "percent",
    "standard": "name",
}
CHANCE: Mapping[str, Kind] = {
    "t": "ratio",
    "p": "chance",
    "market_percentile": "percent",
    "market_p": "chance",
    "sector_percentile": "percent",
    "sector_p": "chance",
    "selection": "points",
    "selection_t": "ratio",
    "selection_p": "chance",
}
TARGETS: Mapping[str, Kind] = {
    "targets": "number",
    "target_at": "number",
    "target_at_share": "percent",
    "target_before": "number",
    "target_before_share": "percent",
    "targets_untold": "number",
}
_HORIZONS: Mapping[str, Kind] = {
    "rank": "number",
    "n": "number",
    "hit_rate": "percent",
    "mean": "points",
    "shrunk": "points",
    "shrunk_interval": "label",
    "verdict": "label",
}
# of each end of the ranking, where there are more sources than a terminal should show
_SHOWN_OF_AN_END = 20


def make_table(
    name: str,
    kinds: Mapping[str, Kind],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    *,
    grouped: bool = False,
    **values: object,
) -> Sheet:
    """Make a table of the columns that hold anything, as `tables.make_sheet`.

    Labels and title are those of the ranking: ``ranking_KEY`` and ``ranking_NAME_title``.
    """
    columns = [
        Column(key, word(f"ranking_{key}", language), kind)
        for key, kind in kinds.items()
        if any(row.get(key) is not None for row in rows)
    ]
    title = sentence(f"ranking_{name}_title", language, **values)
    return Sheet(name, title, columns, rows, grouped)


def list_sheets(ranking: Ranking, language: Language, *, wide: bool) -> Iterator[Sheet]:
    """Yield a ranking's tables; parameters as of `pages.lay_out_ranking`."""
    scores = ranking.ranked if wide else choose_shown(ranking)
    yield _lay_out_sources(ranking, scores, language, wide=wide)
    if not wide:
        yield _lay_out_chance(ranking, scores, language)
    targets = [each for each in scores if each.targets or each.targets_untold]
    if targets:
        rows = [{ranking.by: each.source, **show_targets(each)} for each in targets]
        kinds: dict[str, Kind] = {ranking.by: "name", **TARGETS}
        yield make_table("targets", kinds, rows, language, months=ranking.at)
    for number, pooled in enumerate(pool_grades(ranking.ranked), 1):
        name = f"calibration_{number}"
        yield lay_out_grades(name, pooled.scale, pooled.grades, ranking.at, language)
    if ranking.rejected:
        yield _lay_out_rejected(ranking, language)
    if len(ranking.horizons) > 1:
        yield _lay_out_horizons(ranking, {each.source for each in scores}, language)


def choose_shown(ranking: Ranking) -> Sequence[SourceScore]:
    """Return the sources that a terminal shows: all, or the best and the worst of many."""
    if len(ranking.ranked) <= 2 * _SHOWN_OF_AN_END:
        return ranking.ranked
    best, worst = best_and_worst(ranking.ranked, _SHOWN_OF_AN_END)
    return (*best, *worst)


def show_score(score: SourceScore, language: Language) -> dict[str, Any]:
    """Return the cells of a source at one horizon."""
    standard = name_standard(score.scale, language)
    common = word("ranking_common", language, standard=standard)
    own = "own" if score.own_standard else "common"
    return {
        "rank": score.rank,
        "standard": standard if score.own_standard else common,
        "graded_by": word(f"ranking_graded_by_{own}", language),
        "n": score.n,
        "ratings": score.ratings,
        "calls": score.calls,
        "scored": score.scored,
        "pending": score.pending,
        "unscored": score.unscored,
        "dates": score.dates,
        "hit_rate": score.hit_rate,
        "hit_interval": spell_shares(score.hit_low, score.hit_high),
        "mean": score.mean,
        "shrunk": score.shrunk,
        "shrunk_interval": spell_interval(score.shrunk_low, score.shrunk_high),
        "bullish_share": score.bullish_share,
        "verdict": spell_verdict(score, language),
        **{key: getattr(score, key) for key in CHANCE},
    }


def show_targets(score: SourceScore) -> dict[str, Any]:
    """Return the cells of a source's target prices at one horizon."""
    return {
        "targets": score.targets,
        "target_at": score.target_at,
        "target_at_share": score.target_at / score.targets if score.targets else None,
        "target_before": score.target_before,
        "target_before_share": score.target_before / score.targets if score.targets else None,
        "targets_untold": score.targets_untold,
    }


def _show_each(
    ranking: Ranking, scores: Sequence[SourceScore], language: Language
) -> list[dict[str, Any]]:
    return [{ranking.by: each.source, **show_score(each, language)} for each in scores]


def _lay_out_sources(
    ranking: Ranking, scores: Sequence[SourceScore], language: Language, *, wide: bool
) -> Sheet:
    kinds: dict[str, Kind] = {ranking.by: "name", **(_WIDE if wide else _RANKING)}
    rows = _show_each(ranking, scores, language)
    months, more = ranking.at, len(ranking.ranked) - len(scores)
    if not more:
        return make_table("sources", kinds, rows, language, months=months)
    whom = name_whom(ranking, language)
    count = _SHOWN_OF_AN_END
    return make_table(
        "ends", kinds, rows, language, months=months, count=count, more=more, whom=whom
    )


def _lay_out_chance(ranking: Ranking, scores: Sequence[SourceScore], language: Language) -> Sheet:
    kinds: dict[str, Kind] = {
        ranking.by: "name",
        "graded_by": "label",
        "bullish_share": "percent",
        **CHANCE,
    }
    return make_table("chance", kinds, _show_each(ranking, scores, language), language)


def lay_out_grades(
    name: str, scale: str, grades: Sequence[BandCount], months: int, language: Language
) -> Sheet:
    """Return what each grade given of a standard earned, in calls.

    Parameters
    ----------
    name : str
        Of the sheet.
    scale : str
        Id of the standard.
    grades : sequence of BandCount
        By the grade given, best first.
    months : int
    language : {"zh", "en"}
    """
    columns = [
        Column("given", word("ranking_given", language), "label"),
        Column("calls", word("ranking_calls", language), "number"),
    ]
    for each in grades:
        told = name_grade(scale, each.grade, language)
        label = word("ranking_earned_told", language, grade=told.text if told else each.grade)
        columns.append(Column(f"earned_{each.grade}", label, "number"))
    columns.append(Column("kept", word("ranking_kept", language), "percent"))
    rows = [
        {
            "given": name_grade(scale, each.grade, language),
            "calls": sum(each.earned.values()),
            **{f"earned_{grade}": count for grade, count in each.earned.items()},
            "kept": each.kept,
        }
        for each in grades
    ]
    standard = name_standard(scale, language)
    title = sentence("ranking_calibration_title", language, standard=standard, months=months)
    return Sheet(name, title, columns, rows)


def _lay_out_rejected(ranking: Ranking, language: Language) -> Sheet:
    rows = [
        {"why_rejected": word(f"ranking_rejected_{reason}", language), "rows": count}
        for reason, count in sorted(ranking.rejected.items(), key=lambda each: (-each[1], each[0]))
    ]
    kinds: dict[str, Kind] = {"why_rejected": "text", "rows": "number"}
    return make_table("rejected", kinds, rows, language)


def _lay_out_horizons(ranking: Ranking, shown: set[str], language: Language) -> Sheet:
    by_months: dict[int, list[SourceScore]] = {}
    for each in ranking.scores:
        if each.horizon_months != ranking.at and each.source in shown:
            by_months.setdefault(each.horizon_months, []).append(each)
    rows: list[dict[str, Any]] = []
    for months, scores in by_months.items():
        rows.append({"head": True, ranking.by: word("months", language, months=months)})
        rows += _show_each(ranking, scores, language)
    kinds: dict[str, Kind] = {ranking.by: "name", **_HORIZONS}
    return make_table("horizons", kinds, rows, language, grouped=True)
