"""Heads and feet that repeat on the pages of a text."""

import re
from collections import Counter
from collections.abc import Sequence

_EDGE = 3
_FEWEST_PAGES, _SHARE = 3, 0.5
_DIGITS = re.compile(r"\d+")
_NUMBER = re.compile(r"[-–—\s]*(?:第\s*)?\d{1,4}(?:\s*页)?(?:\s*[/|共]\s*\d{1,4}\s*页?)?[-–—\s]*")
_LONGEST = 120
_APART = re.compile(r"\S {3,}\S|^ {8,}\S")
_CELL = re.compile(r"\d{6}|\.\d")


def drop_furniture(text: str) -> str:
    r"""Return a text, whose pages "\f" parts, without the lines that repeat at their edges."""
    pages = [page.split("\n") for page in text.split("\f")]
    repeated = find_repeated(pages)
    return "\f".join("\n".join(strip_edges(page, repeated)) for page in pages)


def drop_unpaged(text: str) -> str:
    """Return a text whose pages nothing parts without the lines that its pages repeat.

    Such a line is set apart by blanks and comes at least three times, numbers aside. The first
    stays, as it may be the front's own.
    """
    lines = text.split("\n")
    blurred = [_blur(line) if _APART.search(line) else "" for line in lines]
    count = Counter(each for each in blurred if each)
    kept, seen = [], set()
    for line, own in zip(lines, blurred, strict=True):
        if own and count[own] >= _FEWEST_PAGES and not _CELL.search(line):
            if own in seen:
                continue
            seen.add(own)
        kept.append(line)
    return "\n".join(kept)


def find_repeated(pages: Sequence[Sequence[str]]) -> frozenset[str]:
    """Return what the lines are, numbers aside, that stand at the edges of most pages."""
    if len(pages) < _FEWEST_PAGES:
        return frozenset()
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_blur(line) for line in _edges(page)})
    least = max(_FEWEST_PAGES, _SHARE * len(pages))
    return frozenset(
        line for line, count in seen.items() if count >= least and len(line) <= _LONGEST
    )


def strip_edges(page: Sequence[str], repeated: frozenset[str]) -> list[str]:
    """Return the lines of a page without those that repeat, and without its number."""
    kept = list(page)
    for last in (0, -1):
        for _ in range(_EDGE):
            while kept and not kept[last].strip():
                kept.pop(last)
            if not kept or not (_blur(kept[last]) in repeated or _is_number(kept[last], repeated)):
                break
            kept.pop(last)
    return kept


def _edges(page: Sequence[str]) -> list[str]:
    lines = [line for line in page if line.strip()]
    return [*lines[:_EDGE], *lines[-_EDGE:]]


def _blur(line: str) -> str:
    return _DIGITS.sub("0", "".join(line.split()))


def _is_number(line: str, repeated: frozenset[str]) -> bool:
    return bool(repeated) and bool(_NUMBER.fullmatch(line.strip()))
