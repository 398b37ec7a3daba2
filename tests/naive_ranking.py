"""A deliberately naive ranking of sources, written from docs/ranking.md alone.

Plain loops over dictionaries by symbol and day; nothing of backtests or screener is used, and of
the product's data only the files of rating standards. Sessions are given, because prices tell
nothing of the weekend on which a horizon ends. What the product draws at random is not drawn
here: the shares that each call may be exchanged for are listed, so that all draws can be counted
through, or their mean and variance told.

Returns are fractions; a figure that is not told is None.
"""

import bisect
import itertools
import math
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import scipy.stats
from naive_scorer import Closes, add_months

Source = tuple[str, ...]
Figures = dict[str, Any]
Value = tuple[str, float]
# the day a sector began, None where it always was, and its name
Began = tuple[date | None, str]

STANDARDS = Path(__file__).parent.parent / "universes" / "ratings"
CALENDARS = {"SH": "XSHG", "SZ": "XSHG", "BJ": "XSHG", "CSI": "XSHG", "HK": "XHKG", "US": "XNYS"}
INDICES = {
    "SH": "000300.SH",
    "SZ": "000300.SH",
    "BJ": "899050.BJ",
    "HK": "HSI.HK",
    "US": "SPX.US",
}
LATEST_ENTRY = 10
FEWEST_OTHERS = 3
DAYS_OF_MONTH = 30.4375
NORMAL = 1.959963984540054
SHRUNK_WIDTH = 1.96
HAIR = 9
LEVEL = 0.05
BINARY = 1e-12


# Standards


@dataclass(frozen=True)
class Band:
    """A grade and the relative returns that earn it, as fractions; no bound is infinite."""

    grade: str
    stance: str
    lower: float
    lower_included: bool


@dataclass(frozen=True)
class Standard:
    """A house's rating standard: its bands, best first, and its horizon."""

    bands: tuple[Band, ...]
    months: int

    def stance(self, grade: str) -> str:
        return next(band.stance for band in self.bands if band.grade == grade)

    def earned(self, relative: float) -> str:
        value = round(relative, HAIR)
        for band in self.bands:
            if value > band.lower or (value == band.lower and band.lower_included):
                return band.grade
        raise AssertionError


@cache
def read_standard(name: str) -> Standard:
    """Read a shipped standard from its file."""
    table = tomllib.loads((STANDARDS / f"{name}.toml").read_text(encoding="utf-8"))
    bands = []
    for row in table["company"]:
        if row["hit"]:
            stance = "bullish"
        elif row.get("upper", math.inf) <= 0:
            stance = "bearish"
        else:
            stance = "neutral"
        lower = row["lower"] / 100 if "lower" in row else -math.inf
        bands.append(Band(row["grade"], stance, lower, row.get("lower_included", False)))
    return Standard(tuple(bands), table["horizon_months"])


# Ratings and calls


@dataclass(frozen=True)
class Rating:
    """One accepted row; ``months`` is what the row itself says."""

    line: int
    day: date
    symbol: str
    grade: str
    house: str
    analysts: tuple[str, ...] = ()
    target: float | None = None
    price: float | None = None
    months: int | None = None


@dataclass(frozen=True)
class Call:
    """Ratings of one source on one share that are one call; the first of them counts."""

    source: Source
    first: Rating
    stance: str
    ratings: int
    until: date
    closed: date | None


def sources_of(rating: Rating, by: str) -> list[Source]:
    if by == "house":
        return [(rating.house,)]
    return [(rating.house, author) for author in dict.fromkeys(rating.analysts)]


def first_of_day(rating: Rating, standard: Standard) -> tuple[date, int, float, int]:
    """By day; of one day the best grade first, then the highest target, then the first line."""
    grades = [band.grade for band in standard.bands]
    target = math.inf if rating.target is None else -rating.target
    return rating.day, grades.index(rating.grade), target, rating.line


def make_calls(
    ratings: Sequence[Rating], standards: Mapping[str, Standard], at: int, by: str = "house"
) -> list[Call]:
    """Join the ratings of each source on each share, day by day."""
    streams: dict[tuple[Source, str], list[Rating]] = {}
    for rating in ratings:
        for source in sources_of(rating, by):
            streams.setdefault((source, rating.symbol), []).append(rating)
    calls = []
    for (source, _), stream in streams.items():
        standard = standards[source[0]]
        running: Call | None = None
        for rating in sorted(stream, key=lambda each: first_of_day(each, standard)):
            stance = standard.stance(rating.grade)
            months = max(rating.months or standard.months, at)
            until = add_months(rating.day, months)
            alive = running is not None and rating.day <= running.until
            if running is not None and alive and stance == running.stance:
                running = replace(
                    running, ratings=running.ratings + 1, until=max(until, running.until)
                )
                continue
            if running is not None:
                calls.append(replace(running, closed=rating.day if alive else None))
            running = Call(source, rating, stance, 1, until, None)
        assert running is not None
        calls.append(running)
    return calls


# The market


@dataclass
class World:
    """Closes on the basis of the scores, raw ones, sessions, and what shares are held against."""

    closes: Closes
    sessions: Mapping[str, Sequence[date]]
    raw: Closes = field(default_factory=dict)
    # where entries are at the open
    opens: Closes | None = None
    # the index of a share by the suffix of its symbol
    indices: Mapping[str, str] = field(default_factory=lambda: INDICES)
    # days on which a share's sector began, by share; without a day it was always that
    sectors: Mapping[str, Sequence[Began]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.days = {symbol: sorted(own) for symbol, own in self.closes.items()}
        self.recorded: dict[str, set[date]] = {name: set() for name in self.sessions}
        traded: dict[str, set[date]] = {name: set() for name in self.sessions}
        for symbol, own in self.closes.items():
            name = calendar_of(symbol)
            self.recorded[name] |= own.keys()
            if is_share(symbol):
                traded[name] |= own.keys()
        self.gaps = {}
        self.last = {}
        for name, sessions in self.sessions.items():
            here = set(sessions)
            self.gaps[name] = [day for day in sessions if day not in self.recorded[name]]
            self.last[name] = last_told(sessions, self.recorded[name] & here, traded[name] & here)

    def price_in(self, symbol: str, day: date) -> float | None:
        """What is paid on a session, None for no price."""
        own = self.closes if self.opens is None else self.opens
        return own.get(symbol, {}).get(day)

    def benchmark(self, share: str) -> str:
        return self.indices[suffix_of(share)]

    def shares_against(self, benchmark: str) -> list[str]:
        return [s for s in self.closes if is_share(s) and self.benchmark(s) == benchmark]

    def sector(self, share: str, day: date) -> str | None:
        """The latest sector that began by a day, or else the one without a day."""
        rows = self.sectors.get(share, ())
        begun = [(since, name) for since, name in rows if since is not None and since <= day]
        always = [name for since, name in rows if since is None]
        if begun:
            return max(begun)[1]
        return always[-1] if always else None


def suffix_of(symbol: str) -> str:
    return symbol.rpartition(".")[2]


def calendar_of(symbol: str) -> str:
    return CALENDARS[suffix_of(symbol)]


def is_share(symbol: str) -> bool:
    return symbol not in {*INDICES.values(), "H00300.CSI"}


def last_told(
    sessions: Sequence[date], recorded: Iterable[date], traded: Iterable[date]
) -> date | None:
    """The session with which an exchange's prices end.

    Where an index goes on for more than ten sessions after the last share they end with that.
    """
    known, share = max(recorded, default=None), max(traded, default=None)
    if known is not None and share is not None:
        alone = sum(1 for day in sessions if share < day <= known)
        return share if alone > LATEST_ENTRY else known
    return known


def last_until(days: Sequence[date], limit: date) -> date | None:
    place = bisect.bisect_right(days, limit)
    return days[place - 1] if place else None


def first_after(days: Sequence[date], day: date) -> date | None:
    place = bisect.bisect_right(days, day)
    return days[place] if place < len(days) else None


def has_gap(world: World, name: str, after: date, until: date) -> bool:
    """Whether a session after one day, until another, has no close of any security."""
    gap = first_after(world.gaps[name], after)
    return gap is not None and gap <= until


# One call over one horizon


@dataclass(frozen=True)
class Held:
    """From where to where a call is scored, on the sessions of its share's exchange."""

    entry: date
    exit: date
    own: float
    benchmark: float


def enter(world: World, symbol: str, published: date) -> date | str:
    """The entry, or ``pending`` or ``unscored``."""
    own = world.closes.get(symbol, {})
    if not own:
        return "unscored"
    name = calendar_of(symbol)
    sessions = world.sessions[name]
    first = bisect.bisect_right(sessions, published)
    newest = max(world.recorded[name])
    for day in sessions[first : first + LATEST_ENTRY + 1]:
        if day in own:
            return day
        if day not in world.recorded[name]:
            return "unscored" if newest > day else "pending"
    return "unscored"


def own_return(world: World, symbol: str, entry: date, leave: date) -> float | None:
    """A share's return between two sessions, None without a price at entry or over a gap."""
    own, paid = world.closes[symbol], world.price_in(symbol, entry)
    if entry not in own or paid is None:
        return None
    sold = last_until(world.days[symbol], leave)
    assert sold is not None
    if has_gap(world, calendar_of(symbol), sold, leave):
        return None
    return own[sold] / paid - 1


def index_return(world: World, index: str, entry: date, leave: date) -> float | str:
    """An index's return between its own last sessions on or before two days."""
    own = world.closes.get(index, {})
    if not own:
        return "unscored"
    sessions = world.sessions[calendar_of(index)]
    start, end = last_until(sessions, entry), last_until(sessions, leave)
    assert start is not None
    assert end is not None
    if start in own and end in own:
        # one that is closed on the day stands at its last close
        level = world.price_in(index, start) if start == entry else own[start]
        if level is not None:
            return own[end] / level - 1
    return "pending" if end > max(own) else "unscored"


def score(world: World, call: Call, months: int) -> Held | str:
    """Score a call: what it is held over, or one of pending, closed, unscored."""
    symbol = call.first.symbol
    name = calendar_of(symbol)
    sessions = world.sessions[name]
    turned = None if call.closed is None else first_after(sessions, call.closed)
    entry = enter(world, symbol, call.first.day)
    if isinstance(entry, str):
        passed = turned is not None and (
            turned <= max(world.recorded[name]) or turned == first_after(sessions, call.first.day)
        )
        return "closed" if passed and entry == "pending" else entry
    if turned is not None and turned <= entry:
        return "closed"
    leave = last_until(sessions, add_months(entry, months))
    assert leave is not None
    if turned is not None:
        leave = min(leave, turned)
    told = world.last[name]
    if told is None or leave > told:
        return "pending"
    own = own_return(world, symbol, entry, leave)
    if own is None:
        return "unscored"
    index = index_return(world, world.benchmark(symbol), entry, leave)
    return index if isinstance(index, str) else Held(entry, leave, own, index)


def relative_return(own: float, index: float, kind: str) -> float:
    return own - index if kind == "difference" else (1 + own) / (1 + index) - 1


def sign_of(call: Call) -> int:
    return {"bullish": 1, "neutral": 0, "bearish": -1}[call.stance]


# What a call may be exchanged for


def market_pool(world: World, symbol: str, held: Held, kind: str) -> list[Value]:
    """All shares with the call's benchmark scored over the call's days, with what they earned.

    Few shares are no pool, and none are given.
    """
    index, found = world.benchmark(symbol), []
    for share in world.shares_against(index):
        own = own_return(world, share, held.entry, held.exit)
        if own is not None:
            found.append((share, relative_return(own, held.benchmark, kind)))
    return found if len(found) > FEWEST_OTHERS else []


def sector_pool(world: World, call: Call, market: Sequence[Value]) -> list[Value]:
    """Those of the call's sector on its day, or none."""
    symbol, day = call.first.symbol, call.first.day
    own = world.sector(symbol, day)
    found = [value for value in market if world.sector(value[0], day) == own]
    return found if own is not None and len(found) > FEWEST_OTHERS else []


def all_means(pools: Sequence[Sequence[float]]) -> list[float]:
    """The mean of every set of one value from each pool; all are equally likely."""
    return [math.fsum(chosen) / len(pools) for chosen in itertools.product(*pools)]


def mean_and_variance(pools: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Mean and variance of the mean of one value drawn from each pool."""
    centres = [mean(pool) for pool in pools]
    spreads = [
        mean([(value - centre) ** 2 for value in pool])
        for pool, centre in zip(pools, centres, strict=True)
    ]
    return mean(centres), math.fsum(spreads) / len(pools) ** 2


def percentile(actual: float, means: Sequence[float]) -> float:
    """The share of means below, ties by half."""
    below = sum(1 for each in means if each < actual - BINARY)
    ties = sum(1 for each in means if abs(each - actual) <= BINARY)
    return (below + ties / 2) / len(means)


# Arithmetic


def mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def wilson(hits: int, count: int) -> tuple[float, float]:
    share, z = hits / count, NORMAL
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    inner = share * (1 - share) / count + z * z / (4 * count * count)
    half = z * math.sqrt(inner) / (1 + z * z / count)
    return middle - half, middle + half


def by_day(values: Sequence[float], days: Sequence[date]) -> dict[date, list[float]]:
    found: dict[date, list[float]] = {}
    for value, day in zip(values, days, strict=True):
        found.setdefault(day, []).append(value)
    return found


def clustered(values: Sequence[float], days: Sequence[date]) -> tuple[float | None, float | None]:
    """The t of a mean with errors clustered by day, and its two-sided p."""
    groups = by_day(values, days)
    count, centre = len(groups), mean(values)
    if count < 2:
        return None, None
    squares = [math.fsum(v - centre for v in group) ** 2 for group in groups.values()]
    variance = count / (count - 1) * math.fsum(squares) / len(values) ** 2
    if math.sqrt(variance) <= BINARY:
        return None, None
    t = centre / math.sqrt(variance)
    return t, 2 * float(scipy.stats.t.sf(abs(t), count - 1))


def overlapping(
    values: Sequence[float], days: Sequence[date], months: int
) -> tuple[float | None, float | None]:
    """The t of a mean of overlapping horizons, and its p for so much or more."""
    groups = by_day(values, days)
    count, centre, length = len(groups), mean(values), months * DAYS_OF_MONTH
    if count < 2:
        return None, None
    sums = {day: math.fsum(v - centre for v in group) for day, group in groups.items()}
    terms = []
    for one, first in sums.items():
        for other, second in sums.items():
            weight = max(0.0, 1 - abs((one - other).days) / length)
            terms.append(weight * first * second)
    variance = count / (count - 1) * math.fsum(terms) / len(values) ** 2
    if variance <= BINARY**2:
        return None, None
    t = centre / math.sqrt(variance)
    span = (max(sums) - min(sums)).days
    degrees = max(1, math.ceil(span / length) - 1)
    return t, float(scipy.stats.t.sf(t, degrees))


@dataclass(frozen=True)
class Shrunk:
    """A source's shrunken mean with its interval."""

    mean: float
    low: float
    high: float


def shrink(
    values: Mapping[Source, Sequence[float]], days: Mapping[Source, Sequence[date]]
) -> dict[Source, Shrunk]:
    """Shrink the means of all sources that have a value."""
    groups = {s: by_day(own, days[s]) for s, own in values.items() if own}
    means = {s: mean(values[s]) for s in groups}
    noise, of_days = components(groups, means)
    own = {}
    for source, cells in groups.items():
        count = len(values[source])
        own[source] = math.fsum(
            (len(cell) / count) ** 2 * (of_days + noise / len(cell)) for cell in cells.values()
        )
    if len(groups) < 2:
        return {s: around(m, own[s]) for s, m in means.items()}
    between = paule_mandel(list(means.values()), list(own.values()))
    centre = weighted_mean(list(means.values()), list(own.values()), between)
    found = {}
    for source, raw in means.items():
        total = between + own[source]
        kept = between / total if total > 0 else 1.0
        error = kept * own[source]
        if kept < 1:
            weights = math.fsum(1 / (between + each) for each in own.values())
            error += (1 - kept) ** 2 / weights
        found[source] = around(centre + kept * (raw - centre), error)
    return found


def around(middle: float, variance: float) -> Shrunk:
    half = SHRUNK_WIDTH * math.sqrt(variance)
    return Shrunk(middle, middle - half, middle + half)


def components(
    groups: Mapping[Source, Mapping[date, Sequence[float]]], means: Mapping[Source, float]
) -> tuple[float, float]:
    """The variance of noise and that of days, by the analysis of variance."""
    within, among, divisor = [], [], []
    calls = pairs = 0
    for source, cells in groups.items():
        own = sum(len(cell) for cell in cells.values())
        for cell in cells.values():
            centre = mean(cell)
            within += [(value - centre) ** 2 for value in cell]
            among.append(len(cell) * (centre - means[source]) ** 2)
            pairs += 1
        calls += own
        divisor.append(own - sum(len(cell) ** 2 for cell in cells.values()) / own)
    noise = math.fsum(within) / (calls - pairs) if calls > pairs else 0.0
    spread = math.fsum(divisor)
    if spread <= BINARY:
        return noise, 0.0
    return noise, max(0.0, (math.fsum(among) - (pairs - len(groups)) * noise) / spread)


def weighted_mean(means: Sequence[float], variances: Sequence[float], between: float) -> float:
    if between + min(variances) <= 0:
        return mean(means)
    weights = [1 / (between + v) for v in variances]
    return math.fsum(w * m for w, m in zip(weights, means, strict=True)) / math.fsum(weights)


def paule_mandel(means: Sequence[float], variances: Sequence[float]) -> float:
    """The least variance from zero at which the weighted squares are no more than I - 1."""

    def too_small(between: float) -> bool:
        if between + min(variances) <= 0:
            return max(means) > min(means)
        centre = weighted_mean(means, variances, between)
        squares = [(m - centre) ** 2 / (between + v) for m, v in zip(means, variances, strict=True)]
        return math.fsum(squares) > len(means) - 1

    if not too_small(0.0):
        return 0.0
    low, high = 0.0, (max(means) - min(means)) ** 2 + 1e-300
    while too_small(high):
        high *= 2
    for _ in range(2000):
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if too_small(middle) else (low, middle)
    return high


# Targets


def judge_target(world: World, call: Call, held: Held) -> tuple[bool, bool] | None:
    """Whether a target was reached at the exit, and at any close; None where it cannot be told."""
    rating = call.first
    assert rating.target is not None
    own, raw = world.closes[rating.symbol], world.raw.get(rating.symbol, {})
    known = own if rating.price is not None else raw
    session = max((day for day in known if day <= rating.day), default=None)
    if session is None or session not in own:
        return None
    price = rating.price if rating.price is not None else raw[session]
    sign = sign_of(call)
    if sign * (rating.target - price) <= 0:
        return None
    ratio = rating.target / price
    path = [
        sign * round(own[day] / own[session] - ratio, HAIR) >= 0
        for day in sorted(own)
        if held.entry <= day <= held.exit
    ]
    return path[-1], any(path)


# A source


@dataclass(frozen=True)
class Line:
    """A scored call that is not neutral, with the shares it may be exchanged for."""

    call: Call
    held: Held
    x: float
    market: list[Value]
    sector: list[Value]

    def pool(self, which: str) -> list[float]:
        """What the shares of a pool earned, with the call's sign; nothing where there are few."""
        values = self.market if which == "market" else self.sector
        return [sign_of(self.call) * value for _, value in values]


def rank(
    ratings: Sequence[Rating],
    standards: Mapping[str, Standard],
    world: World,
    horizons: Sequence[int],
    at: int = 6,
    by: str = "house",
    kind: str = "difference",
    asked: Callable[[Call], bool] = lambda _: True,
) -> dict[int, dict[Source, Figures]]:
    """Tell every figure of every source that has a call which is asked for, by horizon."""
    calls: dict[Source, list[Call]] = {}
    for call in make_calls(ratings, standards, at, by):
        if asked(call):
            calls.setdefault(call.source, []).append(call)
    pools: dict[tuple[str, date, date], list[Value]] = {}
    found: dict[int, dict[Source, Figures]] = {}
    for months in horizons:
        found[months] = {}
        for source, mine in calls.items():
            held = [score(world, call, months) for call in mine]
            figures = {**count_ratings(mine), **count_calls(held)}
            figures["rows"] = list(zip(mine, held, strict=True))
            scored = [pair for pair in figures["rows"] if isinstance(pair[1], Held)]
            figures |= calibrate(scored, standards[source[0]], kind)
            lines = [
                line_of(world, call, each, kind, pools) for call, each in scored if sign_of(call)
            ]
            figures |= judge(lines, standards[source[0]], months)
            figures |= judge_targets(world, lines)
            found[months][source] = figures
        add_shrunk(found[months])
    return found


def count_ratings(calls: Sequence[Call]) -> Figures:
    """Count the ratings that calls are made of; a reiteration has the stance of its call."""
    ratings = sum(call.ratings for call in calls)
    bullish = sum(call.ratings for call in calls if call.stance == "bullish")
    return {"ratings": ratings, "bullish_share": bullish / ratings}


def line_of(
    world: World,
    call: Call,
    held: Held,
    kind: str,
    pools: dict[tuple[str, date, date], list[Value]],
) -> Line:
    """Lay out a call beside its pools; those of one market and the same days are one."""
    symbol = call.first.symbol
    key = world.benchmark(symbol), held.entry, held.exit
    if key not in pools:
        pools[key] = market_pool(world, symbol, held, kind)
    x = sign_of(call) * relative_return(held.own, held.benchmark, kind)
    return Line(call, held, x, pools[key], sector_pool(world, call, pools[key]))


def count_calls(held: Sequence[Held | str]) -> Figures:
    return {
        "calls": len(held),
        "scored": sum(1 for each in held if isinstance(each, Held)),
        "pending": sum(1 for each in held if each == "pending"),
        "closed": sum(1 for each in held if each == "closed"),
        "unscored": sum(1 for each in held if each in {"unscored", "closed"}),
    }


def calibrate(scored: Sequence[tuple[Call, Held]], standard: Standard, kind: str) -> Figures:
    """Count scored calls by grade given and grade earned, and the share that earned just that."""
    counts = {(a.grade, b.grade): 0 for a in standard.bands for b in standard.bands}
    for call, held in scored:
        earned = standard.earned(relative_return(held.own, held.benchmark, kind))
        counts[call.first.grade, earned] += 1
    kept: dict[str, float | None] = {}
    for band in standard.bands:
        given = sum(count for (one, _), count in counts.items() if one == band.grade)
        kept[band.grade] = counts[band.grade, band.grade] / given if given else None
    return {"calibration": counts, "kept": kept}


def judge(lines: Sequence[Line], standard: Standard, months: int) -> Figures:
    """Tell what is made of the scored calls that are not neutral."""
    empty = ("hit_rate", "hit_low", "hit_high", "mean", "t", "p", "selection")
    found: Figures = {"n": len(lines), "lines": list(lines), "hits": 0, "dates": 0}
    found |= dict.fromkeys((*empty, "selection_t", "selection_p", "market", "sector"))
    if not lines:
        return found
    earned = [standard.earned(sign_of(line.call) * line.x) for line in lines]
    hits = sum(
        standard.stance(grade) == line.call.stance
        for grade, line in zip(earned, lines, strict=True)
    )
    found["hits"], found["hit_rate"] = hits, hits / len(lines)
    found["hit_low"], found["hit_high"] = wilson(hits, len(lines))
    values, days = [line.x for line in lines], [line.held.entry for line in lines]
    found["mean"], found["dates"] = mean(values), len(set(days))
    found["t"], found["p"] = clustered(values, days)
    for which in ("market", "sector"):
        there = [line for line in lines if line.pool(which)]
        found[which] = there if there and 5 * len(there) >= 4 * len(lines) else None
    which = "sector" if found["sector"] else "market"
    chosen = [line for line in lines if line.pool(which)]
    if chosen:
        added = [line.x - mean(line.pool(which)) for line in chosen]
        found["selection"] = mean(added)
        days = [line.held.entry for line in chosen]
        found["selection_t"], found["selection_p"] = overlapping(added, days, months)
    return found


def judge_targets(world: World, lines: Sequence[Line]) -> Figures:
    told = [
        judge_target(world, line.call, line.held)
        for line in lines
        if line.call.first.target is not None
    ]
    known = [each for each in told if each is not None]
    return {
        "targets": len(known),
        "targets_untold": len(told) - len(known),
        "target_at": sum(at for at, _ in known),
        "target_before": sum(before for _, before in known),
    }


def add_shrunk(found: dict[Source, Figures]) -> None:
    values = {s: [line.x for line in each["lines"]] for s, each in found.items()}
    days = {s: [line.held.entry for line in each["lines"]] for s, each in found.items()}
    shrunk = shrink(values, days)
    for source, figures in found.items():
        own = shrunk.get(source)
        figures["shrunk"] = own.mean if own else None
        figures["shrunk_low"] = own.low if own else None
        figures["shrunk_high"] = own.high if own else None


# The verdict


@dataclass(frozen=True)
class Chances:
    """What random shares of the market and of the sectors come to so often, or more and less."""

    upper: tuple[float, float]
    lower: tuple[float, float]


def unjudged(figures: Figures) -> str | None:
    """Why no verdict is given, None where one is."""
    if figures["n"] < 10:
        return "few_calls"
    if 5 * figures["scored"] < 4 * (figures["scored"] + figures["unscored"]):
        return "unscored"
    if figures["dates"] < 5:
        return "few_days"
    if figures["sector"] is None:
        known = any(line.sector for line in figures["lines"])
        return "few_in_sectors" if known else "no_sectors"
    return None


def give_verdicts(
    found: Mapping[Source, Figures], chances: Mapping[Source, Chances]
) -> dict[Source, tuple[str, str]]:
    """Judge the sources by the larger of two p-values, adjusted for how many are judged."""
    judged = [source for source, figures in found.items() if unjudged(figures) is None]
    up = adjust([max(chances[source].upper) for source in judged])
    down = adjust([max(chances[source].lower) for source in judged])
    said = {}
    for source, figures in found.items():
        said[source] = ("cannot_tell", unjudged(figures) or "chance")
    for source, better, worse in zip(judged, up, down, strict=True):
        chosen = found[source]["selection_p"]
        if better <= LEVEL or worse <= LEVEL:
            said[source] = ("cannot_tell", "overlap")
        if chosen is not None and better <= LEVEL and chosen <= LEVEL:
            said[source] = ("skilled", "above")
        elif chosen is not None and worse <= LEVEL and 1 - chosen <= LEVEL:
            said[source] = ("worse_than_chance", "below")
    return said


def adjust(chances: Sequence[float]) -> list[float]:
    """Adjust as Benjamini and Hochberg do: the least of k p / rank over those as large."""
    ordered = sorted(chances)
    return [
        min(
            len(ordered) * other / (place + 1)
            for place, other in enumerate(ordered)
            if other >= each
        )
        for each in chances
    ]


def order(found: Mapping[Source, Figures]) -> list[tuple[Source, int | None]]:
    """Rank by the shrunken mean, equal ones alike, those without a scored call last."""
    told = {s: round(f["shrunk"], HAIR) for s, f in found.items() if f["shrunk"] is not None}
    first = sorted(told, key=lambda s: (-told[s], s))
    ranked: list[tuple[Source, int | None]] = [
        (s, 1 + sum(1 for other in told.values() if other > told[s])) for s in first
    ]
    return ranked + [(s, None) for s in sorted(found) if s not in told]
