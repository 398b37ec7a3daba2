"""Lays a ranking, and each source of it, out for people and programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from backtests.labels import sentence, word
from backtests.ranking.result import Ranking, SourceScore
from backtests.ranking.years import by_year
from backtests.report.document import Document, Kind, Sheet, plain_sheet, show
from backtests.report.ranking.calls import lay_out_calls
from backtests.report.ranking.sheets import (
    CHANCE,
    TARGETS,
    lay_out_grades,
    list_sheets,
    make_table,
    show_score,
    show_targets,
)
from backtests.report.ranking.words import list_facts, write_lead, write_source_lead
from universes import InputError
from universes.text import Language

MOST_CALLS = 500
_FIGURES: Mapping[str, Kind] = {
    "months": "label",
    "rank": "number",
    "calls": "number",
    "scored": "number",
    "pending": "number",
    "unscored": "number",
    "n": "number",
    "hit_rate": "percent",
    "hit_interval": "label",
    "mean": "points",
    "shrunk": "points",
    "shrunk_interval": "label",
}
_COMPARISON: Mapping[str, Kind] = {"months": "label", "dates": "number", **CHANCE}
_TARGETS: Mapping[str, Kind] = {"months": "label", **TARGETS}
_YEARS: Mapping[str, Kind] = {
    "year": "label",
    "calls": "number",
    "n": "number",
    "hits": "number",
    "hit_rate": "percent",
    "mean": "points",
}
_FACTS: Mapping[str, Kind] = {
    "ratings": "number",
    "calls": "number",
    "n": "number",
    "hit_rate": "percent",
    "mean": "points",
    "shrunk": "points",
    "bullish_share": "percent",
}


def lay_out_ranking(ranking: Ranking, language: Language, *, wide: bool = False) -> Document:
    """Return a ranking as a document in one language.

    Parameters
    ----------
    ranking : Ranking
    language : {"zh", "en"}
    wide : bool
        For pages and files: all sources, and most of their figures in one table. Left out: what
        fits a terminal of 100 columns, and of more than 40 sources the best and the worst 20.
    """
    data = ranking.to_dict()
    flat = [
        {key: value for key, value in record.items() if key != "calibration"}
        for record in data["sources"]
    ]
    return Document(
        name="ranking",
        title=sentence(
            f"ranking_of_{ranking.by}", language, title=ranking.title, months=ranking.at
        ),
        data=data,
        records=plain_sheet("rows", flat),
        sheets=tuple(list_sheets(ranking, language, wide=wide)),
        notes=[each.get(language) for each in ranking.caveats],
        lead=write_lead(ranking, language),
        facts=tuple(list_facts(ranking, language)),
    )


def lay_out_source(ranking: Ranking, source: str, language: Language) -> Document:
    """Return one source as a document in one language.

    Parameters
    ----------
    ranking : Ranking
    source : str
    language : {"zh", "en"}

    Raises
    ------
    InputError
        If the ranking has no such source.
    """
    scores = [each for each in ranking.scores if each.source == source]
    if not scores:
        raise InputError(f"no source {source!r}", "see the ranking's sources")
    return lay_out_scores(ranking, scores, language)


def lay_out_scores(
    ranking: Ranking, scores: Sequence[SourceScore], language: Language, most: int = MOST_CALLS
) -> Document:
    """Return the source that scores are of as `lay_out_source`.

    Parameters
    ----------
    ranking : Ranking
    scores : sequence of SourceScore
        All of the source.
    language : {"zh", "en"}
    most : int
        Calls that are listed, the newest.
    """
    own = next(each for each in scores if each.horizon_months == ranking.at)
    rows = list(ranking.rows.get(own.source, ()))
    shown = rows[:most]
    standard = show_score(own, language)["standard"]
    notes = [
        sentence("ranking_graded_by", language, standard=standard),
        *(each.get(language) for each in ranking.caveats),
    ]
    if len(rows) > len(shown):
        more = len(rows) - len(shown)
        notes.insert(0, sentence("ranking_calls_more", language, shown=len(shown), more=more))
    return Document(
        name="source",
        title=sentence("ranking_of_source", language, source=own.source, title=ranking.title),
        data={"source": own.source, "scores": [asdict(each) for each in scores], "rows": rows},
        records=plain_sheet("rows", rows),
        sheets=tuple(_list_source_sheets(ranking, own, scores, rows, shown, language)),
        notes=notes,
        lead=write_source_lead(own, ranking, language),
        facts=tuple(_list_source_facts(own, language)),
    )


def _list_source_sheets(
    ranking: Ranking,
    own: SourceScore,
    scores: Sequence[SourceScore],
    rows: Sequence[Mapping[str, Any]],
    shown: Sequence[Mapping[str, Any]],
    language: Language,
) -> Iterator[Sheet]:
    months = ranking.at
    cells = [
        {
            "months": word("months", language, months=each.horizon_months),
            **show_score(each, language),
            **show_targets(each),
        }
        for each in scores
    ]
    yield make_table("figures", _FIGURES, cells, language)
    yield make_table("comparison", _COMPARISON, cells, language)
    if any(each.targets or each.targets_untold for each in scores):
        yield make_table("targets_each", _TARGETS, cells, language)
    if own.scored:
        yield lay_out_grades("calibration", own.scale, own.calibration, months, language)
    if rows:
        years = [{**asdict(each), "year": str(each.year)} for each in by_year(rows)]
        yield make_table("years", _YEARS, years, language, months=months)
        yield lay_out_calls(shown, own.scale, months, language)


def _list_source_facts(score: SourceScore, language: Language) -> Iterator[tuple[str, str]]:
    cells = show_score(score, language)
    for key, kind in _FACTS.items():
        if cells[key] is not None:
            yield word(f"ranking_{key}", language), show(cells[key], kind)
