"""Ratings and target prices that a report states in the rows of tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from screener.drafting.clauses import find_cues
from screener.drafting.find import Found
from screener.drafting.stated import LONGEST_LINE, Stated, level_of, patterns
from screener.drafting.words import load_words
from universes.report import Level


@dataclass(frozen=True)
class Header:
    """What the columns of a table hold, by the words over them.

    Attributes
    ----------
    ratings, targets : frozenset of int
        Columns, counted from 0.
    governed : dict of int to Level
        Columns of securities whose head is a cue.
    aside : bool
        Whether the table compares, and picks nothing.
    caption : Level or None
        Of what its rows name, where the words over it say that they are picked.
    """

    ratings: frozenset[int]
    targets: frozenset[int]
    governed: dict[int, Level]
    aside: bool
    caption: Level | None


def read_header(text: str, over: str) -> Header | None:
    """Read the head of a table; None of a row that is none.

    Parameters
    ----------
    text : str
        The first row, folded.
    over : str
        What stands over the table, folded.
    """
    words = load_words()
    cells = [cell.strip() for cell in text.split("\t")]
    columns = words.get("ratings", "columns")
    ratings = frozenset(n for n, cell in enumerate(cells) if cell in columns)
    targets = frozenset(
        n
        for n, cell in enumerate(cells)
        if any(word in cell for word in words.get("ratings", "target_columns"))
    )
    governed: dict[int, Level] = {}
    for n, cell in enumerate(cells):
        if (cues := find_cues(cell, ())) and len(cell) <= LONGEST_LINE and n not in ratings:
            governed[n] = cues[0].level
    aside = any(word in over for word in words.get("tables", "compare"))
    cues = find_cues(over, ())
    past = words.pattern("tables", "past").search(over)
    caption = cues[0].level if cues and not past and not ratings else None
    return Header(ratings, targets, governed, aside, caption)


def read_row(text: str, found: Sequence[Found], header: Header | None) -> Iterator[Stated]:
    """Yield what a row of a table states of the securities in it."""
    if header and header.aside:
        return
    _, _, alone = patterns()
    cells = _split_cells(text)
    own = [each for each in found if _fills(text, each)]
    # a code is surer than the name in the next cell, which other listings may bear
    own = [each for each in own if each.by != "name"] or own
    symbols = {each.symbols for each in own}
    grade = target = None
    for n, (start, end) in enumerate(cells):
        word = re.fullmatch(
            rf"(?:维持|首次|上调|下调)?{alone.pattern}(?:\((?:维持|首次|上调|下调)\))?",
            text[start:end].strip(),
        )
        if word:
            offset = start + len(text[start:end]) - len(text[start:end].lstrip())
            grade = (offset + word.start("grade"), offset + word.end("grade"))
        if header and n in header.targets and re.search(r"\d", text[start:end]):
            target = (start, end)
    if grade and len(symbols) == 1:
        stated = text[slice(*grade)]
        yield Stated(own[0], level_of(stated), grade, target, f"the rating in its row: {stated}")
        return
    for each in found if header and not grade else ():
        column = next((n for n, (start, end) in enumerate(cells) if start <= each.start < end), -1)
        if header and column in header.governed and not header.ratings:
            yield Stated(each, header.governed[column], None, target, "the head of its column")
        elif header and header.caption and len(symbols) == 1 and each in own:
            yield Stated(each, header.caption, None, target, "the words over its table")


def _fills(text: str, found: Found) -> bool:
    """Tell whether a name or a code fills its cells, so that the row is about it."""
    return not text[: found.start].rpartition("\t")[2].strip() and not text[found.end :].partition(
        "\t"
    )[0].strip(" *")


def _split_cells(text: str) -> list[tuple[int, int]]:
    cells, start = [], 0
    for cell in text.split("\t"):
        cells.append((start, start + len(cell)))
        start += len(cell) + 1
    return cells
