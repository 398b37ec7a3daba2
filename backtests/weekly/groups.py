"""Equal-weight means of the picks: all together, and by theme."""

import statistics
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from backtests.weekly.standing import Standing
from universes import Report


@dataclass(frozen=True)
class GroupMove:
    """What a group of picks did; means are fractions, None where no pick is known.

    Attributes
    ----------
    group : {"all", "theme"}
    key : str
        Which theme; empty for all.
    count, known, since_known : int
        Picks, those with a move in the week, and those with one since publication.
    own, benchmark, relative : float or None
        Means over the week.
    since_own, since_benchmark, since_relative : float or None
        Means since publication.
    """

    group: Literal["all", "theme"]
    key: str
    count: int
    known: int
    since_known: int
    own: float | None
    benchmark: float | None
    relative: float | None
    since_own: float | None
    since_benchmark: float | None
    since_relative: float | None


def sum_up_groups(report: Report, standings: Sequence[Standing]) -> tuple[GroupMove, ...]:
    """Return the means of all picks, then of each theme."""
    return tuple(_sum_up(report, standings))


def _sum_up(report: Report, standings: Sequence[Standing]) -> Iterator[GroupMove]:
    yield _mean_of("all", "", standings)
    for theme in report.themes:
        yield _mean_of("theme", theme.id, [each for each in standings if each.theme == theme.id])


def _mean_of(group: Literal["all", "theme"], key: str, standings: Sequence[Standing]) -> GroupMove:
    week = [each.week for each in standings if each.week.status == "scored"]
    since = [each.since for each in standings if each.since.status == "scored"]
    return GroupMove(
        group=group,
        key=key,
        count=len(standings),
        known=len(week),
        since_known=len(since),
        own=_mean(each.own for each in week),
        benchmark=_mean(each.benchmark for each in week),
        relative=_mean(each.relative for each in week),
        since_own=_mean(each.own for each in since),
        since_benchmark=_mean(each.benchmark for each in since),
        since_relative=_mean(each.relative for each in since),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None
