"""What a simulated portfolio did over a week."""

import numpy as np

from backtests.portfolio.result import Run
from backtests.weekly.week import Week


def move_of_run(run: Run, week: Week) -> tuple[float, float] | None:
    """Return a portfolio's return over a week, and its benchmark's.

    Parameters
    ----------
    run : Run
        As of the end of the week.
    week : Week

    Returns
    -------
    (float, float) or None
        Fractions, from the last close known before Monday, or from the first decision where
        that lies in the week. None where the portfolio had ended by Monday.
    """
    curve = run.curve
    monday = np.datetime64(week.monday, "D")
    base = max(int(np.searchsorted(curve.dates, monday)) - 1, 0)
    if curve.dates[-1] < monday:
        return None
    own, benchmark = curve.equity, curve.benchmark
    return float(own[-1] / own[base] - 1.0), float(benchmark[-1] / benchmark[base] - 1.0)
