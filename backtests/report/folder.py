"""Writes the folder of a result: its tables, figures and page, and what reproduces them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backtests.palette import Colors
from backtests.report.document import Document
from backtests.report.formats import render, to_json, write_folder
from universes import InputError
from universes.content import content_hash, hash_each
from universes.text import Language

if TYPE_CHECKING:
    from backtests.figures.chart import Chart

# each draws a figure, anew whenever it is called
Figures = Mapping[str, "Callable[[], Chart]"]
_SHOWN_OF_A_HASH = 12


def folder_id(report_id: str, provenance: Mapping[str, Any]) -> str:
    """Return the name of a result's folder: the report, and a hash of all that it rests on."""
    return f"{report_id}-{content_hash(provenance)[:_SHOWN_OF_A_HASH]}"


def check_folder(out: Path) -> None:
    """Refuse a place that is no folder, before anything long is begun."""
    if out.suffix or out.is_file():
        raise InputError(f"{out} is no folder", "name a folder with --out, such as results/")


def write_result(
    name: str,
    files: Mapping[str, bytes],
    out: Path,
    provenance: Mapping[str, Any],
    arguments: Mapping[str, Any],
    language: Language,
) -> Path:
    """Write a result's folder whole or not at all, with a manifest of its files' hashes.

    Parameters
    ----------
    name : str
        Of the folder, as `folder_id` gives it.
    files : mapping of str to bytes
        By path inside the folder.
    out : Path
        The folder that the result's own is put into; one of the same name is replaced.
    provenance, arguments : mapping
        What it rests on and what was asked for, as JSON values; kept in the manifest.
    language : {"zh", "en"}

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it cannot be written; what stood there is left as it was.
    """
    check_folder(out)
    manifest = {
        "run": name,
        "arguments": dict(arguments),
        "language": language,
        **provenance,
        "files": hash_each(files),
    }
    folder = out / name
    write_folder({**files, "manifest.json": to_json(manifest)}, folder)
    return folder


def spell_document(document: Document, stem: str) -> dict[str, bytes]:
    """Spell a document in every format: its tables under a stem, the prose as report."""
    return {
        f"{stem}.json": render(document, "json"),
        f"{stem}.csv": render(document, "csv"),
        "report.md": render(document, "md"),
        "report.xlsx": render(document, "xlsx"),
    }


def draw_figures(figures: Figures) -> "tuple[dict[str, Chart], dict[str, Chart]]":
    """Draw figures for a page and for files.

    Both are the same but where no font of this machine has the letters of the language asked
    for: the page has them in that language, as its reader has the fonts, the files in English.
    """
    from backtests.figures.lettering import readers_fonts  # noqa: PLC0415 - matplotlib is slow

    with readers_fonts():
        shown = {name: draw() for name, draw in figures.items()}
    kept = {name: chart if chart.letters.font else figures[name]() for name, chart in shown.items()}
    return shown, kept


def draw_page(
    document: Document, figures: Figures, language: Language, colors: Colors
) -> dict[str, bytes]:
    """Spell figures as PNG and SVG, and put them on a page with the document's tables."""
    from backtests.figures.chart import to_files  # noqa: PLC0415 - matplotlib is slow
    from backtests.report.page import render_page  # noqa: PLC0415

    shown, kept = draw_figures(figures)
    files = {"index.html": render_page(document, shown, language, colors)}
    for name, chart in kept.items():
        files[f"figures/{name}.png"], files[f"figures/{name}.svg"] = to_files(chart)
    return files
