"""Where each pick stands at the end of a week: its move, and its way since publication."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.convention import Convention
from backtests.kernel import Rows
from backtests.outcome import Outcome
from backtests.schedule import Flags
from backtests.scoring import Recommendations, Scores, score_recommendations
from backtests.weekly.week import Week, measure_span
from backtests.weekly.week_end import WeekEnd
from screener.calendar import add_months
from screener.panel import Floats
from universes import RatingScale, Report, Symbol
from universes.rating import edges
from universes.report import Pick


@dataclass(frozen=True)
class Move:
    """What a security did between two of its exchange's sessions.

    Attributes
    ----------
    status : str
        ``scored``; ``closed``: its exchange had no session; ``suspended``: it had no close;
        ``stale``: the prices of its exchange end before; ``pending`` and ``unscored`` as the
        outcome says.
    outcome : Outcome
    about : date or None
        The session the outcome speaks of.
    start, end : date or None
        The days of the first close and of the last session; None unless scored.
    own, benchmark, relative : float or None
        Fractions; None unless scored.
    stale_sessions : int
        Sessions by which the last close is older than ``end``.
    """

    status: str
    outcome: Outcome
    about: dt.date | None = None
    start: dt.date | None = None
    end: dt.date | None = None
    own: float | None = None
    benchmark: float | None = None
    relative: float | None = None
    stale_sessions: int = 0


@dataclass(frozen=True)
class Standing:
    """One pick at the end of a week.

    Attributes
    ----------
    pick : Pick
    theme : str
    benchmark : str
        Symbol of the index it is set against.
    week : Move
    since : Move
        From its entry on.
    grade, grade_before : str or None
        Id of the band that its relative return since the entry falls in at the end of the week,
        and at the end of the week before.
    due : date or None
        The day on which the horizon of the rating ends; None where there was no entry.
    """

    pick: Pick
    theme: str
    benchmark: str
    week: Move
    since: Move
    grade: str | None
    grade_before: str | None
    due: dt.date | None

    def days_left(self, day: dt.date) -> int | None:
        """Return the calendar days from a day until the horizon ends; None without an entry."""
        return max((self.due - day).days, 0) if self.due else None


@dataclass(frozen=True)
class Course:
    """The picks' mean relative return from their entries to the end of each week, W in all.

    Attributes
    ----------
    weeks : tuple of Week, length W
    mean : ndarray, shape (W,)
        Over the picks that can be told, a fraction; not a number where none can.
    known : ndarray of int, shape (W,)
        How many those are.
    themes : mapping of str to ndarray, shape (W,)
        The mean of each theme's picks.
    """

    weeks: tuple[Week, ...]
    mean: Floats
    known: Rows
    themes: Mapping[str, Floats]

    @property
    def has_line(self) -> bool:
        """Whether two weeks or more can be told."""
        return int(np.isfinite(self.mean).sum()) > 1


@dataclass(frozen=True)
class Standings:
    """All picks at the end of a week, and their way there."""

    picks: tuple[Standing, ...]
    course: Course


def find_standings(
    report: Report, scale: RatingScale, end: WeekEnd, weeks: Sequence[Week]
) -> Standings:
    """Measure every pick over the last of the weeks, and since publication.

    Parameters
    ----------
    report : Report
    scale : RatingScale
    end : WeekEnd
        Of the last week.
    weeks : sequence of Week
        From that of the first session after the publication on.
    """
    symbols = [pick.symbol for pick in report.picks]
    benchmarks = [scale.benchmark_for(pick.market)[0] for pick in report.picks]
    bounds = edges(scale.company, "scale")
    last, ends = weeks[-1], np.array([week.last for week in weeks], dtype="datetime64[D]")
    # the week is measured from the last close on or before the Sunday before it
    past = _lay_table(symbols, benchmarks, last.before.last)
    since = _lay_table(symbols, benchmarks, report.publication.date)
    before, usual = Convention(entry="previous_close", basis=end.basis), Convention(basis=end.basis)
    week_scores = score_recommendations(past, end.panel, before, bounds, ends[-1:])
    scores = score_recommendations(since, end.panel, usual, bounds, ends)
    stale = _find_stale(symbols, weeks, end)
    moves = [
        (
            _move_of_week(k, symbol, week_scores, end, stale=stale[k, -1]),
            Move("stale", _outcome(scores, k, -1)) if stale[k, -1] else _move(k, -1, scores),
        )
        for k, symbol in enumerate(symbols)
    ]
    return Standings(
        picks=_stand(report, scale, scores, moves, stale),
        course=_follow_course(report, tuple(weeks), np.where(stale, np.nan, scores.relative)),
    )


def _lay_table(
    symbols: Sequence[Symbol], benchmarks: Sequence[Symbol], published: dt.date
) -> Recommendations:
    days = np.full(len(symbols), np.datetime64(published, "D"))
    return Recommendations(tuple(symbols), tuple(benchmarks), days)


def _find_stale(symbols: Sequence[Symbol], weeks: Sequence[Week], end: WeekEnd) -> Flags:
    """Tell at the end of which weeks no share of a pick's exchange has the close expected.

    A pick without any close is not stale: there is nothing that could be.
    """
    stale = {
        calendar: [
            not end.records(calendar, measure_span(week, calendar).expected) for week in weeks
        ]
        for calendar in {symbol.exchange.calendar for symbol in symbols}
    }
    known = [end.freshness[str(symbol)].last is not None for symbol in symbols]
    ended = np.array([stale[symbol.exchange.calendar] for symbol in symbols], dtype=np.bool_)
    return np.asarray(ended & np.array(known)[:, None])


def _move_of_week(
    k: int,
    symbol: Symbol,
    scores: Scores,
    end: WeekEnd,
    *,
    stale: bool,
) -> Move:
    found, outcome = end.freshness[str(symbol)], _outcome(scores, k, 0)
    if found.last is None:
        return _move(k, 0, scores)
    if np.isnat(end.span_of(symbol).end):
        return Move("closed", outcome)
    if stale:
        return Move("stale", outcome)
    return Move("suspended", outcome) if found.last < end.week.monday else _move(k, 0, scores)


def _outcome(scores: Scores, k: int, h: int) -> Outcome:
    return Outcome(int(scores.outcome[k, h]))


def _move(k: int, h: int, scores: Scores) -> Move:
    plan, outcome = scores.plan, _outcome(scores, k, h)
    if outcome is not Outcome.SCORED:
        return Move(outcome.status, outcome, to_date(plan.about[k, h]))
    return Move(
        status="scored",
        outcome=outcome,
        start=to_date(plan.entry_day[k]),
        end=to_date(plan.exit_day[k, h]),
        own=float(scores.own[k, h]),
        benchmark=float(scores.benchmark[k, h]),
        relative=float(scores.relative[k, h]),
        stale_sessions=int(plan.stale[k, h]),
    )


def _stand(
    report: Report,
    scale: RatingScale,
    scores: Scores,
    moves: Sequence[tuple[Move, Move]],
    stale: Flags,
) -> tuple[Standing, ...]:
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    bands = [band.grade for band in reversed(scale.company)]
    due = add_months(scores.plan.entry_day, [scale.horizon_months])[:, 0]
    grades = np.where(stale, -1, scores.grade)
    now, before = grades[:, -1], grades[:, -2] if grades.shape[1] > 1 else np.full(len(due), -1)
    return tuple(
        Standing(
            pick=pick,
            theme=theme,
            benchmark=str(scores.benchmarks[k]),
            week=week,
            since=since,
            grade=bands[now[k]] if now[k] >= 0 else None,
            grade_before=bands[before[k]] if before[k] >= 0 else None,
            due=to_date(due[k]),
        )
        for k, (pick, theme, (week, since)) in enumerate(
            zip(report.picks, themes, moves, strict=True)
        )
    )


def _follow_course(report: Report, weeks: tuple[Week, ...], relative: Floats) -> Course:
    themes = np.array([theme.id for theme in report.themes for _ in theme.picks])
    return Course(
        weeks=weeks,
        mean=_mean(relative),
        known=np.isfinite(relative).sum(axis=0),
        themes={theme.id: _mean(relative[themes == theme.id]) for theme in report.themes},
    )


def _mean(relative: Floats) -> Floats:
    """Return the mean of each column over what is known; not a number where nothing is."""
    known = np.isfinite(relative)
    count = known.sum(axis=0)
    total = np.where(known, relative, 0.0).sum(axis=0)
    mean: Floats = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)
    return mean


def to_date(day: np.datetime64) -> dt.date | None:
    """Return a day as a date; None for NaT."""
    return None if np.isnat(day) else day.astype(dt.date)
