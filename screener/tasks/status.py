"""What the store holds of each security, how fresh it is, and what is wrong with it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from screener.calendar import Days, load_sessions
from screener.companies.facts import Facts, list_items
from screener.quality.finding import Finding
from screener.store.bases import Served, choose_series
from screener.store.lists import kept_names, kept_sessions
from screener.store.store import State
from screener.tasks.finality import last_final_session
from universes import InputError
from universes.exchange import list_exchanges
from universes.rating import BASES


@dataclass(frozen=True)
class SeriesStatus:
    """What is kept of one security.

    Attributes
    ----------
    symbol, name : str
        The name is empty where no list of shares is kept.
    basis, source : str
        Of the series served; empty where none is.
    first, last : datetime64[D]
        Its first and last bar; not a time where none is served.
    rows : int
    behind : int or None
        Sessions of its exchange that were over and that it has no bar for, counted from its
        last bar: it is stale, or the security is suspended. None where the calendar does not
        reach that far.
    bases : tuple of str
        On which it can be served.
    fetched_at : datetime64[s]
        In UTC.
    findings : tuple of Finding
        What the newest offers are held back for, then what the series served is known for.
    held : bool
        Whether the newest offer is held back.
    """

    symbol: str
    name: str
    basis: str
    source: str
    first: np.datetime64
    last: np.datetime64
    rows: int
    behind: int | None
    bases: tuple[str, ...]
    fetched_at: np.datetime64
    findings: tuple[Finding, ...]
    held: bool


@dataclass(frozen=True)
class FactsStatus:
    """What is kept of one item from one source.

    Attributes
    ----------
    item, source : str
    securities : int
    figures : int
        One for each security and period.
    restated : int
        Further versions of these.
    first, last : datetime64[D]
        Periods.
    known : datetime64[D]
        The last day on which one became known.
    """

    item: str
    source: str
    securities: int
    figures: int
    restated: int
    first: np.datetime64
    last: np.datetime64
    known: np.datetime64


def describe_store(state: State, now: np.datetime64) -> list[SeriesStatus]:
    """Describe every security that the store holds or holds back, by symbol.

    Parameters
    ----------
    state : State
    now : datetime64[s]
        In UTC: sessions that are over by then are expected.
    """
    served = {str(each.symbol): each for each in choose_series(state, state.catalog.symbols, BASES)}
    names, over = kept_names(state), _sessions_over(state, served.values(), now)
    return [
        _describe(state, symbol, served.get(symbol), names.get(symbol, ""), over)
        for symbol in state.catalog.symbols
    ]


def describe_facts(facts: Facts) -> list[FactsStatus]:
    """Describe figures, in the order of `screener.companies.facts.list_items` and by source.

    Parameters
    ----------
    facts : Facts
        By symbol, item and period, as `screener.store.facts.read_facts` gives them.
    """
    told = []
    for item in list_items():
        own = facts.take(facts.item == item)
        for source in sorted(set(own.source.tolist())):
            part = own.take(own.source == source)
            again = (part.symbol[1:] == part.symbol[:-1]) & (part.period[1:] == part.period[:-1])
            restated = int(np.count_nonzero(again))
            securities = 1 + int(np.count_nonzero(part.symbol[1:] != part.symbol[:-1]))
            ends = part.period.min(), part.period.max(), part.known.max()
            figures = len(part) - restated
            told.append(FactsStatus(item, source, securities, figures, restated, *ends))
    return told


def _describe(
    state: State, symbol: str, served: Served | None, name: str, over: Mapping[str, Days]
) -> SeriesStatus:
    held = state.catalog.held_of(symbol)
    findings = tuple(finding for entry in held for finding in entry.findings)
    nothing = np.datetime64("NaT", "D")
    if served is None:
        latest = max((each.fetched_at for each in held), default=np.datetime64("NaT", "s"))
        return SeriesStatus(
            symbol, name, "", "", nothing, nothing, 0, None, (), latest, findings, bool(held)
        )
    entry, days = served.entry, over.get(served.symbol.suffix)
    return SeriesStatus(
        symbol,
        name,
        entry.basis,
        entry.source,
        entry.first,
        entry.last,
        entry.rows,
        None if days is None else int(np.count_nonzero(days > entry.last)),
        tuple(basis for basis in BASES if served.knows(basis)),
        entry.fetched_at,
        (*findings, *entry.findings),
        bool(held),
    )


def _sessions_over(state: State, served: Iterable[Served], now: np.datetime64) -> dict[str, Days]:
    """Return, by exchange, the sessions that are over, from the first that may be missing.

    An exchange whose calendar does not reach the present is left out.
    """
    further = kept_sessions(state)
    oldest: dict[str, np.datetime64] = {}
    for each in served:
        suffix = each.symbol.suffix
        oldest[suffix] = min(oldest.get(suffix, each.entry.last), each.entry.last)
    over = {}
    for suffix, last in oldest.items():
        exchange = list_exchanges()[suffix]
        told = further.get(exchange.calendar, np.empty(0, dtype="datetime64[D]"))
        try:
            final = last_final_session(exchange, now, told)
            years = [day.astype(dt.date).year for day in (last, final)]
            days = np.union1d(load_sessions(exchange.calendar, *years).days, told)
        except InputError:  # nobody is kept from looking by a calendar that has to be upgraded
            continue
        over[suffix] = days[(days > last) & (days <= final)]
    return over
