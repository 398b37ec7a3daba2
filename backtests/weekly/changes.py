"""What is new at the end of a week, against the end of the week before."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from backtests.rows import Row
from backtests.scorecard import Scorecard
from backtests.weekly.standing import Standing
from backtests.weekly.week import Week
from backtests.weekly.week_end import WeekEnd
from screener.panel import CorporateAction
from universes import Claim, Ledger
from universes.claims import Status

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
    end: WeekEnd,
    standings: Sequence[Standing],
    card: Scorecard,
    before: Sequence[Row],
    ledger: Ledger,
) -> tuple[Change, ...]:
    """Return what is new, by kind and then in the report's order.

    Parameters
    ----------
    end : WeekEnd
    standings : sequence of Standing
    card : Scorecard
        At the end of the week.
    before : sequence of Row
        Of the scorecard at the end of the week before.
    ledger : Ledger
    """
    return (
        *_grades(end.week, standings, card),
        *_settled(before, card.rows),
        *_extremes(end, standings),
        *_suspensions(end, standings),
        *_actions(end, standings),
        *_claims(end.week, ledger),
    )


def _grades(week: Week, standings: Sequence[Standing], card: Scorecard) -> Iterator[GradeChange]:
    """Compare the grades so far, or the final one in the week in which the horizon ends."""
    worst_first = [band.grade for band in reversed(card.scale.company)]
    final = card.graded_rows
    for each in standings:
        symbol, old = str(each.pick.symbol), each.grade_before
        if each.due is None or each.due <= week.before.last:
            continue
        new = final[symbol].grade if each.due <= week.last else each.grade
        if old and new and old != new:
            rose = worst_first.index(new) > worst_first.index(old)
            yield GradeChange(symbol, old, new, rose)


def _settled(before: Sequence[Row], now: Sequence[Row]) -> Iterator[Settled]:
    pending = {(row.symbol, row.horizon_months) for row in before if row.status == "pending"}
    for row in now:
        if row.status != "pending" and (row.symbol, row.horizon_months) in pending:
            yield Settled(row)


def _extremes(end: WeekEnd, standings: Sequence[Standing]) -> Iterator[Extreme]:
    days, monday = end.panel.dates, np.datetime64(end.week.monday, "D")
    latest_entry = end.week.monday - dt.timedelta(days=_DAYS_TO_A_HIGH)
    for each in standings:
        entry = each.since.start
        if entry is None or entry > latest_entry:
            continue
        symbol, own = str(each.pick.symbol), end.closes_of(each.pick.symbol)
        earlier = own[(days >= np.datetime64(entry, "D")) & (days < monday)]
        gains = own / earlier[0] - 1.0
        rows = np.flatnonzero((days >= monday) & np.isfinite(own))
        if not rows.size:
            continue
        high, low = rows[np.argmax(own[rows])], rows[np.argmin(own[rows])]
        if own[high] > np.nanmax(earlier):
            yield Extreme(symbol, "high", days[high].astype(dt.date), float(gains[high]))
        if own[low] < np.nanmin(earlier):
            yield Extreme(symbol, "low", days[low].astype(dt.date), float(gains[low]))


def _suspensions(end: WeekEnd, standings: Sequence[Standing]) -> Iterator[Suspension]:
    for each in standings:
        symbol, span = str(each.pick.symbol), end.span_of(each.pick.symbol)
        found, closes = end.freshness[symbol], end.closes_of(each.pick.symbol)
        # a session that no share has a close on is not recorded, and no halt
        recorded = end.records(span.calendar, span.start)
        if found.last is None or np.isnat(span.end) or not recorded:
            continue
        row = int(np.searchsorted(end.panel.dates, span.start))
        traded, listed = np.isfinite(closes[row]), np.isfinite(closes[:row]).any()
        if found.state == "suspended" and traded:
            yield Suspension(symbol, "suspended", found.last)
        if found.state == "current" and listed and not traded:
            yield Suspension(symbol, "resumed", found.last)


def _actions(end: WeekEnd, standings: Sequence[Standing]) -> Iterator[Action]:
    own = {str(each.pick.symbol) for each in standings}
    first, last = end.week.monday.isoformat(), end.week.last.isoformat()
    for action in sorted(end.panel.actions, key=lambda each: (each.ex_date, each.symbol)):
        if action.symbol in own and first <= action.ex_date <= last:
            yield Action(action)


def _claims(week: Week, ledger: Ledger) -> Iterator[ClaimNews]:
    before = week.before.last
    for claim in ledger.claims:
        status, _ = claim.status_on(week.last)
        fell_due = claim.due is not None and before < claim.due <= week.last
        if status != claim.status_on(before)[0] or (fell_due and status == "open"):
            yield ClaimNews(claim, status)
