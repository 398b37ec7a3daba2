"""Lays out the fundamentals that are kept, for people and programs."""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Kind, Sheet
from screener.tasks.fundamentals import FactsResult
from screener.tasks.status import FactsStatus
from universes.text import Language

# each column's label and kind
_COLUMNS: Mapping[str, tuple[str, Kind]] = {
    "item": ("facts_id", "label"),
    "name": ("facts_item", "text"),
    "source": ("source", "label"),
    "securities": ("securities", "number"),
    "figures": ("facts_figures", "number"),
    "restated": ("facts_restated", "number"),
    "first": ("facts_first", "label"),
    "last": ("facts_last", "label"),
    "known": ("facts_known", "label"),
}


def lay_out_figures(
    figures: Sequence[FactsStatus], version: int, as_of: dt.date | None, language: Language
) -> Document:
    """Return what is kept as a document; as of a day, what was known by then."""
    title = sentence("facts_kept_title", language, version=version)
    notes = [sentence("facts_as_of", language, day=as_of)] if as_of else []
    notes += [] if figures else [sentence("facts_none", language)]
    data = {
        "version": version,
        "as_of": as_of.isoformat() if as_of else None,
        "fundamentals": describe_figures(figures, language),
    }
    sheet = figures_sheet(figures, language)
    return Document("fundamentals", title, data, sheet, [sheet] if figures else [], notes)


def lay_out_taken(result: FactsResult, language: Language) -> Document:
    """Return what an update, or an import, of figures did as a document."""
    failures = [{"symbol": name, "message": said} for name, said in result.failures.items()]
    columns = [
        Column("symbol", word("symbol", language), "label"),
        Column("message", word("message", language), "text"),
    ]
    sheet = Sheet("failures", word("failures", language), columns, failures)
    values = {"told": result.told, "added": result.added, "version": result.version}
    key = "facts_nothing" if result.version is None else "facts_taken"
    notes = [*result.remarks]
    notes += [] if result.version is None else [sentence("facts_versions", language)]
    return Document(
        "fundamentals",
        sentence(key, language, **values),
        {**values, "failures": result.failures, "remarks": list(result.remarks)},
        sheet,
        [sheet] if failures else [],
        notes,
    )


def lay_out_written(rows: int, path: Path, language: Language) -> Document:
    """Return what an export of figures wrote as a document."""
    title = sentence("facts_exported", language, rows=rows, path=path)
    data = {"rows": rows, "file": str(path)}
    columns = [Column("file", word("file", language))]
    return Document("fundamentals", title, data, Sheet("files", title, columns, [data]), [])


def figures_sheet(figures: Sequence[FactsStatus], language: Language) -> Sheet:
    """Return what is kept as a table."""
    columns = [Column(key, word(label, language), kind) for key, (label, kind) in _COLUMNS.items()]
    rows = describe_figures(figures, language)
    return Sheet("fundamentals", word("fundamentals", language), columns, rows)


def describe_figures(figures: Sequence[FactsStatus], language: Language) -> list[dict[str, Any]]:
    """Return what is kept as records."""
    return [
        {
            "item": each.item,
            "name": word(f"facts_{each.item}", language),
            "source": each.source,
            "securities": each.securities,
            "figures": each.figures,
            "restated": each.restated,
            "first": str(each.first),
            "last": str(each.last),
            "known": str(each.known),
        }
        for each in figures
    ]
