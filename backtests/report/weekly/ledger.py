"""Lays the ledger of weekly runs out."""

from collections.abc import Mapping
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Kind, Sheet, Toned, plain_sheet
from backtests.runs.ledger import Entry, Ledger
from universes.text import Language

_COLUMNS: Mapping[str, Kind] = {
    "report": "name",
    "run_language": "label",
    "run_of_week": "label",
    "run_outcome": "label",
    "run_problems": "text",
    "run_data": "label",
    "run_finished": "label",
}
_TONES = {"complete": 1, "incomplete": -1, "failed": -1}
_SHOWN_OF_A_HASH = 12


def lay_out_ledger(ledger: Ledger, language: Language) -> Document:
    """Return what holds of each week that was run, as a document."""
    newest = list({entry.key: entry for entry in ledger.entries}.values())
    records = [_record(entry) for entry in sorted(newest, key=lambda entry: entry.key)]
    columns = [Column(key, word(key, language), kind) for key, kind in _COLUMNS.items()]
    rows = [_show(record, language) for record in records]
    title = sentence("ledger_title", language, count=len(newest))
    return Document(
        name="ledger",
        title=title,
        data={"weeks": records},
        records=plain_sheet("rows", records),
        sheets=(Sheet("ledger", title, columns, rows),),
    )


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "report": entry.report,
        "language": entry.language,
        "week": entry.week,
        "as_of": entry.as_of.isoformat(),
        "outcome": entry.outcome,
        "problems": ", ".join(entry.problems),
        "source": entry.data.get("source"),
        "rows_sha256": entry.data.get("rows_sha256"),
        "files_sha256": entry.files,
        "finished_at": entry.finished_at,
    }


def _show(record: dict[str, Any], language: Language) -> dict[str, Any]:
    outcome = record["outcome"]
    rows = (record["rows_sha256"] or "")[:_SHOWN_OF_A_HASH]
    return {
        "report": record["report"],
        "run_language": record["language"],
        "run_of_week": record["week"],
        "run_outcome": Toned(word(f"outcome_{outcome}", language), _TONES[outcome]),
        "run_problems": record["problems"],
        "run_data": f"{record['source']} {rows}" if rows else None,
        "run_finished": record["finished_at"],
    }
