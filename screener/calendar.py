"""The sessions of each exchange."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import exchange_calendars
import numpy as np
import numpy.typing as npt

from universes import InputError
from universes.tables import read_toml

Days = npt.NDArray[np.datetime64]

_OVERRIDES = Path(__file__).parent / "calendars.toml"


@dataclass(frozen=True)
class Sessions:
    """The sessions of one exchange.

    Attributes
    ----------
    calendar : str
        Name in exchange_calendars.
    days : ndarray of datetime64[D], shape (S,)
        Ascending.
    known_until : datetime64[D]
        The last day for which it is known whether it is a session.
    """

    calendar: str
    days: Days
    known_until: np.datetime64


@cache
def load_sessions(calendar: str, first_year: int, last_year: int) -> Sessions:
    """Return an exchange's sessions from the first day of one year to the last of another.

    Parameters
    ----------
    calendar : str
        Name in exchange_calendars, such as ``XSHG`` or ``XHKG``.
    first_year, last_year : int
        Where the library knows no holidays yet the sessions end early; ``known_until`` says so.

    Raises
    ------
    InputError
        If the calendar is unknown, or knows nothing of the first year.

    Examples
    --------
    >>> days = load_sessions("XHKG", 2024, 2024).days
    >>> np.datetime64("2024-09-05") in days, np.datetime64("2024-09-06") in days
    (True, False)
    """
    start, end = dt.date(first_year, 1, 1), dt.date(last_year, 12, 31)
    try:
        found = exchange_calendars.get_calendar(calendar, start=start, end=end)
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"unknown calendar {calendar!r}", "write a name such as XSHG") from None
    except ValueError:
        end = _last_known(calendar, start)
        found = exchange_calendars.get_calendar(calendar, start=start, end=end)
    days = found.sessions.to_numpy().astype("datetime64[D]")
    days = np.setdiff1d(days, np.array(_closed_days(calendar), dtype="datetime64[D]"))
    days.flags.writeable = False
    return Sessions(calendar, days, np.datetime64(end, "D"))


def _last_known(calendar: str, start: dt.date) -> dt.date:
    """Return the last day whose holidays the library knows."""
    bounds = exchange_calendars.get_calendar(calendar)
    first, last = bounds.bound_min(), bounds.bound_max()
    if (first is not None and start < first.date()) or (last is not None and start >= last.date()):
        raise InputError(
            f"the sessions of {calendar} are not known for {start.year}",
            "upgrade exchange-calendars, or ask for other dates",
        )
    return last.date() if last is not None else start


@cache
def _closed_days(calendar: str) -> tuple[dt.date, ...]:
    overrides = read_toml(_OVERRIDES)
    if not overrides.has(calendar):
        return ()
    days = overrides.table(calendar).days("closed")
    overrides.faults.raise_if_any()
    return days
