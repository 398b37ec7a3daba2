"""Every factor against a naive account of it, on made markets and on real ones."""

import datetime as dt
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import accumulate
from pathlib import Path

import naive_factors as naive
import numpy as np
import pandas as pd
import pytest
from naive_factors import Day, Fact, Share

from screener import Panel, load_prices
from screener.adjust import restate
from screener.calendar import load_sessions
from screener.companies.facts import Facts
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from screener.factors.catalogue import list_factors
from screener.factors.compute import compute_factors
from screener.factors.table import FactorTable
from screener.origin import Origin
from screener.panel import CorporateAction, Field, Floats, Quote, Traded
from screener.store.store import Store
from screener.tasks.imports import import_files
from universes import Symbol
from universes.market import market_of
from universes.rating import BASES, Basis

FIRST, LAST = dt.date(2022, 9, 1), dt.date(2024, 7, 31)
CSI, BEIJING, HSI, SPX = "000300.SH", "899050.BJ", "HSI.HK", "SPX.US"
RATES = {"HKD": "HKDCNY.FX", "USD": "USDCNY.FX"}
BENCHMARKS = (CSI, BEIJING, HSI, SPX)
# a symbol for each way in which a share can be odd
ORDINARY = ("600001.SH", "000002.SZ", "300003.SZ", "688004.SH", "920005.BJ")
FOREIGN = ("0700.HK", "9988.HK", "0005.HK", "1024.HK", "3690.HK", "PDD.US")
HALTED, LONG_HALT, LISTED, NEW, DELISTED, WEEKLY, TIED, FLAT, LIMIT, BARE = (
    "600010.SH",
    "600011.SH",
    "600012.SH",
    "300013.SZ",
    "000014.SZ",
    "000015.SZ",
    "000016.SZ",
    "000017.SZ",
    "600018.SH",
    "600019.SH",
)
DOMESTIC = (
    *ORDINARY, HALTED, LONG_HALT, LISTED, NEW, DELISTED, WEEKLY, TIED, FLAT, LIMIT, BARE,
)  # fmt: skip
SECTORS = {
    **dict.fromkeys(DOMESTIC[:8], "传媒"),
    **dict.fromkeys(DOMESTIC[8:13], "出版业"),
    **dict.fromkeys(FOREIGN[:5], "传媒"),
    LIMIT: "alone",
    BARE: None,
    "PDD.US": "传媒",
}
CLOSE = 1e-9
# month ends, a leap day, a weekend, holidays, an ordinary day
DAYS = tuple(
    map(
        dt.date.fromisoformat,
        ("2023-10-05", "2024-02-14", "2024-02-29", "2024-03-31", "2024-05-31", "2024-07-17"),
    )
)


@dataclass(frozen=True)
class Made:
    """A made market: shares on each basis, benchmarks, figures and sectors."""

    price: Mapping[str, Share]
    total: Mapping[str, Share]
    benchmarks: Mapping[str, Mapping[Day, float]]
    facts: tuple[Fact, ...]
    sectors: Mapping[str, str | None] = field(default_factory=lambda: SECTORS)

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(self.price)

    @cached_property
    def facts_by_symbol(self) -> Mapping[str, list[Fact]]:
        found: dict[str, list[Fact]] = {symbol: [] for symbol in self.price}
        for fact in self.facts:
            found[fact.symbol].append(fact)
        return found

    @cached_property
    def panel(self) -> Panel:
        return to_panel(self)

    @cached_property
    def figures(self) -> Facts:
        return to_facts(self.facts)


def sessions_of(symbol: str) -> list[Day]:
    found = load_sessions(Symbol.parse(symbol).exchange.calendar, FIRST.year, LAST.year)
    return [day for day in found.days.tolist() if FIRST <= day <= LAST]


def traded_days(symbol: str, chance: random.Random) -> list[Day]:
    """The sessions on which a share of its kind has a close."""
    days = sessions_of(symbol)
    if symbol == LISTED:
        days = [day for day in days if day >= dt.date(2023, 9, 12)]
    if symbol == NEW:
        days = [day for day in days if day >= dt.date(2024, 1, 22)]
    if symbol == DELISTED:
        days = [day for day in days if day <= dt.date(2024, 5, 17)]
    if symbol == LONG_HALT:
        days = [day for day in days if not dt.date(2024, 2, 1) <= day <= dt.date(2024, 4, 19)]
    if symbol == WEEKLY:
        days = [day for day in days if day.weekday() == 3]
    if symbol == HALTED:
        return [day for day in days if chance.random() > 0.2]
    return [day for day in days if chance.random() > 0.01]


def walk(symbol: str, days: Sequence[Day], chance: random.Random) -> dict[Day, float]:
    """Closes to the tick; some shares stand still, some rise by their limit."""
    close = round(chance.uniform(5, 60), 2)
    closes = {}
    for day in days:
        draw = chance.random()
        if symbol == LIMIT and draw < 0.2:
            close *= 1.1
        elif symbol == FLAT:
            close = 10.1
        elif draw > 0.05:
            close *= math.exp(chance.gauss(0, 0.025))
        close = round(max(close, 1.0), 2)
        closes[day] = close
    return closes


def idle(symbol: str, day: Day) -> bool:
    return symbol == LONG_HALT and dt.date(2023, 9, 1) <= day <= dt.date(2023, 10, 20)


def actions_of(symbol: str, days: Sequence[Day], chance: random.Random) -> list[CorporateAction]:
    """Dividends on and around the edges of the year that is looked back on, and a bonus."""
    picked = sorted(chance.sample(list(days[5:]), 5)) if len(days) > 40 else []
    edges = [naive.months_before(day, 12) for day in DAYS] if symbol == ORDINARY[0] else []
    actions = [
        CorporateAction(
            symbol, day.isoformat(), round(chance.uniform(0.01, 0.4), 3), 0.1 * (n == 2), "high"
        )
        for n, day in enumerate(sorted({*picked, *edges}))
    ]
    # a special dividend of the same day, and a split that no price shows yet
    special = [replace(actions[-1], cash=0.05, bonus=0.0)] if actions else []
    split = CorporateAction(symbol, "2024-09-02", 0.0, 1.0, "high")
    return [*actions, *special, split]


def with_dividends(
    closes: Mapping[Day, float], actions: Sequence[CorporateAction]
) -> dict[Day, float]:
    """The total basis: what came before an ex-date is scaled down by its cash."""
    found = dict(closes)
    for action in actions:
        ex_date = dt.date.fromisoformat(action.ex_date)
        before = [day for day in closes if day < ex_date]
        if before and max(closes) >= ex_date:
            factor = 1 - min(action.cash / closes[max(before)], 0.5)
            found.update({day: found[day] * factor for day in before})
    return found


def make_share(symbol: str, chance: random.Random) -> tuple[Share, Share]:
    days = traded_days(symbol, chance)
    closes = walk(symbol, days, chance)
    still = [day for day in days if idle(symbol, day)]
    closes |= dict.fromkeys(still, closes[still[0]]) if still else {}
    highs = {
        day: close if chance.random() < 0.3 or symbol == LIMIT else round(close * 1.01, 2)
        for day, close in closes.items()
        if chance.random() > 0.02
    }
    volumes = {day: float(chance.randrange(10**7)) for day in days if chance.random() > 0.05}
    # a vendor may repeat closes over days without trade
    volumes |= {day: 0.0 for day in days if chance.random() < 0.01 or idle(symbol, day)}
    amounts = {day: volume * closes[day] for day, volume in volumes.items()}
    actions = actions_of(symbol, days, chance)
    told = None if symbol == BARE else (days[0] if symbol == NEW else FIRST, LAST)
    price = Share(symbol, closes, closes, highs, volumes, amounts, actions, told, LAST)
    total = with_dividends(closes, actions)
    scaled = {day: high * total[day] / closes[day] for day, high in highs.items()}
    # a close at its high is so on either basis
    scaled.update({day: total[day] for day, high in highs.items() if high == closes[day]})
    return price, replace(price, closes=total, highs=scaled)


def facts_of(symbol: str, chance: random.Random) -> list[Fact]:
    """Figures that come in, lapse, are restated, are negative and tie."""
    if symbol in {BARE, FLAT}:
        return []
    facts = []
    for item in ("pe_ttm", "pb", "ps_ttm", "dividend_yield_ttm", "market_value", "float_shares"):
        large = 1e9 if item in {"market_value", "float_shares"} else 1.0
        for day in sessions_of(symbol)[:: chance.choice((1, 5, 9))]:
            value = large * chance.uniform(-3, 20) if large == 1.0 else large * chance.uniform(1, 9)
            facts.append(Fact(symbol, item, day, day, value))
            if chance.random() < 0.1:
                later = day + dt.timedelta(chance.randrange(1, 9))
                facts.append(Fact(symbol, item, day, later, value * 1.1, "restated"))
    for year in (2021, 2022, 2023):
        for month, item, delay in (
            (12, "roe", 110),
            (6, "roe_ttm", 60),
            (12, "roe_ttm", 100),
            (3, "revenue_growth", 29),
            (9, "revenue_growth", 30),
            (6, "profit_growth", 61),
            (12, "buyback_ttm", 95),
            (12, "buyback_ttm_cny", 80),
            (6, "buyback_ttm_usd", 70),
        ):
            if item.startswith("buyback") and (symbol not in FOREIGN or chance.random() < 0.4):
                continue
            period = dt.date(year, month, 28)
            known = period + dt.timedelta(delay + chance.randrange(20))
            value = chance.uniform(-0.5, 0.5) * (1e8 if item.startswith("buyback") else 1)
            facts.append(Fact(symbol, item, period, known, abs(value)))
            facts.append(Fact(symbol, item, period, known, abs(value) / 2, "other"))
    for _ in range(chance.randrange(4)):
        start = FIRST + dt.timedelta(chance.randrange(300))
        for n in range(3):
            known = start + dt.timedelta(chance.randrange(20, 300))
            facts.append(Fact(symbol, "buyback_programme", start, known, 1e6 * (n + 1), f"{n}"))
    return facts


@cache
def make_market(seed: int) -> Made:
    chance = random.Random(seed)  # noqa: S311 - made data
    pairs = {symbol: make_share(symbol, chance) for symbol in (*DOMESTIC, *FOREIGN)}
    # another share with the very prices of the first
    first, second = (rename(each, TIED) for each in pairs[ORDINARY[0]])
    pairs[TIED] = first, second
    benchmarks = {}
    for symbol in (*BENCHMARKS, *RATES.values()):
        days = [day for day in sessions_of(symbol) if chance.random() > 0.01]
        benchmarks[symbol] = walk(symbol, days, chance)
    # of the last months the rate of one currency is not kept
    hkd = benchmarks[RATES["HKD"]]
    benchmarks[RATES["HKD"]] = {day: rate for day, rate in hkd.items() if day.month != 7}
    facts = [fact for symbol in pairs if symbol != TIED for fact in facts_of(symbol, chance)]
    facts += [fact._replace(symbol=TIED) for fact in facts if fact.symbol == ORDINARY[0]]
    price = {symbol: pair[0] for symbol, pair in pairs.items()}
    total = {symbol: pair[1] for symbol, pair in pairs.items()}
    return Made(price, total, benchmarks, tuple(facts))


def rename(share: Share, symbol: str) -> Share:
    actions = tuple(replace(each, symbol=symbol) for each in share.actions)
    return replace(share, symbol=symbol, actions=actions)


def benchmark_of(symbol: str) -> str:
    return str(market_of(Symbol.parse(symbol)).benchmark)


def to_panel(made: Made) -> Panel:
    """What the store would serve of it."""
    days = sorted({d for each in (*made.price.values(), *made.total.values()) for d in each.closes})
    days = sorted({*days, *(d for closes in made.benchmarks.values() for d in closes)})
    symbols = (*made.symbols, *made.benchmarks)

    def spread(column: Mapping[str, Mapping[Day, float]]) -> Floats:
        cells = [[column.get(symbol, {}).get(day, np.nan) for symbol in symbols] for day in days]
        return np.array(cells, dtype=np.float64)

    price, total = made.price, made.total
    prices: dict[tuple[Field, Quote], Floats] = {
        ("close", "price"): spread(
            {**{s: each.closes for s, each in price.items()}, **made.benchmarks}
        ),
        ("close", "total"): spread(
            {**{s: each.closes for s, each in total.items()}, **made.benchmarks}
        ),
        ("high", "price"): spread({s: each.highs for s, each in price.items()}),
        ("high", "total"): spread({s: each.highs for s, each in total.items()}),
    }
    traded: dict[Traded, Floats] = {
        "volume": spread({s: each.volumes for s, each in price.items()}),
        "amount": spread({s: each.amounts for s, each in price.items()}),
    }
    known = {
        symbol: (np.datetime64(each.told[0]), np.datetime64(each.told[1]))
        for symbol, each in price.items()
        if each.told
    }
    return Panel(
        np.array(days, dtype="datetime64[D]"),
        symbols,
        prices,
        Origin("made", ""),
        tuple(action for symbol in known for action in shown(price[symbol])),
        listed=known,
        traded=traded,
    )


def shown(share: Share) -> tuple[CorporateAction, ...]:
    """Actions with their cash in the shares that the closes are in."""
    return restate(each for each in share.actions if naive.ex_date_of(each) <= share.kept_until)


def to_facts(facts: Sequence[Fact]) -> Facts:
    symbols, items, periods, known, values, sources = zip(*facts, strict=True)
    return Facts(
        np.array(symbols),
        np.array(items),
        np.array(periods, dtype="datetime64[D]"),
        np.array(known, dtype="datetime64[D]"),
        np.array(values, dtype=np.float64),
        np.array(sources),
    )


def to_sectors(sectors: Mapping[str, str | None]) -> SectorTables:
    rows = [Row(symbol, own, None, math.nan) for symbol, own in sectors.items() if own]
    return SectorTables((make_sectors("made", "made", FIRST, rows),))


def compute(made: Made, day: Day, basis: Basis = "total") -> FactorTable:
    sectors = to_sectors(made.sectors)
    return compute_factors(made.panel, day, sectors=sectors, facts=made.figures, basis=basis)


@cache
def expect(seed: int, day: Day, basis: Basis) -> dict[str, Mapping[str, naive.Value]]:
    """Every factor of every share of a made market that was there by then, by symbol."""
    made = make_market(seed)
    shares = made.total if basis == "total" else made.price
    found = {
        symbol: naive.factors_of(
            share,
            day,
            made.benchmarks[benchmark_of(symbol)],
            made.facts_by_symbol[symbol],
            {code: made.benchmarks[rate] for code, rate in RATES.items()},
        )
        for symbol, share in shares.items()
    }
    return present(found)


def agree(found: FactorTable, expected: Mapping[str, Mapping[str, naive.Value]]) -> None:
    """Fail where a factor is not what is expected, or missing where it is not, or not."""
    place = {symbol: n for n, symbol in enumerate(found.symbols)}
    wrong = []
    for symbol, own in expected.items():
        assert own.keys() == list_factors().keys()
        for name, value in own.items():
            got = float(found.numbers(name)[place[symbol]])
            same = (
                math.isnan(got) if value is None else abs(got - value) <= CLOSE * (1 + abs(value))
            )
            if not same:
                wrong.append((symbol, name, got, value))
    assert not wrong


def present(
    found: Mapping[str, Mapping[str, naive.Value]],
) -> dict[str, Mapping[str, naive.Value]]:
    """Leave out the shares that have no close."""
    return {symbol: own for symbol, own in found.items() if own["halted_sessions"] is not None}


CASES = [(1, day, "total") for day in DAYS] + [(2, day, BASES[n % 2]) for n, day in enumerate(DAYS)]


@pytest.mark.parametrize(("seed", "day", "basis"), CASES)
def test_factors_of_a_made_market_are_those_of_plain_loops(
    seed: int, day: Day, basis: Basis
) -> None:
    expected = expect(seed, day, basis)
    found = compute(make_market(seed), day, basis)
    assert found.symbols == tuple(sorted(expected))
    agree(found, expected)


def test_made_markets_show_every_factor_both_known_and_missing() -> None:
    tables = [expect(*case) for case in CASES]
    seen = {
        (name, value is None)
        for table in tables
        for own in table.values()
        for name, value in own.items()
    }
    both = {(name, missing) for name in list_factors() for missing in (True, False)}
    # a share without any close is not there at all
    assert both - seen == {("halted_sessions", True)}


@pytest.mark.parametrize(("seed", "day", "basis"), CASES[::3])
def test_places_among_peers_are_those_of_plain_loops(seed: int, day: Day, basis: Basis) -> None:
    made, expected = make_market(seed), expect(seed, day, basis)
    found = compute(made, day, basis)
    calendars = {symbol: naive.calendar_of(symbol) for symbol in made.symbols}
    sectors = {symbol: own and (calendars[symbol], own) for symbol, own in made.sectors.items()}
    for name in list_factors():
        values = {symbol: found.numbers(name)[n] for n, symbol in enumerate(found.symbols)}
        # as computed: a hair between two equal values would part them
        known = {s: None if math.isnan(each) else float(each) for s, each in values.items()}
        assert {s for s in known if known[s] is None} == {
            s for s in expected if expected[s][name] is None
        }
        for peers, marks in (("market", calendars), ("sector", sectors)):
            placed = naive.places(known, marks)
            for kind, which in (("rank", 0), ("pct", 1)):
                got = found.numbers(f"{name}_{kind}_{peers}")
                want = [placed[symbol][which] for symbol in found.symbols]
                np.testing.assert_allclose(got, np.array(want, dtype=float), rtol=1e-12)


def test_shares_with_equal_figures_share_a_place() -> None:
    found = compute(make_market(1), DAYS[-1])
    first, second = (found.symbols.index(symbol) for symbol in (ORDINARY[0], TIED))
    for name in list_factors():
        for kind in ("rank", "pct"):
            places = found.numbers(f"{name}_{kind}_market")
            np.testing.assert_equal(places[first], places[second])


# what is known when


def until(made: Made, day: Day) -> Made:
    """The market as it was known on a day, its prices in the shares of that day."""

    def cut(share: Share) -> Share:
        later = [each for each in share.actions if day < naive.ex_date_of(each) <= LAST]
        # those of one ex-date multiply alike
        shares = math.prod(1 + each.bonus for each in later)

        def keep(figures: Mapping[Day, float], factor: float = 1.0) -> dict[Day, float]:
            return {each: value * factor for each, value in figures.items() if each <= day}

        return replace(
            share,
            closes=keep(share.closes, shares),
            printed=keep(share.printed, shares),
            highs=keep(share.highs, shares),
            volumes=keep(share.volumes),
            amounts=keep(share.amounts),
            kept_until=day,
            told=share.told and (share.told[0], day),
        )

    return replace(
        made,
        price={symbol: cut(each) for symbol, each in made.price.items()},
        total={symbol: cut(each) for symbol, each in made.total.items()},
        benchmarks={
            symbol: {each: close for each, close in closes.items() if each <= day}
            for symbol, closes in made.benchmarks.items()
        },
        facts=tuple(fact for fact in made.facts if fact.known <= day),
    )


def same(found: FactorTable, other: FactorTable) -> None:
    assert found.symbols == other.symbols
    for name in list_factors():
        np.testing.assert_allclose(
            found.numbers(name), other.numbers(name), rtol=1e-9, atol=1e-12, err_msg=name
        )


@pytest.mark.parametrize(("day", "basis"), [(day, BASES[n % 2]) for n, day in enumerate(DAYS)])
def test_what_comes_later_changes_no_factor(day: Day, basis: Basis) -> None:
    made = make_market(1)
    same(compute(made, day, basis), compute(until(made, day), day, basis))


@pytest.mark.parametrize("day", DAYS[1:3])
def test_an_adjusted_series_may_stand_on_any_level(day: Day) -> None:
    made = make_market(2)
    levels = accumulate(made.symbols, lambda level, _: level * 1.7, initial=0.01)
    scaled = {
        symbol: replace(
            share,
            closes={each: close * level for each, close in share.closes.items()},
            highs={each: high * level for each, high in share.highs.items()},
        )
        for (symbol, share), level in zip(made.total.items(), levels, strict=False)
    }
    same(compute(made, day), compute(replace(made, total=scaled), day))


def test_prices_before_every_window_change_nothing() -> None:
    made, day = make_market(1), DAYS[-1]
    start = sessions_of(CSI)[-305]

    def short(share: Share) -> Share:
        return replace(
            share,
            closes={each: close for each, close in share.closes.items() if each >= start},
            printed={each: close for each, close in share.printed.items() if each >= start},
        )

    few = replace(
        made,
        price={symbol: short(each) for symbol, each in made.price.items()},
        total={symbol: short(each) for symbol, each in made.total.items()},
        benchmarks={
            symbol: {each: close for each, close in closes.items() if each >= start}
            for symbol, closes in made.benchmarks.items()
        },
    )
    same(compute(few, day), compute(made, day))


# real markets


@pytest.mark.market
def test_factors_of_real_shares_are_those_of_plain_loops(
    market_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    chance = random.Random(20)  # noqa: S311 - which shares to look at
    rows = read_real(market_folder, chance)
    rows.to_parquet(tmp_path / "bars.parquet")
    import_files(Store(), tmp_path / "bars.parquet", np.datetime64("2026-09-01T00:00:00"))
    panel = load_prices(fields=("close", "high"), traded=True, source="store")
    by_symbol = {str(symbol): own for symbol, own in rows.groupby("symbol")}
    told = {
        symbol: facts_of(symbol, chance) for symbol in sorted(by_symbol.keys() - set(BENCHMARKS))
    }
    facts = to_facts([fact for own in told.values() for fact in own])
    # what the store holds back is not there
    shares = sorted(told.keys() & set(panel.symbols))
    seen = 0
    for _ in range(10):
        day = dt.date(2024, 3, 1) + dt.timedelta(chance.randrange(540))
        table = compute_factors(panel, day, facts=facts)
        expected = {
            symbol: naive.factors_of(
                real_share(by_symbol[symbol]),
                day,
                figures_of(by_symbol, benchmark_of(symbol), "close"),
                told[symbol],
            )
            for symbol in chance.sample(shares, 5)
        }
        there = present(expected)
        assert not set(table.symbols) & (expected.keys() - there.keys())
        agree(table, there)
        seen += len(there)
    assert seen > 40


def read_real(folder: Path, chance: random.Random) -> pd.DataFrame:
    """The bars of some shares, and of the benchmarks."""
    rows = pd.concat(
        pd.read_parquet(folder / f"{name}_daily.parquet") for name in ("cn", "hk", "index")
    )
    shares = [symbol for symbol in rows["symbol"].unique() if Symbol.parse(symbol).takes_basis]
    return rows[rows["symbol"].isin([*chance.sample(shares, 60), *BENCHMARKS])]


def real_share(rows: pd.DataFrame) -> Share:
    symbol = str(rows["symbol"].iloc[0])
    own = {symbol: rows}
    close, high, volume = (figures_of(own, symbol, name) for name in ("close", "high", "volume"))
    return Share(symbol, close, highs=high, volumes=volume)


def figures_of(by_symbol: Mapping[str, pd.DataFrame], symbol: str, name: str) -> dict[Day, float]:
    own = by_symbol.get(symbol)
    return {} if own is None else dict(zip(own["date"].dt.date, own[name], strict=True))
