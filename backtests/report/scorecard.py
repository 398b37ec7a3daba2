"""Lays a scorecard out for people and programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from backtests.labels import reason, sentence, title_of, word
from backtests.report.document import Column, Document, Sheet, Toned, plain_sheet, show
from backtests.rows import Row
from backtests.scorecard import Scorecard
from backtests.summary import Summary
from universes import Band, Theme
from universes.market import load_market
from universes.text import Language

_HIT_MARKS = {True: Toned("✓", 1), False: Toned("✗", -1), None: None}


def lay_out_scorecard(card: Scorecard, language: Language) -> Document:
    """Return a scorecard as a document in one language."""
    title = title_of(card.report, language)
    notes = [each.get(language) for each in card.caveats]
    return Document(
        name="scorecard",
        title=title,
        data=card.to_dict(language),
        records=_lay_out_records(card, language),
        sheets=lay_out_sheets(card, language),
        notes=(*_explain_gaps(card, language), *notes),
    )


def lay_out_sheets(card: Scorecard, language: Language) -> tuple[Sheet, Sheet]:
    """Return a scorecard's tables: pick by pick, and summed up."""
    return _lay_out_picks(card, language), _lay_out_summary(card, language)


def _lay_out_records(card: Scorecard, language: Language) -> Sheet:
    data = card.provenance["data"]
    origin = {"data_source": data["source"], "as_of": data["as_of"], "data_sha256": data["sha256"]}
    records = [{**record, **origin} for record in card.records(language)]
    return plain_sheet(word("rows", language), records)


def _lay_out_picks(card: Scorecard, language: Language) -> Sheet:
    """One line for each pick under a line for its theme, best first within the theme."""
    months = card.graded_horizon
    horizons = [
        Column(f"m{each}", word("months", language, months=each), "points")
        for each in card.convention.horizons
    ]
    columns = [
        Column("symbol", word("symbol", language), "label"),
        Column("name", word("name", language), "name"),
        Column("level", word("level", language), "label"),
        *horizons,
        Column("grade", word("grade", language), "label"),
        Column("hit", word("hit", language), "label"),
    ]
    rows: list[dict[str, Any]] = []
    for theme in card.report.themes:
        rows.append(_lay_out_theme(theme, card, language))
        picks = [
            {row.horizon_months: row for row in card.rows if row.symbol == str(pick.symbol)}
            for pick in theme.picks
        ]
        picks.sort(key=lambda pick: -_sortable(pick[months]))
        rows.extend(_lay_out_pick(pick, card, language) for pick in picks)
    title = sentence("picks_title", language, months=months)
    return Sheet("scorecard", title, columns, rows, grouped=True)


def _sortable(row: Row) -> float:
    return row.relative if row.relative is not None else float("-inf")


def _lay_out_theme(theme: Theme, card: Scorecard, language: Language) -> dict[str, Any]:
    own = [s for s in card.summaries if s.group == "theme" and s.key == theme.id]
    means = {f"m{summary.horizon_months}": summary.mean for summary in own}
    graded = next((s for s in own if s.horizon_months == card.graded_horizon), None)
    earned = graded.industry_grade if graded else None
    stated = theme.industry_view != "none"
    return {
        "head": True,
        "name": theme.title.get(language),
        "level": word(theme.industry_view, language),
        **means,
        "grade": spell_grade(card.scale.industry, earned, language),
        "hit": _HIT_MARKS[theme.industry_view == earned if stated and earned else None],
    }


def _lay_out_pick(by_months: dict[int, Row], card: Scorecard, language: Language) -> dict[str, Any]:
    graded = by_months[card.graded_horizon]
    cells = {
        f"m{months}": word(f"status_{row.status}", language)
        if row.relative is None
        else row.relative
        for months, row in by_months.items()
    }
    return {
        "symbol": graded.symbol,
        "name": graded.name.both,
        "level": word(graded.level, language),
        **cells,
        "grade": spell_grade(card.scale.company, graded.grade, language),
        "hit": _HIT_MARKS[graded.hit],
    }


def spell_grade(bands: Sequence[Band], grade: str | None, language: Language) -> Toned | None:
    """Return the broker's word for a grade, toned by the side of zero it lies on."""
    band = next((band for band in bands if band.grade == grade), None)
    if band is None:
        return None
    good = band.lower is not None and band.lower >= 0
    bad = band.upper is not None and band.upper <= 0
    return Toned(band.name.get(language), good - bad)


def _lay_out_summary(card: Scorecard, language: Language) -> Sheet:
    months = card.graded_horizon
    best, worst = card.scale.company[0], card.scale.company[-1]
    columns = [
        Column("group", word("group", language), "label"),
        Column("scored", word("scored", language), "number"),
        Column("mean", word("mean", language), "points"),
        Column("median", word("median", language), "points"),
        Column("hits", word("hits", language), "number"),
        Column("hit_rate", word("hit_rate", language), "number"),
        Column("grades", f"{best.name.get(language)} … {worst.name.get(language)}", "number"),
    ]
    everyone = [each for each in card.summaries if each.group == "all" and each.count]
    graded = [summary for summary in card.summaries if summary.horizon_months == months]
    groups = [summary for summary in graded if summary.group != "all"]
    rows = [_lay_out_group(summary, card, language) for summary in (*everyone, *groups)]
    return Sheet("summary", sentence("summary_title", language, months=months), columns, rows)


def _lay_out_group(summary: Summary, card: Scorecard, language: Language) -> dict[str, Any]:
    return {
        "head": summary.group == "all" and summary.horizon_months == card.graded_horizon,
        "group": _name_group(summary, card, language),
        "scored": f"{summary.scored}/{summary.count}",
        "mean": summary.mean,
        "median": summary.median,
        "hits": f"{summary.hits}/{summary.rated}" if summary.rated else None,
        "hit_rate": _spell_rate(summary),
        "grades": " ".join(f"{count:2}" for count in summary.grades.values())
        if summary.scored
        else None,
    }


def _spell_rate(summary: Summary) -> str | None:
    """Spell the hit rate with its interval."""
    if summary.hit_rate is None:
        return None
    rate, low, high = (
        show(value, "percent")
        for value in (summary.hit_rate, summary.hit_rate_low, summary.hit_rate_high)
    )
    return f"{rate} ({low}–{high})"


def _name_group(summary: Summary, card: Scorecard, language: Language) -> str:
    if summary.group == "theme":
        return next(t.title.get(language) for t in card.report.themes if t.id == summary.key)
    if summary.group == "market":
        return load_market(summary.key).name.get(language)
    if summary.group == "level":
        return word(summary.key, language)
    return word("all_at", language, months=summary.horizon_months)


def _explain_gaps(card: Scorecard, language: Language) -> Iterator[str]:
    """Say why rows have no score, one sentence for each reason."""
    gaps: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for symbol in dict.fromkeys(row.symbol for row in card.rows):
        reasons: dict[str, list[int]] = {}
        for row in card.rows:
            if row.symbol == symbol and row.status != "scored":
                why = reason(row.outcome, row.about, language)
                reasons.setdefault(why, []).append(row.horizon_months)
        for why, horizons in reasons.items():
            gaps.setdefault((why, tuple(horizons)), []).append(symbol)
    count = len({row.symbol for row in card.rows})
    for (why, months), symbols in gaps.items():
        spelled = word("months", language, months=", ".join(map(str, months)))
        named = word("all", language) if len(symbols) == count else ", ".join(symbols)
        yield sentence("no_score", language, symbols=named, months=spelled, reason=why)
