"""Plain text cut into paragraphs, items and rows; lines that were wrapped are joined."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screener.documents.parts import BULLETS, FIELD, Part

_BULLET = re.compile(rf"[ \t　]*(?:[{BULLETS}][ \t　]*(?=\S)|[(（]?\d{{1,2}}[)）]|[①-⑳])")
_NUMBERED = re.compile(
    r"[ \t　]*(?:\d{1,2}(?:\.\d{1,2})*[.、．\s]|[一二三四五六七八九十]{1,3}[、．.]"
    r"|[（(][一二三四五六七八九十\d]{1,3}[)）]|第.{1,3}[章节部]|#{1,6} )"
)
_LABELLED = re.compile(r"[ 　]*[^\s，。；：:]{1,12}[：:]")
_SENTENCE_END = "。！？!?；;…”』」"
_CELLS = re.compile(r"\t|(?<!\|)\|(?!\|)")
_RULE = re.compile(r"[\s|:+=-]+")
_WIDE = re.compile(r"[ᄀ-ᇿ⺀-꓏가-힣豈-﫿︰-﹏＀-｠￠-￦]")
_FEWEST_WRAPPED, _LEAST_WIDTH = 6, 24
# of the width to which a page is set, what the last letter may leave open
_SLACK = 4
# what a line may reach beyond it, as letters and signs are of several widths
_OVERHANG = 1.2
# of the width, what a numbered line fills that is no heading
_HEADED = 0.8
_SHARE = 0.2
# columns that a program set apart by blanks
_GAP = re.compile(r"(?<=\S)(?: {2,}|　{2,})(?=\S)")
_FEWEST_CELLS = 3
_CLAUSE = re.compile(r"[，、：；。（(,]")
_CLOSED = tuple("。！？!?；;…：:）)")


@dataclass(frozen=True)
class _Line:
    text: str
    page: int
    width: int
    breaks: str


def cut(text: str, *, paged: bool) -> Iterator[Part]:
    r"""Cut a text into its parts.

    Parameters
    ----------
    text : str
        Cleaned; pages parted by "\f".
    paged : bool
        Whether its pages are counted.

    Yields
    ------
    Part
    """
    lines = list(_read_lines(text))
    width = _find_width(lines)
    held: list[_Line] = []
    for line in lines:
        if not line.text.strip():
            # an empty line ends a paragraph, but not where only a page ended
            if held and line.breaks != "\f":
                yield from _give(held, paged=paged)
                held = []
            continue
        if held and not (_hangs(held[0], line) or _goes_on(held[-1], line, width)):
            yield from _give(held, paged=paged)
            held = []
        held.append(line)
    if held:
        yield from _give(held, paged=paged)


def _read_lines(text: str) -> Iterator[_Line]:
    page = 1
    for piece in re.split(r"(?<=[\n\f])", text):
        bare = FIELD.sub("", piece.rstrip("\n\f"))
        yield _Line(bare, page, _measure(bare), piece[len(piece.rstrip("\n\f")) :])
        page += piece.count("\f")


def _measure(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _find_width(lines: Sequence[_Line]) -> int:
    """Return the width to which a text was wrapped; 0 where it was not."""
    widths = [line.width for line in lines if line.width >= _LEAST_WIDTH and not _is_row(line.text)]
    if not widths:
        return 0
    # most lines of a wrapped text end at its right edge; a table or a foot may be wider
    full = {edge: sum(edge - _SLACK <= width <= edge for width in widths) for edge in set(widths)}
    edge = max(full, key=lambda edge: (full[edge], edge))
    longest = max(widths)
    wrapped = full[edge] >= max(_FEWEST_WRAPPED, _SHARE * len(widths)) and longest < 3 * edge
    return edge if wrapped else 0


def _goes_on(line: _Line, after: _Line, width: int) -> bool:
    """Tell whether a line was wrapped, so that the next one goes on with it."""
    if _is_row(line.text) or _is_row(after.text):
        return False
    if _BULLET.match(after.text) or _NUMBERED.match(after.text):
        return False
    bare = line.text.rstrip()
    opened = max(bare.rfind("（"), bare.rfind("("))
    if line.width >= _LEAST_WIDTH and opened > max(bare.rfind("）"), bare.rfind(")")):
        return not bare.endswith(tuple(_SENTENCE_END))
    if not width or line.width > width * _OVERHANG + _SLACK:
        return False
    if line.width < width - _SLACK:
        return _stops_short(line, after, width)
    ends = bare.endswith((*_SENTENCE_END, "."))
    return not (ends and (_LABELLED.match(after.text) or _indent(after) > _indent(line)))


def _stops_short(line: _Line, after: _Line, width: int) -> bool:
    """Tell whether a short line stops in the middle of a clause; a heading does not."""
    bare = line.text.rstrip()
    if bare.endswith(_CLOSED) or (_NUMBERED.match(bare) and line.width < _HEADED * width):
        return False
    inside = _CLAUSE.search(bare) or (bare[-1:].islower() and line.width > width / 2)
    return bool(inside) and _indent(after) <= _indent(line)


def _hangs(first: _Line, after: _Line) -> bool:
    """Tell whether a line stands right under the text of the item that a bullet begins."""
    bullet = _BULLET.match(first.text)
    if not bullet or _is_row(first.text) or _is_row(after.text) or _BULLET.match(after.text):
        return False
    return _indent(after) == _measure(bullet[0]) > _indent(first) + 1


def _indent(line: _Line) -> int:
    return _measure(line.text) - _measure(line.text.lstrip())


def _is_row(line: str) -> bool:
    line = line.strip()
    return (
        "\t" in line
        or len(_CELLS.findall(line)) > 1
        or len(_GAP.findall(line)) >= _FEWEST_CELLS - 1
    )


def _give(held: Sequence[_Line], *, paged: bool) -> Iterator[Part]:
    text = "".join(line.text + line.breaks for line in held).rstrip("\n\f ")
    page = held[0].page if paged else None
    if _is_row(text) and len(held) == 1:
        if _RULE.fullmatch(text):
            return
        parted = _CELLS if _CELLS.search(text.strip()) else _GAP
        cells = [cell.strip() for cell in parted.split(text.strip().strip("|"))]
        yield Part("row", "\t".join(cells), page)
    else:
        yield Part("item" if _BULLET.match(text) else "paragraph", text, page)
