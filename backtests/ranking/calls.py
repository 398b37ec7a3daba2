"""Makes calls of ratings: what is reiterated, and what a rating of another stance closes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.compiled import compiled
from backtests.kernel import Rows
from backtests.ranking.terms import By
from backtests.schedule import Codes
from screener.calendar import Days, add_months
from screener.ratings.table import Ratings

# ratings from which on compiling, or loading what was compiled, saves time
_WORTH_COMPILING = 1_000_000
BETWEEN_AUTHORS = "、"
_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True, eq=False)
class Calls:
    """The N calls of I sources, by source, symbol and day.

    Attributes
    ----------
    sources : tuple of str
        In order; ``house / author`` where authors are told apart.
    houses, authors : tuple of str, length I
    source : ndarray of int, shape (N,)
    rating : ndarray of int, shape (N,)
        The place of the rating that opened it, in the table.
    reiterations : ndarray of int, shape (N,)
    open_until : ndarray of datetime64[D], shape (N,)
        The last day on which a rating of the same stance is a reiteration.
    closed_on : ndarray of datetime64[D], shape (N,)
        The day of the rating that closed it; NaT for none.
    without_author : int
        Ratings that belong to nobody.
    """

    sources: tuple[str, ...]
    houses: tuple[str, ...]
    authors: tuple[str, ...]
    source: Rows
    rating: Rows
    reiterations: Rows
    open_until: Days
    closed_on: Days
    without_author: int

    def __len__(self) -> int:
        return len(self.source)

    def take(self, rows: Rows) -> "Calls":
        """Return some calls, ascending, and their sources alone."""
        present, source = np.unique(self.source[rows], return_inverse=True)
        own = present.tolist()
        return Calls(
            sources=tuple(self.sources[i] for i in own),
            houses=tuple(self.houses[i] for i in own),
            authors=tuple(self.authors[i] for i in own),
            source=source,
            rating=self.rating[rows],
            reiterations=self.reiterations[rows],
            open_until=self.open_until[rows],
            closed_on=self.closed_on[rows],
            without_author=self.without_author,
        )


def make_calls(ratings: Ratings, by: By, months: int) -> Calls:
    """Make calls of ratings.

    Parameters
    ----------
    ratings : Ratings
    by : {"house", "analyst"}
    months : int
        The least number of months that a call is open.
    """
    source, rating, names = _attribute(ratings, by)
    day = ratings.published[rating]
    usual = np.array([scale.horizon_months for scale in ratings.scales], dtype=np.intp)
    stated = ratings.months[rating].astype(np.intp)
    open_for = np.where(stated > 0, stated, usual[ratings.scale[rating]])
    ends = _add_each(day, np.maximum(open_for, months))
    order = np.lexsort(
        (
            ratings.line[rating],
            -np.nan_to_num(ratings.target[rating], nan=-np.inf),
            -ratings.band[rating],
            day,
            ratings.symbol[rating],
            source,
        )
    )
    source, rating, day, ends = source[order], rating[order], day[order], ends[order]
    group = source * len(ratings.symbols) + ratings.symbol[rating]
    call, closer = np.empty(len(order), np.intp), np.full(len(order), -1, np.intp)
    last = np.empty(len(order), np.intp)
    loop = compiled(join_each) if len(order) >= _WORTH_COMPILING else join_each
    stance = ratings.stance[rating]
    loop(group, day.astype(np.intp), stance, ends.astype(np.intp), call, closer, last)
    heads = np.flatnonzero(np.diff(call, prepend=-1))
    closed = closer[: len(heads)]
    return Calls(
        sources=tuple(name for name, _, _ in names),
        houses=tuple(house for _, house, _ in names),
        authors=tuple(author for _, _, author in names),
        source=source[heads].astype(np.intp),
        rating=rating[heads].astype(np.intp),
        reiterations=np.diff(np.append(heads, len(order))) - 1,
        open_until=last[: len(heads)].astype("datetime64[D]"),
        closed_on=np.where(closed >= 0, day[np.maximum(closed, 0)], _NEVER),
        without_author=_count_nobodys(ratings) if by == "analyst" else 0,
    )


def join_each(
    group: Rows,
    day: Rows,
    stance: Codes,
    ends: Rows,
    call: Rows,
    closer: Rows,
    last: Rows,
) -> None:
    """Give each rating its call; it can be compiled, and gives the same when it is not.

    Parameters
    ----------
    group : ndarray of int, shape (R,)
        Of source and symbol; ratings of one stand together, by day.
    day : ndarray of int, shape (R,)
    stance : ndarray of int8, shape (R,)
    ends : ndarray of int, shape (R,)
        The last day on which a call is open for this rating's sake.
    call : ndarray of int, shape (R,)
        Written to: the number of each rating's call, ascending from 0.
    closer, last : ndarray of int, shape (R,)
        Written to, by call: the rating that closed it, -1 for none, and the last day on which it
        was open.
    """
    current = -1
    head = 0
    for k in range(len(group)):
        follows = k > 0 and group[k] == group[k - 1] and day[k] <= last[current]
        if follows and stance[k] == stance[head]:
            last[current] = max(last[current], ends[k])
        else:
            if follows:
                closer[current] = k
            current += 1
            head = k
            closer[current] = -1
            last[current] = ends[k]
        call[k] = current


def _attribute(ratings: Ratings, by: By) -> tuple[Rows, Rows, list[tuple[str, str, str]]]:
    """Return each rating's source, its place in the table, and the sources' names."""
    everyone = np.arange(len(ratings.published))
    if by == "house":
        return (
            ratings.house.astype(np.intp),
            everyone,
            [(house, house, "") for house in ratings.houses],
        )
    pairs = ratings.house.astype(np.int64) * len(ratings.analysts) + ratings.analyst
    teams, team = np.unique(pairs, return_inverse=True)
    members = [
        [(ratings.houses[pair // len(ratings.analysts)], author) for author in _split(names)]
        for pair in teams.tolist()
        for names in [ratings.analysts[pair % len(ratings.analysts)]]
    ]
    known = sorted({member for each in members for member in each})
    place = {member: n for n, member in enumerate(known)}
    sizes = np.array([len(each) for each in members], dtype=np.intp)
    codes = np.array([place[member] for each in members for member in each], dtype=np.intp)
    first = np.cumsum(sizes) - sizes
    count = sizes[team]
    rating = np.repeat(everyone, count)
    within = np.arange(len(rating)) - np.repeat(np.cumsum(count) - count, count)
    source = codes[first[team[rating]] + within]
    return source, rating, [(f"{house} / {author}", house, author) for house, author in known]


def _split(names: str) -> list[str]:
    return list(dict.fromkeys(name for name in names.split(BETWEEN_AUTHORS) if name))


def _count_nobodys(ratings: Ratings) -> int:
    nobody = [not _split(names) for names in ratings.analysts]
    return int(np.array(nobody, dtype=np.bool_)[ratings.analyst].sum())


def _add_each(days: Days, months: Sequence[int] | Rows) -> Days:
    """Add each day its own number of calendar months."""
    distinct, which = np.unique(months, return_inverse=True)
    ends = np.empty_like(days)
    for n, count in enumerate(distinct.tolist()):
        mine = which == n
        ends[mine] = add_months(days[mine], [count])[:, 0]
    return ends
