"""Delivers a document: to standard output, to a file, or as a folder of files."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from backtests.palette import Colors
from backtests.report.document import Document
from backtests.report.formats import FORMATS, render, write_file
from universes import InputError
from universes.tables import is_there

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigureMaker = Callable[[], "Figure"]


def deliver(
    document: Document, form: str, out: Path | None, colors: Colors, draw: FigureMaker | None = None
) -> None:
    """Write a document to its files, then print it; what was written is told on stderr.

    Parameters
    ----------
    document : Document
    form : str
        What is printed: ``table`` or one of `FORMATS`. A workbook is printed only into a pipe.
    out : Path or None
        A file, its ending giving the format, or a folder for all formats.
    colors : {"china", "west", "none"}
        Of the printed table.
    draw : callable, optional
        Makes the document's figure, written as PNG.

    Raises
    ------
    InputError
        If the ending is unknown or a file cannot be written; nothing is printed then.
    """
    for path in plan_files(document, form, out, draw):
        write_file(_render(document, path.suffix[1:], draw), path)
        sys.stderr.write(f"wrote {path}\n")
    if form == "table":
        from backtests.report.terminal import print_document  # noqa: PLC0415 - rich is slow

        print_document(document, colors, sys.stdout)
    elif form != "xlsx" or out is None:
        sys.stdout.buffer.write(render(document, form))
    sys.stdout.flush()


def plan_files(
    document: Document, form: str, out: Path | None, draw: FigureMaker | None = None
) -> list[Path]:
    """Return the files that `deliver` would write; parameters and errors are its own."""
    if form == "xlsx" and out is None and sys.stdout.isatty():
        raise InputError("a workbook cannot be shown on a terminal", "add --out NAME.xlsx")
    if out is None:
        return []
    endings = [*FORMATS, "png"] if draw else list(FORMATS)
    if not out.suffix or (is_there(out) and out.is_dir()):
        return [out / f"{document.name}.{ending}" for ending in endings]
    if out.suffix[1:] not in endings:
        named = ", ".join(f".{ending}" for ending in endings)
        raise InputError(f"{out} has an unknown ending", f"write one of: {named}, or a folder")
    return [out]


def _render(document: Document, ending: str, draw: FigureMaker | None) -> bytes:
    if ending == "png" and draw:
        from backtests.figures.chart import to_png  # noqa: PLC0415 - matplotlib is slow

        return to_png(draw())
    return render(document, ending)
