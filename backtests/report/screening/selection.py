"""Lays the result of a screen out: what it chose, which condition took out how many, why."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Sheet, plain_sheet
from backtests.report.screening.columns import factor_columns, read_row
from backtests.screening.result import Screening
from screener.factors.table import TEXTS
from screener.screens.recall import Recall
from screener.screens.selection import Selection, Shortfall, shortfalls
from universes.text import Language

SCHEMA = "sector-screener/screen/1"

_ALWAYS = ("symbol", "name", "sector")
_OUTCOMES = ("met", "failed", "missing")
_CONDITIONS = ("condition", *_OUTCOMES)
# a terminal page; all shares are in the other formats
_EXPLAINED = 40


def lay_out_screening(found: Screening, language: Language, *, explain: bool = False) -> Document:
    """Return the result of a screen as a document.

    Parameters
    ----------
    found : Screening
    language : {"zh", "en"}
    explain : bool
        Add for each share of the universe which conditions it did not meet, and by how much.
    """
    selection, screen = found.selection, found.selection.screen
    rows = [_describe(selection, row, place) for place, row in enumerate(selection.chosen, 1)]
    explained = _explain(selection) if explain else []
    data = to_json(found, rows, explained, language)
    sheets = [*_lay_out(found, rows, explained, language)]
    notes = [each.get(language) for each in found.caveats]
    if len(explained) > _EXPLAINED:
        values = {"shown": _EXPLAINED, "count": len(explained)}
        notes.insert(0, sentence("screen_explained_part", language, **values))
    note = screen.note.get(language)
    return Document(
        name=screen.id,
        title=sentence(
            "screen_title", language, title=screen.title, day=selection.table.day.isoformat()
        ),
        data=data,
        records=_records(selection, rows, explained, language),
        sheets=sheets,
        notes=[note, *notes] if note else notes,
        lead=_lead(found, language),
    )


def to_json(
    found: Screening,
    rows: Sequence[Mapping[str, Any]],
    explained: Sequence[Mapping[str, Any]],
    language: Language,
) -> dict[str, Any]:
    """Return the result of a screen as JSON values; what cannot be told is null."""
    selection, screen = found.selection, found.selection.screen
    return {
        "schema": SCHEMA,
        "as_of": selection.table.day.isoformat(),
        "screen": {
            "id": screen.id,
            "title": screen.title.get(language),
            **screen.rule,
            "sha256": screen.sha256,
        },
        "examined": len(selection.within),
        "passed": selection.passed,
        "chosen": list(rows),
        "conditions": _count(selection),
        "explained": list(explained),
        "picks": [_tell(selection, each, language) for each in found.recalls],
        "caveats": [{"code": each.code, "text": each.get(language)} for each in found.caveats],
        "provenance": found.provenance,
    }


def _columns(selection: Selection) -> list[str]:
    """Return the factors shown of each share."""
    return [name for name in selection.screen.columns if name not in TEXTS]


def _describe(selection: Selection, row: int, place: int) -> dict[str, Any]:
    names = (*TEXTS, *_columns(selection))
    return {"place": place, **read_row(selection.table, row, names)}


def _count(selection: Selection) -> list[dict[str, Any]]:
    """Count the shares that meet each condition, fail it, and lack what it asks for."""
    verdicts = selection.verdicts
    counts = [(verdicts.outcome == each).sum(axis=1).tolist() for each in _OUTCOMES]
    return [
        {"condition": part.text, **dict(zip(_OUTCOMES, own, strict=True))}
        for part, *own in zip(verdicts.parts, *counts, strict=True)
    ]


def _explain(selection: Selection) -> list[dict[str, Any]]:
    """Return each share of the universe with the conditions it missed, fewest first."""
    rank = {row: place for place, row in enumerate(selection.chosen.tolist())}
    explained = []
    for place, row in enumerate(selection.within.tolist()):
        missed = [_spell(each) for each in shortfalls(selection, place)]
        met = "chosen" if row in rank else "beyond_limit"
        told = {
            **read_row(selection.table, row, _ALWAYS),
            "fate": "failed" if missed else met,
            "missed": len(missed),
            "shortfalls": missed,
        }
        explained.append((len(missed), rank.get(row, len(rank)), place, told))
    return [told for *_, told in sorted(explained, key=lambda each: each[:3])]


def _spell(shortfall: Shortfall) -> dict[str, Any]:
    return {
        "condition": shortfall.condition,
        "margin": None if math.isnan(shortfall.margin) else shortfall.margin,
        "missing": list(shortfall.missing),
    }


def _tell(selection: Selection, recall: Recall, language: Language) -> dict[str, Any]:
    known = read_row(selection.table, recall.row, _columns(selection)) if recall.row >= 0 else {}
    return {
        "symbol": str(recall.pick.symbol),
        "name": recall.pick.name.get(language),
        "fate": recall.fate,
        "shortfalls": [_spell(each) for each in recall.shortfalls],
        "factors": known,
    }


def _lay_out(
    found: Screening,
    rows: Sequence[Mapping[str, Any]],
    explained: Sequence[Mapping[str, Any]],
    language: Language,
) -> Iterator[Sheet]:
    selection = found.selection
    names = [*_ALWAYS, *_columns(selection)]
    place = Column("place", word("screen_place", language), "number")
    title = sentence("screen_chosen_title", language)
    yield Sheet("chosen", title, [place, *factor_columns(names, language)], rows)
    counts = [
        Column(key, word(f"screen_{key}", language), "text" if key == "condition" else "number")
        for key in _CONDITIONS
    ]
    title = sentence("screen_conditions_title", language)
    yield Sheet("conditions", title, counts, _count(selection))
    if found.recalls:
        yield from _lay_out_recalls(found, language)
    if explained:
        title = sentence("screen_explained_title", language)
        yield _lay_out_shortfalls("explained", title, explained[:_EXPLAINED], language)


def _lay_out_recalls(found: Screening, language: Language) -> Iterator[Sheet]:
    told = [_tell(found.selection, each, language) for each in found.recalls]
    rows = [{**row, **row["factors"], **_say(row, language)} for row in told]
    columns = [
        *factor_columns(("symbol", "name"), language),
        Column("fate", word("screen_fate", language), "label"),
        *factor_columns(_columns(found.selection), language),
    ]
    title = found.against.title if found.against else ""
    yield Sheet("picks", sentence("screen_picks_title", language, title=title), columns, rows)
    missed = [row for row in told if row["shortfalls"]]
    if missed:
        yield _lay_out_shortfalls("why", sentence("screen_why_title", language), missed, language)


def _lay_out_shortfalls(
    name: str, title: str, told: Sequence[Mapping[str, Any]], language: Language
) -> Sheet:
    rows = [{**row, **_say(row, language)} for row in told]
    columns = [
        *factor_columns(("symbol", "name"), language),
        Column("fate", word("screen_fate", language), "label"),
        Column("why", word("screen_why", language)),
    ]
    return Sheet(name, title, columns, rows)


def _say(row: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Put a share's fate and shortfalls into words."""
    why = "; ".join(_say_shortfall(each, language) for each in row["shortfalls"])
    return {"fate": word(f"screen_fate_{row['fate']}", language), "why": why}


def _say_shortfall(shortfall: Mapping[str, Any], language: Language) -> str:
    condition, margin = shortfall["condition"], shortfall["margin"]
    if shortfall["missing"]:
        missing = ", ".join(shortfall["missing"])
        return sentence("screen_shortfall_missing", language, condition=condition, missing=missing)
    if margin is None:
        return str(condition)
    return sentence("screen_shortfall", language, condition=condition, margin=f"{margin:.4g}")


def _records(
    selection: Selection,
    rows: Sequence[Mapping[str, Any]],
    explained: Sequence[Mapping[str, Any]],
    language: Language,
) -> Sheet:
    if not explained:
        keys = ["place", *TEXTS, *_columns(selection)]
        return plain_sheet("rows", rows, keys)
    plain = [{**row, **_say(row, language)} for row in explained]
    return plain_sheet("rows", plain, [*_ALWAYS, "fate", "missed", "why"])


def _lead(found: Screening, language: Language) -> str:
    selection = found.selection
    lead = sentence(
        "screen_lead",
        language,
        examined=len(selection.within),
        passed=selection.passed,
        chosen=len(selection.chosen),
    )
    if not found.recalls:
        return lead
    chosen = sum(each.fate == "chosen" for each in found.recalls)
    values = {"found": found.found, "count": len(found.recalls), "chosen": chosen}
    return f"{lead} {sentence('screen_lead_picks', language, **values)}"
