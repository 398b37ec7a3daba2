"""What is new at the end of a week, against the end of the week before."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtests.rows import Row
from backtests.weekly.freshness import Freshness
from backtests.weekly.standing import Standing
from backtests.weekly.week import Span, Week
from screener import Panel
from screener.panel import CorporateAction
from universes import Claim, Ledger
from universes.claims import Status
from universes.rating import Basis

# a high of two weeks is none
_DAYS_TO_A_HIGH = 28


@dataclass(frozen=True)
class GradeChange:
    """The grade so far is another; ``before`` and ``after`` are ids of bands."""

    symbol: str
    before: str
    after: str
    rose: bool


@dataclass(frozen=True)
class Settled:
    """A horizon was pending and is now scored, or can no longer be; ``row`` says which."""

    row: Row


@dataclass(frozen=True)
class Extreme:
    """A close above or below every one since the entry; ``gain`` since then is a fraction."""

    symbol: str
    kind: Literal["high", "low"]
    date: dt.date
    gain: float


@dataclass(frozen=True)
class Suspension:
    """A suspension began or ended; ``last`` is the last close."""

    symbol: str
    kind: Literal["suspended", "resumed"]
    last: dt.date


@dataclass(frozen=True)
class Action:
    """A corporate action whose ex-date lies in the week."""

    action: CorporateAction


@dataclass(frozen=True)
class ClaimNews:
    """A claim was decided in the week, or its date came without evidence (``open``)."""

    claim: Claim
    status: Status


Change = GradeChange | Settled | Extreme | Suspension | Action | ClaimNews


def find_changes(
    week: Week,
    standings: Sequence[Standing],
    panel: Panel,
    basis: Basis,
    rows: tuple[Sequence[Row], Sequence[Row]],
    spans: Mapping[str, Span],
    freshness: Mapping[str, Freshness],
    ledger: Ledger,
) -> tuple[Change, ...]:
    """Return what is new, by kind and then in the report's order.

    Parameters
    ----------
    week : Week
    standings : sequence of Standing
    panel : Panel
        Nothing in it is later than the week.
    basis : {"price", "total"}
    rows : pair of sequences of Row
        Of the scorecard at the end of the week before, and at that of this one.
    spans : mapping of str to Span
        By calendar.
    freshness : mapping of str to Freshness
        By symbol.
    ledger : Ledger
    """
    return (
        *_grades(week, standings),
        *_settled(*rows),
        *_extremes(week, standings, panel, basis),
        *_suspensions(standings, panel, basis, spans, freshness),
        *_actions(week, standings, panel),
        *_claims(week, ledger),
    )


def _grades(week: Week, standings: Sequence[Standing]) -> Iterator[GradeChange]:
    for each in standings:
        running = each.due is not None and each.due > week.before.last
        if running and each.grade and each.grade_before and each.grade != each.grade_before:
            yield GradeChange(str(each.pick.symbol), each.grade_before, each.grade, each.rose)


def _settled(before: Sequence[Row], now: Sequence[Row]) -> Iterator[Settled]:
    pending = {(row.symbol, row.horizon_months) for row in before if row.status == "pending"}
    for row in now:
        if row.status != "pending" and (row.symbol, row.horizon_months) in pending:
            yield Settled(row)


def _extremes(
    week: Week, standings: Sequence[Standing], panel: Panel, basis: Basis
) -> Iterator[Extreme]:
    close = panel.levels("close", basis)
    monday = np.datetime64(week.monday, "D")
    latest_entry = week.monday - dt.timedelta(days=_DAYS_TO_A_HIGH)
    for each in standings:
        entry = each.since.start
        if entry is None or entry > latest_entry:
            continue
        symbol = str(each.pick.symbol)
        own = close[:, panel.columns([symbol])[0]]
        earlier = own[(panel.dates >= np.datetime64(entry, "D")) & (panel.dates < monday)]
        gains = own / earlier[0] - 1.0
        rows = np.flatnonzero((panel.dates >= monday) & np.isfinite(own))
        if not rows.size:
            continue
        high, low = rows[np.argmax(own[rows])], rows[np.argmin(own[rows])]
        if own[high] > np.nanmax(earlier):
            yield Extreme(symbol, "high", panel.dates[high].astype(dt.date), float(gains[high]))
        if own[low] < np.nanmin(earlier):
            yield Extreme(symbol, "low", panel.dates[low].astype(dt.date), float(gains[low]))


def _suspensions(
    standings: Sequence[Standing],
    panel: Panel,
    basis: Basis,
    spans: Mapping[str, Span],
    freshness: Mapping[str, Freshness],
) -> Iterator[Suspension]:
    close = panel.levels("close", basis)
    for each in standings:
        symbol = str(each.pick.symbol)
        span, found = spans[each.pick.symbol.exchange.calendar], freshness[symbol]
        row = np.flatnonzero(panel.dates == span.start)
        if found.last is None or np.isnat(span.end) or not row.size:
            continue
        column = panel.columns([symbol])[0]
        traded_before = bool(np.isfinite(close[row[0], column]))
        if found.state == "suspended" and traded_before:
            yield Suspension(symbol, "suspended", found.last)
        listed = bool(np.isfinite(close[: row[0], column]).any())
        if found.state == "current" and listed and not traded_before:
            yield Suspension(symbol, "resumed", found.last)


def _actions(week: Week, standings: Sequence[Standing], panel: Panel) -> Iterator[Action]:
    own = {str(each.pick.symbol) for each in standings}
    first, last = week.monday.isoformat(), week.last.isoformat()
    for action in sorted(panel.actions, key=lambda each: (each.ex_date, each.symbol)):
        if action.symbol in own and first <= action.ex_date <= last:
            yield Action(action)


def _claims(week: Week, ledger: Ledger) -> Iterator[ClaimNews]:
    before = week.before.last
    for claim in ledger.claims:
        status, _ = claim.status_on(week.last)
        fell_due = claim.due is not None and before < claim.due <= week.last
        if status != claim.status_on(before)[0] or (fell_due and status == "open"):
            yield ClaimNews(claim, status)
