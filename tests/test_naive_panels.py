"""Random markets, scored by the code and by a plain loop that follows the method's text."""

import datetime as dt
from dataclasses import dataclass

import exchange_calendars
import naive_scorer
import numpy as np
from conftest import MakeReport
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backtests import Convention, score_picks
from screener import Panel
from screener.origin import Origin

SHARE, INDEX = "300308.SZ", "000300.SH"
_FOUND = exchange_calendars.get_calendar("XSHG", start="2024-01-01", end="2024-12-31").sessions
SESSIONS = [day.date() for day in _FOUND]


@dataclass
class Market:
    """Closes by date of one share and its index; a session without an index is not recorded."""

    share: dict[dt.date, float]
    index: dict[dt.date, float]


@st.composite
def markets(draw: st.DrawFn) -> Market:
    seed = draw(st.integers(0, 2**32 - 1))
    halts = draw(st.floats(0, 0.6))
    holes = draw(st.sampled_from([0.0, 0.0, 0.02, 0.5]))
    start, end = sorted(draw(st.tuples(st.integers(0, 241), st.integers(0, 241))))
    random = np.random.default_rng(seed)
    recorded = [day for day in SESSIONS[start : end + 1] if random.random() >= holes]
    share = {day: float(random.uniform(5, 50)) for day in recorded if random.random() >= halts}
    index = {day: float(random.uniform(3000, 4000)) for day in recorded}
    return Market(share, index)


def naive_status(  # noqa: C901, PLR0911 - as plain as the text it follows
    market: Market, published: dt.date, months: int
) -> tuple[str, float | None]:
    """The method's headline, read sentence by sentence; no arrays, no shared code."""
    if not market.share:
        return "unscored", None
    end = max(market.index)
    after = [day for day in SESSIONS if day > published]
    entry = None
    for day in after[:11]:
        if day > end:
            return "pending", None
        if day not in market.index:
            return "unscored", None
        if day in market.share:
            entry = day
            break
    if entry is None:
        return "unscored" if len(after) >= 11 else "pending", None
    target = naive_scorer.add_months(entry, months)
    if target > dt.date(2024, 12, 31):
        return "pending", None
    exit_ = max(day for day in SESSIONS if day <= target)
    if exit_ > end:
        return "pending", None
    place = SESSIONS.index(exit_)
    while SESSIONS[place] not in market.share:
        if SESSIONS[place] not in market.index:
            return "unscored", None
        place -= 1
    own = market.share[SESSIONS[place]] / market.share[entry] - 1
    return "scored", own - (market.index[exit_] / market.index[entry] - 1)


def to_panel(market: Market) -> Panel:
    dates = np.array(sorted({*market.share, *market.index}), dtype="datetime64[D]")
    columns = [
        [column.get(day, np.nan) for day in dates.astype(dt.date)]
        for column in (market.share, market.index)
    ]
    return Panel(dates, (SHARE, INDEX), {("close", "price"): np.array(columns).T}, Origin("", ""))


@settings(max_examples=400, deadline=None)
@given(
    markets().filter(lambda market: bool(market.index)),
    st.dates(dt.date(2024, 1, 1), dt.date(2024, 11, 30)),
    st.integers(1, 3),
)
def test_random_markets_are_scored_as_the_method_says(
    make_report: MakeReport, market: Market, published: dt.date, months: int
) -> None:
    report = make_report([SHARE], published.isoformat())
    (row,) = score_picks(report, to_panel(market), Convention(horizons=(months,))).rows
    status, relative = naive_status(market, published, months)
    # the loop above knows the sessions of one year only
    assume(not row.exit_date or row.exit_date.year == 2024)
    assert row.status == status
    if relative is None:
        assert row.relative is None
    else:
        assert row.relative is not None
        assert abs(row.relative - relative) < 1e-12
        assert row.grade == naive_scorer.grade(relative)


@settings(max_examples=100, deadline=None)
@given(
    markets().filter(lambda market: len(market.index) > 1),
    st.dates(dt.date(2024, 1, 1), dt.date(2024, 11, 30)),
    st.integers(0, 241),
)
def test_what_comes_later_never_changes_what_was_known(
    make_report: MakeReport, market: Market, published: dt.date, cut: int
) -> None:
    """A market that stopped at a day and one that went on give the same scores as of that day."""
    day = max(SESSIONS[cut], min(market.index))
    report = make_report([SHARE], published.isoformat())
    convention = Convention(horizons=(1, 2, 3))
    known = Market(
        {d: price for d, price in market.share.items() if d <= day},
        {d: price for d, price in market.index.items() if d <= day},
    )
    full = score_picks(report, to_panel(market), convention, as_of=day)
    stopped = score_picks(report, to_panel(known), convention, as_of=day)
    assert full.to_dict() == stopped.to_dict()
