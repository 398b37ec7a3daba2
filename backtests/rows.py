"""One row for each pick and horizon: what happened and what it earned."""

import datetime as dt
from dataclasses import dataclass

import numpy as np

from backtests.convention import Convention
from backtests.outcome import Outcome
from backtests.scoring import Scores
from universes import Level, RatingScale, Report
from universes.text import Text


@dataclass(frozen=True)
class Row:
    """What became of one pick over one horizon.

    Attributes
    ----------
    symbol : str
    name : Text
    theme, level, market : str
        Ids, as in the report.
    benchmark : str
        Symbol of the index it is set against.
    entry_date, exit_date : date or None
        Sessions of the pick's exchange; the exit is the last of the horizon. None where there
        was no entry, or where the calendar does not reach that far yet.
    horizon_months : int
    basis : str
        Of the pick's return: price or total.
    own_return, benchmark_return, relative : float or None
        Fractions; None unless scored.
    grade : str or None
        Id of the band earned; None unless scored.
    hit : bool or None
        Whether a recommended pick earned a grade that keeps the promise; None for other levels
        and unless scored.
    outcome : Outcome
        Gives the status; anything but SCORED is the reason for it.
    about : date or None
        The session the outcome speaks of.
    stale_sessions : int
        Sessions by which the exit price is older than the exit date, the share being halted.
    mixed : bool
        Whether a total return is set against a price index.
    """

    symbol: str
    name: Text
    theme: str
    level: Level
    market: str
    benchmark: str
    entry_date: dt.date | None
    exit_date: dt.date | None
    horizon_months: int
    basis: str
    own_return: float | None
    benchmark_return: float | None
    relative: float | None
    grade: str | None
    hit: bool | None
    outcome: Outcome
    about: dt.date | None
    stale_sessions: int
    mixed: bool

    @property
    def status(self) -> str:
        """The word for the outcome: scored, pending or unscored."""
        return self.outcome.status


def make_rows(
    report: Report, scale: RatingScale, convention: Convention, scores: Scores
) -> tuple[Row, ...]:
    """Return a row for each pick and horizon, in the report's order, shortest horizon first.

    Parameters
    ----------
    report : Report
        Its K picks are those of ``scores``.
    scale : RatingScale
    convention : Convention
    scores : Scores
    """
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    bands = tuple(reversed(scale.company))
    plan = scores.plan
    rows = []
    for k, (pick, theme) in enumerate(zip(report.picks, themes, strict=True)):
        for h, months in enumerate(convention.horizons):
            outcome = Outcome(int(scores.outcome[k, h]))
            band = bands[scores.grade[k, h]] if outcome is Outcome.SCORED else None
            about = plan.entry_day[k] if outcome is Outcome.NO_OPEN else plan.about[k, h]
            rows.append(
                Row(
                    symbol=str(pick.symbol),
                    name=pick.name,
                    theme=theme,
                    level=pick.level,
                    market=pick.market.id,
                    benchmark=str(scores.benchmarks[k]),
                    entry_date=_day(plan.entry_day[k]),
                    exit_date=_day(plan.exit_day[k, h]),
                    horizon_months=months,
                    basis=convention.basis,
                    own_return=_number(scores.own[k, h]),
                    benchmark_return=_number(scores.benchmark[k, h]),
                    relative=_number(scores.relative[k, h]),
                    grade=band.grade if band else None,
                    hit=band.hit if band and pick.level == "recommend" else None,
                    outcome=outcome,
                    about=_day(about),
                    stale_sessions=int(plan.stale[k, h]) if band else 0,
                    mixed=bool(scores.mixed[k]),
                )
            )
    return tuple(rows)


def _day(day: np.datetime64) -> dt.date | None:
    return None if np.isnat(day) else day.astype(dt.date)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
