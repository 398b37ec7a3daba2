"""Which week is the last that is over."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

import numpy as np

from backtests.weekly.week import Week, measure_span
from screener.tasks.finality import last_final_session
from universes.exchange import Exchange

# whose Saturday ends a week; by then every exchange has been told of its Friday, or is waited for
_ZONE = ZoneInfo("Asia/Shanghai")
_TO_SATURDAY = dt.timedelta(days=5)


def last_week_over(exchanges: Iterable[Exchange], now: np.datetime64) -> Week:
    """Return the last week whose every session is over and final.

    Parameters
    ----------
    exchanges : iterable of Exchange
    now : datetime64[s]
        In UTC.

    Raises
    ------
    InputError
        If the sessions of the week are not known.
    """
    finals = {each.calendar: last_final_session(each, now) for each in exchanges}
    local = now.astype(dt.datetime).replace(tzinfo=dt.UTC).astimezone(_ZONE)
    week = Week.of(local.date() - _TO_SATURDAY)
    while any(measure_span(week, name).expected > final for name, final in finals.items()):
        week = week.before
    return week
