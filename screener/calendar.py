"""The sessions of each exchange, from exchange_calendars.

The library takes most of a second to import and build a calendar, so what it says is kept in
the cache folder, under the library's version: another version is asked anew.
"""

import contextlib
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from screener.files import replace_file
from screener.home import cache_folder
from universes import InputError
from universes.content import content_hash
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
    kept = _cache_file(calendar, first_year, last_year)
    found = _read_cache(kept)
    if found is None:
        found = _ask_library(calendar, dt.date(first_year, 1, 1), dt.date(last_year, 12, 31))
        _write_cache(kept, found)
    days = np.array(found["days"], dtype="datetime64[D]")
    days = np.setdiff1d(days, np.array(_closed_days(calendar), dtype="datetime64[D]"))
    days.flags.writeable = False
    return Sessions(calendar, days, np.datetime64(found["known_until"], "D"))


def add_months(days: Days, months: Sequence[int]) -> Days:
    """Add calendar months to days; a day its month lacks becomes that month's last.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (K,)
        NaT stays NaT.
    months : sequence of int, length H

    Returns
    -------
    ndarray of datetime64[D], shape (K, H)

    Examples
    --------
    >>> add_months(np.array(["2024-08-31", "2024-11-30"], "datetime64[D]"), [3, 6]).astype(str)
    array([['2024-11-30', '2025-02-28'],
           ['2025-02-28', '2025-05-30']], dtype='<U28')
    """
    month = days.astype("datetime64[M]")
    past_first = (days - month.astype("datetime64[D]"))[:, None]
    target = month[:, None] + np.asarray(months, dtype="timedelta64[M]")
    first = target.astype("datetime64[D]")
    last = (target + np.timedelta64(1, "M")).astype("datetime64[D]") - np.timedelta64(1, "D")
    shifted: Days = np.minimum(first + past_first, last)
    return shifted


def _ask_library(calendar: str, start: dt.date, end: dt.date) -> dict[str, Any]:
    import exchange_calendars  # noqa: PLC0415 - slow, and asked once for each version

    try:
        found = exchange_calendars.get_calendar(calendar, start=start, end=end)
    except exchange_calendars.errors.InvalidCalendarName:
        raise InputError(f"unknown calendar {calendar!r}", "write a name such as XSHG") from None
    except ValueError:
        bounds = exchange_calendars.get_calendar(calendar)
        end = _clip(calendar, start, bounds.bound_min(), bounds.bound_max())
        found = exchange_calendars.get_calendar(calendar, start=start, end=end)
    days = found.sessions.to_numpy().astype("datetime64[D]")
    return {"days": days.astype(str).tolist(), "known_until": end.isoformat()}


def _clip(calendar: str, start: dt.date, first: Any, last: Any) -> dt.date:  # noqa: ANN401
    """Return the last day known, given the library's bounds (Timestamp or None)."""
    if last is None or start >= last.date() or (first is not None and start < first.date()):
        raise InputError(
            f"the sessions of {calendar} are not known for {start.year}",
            "upgrade exchange-calendars, or ask for other dates",
        )
    known: dt.date = last.date()
    return known


def _cache_file(calendar: str, first_year: int, last_year: int) -> Path:
    name = f"sessions-{calendar}-{first_year}-{last_year}-{version('exchange-calendars')}.json"
    return cache_folder() / name


def _read_cache(path: Path) -> dict[str, Any] | None:
    """Return what is kept, or None where nothing is or it does not match its hash."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        intact = kept.pop("sha256") == content_hash(kept)
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return None
    return dict(kept) if intact else None


def _write_cache(path: Path, found: dict[str, Any]) -> None:
    """Keep what the library said; a folder that cannot be written to costs time only."""
    with contextlib.suppress(OSError):
        replace_file(path, json.dumps({**found, "sha256": content_hash(found)}).encode())


@cache
def _closed_days(calendar: str) -> tuple[dt.date, ...]:
    overrides = read_toml(_OVERRIDES)
    if not overrides.has(calendar):
        return ()
    days = overrides.table(calendar).days("closed")
    overrides.faults.raise_if_any()
    return days
