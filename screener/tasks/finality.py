"""Which session is the last whose daily bars no longer change."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from screener.calendar import Days, load_sessions
from universes import InputError
from universes.exchange import Exchange


def last_final_session(
    exchange: Exchange, now: np.datetime64, further: Days | None = None
) -> np.datetime64:
    """Return the last session of an exchange that is over at a moment.

    The bar of a session that is under way is a part of one, and is never kept.

    Parameters
    ----------
    exchange : Exchange
    now : datetime64[s]
        In UTC.
    further : ndarray of datetime64[D], optional
        Sessions as a vendor tells them, for days that the calendar library does not know.

    Raises
    ------
    InputError
        If it is not known whether the day is a session.
    """
    local = now.astype(dt.datetime).replace(tzinfo=dt.UTC).astimezone(ZoneInfo(exchange.timezone))
    today = np.datetime64(local.date(), "D")
    known = load_sessions(exchange.calendar, local.year - 1, local.year)
    sessions = known.days
    if today > known.known_until:
        if further is None or not len(further) or further.max() < today:
            raise InputError(
                f"the sessions of {exchange.calendar} are known until {known.known_until} only",
                "upgrade exchange-calendars: pip install -U exchange-calendars",
            )
        sessions = np.union1d(sessions, further[further > known.known_until])
    final = dt.datetime.combine(local.date(), exchange.final_at, local.tzinfo)
    last: np.datetime64 = sessions[sessions < today if local < final else sessions <= today][-1]
    return last
