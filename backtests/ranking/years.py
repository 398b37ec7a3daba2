"""What a source's calls earned by the year they were published in."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class YearScore:
    """The calls of one source and one year.

    Attributes
    ----------
    year : int
        Of publication.
    calls : int
        All, whatever became of them.
    n, hits : int
        Scored calls that are not neutral, and those whose grade earned has the call's stance.
    hit_rate, mean : float or None
        Of the n, as fractions, the mean with the sign turned for bearish calls; None without any.
    """

    year: int
    calls: int
    n: int
    hits: int
    hit_rate: float | None
    mean: float | None


def by_year(rows: Sequence[Mapping[str, Any]]) -> tuple[YearScore, ...]:
    """Sum calls up by year, newest first.

    Parameters
    ----------
    rows : sequence of mapping
        Calls of one source, as `Ranking.rows` has them.
    """
    years: dict[int, list[Mapping[str, Any]]] = {}
    for row in rows:
        years.setdefault(int(row["date"][:4]), []).append(row)
    return tuple(_sum_up(year, years[year]) for year in sorted(years, reverse=True))


def _sum_up(year: int, rows: Sequence[Mapping[str, Any]]) -> YearScore:
    counted = [row for row in rows if row["status"] == "scored" and row["stance"]]
    n, hits = len(counted), sum(bool(row["hit"]) for row in counted)
    return YearScore(
        year=year,
        calls=len(rows),
        n=n,
        hits=hits,
        hit_rate=hits / n if n else None,
        mean=math.fsum(row["x"] for row in counted) / n if n else None,
    )
