"""What a definition of a grade says: from where to where, and who has the bounds."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from screener.drafting.standard.words import (
    any_of,
    load_words,
    plain_any,
    squeeze,
    texts,
)

Owner = Literal["in", "out"] | None

_SIGNED = r"(?P<{0}>[+-]? ?(?<![\d.])\d{{1,3}}(?:\.\d{{1,2}})?)"
_FLAG = r"(?:\((?P<{0}>不?含)[\d.%]*\))?"
_SENTENCE = re.compile(r"[。;]|\. ?(?!\d)")
# figures that come later are of something else
_SENTENCES = 2
_UNFINISHED = re.compile(r"(?:[-+~—,、(.\d至到与和及以之]|\b(?:to|and|or))$")
_CONTINUED = re.compile(r"[-~—,)%至到与和及或以上下之内间]|(?:to|and|or|below|above)\b")


@dataclass(frozen=True)
class Interval:
    """The relative returns of a grade, in percentage points.

    Attributes
    ----------
    lower, upper : float or None
        None is without bound.
    lower_owner, upper_owner : {"in", "out"} or None
        Whether its words say that the bound itself is included; None where they do not tell.
    note : str
        What was left open and how it was read, empty where nothing was.
    """

    lower: float | None
    upper: float | None
    lower_owner: Owner = None
    upper_owner: Owner = None
    note: str = ""

    def overlaps(self, other: "Interval") -> bool:
        """Tell whether two intervals share more than a bound."""
        lowers = [value for value in (self.lower, other.lower) if value is not None]
        uppers = [value for value in (self.upper, other.upper) if value is not None]
        return not lowers or not uppers or max(lowers) < min(uppers)

    def negated(self) -> "Interval":
        """Return it for a fall by as much."""
        lower = None if self.upper is None else -self.upper
        upper = None if self.lower is None else -self.lower
        return Interval(lower, upper, self.upper_owner, self.lower_owner, self.note)


@dataclass(frozen=True)
class _Grammar:
    indices: re.Pattern[str]
    units: re.Pattern[str]
    within: re.Pattern[str]
    span: re.Pattern[str]
    bound: re.Pattern[str]
    level: re.Pattern[str]
    falls: re.Pattern[str]
    falling: re.Pattern[str]
    rising: re.Pattern[str]


@cache
def _load_grammar() -> _Grammar:
    before = {key: plain_any(texts("bounds", key)) for key in _PREFIXES}
    behind = {key: plain_any(texts("bounds", key)) for key in _SUFFIXES}
    prefix = "|".join(f"(?P<{key}>{words})" for key, words in before.items())
    suffix = "|".join(f"(?P<{key}>{words})" for key, words in behind.items())
    about = plain_any(texts("bounds", "plus_minus"))
    inside, inside_en = (
        plain_any(texts("bounds", "within")),
        plain_any(texts("bounds", "within_en")),
    )
    joint = plain_any(texts("bounds", "ranges"))
    a, b, value = (_SIGNED.format(name) for name in ("a", "b", "value"))
    flag_a, flag_b, flag = (_FLAG.format(name) for name in ("flag_a", "flag_b", "flag"))
    return _Grammar(
        re.compile(rf"(?:{any_of(load_words().indices)})(?:\s*指数)?"),
        re.compile(rf"(?<=\d) ?(?:{plain_any(texts('bounds', 'units'))})"),
        re.compile(
            rf"(?:{about}) ?(?P<about>\d{{1,3}}(?:\.\d{{1,2}})?)%"
            rf"|(?:{inside_en}) ?(?P<inside>\d{{1,3}}(?:\.\d{{1,2}})?)%"
            rf"|(?<![-+\d.])(?P<inner>\d{{1,3}}(?:\.\d{{1,2}})?)%(?:{inside})"
        ),
        re.compile(
            rf"{a}(?:%{flag_a}(?:之?间)? ?(?:-|—{{1,2}}|~{{1,2}}|,|/|{joint}) ?|"
            rf" ?(?:-|—{{1,2}}|~{{1,2}}|至|到|to) ?){b}%{flag_b}"
        ),
        re.compile(rf"(?:(?:{prefix}) ?)?{value}%(?: ?\()?(?: ?(?:{suffix}))?\)?{flag}"),
        re.compile(plain_any(texts("bounds", "level"))),
        *(
            re.compile("|".join(map(re.escape, texts("bounds", key))))
            for key in ("falls", "falling", "rising")
        ),
    )


_PREFIXES = ("lower_in", "lower_out", "upper_in", "upper_out")
_SUFFIXES = ("from_in", "to_in")


def read_interval(definition: str) -> Interval | None:
    """Read a grade's definition; None where it holds no figures, or none that are clear.

    Parameters
    ----------
    definition : str
        Folded, from behind the grade's word.

    Examples
    --------
    >>> read_interval("相对跌幅在5%以上")
    Interval(lower=None, upper=-5.0, lower_owner=None, upper_owner='in', note='')
    """
    grammar = _load_grammar()
    text = grammar.indices.sub("指数", definition)
    text = grammar.units.sub("%", squeeze(text))
    parts = _SENTENCE.split(text)[:_SENTENCES]
    sentence = next((part for part in parts if "%" in part), "")
    return _read_sentence(grammar, sentence) if sentence else None


def trim(definition: str) -> str:
    r"""Return a definition without the lines behind it that do not carry on its figures.

    Examples
    --------
    >>> trim("between 5% and\n15%\nThis report")
    'between 5% and\n15%'
    """
    lead = len(definition) - len(definition.lstrip())
    figure = definition.find("%")
    place = definition.find("\n", max(lead, figure))
    while place >= 0:
        behind = definition[place:].lstrip()
        if not (_UNFINISHED.search(definition[:place].rstrip()) or _CONTINUED.match(behind)):
            return definition[:place]
        place = definition.find("\n", place + 1)
    return definition


def _read_sentence(grammar: _Grammar, sentence: str) -> Interval | None:
    found = grammar.within.search(sentence)
    if found:
        return _read_within(grammar, sentence, found)
    falling, rising = _read_direction(grammar, sentence)
    spans = list(grammar.span.finditer(sentence))
    if spans:
        rest = grammar.span.sub("", sentence)
        return _read_span(spans[0], falling=falling) if "%" not in rest else None
    bounds = list(grammar.bound.finditer(sentence))
    if len(bounds) == 1:
        return _read_bound(bounds[0], falling=falling, rising=rising)
    if len(bounds) == 2:  # noqa: PLR2004
        return _join(bounds, falling=falling)
    return None


def _read_direction(grammar: _Grammar, sentence: str) -> tuple[bool, bool]:
    """Tell whether the words about the figures are those of a fall, or of a rise."""
    bare = grammar.level.sub("", grammar.bound.sub("#", sentence))
    falls, rises = grammar.falls.search(bare), grammar.rising.search(bare)
    lags = grammar.falling.search(bare)
    # a fall may exceed; to lag and to lead at once is neither
    return bool(falls or (lags and not rises)), bool(rises and not (falls or lags))


def _read_within(grammar: _Grammar, sentence: str, found: re.Match[str]) -> Interval | None:
    rest = sentence[: found.start()] + sentence[found.end() :]
    if "%" in rest:
        return None
    value = float(found["about"] or found["inside"] or found["inner"])
    falling, rising = _read_direction(grammar, rest)
    if not found["about"] and (falling or rising):
        return None
    return Interval(-value, value)


def _value_of(written: str) -> float:
    return float(written.replace(" ", ""))


def _flag(said: str | None) -> Owner:
    if said:
        return "in" if said == "含" else "out"
    return None


def _read_span(found: re.Match[str], *, falling: bool) -> Interval | None:
    first, second = _value_of(found["a"]), _value_of(found["b"])
    ends = sorted([(first, _flag(found["flag_a"])), (second, _flag(found["flag_b"]))], key=_first)
    (lower, low_owner), (upper, up_owner) = ends
    if lower == upper:
        return None
    interval = Interval(lower, upper, low_owner, up_owner)
    return interval.negated() if falling and lower >= 0 else interval


def _first(end: tuple[float, Owner]) -> float:
    return end[0]


def _side(found: re.Match[str]) -> tuple[str, Owner]:
    """Return which bound a figure is, empty where nothing says it, and whether it is included."""
    said = [key for key in (*_PREFIXES, *_SUFFIXES) if found[key]]
    sides = {"lower" if key.startswith(("lower", "from")) else "upper" for key in said}
    if len(sides) != 1:
        return "", None
    owner: Owner = "in" if any(key.endswith("in") for key in said) else "out"
    return sides.pop(), _flag(found["flag"]) or owner


def _read_bound(found: re.Match[str], *, falling: bool, rising: bool) -> Interval | None:
    value, (side, owner) = _value_of(found["value"]), _side(found)
    prefixed = any(found[key] for key in _PREFIXES)
    if falling and value < 0:
        note = "a fall by a figure below zero is read as that figure or less"
        return Interval(None, value, None, owner, note if side == "lower" else "")
    if falling and side == "upper" and not prefixed:
        note = "以下 behind words of a fall is read as the fall or more"
        return Interval(None, -value, None, owner, note)
    if side:
        interval = _one_sided(side, value, owner)
        return interval.negated() if falling else interval
    if rising:
        return Interval(value, None)
    return Interval(None, -value) if falling else None


def _one_sided(side: str, value: float, owner: Owner) -> Interval:
    if side == "lower":
        return Interval(value, None, owner, None)
    return Interval(None, value, None, owner)


def _join(bounds: list[re.Match[str]], *, falling: bool) -> Interval | None:
    """Read two figures, one of which is the lower and one the upper bound."""
    ends = {_side(found)[0]: found for found in bounds}
    if set(ends) != {"lower", "upper"}:
        return None
    lower, upper = (_value_of(ends[side]["value"]) for side in ("lower", "upper"))
    if lower >= upper:
        return None
    interval = Interval(lower, upper, _side(ends["lower"])[1], _side(ends["upper"])[1])
    return interval.negated() if falling and lower >= 0 else interval
