"""One report in every format: plain text, Markdown, HTML, Word, PDF."""

import io
import re
import unicodedata
from collections.abc import Sequence
from html import escape
from pathlib import Path

import docx
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    PageBreak,
    PageTemplate,
    Paragraph,
    Table,
)

# a kind (heading, paragraph, item, row, page) and its text; the cells of a row parted by tabs
Piece = tuple[str, str]

_FONT = "STSong-Light"
_MARGIN, _FOOT, _GUTTER = 60, 30, 24


def make_text(pieces: Sequence[Piece], path: Path) -> Path:
    lines = []
    for kind, text in pieces:
        lines.append({"item": f"- {text}", "page": "\f"}.get(kind, text))
    path.write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    return path


def make_markdown(pieces: Sequence[Piece], path: Path) -> Path:
    lines: list[str] = []
    inside = False
    for kind, text in pieces:
        if kind == "row":
            cells = text.split("\t")
            lines.append(f"| {' | '.join(cells)} |")
            if not inside:
                lines.append("|" + " --- |" * len(cells))
            inside = True
            continue
        inside = False
        lines += [
            "",
            {"heading": f"## {text}", "item": f"- {text}", "page": ""}.get(kind, text),
            "",
        ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def make_html(pieces: Sequence[Piece], path: Path) -> Path:
    body = []
    for kind, text in pieces:
        if kind == "row":
            cells = "".join(f"<td>{escape(cell)}</td>" for cell in text.split("\t"))
            body.append(f"<table><tr>{cells}</tr></table>")
        else:
            tag = {"heading": "h2", "item": "li"}.get(kind, "p")
            body.append(f"<{tag}>{escape(text)}</{tag}>")
    head = "<head><title>t</title><script>var 推荐 = '中际旭创';</script><style>p {}</style></head>"
    page = f"<!DOCTYPE html><html>{head}<body>{''.join(body)}</body></html>"
    path.write_text(page, encoding="utf-8")
    return path


def make_docx(pieces: Sequence[Piece], path: Path) -> Path:
    made = docx.Document()
    for kind, text in pieces:
        if kind == "heading":
            made.add_heading(text, level=2)
        elif kind == "row":
            cells = text.split("\t")
            row = made.add_table(rows=1, cols=len(cells)).rows[0]
            for cell, own in zip(row.cells, cells, strict=True):
                cell.text = own
        elif kind == "item":
            made.add_paragraph(text, style="List Bullet")
        elif kind != "page":
            made.add_paragraph(text)
    made.save(str(path))
    return path


def make_pdf(
    pieces: Sequence[Piece], path: Path, *, columns: int = 1, head: str = "", password: str = ""
) -> Path:
    """Make a PDF set in columns, with a running head, a numbered foot, and a font not embedded."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    width, height = A4
    each = (width - 2 * _MARGIN - (columns - 1) * _GUTTER) / columns
    frames = [
        Frame(_MARGIN + n * (each + _GUTTER), _MARGIN, each, height - 2 * _MARGIN, 0, 0, 0, 0)
        for n in range(columns)
    ]
    body = ParagraphStyle("body", fontName=_FONT, fontSize=10.5, leading=15, wordWrap="CJK")
    large = ParagraphStyle("head", parent=body, fontSize=14, leading=22)
    story = [_set(kind, text, body, large) for kind, text in pieces]

    def furnish(canvas: Canvas, made: BaseDocTemplate) -> None:
        canvas.setFont(_FONT, 8)
        if head:
            canvas.drawString(_MARGIN, height - _FOOT, head)
            canvas.drawString(_MARGIN, _FOOT, f"请务必阅读正文之后的免责声明 {made.page} / 30")

    encrypt = {"encrypt": password} if password else {}
    made = BaseDocTemplate(str(path), pagesize=A4, title="", invariant=1, **encrypt)
    made.addPageTemplates(PageTemplate(frames=frames, onPage=furnish))
    made.build(story)
    return path


def _set(kind: str, text: str, body: ParagraphStyle, large: ParagraphStyle) -> object:
    if kind == "page":
        return PageBreak()
    if kind == "row":
        cells = [[Paragraph(escape(cell), body) for cell in text.split("\t")]]
        return Table(cells, spaceBefore=0)
    shown = f"• {text}" if kind == "item" else text
    return Paragraph(escape(shown), large if kind == "heading" else body)


def make_page_pdf(text: str, path: Path) -> Path:
    """Set a text as it stands, line by line, columns where blanks part them."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    wide, tall, size, step = 800, 1100, 10, 16
    canvas = Canvas(str(path), pagesize=(wide, tall), invariant=1)
    for page in text.replace("\t", "    ").split("\f"):
        place = tall - _MARGIN
        for line in page.split("\n"):
            if place < _MARGIN:
                canvas.showPage()
                place = tall - _MARGIN
            canvas.setFont(_FONT, size)
            for found in re.finditer(r"\S+(?: \S+)*", line):
                start = sum(
                    1 + (unicodedata.east_asian_width(c) in "WFA") for c in line[: found.start()]
                )
                canvas.drawString(_MARGIN + start * size / 2, place, found[0])
            place -= step
        canvas.showPage()
    canvas.save()
    return path


def make_empty_pdf(path: Path, *, pages: int = 1) -> Path:
    """Make a PDF whose pages hold no text, as a scan's do."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    for _ in range(pages):
        canvas.rect(100, 100, 200, 200)
        canvas.showPage()
    canvas.save()
    path.write_bytes(buffer.getvalue())
    return path
