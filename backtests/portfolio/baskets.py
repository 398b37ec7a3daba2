"""Simulates many baskets at once: bought with equal weights on one day, and held."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.market.tape import Tape, choose_quote, read_tape
from backtests.portfolio.orders.conditions import Conditions
from backtests.portfolio.orders.engine import reconcile
from backtests.portfolio.orders.ledger import Books
from backtests.portfolio.orders.planner import plan_deals
from backtests.portfolio.rules.rulebook import load_rulebook
from backtests.portfolio.stage import check_rates, find_start
from backtests.portfolio.strategy.decisions import Decisions
from backtests.portfolio.terms import Terms
from screener import Panel
from screener.calendar import Days
from screener.panel import Floats
from universes import InputError
from universes.symbol import spell_all

# keeps what is simulated together within a few hundred megabytes
_TOGETHER = 5000


@dataclass(frozen=True)
class BasketCurves:
    """What became of B baskets over T rows, the first that of the decision.

    Attributes
    ----------
    dates : ndarray of datetime64[D], shape (T,)
    equity : ndarray, shape (T, B)
        In the portfolio's currency, costs paid.
    costs : ndarray, shape (B,)
        Paid over the whole time, in the portfolio's currency.
    bought : ndarray of int, shape (B,)
        Names bought; fewer than named where one never traded or was below a lot.
    """

    dates: Days
    equity: Floats
    costs: Floats
    bought: Rows


def simulate_baskets(
    prices: Panel, baskets: Sequence[Sequence[str]], start: dt.date, terms: Terms | None = None
) -> BasketCurves:
    """Buy each basket with equal weights on the session after a day, and hold it.

    Parameters
    ----------
    prices : Panel
        Cut it with `Panel.until` to end earlier.
    baskets : sequence of sequence of str
        Symbols in any spelling, each once in a basket.
    start : date
        Bought on the next session of each exchange.
    terms : Terms, optional
        Its ``start`` is left aside.

    Returns
    -------
    BasketCurves

    Raises
    ------
    InputError
        If a basket is empty or names a security twice, a security has no prices or no rules,
        or the day lies outside the prices.
    """
    terms = terms or Terms()
    spelled = [_spell(basket) for basket in baskets]
    if not spelled:
        raise InputError("there is no basket", "give at least one")
    symbols = sorted({symbol for basket in spelled for symbol in basket})
    quote = choose_quote(prices, symbols) if terms.prices == "auto" else terms.prices
    tape = read_tape(prices, symbols, terms.currency, quote, terms.deal_at)
    first = find_start(tape.dates, start)
    check_rates(tape, first, terms.currency)
    missing = [symbols[n] for n in np.flatnonzero(~np.isfinite(tape.close[-1]))]
    if missing:
        raise InputError(f"no prices of {', '.join(missing[:3])}", "leave it out, or fetch it")
    rulebook = load_rulebook(terms.commission, terms.minimum_commission)
    rules = Conditions.executable(rulebook, symbols, printed=quote == "raw")
    place = {symbol: n for n, symbol in enumerate(symbols)}
    columns = [np.array([place[symbol] for symbol in basket]) for basket in spelled]
    parts = [_simulate(tape, first, part, rules, terms.cash) for part in _portion(columns)]
    equity, costs, bought = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    return BasketCurves(tape.dates[first:], equity, costs, bought)


def _spell(basket: Sequence[str]) -> list[str]:
    spelled = spell_all(basket)
    if not spelled or len(spelled) < len(basket):
        named = ", ".join(list(basket)[:3])
        raise InputError(
            f"a basket ({named} ...) is empty or names a security twice", "name each once"
        )
    return spelled


def _portion(columns: Sequence[Rows]) -> Iterator[list[Rows]]:
    """Yield baskets in portions of a bounded number of positions."""
    portion: list[Rows] = []
    for basket in columns:
        if portion and sum(map(len, portion)) + len(basket) > _TOGETHER:
            yield portion
            portion = []
        portion.append(basket)
    yield portion


def _simulate(
    tape: Tape, first: int, columns: Sequence[Rows], rules: Conditions, cash: float
) -> tuple[Floats, Floats, Rows]:
    sizes = np.array([len(basket) for basket in columns])
    books = Books(np.concatenate(columns), np.cumsum(sizes) - sizes, cash)
    weights = np.repeat(1.0 / sizes, sizes)[None, :]
    ledger = plan_deals(tape, books, Decisions((first,), weights), rules.spread(books.columns))
    reconcile(ledger)
    book = books.of[ledger.deals.position]
    costs = np.bincount(book, ledger.deals.cost, minlength=len(columns)).astype(np.float64)
    return ledger.equity[first:], costs, np.bincount(book, minlength=len(columns))
