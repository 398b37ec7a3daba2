"""Where each recommendation was entered and left, as days and as rows of the panel."""

from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.outcome import Outcome
from backtests.schedule import Codes, Places, Schedule
from screener.calendar import Days

# said of the benchmark or the price of entry, where the exit itself was found
_FOUND = (
    Outcome.SCORED,
    Outcome.NO_OPEN,
    Outcome.PENDING_BENCHMARK,
    Outcome.NO_BENCHMARK,
)


@dataclass(frozen=True)
class Plan:
    """Where K picks are entered and left over H horizons, as rows of the panel.

    Attributes
    ----------
    entry_row : ndarray of int, shape (K,)
        -1 for none.
    entry_day : ndarray of datetime64[D], shape (K,)
        NaT for none.
    exit_row : ndarray of int, shape (K, H)
        The row of the latest close on or before the end of the horizon; -1 for none.
    exit_day : ndarray of datetime64[D], shape (K, H)
        The session on which the horizon ends; NaT where that is not known yet.
    about : ndarray of datetime64[D], shape (K, H)
        The session that the outcome speaks of; NaT for none.
    stale : ndarray of int, shape (K, H)
        Sessions between the exit price and the end of the horizon.
    """

    entry_row: Rows
    entry_day: Days
    exit_row: Rows
    exit_day: Days
    about: Days
    stale: Rows


def trace_plan(
    schedule: Schedule,
    calendar: Places,
    entry: Places,
    entered_about: Places,
    seen: Places,
    outcome: Codes,
    until: Places,
) -> Plan:
    """Turn sessions into days and rows.

    Parameters
    ----------
    schedule : Schedule
    calendar : ndarray of int, shape (K,)
        The place of each recommendation's exchange.
    entry, entered_about, seen, outcome, until
        As `backtests.loops` has them.
    """
    where, first = calendar[:, None], entry[:, None]
    there = first >= 0
    last = schedule.days.shape[1]
    end = np.where(there, schedule.ends[where[:, 0], np.maximum(entry, 0)], last)
    early = there & (end < first)
    end = np.where(early, end, np.minimum(end, until[:, None]))
    found = np.isin(outcome, _FOUND)
    exit_day = schedule.look_up_days(where, end)
    gap = outcome == Outcome.NOT_RECORDED
    about = np.where(gap, schedule.look_up_days(where, seen), exit_day)
    entry_about = schedule.look_up_days(calendar, entered_about)[:, None]
    return Plan(
        entry_row=np.where(entry >= 0, schedule.rows[calendar, np.maximum(entry, 0)], -1),
        entry_day=schedule.look_up_days(calendar, entry),
        exit_row=np.where(found, schedule.rows[where, np.maximum(seen, 0)], -1),
        exit_day=exit_day,
        about=np.where(~there | early, entry_about, about),
        stale=np.where(found, end - seen, 0),
    )
