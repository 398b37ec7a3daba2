"""What a trade costs, in which lots, and when shares bought may be sold: by market and day."""

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from backtests.portfolio.rules.rulefiles import (
    CODES,
    COMMISSION,
    HIGHEST_RATE,
    LOTS_FILE,
    MARKET_FILES,
    Board,
    BoardLot,
    Cost,
    MarketRules,
    Rate,
    read_lots,
    read_market,
)
from backtests.portfolio.rules.tariff import (
    Bools,
    Classes,
    Tariff,
    Tariffs,
    build_tariffs,
    first_day_of,
)
from universes import InputError, Symbol
from universes.content import content_hash


@dataclass(frozen=True)
class Lots:
    """In which numbers of shares K symbols trade.

    Attributes
    ----------
    minimum, step : ndarray of int, shape (K,)
        An order is for at least `minimum` shares, and for more by whole steps; 1 stands where
        the lot is not known, which is no lot to trade by.
    verified : ndarray of bool, shape (K,)
        Whether a source confirmed the lot.
    known : ndarray of bool, shape (K,)
        False for a Hong Kong share whose board lot is not recorded.
    """

    minimum: npt.NDArray[np.int64]
    step: npt.NDArray[np.int64]
    verified: Bools
    known: Bools


@dataclass(frozen=True)
class Rulebook:
    """The trading rules of every market, by day. Make one with `load_rulebook`.

    Attributes
    ----------
    markets : tuple of MarketRules
    board_lots : mapping of canonical spelling to BoardLot
    sha256 : str
        Hash of what the rule files say, before any commission of the user's own.
    """

    markets: tuple[MarketRules, ...]
    board_lots: Mapping[str, BoardLot]
    sha256: str

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The costs that are charged anywhere; those inside another are not among them."""
        charged = {cost.code for market in self.markets for cost in _charged(market)}
        return tuple(code for code in CODES if code in charged)

    def first_day(self, symbol: str) -> dt.date:
        """Return the day from which every cost of a symbol is known; raises as `classes`."""
        return self._first_days[self._class_of(symbol)]

    def classes(self, symbols: Sequence[str]) -> Classes:
        """Return the cost class (exchange and board) of each of K symbols, shape (K,).

        Raises
        ------
        InputError
            If no rules are recorded for the board of one.
        """
        return np.array([self._class_of(symbol) for symbol in symbols], dtype=np.intp)

    def tariff(self, day: np.datetime64) -> Tariff:
        """Return the costs in force on a day.

        It serves days before the first rule too: the charge of a class whose costs are not all
        known on that day is what raises.
        """
        return self._tariffs.on(day)

    def lots(self, symbols: Sequence[str]) -> Lots:
        """Return in which numbers of shares each of K symbols trades; raises as `classes`."""
        found = [self._lot_of(symbol) for symbol in symbols]
        return Lots(
            minimum=np.array([lot.minimum if lot else 1 for lot in found], dtype=np.int64),
            step=np.array([lot.step if lot else 1 for lot in found], dtype=np.int64),
            verified=np.array([lot is not None and lot.verified for lot in found], dtype=np.bool_),
            known=np.array([lot is not None for lot in found], dtype=np.bool_),
        )

    def same_session(self, symbols: Sequence[str]) -> Bools:
        """Return whether shares bought today may be sold today, shape (K,)."""
        quick = [market.settlement.sold_from == "same_session" for market, _ in self._boards]
        return np.array([quick[self._class_of(symbol)] for symbol in symbols], dtype=np.bool_)

    def unverified(
        self, symbols: Sequence[str], first: dt.date, last: dt.date
    ) -> tuple[tuple[str, str], ...]:
        """Return what no source confirmed of the rules that trades of symbols would meet.

        Parameters
        ----------
        symbols : sequence of str
        first, last : date
            The span of the trades, both days included.

        Returns
        -------
        tuple of (code, place)
            The code of a cost, ``settlement`` or ``lot``, each with the suffix of its exchange;
            or ``lot`` with a symbol that has a board lot of its own. A lot that is not known at
            all is not confirmed either. Sorted.
        """
        found: set[tuple[str, str]] = set()
        for number in set(self.classes(symbols).tolist()):
            market, board = self._boards[number]
            if not market.settlement.verified:
                found.add(("settlement", board.exchange))
            for cost in _charged(market, board.exchange):
                if not all(rate.verified for rate in cost.rates_between(first, last)):
                    found.add((cost.code, board.exchange))
        for symbol in symbols:
            _, board = self._boards[self._class_of(symbol)]
            lot = self._lot_of(symbol)
            if lot is None or not lot.verified:
                found.add(("lot", board.exchange if board.step else str(Symbol.parse(symbol))))
        return tuple(sorted(found))

    @cached_property
    def _boards(self) -> tuple[tuple[MarketRules, Board], ...]:
        return tuple((market, board) for market in self.markets for board in market.boards)

    @cached_property
    def _places(self) -> dict[tuple[str, str], int]:
        return {(own.exchange, own.board): n for n, (_, own) in enumerate(self._boards)}

    def _class_of(self, symbol: str) -> int:
        parsed = Symbol.parse(symbol)
        known = parsed.exchange.find(parsed.code)
        place = (parsed.suffix, known.board if known else "")
        if place not in self._places:
            kept = ", ".join(f"{exchange} {board}" for exchange, board in self._places)
            raise InputError(
                f"no trading rules are recorded for {parsed} ({' '.join(place)})",
                f"leave it out; there are rules for {kept}",
            )
        return self._places[place]

    def _lot_of(self, symbol: str) -> Board | None:
        """Return a symbol's board, with the lot of its own where it has one; None if unknown."""
        _, board = self._boards[self._class_of(symbol)]
        if board.step:
            return board
        own = self.board_lots.get(str(Symbol.parse(symbol)))
        if own is None:
            return None
        return replace(board, minimum=own.shares, step=own.shares, verified=own.verified)

    @cached_property
    def _first_days(self) -> list[dt.date]:
        return [
            first_day_of(tuple(_charged(market, board.exchange))) for market, board in self._boards
        ]

    @cached_property
    def _tariffs(self) -> Tariffs:
        costs = [tuple(_charged(market, board.exchange)) for market, board in self._boards]
        places = [f"{board.exchange} {board.board}" for _, board in self._boards]
        return build_tariffs(self.codes, places, costs)


def load_rulebook(
    commission: float | None = None, minimum_commission: float | None = None
) -> Rulebook:
    """Load the shipped rules.

    Parameters
    ----------
    commission : float, optional
        The user's own rate in every market, as a fraction: 0.0003 is 3 basis points.
    minimum_commission : float, optional
        The least that a trade pays, in the listing currency of each market.

    Raises
    ------
    InputError
        If the rate is below 0 or above 0.05, or the minimum below 0 or no number.
    FaultyFileError
        If a rule file has faults.

    Examples
    --------
    >>> load_rulebook().codes[:3]
    ('commission', 'stamp_duty', 'transfer_fee')
    """
    if commission is not None and not 0 <= commission <= HIGHEST_RATE:
        raise InputError(
            f"a commission of {commission:g} is no rate",
            f"write a fraction from 0 to {HIGHEST_RATE:g}: 0.0003 is 3 basis points",
        )
    if minimum_commission is not None and not 0 <= minimum_commission < math.inf:
        raise InputError(
            f"a minimum commission of {minimum_commission:g} is no amount", "write 0 or more"
        )
    shipped = _load_shipped()
    if commission is None and minimum_commission is None:
        return shipped
    markets = tuple(_charge_own(m, commission, minimum_commission) for m in shipped.markets)
    return replace(shipped, markets=markets)


@cache
def _load_shipped() -> Rulebook:
    markets = tuple(read_market(path) for path in MARKET_FILES)
    lots = read_lots(LOTS_FILE)
    content = [
        [asdict(market) for market in markets],
        {symbol: asdict(lot) for symbol, lot in lots.items()},
    ]
    return Rulebook(markets, lots, content_hash(content))


def _charged(market: MarketRules, exchange: str | None = None) -> Iterator[Cost]:
    """Yield the costs that are charged by themselves, on one exchange or on any."""
    for cost in market.costs:
        if not cost.inside and (exchange is None or exchange in cost.exchanges):
            yield cost


def _charge_own(market: MarketRules, rate: float | None, minimum: float | None) -> MarketRules:
    costs = (
        replace(cost, rates=tuple(_override(own, rate, minimum) for own in cost.rates))
        if cost.code == COMMISSION
        else cost
        for cost in market.costs
    )
    return replace(market, costs=tuple(costs))


def _override(own: Rate, rate: float | None, minimum: float | None) -> Rate:
    return replace(
        own,
        rate=own.rate if rate is None else rate,
        minimum=own.minimum if minimum is None else minimum,
        # what the user states of both needs no source
        verified=own.verified or (rate is not None and minimum is not None),
    )
