"""Ratings and target prices that a report states in running text."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from screener.drafting.clauses import SEPARATOR, skip_brackets
from screener.drafting.find import Found
from screener.drafting.words import any_of, load_words
from universes.report import Level

_SECTOR_GAP = 8
LONGEST_LINE = 24
_BESIDE, _BEHIND = 4, 10
_STOP = re.compile(r"[。;]|(?<=[A-Z0-9)%])\. (?=[A-Z])")
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


@cache
def patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
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
    money = rf"(?:{before})?[ ]?\d(?:[\d,.]*\d)?[ ]?(?:{behind})?"
    priced = re.compile(rf"(?:{target})[^,。;\d]{{0,10}}?(?P<money>{money})")
    return stated, priced, re.compile(quoted)


def level_of(grade: str) -> Level:
    """Return what a rating comes to: a recommendation, or nothing more than a mention."""
    return "recommend" if grade in load_words().get("ratings", "bullish") else "mention"


def find_stated(text: str, found: Sequence[Found], *, alone: bool = False) -> Iterator[Stated]:
    """Yield the ratings and target prices of a block of running text.

    Parameters
    ----------
    text : str
    found : sequence of Found
    alone : bool
        Whether the document is about one security, which a rating is of that names none.
    """
    told = list(_find_notes(text, found))
    told += _find_graded(text, found, {each.rating for each in told}, alone=alone)
    yield from told
    _, priced, _ = patterns()
    known = {each.target for each in told}
    for price in priced.finditer(text):
        if price.span("money") not in known:
            subject = _subject(found, price.span(), text, alone=alone) or _leader(found)
            yield Stated(subject, None, None, price.span("money"), "a target price")


def _find_notes(text: str, found: Sequence[Found]) -> Iterator[Stated]:
    """Yield the ratings in brackets behind names."""
    for item in found:
        end, notes = skip_brackets(text, item.end)
        # of a code and a note in one bracket the note is left
        tail = re.match(r"[,/;、 ][^()]{1,60}\)", text[item.end :])
        stop = end if notes else item.end + len(tail[0]) if tail else 0
        stated = _read_note(text, item.end, stop, item) if stop else None
        if stated:
            yield stated


def _find_graded(
    text: str,
    found: Sequence[Found],
    noted: Container[tuple[int, int] | None],
    *,
    alone: bool,
) -> Iterator[Stated]:
    """Yield the ratings that sentences state, each of all that its list names."""
    stated_in, priced, _ = patterns()
    for match in stated_in.finditer(text):
        name = "grade" if match["grade"] else "grade2"
        span = match.span(name)
        if span in noted or _is_of_sector(text, match) or _LEFT.match(text, match.end()):
            continue
        price = priced.search(text, *_sentence(text, match.start()))
        level, why = level_of(match[name]), f"an explicit rating: {match[name]}"
        subject = _subject(found, match.span(), text, alone=alone)
        yield Stated(subject, level, span, price.span("money") if price else None, why)
        for other in _list_others(found, subject, text, match) if subject else ():
            yield Stated(other, level, span, None, f"{why}, of a list")


def _list_others(
    found: Sequence[Found], subject: Found, text: str, match: re.Match[str]
) -> Iterator[Found]:
    """Yield what stands in one list with the security that a rating is stated of."""
    if -1 <= match.start() - skip_brackets(text, subject.end)[0] <= _BESIDE:
        yield from _list_before(found, subject, text)
    elif subject.start > match.end() and text[match.end()] == ":":
        yield from _list_behind(found, subject, text)


def _list_before(found: Sequence[Found], last: Found, text: str) -> Iterator[Found]:
    """Yield the securities that stand in one list with another, before it."""
    place = last.start
    for other in reversed([each for each in found if each.end <= last.start]):
        end, _ = skip_brackets(text, other.end)
        if not SEPARATOR.fullmatch(text, end, place):
            return
        yield other
        place = other.start


def _list_behind(found: Sequence[Found], first: Found, text: str) -> Iterator[Found]:
    """Yield the securities that stand in one list with another, behind it."""
    place, _ = skip_brackets(text, first.end)
    for other in [each for each in found if each.start >= first.end]:
        if not SEPARATOR.fullmatch(text, place, other.start):
            return
        yield other
        place, _ = skip_brackets(text, other.end)


def _leader(found: Sequence[Found]) -> Found | None:
    """Return the security that a block begins with."""
    return found[0] if found and found[0].start <= 1 else None


def _sentence(text: str, place: int) -> tuple[int, int]:
    """Return where the sentence begins and ends in which a place stands."""
    start = max((found.end() for found in _STOP.finditer(text, 0, place)), default=0)
    behind = _STOP.search(text, place)
    return start, behind.start() if behind else len(text)


def _read_note(text: str, start: int, stop: int, item: Found) -> Stated | None:
    _, priced, alone = patterns()
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


def _subject(
    found: Sequence[Found], span: tuple[int, int], text: str, *, alone: bool
) -> Found | None:
    """Return what was named last before some words in their sentence, in them, or right behind.

    Where the sentence names none, it is what alone was named before it, or, None, the one that
    the document is about.
    """
    place, behind = span
    sentence, end = _sentence(text, place)
    earlier = [each for each in found if sentence <= each.start and each.end <= place]
    if earlier:
        return earlier[-1]
    later = [each for each in found if place <= each.start < min(end, behind + _BEHIND)]
    if later:
        return later[0]
    before = [each for each in found if each.end <= place]
    whole = {each.symbols for each in before}
    return before[0] if len(whole) == 1 and not alone else None


def read_line(text: str) -> tuple[Level, tuple[int, int]] | None:
    """Read a line that is a rating and nothing else, of whatever the document is about."""
    words = load_words()
    others = (*words.get("ratings", "sector"), *words.get("ratings", "former"))
    if len(text) > LONGEST_LINE or any(word in text for word in others):
        return None
    _, _, alone = patterns()
    before = "(?:投资|股票|公司|最新)?评级|RATING|INVESTMENT RATING"
    mark = "(?:维持|首次|首次覆盖|重申|上调|下调|MAINTAIN|MAINTAINED|INITIATE|REITERATE)"
    behind = rf"[ ]?[(]?{mark}?(?:评级)?[)]?[ ]?"
    pattern = rf"(?:{before})?[:]?[ ]?{mark}?[ ]?{alone.pattern}{behind}"
    found = re.fullmatch(pattern, text.strip())
    return (level_of(found["grade"]), found.span("grade")) if found else None
