"""What the front of a report says: its title, its broker, the department that signs, authors."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from screener.documents.document import Document
from screener.drafting.days import find_days
from screener.drafting.front.authors import has_author_mark, read_authors
from screener.drafting.front.broker import is_broker_line, read_signature
from screener.drafting.front.words import FRONT_FILE
from screener.drafting.lines import (
    Line,
    fold_signs,
    read_lines,
    select_back,
    select_front,
)
from universes.tables import read_toml

_SEGMENT = re.compile(r"[\s|·•/\-—–_()\[\]【】]+")
_SECURITY = re.compile(r".{1,24}\([A-Za-z0-9]{1,6}(?:[.:]?[A-Za-z]{1,3})?(?: [A-Z]{2})?\)")
_REACH_OUT = re.compile(r"@|https?:|www\.|\d{3,4}-\d{7,8}|\+\d{2,3}[ -]\d{4}")
_NUMBERED = re.compile(
    r"\d{1,2}(?:\.\d+)*[.、 ]|[一二三四五六七八九十]+、|\([一二三四五六七八九十\d]+\)"
    r"|第.{1,3}[章节]"
)
_FIGURE = re.compile(r"-?\d[\d,.]*%?")
_LETTER = re.compile(r"[^\W\d_]")
# what is shorter may be a field or a desk
_STRONG_HAN, _STRONG_ENGLISH_WORDS = 8, 4
_LEAST, _LONGEST, _LONGEST_PROSE = 4, 160, 45
_LONGEST_FIELD = 12
_ENDS = " ,.;:"


@dataclass(frozen=True)
class Front:
    """What the front of a report says of it, empty where the text does not tell it.

    Attributes
    ----------
    title : str
        A line of the text, blanks run together.
    broker : str
        The Chinese name of a house that is known, otherwise as the text has it.
    house : str
        The department that signs, as the text has it.
    authors : tuple of str
        Analysts and their assistants.
    reasons : tuple of str
        What each of these follows from, in English.
    """

    title: str
    broker: str
    house: str
    authors: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    label: re.Pattern[str]
    rubrics: frozenset[str]
    papers: tuple[str, ...]
    beginnings: tuple[str, ...]


@cache
def _load_words() -> _Words:
    top = read_toml(FRONT_FILE)
    own = top.table("title")
    labels = "|".join(map(re.escape, own.texts("labels")))
    words = _Words(
        re.compile(rf"(?:{labels})\s*:\s*(?P<title>.+)", re.IGNORECASE),
        frozenset(own.texts("rubrics")),
        own.texts("papers"),
        own.texts("beginnings"),
    )
    own.finish()
    top.faults.raise_if_any()
    return words


def read_front(document: Document) -> Front:
    """Read title, broker, department and authors of a document.

    Parameters
    ----------
    document : Document

    Returns
    -------
    Front
        Nothing is invented: each value is a part of the text, blanks aside, or the name of a
        house that the text names.
    """
    folded = fold_signs(document.text)
    lines = read_lines(document, folded)
    front = select_front(lines)
    outer = (*front, *(line for line in select_back(lines) if line.start > front[-1].start))
    signed = read_signature(document.text, folded, outer)
    authors, why_authors = read_authors(front)
    title, why_title = _find_title(document, front)
    if not authors:
        why_authors = ("authors: the front names none by a label or a licence",)
    return Front(
        title, signed.broker, signed.house, authors, (why_title, *signed.reasons, *why_authors)
    )


@dataclass(frozen=True)
class _Candidate:
    text: str
    folded: str
    depth: int
    strong: bool


def _find_title(document: Document, front: Sequence[Line]) -> tuple[str, str]:
    for line in front:
        if labelled := _load_words().label.fullmatch(line.folded):
            title = line.text[labelled.start("title") :]
            return " ".join(title.split()), "title: it is labelled so"
    found = list(_list_candidates(document, front))
    wanted = "".join(fold_signs(document.title).split())
    for own in found:
        if own.strong and "".join(own.folded.split()) in wanted:
            return own.text, "title: the file's own title holds this line"
    headings = [own for own in found if own.depth]
    if headings:
        best = min(headings, key=lambda own: (not own.strong, own.depth))
        return best.text, "title: the format marks it as a heading"
    for own in found:
        if own.strong:
            return own.text, "title: the first line of the front that says something"
    if found:
        return found[0].text, "title: a short line of the front, as no longer one may be it"
    return "", "title: no line of the front may be one"


def _list_candidates(document: Document, front: Sequence[Line]) -> Iterator[_Candidate]:
    """Yield the lines that may be a title; a heading that is wrapped counts as one line."""
    for _, lines in groupby(front, key=lambda line: line.place):
        own = list(lines)
        block = own[0].block
        depth = block.depth if block.kind == "heading" else 0
        if block.kind == "item":
            continue
        texts = [line.text for line in own]
        if depth:
            texts = [document.text[block.start : block.end]]
        elif block.kind == "row":
            texts = [cell for cell in texts[0].split("\t") if _is_strong(fold_signs(cell))]
        for text in texts:
            bare = " ".join(text.split())
            folded = fold_signs(bare)
            if _may_be_title(folded):
                yield _Candidate(bare, folded, depth, _is_strong(folded))


def _may_be_title(folded: str) -> bool:
    letters = len(_LETTER.findall(folded))
    if letters < _LEAST or len(folded) > _LONGEST:
        return False
    if folded.endswith("。") or ("。" in folded and len(folded) > _LONGEST_PROSE):
        return False
    return not (
        folded.casefold().startswith(_load_words().beginnings)
        or has_author_mark(folded)
        or _REACH_OUT.search(folded)
        or _NUMBERED.match(folded)
        or is_broker_line(folded)
        or _is_rubric(folded)
    )


def _is_rubric(folded: str) -> bool:
    """Tell whether a line holds nothing but dates, figures and what kind of paper it is."""
    rest = folded
    for day in reversed(find_days(folded)):
        rest = rest[: day.start] + " " + rest[day.end :]
    parts = [part for part in _SEGMENT.split(rest.casefold()) if part.strip(_ENDS)]
    rubrics = _load_words().rubrics
    if rest.strip().casefold() in rubrics or all(_FIGURE.fullmatch(part) for part in parts):
        return True
    return any(_names_paper(part.strip(_ENDS)) for part in parts) and all(
        _names_paper(part.strip(_ENDS))
        or (len(part) <= _LONGEST_FIELD and not re.search("[:;]|,.", part))
        for part in parts
    )


def _names_paper(part: str) -> bool:
    """Tell whether a part of a line names a kind of paper: a weekly, a review, a strategy."""
    words = _load_words()
    return part in words.rubrics or (len(part) <= _LONGEST_FIELD and part.endswith(words.papers))


def _is_strong(folded: str) -> bool:
    """Tell whether a line is long enough to be more than the name of a field or a security."""
    if _SECURITY.fullmatch(folded):
        return False
    if folded.isascii():
        return len(folded.split()) >= _STRONG_ENGLISH_WORDS or bool(re.search("[:,]", folded))
    return len("".join(folded.split())) >= _STRONG_HAN
