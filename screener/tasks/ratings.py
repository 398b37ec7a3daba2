"""Gathers brokers' ratings from the vendors in a file of the user's."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from screener.calendar import load_sessions
from screener.ratings.fetched import (
    FetchedRating,
    FetchedRatings,
    merge_ratings,
    read_fetched,
    write_fetched,
)
from screener.sources.clock import Clock
from screener.sources.errors import SourceError
from screener.sources.plan import Job
from screener.sources.trail import Answer
from screener.tasks.progress import Progress
from universes import InputError, Symbol
from universes.exchange import list_exchanges

# the mainland's days are those of Shanghai
_EXCHANGE = "SH"
_NOBODY = "nobody is known to tell its ratings: bring them in a table of your own"


class RatingsFetcher(Protocol):
    """Who is asked for ratings, as `screener.sources.failover.Fetcher` answers."""

    def knows(self, job: Job, key: str) -> bool:
        """Tell whether anybody is asked."""
        ...

    def ratings(self, symbol: Symbol) -> Answer[FetchedRatings]:
        """Fetch the ratings of one share."""
        ...

    def ratings_on(self, day: dt.date) -> Answer[FetchedRatings]:
        """Fetch the ratings of all mainland shares of one day."""
        ...


@dataclass(frozen=True)
class RatingsResult:
    """What a fetch of ratings did.

    Attributes
    ----------
    path : Path
        The file.
    rows : int
        Ratings in it now.
    told : int
        Ratings that the sources gave.
    added : int
        Ratings that were not in the file before.
    failures : dict of str to str
        By symbol or day, why nothing could be had and what to do.
    remarks : tuple of str
        What the sources gave and was left out, and why.
    """

    path: Path
    rows: int
    told: int
    added: int
    failures: dict[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether everything asked for could be had."""
        return not self.failures


def fetch_ratings(
    path: Path,
    symbols: Iterable[Symbol],
    days: Iterable[dt.date],
    fetcher: RatingsFetcher,
    clock: Clock,
    progress: Progress,
) -> RatingsResult:
    """Fetch the ratings of shares, and of all mainland shares on days, into a file.

    What the file holds stays in it. It is replaced at the end, whole or not at all, and only
    where there is anything to add.

    Parameters
    ----------
    path : Path
        CSV or Parquet, by its ending; made where there is none.
    symbols : iterable of Symbol
        Shares.
    days : iterable of date
        None of them to come.
    fetcher : RatingsFetcher
    clock : Clock
    progress : Progress

    Returns
    -------
    RatingsResult

    Raises
    ------
    InputError
        If the file holds anything but fetched ratings, a symbol is no share, or a day is still
        to come.
    OSError
        If the file cannot be written.
    """
    kept = read_fetched(path)
    today = today_in_mainland(clock)
    wanted = sorted(set(days))
    jobs = _plan_jobs(sorted(set(symbols)), wanted, fetcher, today)
    told, failures, remarks = _ask(jobs, progress)
    merged = merge_ratings(kept, told)
    if len(merged) > len(kept):
        write_fetched(path, merged)
    if today in wanted:
        remarks.append(f"{today} is not over: fetch its ratings again tomorrow")
    unique = tuple(dict.fromkeys(remarks))
    return RatingsResult(path, len(merged), len(told), len(merged) - len(kept), failures, unique)


def sessions_between(since: dt.date, until: dt.date) -> list[dt.date]:
    """Return the sessions of the mainland from one day to another, both included.

    Raises
    ------
    InputError
        If the dates are turned round, or it is not known whether all of them are sessions.
    """
    if since > until:
        raise InputError(f"{since} is after {until}", "turn the dates round")
    calendar = list_exchanges()[_EXCHANGE].calendar
    known = load_sessions(calendar, since.year, until.year)
    if known.known_until < np.datetime64(until):
        raise InputError(
            f"the sessions of {calendar} are known until {known.known_until} only",
            "upgrade exchange-calendars: pip install -U exchange-calendars",
        )
    inside = (known.days >= np.datetime64(since)) & (known.days <= np.datetime64(until))
    found: list[dt.date] = known.days[inside].tolist()
    return found


def today_in_mainland(clock: Clock) -> dt.date:
    """Return the day that it is in Shanghai."""
    zone = ZoneInfo(list_exchanges()[_EXCHANGE].timezone)
    moment: dt.datetime = clock.utc().astype("datetime64[s]").astype(dt.datetime)
    return moment.replace(tzinfo=dt.UTC).astimezone(zone).date()


Jobs = dict[str, Callable[[], Answer[FetchedRatings]] | None]


def _plan_jobs(
    symbols: Sequence[Symbol], days: Sequence[dt.date], fetcher: RatingsFetcher, today: dt.date
) -> Jobs:
    """Return what is to be asked, by the name it is told under; None where nobody is."""
    jobs: Jobs = {}
    for symbol in symbols:
        if symbol.kind != "share":
            raise InputError(f"{symbol} is no share", "name shares: others have no ratings")
        known = fetcher.knows("ratings", str(symbol))
        jobs[str(symbol)] = partial(fetcher.ratings, symbol) if known else None
    for day in days:
        if day > today:
            raise InputError(f"{day} is still to come", f"name days up to {today}")
        jobs[str(day)] = partial(fetcher.ratings_on, day)
    return jobs


def _ask(jobs: Jobs, progress: Progress) -> tuple[list[FetchedRating], dict[str, str], list[str]]:
    """Return what was given, why what was not, and the remarks."""
    told: list[FetchedRating] = []
    failures: dict[str, str] = {}
    remarks: list[str] = []
    progress.start(len(jobs))
    for name, ask in jobs.items():
        progress.begin(name)
        said = _NOBODY
        try:
            answer = ask() if ask else None
        except SourceError as error:
            answer, said = None, error.message
        if answer is None:
            failures[name] = said
        else:
            told += answer.value.rows
            remarks += answer.remarks
            said = f"{len(answer.value.rows)} ratings, {answer.upstream}"
        progress.end(name, said)
    return told, failures, remarks
