"""A portfolio simulator in plain loops, written from docs/portfolio.md alone.

Dictionaries by day and symbol, one share at a time, the fees typed in again from the exchanges'
notices. It shares no code with backtests/portfolio; of the rest it uses price_limit, the symbols'
exchanges and the calendars.
"""

import bisect
import datetime as dt
import itertools
import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pandas as pd

from screener import Panel
from screener.calendar import load_sessions
from screener.panel import CorporateAction, Quote
from universes import Symbol
from universes.limits import price_limit

Day = dt.date
Weights = Mapping[str, float]
Decisions = Mapping[Day, Weights]

D = dt.date
CENT = Decimal("0.01")
# (code, exchanges, sides, [(since, percent, minimum, maximum)], rounded up to the unit)
FEES: list[tuple[str, str, str, list[tuple[Day, str, str, str | None]], bool]] = [
    ("commission", "SH SZ BJ", "buy sell", [(D(2015, 8, 1), "0.025", "5", None)], False),
    (
        "stamp_duty",
        "SH SZ BJ",
        "sell",
        [(D(2015, 8, 1), "0.1", "0", None), (D(2023, 8, 28), "0.05", "0", None)],
        False,
    ),
    (
        "transfer_fee",
        "SH SZ",
        "buy sell",
        [(D(2015, 8, 1), "0.002", "0", None), (D(2022, 4, 29), "0.001", "0", None)],
        False,
    ),
    (
        "transfer_fee",
        "BJ",
        "buy sell",
        [(D(2021, 11, 15), "0.0025", "0", None), (D(2022, 4, 29), "0.001", "0", None)],
        False,
    ),
    ("commission", "HK", "buy sell", [(D(2014, 11, 1), "0.03", "3", None)], False),
    (
        "stamp_duty",
        "HK",
        "buy sell",
        [(D(2021, 8, 1), "0.13", "0", None), (D(2023, 11, 17), "0.1", "0", None)],
        True,
    ),
    ("sfc_levy", "HK", "buy sell", [(D(2014, 11, 1), "0.0027", "0", None)], False),
    ("afrc_levy", "HK", "buy sell", [(D(2022, 1, 1), "0.00015", "0", None)], False),
    ("trading_fee", "HK", "buy sell", [(D(2023, 1, 1), "0.00565", "0", None)], False),
    (
        "settlement_fee",
        "HK",
        "buy sell",
        [(D(2019, 1, 1), "0.002", "2", "100"), (D(2025, 6, 30), "0.0042", "0", None)],
        False,
    ),
]
HONG_KONG_LOTS = {
    "0700.HK": 100,
    "9626.HK": 20,
    "3690.HK": 100,
    "9992.HK": 200,
    "9690.HK": 100,
    "1357.HK": 500,
    "9988.HK": 100,
    "1024.HK": 100,
    "9888.HK": 50,
    "9618.HK": 50,
    "9961.HK": 50,
    "1698.HK": 50,
    "2423.HK": 100,
}


def lot_of(symbol: str) -> tuple[int, int] | None:
    """The smallest order and the step beyond it; None where the lot is not known."""
    code, suffix = symbol.split(".")
    if suffix == "HK":
        lot = HONG_KONG_LOTS.get(symbol)
        return None if lot is None else (lot, lot)
    if suffix == "SH" and code.startswith(("688", "689")):
        return 200, 1
    return (100, 1) if suffix == "BJ" else (100, 100)


def fees_of(
    symbol: str, day: Day, side: str, value: float, *, proportional: bool
) -> dict[str, float]:
    """What one deal costs in its listing's currency, by rule."""
    suffix = symbol.split(".")[1]
    told = {}
    for code, exchanges, sides, rates, up in FEES:
        if suffix not in exchanges.split() or side not in sides.split():
            continue
        _, percent, least, most = [rate for rate in rates if rate[0] <= day][-1]
        if proportional:
            told[code] = value * float(percent) / 100
            continue
        # seven places: what adding binary fractions leaves is no part of a cent
        exact = (Decimal(repr(value)) * Decimal(percent) / 100).quantize(Decimal("1e-9"))
        exact = max(exact, Decimal(least))
        exact = exact if most is None else min(exact, Decimal(most))
        rounded = (
            exact.quantize(Decimal(1), ROUND_CEILING) if up else exact.quantize(CENT, ROUND_HALF_UP)
        )
        told[code] = float(rounded)
    return told


def round_to(price: float, decimals: int) -> float:
    unit = Decimal(1).scaleb(-decimals)
    return float(Decimal(repr(round(price, 9))).quantize(unit, ROUND_HALF_UP))


def floor_to(shares: float, step: int) -> float:
    ratio = Decimal(repr(round(shares, 7))) / step
    return float(ratio.to_integral_value(ROUND_FLOOR) * step)


@dataclass
class World:
    """Prices by symbol and day, and the days on which each exchange had a recorded session."""

    symbols: list[str]
    quote: str
    rows: list[Day]
    close: dict[str, dict[Day, float]]
    deal: dict[str, dict[Day, float]]
    index: dict[str, dict[Day, float]]
    rate: dict[str, dict[Day, float]]
    is_open: dict[str, set[Day]]
    sessions: dict[str, list[Day]]
    cash_paid: dict[str, list[tuple[Day, float, float, float, float]]]
    special: set[str]
    rate_kept: list[Day]


def days_of(panel: Panel) -> list[Day]:
    return [day.astype(dt.date) for day in panel.dates]


def read_column(panel: Panel, symbol: str, name: str, quote: str) -> dict[Day, float]:
    """One field's values by day; an index or a rate is its own level on every quote."""
    (column,) = panel.columns([symbol])
    if column < 0:
        return {}
    quotes = [quote]
    if Symbol.parse(symbol).kind in {"index", "currency"}:
        quotes = ["raw", "total", "price"]
    found: dict[Day, float] = {}
    for each in quotes:
        for key in [key for key in panel.prices if key == (name, each)]:
            values = panel.prices[key][:, column]
            for day, value in zip(days_of(panel), values, strict=True):
                if not math.isnan(value):
                    found[day] = float(value)
    return found


def actions_as_paid(
    panel: Panel, symbol: str, quote: str
) -> list[tuple[Day, float, float, float, float]]:
    """(ex-date, cash, bonus, rights, their price) for each share held before; oldest first."""
    own = sorted((a for a in panel.actions if a.symbol == symbol), key=lambda a: a.ex_date)
    told = []
    for number, action in enumerate(own):
        later = 1.0
        for other in own[number + 1 :]:
            later *= 1.0 + other.bonus
        if quote == "raw":
            cash, paid = action.cash * later, action.rights_price * later
            told.append((D.fromisoformat(action.ex_date), cash, action.bonus, action.rights, paid))
    return told


def read_world(
    panel: Panel,
    symbols: Iterable[str],
    currency: str,
    *,
    quote: str,
    deal_at: str = "close",
    indices: Iterable[str] = (),
    special: Iterable[str] = (),
) -> World:
    symbols = list(symbols)
    exchange = {symbol: Symbol.parse(symbol).exchange for symbol in panel.symbols}
    recorded: dict[str, set[Day]] = {}
    sessions: dict[str, list[Day]] = {}
    dates = days_of(panel)
    for calendar in {exchange[symbol].calendar for symbol in symbols}:
        known = load_sessions(calendar, dates[0].year, dates[-1].year + 1).days
        sessions[calendar] = [day.astype(dt.date) for day in known]
        with_close: set[Day] = set()
        for symbol in panel.symbols:
            if exchange[symbol].calendar != calendar or Symbol.parse(symbol).kind == "currency":
                continue
            for quoted in ("price", "total", "raw"):
                with_close |= set(read_column(panel, symbol, "close", quoted))
        recorded[calendar] = with_close & set(sessions[calendar])
    rows = sorted(set().union(*recorded.values()))
    rate: dict[str, dict[Day, float]] = {}
    kept: set[Day] = set()
    for name in {exchange[symbol].currency for symbol in symbols}:
        over, under = [
            {} if code == "CNY" else read_column(panel, f"{code}CNY.FX", "close", "price")
            for code in (name, currency)
        ]
        kept |= set(over) | set(under)
        rate[name] = {
            day: 1.0
            if name == currency
            else _last(over, day, 1.0 if name == "CNY" else math.nan)
            / _last(under, day, 1.0 if currency == "CNY" else math.nan)
            for day in rows
        }
    return World(
        symbols=symbols,
        quote=quote,
        rows=rows,
        close={s: read_column(panel, s, "close", quote) for s in symbols},
        deal={s: read_column(panel, s, deal_at, quote) for s in symbols},
        index={s: read_column(panel, s, "close", "price") for s in indices},
        rate={s: rate[exchange[s].currency] for s in symbols},
        is_open={s: recorded[exchange[s].calendar] for s in symbols},
        sessions={s: sessions[exchange[s].calendar] for s in symbols},
        cash_paid={s: actions_as_paid(panel, s, quote) for s in symbols},
        special=set(special),
        rate_kept=sorted(kept),
    )


def _last(values: Mapping[Day, float], day: Day, default: float) -> float:
    known = [each for each in values if each <= day]
    return values[max(known)] if known else default


@dataclass
class Deal:
    day: Day
    symbol: str
    shares: float
    price: float
    rate: float
    costs: dict[str, float]


@dataclass
class Book:
    """What a simulation leaves behind."""

    equity: dict[Day, float] = field(default_factory=dict)
    cash: dict[Day, float] = field(default_factory=dict)
    shares: dict[Day, dict[str, float]] = field(default_factory=dict)
    worth: dict[Day, dict[str, float]] = field(default_factory=dict)
    dividends: dict[Day, dict[str, float]] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    skipped: list[tuple[Day, str, str, str, bool]] = field(default_factory=list)

    def costs(self) -> dict[str, float]:
        total: dict[str, float] = {}
        for deal in self.deals:
            for code, cost in deal.costs.items():
                total[code] = total.get(code, 0.0) + cost
        return total


def value_by_row(world: World, symbol: str) -> dict[Day, float]:
    """The last close carried forward, over an ex-date at the theoretical ex-price."""
    carried: dict[Day, float] = {}
    value = math.nan
    actions = list(world.cash_paid[symbol])
    for day in world.rows:
        while actions and actions[0][0] <= day:
            _, cash, bonus, rights, paid = actions.pop(0)
            value = (value - cash + rights * paid) / (1 + bonus + rights)
        value = world.close[symbol].get(day, value)
        carried[day] = value
    return carried


def limits_by_row(
    world: World, symbol: str, carried: Mapping[Day, float]
) -> dict[Day, tuple[float, float]]:
    """The upper and the lower limit of each traded session that has them."""
    opened = sorted(world.is_open[symbol])
    traded = [day for day in world.rows if day in world.close[symbol]]
    listed = bool(traded) and traded[0] > opened[0]
    decimals = Symbol.parse(symbol).exchange.price_decimals
    told = {}
    for number, day in enumerate(traded):
        limit = price_limit(symbol, day, special=symbol in world.special)
        if limit is None or number == 0 or (listed and number < limit.free_sessions):
            continue
        before = world.sessions[symbol][bisect.bisect_left(world.sessions[symbol], day) - 1]
        if before not in world.is_open[symbol]:
            continue
        last = world.rows[bisect.bisect_left(world.rows, day) - 1]
        reference = carried[last]
        for ex_date, cash, bonus, rights, paid in world.cash_paid[symbol]:
            if last < ex_date <= day:
                reference = (reference - cash + rights * paid) / (1 + bonus + rights)
        reference = round_to(reference, decimals)
        told[day] = (
            round_to(reference * (1 + limit.fraction), decimals),
            round_to(reference * (1 - limit.fraction), decimals),
        )
    return told


class Simulator:
    """One portfolio; `step` lives one row."""

    def __init__(self, world: World, cash: float, *, executable: bool) -> None:
        self.world, self.money, self.executable = world, cash, executable
        self.whole = executable and world.quote == "raw"
        self.held = dict.fromkeys(world.symbols, 0.0)
        self.wanted: dict[str, float] = {}
        self.bought: dict[str, float] = {}
        self.book = Book()
        self.carried = {s: value_by_row(world, s) for s in world.symbols}
        self.limits = {
            s: limits_by_row(world, s, self.carried[s]) if self.whole else {} for s in world.symbols
        }
        self.done = dict.fromkeys(world.symbols, 0)

    def step(self, day: Day) -> None:
        self.take_actions(day)
        if self.wanted:
            self.deal(day)
        worth = {
            s: held * self.carried[s][day] * self.world.rate[s][day] if held else 0.0
            for s, held in self.held.items()
        }
        self.book.worth[day] = worth
        self.book.shares[day] = dict(self.held)
        self.book.cash[day] = self.money
        self.book.equity[day] = self.money + math.fsum(worth.values())

    def decide(self, weights: Weights) -> None:
        self.wanted.update(weights)

    def take_actions(self, day: Day) -> None:
        self.book.dividends[day] = dict.fromkeys(self.world.symbols, 0.0)
        for symbol in self.world.symbols:
            actions = self.world.cash_paid[symbol]
            while self.done[symbol] < len(actions) and actions[self.done[symbol]][0] <= day:
                _, cash, bonus, _, _ = actions[self.done[symbol]]
                received = self.held[symbol] * cash * self.world.rate[symbol][day]
                self.money += received
                self.book.dividends[day][symbol] += received
                self.held[symbol] *= 1 + bonus
                self.done[symbol] += 1

    def price_on(self, symbol: str, day: Day) -> float:
        """What the holding counts at when deals are struck."""
        price = self.world.deal[symbol].get(day)
        if price is not None and day in self.world.close[symbol]:
            return price
        before = self.world.rows[: bisect.bisect_left(self.world.rows, day)]
        value = self.carried[symbol][before[-1]] if before else math.nan
        for ex_date, cash, bonus, rights, paid in self.world.cash_paid[symbol]:
            if before and before[-1] < ex_date <= day:
                value = (value - cash + rights * paid) / (1 + bonus + rights)
        return value

    def fees(self, symbol: str, day: Day, side: str, value: float) -> dict[str, float]:
        if not self.executable:
            return {}
        return fees_of(symbol, day, side, value, proportional=not self.whole)

    def obstacle(self, symbol: str, day: Day, side: str) -> str | None:
        if day not in self.world.close[symbol]:
            return "HALTED"
        price = self.world.deal[symbol].get(day)
        if price is None:
            return "NO_PRICE"
        up, down = self.limits[symbol].get(day, (math.inf, 0.0))
        if side == "buy" and price >= up - 1e-9:
            return "LIMIT_UP"
        if side == "sell" and price <= down + 1e-9:
            return "LIMIT_DOWN"
        if self.whole and side == "buy" and lot_of(symbol) is None:
            return "LOT_UNKNOWN"
        return None

    def deal(self, day: Day) -> None:
        active = [s for s in self.wanted if day in self.world.is_open[s]]
        worth = {s: self.price_on(s, day) * self.world.rate[s][day] for s in self.world.symbols}
        value = self.money + math.fsum(held * worth[s] for s, held in self.held.items() if held)
        gap = {}
        for symbol in active:
            held = self.held[symbol] * worth[symbol] if self.held[symbol] else 0.0
            gap[symbol] = self.wanted[symbol] * value - held
        stuck = False
        for symbol in [s for s in active if gap[s] < 0]:
            stuck |= not self.sell(symbol, day, -gap[symbol] / worth[symbol])
        budgets = {}
        for symbol in [s for s in active if gap[s] > 0]:
            reason = self.obstacle(symbol, day, "buy")
            if reason is None:
                budgets[symbol] = gap[symbol]
            else:
                carried = reason != "LOT_UNKNOWN"
                self.skip(day, symbol, "buy", reason, carried=carried)
        total = math.fsum(budgets.values())
        part = min(1.0, self.money / total) if total else 1.0
        for symbol, budget in budgets.items():
            self.buy(symbol, day, budget, part, stuck=stuck)
        for symbol in active:
            if gap[symbol] == 0:
                del self.wanted[symbol]

    def skip(self, day: Day, symbol: str, side: str, reason: str, *, carried: bool) -> None:
        self.book.skipped.append((day, symbol, side, reason, carried))
        if not carried:
            del self.wanted[symbol]

    def sell(self, symbol: str, day: Day, shares: float) -> bool:
        """Whether the order is done with; one of less than a lot is none."""
        if self.wanted[symbol] == 0:
            shares = self.held[symbol]
        elif self.whole:
            least, step = lot_of(symbol) or (math.inf, 1)
            shares = floor_to(shares, step)
            shares = shares if shares >= least else 0.0
        reason = self.obstacle(symbol, day, "sell")
        if reason and shares:
            self.skip(day, symbol, "sell", reason, carried=True)
            return False
        if shares:
            value = shares * self.world.deal[symbol][day]
            if math.fsum(self.fees(symbol, day, "sell", value).values()) > value:
                self.skip(day, symbol, "sell", "COSTS", carried=True)
                return True
        del self.wanted[symbol]
        if shares:
            self.book_deal(symbol, day, -shares)
        return True

    def buy(self, symbol: str, day: Day, budget: float, part: float, *, stuck: bool) -> None:
        full = self.shares_for(symbol, day, budget)
        shares = full
        if part < 1 - 1e-9:
            shares = self.shares_for(symbol, day, budget * part)
        # cash that a sale not done yet will bring is waited for
        waits = shares < full and stuck
        if full == 0 and self.held[symbol] == 0:
            self.skip(day, symbol, "buy", "BELOW_A_LOT", carried=False)
        elif shares < full and (self.whole or stuck):
            self.skip(day, symbol, "buy", "CASH", carried=waits)
        elif not waits:
            del self.wanted[symbol]
        if shares:
            self.book_deal(symbol, day, shares)

    def shares_for(self, symbol: str, day: Day, budget: float) -> float:
        """The most shares that a budget buys, costs included."""
        price = self.world.deal[symbol][day]
        budget /= self.world.rate[symbol][day]
        if not self.whole:
            part = math.fsum(self.fees(symbol, day, "buy", 1.0).values())
            return budget / price / (1 + part)
        least, step = lot_of(symbol) or (math.inf, 1)
        shares = floor_to(budget / price, step)
        while shares > 0:
            fees = self.fees(symbol, day, "buy", shares * price)
            if shares * price + math.fsum(fees.values()) <= budget + 1e-7:
                break
            shares -= step
        return shares if shares >= least else 0.0

    def book_deal(self, symbol: str, day: Day, shares: float) -> None:
        price, rate = self.world.deal[symbol][day], self.world.rate[symbol][day]
        side = "buy" if shares > 0 else "sell"
        costs = {
            code: fee * rate
            for code, fee in self.fees(symbol, day, side, abs(shares) * price).items()
        }
        self.money -= shares * price * rate + math.fsum(costs.values())
        self.held[symbol] += shares
        self.book.deals.append(Deal(day, symbol, shares, price, rate, costs))


def simulate(world: World, decisions: Decisions, cash: float, *, executable: bool) -> Book:
    """Follow decisions: weights by the day at whose close they are made."""
    own = Simulator(world, cash, executable=executable)
    for day in world.rows:
        own.step(day)
        if day in decisions:
            own.decide(decisions[day])
    return own.book


# Decisions


def add_months(day: Day, months: int) -> Day:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (D(year + (month == 11), (month + 1) % 12 + 1, 1) - dt.timedelta(1)).day
    return D(year, month + 1, min(day.day, last))


def equal(symbols: list[str]) -> dict[str, float]:
    return {symbol: 1 / len(symbols) for symbol in symbols}


def by_group(groups: Mapping[str, str]) -> dict[str, float]:
    """Groups weigh the same, members the same within a group."""
    names = list(groups.values())
    return {s: 1 / len(set(names)) / names.count(group) for s, group in groups.items()}


def by_level(levels: Mapping[str, str], weights: Mapping[str, float]) -> dict[str, float]:
    total = math.fsum(weights[level] for level in levels.values())
    return {symbol: weights[level] / total for symbol, level in levels.items()}


def period_ends(world: World, first: Day, months: int) -> list[Day]:
    """The last rows of the months or quarters that end after the first decision."""
    return [
        day
        for day, after in zip(world.rows, world.rows[1:], strict=False)
        if day > first
        and (day.year, (day.month - 1) // months) != (after.year, (after.month - 1) // months)
    ]


def next_row(world: World, day: Day) -> Day:
    return min(each for each in world.rows if each > day)


def horizon_sales(world: World, first: Day, months: int) -> dict[Day, dict[str, float]]:
    """Each exchange's last session within the horizon is that of the sale."""
    until = add_months(next_row(world, first), months)
    sales: dict[Day, dict[str, float]] = {}
    for symbol in world.symbols:
        later = [day for day in world.sessions[symbol] if day > world.rows[-1]]
        if not later or later[0] <= until:
            continue
        last = max(day for day in world.rows if day <= until and day in world.is_open[symbol])
        eve = max(day for day in world.rows if day < last)
        sales.setdefault(eve, {})[symbol] = 0.0
    return sales


def levels(world: World, symbol: str) -> dict[Day, float]:
    """What one unit has become, dividends included."""
    carried, told = value_by_row(world, symbol), {}
    level, before, done = 1.0, math.nan, 0
    for day in world.rows:
        cash, shares = 0.0, 1.0
        for ex_date, paid, bonus, _, _ in world.cash_paid[symbol][done:]:
            if ex_date <= day:
                cash, shares, done = cash + paid * shares, shares * (1 + bonus), done + 1
        now = carried[day]
        if not math.isnan(before):
            level *= (now * shares + cash) / before
        if not math.isnan(now):
            told[day] = level
        before = now
    return told


def carried_index(world: World, index: str) -> dict[Day, float]:
    return {day: _last(world.index[index], day, math.nan) for day in world.rows}


def stop_sales(
    world: World, index: Mapping[str, str], first: Day, bound: float
) -> dict[Day, dict[str, float]]:
    """The days on which a pick is so far behind its benchmark, the first of each."""
    sales: dict[Day, dict[str, float]] = {}
    for symbol in world.symbols:
        own, held_against = levels(world, symbol), carried_index(world, index[symbol])
        entered = [
            day
            for day in world.rows
            if day > first and day in world.deal[symbol] and day in world.close[symbol]
        ]
        for day in [day for day in world.rows if entered and day >= entered[0]]:
            gained = own[day] / own[entered[0]] - 1
            market = held_against[day] / held_against[entered[0]] - 1
            if gained - market <= -bound:
                sales.setdefault(day, {})[symbol] = 0.0
                break
    return sales


def inverse_volatility(world: World, day: Day, lookback: int) -> dict[str, float]:
    inverse = {}
    for symbol in world.symbols:
        days = [each for each in world.rows if each <= day and each in world.is_open[symbol]]
        days = days[-lookback - 1 :]
        own = levels(world, symbol)
        returns = [own[b] / own[a] - 1 for a, b in itertools.pairwise(days)]
        mean = math.fsum(returns) / lookback
        variance = math.fsum((each - mean) ** 2 for each in returns) / (lookback - 1)
        inverse[symbol] = 1 / math.sqrt(variance)
    total = math.fsum(inverse.values())
    return {symbol: each / total for symbol, each in inverse.items()}


# What came of it


def blend(
    world: World, book: Book, index: Mapping[str, str], first: Day, cash: float
) -> list[float]:
    """The benchmark's curve from the day of the decision on."""
    level = {name: carried_index(world, name) for name in set(index.values())}
    anchor = {
        name: min(
            day
            for day in world.rows
            if day > first and any(day in world.is_open[s] for s in index if index[s] == name)
        )
        for name in level
    }
    rate = {index[s]: world.rate[s] for s in world.symbols}
    curve, value = [cash], cash
    for before, day in itertools.pairwise(day for day in world.rows if day >= first):
        held: dict[str, float] = dict.fromkeys(level, 0.0)
        for symbol, worth in book.worth[before].items():
            held[index[symbol]] += worth
        total = math.fsum(held.values())
        change = 0.0
        for name, worth in held.items():
            if total and day > anchor[name]:
                now, then = (level[name][d] * rate[name][d] for d in (day, before))
                change += worth / total * (now / then - 1)
        value *= 1 + change
        curve.append(value)
    return curve


def attribute(world: World, book: Book, symbol: str) -> dict[str, float]:
    """One pick's gain in the portfolio's currency, split in four."""
    gain = {"price": 0.0, "dividends": 0.0, "currency": 0.0, "costs": 0.0}
    for before, day in itertools.pairwise(world.rows):
        deals = [deal for deal in book.deals if deal.day == day and deal.symbol == symbol]
        bought = math.fsum(deal.shares * deal.price * deal.rate for deal in deals)
        held, holds = book.worth[before][symbol], book.worth[day][symbol]
        rates = world.rate[symbol]
        currency = held * (rates[day] / rates[before] - 1) if held else 0.0
        gain["currency"] += currency
        gain["price"] += holds - held - bought - currency
        gain["dividends"] += book.dividends[day][symbol]
        gain["costs"] -= math.fsum(cost for deal in deals for cost in deal.costs.values())
    return gain


# Made panels

SHARES = {
    "600519.SH": 20.0,
    "688498.SH": 60.0,
    "300308.SZ": 35.0,
    "920002.BJ": 9.0,
    "0700.HK": 380.0,
    "9626.HK": 110.0,
}
INDEX_OF = {"SH": "000300.SH", "SZ": "000300.SH", "BJ": "899050.BJ", "HK": "HSI.HK"}


def index_of(symbols: Iterable[str]) -> dict[str, str]:
    return {symbol: INDEX_OF[symbol.split(".")[1]] for symbol in symbols}


def make_panel(
    seed: int, start: str = "2024-03-01", end: str = "2024-10-31", *, opens: bool = False
) -> Panel:
    """Printed prices with halts, limits, bonuses, dividends, two markets and a changing rate."""
    luck = random.Random(seed)  # noqa: S311 - a test's made luck
    first, last = D.fromisoformat(start), D.fromisoformat(end)
    closes: dict[str, dict[Day, float]] = {}
    opened: dict[str, dict[Day, float]] = {}
    actions: list[CorporateAction] = []
    days = {
        calendar: [
            day.astype(dt.date)
            for day in load_sessions(calendar, first.year, last.year).days
            if first <= day.astype(dt.date) <= last
        ]
        for calendar in ("XSHG", "XHKG")
    }
    for symbol, price in SHARES.items():
        own = days[Symbol.parse(symbol).exchange.calendar]
        closes[symbol], opened[symbol], told = _walk(luck, symbol, price, own)
        actions += told
    for index, start_level in (("000300.SH", 3500.0), ("899050.BJ", 900.0), ("HSI.HK", 18000.0)):
        level, closes[index] = start_level, {}
        for day in days[Symbol.parse(index).exchange.calendar]:
            level *= math.exp(luck.gauss(0, 0.01))
            closes[index][day] = round(level, 2)
    rate, closes["HKDCNY.FX"] = 0.93, {}
    for day in days["XSHG"]:
        rate *= math.exp(luck.gauss(0, 0.002))
        if day == first or luck.random() < 0.8:
            closes["HKDCNY.FX"][day] = round(rate, 5)
    return panel_of(closes, opened if opens else None, actions)


def panel_of(
    closes: Mapping[str, Mapping[Day, float]],
    opens: Mapping[str, Mapping[Day, float]] | None = None,
    actions: Iterable[CorporateAction] = (),
    quote: Quote = "raw",
) -> Panel:
    tables: list[pd.DataFrame] = [
        pd.DataFrame(
            {
                name: pd.Series(list(own.values()), pd.to_datetime(list(own)), dtype=float)
                for name, own in each.items()
            }
        )
        for each in (closes, opens or {})
    ]
    return Panel.from_frames(
        {quote: tables[0]}, {quote: tables[1]} if opens else None, actions=actions
    )


def _walk(
    luck: random.Random, symbol: str, price: float, days: list[Day]
) -> tuple[dict[Day, float], dict[Day, float], list[CorporateAction]]:
    closes: dict[Day, float] = {}
    opens: dict[Day, float] = {}
    paid: list[tuple[Day, float, float]] = []
    decimals, halt = Symbol.parse(symbol).exchange.price_decimals, 0
    for number, day in enumerate(days):
        if number and luck.random() < 0.012:
            cash = round(luck.choice([0.0, 0.01, 0.03]) * price, 2)
            bonus = luck.choice([0.0, 0.3, 0.45, 1.0])
            paid.append((day, cash, bonus))
            price = (price - cash) / (1 + bonus)
        halt = max(halt - 1, 0) or (luck.randint(1, 6) if number and luck.random() < 0.02 else 0)
        if halt:
            continue
        limit = price_limit(symbol, day)
        before = round_to(price, decimals)
        price = round_to(before * math.exp(luck.gauss(0, 0.025)), decimals)
        if limit and number and luck.random() < 0.08:
            price = round_to(before * (1 + luck.choice([-1, 1]) * limit.fraction), decimals)
        closes[day] = price
        if luck.random() < 0.97:
            opens[day] = round_to(before * math.exp(luck.gauss(0, 0.01)), decimals)
    told = []
    for number, (day, cash, bonus) in enumerate(paid):
        later = math.prod(1 + other for _, _, other in paid[number + 1 :])
        told.append(CorporateAction(symbol, day.isoformat(), cash / later, bonus, "high"))
    return closes, opens, told
