"""Shows a document on a terminal."""

from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from backtests.direction import without_controls
from backtests.palette import PALETTES, Colors, Palette
from backtests.report.document import WORDS, Column, Document, Sheet, show, tone

_WIDTH_OF_A_PIPE = 132
_SHORTEST = 8
_ELASTIC = ("text", "name")


def print_document(document: Document, colors: Colors, file: TextIO) -> None:
    """Print a document's sheets, what stands over them, and its notes.

    Parameters
    ----------
    document : Document
    colors : {"china", "west", "none"}
        ``china`` shows what rose in red, ``west`` in green, ``none`` without colour. Colour is
        left out when the output is no terminal or NO_COLOR is set.
    file : TextIO
    """
    console = Console(file=file, highlight=False, no_color=colors == "none" or None)
    given = console.width if file.isatty() else _WIDTH_OF_A_PIPE
    console.width = max([given, *(_least_width(sheet, gap=1) for sheet in document.sheets)])
    if document.warning:
        console.print(plain(document.warning, "bold reverse"), end="\n\n")
    console.print(plain(document.title, "bold"))
    if document.lead:
        console.print(plain(f"\n{document.lead}"))
    if document.facts:
        facts = [
            plain(f"{label}: ").append_text(plain(figure, "bold"))
            for label, figure in document.facts
        ]
        console.print(Text("\n").append_text(Text(" · ").join(facts)))
    for sheet in document.sheets:
        if sheet.title != document.title:
            console.print(plain(f"\n{sheet.title}\n", "italic"))
        console.print(_lay_out(sheet, PALETTES[colors], console.width))
    if document.notes:
        console.print()
    for note in document.notes:
        console.print(plain(f"· {note}", "dim"))


def plain(text: str, style: str = "") -> Text:
    """Return a text that cannot command the terminal."""
    return Text(without_controls(text), style=style)


def _lay_out(sheet: Sheet, palette: Palette, width: int) -> Table:
    styles = {1: palette.up, -1: palette.down, 0: ""}
    gap = 2 if _least_width(sheet, gap=2) <= width else 1
    # the box draws one blank between columns
    padding = (0, gap - 1, 0, 0)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=padding)
    spare = width - _least_width(sheet, gap)
    for column in sheet.columns:
        whole = _width(sheet, column)
        table.add_column(
            plain(column.label),
            justify="left" if column.kind in WORDS else "right",
            no_wrap=column.kind != "text",
            overflow="fold" if column.kind == "text" else "ellipsis",
            min_width=_SHORTEST if column.kind in _ELASTIC else whole,
            max_width=min(whole, _SHORTEST + spare) if column.kind == "name" else None,
        )
    for number, row in enumerate(sheet.rows):
        if row.get("head") and number and sheet.grouped:
            table.add_section()
        cells = [(row.get(column.key), column.kind) for column in sheet.columns]
        table.add_row(
            *(plain(show(value, kind), styles[tone(value, kind)]) for value, kind in cells),
            style="bold" if row.get("head") else None,
        )
    return table


def _least_width(sheet: Sheet, gap: int) -> int:
    """Return the width below which a figure would be cut; names and texts give way first."""
    widths = [
        _SHORTEST if column.kind in _ELASTIC else _width(sheet, column) for column in sheet.columns
    ]
    return sum(widths) + gap * (len(widths) - 1)


def _width(sheet: Sheet, column: Column) -> int:
    shown = (show(row.get(column.key), column.kind) for row in sheet.rows)
    return max([cell_len(column.label), *map(cell_len, shown)])
