"""The section of a text that a rating standard is read from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from screener.drafting.standard.context import split_passages
from screener.drafting.standard.lists import GradeList, spans_of
from screener.drafting.standard.words import any_of, texts

# how far from its bands a standard may begin and end
_LEAD, _TAIL = 900, 900
_FEWEST_IN_WORDS = 3


@dataclass(frozen=True)
class Section:
    """Where a standard stands and what it is made of.

    Attributes
    ----------
    start, end : int
        Of the section in the text.
    lists : tuple of GradeList
    around : tuple of str
        The passages beside the lists, folded.
    folded : str
        The whole section.
    """

    start: int
    end: int
    lists: tuple[GradeList, ...]
    around: tuple[str, ...]
    folded: str


@cache
def _load_lines() -> tuple[re.Pattern[str], ...]:
    keys = ("headings", "anchors", "stops", "context")
    return tuple(re.compile(any_of(texts("section", key))) for key in keys)


def frame(folded: str, lists: Sequence[GradeList]) -> Section | None:
    """Return the section about lists of grades; None where they are no standard.

    Parameters
    ----------
    folded : str
        The whole text.
    lists : sequence of GradeList
        Those that stand together.
    """
    headings, anchors, stops, context = _load_lines()
    first, last = spans_of(lists)
    lead = max(0, first - _LEAD)
    over = [found.end() for found in stops.finditer(folded, lead, first)]
    lead = over[-1] if over else lead
    headed = headings.search(folded, lead, first)
    near = [found.start() for found in anchors.finditer(folded, lead, first)]
    if not _is_standard(lists, headed=bool(headed)):
        return None
    begin = headed.start() if headed else near[-1] if near else first
    start = folded.rfind("\n", 0, begin) + 1
    end = _find_end(folded, last, stops, context)
    around = []
    spots = sorted((entry.start, entry.end) for each in lists for entry in each.entries)
    for (_, behind), (place, _) in pairwise([(0, max(start, over[-1] if over else 0)), *spots]):
        around.append(folded[behind:place])
    around.append(folded[last:end])
    passages = tuple(passage for part in around for passage in split_passages(part))
    return Section(start, end, tuple(lists), passages, folded[start:end])


def _is_standard(lists: Sequence[GradeList], *, headed: bool) -> bool:
    """Tell whether lists are more than ratings that prose mentions."""
    figures = max(len(each.figures) for each in lists)
    words = max(len(each.entries) for each in lists)
    return figures > 1 or (headed and words >= _FEWEST_IN_WORDS)


def _find_end(folded: str, last: int, stops: re.Pattern[str], context: re.Pattern[str]) -> int:
    """Return the end of the last line behind the bands that still speaks of the ratings."""
    stop = stops.search(folded, last, last + _TAIL)
    limit = stop.start() if stop else min(len(folded), last + _TAIL)
    end = last
    for found in context.finditer(folded, last, limit):
        line = folded.find("\n", found.end(), limit)
        end = max(end, line if line >= 0 else limit)
    return last + len(folded[last:end].rstrip())
