"""Where picks and benchmarks stand at the end of a week: their moves, and since publication."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backtests.convention import Convention
from backtests.outcome import Outcome
from backtests.scoring import (
    Recommendations,
    Scores,
    resolve_benchmarks,
    score_recommendations,
)
from backtests.weekly.freshness import Freshness
from backtests.weekly.week import Span, Week
from screener import Panel
from screener.calendar import Days, add_months
from screener.panel import Floats
from universes import RatingScale, Report, Symbol
from universes.rating import Basis, edges
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
    rose : bool
        Whether it is a better one than then.
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
    rose: bool
    due: dt.date | None


@dataclass(frozen=True)
class IndexMove:
    """One benchmark at the end of a week; ``since`` is from the first session after publication."""

    symbol: str
    week: Move
    since: Move


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
    known: Days
    themes: Mapping[str, Floats]


@dataclass(frozen=True)
class Standings:
    """All picks and benchmarks at the end of a week."""

    picks: tuple[Standing, ...]
    benchmarks: tuple[IndexMove, ...]
    course: Course


def find_standings(
    report: Report,
    scale: RatingScale,
    panel: Panel,
    basis: Basis,
    weeks: Sequence[Week],
    spans: Mapping[str, Span],
    freshness: Mapping[str, Freshness],
) -> Standings:
    """Measure every pick and benchmark over the last of the weeks, and since publication.

    Parameters
    ----------
    report : Report
    scale : RatingScale
    panel : Panel
        Nothing in it is later than the last week.
    basis : {"price", "total"}
    weeks : sequence of Week
        From that of the publication on.
    spans : mapping of str to Span
        Of the last week, by calendar.
    freshness : mapping of str to Freshness
        By symbol: what is stale is not measured.
    """
    named = dict.fromkeys(scale.benchmark_for(pick.market)[0] for pick in report.picks)
    indices, _ = resolve_benchmarks(list(named), panel, basis)
    symbols = (*(pick.symbol for pick in report.picks), *indices)
    benchmarks = (*(scale.benchmark_for(pick.market)[0] for pick in report.picks), *named)
    bounds = edges(scale.company, "scale")
    last = weeks[-1]
    # the week is measured from the last close on or before the Sunday before it
    past = _score(symbols, benchmarks, last.before.last, panel, "previous_close", basis)
    since = _score(symbols, benchmarks, report.publication.date, panel, "next_close", basis)
    ends = np.array([week.last for week in weeks], dtype="datetime64[D]")
    week_scores = score_recommendations(*past, bounds, ends[-1:])
    since_scores = score_recommendations(*since, bounds, ends)
    moves = [
        (
            _move_of_week(k, symbol, week_scores, last, spans, freshness),
            _move_since(k, symbol, since_scores, freshness),
        )
        for k, symbol in enumerate(symbols)
    ]
    count = len(report.picks)
    return Standings(
        picks=_stand(report, scale, since_scores, moves[:count]),
        benchmarks=tuple(
            IndexMove(str(index), *own) for index, own in zip(indices, moves[count:], strict=True)
        ),
        course=_follow_course(report, tuple(weeks), since_scores.relative[:count]),
    )


def _score(
    symbols: Sequence[Symbol],
    benchmarks: Sequence[Symbol],
    published: dt.date,
    panel: Panel,
    entry: str,
    basis: Basis,
) -> tuple[Recommendations, Panel, Convention]:
    days = np.full(len(symbols), np.datetime64(published, "D"))
    table = Recommendations(tuple(symbols), tuple(benchmarks), days)
    return table, panel, Convention(entry=entry, basis=basis)  # type: ignore[arg-type]


def _move_of_week(
    k: int,
    symbol: Symbol,
    scores: Scores,
    week: Week,
    spans: Mapping[str, Span],
    freshness: Mapping[str, Freshness],
) -> Move:
    state = freshness[str(symbol)].state
    outcome = Outcome(int(scores.outcome[k, 0]))
    if state != "missing" and np.isnat(spans[symbol.exchange.calendar].end):
        return Move("closed", outcome)
    if state == "stale":
        return Move("stale", outcome)
    last = freshness[str(symbol)].last
    if last is not None and last < week.monday:
        return Move("suspended", outcome)
    return _move(k, 0, scores, outcome)


def _move_since(k: int, symbol: Symbol, scores: Scores, freshness: Mapping[str, Freshness]) -> Move:
    outcome = Outcome(int(scores.outcome[k, -1]))
    if freshness[str(symbol)].state == "stale":
        return Move("stale", outcome)
    return _move(k, -1, scores, outcome)


def _move(k: int, h: int, scores: Scores, outcome: Outcome) -> Move:
    plan = scores.plan
    if outcome is not Outcome.SCORED:
        return Move(outcome.status, outcome, _day(plan.about[k, h]))
    return Move(
        status="scored",
        outcome=outcome,
        start=_day(plan.entry_day[k]),
        end=_day(plan.exit_day[k, h]),
        own=float(scores.own[k, h]),
        benchmark=float(scores.benchmark[k, h]),
        relative=float(scores.relative[k, h]),
        stale_sessions=int(plan.stale[k, h]),
    )


def _stand(
    report: Report, scale: RatingScale, scores: Scores, moves: Sequence[tuple[Move, Move]]
) -> tuple[Standing, ...]:
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    bands = [band.grade for band in reversed(scale.company)]
    due = add_months(scores.plan.entry_day, [scale.horizon_months])[:, 0]
    before = scores.grade[:, -2] if scores.grade.shape[1] > 1 else np.full(len(due), -1)
    return tuple(
        Standing(
            pick=pick,
            theme=theme,
            benchmark=str(scores.benchmarks[k]),
            week=week,
            since=since,
            grade=bands[scores.grade[k, -1]] if since.status == "scored" else None,
            grade_before=bands[before[k]] if before[k] >= 0 else None,
            rose=bool(scores.grade[k, -1] > before[k] >= 0),
            due=_day(due[k]),
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


def _day(day: np.datetime64) -> dt.date | None:
    return None if np.isnat(day) else day.astype(dt.date)
