"""Writes a document as JSON, CSV, Markdown or a workbook."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backtests.direction import isolate
from backtests.report.document import WORDS, Document, Sheet, Toned, show
from screener.files import replace_file, replace_folder
from universes import InputError

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

FORMATS = ("json", "csv", "md", "xlsx")
_LONGEST_TAB = 31
_WIDEST_CELL = 60


def render(document: Document, form: str) -> bytes:
    """Spell a document in one of `FORMATS`; the same document gives the same bytes."""
    if form == "json":
        return to_json(document.data)
    if form == "csv":
        return to_csv(document.records)
    return _encode(_to_markdown(document)) if form == "md" else _to_workbook(document)


def to_json(data: Mapping[str, Any]) -> bytes:
    """Spell JSON values."""
    return _encode(json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def write_file(content: bytes, path: Path, option: str = "--out") -> None:
    """Write a file whole or not at all.

    Parameters
    ----------
    content : bytes
    path : Path
    option : str
        Of the command line, which another place can be named with.

    Raises
    ------
    InputError
        If it cannot be written there; what stood there is left as it was.
    """
    with _explaining(path, option):
        replace_file(path, content)


def write_folder(files: Mapping[str, bytes], path: Path) -> None:
    """Write a folder of files whole or not at all; raises as `write_file`."""
    with _explaining(path):
        replace_folder(path, files)


@contextmanager
def _explaining(path: Path, option: str = "--out") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}", f"name another place with {option}"
        ) from None


def _encode(text: str) -> bytes:
    # a path that is no UTF-8 is spelled by its escapes
    return text.encode(errors="backslashreplace")


def to_csv(sheet: Sheet) -> bytes:
    """Spell a table as CSV, its columns under their keys."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([column.key for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_plain(row.get(column.key)) for column in sheet.columns])
    return _encode(out.getvalue())


def _plain(value: object) -> object:
    return value.text if isinstance(value, Toned) else value


def _to_markdown(document: Document) -> str:
    facts = [f"**{_escape(label)}**: {_escape(figure)}" for label, figure in document.facts]
    parts = [
        f"> **{_escape(document.warning)}**" if document.warning else "",
        f"# {_escape(document.title)}",
        _escape(document.lead),
        " · ".join(facts),
    ]
    for sheet in document.sheets:
        ruler = ["---" if column.kind in WORDS else "---:" for column in sheet.columns]
        lines = [_pipe([_escape(column.label) for column in sheet.columns]), _pipe(ruler)]
        for row in sheet.rows:
            cells = [_escape(show(row.get(c.key), c.kind)) for c in sheet.columns]
            bold = bool(row.get("head"))
            lines.append(_pipe([f"**{cell}**" if bold and cell else cell for cell in cells]))
        parts.append(f"## {_escape(sheet.title)}\n\n" + "\n".join(lines))
    parts.append("\n".join(f"- {_escape(note)}" for note in document.notes))
    return "\n\n".join(part for part in parts if part) + "\n"


def _pipe(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escape(text: str) -> str:
    text = isolate(text)
    for mark in "\\|*_`<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("\n", " ")


def _to_workbook(document: Document) -> bytes:
    import xlsxwriter  # noqa: PLC0415 - only where a workbook is asked for

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        # a fixed day keeps the bytes the same for the same content
        book.set_properties({"title": document.title, "created": dt.datetime(2000, 1, 1)})  # noqa: DTZ001
        formats = {
            "head": book.add_format({"bold": True}),
            "points": book.add_format({"num_format": "+0.0%;-0.0%;0.0%"}),
            "hundredths": book.add_format({"num_format": "+0.00%;-0.00%;0.00%"}),
            "percent": book.add_format({"num_format": "0%"}),
            "rate": book.add_format({"num_format": "0.0%"}),
            "ratio": book.add_format({"num_format": "0.00"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "bp": book.add_format({"num_format": "0.00%"}),
            "chance": book.add_format({"num_format": "0.000"}),
        }
        sheets = {sheet.name: sheet for sheet in (*document.sheets, document.records)}
        for sheet in sheets.values():
            _fill(book.add_worksheet(sheet.name[:_LONGEST_TAB]), sheet, formats)
        _tell(book.add_worksheet("notes"), document, formats["head"])
    return out.getvalue()


def _tell(worksheet: "Worksheet", document: Document, bold: "Format") -> None:
    above = [each for each in (document.warning, document.lead) if each]
    worksheet.write_column(0, 0, above)
    if document.warning:
        worksheet.write(0, 0, document.warning, bold)
    for number, fact in enumerate(document.facts, start=len(above)):
        worksheet.write_row(number, 0, fact)
    worksheet.write_column(len(above) + len(document.facts), 0, document.notes)


def _fill(worksheet: "Worksheet", sheet: Sheet, formats: dict[str, "Format"]) -> None:
    worksheet.freeze_panes(1, 0)
    worksheet.write_row(0, 0, [column.label for column in sheet.columns], formats["head"])
    for place, column in enumerate(sheet.columns):
        for number, row in enumerate(sheet.rows, start=1):
            value = _plain(row.get(column.key))
            form = formats.get(column.kind) or (formats["head"] if row.get("head") else None)
            if value is not None:
                worksheet.write(number, place, value, form)
        widths = [len(show(row.get(column.key), column.kind)) for row in sheet.rows]
        width = max([len(column.label), *widths]) + 2
        worksheet.set_column(place, place, min(width, _WIDEST_CELL))
