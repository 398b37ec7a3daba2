"""Under which headings each block of a document stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from screener.documents.document import Block, Document
from screener.documents.parts import BULLETS
from screener.drafting.folding import Folded, fold
from screener.drafting.words import load_words

_LONGEST_NUMBERED, _LONGEST_PLAIN = 60, 24
_LONGEST_ENGLISH = 90
_LONGEST_PARAGRAPH = 4_000
# ways to number headings; of decimals each further point is a rank of its own
_STYLES = (
    ("part", re.compile(r"第[一二三四五六七八九十\d]{1,3}[章部篇节][分]?[、:. ]?")),
    ("han", re.compile(r"[一二三四五六七八九十]{1,3}[、.][ ]?")),
    ("bracketed", re.compile(r"\([一二三四五六七八九十]{1,3}\)[、. ]?")),
    ("decimal", re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}[.、]?[ ]?(?=[^\d\s%])")),
    ("number", re.compile(r"\d{1,2}[.、](?!\d)[ ]?")),
    ("roman", re.compile(r"[IVX]{1,4}[.、][ ]")),
)
_SPACED = re.compile(r"(\d{1,2})[ 　]+(?=[一-鿿])(?![年月日号家个只项亿万元])")
_BULLET = re.compile(rf"^[{BULLETS}✅>#]+[ ]?")
_BARS = "▍▎▌▋▊█|┃■◆◼●★☆▶ "
_BARRED = re.compile(rf"(?:[{_BARS[:-1]}]+[ ]?|\[[^\[\]]{{1,12}}\](?=[^\[、,;。]))")
_SENTENCE = re.compile(r"[。，,]|\. ")
_SHORTEST_PROSE = 30
_LEADER = re.compile(r"(?:\.{3,}|…{1,}|·{3,}|\t)[ ]*\d{1,3}$")
# a line that is a date heads nothing
_DATE = re.compile(r"[\d年月日号./:\- ]{6,}(?:\(?(?:星期|周)[一二三四五六日天]\)?)?")
_NO_HEADING_END = re.compile(r"[。;,!:…]$|\.$")
_NO_HEADING = re.compile(
    r"^(?:图|表|图表|注|来源|资料来源|数据来源|FIGURE|EXHIBIT|TABLE|SOURCE|NOTE)[\d :.]"
    r"|^(?:资料|数据)?来源|HTTP|@|WWW\."
)


@dataclass(frozen=True)
class Heading:
    """A heading.

    Attributes
    ----------
    place : int
        Of the part that it is, as `Placed` counts them.
    number : str
        As it numbers itself, without points at its ends; empty where it has none.
    text : str
        The rest, as the document has it, blanks run together.
    folded : str
        The rest, folded.
    rank : str
        The way in which it is marked.
    """

    place: int
    number: str
    text: str
    folded: str
    rank: str


@dataclass(frozen=True)
class Placed:
    """A block with what is needed to read it.

    Attributes
    ----------
    place : int
        Counted from 0.
    block : Block
        A long one is read in several parts.
    folded : Folded
        Bullets in front left out.
    headings : tuple of Heading
        It stands under, the outermost first; of a heading its own is the last.
    is_heading : bool
    """

    place: int
    block: Block
    folded: Folded
    headings: tuple[Heading, ...]
    is_heading: bool


def place_blocks(document: Document) -> tuple[Placed, ...]:
    """Fold each block of a document and find the headings over it."""
    placed: list[Placed] = []
    stack: list[Heading] = []
    in_contents = False
    for place, block in enumerate(document.blocks):
        folded = _fold_block(document.text, block)
        behind = document.blocks[place + 1] if place + 1 < len(document.blocks) else None
        heading = _read_heading(document.text, block, folded, len(placed), behind)
        if heading and heading.folded in load_words().get("sections", "contents"):
            in_contents = True
        elif in_contents:
            in_contents = bool(heading) or block.kind in {"item", "row"} or _is_leader(folded.text)
            heading = None if in_contents else heading
        if heading and not _LEADER.search(folded.text):
            stack = [*_cut(stack, heading), heading]
        else:
            heading = None
            stack = _leave_listing(stack, block, folded)
        placed += [
            Placed(len(placed) + n, block, part, tuple(stack), heading is not None)
            for n, part in enumerate(_cut_long(folded))
        ]
    return tuple(placed)


def _leave_listing(stack: list[Heading], block: Block, folded: Folded) -> list[Heading]:
    """Return the headings without one over a list of titles where running text begins."""
    words = load_words().get("sections", "listings")
    prose = block.kind == "paragraph" and len(folded.text) >= _LONGEST_PLAIN * 2
    if stack and stack[-1].folded.startswith(words) and prose and "。" in folded.text:
        return stack[:-1]
    return stack


def _cut_long(folded: Folded) -> Iterator[Folded]:
    """Yield the parts of a block; it is one unless it is longer than any paragraph."""
    start = 0
    while len(folded.text) - start > _LONGEST_PARAGRAPH:
        end = folded.text.rfind("。", start, start + _LONGEST_PARAGRAPH) + 1
        end = end or start + _LONGEST_PARAGRAPH
        yield Folded(folded.text[start:end], folded.places[start : end + 1])
        start = end
    yield Folded(folded.text[start:], folded.places[start:])


def _is_leader(text: str) -> bool:
    return bool(_LEADER.search(text))


def _fold_block(text: str, block: Block) -> Folded:
    whole = fold(text, block.start, block.end)
    bullet = _BULLET.match(whole.text)
    if not bullet or whole.text.startswith(("*ST", "-U", "-W")):
        return whole
    return Folded(whole.text[bullet.end() :], whole.places[bullet.end() :])


def _cut(stack: Sequence[Heading], heading: Heading) -> list[Heading]:
    """Return the headings that stay over a new one."""
    ranks = [each.rank for each in stack]
    if heading.rank in ranks:
        return list(stack[: ranks.index(heading.rank)])
    if heading.rank.startswith(("decimal", "number")):
        # 1 stands over 1.1, wherever 一 or a chapter stands
        deeper = [n for n, rank in enumerate(ranks) if _is_deeper(rank, heading.rank)]
        return list(stack[: deeper[0]]) if deeper else _without_plain(stack)
    if heading.rank.startswith("format"):
        deeper = [
            n
            for n, rank in enumerate(ranks)
            if not rank.startswith("format") or rank > heading.rank
        ]
        return list(stack[: deeper[0]]) if deeper else list(stack)
    return list(stack) if heading.rank == "plain" else _without_plain(stack)


def _without_plain(stack: Sequence[Heading]) -> list[Heading]:
    return [each for each in stack if each.rank != "plain"]


def _is_deeper(rank: str, than: str) -> bool:
    return rank.startswith("decimal") and rank > than.replace("number", "decimal0")


def _read_heading(
    text: str, block: Block, folded: Folded, place: int, behind: Block | None
) -> Heading | None:
    if block.kind == "row" or not folded.text.strip():
        return None
    marked = block.kind == "heading"
    over = behind is not None and _is_prose(text, behind)
    if over and _is_barred(folded.text):
        style, number, rest = _split_number(folded.text)
        own = " ".join(text[block.start : block.end].split())
        return Heading(place, "", own.lstrip(_BARS), folded.text, "barred")
    if block.kind == "item" and _BULLET.match(fold(text, block.start, block.end).text):
        # a bullet before a number: a line of a list
        return None
    style, number, rest = _split_number(folded.text)
    spaced = _SPACED.match(text, block.start, block.end)
    if not style and spaced and block.kind == "paragraph":
        # folded, the blank between a number and a Chinese letter is gone
        style, number, rest = "number", spaced[1], folded.text[len(spaced[1]) :]
    if not marked and not _may_head(block, style, rest, folded.text, over=over):
        return None
    if marked and not style:
        style = ""
    start = folded.places[len(folded.text) - len(rest)] if rest else block.end
    own = " ".join(text[start : block.end].replace("**", "").split())
    rank = f"format{block.depth}" if marked else style or "plain"
    return Heading(place, number, own, rest.strip(), rank)


def _split_number(folded: str) -> tuple[str, str, str]:
    """Return the style, the number and the rest of what may be a heading."""
    for style, pattern in _STYLES:
        if found := pattern.match(folded):
            number = found[0].strip(" 、.:()")
            depth = str(number.count(".")) if style == "decimal" else ""
            return style + depth, number, folded[found.end() :]
    return "", "", folded


def _is_prose(text: str, block: Block) -> bool:
    """Tell whether a block is running text, so that a short line before it may head it."""
    own = text[block.start : block.end]
    return block.kind == "paragraph" and len(own) >= _SHORTEST_PROSE and bool(_SENTENCE.search(own))


def _is_barred(folded: str) -> bool:
    """Tell whether a short line bears a bar or a rubric in brackets, as headings do."""
    return (
        bool(_BARRED.match(folded))
        and len(folded) <= _LONGEST_NUMBERED
        and not _NO_HEADING_END.search(folded)
        and "。" not in folded
    )


def _may_head(block: Block, style: str, rest: str, whole: str, *, over: bool) -> bool:
    if "\t" in whole or _NO_HEADING.search(whole) or _NO_HEADING_END.search(whole):
        return False
    if _DATE.fullmatch(whole):
        return False
    words = load_words()
    known = rest.strip() in (*words.get("sections", "advice"), *words.get("sections", "excluded"))
    longest = _LONGEST_ENGLISH if whole.isascii() else _LONGEST_NUMBERED
    if style:
        return len(rest) <= longest and bool(rest.strip()) and "。" not in rest and ";" not in rest
    if block.kind == "item" or "?" in whole:
        return False
    if over and len(rest) <= _LONGEST_PLAIN and not re.search(r"[,;:、]|\)$", rest):
        return True
    return known or _starts_known(rest)


def _starts_known(rest: str) -> bool:
    """Tell whether an unnumbered line is one of the headings that every house prints."""
    found = _known().match(rest)
    return bool(found) and len(rest) <= _LONGEST_PLAIN + len(found[0] if found else "")


@cache
def _known() -> re.Pattern[str]:
    words = load_words()
    known = (*words.get("sections", "advice"), *words.get("sections", "excluded"))
    return re.compile("|".join(map(re.escape, sorted(known, key=len, reverse=True))))


def list_plain(placed: Sequence[Placed]) -> Iterator[Placed]:
    """Yield the blocks that are no headings and hold something."""
    return (each for each in placed if not each.is_heading and each.folded.text)
