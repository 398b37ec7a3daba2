"""The factors of one share on one day in plain loops, written from factors.toml alone.

Dictionaries by day, one share at a time, sums of exact fractions where two of them are compared.
It shares no code with screener/factors; of the rest it uses the calendars and price_limit.
"""

import datetime as dt
import itertools
import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

import pandas as pd

from screener.calendar import load_sessions
from screener.panel import CorporateAction
from universes import InputError, Symbol
from universes.limits import price_limit

Day = dt.date
ByDay = Mapping[Day, float]
Value = float | None

# the oldest that a close asked for may be, in sessions; and a benchmark's, in days
OLDEST, OLDEST_OF_BENCHMARK = 10, 15
PEERS = 5
# a close that is older, in sessions, is none at all
LONGEST_WINDOW = 290
# how many days a figure holds after its period
LASTS = {
    "pe_ttm": 15,
    "pb": 15,
    "ps_ttm": 15,
    "dividend_yield_ttm": 15,
    "market_value": 15,
    "float_shares": 15,
    "roe": 550,
    "roe_ttm": 370,
    "revenue_growth": 280,
    "profit_growth": 280,
    "buyback_ttm": 550,
    "buyback_ttm_cny": 550,
    "buyback_ttm_usd": 550,
}
PROGRAMME_DAYS = 365


class Fact(NamedTuple):
    """One figure of a company."""

    symbol: str
    item: str
    period: Day
    known: Day
    value: float
    source: str = "made"


@dataclass(frozen=True)
class Share:
    """What is known of one share, by session; one without a close, or a volume, was a halt.

    Closes are on the basis asked for, `printed` on the price basis, in shares of the last day of
    `kept_until`. Cash is as paid; `told` are the ex-dates between which every action is known,
    None where none is.
    """

    symbol: str
    closes: ByDay
    printed: ByDay = field(default_factory=dict)
    highs: ByDay = field(default_factory=dict)
    volumes: ByDay = field(default_factory=dict)
    amounts: ByDay = field(default_factory=dict)
    actions: Sequence[CorporateAction] = ()
    told: tuple[Day, Day] | None = None
    kept_until: Day = dt.date.max


def without_idle(share: Share) -> Share:
    """Take the closes away that a vendor repeats with nothing traded, and volumes of none."""
    days = sorted(share.closes)
    repeated = {
        day
        for before, day in itertools.pairwise(days)
        if share.volumes.get(day) == 0
        and math.isclose(share.closes[day], share.closes[before], rel_tol=1e-9)
    }

    def keep(figures: ByDay) -> ByDay:
        return {day: value for day, value in figures.items() if day not in repeated}

    def traded(figures: ByDay) -> ByDay:
        return {day: value for day, value in figures.items() if share.volumes.get(day) != 0}

    return replace(
        share,
        closes=keep(share.closes),
        printed=keep(share.printed),
        highs=keep(share.highs),
        volumes=traded(share.volumes),
        amounts=traded(share.amounts),
    )


def months_before(day: Day, months: int) -> Day:
    """The same day of an earlier month, or its last where it lacks the day."""
    return (pd.Timestamp(day) - pd.DateOffset(months=months)).date()


def sessions_until(symbol: str, day: Day) -> list[Day]:
    """Every session of the share's exchange in the two years and more before a day."""
    found = load_sessions(Symbol.parse(symbol).exchange.calendar, day.year - 3, day.year)
    return [each for each in found.days.tolist() if each <= day]


def enough(known: int, window: int) -> bool:
    return known > 0 and 4 * known >= 3 * window


class Factors:
    """Every factor of a share on a day."""

    def __init__(
        self,
        share: Share,
        day: Day,
        benchmark: ByDay,
        facts: Iterable[Fact] = (),
        rates: Mapping[str, ByDay] | None = None,
    ) -> None:
        share = without_idle(share)
        self.share, self.day = share, day
        self.benchmark = {each: close for each, close in benchmark.items() if each <= day}
        self.closes = {each: close for each, close in share.closes.items() if each <= day}
        self.sessions = sessions_until(share.symbol, day)
        # CNY for one of each currency, by day
        self.rates = {"CNY": {day: 1.0}, **(rates or {})}
        self.facts = [row for row in facts if row.symbol == share.symbol and row.known <= day]

    def all(self) -> dict[str, Value]:
        """Every factor by its id."""
        priced = self.priced()
        if self.halted() is None or self.halted() > OLDEST:  # type: ignore[operator]
            priced = dict.fromkeys(priced)
        return {
            **priced,
            "halted_sessions": self.halted(),
            "traded_value_20d": self.traded_value(),
            "turnover_20d": self.turnover(),
            **self.fundamental(),
        }

    def priced(self) -> dict[str, Value]:
        found: dict[str, Value] = {"return_1w": self.change(self.day - dt.timedelta(7), self.day)}
        for months in (1, 3, 6, 12):
            start = months_before(self.day, months)
            found[f"return_{months}m"] = self.change(start, self.day)
            found[f"relative_{months}m"] = self.relative(start)
        found["momentum_12_1"] = self.change(
            months_before(self.day, 12), months_before(self.day, 1)
        )
        for count in (20, 60, 250):
            found[f"volatility_{count}d"] = self.volatility(count)
        for count in (120, 250):
            found[f"beta_{count}d"] = self.beta(count)
        for weeks in (26, 52):
            found[f"drawdown_{weeks}w"], found[f"rise_{weeks}w"] = self.extremes(weeks)
        for count in (20, 60, 120, 250):
            mean = self.mean_close(count)
            own = self.close(self.day)
            known = mean is not None and own is not None
            found[f"close_to_ma_{count}"] = own / float(mean) - 1 if known else None  # type: ignore[operator,arg-type]
        found["ma_order"] = self.order()
        closes = [self.closes[each] for each in self.sessions[-120:] if each in self.closes]
        found["rsi_14"] = wilder_rsi(closes, 14) if enough(len(closes), 120) else None
        found["limit_up_20d"] = self.limit_up()
        return found

    # closes

    def session_of(self, day: Day) -> Day | None:
        """The session of the close that is asked for on a day."""
        last = max((each for each in self.closes if each <= day), default=None)
        if last is None:
            return None
        age = sum(last < each <= day for each in self.sessions)
        return last if age <= OLDEST else None

    def close(self, day: Day) -> Value:
        session = self.session_of(day)
        return None if session is None else self.closes[session]

    def change(self, start: Day, end: Day) -> Value:
        first, last = self.close(start), self.close(end)
        return None if first is None or last is None else last / first - 1

    def benchmark_close(self, day: Day) -> Value:
        return self.last_on(self.benchmark, day)

    @staticmethod
    def last_on(levels: ByDay, day: Day) -> Value:
        """The last level of an index or a rate on or before a day, no older than a holiday."""
        last = max((each for each in levels if each <= day), default=None)
        old = last is None or (day - last).days > OLDEST_OF_BENCHMARK
        return None if last is None or old else levels[last]

    def relative(self, start: Day) -> Value:
        own = self.change(start, self.day)
        if own is None:
            return None
        sessions = [self.session_of(each) for each in (start, self.day)]
        first, last = (self.benchmark_close(each) for each in sessions if each)
        return None if first is None or last is None else own - (last / first - 1)

    # daily returns

    def daily(self, closes: ByDay, count: int) -> dict[Day, float]:
        """The returns of the last sessions that have a close, as the session before has."""
        found = {}
        for before, session in zip(
            self.sessions[-count - 1 : -1], self.sessions[-count:], strict=True
        ):
            if before in closes and session in closes:
                found[session] = closes[session] / closes[before] - 1
        return found

    def volatility(self, count: int) -> Value:
        returns = list(self.daily(self.closes, count).values())
        return statistics.stdev(returns) * math.sqrt(252) if enough(len(returns), count) else None

    def beta(self, count: int) -> Value:
        own, other = self.daily(self.closes, count), self.daily(self.benchmark, count)
        both = [each for each in own if each in other]
        if not enough(len(both), count):
            return None
        mine, theirs = [own[each] for each in both], [other[each] for each in both]
        spread = statistics.variance(theirs)
        return statistics.covariance(mine, theirs) / spread if spread else None

    # windows of closes

    def extremes(self, weeks: int) -> tuple[Value, Value]:
        start = self.day - dt.timedelta(7 * weeks)
        window = [each for each in self.sessions if each > start]
        closes = [self.closes[each] for each in window if each in self.closes]
        own = self.close(self.day)
        if own is None or not enough(len(closes), len(window)):
            return None, None
        return own / max(closes) - 1, own / min(closes) - 1

    def mean_close(self, count: int) -> Fraction | None:
        """The average as exact as the closes are written, so that two can be compared."""
        closes = [self.closes[each] for each in self.sessions[-count:] if each in self.closes]
        if not enough(len(closes), count):
            return None
        return sum((Fraction(repr(each)) for each in closes), Fraction()) / len(closes)

    def order(self) -> Value:
        short, middle, long = (self.mean_close(count) for count in (20, 60, 120))
        if short is None or middle is None or long is None:
            return None
        return float((short > middle > long) - (short < middle < long))

    # trading

    def halted(self) -> Value:
        if not self.closes:
            return None
        last = max(self.closes)
        age = sum(each > last for each in self.sessions)
        return float(age) if age < LONGEST_WINDOW else None

    def traded_value(self) -> Value:
        amounts = [
            self.share.amounts[each]
            for each in self.sessions[-20:]
            if each in self.closes and each in self.share.amounts
        ]
        return math.fsum(amounts) / len(amounts) if enough(len(amounts), 20) else None

    def turnover(self) -> Value:
        rates = []
        for each in self.sessions[-20:]:
            floating = self.held("float_shares", each)
            if each in self.closes and each in self.share.volumes and floating is not None:
                rates.append(self.share.volumes[each] / floating.value)
        return math.fsum(rates) / len(rates) if enough(len(rates), 20) else None

    def limit_up(self) -> Value:
        known = rises = 0
        for each in self.sessions[-20:]:
            before = self.close(each - dt.timedelta(1))
            if each not in self.closes or each not in self.share.highs or before is None:
                continue
            try:
                limit = price_limit(self.share.symbol, each)
            except InputError:
                continue
            if limit is None:
                continue
            known += 1
            rise = self.closes[each] / before - 1
            at_high = self.closes[each] >= self.share.highs[each]
            rises += at_high and abs(rise - limit.fraction) <= 0.0025
        return float(rises) if enough(known, 20) else None

    # figures of the company

    def held(self, item: str, day: Day | None = None) -> Fact | None:
        """The figure that holds on a day, as it was known that day."""
        day = day or self.day
        rows = [row for row in self.facts if row.item == item and row.known <= day]
        if not rows:
            return None
        last = max(rows, key=lambda row: (row.period, row.known, row.source))
        return last if (day - last.period).days <= LASTS[item] else None

    def value(self, item: str) -> Value:
        found = self.held(item)
        return None if found is None else found.value

    def positive(self, item: str) -> Value:
        value = self.value(item)
        return value if value is not None and value > 0 else None

    def fundamental(self) -> dict[str, Value]:
        price_to_earnings = self.value("pe_ttm")
        dividends, buybacks = self.dividend_yield(), self.buyback_yield()
        both = dividends is not None and buybacks is not None
        return {
            "pe_ttm": self.positive("pe_ttm"),
            "earnings_yield_ttm": 1 / price_to_earnings if price_to_earnings else None,
            "pb": self.positive("pb"),
            "ps_ttm": self.positive("ps_ttm"),
            "dividend_yield_ttm": dividends,
            "buyback_yield": buybacks,
            "shareholder_yield": dividends + buybacks if both else None,  # type: ignore[operator]
            "market_value": self.positive("market_value"),
            "roe": self.return_on_equity(),
            "revenue_growth": self.value("revenue_growth"),
            "profit_growth": self.value("profit_growth"),
        }

    def dividend_yield(self) -> Value:
        own = self.paid_yield()
        return self.value("dividend_yield_ttm") if own is None else own

    def paid_yield(self) -> Value:
        start = months_before(self.day, 12)
        told = self.share.told
        if told is None or told[0] > start + dt.timedelta(1) or told[1] < self.sessions[-1]:
            return None
        own = Factors(Share(self.share.symbol, self.share.printed), self.day, {})
        close = own.close(self.day)
        paid = [each for each in self.share.actions if start < ex_date_of(each) <= self.day]
        cash = math.fsum(each.cash / self.shares_since(ex_date_of(each)) for each in paid)
        return None if close is None else cash / close

    def shares_since(self, day: Day) -> float:
        """How many shares each one held before a day has become by the last day kept."""
        later = [each for each in self.share.actions if ex_date_of(each) >= day]
        return math.prod(
            1 + each.bonus for each in later if ex_date_of(each) <= self.share.kept_until
        )

    def buyback_yield(self) -> Value:
        value = self.positive("market_value")
        spent = self.value("buyback_ttm")
        for code in ("CNY", "USD"):
            if spent is None:
                spent = self.exchanged(self.value(f"buyback_ttm_{code.lower()}"), code)
        if spent is None:
            spent = self.programmes()
        return None if spent is None or value is None else spent / value

    def exchanged(self, amount: Value, code: str) -> Value:
        """An amount of a currency in the listing's own, at the rates last known."""
        own = Symbol.parse(self.share.symbol).exchange.currency
        given, wanted = (self.last_on(self.rates.get(each, {}), self.day) for each in (code, own))
        return None if amount is None or not given or not wanted else amount * given / wanted

    def programmes(self) -> Value:
        rows = [row for row in self.facts if row.item == "buyback_programme"]
        latest = [
            max(
                (row for row in rows if row.period == start),
                key=lambda row: (row.known, row.source),
            )
            for start in sorted({row.period for row in rows})
        ]
        since = self.day - dt.timedelta(PROGRAMME_DAYS)
        spent = [row.value for row in latest if row.known > since]
        return math.fsum(spent) if spent else None

    def return_on_equity(self) -> Value:
        year, trailing = self.held("roe"), self.held("roe_ttm")
        if year is None or (trailing is not None and trailing.period > year.period):
            return None if trailing is None else trailing.value
        return year.value


def factors_of(
    share: Share,
    day: Day,
    benchmark: ByDay,
    facts: Iterable[Fact] = (),
    rates: Mapping[str, ByDay] | None = None,
) -> dict[str, Value]:
    """Every factor of a share at the close of a day, None where it is not known."""
    return Factors(share, day, benchmark, facts, rates).all()


def wilder_rsi(closes: Sequence[float], periods: int) -> Value:
    """Wilder's index of the last close: the first averages are plain, the later ones smoothed."""
    moves = [after - before for before, after in itertools.pairwise(closes)]
    if len(moves) < periods:
        return None
    up = sum(max(move, 0) for move in moves[:periods]) / periods
    down = sum(max(-move, 0) for move in moves[:periods]) / periods
    for move in moves[periods:]:
        up = (up * (periods - 1) + max(move, 0)) / periods
        down = (down * (periods - 1) + max(-move, 0)) / periods
    if up + down == 0:
        return None
    return 100 * up / (up + down)


class Place(NamedTuple):
    """Where a share stands among its peers: 1 is the highest value, a percentile of 1 too."""

    rank: Value
    percentile: Value


NOWHERE = Place(None, None)


def places(values: Mapping[str, Value], peers: Mapping[str, object]) -> dict[str, Place]:
    """Where each share stands among those with the same mark; none has peers under None."""
    found = {}
    for symbol, own in values.items():
        mark = peers[symbol]
        known = [
            other for each, other in values.items() if peers[each] == mark and other is not None
        ]
        if own is None or mark is None or len(known) < PEERS:
            found[symbol] = NOWHERE
            continue
        below, above = sum(other < own for other in known), sum(other > own for other in known)
        ties = len(known) - below - above
        ascending = below + (ties + 1) / 2
        found[symbol] = Place(above + (ties + 1) / 2, (ascending - 1) / (len(known) - 1))
    return found


def calendar_of(symbol: str) -> str:
    return Symbol.parse(symbol).exchange.calendar


def ex_date_of(action: CorporateAction) -> Day:
    return dt.date.fromisoformat(action.ex_date)
