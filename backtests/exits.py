"""Where recommendations are usually left and what their benchmarks earn, as tables to look up."""

from dataclasses import dataclass

import numpy as np

from backtests.levels import Levels
from backtests.outcome import Outcome
from backtests.schedule import Codes, Places, Schedule
from screener.panel import Floats


@dataclass(frozen=True)
class Exits:
    """What the session of entry alone tells of H horizons, over G exchanges and B benchmarks.

    Attributes
    ----------
    session : ndarray of int32, shape (G, S, H)
        On which each horizon ends, for an entry on each session; the one that is none, the last
        of S, unless it is told.
    outcome : ndarray of int8, shape (G, S, H)
        Whether it is told.
    earned : ndarray, shape (B, G, S, H)
        What the benchmark earns, a fraction; not a number where that is not known.
    """

    session: Places
    outcome: Codes
    earned: Floats


def lay_exits(schedule: Schedule, levels: Levels) -> Exits:
    """Lay out what the session of entry tells."""
    sessions = np.arange(schedule.days.shape[1])[:, None]
    early, late = schedule.ends < sessions, schedule.ends > schedule.told[:, None, None]
    choices = [Outcome.PENDING_ENTRY, Outcome.PENDING_EXIT]
    outcome = np.select([early, late], choices, Outcome.SCORED).astype(np.int8)
    session = np.where(early | late, sessions[-1], schedule.ends).astype(np.int32)
    exchange = np.arange(len(session))[:, None, None]
    earned = levels.at_exit[:, exchange, session] / levels.at_entry[..., None] - 1.0
    return Exits(session, outcome, earned)
