"""What a text treats as past and as yet to come: what bounds the day it was published."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from screener.drafting.days import Named, find_dates, find_estimates, find_periods
from screener.drafting.publication.printed import PUBLICATION_FILE
from universes.tables import read_toml

Kind = Literal[
    "printed", "period", "statistics", "season", "results", "event", "plan", "forecast", "file",
    "freshness",
]  # fmt: skip

# a paragraph that is wrapped has long lines
_WRAP = re.compile(r"(?<=[^\n。!?;]{25})\n(?=[^\s•■-])")
_CLAUSE, _SENTENCE = re.compile(r"[。!?;,\n\t:、]"), re.compile(r"[。!?;\n\t]|\. ")
_END_OF = re.compile(r"\s?[末底]|\s?年?[末底]")
_OTHER_TIME = re.compile(r"[QH]\d|\dQ|[季年月]")
_A_YEAR = re.compile(r"20\d\d")
_ACTUAL = re.compile(r"20\d\d\s?A(?![A-Za-z])")
_NEAR, _FAR, _AFTER, _SOON = 16, 80, 40, 10
_YEAR_END, _QUARTER_MONTHS = 12, 3
_QUOTE_BEFORE, _QUOTE_AFTER = 30, 45


@dataclass(frozen=True)
class Evidence:
    """Why a document came out not before a day, or not after one.

    Attributes
    ----------
    kind : str
        printed, period, statistics, season, results, event, plan, forecast, file or freshness.
    quote : str
        Part of the text, as it stands; empty for what the file itself tells.
    start : int
        Where the quote stands in the text.
    says : str
        What follows, in English.
    since, until : date or None
        The first and the last day that it leaves.
    """

    kind: Kind
    quote: str
    start: int
    says: str
    since: dt.date | None
    until: dt.date | None


@dataclass(frozen=True)
class Told:
    """A time that a text treats as past or as yet to come.

    Attributes
    ----------
    kind : str
        As of `Evidence`.
    named : Named
    at_end : bool
        Whether it counts from its last day, not from its first.
    start : int
    quote : str
        With its place, as of `Evidence`.
    """

    kind: Kind
    named: Named
    at_end: bool
    start: int
    quote: str


@dataclass(frozen=True)
class Limits:
    """The months and days that rules of publication.toml speak of."""

    season_months: int
    year_season_months: int
    stale_months: int
    stale_results_months: int
    file_days: int
    back_months: int
    on_months: int


@dataclass(frozen=True)
class _Words:
    statistics: re.Pattern[str]
    priced: re.Pattern[str]
    past: re.Pattern[str]
    done: re.Pattern[str]
    future: re.Pattern[str]
    future_before: re.Pattern[str]
    future_after: re.Pattern[str]
    relative: re.Pattern[str]
    onward: tuple[str, ...]
    own_view: re.Pattern[str]
    figures: re.Pattern[str]
    growth: re.Pattern[str]
    earned: re.Pattern[str]
    mask: re.Pattern[str]


@cache
def load_limits() -> Limits:
    """Return the numbers of publication.toml."""
    top = read_toml(PUBLICATION_FILE)
    own = top.table("limits")
    limits = Limits(*(own.count(key) for key in Limits.__dataclass_fields__))
    own.finish()
    top.faults.raise_if_any()
    return limits


@cache
def _load_words() -> _Words:
    top = read_toml(PUBLICATION_FILE)
    own = top.table("tense")

    def any_of(key: str) -> str:
        words = sorted(own.texts(key), key=len, reverse=True)
        # a word in Latin letters is one by itself
        return "|".join(
            rf"(?<![A-Za-z]){re.escape(w)}(?![A-Za-z])" if w[0].isascii() else re.escape(w)
            for w in words
        )

    def compiled(key: str, form: str = "(?:{})") -> re.Pattern[str]:
        return re.compile(form.format(any_of(key)), re.IGNORECASE)

    words = _Words(
        compiled("statistics", r"(?:{})\s*(?:日期)?\s*[:为是至到]?\s*$"),
        compiled("priced", r"\s*(?:日|的)?(?:{})"),
        compiled("past"),
        compiled("done"),
        compiled("future"),
        compiled("future_before", r"(?:{})\s*$"),
        compiled("future_after"),
        compiled("relative"),
        own.texts("onward"),
        compiled("own_view"),
        compiled("figures"),
        compiled("growth"),
        compiled("earned", "(?:{})"),
        compiled("masks"),
    )
    own.finish()
    top.faults.raise_if_any()
    return words


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the last day of the month that lies some months after that of a day."""
    count = day.year * 12 + day.month + months
    return dt.date(count // 12, count % 12 + 1, 1) - dt.timedelta(days=1)


def find_told(text: str, folded: str) -> Iterator[Told]:
    """Yield the times that a text treats as past or as yet to come.

    Parameters
    ----------
    text, folded : str
        As it stands, and as `fold_signs` returns it.
    """
    words = _load_words()
    plain = words.mask.sub(lambda hit: "*" * len(hit[0]), _WRAP.sub(" ", folded))
    for own in sorted([*find_dates(plain), *find_periods(plain)], key=lambda named: named.start):
        told = _judge(plain, own)
        if told:
            kind, at_end = told
            start, quote = _quote(text, plain, own)
            yield Told(kind, own, at_end, start, quote)
    yield from _find_tables(text, plain)


def bound(told: Told, year: int) -> Evidence:
    """Return what follows from a time of a year."""
    first, last = told.named.within(year)
    limits = load_limits()
    if told.kind == "forecast":
        whole = told.named.grain == "year" or last.month == _YEAR_END
        months = limits.year_season_months if whole else limits.season_months
        says = f"what ends on {last} is still forecast, and is reported within {months} months"
        return Evidence("forecast", told.quote, told.start, says, None, add_months(last, months))
    if told.kind == "plan":
        says = f"what comes by {last} is yet to come"
        return Evidence("plan", told.quote, told.start, says, None, last)
    day = last if told.at_end else first
    says = {
        "statistics": f"it gives figures as of {day}",
        "results": f"it tells results of the time that ended on {day}",
        "event": f"it tells as done what was not before {day}",
    }[told.kind]
    return Evidence(told.kind, told.quote, told.start, says, day, None)


def _judge(plain: str, own: Named) -> tuple[Kind, bool] | None:
    """Return what a text tells of a time, and whether it counts from its end; None for nothing."""
    words = _load_words()
    before = _SENTENCE.split(plain[max(0, own.start - _FAR) : own.start])[-1]
    after = plain[own.end : own.end + _AFTER]
    tail = _CLAUSE.split(after, maxsplit=1)[0]
    if words.relative.search(before[-_NEAR:]):
        return None
    near = plain[max(0, own.start - _NEAR) : own.start].rpartition("\n")[2]
    if words.statistics.search(near) or (own.day and words.priced.match(tail)):
        return _judge_figures(own, tail)
    if own.grain == "year":
        return _judge_year(before, after)
    if tail.startswith(words.onward) or (own.start and plain[own.start - 1] in "-~至"):
        return None
    judge = _judge_date if own.grain in {"day", "month"} else _judge_period
    return judge(_CLAUSE.split(before)[-1], before, after)


def _judge_figures(own: Named, tail: str) -> tuple[Kind, bool] | None:
    """Judge figures as of a time; those as of a year are past only if they name its end."""
    ended = bool(_END_OF.match(tail))
    if _load_words().future.search(tail) or (own.grain == "year" and not ended):
        return None
    return "statistics", ended or own.grain in {"quarter", "half"}


def _judge_date(head: str, before: str, after: str) -> tuple[Kind, bool] | None:
    words = _load_words()
    tail = _CLAUSE.split(after, maxsplit=1)[0]
    if words.future_before.search(head):
        return "plan", True
    done, future = words.done.search(tail), words.future.search(tail)
    if words.future.search(before) or not done or (future and future.start() < done.start()):
        return None
    return "event", False


def _judge_period(head: str, before: str, after: str) -> tuple[Kind, bool] | None:
    words = _load_words()
    tail = _CLAUSE.split(after, maxsplit=1)[0]
    past, soon = words.past.search(tail), words.future_after.search(tail[: _SOON + 1])
    if words.future.search(head[-_NEAR * 2 :]):
        return "forecast", True
    if soon and not (past and past.start() < soon.start()):
        return "forecast", True
    if not past:
        # the change may stand in a clause behind the figure, before another time is named
        tail = _OTHER_TIME.split(_SENTENCE.split(after, maxsplit=1)[0], maxsplit=1)[0]
        past = words.done.search(tail)
    if words.future.search(before) or not past or words.future.search(tail[: past.start()]):
        return None
    return "results", True


def _judge_year(before: str, after: str) -> tuple[Kind, bool] | None:
    """Judge a whole year: results told with figures, or what the authors themselves forecast."""
    words = _load_words()
    rest = _SENTENCE.split(after, maxsplit=1)[0]
    view = words.own_view.search(before)
    if view and words.growth.search(before + rest):
        return None
    if view and words.figures.search(before[view.end() :] + rest):
        # of the years of one forecast the first counts
        return None if _A_YEAR.search(before[view.end() :]) else ("forecast", True)
    if words.future.search(before + rest) or not words.earned.match(rest):
        return None
    return ("results", True) if words.figures.search(rest) and words.past.search(rest) else None


def _find_tables(text: str, plain: str) -> Iterator[Told]:
    """Yield the first year that a line of actual and estimated years marks as estimated."""
    for own in find_estimates(plain):
        first = plain.rfind("\n", 0, own.start) + 1
        line = plain[first : own.start]
        if _ACTUAL.search(line) and not find_estimates(line):
            start, quote = _quote(text, plain, own)
            yield Told("forecast", own, at_end=True, start=start, quote=quote)


def _quote(text: str, plain: str, own: Named) -> tuple[int, str]:
    """Return the clauses about a time, with their place."""
    before = plain[max(0, own.start - _QUOTE_BEFORE) : own.start]
    after = plain[own.end : own.end + _QUOTE_AFTER]
    first = own.start - len(_SENTENCE.split(before)[-1])
    end = own.end + len(_SENTENCE.split(after, maxsplit=1)[0])
    quote = text[first:end]
    return first + len(quote) - len(quote.lstrip()), quote.strip()
