"""Formations: what a rule found at a month's end, and on which days months end."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from backtests.sessions import lay_axis
from screener import Panel
from screener.calendar import load_sessions
from universes import InputError, Symbol
from universes.rating import Basis
from universes.symbol import spell_all


@dataclass(frozen=True)
class Formation:
    """What a rule found at one close.

    Attributes
    ----------
    day : date
        At whose close it was decided, from what was known by then.
    symbols : tuple of str
        The shares found, spelled canonically and sorted; empty where there was none.
    examined : int
        How many shares the rule was applied to.
    names : mapping of str to str
        What shares were called on that day, by canonical symbol; a missing one goes by its
        symbol.
    universe : tuple of str
        The shares examined, those found among them; empty where they are not told.
    """

    day: dt.date
    symbols: tuple[str, ...]
    examined: int
    names: Mapping[str, str] = field(default_factory=dict)
    universe: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Check it once, and spell its symbols."""
        for name in ("symbols", "universe"):
            given = getattr(self, name)
            spelled = tuple(spell_all(given))
            if len(spelled) < len(given):
                raise InputError(f"{self.day}: a share stands twice", "name each once")
            object.__setattr__(self, name, spelled)
        if self.examined < max(len(self.symbols), len(self.universe)):
            raise InputError(
                f"{self.day}: {len(self.symbols)} shares found and {len(self.universe)} told of"
                f" {self.examined} examined",
                "count every share that the rule was applied to",
            )
        strangers = sorted(set(self.symbols) - set(self.universe))
        if self.universe and strangers:
            raise InputError(
                f"{self.day}: {', '.join(strangers[:3])} found, but not among those examined",
                "name all shares examined, or none",
            )

    @property
    def weights(self) -> dict[str, float]:
        """What is wanted of each share found, a fraction: equal parts."""
        return {symbol: 1.0 / len(self.symbols) for symbol in self.symbols}


def month_ends(calendar: str, first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Return the last session of each month, from one day to another.

    Parameters
    ----------
    calendar : str
        Of the market that the rule is applied to, such as ``XSHG``.
    first, last : date
        Both included, and neither an end by itself: a first or last month counts only if its
        last session lies between the two.

    Returns
    -------
    tuple of date
        Ascending. A month whose end the calendar does not reach yet has no last session.

    Raises
    ------
    InputError
        If the days do not ascend, or the calendar is not known for them.

    Examples
    --------
    >>> [str(day) for day in month_ends("XSHG", dt.date(2024, 1, 31), dt.date(2024, 4, 29))]
    ['2024-01-31', '2024-02-29', '2024-03-29']
    """
    if last < first:
        raise InputError(f"{last} lies before {first}", "give the earlier day first")
    sessions = load_sessions(calendar, first.year, last.year)
    months = sessions.days.astype("datetime64[M]")
    final = np.append(months[1:] != months[:-1], [True])
    begin = (months + np.timedelta64(1, "M")).astype("datetime64[D]")
    over = begin - np.timedelta64(1, "D") <= sessions.known_until
    inside = (sessions.days >= np.datetime64(first)) & (sessions.days <= np.datetime64(last))
    return tuple(sessions.days[final & over & inside].astype(dt.date).tolist())


def cut_panel(formations: Sequence[Formation], panel: Panel, basis: Basis) -> Panel:
    """Return a panel without what follows on the end of the shares' own prices.

    An index that goes on would make of every share a halted one, which is scored at its last
    close. As in a simulation, the prices of an exchange concerned end where no share of it has
    a close for longer than an entry may wait.

    Parameters
    ----------
    formations : sequence of Formation
    panel : Panel
    basis : {"price", "total"}

    Raises
    ------
    InputError
        If the panel's price basis cannot be cut.
    """
    named = {symbol for each in formations for symbol in (*each.symbols, *each.universe)}
    concerned = {Symbol.parse(symbol).exchange.calendar for symbol in named}
    closes = panel.matrix("close", basis)
    there = np.asarray(np.isfinite(closes).any(axis=0))
    shares = [
        symbol
        for symbol, held in zip(panel.symbols, there, strict=True)
        if held and _is_share_of(symbol, concerned)
    ]
    if not shares:
        return panel
    axis = lay_axis(panel, shares)
    count = axis.count_known(closes[axis.rows][:, panel.columns(shares)])
    return panel if count == len(axis.dates) else panel.until(axis.dates[count - 1])


def _is_share_of(text: str, calendars: Collection[str]) -> bool:
    symbol = Symbol.parse(text)
    return symbol.takes_basis and symbol.exchange.calendar in calendars


def cut_formations(
    formations: Sequence[Formation], ends: dt.date
) -> tuple[tuple[Formation, ...], tuple[Formation, ...]]:
    """Part formations into those up to a day and those after it.

    Raises
    ------
    InputError
        If they do not ascend by months, none is left, or none that is left found a share.
    """
    if not formations:
        raise InputError("there is no formation", "walk over a longer time")
    months = np.array([each.day for each in formations], "datetime64[M]")
    faulty = np.flatnonzero(months[1:] <= months[:-1])
    if faulty.size:
        one, other = (formations[faulty[0] + n].day for n in (0, 1))
        raise InputError(
            f"the formation of {other} follows on that of {one}",
            "give one for each month at most, the earliest first",
        )
    walked = tuple(each for each in formations if each.day <= ends)
    if not walked:
        raise InputError(
            f"the formations begin on {formations[0].day}, after the prices end ({ends})",
            "bring later prices, or walk over earlier months",
        )
    if not any(each.symbols for each in walked):
        raise InputError(f"none of {len(walked)} formations found a share", "loosen the rule")
    return walked, tuple(formations[len(walked) :])
