"""The trading rules as they stand in files: one for each market, and Hong Kong's board lots."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast, get_args

from universes import InputError, Symbol
from universes.exchange import list_exchanges
from universes.tables import Table, read_toml

RULES_FOLDER = Path(__file__).parent
LOTS_FILE = RULES_FOLDER / "hk_lots.toml"
MARKET_FILES = (RULES_FOLDER / "mainland.toml", RULES_FOLDER / "hongkong.toml")

COMMISSION = "commission"
# in the order in which costs are shown
CODES = (
    COMMISSION,
    "stamp_duty",
    "transfer_fee",
    "handling_fee",
    "regulatory_fee",
    "sfc_levy",
    "afrc_levy",
    "trading_fee",
    "settlement_fee",
)
HIGHEST_RATE = 0.05
Side = Literal["buy", "sell", "both"]
Rounding = Literal["cent", "up_unit"]
SoldFrom = Literal["same_session", "next_session"]
_PERCENT = 100


@dataclass(frozen=True)
class Rate:
    """What a cost comes to from a day until the next rate begins.

    Attributes
    ----------
    since : date
    rate : float
        Fraction of the trade's value.
    minimum : float
        Per trade, in the listing currency; 0 for none.
    maximum : float or None
        As `minimum`; None for none.
    verified : bool
        Whether the `source` confirmed it.
    """

    since: dt.date
    rate: float
    minimum: float
    maximum: float | None
    verified: bool
    source: str


@dataclass(frozen=True)
class Cost:
    """A cost of trading on some exchanges.

    Attributes
    ----------
    code : str
        One of `CODES`.
    side : {"buy", "sell", "both"}
        Who pays it.
    exchanges : tuple of str
        Suffixes.
    rounding : {"cent", "up_unit"}
        To the nearest hundredth, halves up, or up to the whole unit of the currency.
    inside : str
        The cost that already includes it; empty where it is charged by itself.
    rates : tuple of Rate
        Oldest first; at least one.
    """

    code: str
    side: Side
    exchanges: tuple[str, ...]
    rounding: Rounding
    inside: str
    rates: tuple[Rate, ...]

    def rates_between(self, first: dt.date, last: dt.date) -> list[Rate]:
        """Return the rates in force on any day from the first to the last."""
        ends = [*(rate.since for rate in self.rates[1:]), dt.date.max]
        pairs = zip(self.rates, ends, strict=True)
        return [rate for rate, end in pairs if rate.since <= last and first < end]


@dataclass(frozen=True)
class Board:
    """In which numbers of shares a board trades.

    Attributes
    ----------
    exchange, board : str
    minimum, step : int
        An order is for at least `minimum` shares, and for more by whole steps; both 0 where
        each share has a board lot of its own.
    verified : bool
    """

    exchange: str
    board: str
    minimum: int
    step: int
    verified: bool
    source: str


@dataclass(frozen=True)
class Settlement:
    """From which session on shares bought may be sold."""

    sold_from: SoldFrom
    verified: bool
    source: str


@dataclass(frozen=True)
class MarketRules:
    """The rules of one file."""

    settlement: Settlement
    boards: tuple[Board, ...]
    costs: tuple[Cost, ...]


@dataclass(frozen=True)
class BoardLot:
    """The lot of one share: its orders are for multiples of it."""

    shares: int
    verified: bool
    source: str


def read_market(path: Path) -> MarketRules:
    """Read the rules of one market.

    Raises
    ------
    FaultyFileError
        If a board or exchange is unknown, a cost stands twice, rates are out of order or no
        rates, or an exchange has no commission.
    """
    table = read_toml(path)
    boards = tuple(_read_board(row) for row in table.tables("boards"))
    if not boards:
        table.fault("boards", "there are no boards", "add [[boards]] tables")
    exchanges = tuple(dict.fromkeys(board.exchange for board in boards))
    costs = _read_costs(table.tables("costs"), exchanges)
    _check_commission(table, exchanges, costs)
    rules = MarketRules(_read_settlement(table.table("settlement")), boards, costs)
    table.finish()
    table.faults.raise_if_any()
    return rules


def read_lots(path: Path) -> dict[str, BoardLot]:
    """Read the board lots of shares, by canonical spelling.

    Raises
    ------
    FaultyFileError
        If a code is none of its exchange, or not as it is usually spelled.
    """
    table = read_toml(path)
    lots = {}
    for suffix in table.names():
        codes = table.table(suffix)
        for code in codes.names():
            row = codes.table(code)
            symbol = _parse_key(row, f"{code}.{suffix}")
            shares = _read_shares(row, "shares")
            lots[symbol] = BoardLot(shares, row.flag("verified"), row.text("source"))
            row.finish()
    table.faults.raise_if_any()
    return lots


def _parse_key(row: Table, key: str) -> str:
    try:
        spelled = str(Symbol.parse(key))
    except InputError as error:
        row.fault("", error.message, error.remedy)
        return key
    if spelled != key:
        row.fault("", f"{key} is not the usual spelling", f"write it as {spelled}")
    return spelled


def _read_shares(table: Table, key: str) -> int:
    shares = table.number(key)
    if shares < 1 or not shares.is_integer():
        table.fault(key, f"{shares:g} is no number of shares", "write a whole number above zero")
    return int(shares)


def _read_settlement(table: Table) -> Settlement:
    sold_from = cast("SoldFrom", table.choice("sold_from", get_args(SoldFrom)))
    settlement = Settlement(sold_from, table.flag("verified"), table.text("source"))
    table.finish()
    return settlement


def _read_board(row: Table) -> Board:
    suffix = row.choice("exchange", list_exchanges())
    name = row.text("board")
    exchange = list_exchanges().get(suffix)
    if exchange and name not in {known.board for known in exchange.codes}:
        row.fault("board", f"{suffix} has no board {name!r}", "write one of the markets file")
    own_lots = not row.has("minimum") and not row.has("step")
    board = Board(
        exchange=suffix,
        board=name,
        minimum=0 if own_lots else _read_shares(row, "minimum"),
        step=0 if own_lots else _read_shares(row, "step"),
        verified=row.flag("verified"),
        source=row.text("source"),
    )
    row.finish()
    return board


def _read_costs(rows: Sequence[Table], exchanges: Sequence[str]) -> tuple[Cost, ...]:
    costs = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        cost = _read_cost(row)
        for exchange in cost.exchanges:
            if exchange not in exchanges:
                row.fault("exchanges", f"{exchange!r} has no board here", "mend it, or add one")
            elif (cost.code, exchange) in seen:
                row.fault("code", f"{cost.code} stands twice for {exchange}", "keep one of them")
            seen.add((cost.code, exchange))
        costs.append(cost)
    return tuple(costs)


def _read_cost(row: Table) -> Cost:
    exchanges = row.texts("exchanges")
    if not exchanges:
        row.fault("exchanges", "no exchange is named", "name those that the cost holds for")
    cost = Cost(
        code=row.choice("code", CODES),
        side=cast("Side", row.choice("side", get_args(Side))),
        exchanges=exchanges,
        rounding=cast("Rounding", row.choice("rounding", get_args(Rounding))),
        inside=row.choice("inside", (COMMISSION,)) if row.has("inside") else "",
        rates=_read_rates(row),
    )
    if cost.inside == cost.code:
        row.fault("inside", "a cost cannot be inside itself", "remove it")
    row.finish()
    return cost


def _read_rates(row: Table) -> tuple[Rate, ...]:
    rows = row.tables("rates")
    rates = tuple(_read_rate(own) for own in rows)
    if not rates:
        row.fault("rates", "the cost has no rates", "add [[costs.rates]] tables")
    for own, (earlier, later) in zip(rows[1:], pairwise(rates), strict=True):
        if later.since <= earlier.since:
            own.fault("from", "is not after the rate before", "put the rates in order of time")
    return rates


def _read_rate(row: Table) -> Rate:
    rate = Rate(
        since=row.day("from"),
        rate=row.number("percent") / _PERCENT,
        minimum=row.number("minimum", 0.0),
        maximum=row.number("maximum") if row.has("maximum") else None,
        verified=row.flag("verified"),
        source=row.text("source"),
    )
    if not 0 <= rate.rate <= HIGHEST_RATE:
        row.fault("percent", "is no rate of a cost", f"write 0 to {HIGHEST_RATE * _PERCENT:g}")
    if rate.minimum < 0:
        row.fault("minimum", "is below zero", "write 0 or more")
    if rate.maximum is not None and rate.maximum < max(rate.minimum, 0.01):
        row.fault("maximum", "is not above the minimum", "write the larger amount as maximum")
    row.finish()
    return rate


def _check_commission(table: Table, exchanges: Sequence[str], costs: Sequence[Cost]) -> None:
    paid = {name for cost in costs if cost.code == COMMISSION for name in cost.exchanges}
    for exchange in exchanges:
        if exchange not in paid:
            table.fault("costs", f"{exchange} has no commission", "add it to a commission's")
