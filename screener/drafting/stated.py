"""Ratings and target prices that a report states, in running text and in the rows of tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from screener.drafting.clauses import SEPARATOR, find_cues, skip_brackets
from screener.drafting.find import Found
from screener.drafting.words import any_of, load_words
from universes.report import Level

_SECTOR_GAP = 8
_LONGEST_LINE = 24
_BESIDE = 4
# the grade before it is left for another
_LEFT = re.compile(r"(?:评级)?(?:上调|下调|调升|调降|调高|调低|调整|升至|降至| TO )")


@dataclass(frozen=True)
class Stated:
    """A rating, a target price, or both, stated of one security.

    Attributes
    ----------
    found : Found or None
        None where the whole document's subject is meant.
    level : {"recommend", "watch", "mention"} or None
        What the rating comes to; None where there is only a target price.
    rating, target : tuple of two int, or None
        Where their words stand in the block.
    why : str
        In English.
    """

    found: Found | None
    level: Level | None
    rating: tuple[int, int] | None
    target: tuple[int, int] | None
    why: str


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


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return what matches a rating that is stated, a price, and a rating alone."""
    words = load_words()
    grades = any_of((*words.get("ratings", "bullish"), *words.get("ratings", "other")))
    verbs = any_of(words.get("ratings", "verbs"))
    quoted = rf"[\"'(\[]?[ ]?(?P<grade>{grades})(?:[- ]?[AB](?![A-Z]))?[ ]?[\"')\]]?"
    ending = "(?:投资|行业|公司|股票)?评级| RATING"
    stated = re.compile(
        rf"(?:{verbs})(?P<between>[^,。;:\"]{{0,14}}?)[:]?[ ]?{quoted}(?:的)?(?P<behind>{ending})?"
        rf"|{quoted.replace('grade', 'grade2')}(?:的)?(?P<behind2>{ending})"
    )
    target = any_of(words.get("ratings", "target"))
    before = r"HK\$|US\$|\$|RMB|HKD|USD|CNY|¥|港币|人民币"
    behind = "元|港元|美元|港币|HKD|USD|CNY|RMB"
    money = rf"(?:{before})?[ ]?\d[\d,.]*\d?[ ]?(?:{behind})?"
    priced = re.compile(rf"(?:{target})[^,。;\d]{{0,10}}?(?P<money>{money})")
    return stated, priced, re.compile(quoted)


def level_of(grade: str) -> Level:
    """Return what a rating comes to: a recommendation, or nothing more than a mention."""
    return "recommend" if grade in load_words().get("ratings", "bullish") else "mention"


def find_stated(text: str, found: Sequence[Found]) -> Iterator[Stated]:
    """Yield the ratings and target prices of a block of running text."""
    noted = set()
    noted_all: list[Stated] = []
    for item in found:
        end, notes = skip_brackets(text, item.end)
        # of a code and a note in one bracket the note is left
        tail = re.match(r"[,/;、 ][^()]{1,60}\)", text[item.end :])
        for start, stop in (
            [(item.end, end)] if notes else [(item.end, item.end + len(tail[0]))] if tail else []
        ):
            stated = _read_note(text, start, stop, item)
            if stated:
                noted.add(stated.rating)
                noted_all.append(stated)
                yield stated
    stated_in, priced, _ = _patterns()
    priced_at = {each.target for each in noted_all}
    for match in stated_in.finditer(text):
        name = "grade" if match["grade"] else "grade2"
        span = match.span(name)
        if span in noted or _is_of_sector(text, match) or _LEFT.match(text, match.end()):
            continue
        price = priced.search(text, *_sentence(text, match.start()))
        target = price.span("money") if price else None
        priced_at.add(target)
        why = f"an explicit rating: {match[name]}"
        subject = _subject(found, match.start(), text)
        yield Stated(subject, level_of(match[name]), span, target, why)
        if subject and -1 <= match.start() - skip_brackets(text, subject.end)[0] <= _BESIDE:
            for other in _list_before(found, subject, text):
                yield Stated(other, level_of(match[name]), span, None, f"{why}, of a list")

    for price in priced.finditer(text):
        if price.span("money") not in priced_at:
            subject = _subject(found, price.start(), text) or _leader(found)
            yield Stated(subject, None, None, price.span("money"), "a target price")


def _list_before(found: Sequence[Found], last: Found, text: str) -> Iterator[Found]:
    """Yield the securities that stand in one list with another, before it."""
    place = last.start
    for other in reversed([each for each in found if each.end <= last.start]):
        end, _ = skip_brackets(text, other.end)
        if not SEPARATOR.fullmatch(text, end, place):
            return
        yield other
        place = other.start


def _leader(found: Sequence[Found]) -> Found | None:
    """Return the security that a block begins with."""
    return found[0] if found and found[0].start <= 1 else None


def _sentence(text: str, place: int) -> tuple[int, int]:
    """Return where the sentence begins and ends in which a place stands."""
    start = max(text.rfind("。", 0, place), text.rfind(";", 0, place)) + 1
    ends = [n for n in (text.find("。", place), text.find(";", place)) if n >= 0]
    return start, min(ends, default=len(text))


def _read_note(text: str, start: int, stop: int, item: Found) -> Stated | None:
    _, priced, alone = _patterns()
    note = text[start:stop]
    offset = start
    for part in re.split(r"[,/;、()\[\]\"]", note):
        grade = re.fullmatch(
            rf"[ ]?(?:维持|首次|重申|上调|下调|给予)?[ ]?{alone.pattern}(?:评级|维持|首次)?[ ]?",
            part,
        )
        if grade:
            price = priced.search(text, start, stop)
            span = (offset + grade.start("grade"), offset + grade.end("grade"))
            return Stated(
                item, level_of(grade["grade"]), span, price.span("money") if price else None,
                f"a rating in brackets behind the name: {grade['grade']}",
            )  # fmt: skip
        offset += len(part) + 1
    return None


def _is_of_sector(text: str, match: re.Match[str]) -> bool:
    words = (*load_words().get("ratings", "sector"), *load_words().get("ratings", "former"))
    behind = match["behind"] or match["behind2"] or ""
    around = (
        text[max(0, match.start() - _SECTOR_GAP) : match.start()]
        .rsplit("。", maxsplit=1)[-1]
        .rsplit(",", maxsplit=1)[-1]
    )
    around += (match["between"] or "") + behind
    return any(word in around for word in words)


def _subject(found: Sequence[Found], place: int, text: str) -> Found | None:
    """Return what was named last in the same sentence, first in it, or alone before it."""
    sentence, end = _sentence(text, place)
    earlier = [each for each in found if sentence <= each.start and each.end <= place]
    if earlier:
        return earlier[-1]
    later = [each for each in found if place <= each.start < end]
    if later:
        return later[0]
    whole = {each.symbols for each in found}
    return found[0] if len(whole) == 1 and found[0].start < place else None


def read_line(text: str) -> tuple[Level, tuple[int, int]] | None:
    """Read a line that is a rating and nothing else, of whatever the document is about."""
    words = load_words()
    others = (*words.get("ratings", "sector"), *words.get("ratings", "former"))
    if len(text) > _LONGEST_LINE or any(word in text for word in others):
        return None
    _, _, alone = _patterns()
    before = "(?:投资|股票|公司|最新)?评级|RATING|INVESTMENT RATING"
    mark = "(?:维持|首次|首次覆盖|重申|上调|下调|MAINTAIN|MAINTAINED|INITIATE|REITERATE)"
    behind = rf"[ ]?[(]?{mark}?(?:评级)?[)]?[ ]?"
    pattern = rf"(?:{before})?[:]?[ ]?{mark}?[ ]?{alone.pattern}{behind}"
    found = re.fullmatch(pattern, text.strip())
    return (level_of(found["grade"]), found.span("grade")) if found else None


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
        if (cues := find_cues(cell, ())) and len(cell) <= _LONGEST_LINE and n not in ratings:
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
    _, _, alone = _patterns()
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
