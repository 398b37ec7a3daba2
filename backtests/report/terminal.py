"""Shows a document on a terminal."""

from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backtests.palette import PALETTES, Colors, Palette
from backtests.report.document import Document, Sheet, show, tone

_WIDTH_OF_A_PIPE = 132


def print_document(document: Document, colors: Colors, file: TextIO) -> None:
    """Print a document's sheets and notes.

    Parameters
    ----------
    document : Document
    colors : {"china", "west", "none"}
        ``china`` shows what rose in red, ``west`` in green, ``none`` without colour. Colour is
        left out when the output is no terminal or NO_COLOR is set.
    file : TextIO
    """
    width = None if file.isatty() else _WIDTH_OF_A_PIPE
    console = Console(file=file, width=width, highlight=False, no_color=colors == "none" or None)
    console.print(Text(document.title, style="bold"))
    for sheet in document.sheets:
        title = None if sheet.title == document.title else Text(sheet.title, style="italic")
        console.print(_lay_out(sheet, title, PALETTES[colors]))
    for note in document.notes:
        console.print(Text(f"· {note}", style="dim"))


def _lay_out(sheet: Sheet, title: Text | None, palette: Palette) -> Table:
    styles = {1: palette.up, -1: palette.down, 0: ""}
    table = Table(
        title=title,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for column in sheet.columns:
        is_text = column.kind == "text"
        table.add_column(
            Text(column.label),
            justify="left" if is_text else "right",
            no_wrap=not is_text,
            overflow="fold" if is_text else "ellipsis",
        )
    for number, row in enumerate(sheet.rows):
        if row.get("head") and number and sheet.grouped:
            table.add_section()
        cells = [(row.get(column.key), column.kind) for column in sheet.columns]
        table.add_row(
            *(Text(show(value, kind), style=styles[tone(value, kind)]) for value, kind in cells),
            style="bold" if row.get("head") else None,
        )
    return table
