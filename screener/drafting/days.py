"""Days, months, quarters and years that a text names, with where it names them."""

import calendar
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Grain = Literal["day", "month", "quarter", "half", "year"]

_OLDEST, _NEWEST, _CENTURY = 1990, 2099, 2000
_LAST_MONTH = 12
_MONTHS_IN: dict[Grain, int] = {"quarter": 3, "half": 6, "year": 12}
_MONTHS = {name: n for n, name in enumerate(calendar.month_abbr) if name}
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
)
_NUMERALS = {s: n for n, signs in enumerate(("〇○Oo零", *"一二三四五六七八九")) for s in signs}
_HALVES = {"上": 1, "下": 2}
# a pattern begins with a class of signs, so that most places are passed over at once
_FIGURES = re.compile(
    r"[12]\d{3}(?:"
    r"\s?年\s?(?P<m>\d{1,2})\s?月(?:份|\s?(?P<d>\d{1,2})\s?[日号])?"
    r"|(?P<sep>[-./])(?P<m2>\d{1,2})(?P=sep)(?P<d2>\d{1,2})(?![\d%])(?!\.\d))"
)
_SHORT_YEAR = re.compile(r"\d\d年(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})[日号])?")
_NO_YEAR = re.compile(r"\d{1,2}\s?月(?:份|\s?(?P<d>\d{1,2})\s?[日号])?")
_NUMERAL_DAY = re.compile(
    r"[一二][〇○Oo零一二三四五六七八九]{3}\s?年\s?(?P<m>[元正一二三四五六七八九十]{1,2})\s?月"
    r"(?:\s?(?P<d>[一二三四五六七八九十廿卅]{1,3})\s?[日号])?"
)
_NAMED_MONTH = re.compile(_MONTH + r"(?![a-z])")
_BEFORE_MONTH = re.compile(r"(?<![\d.])(?P<d>\d{1,2})(?:st|nd|rd|th)?[ -](?:of )?$")
_AFTER_MONTH = re.compile(r"\.?,?[ -](?:(?P<d>\d{1,2})(?:st|nd|rd|th)?,? )?(?P<y>[12]\d{3})(?!\d)")
_PERIODS = (
    re.compile(r"(?:20)?(?P<y>\d\d)年?\s?(?P<g>[QH])(?P<n>[1-4])(?![\dA-Z])"),
    re.compile(r"(?P<n>[1-4])(?P<g>[QH])\s?(?:20)?(?P<y>\d\d)(?!\d)"),
    re.compile(r"(?P<g>[QH])(?P<n>[1-4])\s?(?:20(?P<y>\d\d)(?!\d))?(?![\dA-Z])"),
    re.compile(r"(?:(?:20)?(?P<y>\d\d)年\s?)?第?(?P<n>[一二三四1-4])季度?(?P<g>)"),
    re.compile(r"(?:(?:20)?(?P<y>\d\d)年\s?)?(?P<n>[上下])半年(?P<g>)"),
)
_YEAR = re.compile(
    r"20(?P<y>\d\d)(?:\s?年(?![\d\s]*[月QH第一二三四上下])|(?=\s?[-~—–至/]\s?(?:20)?\d\d\s?年))"
)
_ESTIMATE = re.compile(r"20(?P<y>\d\d)\s?[EF](?![A-Za-z])")
# before a month they tell that its year is told, or that it ends a longer time
_GOES_ON = ("年", "~", "至", "/", "—", "–")
# what makes a period one of a fiscal year, which may end in any month
_FISCAL = re.compile(r"(?:FY|fiscal|财年|财)\s?(?:20)?\d{0,2}$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A day or a longer time that a text names.

    Attributes
    ----------
    start, end : int
        Where the text names it.
    grain : {"day", "month", "quarter", "half", "year"}
    year : int or None
        None where it is left to the reader.
    number : int
        Of the month, quarter or half; 1 for a year.
    day : int
        Of the month; 0 for what is longer than a day.
    """

    start: int
    end: int
    grain: Grain
    year: int | None
    number: int
    day: int = 0

    def within(self, year: int) -> tuple[dt.date, dt.date]:
        """Return its first and its last day, taking it to be of a year."""
        if self.grain in {"day", "month"}:
            last = calendar.monthrange(year, self.number)[1]
            day = min(self.day, last)
            return dt.date(year, self.number, day or 1), dt.date(year, self.number, day or last)
        size = _MONTHS_IN[self.grain]
        month = size * self.number
        last = calendar.monthrange(year, month)[1]
        return dt.date(year, month - size + 1, 1), dt.date(year, month, last)

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """Its first and its last day; only where the year is told."""
        return self.within(self.year or _CENTURY)


def find_days(folded: str) -> tuple[Named, ...]:
    """Return the days with a year that a folded text names, in its order.

    Examples
    --------
    >>> [str(day.span[0]) for day in find_days("二〇二四年六月十六日, 16 June 2024, 2024.6.16")]
    ['2024-06-16', '2024-06-16', '2024-06-16']
    """
    return tuple(own for own in find_dates(folded) if own.grain == "day" and own.year)


def find_dates(folded: str) -> tuple[Named, ...]:
    """Return the days and months that a folded text names, in its order, years told or not."""
    found = [*_find_figures(folded), *_find_numerals(folded), *_find_english(folded)]
    return _part(found)


def find_periods(folded: str) -> tuple[Named, ...]:
    """Return the quarters, halves and years that a folded text names, fiscal ones left out."""
    found = []
    for pattern in _PERIODS:
        for hit in pattern.finditer(folded):
            if _follows(folded, hit.start()) or _FISCAL.search(
                folded[max(0, hit.start() - 10) : hit.start()]
            ):
                continue
            half = hit["g"] == "H" or hit["n"] in _HALVES
            number = _HALVES.get(hit["n"]) or _read_numeral(hit["n"])
            year = _CENTURY + int(hit["y"]) if hit["y"] else None
            if number <= (2 if half else 4) and (year is None or year <= _NEWEST):
                grain: Grain = "half" if half else "quarter"
                found.append(Named(hit.start(), hit.end(), grain, year, number))
    found += [
        Named(hit.start(), hit.end(), "year", _CENTURY + int(hit["y"]), 1)
        for hit in _YEAR.finditer(folded)
        if not _follows(folded, hit.start())
    ]
    return _part(found)


def find_estimates(folded: str) -> tuple[Named, ...]:
    """Return the years that a folded text marks as estimated, such as 2024E."""
    return tuple(
        Named(hit.start(), hit.end(), "year", _CENTURY + int(hit["y"]), 1)
        for hit in _ESTIMATE.finditer(folded)
    )


def _part(found: list[Named]) -> tuple[Named, ...]:
    """Return what was found in order, of two that overlap the longer one only."""
    kept: list[Named] = []
    for own in sorted(found, key=lambda named: (named.start, -named.end)):
        if not kept or own.start >= kept[-1].end:
            kept.append(own)
    return tuple(kept)


def _follows(folded: str, start: int) -> bool:
    """Tell whether a place goes on with the number or the word before it."""
    before = folded[start - 1 : start]
    return before.isdigit() or before in {".", "-"} or (before.isascii() and before.isalpha())


def _check(start: int, end: int, year: int | None, month: int, day: str | None) -> Iterator[Named]:
    number = _read_numeral(day) if day else 0
    if not 1 <= month <= _LAST_MONTH or (year and not _OLDEST <= year <= _NEWEST):
        return
    # a leap year where the year is not told
    last = calendar.monthrange(year or _CENTURY, month)[1]
    if day is None or 1 <= number <= last:
        yield Named(start, end, "day" if day else "month", year, month, number)


def _find_figures(folded: str) -> Iterator[Named]:
    for hit in _FIGURES.finditer(folded):
        before = folded[hit.start() - 1 : hit.start()]
        if not before.isdigit() and before not in {".", "/"}:
            month = int(hit["m"] or hit["m2"])
            day = hit["d"] or hit["d2"]
            yield from _check(hit.start(), hit.end(), int(hit[0][:4]), month, day)
    for hit in _SHORT_YEAR.finditer(folded):
        if not _follows(folded, hit.start()):
            year = _CENTURY + int(hit[0][:2])
            yield from _check(hit.start(), hit.end(), year, int(hit["m"]), hit["d"])
    for hit in _NO_YEAR.finditer(folded):
        before = folded[max(0, hit.start() - 3) : hit.start()].rstrip()
        if not before.endswith(_GOES_ON) and not _follows(folded, hit.start()):
            month = int(hit[0].partition("月")[0])
            yield from _check(hit.start(), hit.end(), None, month, hit["d"])


def _find_numerals(folded: str) -> Iterator[Named]:
    for hit in _NUMERAL_DAY.finditer(folded):
        year = int("".join(str(_NUMERALS[sign]) for sign in hit[0][:4]))
        yield from _check(hit.start(), hit.end(), year, _read_numeral(hit["m"]), hit["d"])


def _find_english(folded: str) -> Iterator[Named]:
    for hit in _NAMED_MONTH.finditer(folded):
        after = _AFTER_MONTH.match(folded, hit.end())
        before = _BEFORE_MONTH.search(folded[max(0, hit.start() - 8) : hit.start()])
        if after and not folded[max(0, hit.start() - 1) : hit.start()].isalpha():
            day = after["d"] or (before["d"] if before else None)
            start = hit.start() - (len(before[0]) if before and not after["d"] else 0)
            month = _MONTHS[hit[0][:3]]
            yield from _check(start, after.end(), int(after["y"]), month, day)


def _read_numeral(text: str) -> int:
    """Return a number up to 39 in figures or in Chinese numerals; 0 for what is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    text = text.replace("元", "一").replace("正", "一").replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = text.rpartition("十")
    if not all(sign in _NUMERALS for sign in tens + ones):
        return 0
    return (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones, 0)
