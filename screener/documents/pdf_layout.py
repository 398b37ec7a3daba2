"""Where letters stand on a page, made into lines, columns, rows, headings and paragraphs."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from screener.documents.furniture import find_repeated, strip_edges
from screener.documents.parts import BULLETS, Part, clean

_BULLET = re.compile(rf"(?:[{BULLETS}]\s*\S|[(（]?\d{{1,2}}[)）]|[①-⑳])")
_NUMBERED = re.compile(
    r"(?:\d{1,2}(?:\.\d{1,2})*[.、．\s]|[一二三四五六七八九十]{1,3}[、．.]"
    r"|[（(][一二三四五六七八九十\d]{1,3}[)）]|第.{1,3}[章节部])"
)
_LATIN_END = re.compile(r"[A-Za-z0-9,.;:)%]$")
_LATIN_START = re.compile(r"^[A-Za-z0-9(]")
_GUTTER, _CELL_GAP = 1.2, 1.2
_CROSSING, _FEWEST_LINES, _FULL, _ALIGNED = 0.34, 4, 0.55, 0.6
_HEADING, _LONGEST_HEADING = 1.12, 90
_DEEPEST = 6
_LINE_GAP = 1.1
# of the size of a letter, what the last one may leave open; what a hanging line stands in
_SLACK, _DEEPEST_HANG = 2.2, 3.5
_SHORTEST_WRAPPED, _WRAPPED = 12, 0.2
# of the width, what a line fills that goes on, and a numbered one that is no heading
_LEAST_SHARE, _HEADED = 0.5, 0.8
_CLAUSE = re.compile(r"[，、：；。（(,]")
_LABELLED = re.compile(r"[^\s，。；：:]{1,12}[：:]")
_CLOSED = tuple("。！？!?；;…：:）)")
_SENTENCE_ENDS = tuple("。！？!?；;：:.")


@dataclass(frozen=True)
class Segment:
    """Letters that stand together: their text, box (points from the lower left) and size."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float


@dataclass(frozen=True)
class _Line:
    segments: tuple[Segment, ...]
    page: int
    column: tuple[float, float]

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return max(segment.right for segment in self.segments)

    @property
    def bottom(self) -> float:
        return min(segment.bottom for segment in self.segments)

    @property
    def top(self) -> float:
        return max(segment.top for segment in self.segments)

    @property
    def size(self) -> float:
        return max(self.segments, key=lambda segment: len(segment.text)).size

    @property
    def text(self) -> str:
        return "\t".join(self.cells)

    @property
    def cells(self) -> list[str]:
        cells = [self.segments[0].text]
        for before, segment in pairwise(self.segments):
            gap = segment.left - before.right
            if gap > _CELL_GAP * max(before.size, segment.size):
                cells.append(segment.text)
            else:
                joint = (
                    " "
                    if gap > 0.15 * segment.size and _needs_blank(cells[-1], segment.text)
                    else ""
                )
                cells[-1] += joint + segment.text
        return [clean(cell) for cell in cells]


def lay_out(pages: Sequence[Sequence[Segment]]) -> Iterator[Part]:
    """Yield the parts of a document from the segments of its pages, in reading order."""
    lined = [list(_read_lines(segments, number)) for number, segments in enumerate(pages, 1)]
    repeated = find_repeated([[line.text for line in page] for page in lined])
    kept = [line for page in lined for line in _strip(page, repeated)]
    if not kept:
        return
    depths = _rank_sizes(kept)
    edges = _find_edges(kept)
    held: list[_Line] = []
    for line in kept:
        edge = edges[line.column]
        if held and not (_hangs(held[0], line) or _goes_on(held[-1], line, edge)):
            yield _give(held, depths)
            held = []
        held.append(line)
    yield _give(held, depths)


def _strip(page: list[_Line], repeated: frozenset[str]) -> list[_Line]:
    texts = [line.text for line in page]
    left = strip_edges(texts, repeated)
    if not left or len(left) == len(texts):
        return page if left else []
    start = next(n for n in range(len(texts)) if texts[n : n + len(left)] == left)
    return page[start : start + len(left)]


def _read_lines(segments: Sequence[Segment], page: int) -> Iterator[_Line]:
    """Yield the lines of a page, column by column."""
    rows = _group([segment for segment in segments if segment.text])
    gutter = _find_gutter(rows)
    if gutter is None:
        yield from _make(rows, page)
        return
    left: list[list[Segment]] = []
    right: list[list[Segment]] = []
    for row in rows:
        crossing = [s for s in row if s.left < gutter < s.right]
        if crossing:
            yield from [*_make(left, page), *_make(right, page), *_make([row], page)]
            left, right = [], []
            continue
        for side, own in (
            (left, [s for s in row if s.right <= gutter]),
            (right, [s for s in row if s.left >= gutter]),
        ):
            if own:
                side.append(own)
    yield from [*_make(left, page), *_make(right, page)]


def _make(rows: Sequence[Sequence[Segment]], page: int) -> list[_Line]:
    if not rows:
        return []
    column = (min(s.left for row in rows for s in row), max(s.right for row in rows for s in row))
    return [_Line(tuple(sorted(row, key=lambda s: s.left)), page, column) for row in rows]


def _group(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group segments by the height at which they stand, the highest first."""
    rows: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: (-(s.top + s.bottom), s.left)):
        middle = (segment.top + segment.bottom) / 2
        if rows and min(s.bottom for s in rows[-1][:1]) < middle < max(s.top for s in rows[-1][:1]):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return rows


def _find_gutter(rows: Sequence[Sequence[Segment]]) -> float | None:
    """Return where a page of two columns is parted; None of one column, and of a table."""
    flat = [segment for row in rows for segment in row]
    if len(flat) < 2 * _FEWEST_LINES:
        return None
    size = median(segment.size for segment in flat)
    edges = sorted({round(segment.left - 0.5 * size, 1) for segment in flat})
    best, best_score = None, 0
    for edge in edges:
        crossing = sum(s.left < edge < s.right for s in flat)
        before = [s for s in flat if s.right <= edge]
        behind = [s for s in flat if s.left >= edge]
        if crossing > _CROSSING * len(rows) or min(len(before), len(behind)) < _FEWEST_LINES:
            continue
        near = [s for s in before if s.right > edge - _GUTTER * size + 0.5 * size]
        if len(near) > 0.1 * len(before) + 1 or _is_table(before, behind):
            continue
        score = min(len(before), len(behind)) - 2 * crossing
        if score > best_score:
            best, best_score = edge, score
    return best


def _is_table(before: Sequence[Segment], behind: Sequence[Segment]) -> bool:
    """Tell whether what stands on two sides is cells of rows: at one height, and short."""
    fewer, more = sorted((before, behind), key=len)
    aligned = sum(any(abs(s.bottom - o.bottom) < 0.25 * s.size for o in more) for s in fewer)
    if aligned < _ALIGNED * len(fewer):
        return False
    for side in (before, behind):
        width = max(s.right for s in side) - min(s.left for s in side)
        if median(s.right - s.left for s in side) < _FULL * width:
            return True
    return False


def _find_edges(lines: Sequence[_Line]) -> dict[tuple[float, float], float]:
    """Return for each column where its wrapped lines end; a table or a foot may be wider."""
    rights: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for line in lines:
        own = rights.setdefault(line.column, [])
        if len(line.cells) == 1 and len(line.text) >= _SHORTEST_WRAPPED:
            own.append((line.right, line.size))
    edges = {}
    for column, own in rights.items():
        most, edge = max(
            (
                (sum(end - _SLACK * size <= other <= end for other, _ in own), end)
                for end, size in own
            ),
            default=(0, 0.0),
        )
        edges[column] = edge if most >= max(_FEWEST_LINES, _WRAPPED * len(own)) else column[1]
    return edges


def _hangs(first: _Line, after: _Line) -> bool:
    """Tell whether a line stands right under the text of the item that a bullet begins."""
    bullet = _BULLET.match(first.text)
    if not bullet or len(first.cells) > 1 or len(after.cells) > 1 or _BULLET.match(after.text):
        return False
    apart = after.left - first.left
    return first.column == after.column and 0.8 * first.size < apart < _DEEPEST_HANG * first.size


def _goes_on(line: _Line, after: _Line, edge: float) -> bool:
    """Tell whether a line was wrapped, so that the next one goes on with it."""
    if (
        len(line.cells) > 1
        or len(after.cells) > 1
        or abs(line.size - after.size) > 0.08 * line.size
    ):
        return False
    if _BULLET.match(after.text) or _NUMBERED.match(after.text):
        return False
    size = line.size
    full = line.right > edge - _SLACK * size
    indented = after.left > after.column[0] + 1.2 * size and after.left > line.left + 0.5 * size
    same_page = line.page == after.page and line.column == after.column
    if same_page and line.bottom - after.top > _LINE_GAP * size:
        return False
    if not same_page and line.text.endswith(_SENTENCE_ENDS):
        return False
    if line.text.endswith(_SENTENCE_ENDS) and _LABELLED.match(after.text):
        return False
    return (full or _stops_short(line, edge)) and not indented


def _stops_short(line: _Line, edge: float) -> bool:
    """Tell whether a short line stops in the middle of a clause; a heading does not."""
    share = (line.right - line.left) / max(edge - line.left, 1)
    bare = line.text.rstrip()
    if bare.endswith(_CLOSED) or share < _LEAST_SHARE:
        return False
    numbered = _NUMBERED.match(bare) and share < _HEADED
    return bool(_CLAUSE.search(bare)) and not numbered


def _needs_blank(before: str, after: str) -> bool:
    return bool(_LATIN_END.search(before) and _LATIN_START.search(after))


def _rank_sizes(lines: Sequence[_Line]) -> dict[float, int]:
    """Return the depth of headings by size: what is clearly larger than most of the text."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[round(line.size, 1)] += len(line.text)
    body = letters.most_common(1)[0][0]
    larger = sorted((size for size in letters if size >= _HEADING * body), reverse=True)
    return {size: min(depth, _DEEPEST) for depth, size in enumerate(larger, 1)}


def _give(held: Sequence[_Line], depths: dict[float, int]) -> Part:
    text = held[0].text
    for before, line in pairwise(held):
        text += ("\f" * (line.page - before.page) or "\n") + line.text
    page = held[0].page
    depth = depths.get(round(held[0].size, 1), 0)
    if depth and len(text) <= _LONGEST_HEADING and "\t" not in text:
        return Part("heading", text, page, depth)
    if len(held) == 1 and "\t" in text:
        return Part("row", text, page)
    return Part("item" if _BULLET.match(text) else "paragraph", text, page)
