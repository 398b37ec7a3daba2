"""Rules across many series: what one alone cannot tell."""

from collections.abc import Mapping, Sequence

import numpy as np

from screener.bars import Bars
from screener.calendar import Days
from screener.panel import Floats
from screener.quality.finding import Finding
from screener.quality.rules import find
from universes import Symbol

_LEAST_SERIES = 10
_NEARLY_ALL = 0.2
_STALE_SESSIONS = 20
_LEAST_ROWS = 20


Told = tuple[Bars, Finding]


def check_market(series: Sequence[Bars], sessions: Mapping[str, Days]) -> list[Told]:
    """Return what is wrong with series as a group, each with the series it is said of.

    Parameters
    ----------
    series : sequence of Bars
        Each ascending.
    sessions : mapping of calendar to ndarray of datetime64[D]
        A calendar that is left out is not known.
    """
    by_exchange: dict[str, list[Bars]] = {}
    for bars in series:
        if len(bars) and Symbol.parse(bars.symbol).kind == "share":
            by_exchange.setdefault(Symbol.parse(bars.symbol).suffix, []).append(bars)
    found = _find_twins(series)
    for group in by_exchange.values():
        days = sessions.get(Symbol.parse(group[0].symbol).exchange.calendar)
        if days is not None and len(group) >= _LEAST_SERIES:
            found += _find_stale(group, days)
            found += _find_holes(group, days)
    return found


def market_gaps(series: Sequence[Bars]) -> dict[str, tuple[Days, Floats]]:
    """Return the overnight gap that the middle share of each calendar had, by session.

    Parameters
    ----------
    series : sequence of Bars
        Of any securities; shares count.

    Returns
    -------
    dict
        By calendar, where there are enough shares: the sessions, ascending, and the median of
        ``log(open / close before)``, zero on a session that few shares have.
    """
    groups: dict[str, list[Bars]] = {}
    for bars in series:
        symbol = Symbol.parse(bars.symbol)
        if symbol.kind == "share" and len(bars) > 1:
            groups.setdefault(symbol.exchange.calendar, []).append(bars)
    found = {}
    for calendar, group in groups.items():
        if len(group) < _LEAST_SERIES:
            continue
        days = np.concatenate([bars.dates[1:] for bars in group])
        with np.errstate(divide="ignore", invalid="ignore"):
            gaps = np.concatenate([np.log(bars.open[1:] / bars.close[:-1]) for bars in group])
        finite = np.isfinite(gaps)
        days, gaps = days[finite], gaps[finite]
        # whole days since the first are few, and sorted in one pass
        offsets = (days - days.min()).astype(np.uint16)
        order = np.argsort(offsets, kind="stable")
        distinct, first, counts = np.unique(days[order], return_index=True, return_counts=True)
        parts = np.split(gaps[order], first[1:])
        middle = np.array([np.partition(part, len(part) // 2)[len(part) // 2] for part in parts])
        found[calendar] = (distinct, np.where(counts >= _LEAST_SERIES, middle, 0.0))
    return found


def gaps_of(bars: Bars, gaps: Mapping[str, tuple[Days, Floats]]) -> Floats | None:
    """Return the market's overnight gap into each row of a series; None where it is not known."""
    known = gaps.get(Symbol.parse(bars.symbol).exchange.calendar)
    if known is None:
        return None
    days, middle = known
    place = np.minimum(np.searchsorted(days, bars.dates), len(days) - 1)
    return np.where(days[place] == bars.dates, middle[place], 0.0)


def _find_twins(series: Sequence[Bars]) -> list[Told]:
    """Find two symbols with the same closes on the same days: nothing tells whose they are."""
    seen: dict[tuple[object, ...], Bars] = {}
    found = []
    for bars in series:
        if len(bars) < _LEAST_ROWS or np.ptp(bars.close) == 0:
            continue
        tail = bars.close[-_LEAST_ROWS:]
        mark = (bars.dates[-1], len(bars), bars.basis, tail.tobytes())
        twin = seen.setdefault(mark, bars)
        if twin is bars or twin.symbol == bars.symbol:
            continue
        if not np.array_equal(twin.close, bars.close):
            continue
        indices = {Symbol.parse(each.symbol).kind for each in (twin, bars)} == {"index"}
        code = "same_index" if indices else "same_figures"
        for own, other in ((bars, twin), (twin, bars)):
            said = f"its {len(own)} closes are those of {other.symbol}"
            found.append((own, find(code, own.symbol, own.dates[0], said)))
    return found


def _find_stale(group: Sequence[Bars], sessions: Days) -> list[Told]:
    newest = max(bars.dates.max() for bars in group)
    due = sessions[sessions <= newest]
    if len(due) <= _STALE_SESSIONS:
        return []
    found = []
    for bars in group:
        last = bars.dates.max()
        if last < due[-_STALE_SESSIONS]:
            behind = int((due > last).sum())
            said = f"its last bar is of {last}, {behind} sessions before the newest, {newest}"
            found.append((bars, find("stale_series", bars.symbol, last, said)))
    return found


def _find_holes(group: Sequence[Bars], sessions: Days) -> list[Told]:
    """Find sessions on which nearly no share has a bar, though they had before and after."""
    first = min(bars.dates.min() for bars in group)
    last = max(bars.dates.max() for bars in group)
    due = sessions[(sessions >= first) & (sessions <= last)]
    present, listed = np.zeros(len(due) + 1), np.zeros(len(due) + 1)
    for bars in group:
        rows = np.searchsorted(due, bars.dates)
        np.add.at(present, rows[rows < len(due)], 1)
        listed[np.searchsorted(due, bars.dates.min())] += 1
        listed[np.searchsorted(due, bars.dates.max(), side="right")] -= 1
    active = np.cumsum(listed)[:-1]
    empty = (present[:-1] < _NEARLY_ALL * active) & (active >= _LEAST_SERIES)
    if not empty.any():
        return []
    suffix = Symbol.parse(group[0].symbol).suffix
    said = f"{int(empty.sum())} sessions of {suffix} that nearly none of {len(group)} shares has"
    return [(group[0], find("exchange_hole", group[0].symbol, due[empty][0], said))]
