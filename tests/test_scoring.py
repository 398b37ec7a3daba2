"""Hand-worked cases: each says what happened on the exchange and what the method makes of it."""

import datetime as dt

import exchange_calendars
import numpy as np
import pandas as pd
import pytest
from conftest import MakePanel, MakeReport

from backtests import Convention, score_picks
from backtests.outcome import Outcome
from backtests.rows import Row
from backtests.scoring import Recommendations, score_recommendations
from screener import Panel
from universes import Symbol, load_scale
from universes.rating import edges

SHARE, INDEX = "300308.SZ", "000300.SH"


def sessions(first: str, last: str, calendar: str = "XSHG") -> list[str]:
    found = exchange_calendars.get_calendar(calendar, start=first, end=last).sessions
    return [str(day) for day in found.strftime("%Y-%m-%d")]


def flat(days: list[str], level: float, **changes: float) -> dict[str, float]:
    """Prices at one level but for the days named, as d20240617=11.5; 0 leaves the day out."""
    named = {f"{key[1:5]}-{key[5:7]}-{key[7:]}": value for key, value in changes.items()}
    prices = {day: named.get(day, level) for day in days}
    return {day: price for day, price in prices.items() if price}


def score_one(
    panel: Panel,
    report: object,
    months: int = 6,
    as_of: str | None = None,
    **choices: str,
) -> Row:
    convention = Convention(horizons=(months,), **choices)
    day = dt.date.fromisoformat(as_of) if as_of else None
    (row,) = score_picks(report, panel, convention, as_of=day).rows
    return row


YEAR = sessions("2024-06-03", "2025-07-31")


def test_enters_at_the_next_close_and_leaves_after_six_months(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel(
        {
            SHARE: flat(YEAR, 1.0, d20240614=90.0, d20240617=100.0, d20241217=130.0),
            INDEX: flat(YEAR, 1.0, d20240614=3000.0, d20240617=4000.0, d20241217=4400.0),
        }
    )
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (str(row.entry_date), str(row.exit_date)) == ("2024-06-17", "2024-12-17")
    assert row.own_return == pytest.approx(0.30)
    assert row.benchmark_return == pytest.approx(0.10)
    assert row.relative == pytest.approx(0.20)
    assert (row.grade, row.hit, row.status) == ("buy", True, "scored")


def test_publication_on_a_session_trades_the_next_one(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 10.0)})
    assert str(score_one(panel, make_report([SHARE], "2024-06-17")).entry_date) == "2024-06-18"


def test_the_last_day_of_august_and_six_months_is_the_last_of_february(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    days = sessions("2023-08-01", "2024-03-29")
    panel = make_panel(
        {SHARE: flat(days, 9.0, d20230831=10.0, d20240229=12.0), INDEX: flat(days, 5.0)}
    )
    row = score_one(panel, make_report([SHARE], "2023-08-30"))
    assert (str(row.entry_date), str(row.exit_date)) == ("2023-08-31", "2024-02-29")
    assert row.relative == pytest.approx(0.2)


def test_a_holiday_at_the_end_rolls_back(make_panel: MakePanel, make_report: MakeReport) -> None:
    # 2024-09-17 is the mid-autumn festival; the sessions before it are 13 and 12 September
    panel = make_panel(
        {SHARE: flat(YEAR, 10.0, d20240913=11.0, d20240918=99.0), INDEX: flat(YEAR, 5.0)}
    )
    row = score_one(panel, make_report([SHARE], "2024-06-16"), months=3)
    assert (str(row.exit_date), row.relative) == ("2024-09-13", pytest.approx(0.1))


def test_a_typhoon_at_the_end_rolls_back(make_panel: MakePanel, make_report: MakeReport) -> None:
    # Hong Kong was closed on 2024-09-06 by typhoon Yagi, while the mainland traded
    days = sessions("2024-06-03", "2024-12-31", "XHKG")
    assert "2024-09-06" not in days
    panel = make_panel(
        {
            "0700.HK": flat(days, 400.0, d20240905=440.0, d20240909=999.0),
            "HSI.HK": flat(days, 18000.0, d20240905=17100.0),
            INDEX: flat(sessions("2024-06-03", "2024-12-31"), 5.0),
        }
    )
    row = score_one(panel, make_report(["0700.HK"], "2024-06-05"), months=3)
    assert (str(row.entry_date), str(row.exit_date)) == ("2024-06-06", "2024-09-05")
    assert row.relative == pytest.approx(0.10 + 0.05)


def test_a_hong_kong_pick_against_csi_300_rolls_the_index_back(
    make_panel: MakePanel,
) -> None:
    # the exit, 2024-09-17, is a session in Hong Kong and a holiday on the mainland
    hong_kong = sessions("2024-06-03", "2024-12-31", "XHKG")
    mainland = sessions("2024-06-03", "2024-12-31")
    panel = make_panel(
        {
            "0700.HK": flat(hong_kong, 400.0, d20240917=500.0),
            INDEX: flat(mainland, 4000.0, d20240913=5000.0, d20240918=1.0),
        }
    )
    table = Recommendations(
        (Symbol.parse("0700.HK"),),
        (Symbol.parse(INDEX),),
        np.array(["2024-06-16"], "datetime64[D]"),
    )
    bounds = edges(load_scale("soochow").company)
    scores = score_recommendations(table, panel, Convention(horizons=(3,)), bounds)
    assert scores.own[0, 0] == pytest.approx(0.25)
    assert scores.benchmark[0, 0] == pytest.approx(0.25)


@pytest.mark.parametrize(("halted", "entered"), [(1, True), (10, True), (11, False)])
def test_a_halted_share_enters_up_to_ten_sessions_late(
    make_panel: MakePanel, make_report: MakeReport, halted: int, *, entered: bool
) -> None:
    first = YEAR.index("2024-06-17")
    closed = YEAR[first : first + halted]
    prices = {day: price for day, price in flat(YEAR, 10.0).items() if day not in closed}
    panel = make_panel({SHARE: prices, INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    if entered:
        assert str(row.entry_date) == YEAR[first + halted]
        assert row.status == "scored"
    else:
        assert row.entry_date is None
        assert (row.outcome, str(row.about)) == (Outcome.HALTED, "2024-06-17")
        assert (row.own_return, row.relative, row.grade, row.hit) == (None, None, None, None)


def test_a_share_halted_at_the_end_leaves_at_its_last_close_and_says_so(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    changes = {"d20241213": 12.0, "d20241216": 0.0, "d20241217": 0.0, "d20241218": 99.0}
    panel = make_panel({SHARE: flat(YEAR, 10.0, **changes), INDEX: flat(YEAR, 5.0, d20241217=5.5)})
    card = score_picks(make_report([SHARE], "2024-06-16"), panel, Convention(horizons=(6,)))
    (row,) = card.rows
    assert (row.stale_sessions, row.own_return) == (2, pytest.approx(0.2))
    # the benchmark is measured to the end of the horizon, not to the last close
    assert (str(row.exit_date), row.benchmark_return) == ("2024-12-17", pytest.approx(0.1))
    assert "halted" in {caveat.code for caveat in card.caveats}


def test_a_share_listed_after_publication_is_unscored(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    listed = [day for day in YEAR if day >= "2024-08-01"]
    panel = make_panel({SHARE: flat(listed, 10.0), INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (row.status, row.outcome) == ("unscored", Outcome.NOT_LISTED)
    assert str(row.about) == "2024-08-01"


def test_a_share_without_prices_is_unscored_and_never_zero(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (row.outcome, row.own_return) == (Outcome.NO_PRICES, None)


def test_data_that_end_before_the_horizon_are_pending(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE], "2024-06-16")
    # the horizon ends on Tuesday 2024-12-17
    assert score_one(panel, report, as_of="2024-12-16").outcome is Outcome.PENDING_EXIT
    assert score_one(panel, report, as_of="2024-12-17").outcome is Outcome.SCORED
    early = score_one(panel, report, as_of="2024-06-16")
    assert (early.outcome, early.entry_date) == (Outcome.PENDING_ENTRY, None)


def test_a_horizon_that_ends_on_a_weekend_is_scored_on_the_friday(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    # entry 2024-06-14, six months later is Saturday 2024-12-14: Friday's close decides, and
    # nothing more need be waited for
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-13"), as_of="2024-12-13")
    assert (row.status, str(row.exit_date)) == ("scored", "2024-12-13")


def test_a_share_halted_since_publication_is_pending_while_it_may_still_enter(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    before = [day for day in YEAR if day < "2024-06-17"]
    panel = make_panel({SHARE: flat(before, 10.0), INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE], "2024-06-16")
    assert score_one(panel, report, as_of="2024-06-20").outcome is Outcome.PENDING_ENTRY
    assert score_one(panel, report).outcome is Outcome.HALTED


def test_a_horizon_beyond_the_known_sessions_is_pending_without_a_date(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    bound = exchange_calendars.get_calendar("XSHG").bound_max()
    days = sessions(f"{bound.year}-01-02", f"{bound.year}-09-30")
    panel = make_panel({SHARE: flat(days, 10.0), INDEX: flat(days, 5.0)})
    row = score_one(panel, make_report([SHARE], f"{bound.year}-09-01"))
    assert (row.outcome, row.exit_date) == (Outcome.PENDING_EXIT, None)


def test_a_session_that_is_not_recorded_is_not_taken_for_a_halt(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    weekly = [day for day in YEAR if pd.Timestamp(day).weekday() == 4]
    panel = make_panel({SHARE: flat(weekly, 10.0), INDEX: flat(weekly, 5.0)})
    # published on a Friday: Monday's close is not there, and next Friday's is another one
    row = score_one(panel, make_report([SHARE], "2024-06-14"))
    assert (row.outcome, str(row.about)) == (Outcome.NOT_RECORDED, "2024-06-17")
    # published on a Thursday: Friday is there, the exit six months later too, but not for 3
    report = make_report([SHARE], "2024-06-20")
    assert score_one(panel, report).outcome is Outcome.SCORED
    row = score_one(panel, report, months=1)
    assert (row.outcome, str(row.exit_date)) == (Outcome.SCORED, "2024-07-19")


def test_a_session_is_recorded_by_its_own_exchange_only(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    weekly = [day for day in YEAR if pd.Timestamp(day).weekday() == 4]
    hong_kong = flat(sessions("2024-06-03", "2024-12-31", "XHKG"), 1.0)
    panel = make_panel({SHARE: flat(weekly, 10.0), INDEX: flat(weekly, 5.0), "HSI.HK": hong_kong})
    row = score_one(panel, make_report([SHARE], "2024-06-14"))
    assert (row.outcome, str(row.about)) == (Outcome.NOT_RECORDED, "2024-06-17")


def test_the_entry_is_known_on_its_own_day(make_panel: MakePanel, make_report: MakeReport) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE], "2024-06-16")
    row = score_one(panel, report, as_of="2024-06-17")
    assert (row.outcome, str(row.entry_date)) == (Outcome.PENDING_EXIT, "2024-06-17")
    row = score_one(panel, report, as_of="2024-06-13", entry="previous_close")
    assert row.outcome is Outcome.PENDING_ENTRY


def test_a_halt_is_judged_on_the_last_session_that_permits_an_entry(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    before = flat([day for day in YEAR if day < "2024-06-17"], 10.0)
    first, report = YEAR.index("2024-06-17"), make_report([SHARE], "2024-06-16")
    panel = make_panel({SHARE: before, INDEX: flat(YEAR, 5.0)})
    assert score_one(panel, report, as_of=YEAR[first + 9]).outcome is Outcome.PENDING_ENTRY
    assert score_one(panel, report, as_of=YEAR[first + 10]).outcome is Outcome.HALTED
    # a session that is not recorded matters up to the last that permits an entry
    for late, outcome in {10: Outcome.NOT_RECORDED, 11: Outcome.HALTED}.items():
        index = flat([day for day in YEAR if day != YEAR[first + late]], 5.0)
        row = score_one(make_panel({SHARE: before, INDEX: index}), report)
        assert row.outcome is outcome


def test_a_gap_before_the_reach_of_the_previous_close_does_not_matter(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    days = sessions("2024-04-01", "2025-01-31")
    last = days.index("2024-06-14")
    for gap, outcome in {last - 10: Outcome.NOT_RECORDED, last - 11: Outcome.HALTED}.items():
        recorded = [day for day in days if day != days[gap]]
        panel = make_panel(
            {SHARE: flat([*days[:20], *days[last + 1 :]], 10.0), INDEX: flat(recorded, 5.0)}
        )
        row = score_one(panel, make_report([SHARE], "2024-06-16"), entry="previous_close")
        assert row.outcome is outcome


def test_prices_that_begin_after_the_previous_close_do_not_hold_it(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    days = sessions("2024-01-02", "2024-12-31")
    panel = make_panel({SHARE: flat(days, 10.0), INDEX: flat(days, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-01-01"), entry="previous_close")
    assert (row.outcome, str(row.about)) == (Outcome.NOT_RECORDED, "2023-12-29")


def test_a_benchmark_that_is_not_there_will_not_come(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (row.outcome, row.status) == (Outcome.NO_BENCHMARK, "unscored")


def test_at_the_open_a_benchmark_that_is_closed_stands_at_its_last_close() -> None:
    # Hong Kong traded on 2024-10-02, the mainland was on holiday from 10-01 to 10-07
    closes = {
        "0700.HK": flat(sessions("2024-09-02", "2024-12-31", "XHKG"), 400.0),
        INDEX: flat(sessions("2024-09-02", "2024-12-31"), 110.0, d20240930=100.0),
    }
    opens = {"0700.HK": {"2024-10-02": 400.0}, INDEX: {"2024-09-30": 90.0}}
    tables = []
    for source in (closes, opens):
        table = pd.DataFrame({symbol: pd.Series(prices) for symbol, prices in source.items()})
        table.index = pd.to_datetime(table.index)
        tables.append(table)
    panel = Panel.from_frames({"price": tables[0]}, {"price": tables[1]})
    table = Recommendations(
        (Symbol.parse("0700.HK"),),
        (Symbol.parse(INDEX),),
        np.array(["2024-10-01"], "datetime64[D]"),
    )
    bounds = edges(load_scale("soochow").company)
    scores = score_recommendations(table, panel, Convention("next_open", horizons=(1,)), bounds)
    assert scores.benchmark[0, 0] == pytest.approx(0.10)


def test_a_gap_in_the_benchmark_is_not_filled(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0, d20241217=0.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (row.outcome, row.relative) == (Outcome.NO_BENCHMARK, None)


def test_a_benchmark_that_ends_early_leaves_the_row_pending(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    short = [day for day in YEAR if day < "2024-12-01"]
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(short, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert row.outcome is Outcome.PENDING_BENCHMARK


def test_a_halt_behind_a_missing_benchmark_is_not_told_as_a_price_used(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel(
        {
            SHARE: flat(YEAR, 10.0, d20241217=0.0),
            INDEX: flat(YEAR, 5.0, d20241217=0.0),
            "300394.SZ": flat(YEAR, 1.0),
        }
    )
    row = score_one(panel, make_report([SHARE], "2024-06-16"))
    assert (row.outcome, row.stale_sessions) == (Outcome.NO_BENCHMARK, 0)


def test_the_longest_horizon_has_its_sessions(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    days = sessions("2020-01-02", "2024-12-31")
    panel = make_panel({SHARE: flat(days, 10.0, d20240104=11.0), INDEX: flat(days, 5.0)})
    convention = Convention(horizons=(1, 48))
    rows = score_picks(make_report([SHARE], "2020-01-03"), panel, convention).rows
    assert [str(row.exit_date) for row in rows] == ["2020-02-06", "2024-01-05"]
    assert [row.status for row in rows] == ["scored", "scored"]


def test_the_other_entries(make_panel: MakePanel, make_report: MakeReport) -> None:
    closes = {
        SHARE: flat(YEAR, 120.0, d20240614=80.0, d20240617=100.0),
        INDEX: flat(YEAR, 5.0, d20240614=4.0),
    }
    opens = {SHARE: {"2024-06-17": 96.0}, INDEX: {"2024-06-17": 4.8}}
    panel, report = make_panel(closes, opens), make_report([SHARE], "2024-06-16")
    before = score_one(panel, report, entry="previous_close")
    assert (str(before.entry_date), str(before.exit_date)) == ("2024-06-14", "2024-12-13")
    assert (before.own_return, before.benchmark_return) == (
        pytest.approx(0.5),
        pytest.approx(0.25),
    )
    after = score_one(panel, report, entry="next_open")
    assert str(after.entry_date) == "2024-06-17"
    assert after.own_return == pytest.approx(0.25)
    assert after.benchmark_return == pytest.approx(5 / 4.8 - 1)


def test_without_an_open_nothing_is_put_in_its_place(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"), entry="next_open")
    assert (row.outcome, str(row.about)) == (Outcome.NO_OPEN, "2024-06-17")


@pytest.mark.parametrize(("halted", "entered"), [(10, True), (11, False)])
def test_the_previous_close_of_a_halted_share_is_at_most_ten_sessions_old(
    make_panel: MakePanel, make_report: MakeReport, halted: int, *, entered: bool
) -> None:
    days = sessions("2024-05-06", "2025-01-31")
    last = days.index("2024-06-14")
    closed = days[last - halted + 1 : last + 1]
    prices = {day: price for day, price in flat(days, 10.0).items() if day not in closed}
    panel = make_panel({SHARE: prices, INDEX: flat(days, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16"), entry="previous_close")
    assert row.outcome is (Outcome.SCORED if entered else Outcome.HALTED)


def test_the_ratio(make_panel: MakePanel, make_report: MakeReport) -> None:
    panel = make_panel(
        {SHARE: flat(YEAR, 12.0, d20240617=10.0), INDEX: flat(YEAR, 5.5, d20240617=5.0)}
    )
    report = make_report([SHARE], "2024-06-16")
    assert score_one(panel, report, relative="ratio").relative == pytest.approx(1.2 / 1.1 - 1)
    assert score_one(panel, report).relative == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("level", "hit"), [("recommend", True), ("watch", None), ("mention", None)]
)
def test_only_a_recommendation_hits(
    make_panel: MakePanel, make_report: MakeReport, level: str, *, hit: bool | None
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 12.0, d20240617=10.0), INDEX: flat(YEAR, 5.0)})
    row = score_one(panel, make_report([SHARE], "2024-06-16", level))
    assert (row.grade, row.hit) == ("buy", hit)


def test_a_total_return_index_is_preferred_where_it_is_there(make_report: MakeReport) -> None:
    table = pd.DataFrame(
        {
            SHARE: pd.Series(flat(YEAR, 12.0, d20240617=10.0)),
            INDEX: pd.Series(flat(YEAR, 5.5, d20240617=5.0)),
            "H00300.CSI": pd.Series(flat(YEAR, 6.0, d20240617=5.0)),
        }
    )
    table.index = pd.to_datetime(table.index)
    report, convention = make_report([SHARE], "2024-06-16"), Convention("next_close", basis="total")
    with_it = Panel.from_frames({"price": table, "total": table})
    (row, *_) = score_picks(report, with_it, convention).rows
    assert (row.benchmark, row.mixed) == ("H00300.CSI", False)
    without = Panel.from_frames(
        {"price": table.drop(columns="H00300.CSI"), "total": table[[SHARE]]}
    )
    card = score_picks(report, without, convention)
    assert (card.rows[0].benchmark, card.rows[0].mixed) == (INDEX, True)
    assert "mixed" in {caveat.code for caveat in card.caveats}


OTHER = "300502.SZ"


def score_at_the_end_of_prices(
    make_panel: MakePanel, make_report: MakeReport, beyond: int, *, other: bool
) -> Row:
    """Score six months from 2024-06-17 where the pick's closes end so many sessions before."""
    place = YEAR.index("2024-12-17")
    prices = {SHARE: flat(YEAR[: place - beyond + 1], 10.0), INDEX: flat(YEAR, 5.0)}
    if other:
        prices[OTHER] = flat(YEAR, 7.0)
    return score_one(make_panel(prices), make_report([SHARE], "2024-06-16"))


def test_a_horizon_beyond_the_shares_prices_is_pending_though_the_index_goes_on(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    row = score_at_the_end_of_prices(make_panel, make_report, 20, other=False)
    assert (row.outcome, str(row.exit_date)) == (Outcome.PENDING_EXIT, "2024-12-17")


def test_where_another_share_goes_on_it_is_a_halt(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    row = score_at_the_end_of_prices(make_panel, make_report, 20, other=True)
    assert (row.outcome, row.stale_sessions) == (Outcome.SCORED, 20)


def test_up_to_ten_sessions_before_the_index_ends_it_is_a_halt(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    place = YEAR.index("2024-12-17")
    for beyond, outcome in ((10, Outcome.SCORED), (11, Outcome.PENDING_EXIT)):
        panel = make_panel(
            {SHARE: flat(YEAR[: place - beyond + 1], 10.0), INDEX: flat(YEAR[: place + 1], 5.0)}
        )
        assert score_one(panel, make_report([SHARE], "2024-06-16")).outcome is outcome
