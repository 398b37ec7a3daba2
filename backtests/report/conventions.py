"""Lays a convention map out for people and programs."""

from collections.abc import Iterator, Sequence
from typing import Any

from backtests.conventions.names import name_dimension, name_reason, name_values
from backtests.conventions.picks import Cell, PickMap
from backtests.conventions.readings import DIMENSIONS, Dimension, Value
from backtests.conventions.remarks import count_kept
from backtests.conventions.result import ConventionMap
from backtests.conventions.sway import Choice, Sway
from backtests.labels import sentence, title_of, word
from backtests.report.document import Column, Document, Sheet, plain_sheet
from backtests.report.scorecard import spell_grade
from universes import Band, Theme
from universes.text import Language

_MARKS: dict[Language, tuple[str, str]] = {"zh": ("，", "；"), "en": (", ", "; ")}


def lay_out_conventions(found: ConventionMap, language: Language) -> Document:
    """Return a convention map as a document in one language.

    The records, and so CSV and the workbook, hold every pick under every reading; JSON holds what
    is made of them.
    """
    return Document(
        name="conventions",
        title=sentence("map_title", language, title=title_of(found.report, language)),
        data=found.to_dict(language),
        records=plain_sheet(word("rows", language), found.records()),
        sheets=(
            lay_out_picks(found, language),
            _lay_out_choices(found, language),
            _lay_out_window(found, language),
        ),
        notes=[each.get(language) for each in found.caveats],
    )


def lay_out_picks(found: ConventionMap, language: Language) -> Sheet:
    """One line for each pick under a line for its theme, best first within the theme."""
    columns = [
        Column("symbol", word("symbol", language), "label"),
        Column("name", word("name", language), "name"),
        Column("relative", word("map_headline", language), "points"),
        Column("grade", word("grade", language), "label"),
        Column("agreement", word("map_agreement", language), "rate"),
        Column("told", word("map_told", language), "number"),
        Column("low", word("map_low", language), "points"),
        Column("median", word("median", language), "points"),
        Column("high", word("map_high", language), "points"),
        Column("flips", word("map_flips", language), "text"),
    ]
    rows: list[dict[str, Any]] = []
    for theme in found.report.themes:
        picks = [each for each in found.picks if each.theme == theme.id]
        rows.append(_lay_out_theme(theme, picks, language))
        picks.sort(key=lambda each: -_sortable(each.headline))
        rows.extend(_lay_out_pick(each, found, language) for each in picks)
    title = sentence("map_picks_title", language, readings=found.picks[0].readings)
    return Sheet("picks", title, columns, rows, grouped=True)


def _sortable(cell: Cell) -> float:
    return cell.relative if cell.relative is not None else float("-inf")


def _lay_out_theme(theme: Theme, picks: Sequence[PickMap], language: Language) -> dict[str, Any]:
    kept, told = count_kept(picks)
    return {
        "head": True,
        "name": theme.title.get(language),
        "flips": sentence("map_theme_kept", language, kept=kept, told=told) if told else None,
    }


def _lay_out_pick(each: PickMap, found: ConventionMap, language: Language) -> dict[str, Any]:
    status = each.headline.outcome.status
    return {
        "symbol": str(each.pick.symbol),
        "name": each.pick.name.both,
        "relative": each.headline.relative,
        "grade": spell_grade(found.scale.company, each.headline.grade, language)
        or word(f"status_{status}", language),
        "agreement": each.agreement,
        "told": each.scored,
        "low": each.low,
        "median": each.median,
        "high": each.high,
        "flips": _spell_flips(each, found.scale.company, language),
    }


def _spell_flips(each: PickMap, bands: Sequence[Band], language: Language) -> str:
    """Spell which choices change the grade: `Basis: total -> neutral`."""
    names = {band.grade: band.name for band in bands}
    comma, stop = _MARKS[language]
    parts = []
    for dimension in DIMENSIONS:
        values: dict[str, list[Value]] = {}
        for flip in each.flips:
            if flip.dimension == dimension and flip.cell.grade:
                values.setdefault(flip.cell.grade, []).append(flip.value)
        spelled = [
            sentence("map_flip", language, values=name_values(dimension, own), grade=names[grade])
            for grade, own in values.items()
        ]
        if spelled:
            choice = name_dimension(dimension).get(language)
            parts.append(sentence("map_flips", language, choice=choice, flips=comma.join(spelled)))
    return stop.join(parts)


def _lay_out_choices(found: ConventionMap, language: Language) -> Sheet:
    """One line for each value under a line for its choice."""
    columns = [
        Column("choice", word("map_choice", language), "label"),
        Column("told", word("map_told", language), "number"),
        Column("changed", word("map_changed", language), "number"),
        Column("mean", word("mean", language), "points"),
        Column("share", word("map_share", language), "rate"),
        Column("move", word("map_move", language), "rate"),
        Column("reason", word("map_reason", language), "text"),
    ]
    rows = [row for sway in found.sways for row in _lay_out_choice(sway, language)]
    return Sheet("choices", sentence("map_choices_title", language), columns, rows, grouped=True)


def _lay_out_choice(sway: Sway, language: Language) -> Iterator[dict[str, Any]]:
    yield {
        "head": True,
        "choice": name_dimension(sway.dimension).get(language),
        "share": sway.share,
        "move": sway.move,
    }
    for each in sway.choices:
        value = _name_choice(sway.dimension, each, language)
        yield {
            "choice": value,
            "told": f"{each.scored}/{each.count}",
            "changed": each.changed if each.scored and not each.headline else None,
            "mean": each.mean,
            "reason": _spell_gaps(each, language),
        }


def _name_choice(dimension: Dimension, each: Choice, language: Language) -> str:
    """Name a value, with a star where it is the headline's."""
    value = name_values(dimension, [each.value]).get(language)
    if dimension == "basis" and each.mixed:
        value = sentence("map_mixed", language, value=value)
    return f"{value} *" if each.headline else value


def _spell_gaps(choice: Choice, language: Language) -> str:
    """Spell why picks have no score, with their number where there is more than one reason."""
    spelled = [
        (name_reason(gap.outcome, gap.about).get(language), gap.count) for gap in choice.gaps
    ]
    if len(spelled) == 1:
        return spelled[0][0]
    return "; ".join(f"{why} ({count})" for why, count in spelled)


def _lay_out_window(found: ConventionMap, language: Language) -> Sheet:
    best, worst = found.scale.company[0], found.scale.company[-1]
    columns = [
        Column("date", word("published", language), "label"),
        Column("entered", word("map_entered", language), "label"),
        Column("told", word("map_told", language), "number"),
        Column("mean", word("mean", language), "points"),
        Column("hits", word("hits", language), "number"),
        Column("grades", f"{best.name.get(language)} … {worst.name.get(language)}", "number"),
        Column("reason", word("map_reason", language), "text"),
    ]
    (dates,) = (sway for sway in found.sways if sway.dimension == "date")
    rows = [_lay_out_day(each, language) for each in dates.choices]
    return Sheet("window", sentence("map_window_title", language), columns, rows)


def _lay_out_day(each: Choice, language: Language) -> dict[str, Any]:
    entered = [str(day) for day in each.entry_days]
    return {
        "head": each.headline,
        "date": str(each.value),
        "entered": entered[0] if len(entered) == 1 else "–".join((*entered[:1], *entered[-1:])),
        "told": f"{each.scored}/{each.count}",
        "mean": each.mean,
        "hits": f"{each.hits}/{each.rated}" if each.rated else None,
        "grades": " ".join(f"{count:2}" for count in each.grades.values()) if each.scored else None,
        "reason": _spell_gaps(each, language),
    }
