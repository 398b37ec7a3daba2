"""Writes a document as one web page, which asks no host for anything."""

import base64
import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from backtests.direction import isolate, split_runs
from backtests.labels import word
from backtests.palette import PALETTES, Colors
from backtests.report.document import WORDS, Column, Document, Sheet, show, tone
from universes.text import Language

if TYPE_CHECKING:
    from backtests.figures.chart import Chart

_LANGUAGES: dict[Language, str] = {"zh": "zh-Hans", "en": "en"}
_TONES = {1: "up", -1: "down", 0: ""}
# a cell of more letters may be broken
_LONG = 40


@dataclass(frozen=True)
class _Cell:
    """What is shown, how, and the number that it is sorted by; empty where it is none."""

    text: str
    classes: str
    value: str = ""


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
        One file without a reference to any other; it follows the reader's choice of a light or
        a dark page. Its one script sorts the tables, and without it all is there to be read.
    """
    pictures = {key: _embed(chart, f"f{n}") for n, (key, chart) in enumerate(figures.items(), 1)}
    script, digest = _script()
    names = {sheet.name for sheet in document.sheets}
    palette = PALETTES[colors]
    text = (
        _environment()
        .get_template("page.html")
        .render(
            lang=_LANGUAGES[language],
            title=document.title,
            warning=document.warning,
            lead=document.lead,
            facts=document.facts,
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
            script=script,
            digest=digest,
        )
    )
    # a path that is no UTF-8 is spelled by its escapes
    return text.encode(errors="backslashreplace")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("backtests.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown": _show_text, "plain": isolate}
    return environment


@cache
def _script() -> tuple[Markup, str]:
    """Return the script, and the hash by which a browser knows that it is ours."""
    text = _environment().get_template("page.js").render()
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), digest  # noqa: S704 - our own file, without values


def _show_text(text: str) -> Markup:
    """Return a text whose direction turns nothing beside it round."""
    return Markup().join(
        Markup("<bdi>%s</bdi>") % part if place % 2 else part
        for place, part in enumerate(split_runs(text))
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
    text = show(value, column.kind)
    long = "long" if len(text) > _LONG else ""
    classes = (_class_of(column), _TONES[tone(value, column.kind)], long)
    return _Cell(text, " ".join(each for each in classes if each), _sort_value(value))


def _sort_value(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return repr(float(value))


def _class_of(column: Column) -> str:
    if column.kind not in WORDS:
        return "number"
    return "text" if column.kind == "text" else ""


def _embed(chart: "Chart", prefix: str) -> _Picture:
    from backtests.figures.inline import to_inline  # noqa: PLC0415 - matplotlib is slow

    # the shapes are those of our own chart; what it says is escaped
    return _Picture(chart.alt, chart.caption, Markup(to_inline(chart, prefix)))  # noqa: S704
