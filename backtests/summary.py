"""Sums up rows by theme, level and market."""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from backtests.convention import Convention
from backtests.kernel import grade_indices
from backtests.rows import Row
from universes import RatingScale, Report
from universes.rating import edges
from universes.report import LEVELS, PICK_LEVELS

_Z_95 = statistics.NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Summary:
    """What became of a group of picks over one horizon.

    Attributes
    ----------
    group : str
        What the picks have in common: all, theme, level or market.
    key : str
        Which theme, level or market; empty for all.
    horizon_months : int
    count, scored, pending, unscored : int
        Rows, and how many have each status.
    mean, median : float or None
        Of the relative return over the scored rows, a fraction; None where none is scored.
    rated, hits : int
        Scored rows that were recommended, and how many of them are hits.
    hit_rate, hit_rate_low, hit_rate_high : float or None
        The share of hits, with its 95% Wilson interval.
    grades : dict of str to int
        Scored rows by grade, best first.
    industry_view : str or None
        For a theme: the report's view of it.
    industry_grade : str or None
        For a theme: what the mean earned on the standard's industry bands, where it has any.
    """

    group: str
    key: str
    horizon_months: int
    count: int
    scored: int
    pending: int
    unscored: int
    mean: float | None
    median: float | None
    rated: int
    hits: int
    hit_rate: float | None
    hit_rate_low: float | None
    hit_rate_high: float | None
    grades: dict[str, int]
    industry_view: str | None = None
    industry_grade: str | None = None


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the 95% Wilson score interval of a proportion.

    Parameters
    ----------
    hits, count : int
        Count is above zero.

    References
    ----------
    Wilson (1927), Journal of the American Statistical Association 22(158), eq. 3.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson_interval(10, 20)]
    [0.2993, 0.7007]
    """
    share = hits / count
    spread = _Z_95**2 / count
    centre = share + spread / 2
    half = math.sqrt(share * (1 - share) * spread + spread**2 / 4)
    low, high = (centre - half) / (1 + spread), (centre + half) / (1 + spread)
    # all hits give one on paper, and a hair less or more in binary
    return low, 1.0 if hits == count else high


def summarise(
    rows: Sequence[Row], report: Report, scale: RatingScale, convention: Convention
) -> tuple[Summary, ...]:
    """Sum rows up for each horizon: all picks, then by theme, level and market.

    Mentions are summed up as a level of their own and nowhere else.

    Parameters
    ----------
    rows : sequence of Row
    report : Report
        Gives each theme's industry view.
    scale : RatingScale
        Its industry bands grade each theme's mean, which is that of an equal-weight basket with
        each pick set against its own benchmark.
    convention : Convention
    """
    picks = [row for row in rows if row.level in PICK_LEVELS]
    groups = [
        ("all", "", picks),
        *_split("theme", picks, lambda row: row.theme),
        *_split("level", sorted(rows, key=_level_order), lambda row: row.level),
        *_split("market", picks, lambda row: row.market),
    ]
    views = {theme.id: theme.industry_view for theme in report.themes}
    summaries = []
    for months in convention.horizons:
        for group, key, members in groups:
            at = [row for row in members if row.horizon_months == months]
            summary = _sum_up(group, key, months, at, scale)
            if group == "theme":
                grade = _grade_industry(summary.mean, scale, convention)
                summary = replace(summary, industry_view=views[key], industry_grade=grade)
            summaries.append(summary)
    return tuple(summaries)


def _level_order(row: Row) -> int:
    return LEVELS.index(row.level)


def _split(
    group: str, rows: Sequence[Row], key_of: Callable[[Row], str]
) -> Iterator[tuple[str, str, list[Row]]]:
    for key in dict.fromkeys(key_of(row) for row in rows):
        yield group, key, [row for row in rows if key_of(row) == key]


def _sum_up(group: str, key: str, months: int, rows: Sequence[Row], scale: RatingScale) -> Summary:
    relative = [row.relative for row in rows if row.relative is not None]
    hits = [row.hit for row in rows if row.hit is not None]
    low, high = wilson_interval(sum(hits), len(hits)) if hits else (None, None)
    grades = [row.grade for row in rows]
    statuses = [row.status for row in rows]
    return Summary(
        group=group,
        key=key,
        horizon_months=months,
        count=len(rows),
        scored=statuses.count("scored"),
        pending=statuses.count("pending"),
        unscored=statuses.count("unscored"),
        mean=statistics.fmean(relative) if relative else None,
        median=statistics.median(relative) if relative else None,
        rated=len(hits),
        hits=sum(hits),
        hit_rate=sum(hits) / len(hits) if hits else None,
        hit_rate_low=low,
        hit_rate_high=high,
        grades={band.grade: grades.count(band.grade) for band in scale.company},
    )


def _grade_industry(mean: float | None, scale: RatingScale, convention: Convention) -> str | None:
    if mean is None or not scale.industry:
        return None
    placed = grade_indices(np.array([mean]), edges(scale.industry, convention.boundary))
    return scale.industry[len(scale.industry) - 1 - int(placed[0])].grade
