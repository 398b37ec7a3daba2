"""The parts of a block that govern securities: cues, labels, brackets, enumerators."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from screener.drafting.find import Found
from screener.drafting.words import any_of, load_words
from universes.report import Level

SEPARATOR = re.compile(
    r"[ ]?(?:以及|[、,/&+]|和|与|及|或|AND(?![A-Z]))[ ]?"
    r"(?:以及|和|与|及|AND(?![A-Z])|OR(?![A-Z]))?[ ]?"
)
STOP = re.compile(r"[。!?;]|\.(?=[ ]|$)|\t")
ENUMERATOR = re.compile(
    r"(?:[A-H][.)](?![A-Z])|\(?\d{1,2}\)|\(?[一二三四五六七八九十]\)|\d{1,2}[.、](?!\d)"
    r"|第?[一二三四五六]是|[一二三四五六七八九十]、)[ ]?"
)
ENDING = re.compile(r"等(?!等)|ETC")
# a name that is meant itself is followed by one of these, or by nothing
_DELIMITED = re.compile(
    r'[ ]?(?:$|[、,;:。!?()\[\]"\'/|&+.\t—-]|等|和|与|及|以及|或|AND(?![A-Z])|ETC)'
)
_LABEL = re.compile(
    r"(?:(?<=^)|(?<=[。;,)]))(?P<label>[^。;,:!?()\t]{1,24}(?:\([^()]{1,12}\))?)(?::|--|——)(?![/\d])"
)
_DENIED = re.compile(
    r"(?:没有|并无|暂无|尚无|未有|不再|不予|不作|不做|未|无|暂不|暂缓|停止|取消|NO LONGER|NOT)"
    r"[ ]?(?:予以|给予|作|做|新增|继续)?[ ]?\Z"
)
_LONGEST_NOTE = 600
_BRACKET = re.compile(r"[()\[\]]")
_TITLES = re.compile(r"《[^》]{0,40}》")


@dataclass(frozen=True)
class Cue:
    """Words that govern a list.

    Attributes
    ----------
    start, end : int
    level : {"recommend", "watch", "mention"}
    weak : bool
        Whether it is an ordinary verb as well.
    plain : bool
        Whether marks in its list tell by contrast what is not marked.
    """

    start: int
    end: int
    level: Level
    weak: bool
    plain: bool


@dataclass(frozen=True)
class Label:
    """What stands before a colon and names what follows."""

    start: int
    end: int
    text: str


def find_cues(text: str, found: Sequence[Found]) -> tuple[Cue, ...]:
    """Find the words that govern lists, in order; none inside a name, a title or a compound."""
    words = load_words()
    barred = [each.span() for each in words.pattern("cues", "never").finditer(text)]
    barred += [each.span() for each in _TITLES.finditer(text)]
    names = [(each.start, each.end) for each in found]
    cues = []
    for match in words.pattern("cues", "recommend", "watch").finditer(text):
        start, end = match.span()
        if any(first < end and start < last for first, last in barred):
            continue
        # a word of it may be a name elsewhere
        if any(
            first < end and start < last and (first < start or end <= last) for first, last in names
        ):
            continue
        if _DENIED.search(text, max(0, start - 8), start) or _is_mark(text, start, end):
            continue
        level: Level = "recommend" if match[0] in words.get("cues", "recommend") else "watch"
        weak = match[0] in words.get("cues", "weak")
        cues.append(Cue(start, end, level, weak, match[0] in words.get("cues", "plain")))
    return tuple(cues)


def _is_mark(text: str, start: int, end: int) -> bool:
    """Tell whether words fill a bracket, so that they mark the name before it alone."""
    if text[start - 2 : start - 1] in (",", "。", ";", ":", ""):
        return False
    return text[start - 1 : start] in ("(", "[") and text[end : end + 1] in (")", "]", ",", "、")


def find_labels(text: str) -> tuple[Label, ...]:
    """Find what names the parts of a block, in order; those without a meaning are left out."""
    labels = []
    for match in _LABEL.finditer(text):
        own = match["label"]
        start = match.start("label")
        numbered = ENUMERATOR.match(own)
        if numbered:
            start += numbered.end()
            own = own[numbered.end() :]
        if own.strip():
            labels.append(Label(start, match.end(), own.strip()))
    return tuple(labels)


def is_generic(label: str) -> bool:
    """Tell whether a label or a heading says that something follows, but not what about."""
    words = load_words()
    rest = _generic().sub("", label)
    rest = re.sub(r"[^\w]|[\d与及和]", "", rest)
    return not rest or label in words.get("sections", "generic")


@cache
def _generic() -> re.Pattern[str]:
    words = load_words()
    parts = [*words.get("sections", "generic"), *words.get("cues", "recommend")]
    parts += [
        *words.get("cues", "watch"),
        *words.get("cues", "fillers"),
        "本周",
        "我们",
        "重点",
        "公司",
        "核心",
    ]
    return re.compile(any_of(parts))


def is_delimited(text: str, place: int) -> bool:
    """Tell whether what ends at a place is an item by itself and not the begin of a phrase."""
    return bool(_DELIMITED.match(text, place))


def _close(text: str, first: int) -> int:
    """Return where the bracket ends that was opened right before a place; 0 where it stays open."""
    depth = 1
    for found in _BRACKET.finditer(text, first, first + _LONGEST_NOTE):
        depth += 1 if found[0] in "([" else -1
        if not depth:
            return found.end()
    return 0


def skip_brackets(text: str, place: int) -> tuple[int, list[str]]:
    """Skip annotations in brackets behind a name; return where they end and what they say."""
    said = []
    while place < len(text):
        opened = re.match(r"[ ]?[\]\"']?[ ]?([(\[])", text[place : place + 4])
        # in brackets side by side stand items of a list
        if not opened or re.match(r"[ ]?\][ ]?\[", opened[0]):
            break
        first = place + opened.end()
        end = _close(text, first)
        if not end:
            break
        said.append(text[first : end - 1])
        place = end
    quote = re.match(r"[\]\"']", text[place : place + 1])
    return place + (1 if quote else 0), said
