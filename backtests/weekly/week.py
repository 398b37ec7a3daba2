"""A week, and the sessions on which each exchange begins and ends it."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from screener.calendar import Days, load_sessions
from universes import InputError, Report

_DAYS = 7
# exchange_calendars and pandas reach no further
_FIRST_YEAR, _LAST_YEAR = 1980, 2100


@dataclass(frozen=True, order=True)
class Week:
    """A week from Monday to Sunday, and the day until which it is read.

    Attributes
    ----------
    monday : date
    last : date
        Nothing after it is read: the Sunday, or an earlier day where the week is cut short.

    Examples
    --------
    >>> week = Week(dt.date(2024, 6, 17), dt.date(2024, 6, 19))
    >>> week.id, week.whole, week.name
    ('2024-W25', False, '2024-W25-to-2024-06-19')
    """

    monday: dt.date
    last: dt.date

    @classmethod
    def of(cls, day: dt.date) -> "Week":
        """Return the whole week that a day lies in."""
        monday = day - dt.timedelta(days=day.weekday())
        return cls(monday, monday + dt.timedelta(days=_DAYS - 1))

    @property
    def id(self) -> str:
        """Its name in ISO 8601."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def whole(self) -> bool:
        """Whether it is read to its end."""
        return self.last == Week.of(self.monday).last

    @property
    def name(self) -> str:
        """Its name, and the day it is read to where it is cut short."""
        return self.id if self.whole else f"{self.id}-to-{self.last}"

    @property
    def before(self) -> "Week":
        """The whole week before."""
        return Week.of(self.monday - dt.timedelta(days=1))


@dataclass(frozen=True)
class Span:
    """The sessions between which an exchange's week is measured.

    Attributes
    ----------
    calendar : str
        Name of the exchange's calendar.
    start : datetime64[D]
        Its last session before the week.
    end : datetime64[D]
        Its last session of the week; NaT where it had none.
    sessions : int
        In the week.
    """

    calendar: str
    start: np.datetime64
    end: np.datetime64
    sessions: int

    @property
    def expected(self) -> np.datetime64:
        """The last session that prices must be there of."""
        return self.start if np.isnat(self.end) else self.end


def cover_week(day: dt.date, calendars: Iterable[str]) -> Week:
    """Return the week that a report as of a day covers.

    Parameters
    ----------
    day : date
        Nothing after it is read.
    calendars : iterable of str
        Where none of these exchanges has a session left in the week, it is whole.

    Raises
    ------
    InputError
        If the sessions of the week are not known.

    Examples
    --------
    >>> cover_week(dt.date(2024, 9, 13), ["XSHG"]).name, cover_week(
    ...     dt.date(2024, 9, 19), ["XSHG"]
    ... ).name
    ('2024-W37', '2024-W38-to-2024-09-19')
    """
    if not _FIRST_YEAR < day.year < _LAST_YEAR:
        raise InputError(f"{day} is out of range", f"write a day after {_FIRST_YEAR}")
    whole = Week.of(day)
    for calendar in sorted(set(calendars)):
        days = _sessions_until(calendar, whole)
        if days[-1] > np.datetime64(day, "D"):
            return Week(whole.monday, day)
    return whole


def measure_span(week: Week, calendar: str) -> Span:
    """Return the sessions between which an exchange's week is measured."""
    days = _sessions_until(calendar, Week.of(week.monday))
    days = days[days <= np.datetime64(week.last, "D")]
    inside = int(np.count_nonzero(days >= np.datetime64(week.monday, "D")))
    end = days[-1] if inside else np.datetime64("NaT", "D")
    return Span(calendar, days[-1 - inside], end, inside)


def weeks_since(
    report: Report, calendars: Collection[str], last: Week, first: dt.date | None = None
) -> tuple[Week, ...]:
    """Return the weeks from that of the first session after a report's publication on.

    Parameters
    ----------
    report : Report
    calendars : collection of str
        Of its picks' exchanges and their benchmarks'.
    last : Week
    first : date, optional
        None before the week of this day.

    Returns
    -------
    tuple of Week
        All but the last of them whole.

    Raises
    ------
    InputError
        If there is none.
    """
    published = report.publication.date
    # of a year far ahead no sessions are known
    opened = None if published > last.last else first_session(report, calendars)
    if opened is None or opened > last.last:
        raise InputError(
            f"published on {published}, the report has no session by {last.last}",
            f"ask for a day from {opened} on" if opened else "ask for a later day",
        )
    start = max(opened, first or opened)
    if Week.of(start).monday > last.monday:
        raise InputError(f"{start} is later than {last.name}", "catch up from an earlier day")
    weeks = [last]
    while weeks[-1].monday > start:
        weeks.append(weeks[-1].before)
    return tuple(reversed(weeks))


def first_session(report: Report, calendars: Collection[str]) -> dt.date:
    """Return the first session of any exchange after a report's publication.

    Raises
    ------
    InputError
        If it is not known.
    """
    published = report.publication.date
    day = np.datetime64(published, "D")
    found = []
    for calendar in calendars:
        sessions = load_sessions(calendar, published.year, published.year + 1)
        later = sessions.days[sessions.days > day]
        if not later.size:
            raise InputError(
                f"the sessions of {calendar} are known until {sessions.known_until} only",
                "upgrade exchange-calendars: pip install -U exchange-calendars",
            )
        found.append(later[0])
    first: dt.date = min(found).astype(dt.date)
    return first


def _sessions_until(calendar: str, week: Week) -> Days:
    """Return an exchange's sessions from long before a week to its Sunday."""
    sessions = load_sessions(calendar, week.monday.year - 1, week.last.year)
    sunday = np.datetime64(week.last, "D")
    if sessions.known_until < sunday:
        raise InputError(
            f"the sessions of {calendar} are known until {sessions.known_until} only",
            "upgrade exchange-calendars: pip install -U exchange-calendars",
        )
    return sessions.days[sessions.days <= sunday]
