"""A deliberately naive scorer of stock picks, used only to check the real one.

It shares no code with the product: standard library only, one pick at a time, plain loops, and no
exchange calendar. A market's sessions are the dates on which its benchmark has a close in the file.

Limits that follow from that, all harmless for the embedded snapshot and publication 2024-06-16:

- Between the recorded dates there are no sessions, so on a weekly file "the last session on or
  before" is the last *recorded* one.
- Without a calendar nobody knows whether the days after the last recorded close were sessions, so
  an exit target after the last recorded close is always pending, even over a weekend.

Returns are fractions: 0.15 is 15%.
"""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import mean, median
from typing import Literal, TypedDict

Closes = dict[str, dict[date, float]]
Grade = Literal["buy", "overweight", "neutral", "underweight", "sell"]
IndustryGrade = Literal["overweight", "neutral", "underweight"]
Level = Literal["recommend", "watch"]

GRADES: tuple[Grade, ...] = ("buy", "overweight", "neutral", "underweight", "sell")
MAX_SESSIONS_LATE = 10


@dataclass(frozen=True)
class Pick:
    """One name of the report: what it is, how strongly it was put, and where it stands."""

    symbol: str
    level: Level
    theme: str


@dataclass(frozen=True)
class Score:
    """One pick over one horizon. Returns are fractions."""

    entry_date: date
    exit_date: date
    pick_return: float
    benchmark_return: float
    relative: float


# One line of the golden file; "basis" says which table the closes came from. Written as a call
# because "return" cannot be the name of an attribute.
GoldenRow = TypedDict(
    "GoldenRow",
    {
        "symbol": str,
        "level": str,
        "theme": str,
        "horizon_months": int,
        "basis": str,
        "entry_date": str,
        "exit_date": str,
        "return": float,
        "benchmark_return": float,
        "relative": float,
        "grade": str,
    },
)


class NotScoredError(Exception):
    """The pick has no entry price: it did not trade soon enough after publication."""


class PendingError(Exception):
    """The recorded closes end before the horizon does."""


PICKS: tuple[Pick, ...] = (
    Pick("300418.SZ", "recommend", "ai_apps"),
    Pick("002315.SZ", "recommend", "ai_apps"),
    Pick("000681.SZ", "watch", "ai_apps"),
    Pick("300624.SZ", "recommend", "ai_apps"),
    Pick("300364.SZ", "recommend", "ai_apps"),
    Pick("1357.HK", "recommend", "ai_apps"),
    Pick("601595.SH", "recommend", "ai_apps"),
    Pick("601019.SH", "recommend", "publishers"),
    Pick("601928.SH", "recommend", "publishers"),
    Pick("000719.SZ", "watch", "publishers"),
    Pick("601900.SH", "recommend", "publishers"),
    Pick("601801.SH", "watch", "publishers"),
    Pick("603096.SH", "watch", "publishers"),
    Pick("001330.SZ", "recommend", "film"),
    Pick("300413.SZ", "recommend", "film"),
    Pick("002739.SZ", "recommend", "film"),
    Pick("002517.SZ", "recommend", "games"),
    Pick("300002.SZ", "watch", "games"),
    Pick("300308.SZ", "recommend", "optical_modules"),
    Pick("300394.SZ", "recommend", "optical_modules"),
    Pick("300502.SZ", "watch", "optical_modules"),
    Pick("688498.SH", "watch", "optical_modules"),
    Pick("688702.SH", "watch", "optical_modules"),
    Pick("0700.HK", "recommend", "hk_internet"),
    Pick("9626.HK", "recommend", "hk_internet"),
    Pick("3690.HK", "recommend", "hk_internet"),
    Pick("9992.HK", "recommend", "hk_internet"),
    Pick("9690.HK", "recommend", "hk_internet"),
)


def read_closes(path: Path) -> Closes:
    """Read a wide table of closes: a ``date`` column, then one column per symbol.

    An empty cell means the market was closed or the share was halted; it is left out.
    """
    closes: Closes = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["date"])
            for symbol, cell in row.items():
                if symbol != "date" and cell != "":
                    closes.setdefault(symbol, {})[day] = float(cell)
    return closes


def benchmark_of(symbol: str) -> str:
    """Name the index a share is measured against, from the market in its suffix."""
    if symbol.endswith((".SH", ".SZ")):
        return "000300.SH"
    if symbol.endswith(".HK"):
        return "HSI.HK"
    message = f"no benchmark for the market of {symbol}"
    raise ValueError(message)


def add_months(day: date, months: int) -> date:
    """Add calendar months; a day the month lacks becomes its last: 30 Nov + 3 is 28 or 29 Feb."""
    year = day.year
    month = day.month + months
    while month > 12:
        year += 1
        month -= 12
    first_of_next = date(year + 1, 1, 1) if month == 12 else date(year, month + 1, 1)
    last_of_month = first_of_next - timedelta(days=1)
    return last_of_month.replace(day=min(day.day, last_of_month.day))


def entry_date_of(
    pick_days: dict[date, float], sessions: dict[date, float], published: date
) -> date:
    """Find the first session strictly after publication on which the share traded."""
    after = sorted(day for day in sessions if day > published)
    for day in after[: MAX_SESSIONS_LATE + 1]:
        if day in pick_days:
            return day
    message = f"no trade within {MAX_SESSIONS_LATE} sessions of the first after {published}"
    raise NotScoredError(message)


def last_on_or_before(days: dict[date, float], limit: date) -> date:
    """Find the latest recorded day that is not after the limit."""
    return max(day for day in days if day <= limit)


def score(closes: Closes, symbol: str, benchmark: str, published: date, months: int) -> Score:
    """Score one pick over one horizon.

    The benchmark is measured between the pick's own two dates, each rolled back to the benchmark's
    last recorded close.

    Raises:
        NotScoredError: the share did not trade soon enough after publication.
        PendingError: the closes of its market end before the horizon does.

    """
    pick = closes[symbol]
    index = closes[benchmark]

    entry = entry_date_of(pick, index, published)
    target = add_months(entry, months)
    if target > max(index):
        message = f"{symbol}: closes end on {max(index)}, the horizon on {target}"
        raise PendingError(message)
    exit_ = last_on_or_before(index, target)

    pick_return = pick[last_on_or_before(pick, exit_)] / pick[entry] - 1
    index_entry = index[last_on_or_before(index, entry)]
    index_exit = index[last_on_or_before(index, exit_)]
    benchmark_return = index_exit / index_entry - 1
    return Score(entry, exit_, pick_return, benchmark_return, pick_return - benchmark_return)


def grade(relative: float, wide: float = 0.15, narrow: float = 0.05) -> Grade:
    """Grade a company's relative return; "above" and "below" include the boundary itself.

    The bands default to the standard of Soochow Securities: 15 and 5 points either side of zero.
    """
    value = round(relative, 9)
    if value >= wide:
        return "buy"
    if value >= narrow:
        return "overweight"
    if value > -narrow:
        return "neutral"
    if value > -wide:
        return "underweight"
    return "sell"


def industry_grade(relative: float, band: float = 0.05) -> IndustryGrade:
    """Grade a theme's mean relative return; the boundary belongs to the outer grade."""
    value = round(relative, 9)
    if value >= band:
        return "overweight"
    if value <= -band:
        return "underweight"
    return "neutral"


def golden_row(closes: Closes, pick: Pick, published: date, months: int, basis: str) -> GoldenRow:
    """Score and grade one pick over one horizon and lay it out as a line of the golden file."""
    result = score(closes, pick.symbol, benchmark_of(pick.symbol), published, months)
    return {
        "symbol": pick.symbol,
        "level": pick.level,
        "theme": pick.theme,
        "horizon_months": months,
        "basis": basis,
        "entry_date": result.entry_date.isoformat(),
        "exit_date": result.exit_date.isoformat(),
        "return": result.pick_return,
        "benchmark_return": result.benchmark_return,
        "relative": result.relative,
        "grade": grade(result.relative),
    }


def mean_and_median(rows: list[GoldenRow]) -> tuple[float, float]:
    """Average the relative returns of the rows, and find their middle."""
    values = [row["relative"] for row in rows]
    return mean(values), median(values)


def count_grades(rows: list[GoldenRow]) -> dict[Grade, int]:
    """Count the rows that earned each grade, zero included, best grade first."""
    counts: dict[Grade, int] = {}
    for name in GRADES:
        counts[name] = sum(1 for row in rows if row["grade"] == name)
    return counts


def count_hits(rows: list[GoldenRow]) -> tuple[int, int]:
    """Count the ``recommend`` rows graded overweight or better, and all ``recommend`` rows."""
    recommended = [row for row in rows if row["level"] == "recommend"]
    hits = [row for row in recommended if row["grade"] in {"buy", "overweight"}]
    return len(hits), len(recommended)


def theme_views(rows: list[GoldenRow]) -> dict[str, tuple[float, IndustryGrade]]:
    """Average the relative returns theme by theme and grade each mean on the industry scale."""
    themes: dict[str, list[float]] = {}
    for row in rows:
        themes.setdefault(row["theme"], []).append(row["relative"])
    views: dict[str, tuple[float, IndustryGrade]] = {}
    for theme, values in themes.items():
        views[theme] = (mean(values), industry_grade(mean(values)))
    return views
