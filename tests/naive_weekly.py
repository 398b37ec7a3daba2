"""A weekly report in plain loops, written from docs/weekly.md alone.

Closes are dictionaries by symbol and date, each pick is followed by itself, and nothing of
backtests is used: of the product only the calendars, the exchange of a symbol and the bands of
a rating scale. Returns are fractions; None is "not known". Reasons are left out: each figure
that is missing has a status that says why in one word.
"""

import bisect
import calendar
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from screener import Panel
from screener.calendar import load_sessions
from screener.panel import CorporateAction, Quote
from universes import Report, Symbol
from universes.claims import Claim
from universes.rating import Band, Basis

Day = dt.date
Closes = dict[str, dict[Day, float]]
Row = dict[str, Any]

DAY = dt.timedelta(days=1)
LATEST_ENTRY = 10
OLDEST_START = 10
EXTREMES_AFTER = 28
HORIZONS = (1, 3, 6, 9, 12)
SUNDAY = 6


@dataclass
class Named:
    """A pick: its symbol, the theme it stands in and the index it is held against."""

    symbol: str
    theme: str
    benchmark: str


@dataclass
class Market:
    """All that the report is made of."""

    closes: Closes
    picks: list[Named]
    published: Day
    bands: Sequence[Band]
    months: int
    actions: Iterable[CorporateAction] = ()
    claims: Iterable[Claim] = ()
    sessions: dict[str, list[Day]] = field(default_factory=dict)
    cuts: dict[Day, Closes] = field(default_factory=dict)
    traded: dict[tuple[str, bool], set[Day]] = field(default_factory=dict)
    means: dict[Day, tuple[int, float | None]] = field(default_factory=dict)
    clean: "dict[Day, Market]" = field(default_factory=dict)

    def days_of(self, name: str) -> list[Day]:
        """All sessions of a calendar from the year before the prices to the year after."""
        if name not in self.sessions:
            years = [day.year for closes in self.closes.values() for day in closes]
            years.append(self.published.year)
            found = load_sessions(name, min(years) - 1, max(years) + 2).days
            self.sessions[name] = [day.astype(dt.date) for day in found]
        return self.sessions[name]


@cache
def calendar_of(symbol: str) -> str:
    return Symbol.parse(symbol).exchange.calendar


@cache
def kind_of(symbol: str) -> str:
    return Symbol.parse(symbol).kind


def is_share(symbol: str) -> bool:
    return kind_of(symbol) == "share"


def read_closes(panel: Panel, basis: Basis) -> Closes:
    """Turn a panel into dictionaries; an index stands on whichever table has it."""
    closes: Closes = {}
    days = [day.astype(dt.date) for day in panel.dates]
    for column, symbol in enumerate(panel.symbols):
        own: tuple[Quote, ...] = (basis,) if is_share(symbol) else ("raw", "total", "price")
        found: dict[Day, float] = {}
        for quote in own:
            if ("close", quote) in panel.prices:
                values = panel.prices["close", quote][:, column].tolist()
                found |= {d: v for d, v in zip(days, values, strict=True) if not math.isnan(v)}
        closes[symbol] = found
    return closes


def basis_of(panel: Panel, report: Report) -> Basis:
    """Name the price basis, or the total one where many picks are known on it alone."""
    price, total = read_closes(panel, "price"), read_closes(panel, "total")
    picks = [str(pick.symbol) for pick in report.picks]
    on_price = sum(1 for symbol in picks if price.get(symbol))
    on_total = sum(1 for symbol in picks if total.get(symbol))
    return "total" if on_price < 0.9 * on_total else "price"


def read_market(
    panel: Panel, report: Report, claims: Iterable[Claim] = (), basis: Basis | None = None
) -> Market:
    picks = []
    for theme in report.themes:
        for pick in theme.picks:
            index = report.scale.benchmarks.get(pick.market.id, pick.market.benchmark)
            picks.append(Named(str(pick.symbol), theme.id, str(index)))
    return Market(
        closes=read_closes(panel, basis or basis_of(panel, report)),
        picks=picks,
        published=report.publication.date,
        bands=report.scale.company,
        months=report.scale.horizon_months,
        actions=panel.actions,
        claims=claims,
    )


# The week


def last_before(days: Sequence[Day], day: Day) -> Day | None:
    place = bisect.bisect_left(days, day)
    return days[place - 1] if place else None


def last_until(days: Sequence[Day], day: Day) -> Day | None:
    return last_before(days, day + DAY)


def between(days: Sequence[Day], after: Day, until: Day) -> int:
    """Count the sessions after one day, until another."""
    return bisect.bisect_right(days, until) - bisect.bisect_right(days, after)


def calendars_of(market: Market) -> list[str]:
    symbols = [each for pick in market.picks for each in (pick.symbol, pick.benchmark)]
    return sorted({calendar_of(symbol) for symbol in symbols})


def week_of(market: Market, as_of: Day) -> Row:
    """Tell the week's days and each exchange's ends."""
    monday = as_of
    while monday.weekday() != 0:
        monday -= DAY
    sunday = monday + 6 * DAY
    calendars = calendars_of(market)
    whole = True
    for name in calendars:
        for day in market.days_of(name):
            if as_of < day <= sunday:
                whole = False
    last = sunday if whole else as_of
    year, number, _ = monday.isocalendar()
    exchanges = [{"calendar": name, **ends_of(market, name, monday, last)} for name in calendars]
    return {
        "id": f"{year}-W{number:02d}",
        "name": f"{year}-W{number:02d}" + ("" if whole else f"-to-{as_of}"),
        "monday": monday,
        "last": last,
        "whole": whole,
        "exchanges": exchanges,
    }


def ends_of(market: Market, name: str, monday: Day, last: Day) -> Row:
    days = market.days_of(name)
    inside = days[bisect.bisect_left(days, monday) : bisect.bisect_right(days, last)]
    return {
        "from": last_before(days, monday),
        "to": inside[-1] if inside else None,
        "sessions": len(inside),
    }


# What the prices hold


def cut(market: Market, last: Day) -> Closes:
    """Leave out all that is known only after a day."""
    if last not in market.cuts:
        market.cuts[last] = {
            symbol: {day: value for day, value in found.items() if day <= last}
            for symbol, found in market.closes.items()
        }
    return market.cuts[last]


def days_with(market: Market, name: str, *, shares: bool) -> set[Day]:
    """The days on which any security, or any share, of a calendar's exchanges has a close."""
    if (name, shares) not in market.traded:
        days: set[Day] = set()
        for symbol, found in market.closes.items():
            counts = is_share(symbol) if shares else kind_of(symbol) != "currency"
            if counts and calendar_of(symbol) == name:
                days |= found.keys()
        market.traded[name, shares] = days
    return market.traded[name, shares]


def shares_on(market: Market, name: str, day: Day | None) -> bool:
    return day in days_with(market, name, shares=True)


def recorded(market: Market, name: str, day: Day) -> bool:
    return day in days_with(market, name, shares=False)


def without_lone_indices(market: Market, last: Day) -> Market:
    """Leave out what an index alone tells after the last share, where that is not there yet."""
    if last not in market.clean:
        closes = {}
        for symbol, found in cut(market, last).items():
            name = calendar_of(symbol)
            traded = sorted(day for day in days_with(market, name, shares=True) if day <= last)
            end = last_until(market.days_of(name), last)
            lone = not is_share(symbol) and traded and not shares_on(market, name, end)
            closes[symbol] = {d: v for d, v in found.items() if not lone or d <= traded[-1]}
        market.clean[last] = replace(market, closes=closes, cuts={}, traded={}, means={}, clean={})
    return market.clean[last]


def has_gap(market: Market, name: str, after: Day, until: Day) -> bool:
    """Tell whether the prices lack a whole session after a day, until another."""
    days = market.days_of(name)
    inside = days[bisect.bisect_right(days, after) : bisect.bisect_right(days, until)]
    return any(not recorded(market, name, day) for day in inside)


def index_on(market: Market, closes: Closes, symbol: str, day: Day) -> float | None:
    """Give an index's close on its own last session on or before a day."""
    session = last_until(market.days_of(calendar_of(symbol)), day)
    return None if session is None else closes.get(symbol, {}).get(session)


def without_index(market: Market, closes: Closes, pick: Named, until: Day) -> str:
    """A benchmark whose prices end before a session is waited for; a gap in them stays one."""
    own = closes.get(pick.benchmark, {})
    session = last_until(market.days_of(calendar_of(pick.benchmark)), until)
    return "pending" if own and session is not None and session > max(own) else "unscored"


def last_told(market: Market, name: str, last: Day) -> Day | None:
    """Give the session on which an exchange's prices end.

    Where an index goes on for more than ten sessions after the last share they end with that.
    """
    sessions = market.days_of(name)
    known = sorted(days_with(market, name, shares=False) & set(sessions))
    traded = sorted(days_with(market, name, shares=True) & set(sessions))
    known, share = known[: bisect.bisect_right(known, last)], last_until(traded, last)
    if share is not None and len(known) - bisect.bisect_right(known, share) > LATEST_ENTRY:
        return share
    return known[-1] if known else None


def grade_of(bands: Sequence[Band], relative: float) -> str:
    value = round(relative, 9)
    for band in bands:
        if band.lower is None or value > band.lower:
            return band.grade
        if value == band.lower and band.lower_included:
            return band.grade
    raise AssertionError


# A pick's week


def week_move(market: Market, closes: Closes, pick: Named, monday: Day, last: Day) -> Row:
    name = calendar_of(pick.symbol)
    days = market.days_of(name)
    ends = ends_of(market, name, monday, last)
    own = closes.get(pick.symbol, {})
    status, first, final = week_ends(market, closes, pick, ends, monday)
    none = {"own": None, "benchmark": None, "relative": None, "from": None, "to": None}
    if first is None or final is None:
        return {"status": status, **none, "stale_sessions": 0}
    old, new = (index_on(market, closes, pick.benchmark, day) for day in (first, ends["to"]))
    if old is None or new is None:
        status = without_index(market, closes, pick, ends["to"])
        return {"status": status, **none, "stale_sessions": 0}
    mine = own[final] / own[first] - 1
    index = new / old - 1
    return {
        "status": "scored",
        "own": mine,
        "benchmark": index,
        "relative": mine - index,
        "from": first,
        "to": ends["to"],
        "stale_sessions": between(days, final, ends["to"]),
    }


def week_ends(
    market: Market, closes: Closes, pick: Named, ends: Row, monday: Day
) -> tuple[str, Day | None, Day | None]:
    """Find the days of a pick's own two closes, or say in one word why there are none."""
    name, own = calendar_of(pick.symbol), closes.get(pick.symbol, {})
    start, end = ends["from"], ends["to"]
    if not own:
        return "unscored", None, None
    if end is None:
        return "closed", None, None
    if not shares_on(market, name, end):
        return "stale", None, None
    traded = [day for day in sorted(own) if monday <= day <= end]
    if not traded:
        return "suspended", None, None
    first = start_of(market, closes, pick, start)
    return "scored" if first else "unscored", first, traded[-1]


def start_of(market: Market, closes: Closes, pick: Named, start: Day) -> Day | None:
    """Find the last close on or before a session, none being ten sessions older than it."""
    name = calendar_of(pick.symbol)
    before = [day for day in sorted(closes[pick.symbol]) if day <= start]
    if not before or between(market.days_of(name), before[-1], start) > OLDEST_START:
        return None
    # where the prices lack a whole session nobody knows that the share was halted
    return None if has_gap(market, name, before[-1], start) else before[-1]


# Since publication


def entry_of(market: Market, closes: Closes, pick: Named, last: Day) -> tuple[str, Day | None]:
    """Find the entry: ("entered", day), ("pending", None) or ("unscored", None)."""
    name = calendar_of(pick.symbol)
    own = closes.get(pick.symbol, {})
    if not own:
        return "unscored", None
    days = market.days_of(name)
    first = bisect.bisect_right(days, market.published)
    for day in days[first : first + LATEST_ENTRY + 1]:
        if day > last:
            return "pending", None
        if day in own:
            return "entered", day
        if not recorded(market, name, day):
            for later in days[first:]:
                if day < later <= last and recorded(market, name, later):
                    return "unscored", None
            return "pending", None
    return "unscored", None


def held(market: Market, closes: Closes, pick: Named, entry: Day, until: Day) -> Row:
    """Measure a pick from its entry to a session of its exchange."""
    own = closes[pick.symbol]
    name = calendar_of(pick.symbol)
    final = max(day for day in own if day <= until)
    if has_gap(market, name, final, until):
        return {"status": "unscored"}
    first, second = (index_on(market, closes, pick.benchmark, day) for day in (entry, until))
    if first is None or second is None:
        return {"status": without_index(market, closes, pick, until)}
    mine = own[final] / own[entry] - 1
    index = second / first - 1
    return {
        "status": "scored",
        "own": mine,
        "benchmark": index,
        "relative": mine - index,
        "stale_sessions": between(market.days_of(name), final, until),
    }


def since(market: Market, closes: Closes, pick: Named, last: Day) -> Row:
    """Tell how a pick stands at its exchange's last session on or before a day."""
    name = calendar_of(pick.symbol)
    none = {"own": None, "benchmark": None, "relative": None, "stale_sessions": 0}
    none |= {"from": None, "to": None, "grade": None}
    end = last_until(market.days_of(name), last)
    assert end is not None
    if closes.get(pick.symbol) and not shares_on(market, name, end):
        return {**none, "status": "stale"}
    state, entry = entry_of(market, closes, pick, last)
    if entry is None:
        return {**none, "status": state}
    found = {**none, **held(market, closes, pick, entry, end)}
    if found["status"] == "scored":
        found |= {"from": entry, "to": end}
        found["grade"] = grade_of(market.bands, found["relative"])
    return found


def add_months(day: Day, months: int) -> Day:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    longest = calendar.monthrange(year, month + 1)[1]
    return Day(year, month + 1, min(day.day, longest))


def horizon(market: Market, closes: Closes, pick: Named, months: int, last: Day) -> Row:
    """Score a pick over a horizon of the scorecard, as far as is known at the end of a day."""
    state, entry = entry_of(market, closes, pick, last)
    if entry is None:
        return {"status": state}
    name = calendar_of(pick.symbol)
    days = market.days_of(name)
    end = last_until(days, add_months(entry, months))
    assert end is not None
    told = last_told(market, name, last) if end <= last else None
    if told is None or end > told:
        return {"status": "pending"}
    found = held(market, closes, pick, entry, end)
    if found["status"] == "scored":
        found["grade"] = grade_of(market.bands, found["relative"])
    return found


def rating(market: Market, closes: Closes, pick: Named, last: Day) -> tuple[Row | None, int | None]:
    """Give the final grade, or None, and the days until the horizon of the rating ends."""
    _, entry = entry_of(market, closes, pick, last)
    if entry is None:
        return None, None
    left = (add_months(entry, market.months) - last).days
    clean = without_lone_indices(market, last)
    found = horizon(clean, cut(clean, last), pick, market.months, last)
    if found["status"] != "scored":
        return None, max(left, 0)
    return {"grade": found["grade"], "relative": found["relative"]}, max(left, 0)


# Together


def mean(values: Iterable[float | None]) -> tuple[int, float | None]:
    known = [value for value in values if value is not None]
    return len(known), math.fsum(known) / len(known) if known else None


def groups(market: Market, rows: list[Row]) -> list[Row]:
    keys = [("all", "")]
    for pick in market.picks:
        if ("theme", pick.theme) not in keys:
            keys.append(("theme", pick.theme))
    found = []
    for group, key in keys:
        inside = [row for row in rows if key in {"", row["theme"]}]
        known, relative = mean(row["week"]["relative"] for row in inside)
        since_known, since_relative = mean(row["since"]["relative"] for row in inside)
        found.append(
            {
                "group": group,
                "key": key,
                "count": len(inside),
                "known": known,
                "own": mean(row["week"]["own"] for row in inside)[1],
                "benchmark": mean(row["week"]["benchmark"] for row in inside)[1],
                "relative": relative,
                "since_known": since_known,
                "since_relative": since_relative,
                "since_own": mean(row["since"]["own"] for row in inside)[1],
                "since_benchmark": mean(row["since"]["benchmark"] for row in inside)[1],
            }
        )
    return found


def course(market: Market, last: Day) -> list[tuple[Day, int, float | None]]:
    """The mean relative return to date at the end of each week from the first session on."""
    end = min(
        market.days_of(name)[bisect.bisect_right(market.days_of(name), market.published)]
        for name in calendars_of(market)
    )
    while end.weekday() != SUNDAY:
        end += DAY
    found = []
    while True:
        until = min(end, last)
        if until not in market.means:
            closes = cut(market, until)
            rows = [since(market, closes, pick, until)["relative"] for pick in market.picks]
            market.means[until] = mean(rows)
        found.append((until, *market.means[until]))
        if end >= last:
            return found
        end += 7 * DAY


# What changed


def changes(market: Market, monday: Day, last: Day) -> set[tuple[Any, ...]]:
    """List what is another than at the end of the week before, as tuples led by the kind."""
    now, then = cut(market, last), cut(market, monday - DAY)
    found: set[tuple[Any, ...]] = set()
    for pick in market.picks:
        found |= grade_changes(market, pick, (then, monday - DAY), (now, last))
        found |= extremes(market, now, pick, monday, last)
        found |= trading_changes(market, now, pick, monday, last)
    symbols = {pick.symbol for pick in market.picks}
    for action in market.actions:
        if action.symbol in symbols and monday <= Day.fromisoformat(action.ex_date) <= last:
            found.add(("action", action.symbol, action.ex_date))
    return found | claim_changes(market, monday, last)


def grade_changes(
    market: Market, pick: Named, then: tuple[Closes, Day], now: tuple[Closes, Day]
) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    old = since(market, *_placed(then, pick))
    new = since(market, *_placed(now, pick))
    _, entry = entry_of(market, now[0], pick, now[1])
    due = None if entry is None else add_months(entry, market.months)
    grade = new["grade"]
    if due is not None and due <= now[1]:
        # in the week in which the horizon ends it is the final grade that is compared
        final, _ = rating(market, now[0], pick, now[1])
        grade = final["grade"] if final else None
    over = due is not None and due <= then[1]
    if old["grade"] and grade and old["grade"] != grade and not over:
        found.add(("grade", pick.symbol, old["grade"], grade))
    clean = without_lone_indices(market, now[1])
    for months in HORIZONS:
        before = horizon(clean, cut(clean, then[1]), pick, months, then[1])["status"]
        after = horizon(clean, cut(clean, now[1]), pick, months, now[1])["status"]
        if before == "pending" and after != "pending":
            found.add((after, pick.symbol, months))
    return found


def _placed(state: tuple[Closes, Day], pick: Named) -> tuple[Closes, Named, Day]:
    return state[0], pick, state[1]


def extremes(
    market: Market, closes: Closes, pick: Named, monday: Day, last: Day
) -> set[tuple[Any, ...]]:
    _, entry = entry_of(market, closes, pick, last)
    if entry is None or (monday - entry).days < EXTREMES_AFTER:
        return set()
    if since(market, closes, pick, last)["status"] != "scored":
        return set()
    own = closes[pick.symbol]
    before = [value for day, value in own.items() if entry <= day < monday]
    week = [value for day, value in own.items() if monday <= day <= last]
    found: set[tuple[Any, ...]] = set()
    if week and max(week) > max(before):
        found.add(("high", pick.symbol))
    if week and min(week) < min(before):
        found.add(("low", pick.symbol))
    return found


def trading_changes(
    market: Market, closes: Closes, pick: Named, monday: Day, last: Day
) -> set[tuple[Any, ...]]:
    name = calendar_of(pick.symbol)
    ends = ends_of(market, name, monday, last)
    start, end = ends["from"], ends["to"]
    if end is None or not shares_on(market, name, end) or not shares_on(market, name, start):
        return set()
    own = closes.get(pick.symbol, {})
    if start in own and end not in own:
        return {("suspended", pick.symbol)}
    # a share that never traded before is not resumed
    if end in own and start not in own and any(day < start for day in own):
        return {("resumed", pick.symbol)}
    return set()


def claim_changes(market: Market, monday: Day, last: Day) -> set[tuple[Any, ...]]:
    found: set[tuple[Any, ...]] = set()
    for claim in market.claims:
        then = [each.status for each in claim.findings if each.date < monday]
        now = [each.status for each in claim.findings if each.date <= last]
        if now and now[-1:] != then[-1:]:
            found.add(("claim", claim.id, now[-1]))
        elif claim.due is not None and monday <= claim.due <= last and not now:
            found.add(("claim", claim.id, "open"))
    return found


# Freshness and the indices


def freshness(market: Market, closes: Closes, monday: Day, last: Day) -> list[Row]:
    symbols: list[str] = []
    for each in [*(p.symbol for p in market.picks), *(p.benchmark for p in market.picks)]:
        if each not in symbols:
            symbols.append(each)
    found = []
    for symbol in symbols:
        name = calendar_of(symbol)
        ends = ends_of(market, name, monday, last)
        expected = ends["to"] or ends["from"]
        own = [day for day in sorted(closes.get(symbol, {})) if day <= expected]
        behind = between(market.days_of(name), own[-1], expected) if own else 0
        if not own:
            state = "missing"
        elif behind == 0:
            state = "current"
        elif is_share(symbol) and shares_on(market, name, expected):
            state = "suspended"
        else:
            state = "stale"
        found.append(
            {
                "symbol": symbol,
                "last": own[-1] if own else None,
                "expected": expected,
                "behind": behind,
                "state": state,
            }
        )
    return found


def benchmark_rows(market: Market, closes: Closes, monday: Day, last: Day) -> list[Row]:
    """Each index over its own calendar's week, and since the first session after publication."""
    found = []
    for symbol in dict.fromkeys(pick.benchmark for pick in market.picks):
        days = market.days_of(calendar_of(symbol))
        ends = ends_of(market, calendar_of(symbol), monday, last)
        first = days[bisect.bisect_right(days, market.published)]
        final = last_until(days, last)
        found.append(
            {
                "symbol": symbol,
                "week": index_move(closes, symbol, ends["from"], ends["to"]),
                "since": index_move(closes, symbol, first, final),
            }
        )
    return found


def index_move(closes: Closes, symbol: str, first: Day | None, final: Day | None) -> Row:
    own = closes.get(symbol, {})
    if first is None or final is None:
        return {"status": "closed", "own": None}
    if final < first:
        return {"status": "pending", "own": None}
    if final not in own:
        return {"status": "stale", "own": None}
    if first not in own:
        return {"status": "unscored", "own": None}
    return {"status": "scored", "own": own[final] / own[first] - 1}


def compose(market: Market, as_of: Day) -> Row:
    """Make the whole report."""
    week = week_of(market, as_of)
    monday, last = week["monday"], week["last"]
    closes = cut(market, last)
    rows = []
    for pick in market.picks:
        final, left = rating(market, closes, pick, last)
        rows.append(
            {
                "symbol": pick.symbol,
                "theme": pick.theme,
                "benchmark": pick.benchmark,
                "week": week_move(market, closes, pick, monday, last),
                "since": since(market, closes, pick, last),
                "final": final,
                "days_left": left,
            }
        )
    return {
        "week": week,
        "picks": rows,
        "groups": groups(market, rows),
        "benchmarks": benchmark_rows(market, closes, monday, last),
        "changes": changes(market, monday, last),
        "course": course(market, last),
        "freshness": freshness(market, closes, monday, last),
    }


def index_by(rows: Iterable[Mapping[str, Any]], key: str) -> dict[Any, Mapping[str, Any]]:
    return {row[key]: row for row in rows}
