"""A deliberately naive account of skill, luck and sector, used only to check the real one.

It shares no code with the product: plain loops over dictionaries, one share at a time. Scores
follow `naive_scorer`; the sessions of an exchange are given, because prices that end on a Friday
tell nothing of the Saturday on which a horizon ends. What is drawn at random is given as well.

Returns are fractions: 0.15 is 15%.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise
from statistics import fmean as mean
from statistics import stdev

from naive_scorer import Closes, add_months

LONGEST_DELAY = 10
LONGEST_CARRY = 15
BINARY = 1e-12

Label = Mapping[str, object]


@dataclass(frozen=True)
class Market:
    """The shares that are measured against one index, and the sessions of their exchange."""

    benchmark: str
    sessions: tuple[date, ...]
    shares: tuple[str, ...]


@dataclass(frozen=True)
class Scored:
    """One share over one horizon; stale is in sessions."""

    entry: date
    exit: date
    stale: int
    own: float
    benchmark: float

    @property
    def relative(self) -> float:
        return self.own - self.benchmark


@dataclass(frozen=True)
class Split:
    """A mean excess in parts that add up to it."""

    breadth: float
    sector: float
    selection: float
    unsplit: float


@dataclass(frozen=True)
class Strata:
    """What baskets are drawn from: shares, and how many of them, or why nothing is drawn."""

    parts: tuple[tuple[tuple[str, ...], int], ...]
    widened: tuple[str, ...] = ()
    refusal: str = ""


@dataclass(frozen=True)
class Line:
    """A least-squares line of a share's returns on its index's, by day."""

    alpha: float
    beta: float
    residuals: Mapping[date, float]
    index_mean: float
    index_squares: float

    @property
    def deviation(self) -> float:
        return math.sqrt(sum(e * e for e in self.residuals.values()) / (len(self.residuals) - 2))


def last_of(days: Iterable[date], limit: date) -> date | None:
    """Return the latest day that is not after a limit."""
    return max((day for day in days if day <= limit), default=None)


def recorded_days(closes: Closes, market: Market) -> set[date]:
    """Return the sessions on which anything of the market has a close."""
    days: set[date] = set()
    for symbol in (market.benchmark, *market.shares):
        days |= closes.get(symbol, {}).keys()
    return days & set(market.sessions)


def enter(closes: Closes, symbol: str, market: Market, published: date) -> date | None:
    """Return the first traded session after publication, at most ten late."""
    after = [day for day in market.sessions if day > published][: LONGEST_DELAY + 1]
    own = closes.get(symbol, {})
    return next((day for day in after if day in own), None)


def score_share(
    closes: Closes, symbol: str, market: Market, published: date, months: int, last: date
) -> Scored | None:
    """Score one share over one horizon; None where it cannot be, or not by the last day."""
    own, index = closes.get(symbol, {}), closes.get(market.benchmark, {})
    entry = enter(closes, symbol, market, published)
    if entry is None:
        return None
    leave = last_of(market.sessions, add_months(entry, months))
    assert leave is not None
    if leave > last or entry not in index or leave not in index:
        return None
    sold = last_of(own, leave)
    assert sold is not None
    stale = sum(1 for day in market.sessions if sold < day <= leave)
    return Scored(entry, leave, stale, own[sold] / own[entry] - 1, index[leave] / index[entry] - 1)


def score_all(
    closes: Closes, markets: Sequence[Market], published: date, months: int
) -> dict[str, Scored]:
    """Score every share of every market that can be scored."""
    found = {}
    for market in markets:
        last = max(recorded_days(closes, market))
        for share in market.shares:
            scored = score_share(closes, share, market, published, months, last)
            if scored is not None:
                found[share] = scored
    return found


def has_peers(label: Label, pick: str, picks: Sequence[str], eligible: Iterable[str]) -> bool:
    """Tell whether a label is known and has as many other shares as picks, three or more."""
    if label[pick] is None:
        return False
    others = sum(1 for s in eligible if s not in picks and label[s] == label[pick])
    return others >= max(3, sum(1 for p in picks if label[p] == label[pick]))


def split(
    picks: Sequence[str],
    values: Mapping[str, float],
    market: Label,
    sector: Label,
    eligible: Sequence[str],
) -> Split:
    """Split the picks' mean relative return, pick by pick; sectors are told within a market.

    Averages are over all values, but a sector needs peers among those eligible.
    """
    parts = []
    for pick in picks:
        own = values[pick]
        if not has_peers(market, pick, picks, eligible):
            parts.append((0.0, 0.0, 0.0, own))
            continue
        average = mean(v for s, v in values.items() if market[s] == market[pick])
        if has_peers(sector, pick, picks, eligible):
            peers = mean(v for s, v in values.items() if sector[s] == sector[pick])
            parts.append((average, peers - average, own - peers, 0.0))
        else:
            parts.append((average, 0.0, 0.0, own - average))
    return Split(*(mean(column) for column in zip(*parts, strict=True)))


def find_strata(
    picks: Sequence[str], eligible: Sequence[str], market: Label, label: Label, *, whole: bool
) -> Strata:
    """Find what baskets are drawn from; for few picks without peers it is their market's rest.

    ``whole`` says that the labels are the markets themselves.
    """
    markets = {market[p] for p in picks}
    if not any(s not in picks and market[s] in markets for s in eligible):
        return Strata((), (), "no_controls")
    matched = [p for p in picks if has_peers(label, p, picks, eligible)]
    widened = [p for p in picks if p not in matched]
    if whole and widened:
        return Strata((), tuple(widened), "few_controls")
    if len(widened) > len(picks) / 5:
        return Strata((), tuple(widened), "unknown")
    taken = {label[p] for p in matched}
    rest = [s for s in eligible if label[s] not in taken]
    if not all(has_peers(market, p, widened, rest) for p in widened):
        return Strata((), tuple(widened), "few_controls")
    parts = [*_layers(label, matched, eligible), *_layers(market, widened, rest)]
    return Strata(tuple(parts), tuple(widened))


def _layers(
    label: Label, picks: Sequence[str], shares: Sequence[str]
) -> list[tuple[tuple[str, ...], int]]:
    keys = sorted({label[p] for p in picks})  # type: ignore[type-var]
    return [
        (tuple(s for s in shares if label[s] == key), sum(1 for p in picks if label[p] == key))
        for key in keys
    ]


def all_means(parts: Sequence[tuple[Sequence[float], int]]) -> list[float]:
    """Return the mean of every basket there is."""
    sums = [0.0]
    for pool, count in parts:
        sums = [one + sum(chosen) for one in sums for chosen in combinations(pool, count)]
    size = sum(count for _, count in parts)
    return [total / size for total in sums]


def p_value(actual: float, means: Sequence[float]) -> float:
    """Return how often luck did as well, the basket itself counted as one of the draws."""
    return (1 + sum(1 for each in means if each >= actual - BINARY)) / (1 + len(means))


def percentile(actual: float, means: Sequence[float]) -> float:
    """Return the share of baskets that are worse, ties counted half."""
    worse = sum(1 for each in means if each < actual - BINARY)
    ties = sum(1 for each in means if abs(each - actual) <= BINARY)
    return (worse + ties / 2) / len(means)


def past_volatility(own: Mapping[date, float], days: Sequence[date], published: date) -> float:
    """Return the deviation of log returns over the 120 latest rows, of which 60 are needed."""
    window = [day for day in days if day <= published][-121:]
    traded = [day for day in window if day in own]
    moves = [math.log(own[b] / own[a]) for a, b in pairwise(traded)]
    if len(moves) < 60:
        return math.nan
    centre = mean(moves)
    return math.sqrt(sum((move - centre) ** 2 for move in moves) / (len(moves) - 1))


def fifths(values: Mapping[str, float], market: Label) -> dict[str, int | None]:
    """Number the fifths of each market from the lowest, 0; None for what is not known."""
    part: dict[str, int | None] = dict.fromkeys(values)
    for key in {market[s] for s in values}:
        known = [s for s in values if market[s] == key and not math.isnan(values[s])]
        for rank, share in enumerate(sorted(known, key=values.__getitem__)):
            part[share] = rank * 5 // len(known)
    return part


def carry(
    closes: Mapping[date, float], days: Sequence[date], longest: int | None = None
) -> list[float]:
    """Return the last close on or before each day, not a number before the first."""
    known = sorted(closes)
    found = []
    for day in days:
        place = bisect_right(known, day) - 1
        fresh = place >= 0 and (longest is None or (day - known[place]).days <= longest)
        found.append(closes[known[place]] if fresh else math.nan)
    return found


def event_path(
    own: Mapping[date, float], index: Mapping[date, float], entry: date, days: Sequence[date]
) -> list[float]:
    """Return what a share was ahead of its index on each day, both measured from the entry."""
    (start,) = carry(index, [entry], LONGEST_CARRY)
    levels = carry(index, days, LONGEST_CARRY)
    return [
        price / own[entry] - level / start
        for price, level in zip(carry(own, days), levels, strict=True)
    ]


def paired_returns(
    own: Mapping[date, float], index: Mapping[date, float], days: Sequence[date]
) -> dict[date, tuple[float, float]]:
    """Return a share's and its index's returns from each close of the share to its next."""
    traded = [day for day in days if day in own]
    level = dict(zip(traded, carry(index, traded, LONGEST_CARRY), strict=True))
    found = {}
    for before, day in pairwise(traded):
        if not math.isnan(level[before]) and not math.isnan(level[day]):
            found[day] = (own[day] / own[before] - 1, level[day] / level[before] - 1)
    return found


def fit_line(returns: Mapping[date, tuple[float, float]]) -> Line:
    """Fit a line by the textbook's sums."""
    y, x = (mean(pair[n] for pair in returns.values()) for n in (0, 1))
    squares = sum((b - x) ** 2 for _, b in returns.values())
    beta = sum((a - y) * (b - x) for a, b in returns.values()) / squares
    alpha = y - beta * x
    rest = {day: a - alpha - beta * b for day, (a, b) in returns.items()}
    return Line(alpha, beta, rest, x, squares)


def scaled_return(line: Line, event: Mapping[date, tuple[float, float]]) -> float:
    """Return the sum of abnormal returns over its standard error."""
    length, fitted = len(event), len(line.residuals)
    total = sum(a - line.alpha - line.beta * b for a, b in event.values())
    apart = sum(b for _, b in event.values()) - length * line.index_mean
    shared = 1 + length / fitted + apart**2 / (length * line.index_squares)
    return total / (line.deviation * math.sqrt(length * shared))


def mean_correlation(residuals: Sequence[Mapping[date, float]]) -> float:
    """Return the mean correlation of all pairs that have thirty days in common."""
    found = []
    for one, other in combinations(residuals, 2):
        days = sorted(one.keys() & other.keys())
        if len(days) >= 30:
            a, b = [one[d] for d in days], [other[d] for d in days]
            x, y = mean(a), mean(b)
            top = sum((p - x) * (q - y) for p, q in zip(a, b, strict=True))
            found.append(
                top / math.sqrt(sum((p - x) ** 2 for p in a) * sum((q - y) ** 2 for q in b))
            )
    return mean(found) if found else math.nan


def mean_product(residuals: Sequence[Mapping[date, float]]) -> float:
    """Return the mean product of all pairs on the days that both have, each in units of its own."""
    units = [math.sqrt(mean(v * v for v in own.values())) for own in residuals]
    pairs = combinations(zip(residuals, units, strict=True), 2)
    return mean(
        one[day] * other[day] / (unit * another)
        for (one, unit), (other, another) in pairs
        for day in one.keys() & other.keys()
    )


def corrected_statistic(scaled: Sequence[float], correlation: float) -> float:
    """Return the t statistic of scaled returns, corrected for what the picks have in common."""
    count = len(scaled)
    if count < 2 or not -1 / (count - 1) < correlation < 1:
        return math.nan
    naive = mean(scaled) / stdev(scaled) * math.sqrt(count)
    return naive * math.sqrt((1 - correlation) / (1 + (count - 1) * correlation))


def leave_one_out(values: Sequence[float]) -> list[float]:
    """Return the mean without each value in turn."""
    return [mean([*values[:n], *values[n + 1 :]]) for n in range(len(values))]
