"""Days that a document prints as its own: labelled, alone on a line, or beside its rubric."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from screener.drafting.days import Named, find_dates
from screener.drafting.lines import Line
from universes.tables import read_toml

PUBLICATION_FILE = Path(__file__).parent / "publication.toml"
_WEEKDAY = re.compile(
    r"\(?(?:星期|周|礼拜)[一二三四五六日天]\)?|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?"
)
_PROSE = re.compile(r"[,。;!?]")
_FIGURE = re.compile(r"\d[.,]\d|\d%|\d元")
_PARTS = re.compile(r"[\s|·•/\-—–_()\[\]【】:]+")
_LONGEST_PART, _MOST_PARTS, _LONGEST_LABEL = 24, 5, 14
_LIST_LINES = 10
_TITLE_LINES = 25


@dataclass(frozen=True)
class Printed:
    """A day or a month that a line gives.

    Attributes
    ----------
    named : Named
        Its places are those of the document.
    line : Line
    rank : int
        0 where it is labelled, 1 where it is not.
    why : str
    """

    named: Named
    line: Line
    rank: int
    why: str


@dataclass(frozen=True)
class _Words:
    label: re.Pattern[str]
    weak: re.Pattern[str]
    other: re.Pattern[str]
    earlier: tuple[str, ...]


@cache
def _load_words() -> _Words:
    top = read_toml(PUBLICATION_FILE)
    own = top.table("printed")
    labels, weak, others = (
        "|".join(map(re.escape, sorted(own.texts(key), key=len, reverse=True)))
        for key in ("labels", "weak_labels", "others")
    )
    words = _Words(
        re.compile(rf"(?:^|(?<=[^一-鿿A-Za-z]))(?:{labels})\)?\s*[:|]?\s*$", re.IGNORECASE),
        re.compile(rf"^\W*(?:{weak})\s*[:|]?\s*$", re.IGNORECASE),
        re.compile(rf"(?:{others})", re.IGNORECASE),
        own.texts("earlier"),
    )
    own.finish()
    top.faults.raise_if_any()
    return words


def find_printed(lines: Sequence[Line], front: Sequence[Line], title: str) -> Iterator[Printed]:
    """Yield the days and months that lines print as the document's own.

    Parameters
    ----------
    lines : sequence of Line
        Those of the front, then those of the back.
    front : sequence of Line
    title : str
        Folded, without blanks; its line may hold a day between other words.
    """
    first = {line.start for line in front}
    listed = -_LIST_LINES - 1
    for place, line in enumerate(lines):
        if line.folded.casefold().startswith(_load_words().earlier):
            listed = place
        found = find_dates(line.folded) if len(line.folded) <= _LONGEST_PART * _MOST_PARTS else ()
        found = tuple(own for own in found if own.year)
        before = lines[place - 1].folded if place else ""
        if place - listed <= _LIST_LINES or ("《" in before and before not in title):
            found = tuple(own for own in found if _is_labelled(line.folded[: own.start]))
        for own in found:
            beside = place < _TITLE_LINES and "\t" not in line.folded
            rank, why = _judge(line, own, found, before, (line.start in first, beside))
            if why:
                yield Printed(own, line, rank, why)


def _is_labelled(before: str) -> bool:
    return bool(_load_words().label.search(before))


def _judge(
    line: Line, own: Named, found: Sequence[Named], before: str, where: tuple[bool, bool]
) -> tuple[int, str]:
    """Return how surely a line prints a day as the document's own; no words where it does not."""
    words = _load_words()
    head = line.folded[: own.start]
    if _is_labelled(head):
        return 0, "is labelled as the day of publication"
    short = before if len(before) <= _LONGEST_LABEL else ""
    rest = _WEEKDAY.sub(" ", head + " " + line.folded[own.end :]).strip()
    if not rest.strip(" ()[]|·-—*") and words.label.search(short):
        return 0, "stands below a label of the day of publication"
    if len(found) > 1 or words.other.search(line.folded) or words.other.search(short):
        return 1, ""
    return 1, _judge_plain(own, head, rest, where)


def _judge_plain(own: Named, head: str, rest: str, where: tuple[bool, bool]) -> str:
    """Return why a line without a label prints a day; ``rest`` is the line without the day."""
    in_front, may_be_beside = where
    if in_front and _load_words().weak.search(head):
        return "is labelled as a day on the front"
    parts = [part for part in _PARTS.split(rest) if part]
    if not parts:
        return f"stands on a line of its own on the {'front' if in_front else 'last page'}"
    fits = len(parts) <= _MOST_PARTS and all(len(part) <= _LONGEST_PART for part in parts)
    if not may_be_beside or not fits or _PROSE.search(rest) or _FIGURE.search(rest) or "《" in rest:
        return ""
    at_edge = not head.strip() or rest == head.strip()
    if own.grain == "month" or not at_edge:
        return ""
    return "stands at the end of a short line on the front"
