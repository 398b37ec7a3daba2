"""Lays out the tables of sectors that are kept, for people and programs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Kind, Sheet
from screener.companies.sectors import Sectors
from screener.sources.vendors.shenwan import Classification
from universes.text import Language

# each column's label and kind
_COLUMNS: Mapping[str, tuple[str, Kind]] = {
    "scheme": ("sectors_scheme", "label"),
    "source": ("source", "text"),
    "dated": ("sectors_dated", "label"),
    "symbols": ("securities", "number"),
    "sectors": ("sectors_count", "number"),
    "markets": ("sectors_markets", "text"),
    "sha256": ("sectors_hash", "label"),
}
_SHOWN_OF_A_HASH = 12
_SHOWN_CODES = 10


def lay_out_tables(tables: Sequence[Sectors], language: Language) -> Document:
    """Return a list of tables as a document."""
    rows = [_describe(table) for table in tables]
    title = word("sectors_tables", language)
    notes = [] if rows else [sentence("sectors_none", language)]
    return _lay_out("sectors", title, {"tables": rows}, rows, notes, language)


def lay_out_kept(
    table: Sectors, path: Path, language: Language, found: Classification | None = None
) -> Document:
    """Return what a table that is now kept holds, and what its publisher left unclear."""
    row = _describe(table)
    title = sentence("sectors_kept", language, scheme=table.scheme, path=path)
    data: dict[str, Any] = {"path": str(path), **row}
    notes = []
    if found:
        unclear = {
            "unknown": found.unknown,
            "unconfirmed": found.unconfirmed,
            "left_out": found.left_out,
        }
        data |= {name: list(told) for name, told in unclear.items()}
        notes = [
            sentence(f"sectors_{name}", language, count=len(told), named=_name(told))
            for name, told in unclear.items()
            if told
        ]
    return _lay_out("sectors", title, data, [row], notes, language)


def _lay_out(
    name: str,
    title: str,
    data: dict[str, Any],
    rows: Sequence[Mapping[str, Any]],
    notes: Sequence[str],
    language: Language,
) -> Document:
    columns = [Column(key, word(label, language), kind) for key, (label, kind) in _COLUMNS.items()]
    records = [{**row, "markets": _spell(row["markets"])} for row in rows]
    shown = [{**row, "sha256": row["sha256"][:_SHOWN_OF_A_HASH]} for row in records]
    sheet_title = word("sectors_tables", language)
    sheets = [Sheet("sectors", sheet_title, columns, shown)] if rows else []
    return Document(name, title, data, Sheet("tables", title, columns, records), sheets, notes)


def _describe(table: Sectors) -> dict[str, Any]:
    members = set(table.symbols)
    return {
        "scheme": table.scheme,
        "source": table.source,
        "dated": table.dated.isoformat(),
        "symbols": len(members),
        "sectors": len(set(table.sectors)),
        "markets": dict(sorted(Counter(each.rpartition(".")[2] for each in members).items())),
        "sha256": table.sha256,
    }


def _spell(markets: Mapping[str, int]) -> str:
    return " ".join(f"{suffix} {count}" for suffix, count in markets.items())


def _name(codes: Sequence[str]) -> str:
    return ", ".join(codes[:_SHOWN_CODES]) + (", ..." if len(codes) > _SHOWN_CODES else "")
