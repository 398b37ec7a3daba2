"""A deliberately naive convention map, used only to check the real one.

One pick and one reading at a time, plain loops, with the arithmetic of `naive_scorer` and no code
of the product. It lets an entry be at most 10 sessions late and asks for daily closes: an
exchange's sessions are the dates on which its benchmark has a close.
"""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import naive_scorer

ENTRIES = ("previous_close", "next_open", "next_close")
RELATIVES = ("difference", "ratio")
BASES = ("price", "total")
BOUNDARIES = ("inclusive", "exclusive")

Reading = tuple[str, str, str, str, int, date]


@dataclass(frozen=True)
class Tables:
    """Closes and opens by basis, symbol and day, and which index a pick is set against."""

    closes: Mapping[str, naive_scorer.Closes]
    opens: Mapping[str, naive_scorer.Closes]
    benchmarks: Mapping[str, Mapping[str, str]]


def list_readings(months: range, dates: list[date]) -> Iterator[Reading]:
    """Every combination of the choices, in the order entry, relative, basis, bound, month, date."""
    yield from itertools.product(ENTRIES, RELATIVES, BASES, BOUNDARIES, months, dates)


def grade(relative: float, boundary: str) -> str:
    """Grade a return on the bands of 5 and 15 points either side of zero."""
    value, size = round(relative, 9), abs(round(relative, 9))
    passed = [size >= bound if boundary == "inclusive" else size > bound for bound in (0.05, 0.15)]
    good, bad = (("neutral", "overweight", "buy"), ("neutral", "underweight", "sell"))
    return (good if value > 0 else bad)[sum(passed)]


def relative_return(tables: Tables, symbol: str, reading: Reading) -> float | None:
    """The relative return of one pick under one reading, None where it cannot be told."""
    entry, relative, basis, _, months, published = reading
    closes, opens = tables.closes[basis], tables.opens[basis]
    own, index = closes.get(symbol, {}), closes[tables.benchmarks[basis][symbol]]
    day = _enter(own, index, entry, published)
    if day is None:
        return None
    target = naive_scorer.add_months(day, months)
    if target > max(index):
        return None
    end = naive_scorer.last_on_or_before(index, target)
    if entry == "next_open":
        start = opens.get(symbol, {}).get(day)
        index_start = opens.get(tables.benchmarks[basis][symbol], {}).get(day)
    else:
        start, index_start = own[day], index[day]
    if start is None or index_start is None:
        return None
    gain = own[naive_scorer.last_on_or_before(own, end)] / start - 1
    index_gain = index[end] / index_start - 1
    if relative == "ratio":
        return (1 + gain) / (1 + index_gain) - 1
    return gain - index_gain


def _enter(
    own: dict[date, float], index: dict[date, float], entry: str, published: date
) -> date | None:
    if entry == "previous_close":
        sessions = sorted((day for day in index if day <= published), reverse=True)
    else:
        sessions = sorted(day for day in index if day > published)
    for day in sessions[: naive_scorer.MAX_SESSIONS_LATE + 1]:
        if day in own:
            return day
    return None
