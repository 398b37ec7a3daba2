"""Lays out what the store holds, and what was done to it, for people and programs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Kind, Sheet
from backtests.report.fundamentals import describe_figures, figures_sheet
from screener.quality.finding import Finding
from screener.quality.rules import load_rules
from screener.store.merge import Outcome
from screener.store.store import Update
from screener.store.upkeep import Upkeep
from screener.tasks.imports import ImportResult
from screener.tasks.status import FactsStatus, SeriesStatus
from screener.tasks.update import UpdateResult
from universes import Symbol
from universes.text import Language

_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("symbol", "exchange", "basis", "bases", "source", "severity"), "label"),
    **dict.fromkeys(("first", "last", "date", "at", "change", "code", "command"), "label"),
    **dict.fromkeys(("rows", "added", "behind", "version", "securities", "held"), "number"),
    "name": "name",
}
_SERIES = ("symbol", "name", "basis", "source", "first", "last", "rows", "behind", "bases", "held")
_EXCHANGES = ("exchange", "securities", "rows", "first", "last", "behind", "held")
_FINDINGS = ("severity", "code", "symbol", "date", "message", "remedy")
_OUTCOMES = ("symbol", "basis", "source", "change", "added", "last")
_UPDATES = ("version", "at", "command")
_SHOWN, _UPDATES_SHOWN = 60, 10


def lay_out_status(
    address: str,
    version: int,
    series: Sequence[SeriesStatus],
    updates: Sequence[Update],
    language: Language,
    figures: Sequence[FactsStatus],
) -> Document:
    """Return what the store holds as a document."""
    rows = [_describe(each, language) for each in series]
    listed = rows if len(rows) <= _SHOWN else [row for row in rows if row["held"] or row["behind"]]
    listed = sorted(listed, key=lambda row: not row["held"])
    commits = [
        {"version": each.version, "at": str(each.at), "command": each.provenance.get("command")}
        for each in updates
    ]
    sheets = [
        _sheet("exchanges", _EXCHANGES, _sum_up(rows), language),
        _sheet("series", _SERIES, listed[:_SHOWN], language),
        figures_sheet(figures, language),
        _sheet("updates", _UPDATES, commits[-_UPDATES_SHOWN:], language),
    ]
    notes = _count_rest(len(listed), language)
    if not rows:
        notes = [sentence("store_empty", language)]
    told = describe_figures(figures, language)
    return Document(
        "data_status",
        sentence("store_title", language, address=address, version=version),
        {
            "address": address,
            "version": version,
            "updates": commits,
            "series": rows,
            "fundamentals": told,
        },
        _sheet("series", _SERIES, rows, language),
        [sheet for sheet in sheets if sheet.rows],
        notes,
    )


def lay_out_findings(
    findings: Sequence[Finding], checked: int, version: int, language: Language
) -> Document:
    """Return what a check found as a document; errors first."""
    order = ("error", "warning", "note")
    ranked = sorted(findings, key=lambda each: (order.index(each.severity), each.code, each.symbol))
    rows = [_tell(each, language) for each in ranked]
    counted = Counter((each.severity, each.code) for each in ranked)
    summary = [
        {"severity": severity, "code": code, "securities": count}
        for (severity, code), count in counted.items()
    ]
    sheets = [
        _sheet("findings_by_rule", ("severity", "code", "securities"), summary, language),
        _sheet("findings", _FINDINGS, rows[:_SHOWN], language),
    ]
    title = sentence("check_title", language, checked=checked, version=version, found=len(rows))
    return Document(
        "data_check",
        title,
        {"version": version, "checked": checked, "findings": rows},
        _sheet("findings", _FINDINGS, rows, language),
        [sheet for sheet in sheets if sheet.rows],
        _count_rest(len(rows), language),
    )


def lay_out_import(result: ImportResult, language: Language) -> Document:
    """Return what an import did as a document."""
    skipped = [
        {"file": str(each.path), "key": each.what, "message": each.reason}
        for each in result.skipped
    ]
    said = [str(note) for note in result.notes]
    data = {"names": result.names, "skipped": skipped, "notes": said}
    shown = _sheet("skipped", ("file", "key", "message"), skipped, language)
    title = sentence("import_title", language, version=result.version)
    notes = [*said, sentence("import_names", language, names=result.names)]
    return _lay_out_outcomes(
        "data_import", title, result.version, result.outcomes, data, [shown], notes, language
    )


def lay_out_update(result: UpdateResult, language: Language) -> Document:
    """Return what an update did as a document."""
    failures = [{"symbol": name, "message": said} for name, said in result.failures.items()]
    data = {"failures": result.failures, "current": list(result.current)}
    key = "update_title" if result.version is not None else "update_nothing"
    title = sentence(key, language, version=result.version)
    notes = [sentence("update_current", language, count=len(result.current))]
    shown = _sheet("failures", ("symbol", "message"), failures, language)
    return _lay_out_outcomes(
        "data_update", title, result.version, result.outcomes, data, [shown], notes, language
    )


def lay_out_upkeep(result: Upkeep, language: Language) -> Document:
    """Return what a compaction did as a document."""
    data = {**asdict(result), "kept_versions": list(result.kept_versions)}
    row = {
        "files_before": result.files_before,
        "files_after": result.files_after,
        "removed": result.removed,
        "kept_versions": len(result.kept_versions),
    }
    sheet = _sheet("upkeep", tuple(row), [row], language)
    return Document("data_compact", word("upkeep", language), data, sheet, (sheet,))


def lay_out_export(rows: int, paths: Iterable[str], version: int, language: Language) -> Document:
    """Return what an export wrote as a document."""
    written = [{"file": path} for path in paths]
    sheet = _sheet("files", ("file",), written, language)
    title = sentence("export_title", language, rows=rows, version=version)
    data = {"version": version, "rows": rows, "files": [each["file"] for each in written]}
    return Document("data_export", title, data, sheet, (sheet,))


def _lay_out_outcomes(
    name: str,
    title: str,
    version: int | None,
    outcomes: Sequence[Outcome],
    data: dict[str, Any],
    others: Sequence[Sheet],
    notes: Sequence[str],
    language: Language,
) -> Document:
    rows = [
        {
            "symbol": each.symbol,
            "basis": each.basis,
            "source": each.source,
            "change": each.change,
            "added": each.added,
            "last": _day(each.last),
            "findings": [_tell(finding, language) for finding in each.findings],
        }
        for each in outcomes
    ]
    counted = Counter(each.change for each in outcomes)
    changes = [
        {"change": word(f"change_{change}", language), "securities": count}
        for change, count in counted.items()
    ]
    held = [
        _tell(finding, language)
        for each in outcomes
        if each.change == "held"
        for finding in each.findings
        if finding.severity == "error"
    ]
    listed = rows if len(rows) <= _SHOWN else []
    sheets = [
        _sheet("changes", ("change", "securities"), changes, language),
        _sheet("series", _OUTCOMES, listed, language),
        _sheet("held_back", _FINDINGS[1:], held[:_SHOWN], language),
        *others,
    ]
    return Document(
        name,
        title,
        {"version": version, "changes": dict(counted), "series": rows, **data},
        _sheet("series", _OUTCOMES, rows, language),
        [sheet for sheet in sheets if sheet.rows],
        [*notes, *_count_rest(len(held), language)],
    )


def _tell(finding: Finding, language: Language) -> dict[str, Any]:
    """Return a finding with its remedy in the reader's language."""
    return {**asdict(finding), "remedy": load_rules()[finding.code].remedy.get(language)}


def _describe(series: SeriesStatus, language: Language) -> dict[str, Any]:
    return {
        "symbol": series.symbol,
        "name": series.name,
        "basis": series.basis,
        "source": series.source,
        "first": _day(series.first),
        "last": _day(series.last),
        "rows": series.rows,
        "behind": series.behind,
        "bases": "+".join(series.bases),
        "held": "held" if series.held else "",
        "fetched_at": None if np.isnat(series.fetched_at) else str(series.fetched_at),
        "findings": [_tell(finding, language) for finding in series.findings],
    }


def _sum_up(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sum up the series of each exchange."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(Symbol.parse(row["symbol"]).suffix, []).append(row)
    return [
        {
            "exchange": suffix,
            "securities": len(group),
            "rows": sum(row["rows"] for row in group),
            "first": min((row["first"] for row in group if row["first"]), default=None),
            "last": max((row["last"] for row in group if row["last"]), default=None),
            "behind": sum(bool(row["behind"]) for row in group),
            "held": sum(bool(row["held"]) for row in group),
        }
        for suffix, group in sorted(groups.items())
    ]


def _sheet(
    name: str, keys: Sequence[str], rows: Sequence[Mapping[str, Any]], language: Language
) -> Sheet:
    columns = [Column(key, word(key, language), _KINDS.get(key, "text")) for key in keys]
    return Sheet(name, word(name, language), columns, rows)


def _count_rest(found: int, language: Language) -> list[str]:
    more = found - _SHOWN
    return [sentence("and_more", language, more=more)] if more > 0 else []


def _day(day: np.datetime64) -> str | None:
    return None if np.isnat(day) else str(day)
