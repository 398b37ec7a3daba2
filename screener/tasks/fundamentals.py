"""Brings fundamentals into the store: from the vendors, or from a file; commits once."""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from screener.companies.facts import Facts, join_facts
from screener.companies.fundamental_rows import read_fundamentals
from screener.sources.clock import Clock
from screener.sources.errors import SourceError
from screener.sources.trail import Answer
from screener.store.commit import commit_offers
from screener.store.facts import check_facts
from screener.store.lists import kept_sessions
from screener.store.merge import Offers
from screener.store.store import Store
from screener.tasks.finality import last_final_session
from screener.tasks.progress import Progress
from universes import InputError, Symbol
from universes.exchange import list_exchanges

Jobs = dict[str, Callable[[], Answer[Facts]]]

FIRST_DAY = dt.date(2023, 1, 1)

# whose shares the vendors' tables of all mainland reports hold
_MAINLAND = ("SH", "SZ", "BJ")
_ALL_MAINLAND = "mainland shares"


class FactsFetcher(Protocol):
    """Who is asked for figures, as `screener.sources.failover.Fetcher` answers."""

    def fundamentals(self, symbol: Symbol, start: dt.date, end: dt.date) -> Answer[Facts]:
        """Fetch the figures of one share."""
        ...

    def market_fundamentals(self, start: dt.date, end: dt.date) -> Answer[Facts]:
        """Fetch the figures of all mainland shares."""
        ...


@dataclass(frozen=True)
class FactsResult:
    """What an update, or an import, of figures did.

    Attributes
    ----------
    version : int or None
        Of the store, where anything was committed.
    added : int
        Figures, and new versions of figures, that were not kept before.
    failures : dict of str to str
        By symbol, or "mainland shares" for what is told of all of them at once, why nothing,
        or not all, could be had, and what to do.
    told : int
        Figures that the sources gave.
    remarks : tuple of str
        What the sources gave and was left out, and why.
    """

    version: int | None
    added: int
    failures: dict[str, str] = field(default_factory=dict)
    told: int = 0
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything asked for could be had."""
        return not self.failures


def update_facts(
    store: Store,
    symbols: Sequence[Symbol],
    fetcher: FactsFetcher,
    clock: Clock,
    progress: Progress,
    start: dt.date = FIRST_DAY,
) -> FactsResult:
    """Fetch the figures of shares and commit them, once.

    Parameters
    ----------
    store : Store
    symbols : sequence of Symbol
        Shares. Where one of them is listed on the mainland, what is told of all mainland shares
        at once is fetched and kept too.
    fetcher : FactsFetcher
    clock : Clock
    progress : Progress
    start : date
        First day wanted; the last is the last session that is over.

    Returns
    -------
    FactsResult

    Raises
    ------
    StoreError
        If the store cannot be read or written to.
    InputError
        If the calendar does not reach today, or one of the symbols is no share.
    """
    jobs = _plan_jobs(store, symbols, fetcher, clock.utc(), start)
    answers, failures = _ask(jobs, progress)
    facts = join_facts([each.value for each in answers.values()])
    remarks = tuple(dict.fromkeys(said for each in answers.values() for said in each.remarks))
    provenance = {
        "command": "fundamentals fetch",
        "upstreams": {
            name: sorted(set(each.value.source.tolist())) for name, each in answers.items()
        },
        "failures": failures,
    }
    version, added = _commit(store, facts, clock.utc(), provenance) if len(facts) else (None, 0)
    return FactsResult(version, added, failures, len(facts), remarks)


def import_facts(
    store: Store, path: Path, now: np.datetime64, source: str | None = None
) -> FactsResult:
    """Take a table of figures into the store.

    Parameters
    ----------
    store : Store
    path : Path
        As `screener.companies.fundamental_rows.read_fundamentals` takes it.
    now : datetime64[s]
        In UTC; a figure that becomes known after the day that follows is refused, as an
        announcement of the evening bears the next day's date.
    source : str, optional
        Who tells the figures, where the file does not; left out: file.

    Raises
    ------
    InputError
        If the file has faults, or the store cannot be written to.
    """
    today: dt.date = now.astype("datetime64[D]").astype(dt.date)
    facts = read_fundamentals(path, today + dt.timedelta(days=1), source)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    provenance = {"command": "fundamentals import", "files": {path.name: digest}, "source": source}
    return FactsResult(*_commit(store, facts, now, provenance), {}, len(facts))


def _plan_jobs(
    store: Store,
    symbols: Sequence[Symbol],
    fetcher: FactsFetcher,
    now: np.datetime64,
    start: dt.date,
) -> Jobs:
    """Return what is to be asked, by the name it is told under."""
    further = kept_sessions(store.state())
    exchanges = list_exchanges()

    def end_of(suffix: str) -> dt.date:
        calendar = exchanges[suffix].calendar
        last = last_final_session(exchanges[suffix], now, further.get(calendar))
        day: dt.date = last.astype(dt.date)
        return day

    ends = {suffix: end_of(suffix) for suffix in sorted({each.suffix for each in symbols})}
    jobs: Jobs = {}
    mainland = [ends[suffix] for suffix in _MAINLAND if suffix in ends]
    if mainland:
        jobs[_ALL_MAINLAND] = partial(fetcher.market_fundamentals, start, mainland[0])
    for symbol in symbols:
        if symbol.kind != "share":
            raise InputError(f"{symbol} is no share", "name shares: others have no fundamentals")
        jobs[str(symbol)] = partial(fetcher.fundamentals, symbol, start, ends[symbol.suffix])
    return jobs


def _ask(jobs: Jobs, progress: Progress) -> tuple[dict[str, Answer[Facts]], dict[str, str]]:
    """Return what was given, and why what was not."""
    answers: dict[str, Answer[Facts]] = {}
    failures: dict[str, str] = {}
    progress.start(len(jobs))
    for name, ask in jobs.items():
        progress.begin(name)
        try:
            answer = ask()
            check_facts(answer.value)
        except (SourceError, InputError) as error:
            failures[name] = error.message
        else:
            answers[name] = answer
            if answer.missing:
                failures[name] = f"not all could be had: {'; '.join(answer.missing)}"
        progress.end(name, failures.get(name) or f"{len(answers[name].value)} figures")
    return answers, failures


def _commit(
    store: Store, facts: Facts, now: np.datetime64, provenance: Mapping[str, object]
) -> tuple[int, int]:
    version, outcomes = commit_offers(store, Offers(now, facts=facts), provenance)
    return version, sum(each.added for each in outcomes)
