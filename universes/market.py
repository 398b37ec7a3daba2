"""What a share is measured against, by the market it is listed on."""

from dataclasses import dataclass
from functools import cache

from universes.errors import InputError
from universes.exchange import Exchange, list_exchanges, markets_table
from universes.symbol import Symbol
from universes.text import Text


@dataclass(frozen=True)
class Market:
    """A market with the benchmark that is used where the broker's standard names none.

    Attributes
    ----------
    id : str
        Such as ``shenzhen``.
    name : Text
    exchange : Exchange
        Gives the calendar, the currency and the time zone.
    benchmark : Symbol
    """

    id: str
    name: Text
    exchange: Exchange
    benchmark: Symbol


@cache
def list_markets() -> dict[str, Market]:
    """Return every market by its id."""
    table = markets_table().table("markets")
    markets = {}
    for market_id in table.names():
        row = table.table(market_id)
        exchange = row.choice("exchange", list_exchanges())
        benchmark = row.parsed("benchmark", Symbol.parse)
        name = row.bilingual("name")
        row.finish()
        if exchange in list_exchanges() and benchmark:
            markets[market_id] = Market(market_id, name, list_exchanges()[exchange], benchmark)
    table.faults.raise_if_any()
    return markets


def load_market(market_id: str) -> Market:
    """Return a market by its id.

    Raises
    ------
    InputError
        If there is no such market.
    """
    if market_id not in list_markets():
        raise InputError(
            f"unknown market {market_id!r}", f"write one of: {', '.join(list_markets())}"
        )
    return list_markets()[market_id]


def market_of(symbol: Symbol) -> Market:
    """Return the market a share is listed on.

    Raises
    ------
    InputError
        If its exchange has several markets (NEEQ) or none (an index publisher).
    """
    there = [m for m in list_markets().values() if m.exchange.id == symbol.suffix]
    if len(there) == 1:
        return there[0]
    if not there:
        raise InputError(f"{symbol} is not listed on a market", "name a share")
    named = " or ".join(f'market = "{market.id}"' for market in there)
    raise InputError(f"{symbol} does not tell its market", f"add {named} to the pick")


@dataclass(frozen=True)
class Benchmark:
    """A benchmark index.

    Attributes
    ----------
    symbol : Symbol
        A price index: cash dividends are not in it.
    name : Text
    total_return : Symbol or None
        The same index with dividends, where one is kept.
    """

    symbol: Symbol
    name: Text
    total_return: Symbol | None = None


@cache
def _list_benchmarks() -> dict[str, Benchmark]:
    table = markets_table().table("benchmarks")
    benchmarks = {}
    for key in table.names():
        row = table.table(key)
        dividends = row.parsed("total_return", Symbol.parse) if row.has("total_return") else None
        name = Text(zh=row.text("zh"), en=row.text("en"))
        benchmarks[key] = Benchmark(Symbol.parse(key), name, dividends)
    table.faults.raise_if_any()
    return benchmarks


def describe_benchmark(symbol: Symbol) -> Benchmark:
    """Return what is known of an index; its symbol serves as its name where none is kept."""
    known = _list_benchmarks().get(str(symbol))
    return known or Benchmark(symbol, Text(str(symbol), str(symbol)))
