"""Writes a document as one web page, which asks no host for anything."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from backtests.labels import word
from backtests.palette import PALETTES, Colors
from backtests.report.document import WORDS, Column, Document, Sheet, show, tone
from universes.text import Language

if TYPE_CHECKING:
    from backtests.figures.chart import Chart

_LANGUAGES: dict[Language, str] = {"zh": "zh-Hans", "en": "en"}
_TONES = {1: "up", -1: "down", 0: ""}


@dataclass(frozen=True)
class _Cell:
    text: str
    classes: str


@dataclass(frozen=True)
class _Group:
    """Rows that belong together, each with whether it stands out."""

    rows: Sequence[tuple[bool, Sequence[_Cell]]]


@dataclass(frozen=True)
class _Picture:
    alt: str
    caption: str
    svg: Markup


@dataclass(frozen=True)
class _Section:
    anchor: str
    title: str
    pictures: Sequence[_Picture]
    columns: Sequence[_Cell]
    groups: Sequence[_Group]


def render_page(
    document: Document,
    figures: "Mapping[str, Chart]",
    language: Language,
    colors: Colors = "china",
) -> bytes:
    """Spell a document as HTML; the same content gives the same bytes.

    Parameters
    ----------
    document : Document
    figures : mapping of str to Chart
        One under the name of a sheet stands over its table, any other over all tables, in the
        order given.
    language : {"zh", "en"}
        Of the document.
    colors : {"china", "west", "none"}
        China: what rose is red.

    Returns
    -------
    bytes
        One file, without scripts and without a reference to any other; it follows the reader's
        choice of a light or a dark page.
    """
    pictures = {key: _embed(chart, f"f{n}") for n, (key, chart) in enumerate(figures.items(), 1)}
    names = {sheet.name for sheet in document.sheets}
    palette = PALETTES[colors]
    text = (
        _environment()
        .get_template("page.html")
        .render(
            lang=_LANGUAGES[language],
            title=document.title,
            lead=document.lead,
            contents=word("page_contents", language),
            pictures=[picture for key, picture in pictures.items() if key not in names],
            sections=[
                _lay_out(sheet, f"s{n}", pictures.get(sheet.name))
                for n, sheet in enumerate(document.sheets, 1)
            ],
            heading=word("page_notes", language),
            notes=document.notes,
            up=palette.up_code,
            down=palette.down_code,
        )
    )
    # a path that is no UTF-8 is spelled by its escapes
    return text.encode(errors="backslashreplace")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("backtests.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _lay_out(sheet: Sheet, anchor: str, picture: _Picture | None) -> _Section:
    return _Section(
        anchor=anchor,
        title=sheet.title,
        pictures=[picture] if picture else [],
        columns=[_Cell(column.label, _class_of(column)) for column in sheet.columns],
        groups=[_Group(rows) for rows in _group(sheet)],
    )


def _group(sheet: Sheet) -> Iterator[list[tuple[bool, Sequence[_Cell]]]]:
    rows: list[tuple[bool, Sequence[_Cell]]] = []
    for row in sheet.rows:
        stands_out = bool(row.get("head"))
        if stands_out and sheet.grouped and rows:
            yield rows
            rows = []
        cells = [_make_cell(row.get(column.key), column) for column in sheet.columns]
        rows.append((stands_out, cells))
    if rows:
        yield rows


def _make_cell(value: object, column: Column) -> _Cell:
    classes = (_class_of(column), _TONES[tone(value, column.kind)])
    return _Cell(show(value, column.kind), " ".join(each for each in classes if each))


def _class_of(column: Column) -> str:
    if column.kind not in WORDS:
        return "number"
    return "text" if column.kind == "text" else ""


def _embed(chart: "Chart", prefix: str) -> _Picture:
    """Fit a chart into the page: its own ids, and the page's colours of text and background."""
    from backtests.figures.chart import INK, PAPER, to_svg  # noqa: PLC0415 - matplotlib is slow

    svg = to_svg(chart).decode()
    box = re.search(r'viewBox="([\d. ]+)"', svg)
    if not box:
        raise ValueError("matplotlib writes SVG without a viewBox")
    inner = svg[svg.index(">", box.end()) + 1 :]
    inner = re.sub(r"<(style|metadata)\b.*?</\1>", "", inner, flags=re.DOTALL)
    inner = re.sub(r'(\bid="|href="#|url\(#)', rf"\1{prefix}-", inner)
    inner = inner.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    opening = f'<svg role="img" aria-label="%s" viewBox="{box[1]}">'
    # the shapes are those of our own chart; what it says is escaped
    return _Picture(chart.alt, chart.caption, Markup(opening) % chart.alt + Markup(inner))  # noqa: S704
