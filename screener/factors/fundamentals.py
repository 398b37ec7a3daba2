"""What was known of companies at the close of a day."""

from collections.abc import Mapping, Sequence

import numpy as np

from screener.calendar import Days
from screener.companies.facts import Facts, list_items
from screener.factors.history import Rows
from screener.panel import Floats
from universes import Symbol

_DAY = np.timedelta64(1, "D")
# currencies that statements may be in where the shares are quoted in another
_STATED = ("CNY", "USD")


class Ledger:
    """Figures laid out so that what was known on a day is found at once.

    Parameters
    ----------
    facts : Facts
    """

    def __init__(self, facts: Facts) -> None:
        order = np.lexsort((facts.source, facts.known, facts.period, facts.symbol))
        self._facts = facts.take(order)
        self._rows = {
            item: np.flatnonzero(self._facts.item == item)
            for item in sorted(set(facts.item.tolist()))
        }

    def has(self, item: str) -> bool:
        """Tell whether there is any figure of an item."""
        return item in self._rows

    def held(self, item: str, day: np.datetime64, symbols: Sequence[str]) -> Floats:
        """Return the figure that held at the close of a day, shape (N,).

        Of what was known by then the latest period counts, of that what became known last;
        not a number where there is none, or it is older than its item lasts.
        """
        values, periods = self.latest(item, day, symbols)
        lasts = list_items()[item].lasts_days * _DAY
        return np.where(day - periods <= lasts, values, np.nan)

    def latest(self, item: str, day: np.datetime64, symbols: Sequence[str]) -> tuple[Floats, Days]:
        """Return the figure of the latest period known at the close of a day, and that period.

        Returns
        -------
        values : ndarray, shape (N,)
            Not a number where there is none.
        periods : ndarray of datetime64[D], shape (N,)
            Not a time there.
        """
        rows = self._known(item, day)
        names = self._facts.symbol[rows]
        # rows are by symbol, period and day known: the last of a symbol counts
        final = rows[np.append(names[1:] != names[:-1], True)] if len(rows) else rows
        found = _find(self._facts.symbol[final], symbols)
        there = found >= 0
        values = np.full(len(symbols), np.nan)
        periods = np.full(len(symbols), np.datetime64("NaT", "D"))
        values[there] = self._facts.value[final[found[there]]]
        periods[there] = self._facts.period[final[found[there]]]
        return values, periods

    def total(self, item: str, day: np.datetime64, symbols: Sequence[str]) -> Floats:
        """Return the sum over the programmes that were reported on lately, shape (N,).

        Each counts by what became known of it last, not longer ago than the item lasts; not a
        number where there is none.
        """
        rows = self._known(item, day)
        facts = self._facts
        if not len(rows):
            return np.full(len(symbols), np.nan)
        names, periods = facts.symbol[rows], facts.period[rows]
        last = np.append((names[1:] != names[:-1]) | (periods[1:] != periods[:-1]), True)
        final = rows[last & (day - facts.known[rows] < list_items()[item].lasts_days * _DAY)]
        found = _find_all(facts.symbol[final], symbols)
        there = found >= 0
        size = len(symbols)
        sums = np.bincount(found[there], facts.value[final[there]], minlength=size)
        counts = np.bincount(found[there], minlength=size)
        return np.where(counts > 0, sums, np.nan).astype(np.float64)

    def _known(self, item: str, day: np.datetime64) -> Rows:
        rows = self._rows.get(item, np.empty(0, dtype=np.intp))
        return rows[self._facts.known[rows] <= day]


def measure_fundamentals(
    ledger: Ledger, day: np.datetime64, symbols: Sequence[str], rates: Mapping[str, float]
) -> dict[str, Floats]:
    """Return the factors of the groups value, size and quality, each of shape (N,).

    ``buyback_yield`` and the source's ``dividend_yield_ttm`` too.

    Parameters
    ----------
    ledger : Ledger
    day : datetime64[D]
    symbols : sequence of str, length N
    rates : mapping of str to float
        CNY for one of each currency on the day; not a number, or not there, where unknown.
    """

    def held(item: str) -> Floats:
        return ledger.held(item, day, symbols)

    multiple, value = held("pe_ttm"), _above_zero(held("market_value"))
    spent = held("buyback_ttm")
    for code in _STATED:
        other = held(f"buyback_ttm_{code.lower()}") * _convert(code, symbols, rates)
        spent = np.where(np.isnan(spent), other, spent)
    spent = np.where(np.isnan(spent), ledger.total("buyback_programme", day, symbols), spent)
    return {
        "pe_ttm": _above_zero(multiple),
        "earnings_yield_ttm": 1.0 / np.where(multiple == 0, np.nan, multiple),
        "pb": _above_zero(held("pb")),
        "ps_ttm": _above_zero(held("ps_ttm")),
        "dividend_yield_ttm": held("dividend_yield_ttm"),
        "buyback_yield": spent / value,
        "market_value": value,
        "roe": _return_on_equity(ledger, day, symbols),
        "revenue_growth": held("revenue_growth"),
        "profit_growth": held("profit_growth"),
    }


def _convert(code: str, symbols: Sequence[str], rates: Mapping[str, float]) -> Floats:
    """Return what one unit of a currency is in that of each listing, shape (N,)."""
    own = [rates.get(Symbol.parse(symbol).exchange.currency, np.nan) for symbol in symbols]
    return rates.get(code, np.nan) / np.array(own)


def _return_on_equity(ledger: Ledger, day: np.datetime64, symbols: Sequence[str]) -> Floats:
    """Return that of the later of the fiscal and the trailing year."""
    yearly, trailing = (ledger.held(item, day, symbols) for item in ("roe", "roe_ttm"))
    year, end = (ledger.latest(item, day, symbols)[1] for item in ("roe", "roe_ttm"))
    later = np.isnan(yearly) | (~np.isnan(trailing) & (end > year))
    return np.where(later, trailing, yearly)


def _above_zero(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)


def _find(names: np.ndarray, symbols: Sequence[str]) -> Rows:
    """Return where each symbol stands among names, each of them there once; -1 for nowhere."""
    place = {name: n for n, name in enumerate(names.tolist())}
    return np.array([place.get(symbol, -1) for symbol in symbols], dtype=np.intp)


def _find_all(names: np.ndarray, symbols: Sequence[str]) -> Rows:
    """Return which symbol each name is, -1 for none of them."""
    place = {symbol: n for n, symbol in enumerate(symbols)}
    return np.array([place.get(name, -1) for name in names.tolist()], dtype=np.intp)
