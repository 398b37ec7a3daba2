"""Days and moments of a table as local days of the exchanges its securities are listed on."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.ratings.cells import Moment, advise_date, is_missing, read_moment
from screener.ratings.columns import Cells, Codes
from screener.ratings.judge import Judge, Note

_DAY = 86400
# offsets from UTC change at full quarters of an hour
_QUARTER = 900
_SHOWN = 40
_BLANK = Moment(0, None)

Zones = tuple[str, ...]


def read_days(
    cells: Cells, zones: Zones, zone: Codes, judge: Judge, reason: str, *, optional: bool
) -> Days:
    """Read a column of days and moments.

    Parameters
    ----------
    cells : Cells
    zones : tuple of str
        IANA names.
    zone : ndarray of int32, shape (N,)
        That of each row's exchange.
    judge : Judge
        Is told of rows without a day.
    reason : str
    optional : bool
        Whether a cell may say nothing.

    Returns
    -------
    ndarray of datetime64[D], shape (N,)
        NaT where a cell says nothing or no day.
    """
    blank = [optional and is_missing(value) for value in cells.values]
    found = [
        _BLANK if nothing else read_moment(value)
        for value, nothing in zip(cells.values, blank, strict=True)
    ]
    notes = [
        None if moment else _tell(value) for moment, value in zip(found, cells.values, strict=True)
    ]
    judge.refuse_values(reason, cells.codes, notes)
    given = [moment or _BLANK for moment in found]
    day = np.array([moment.day for moment in given], np.int64)[cells.codes]
    timed = np.array([moment.seconds is not None for moment in given], np.bool_)[cells.codes]
    if timed.any():
        seconds = np.array([moment.seconds or 0 for moment in given], np.int64)[cells.codes[timed]]
        day[timed] = _to_local(seconds, zones, zone[timed])
    days = day.astype("datetime64[D]")
    none = [moment is None or nothing for moment, nothing in zip(found, blank, strict=True)]
    days[np.array(none, np.bool_)[cells.codes]] = np.datetime64("NaT", "D")
    return days


def refuse_future(published: Days, as_of: dt.date, judge: Judge) -> None:
    """Refuse the rows that were not known by a day."""
    days, code = np.unique(published, return_inverse=True)
    remedy = f"what is known after {as_of} is no part of a ranking as of it"
    notes = [
        (f"{day} is still to come", remedy) if late else None
        for day, late in zip(days, (days > np.datetime64(as_of)).tolist(), strict=True)
    ]
    judge.refuse_values("future_date", code.astype(np.int32), notes)


def _to_local(seconds: npt.NDArray[np.int64], zones: Zones, zone: Codes) -> npt.NDArray[np.int64]:
    """Return days since 1970-01-01 of instants, each in its own zone."""
    day = np.zeros(len(seconds), np.int64)
    for place, name in enumerate(zones):
        own = zone == place
        quarters, code = np.unique(seconds[own] // _QUARTER, return_inverse=True)
        offsets = [_offset(ZoneInfo(name), quarter * _QUARTER) for quarter in quarters.tolist()]
        day[own] = (seconds[own] + np.array(offsets, np.int64)[code]) // _DAY
    return day


def _offset(zone: ZoneInfo, seconds: int) -> int:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    ahead = moment.astimezone(zone).utcoffset()
    return 0 if ahead is None else int(ahead.total_seconds())


def _tell(text: str) -> Note:
    return f"{text[:_SHOWN]!r} is no day", advise_date(text)
