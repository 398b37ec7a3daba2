"""A walk worked by hand, what a schedule may say, and what cannot have been known."""

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import MakePanel, MakeReport
from naive_portfolio import SHARES, make_panel

from backtests.convention import Convention
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import Strategy, load_strategies, trace_strategy
from backtests.portfolio.terms import Terms
from backtests.report.walk import lay_out_walk, write_walk
from backtests.walk.follow import report_formations, securities_to_walk
from backtests.walk.formation import Formation, month_ends
from backtests.walk.forward import walk_forward
from backtests.walk.result import Walk
from screener import Panel
from screener.calendar import load_sessions
from universes import FaultyFileError, InputError, load_scale
from universes.text import Text

A, B, C, INDEX = "600519.SH", "601019.SH", "603000.SH", "000300.SH"
D = dt.date
TITLE = Text("规则", "Rule")
SCALE = load_scale("soochow")


def sessions(first: str, last: str, calendar: str = "XSHG") -> list[str]:
    days = load_sessions(calendar, int(first[:4]), int(last[:4])).days.astype(str)
    return [str(day) for day in days if first <= day <= last]


def steps_of(days: Sequence[str], *levels: tuple[str, float]) -> dict[str, float]:
    """The level of each day: that of the latest (day, level) on or before it."""
    return {day: [level for since, level in levels if since <= day][-1] for day in days}


def prices_by_hand() -> dict[str, dict[str, float]]:
    days = sessions("2024-06-03", "2024-10-31")
    start = days[0]
    return {
        A: steps_of(days, (start, 10.0), ("2024-07-31", 12.0)),
        B: steps_of(days, (start, 10.0), ("2024-07-31", 8.0)),
        C: steps_of(days, (start, 20.0), ("2024-08-30", 30.0)),
        INDEX: steps_of(days, (start, 100.0), ("2024-08-30", 110.0)),
    }


def formed(day: str, *symbols: str, universe: tuple[str, ...] = (A, B, C)) -> Formation:
    examined = max(len(universe), len(symbols))
    return Formation(D.fromisoformat(day), symbols, examined, universe=universe)


BY_HAND = (formed("2024-06-28", A, B), formed("2024-07-31", A, C), formed("2024-08-30", C))
MONTHS = Convention(horizons=(1, 2, 3))


@pytest.fixture
def panel(make_panel: MakePanel) -> Panel:
    return make_panel(prices_by_hand())


@pytest.fixture
def walk(panel: Panel) -> Walk:
    return walk_forward(BY_HAND, panel, SCALE, title=TITLE, convention=MONTHS)


def remarks_of(walk: Walk) -> dict[str, Mapping[str, object]]:
    return {each.code: each.values for each in walk.caveats}  # noqa: PD011 - no DataFrame


# Months


@pytest.mark.parametrize(
    ("calendar", "first", "last", "ends"),
    [
        # the mainland closes from 28 January on for the new year, Hong Kong a day later
        ("XSHG", D(2025, 1, 2), D(2025, 2, 28), ["2025-01-27", "2025-02-28"]),
        ("XHKG", D(2025, 1, 2), D(2025, 2, 28), ["2025-01-28", "2025-02-28"]),
        # a first or last day is no month's end by itself
        ("XSHG", D(2024, 6, 28), D(2024, 8, 29), ["2024-06-28", "2024-07-31"]),
        ("XSHG", D(2024, 6, 29), D(2024, 7, 30), []),
        ("XSHG", D(2024, 12, 31), D(2025, 1, 27), ["2024-12-31", "2025-01-27"]),
    ],
)
def test_a_month_ends_with_the_last_session_of_its_own_market(
    calendar: str, first: dt.date, last: dt.date, ends: list[str]
) -> None:
    assert [str(day) for day in month_ends(calendar, first, last)] == ends


def test_months_do_not_run_backward() -> None:
    with pytest.raises(InputError, match="lies before"):
        month_ends("XSHG", D(2024, 6, 2), D(2024, 6, 1))


# By hand


def test_turnover_is_half_of_what_each_weight_is_to_change_by(walk: Walk) -> None:
    # on 31 July A has drifted to 0.6 and B to 0.4, on 30 August A to 0.4 and C to 0.6
    turns = [each.turnover for each in walk.steps]
    # what the deals cost is a few basis points of it
    assert turns == pytest.approx([0.5, 0.5, 0.4], abs=1e-3)
    assert walk.turnover == pytest.approx(0.45, abs=1e-3)


def test_gains_run_from_a_formation_to_the_next(walk: Walk) -> None:
    july, august, last = walk.steps
    assert july.gain == pytest.approx(0.0, abs=2e-3)
    assert july.benchmark == pytest.approx(0.0, abs=1e-12)
    assert august.gain == pytest.approx(0.25, abs=2e-3)
    assert august.benchmark == pytest.approx(0.10, abs=1e-12)
    assert august.relative == pytest.approx(0.15, abs=2e-3)
    assert (last.gain, last.benchmark, last.relative) == (None, None, None)


def test_without_costs_the_paper_is_worth_what_the_prices_made_of_it(walk: Walk) -> None:
    curve = walk.run.curve
    worth = dict(zip(curve.dates.astype(str), curve.paper / 1e6, strict=True))
    assert worth["2024-07-31"] == pytest.approx(1.0)
    assert worth["2024-08-30"] == pytest.approx(1.25)
    assert worth["2024-10-31"] == pytest.approx(1.25)


def test_what_is_found_again_is_kept(walk: Walk) -> None:
    assert [each.kept for each in walk.steps] == [None, 0.5, 0.5]
    told = [(each.after, each.share, each.formations) for each in walk.retention]
    assert told == [(1, 0.5, 2), (2, 0.0, 1)]


def test_after_a_month_each_formation_counts_the_same(walk: Walk) -> None:
    # +20 and -20 points; 0 and +50 less the index's 10; C stood still
    month = walk.decay[0]
    assert (month.months, month.pairs, month.pending, month.unscored) == (1, 5, 0, 0)
    assert month.mean == pytest.approx((0.2 - 0.2 - 0.1 + 0.4 + 0.0) / 5)
    assert month.relative.mean == pytest.approx((0.0 + 0.15 + 0.0) / 3)
    # squared deviations of 0.0025, 0.01 and 0.0025, over 3 and 2
    assert month.relative.error == pytest.approx(0.05)
    assert month.relative.t == pytest.approx(1.0)
    assert (month.relative.formations, month.relative.lags) == (3, 0)
    # +20 and +40 are overweight or better
    assert month.hit_rate == pytest.approx(2 / 5)


def test_the_choice_is_set_against_the_mean_of_all_examined(walk: Walk) -> None:
    month = walk.decay[0]
    assert month.net is not None
    # of July's three shares the mean is (-10 - 10 + 40) / 3, of the two found +15
    assert month.net.mean == pytest.approx((0.0 + (0.15 - 0.2 / 3) + 0.0) / 3)
    # A of June and C of July; that of August stood still with the others
    assert month.beaten == pytest.approx(2 / 5)


def test_overlap_widens_or_narrows_the_error(walk: Walk) -> None:
    two = walk.decay[1]
    # -10 and +15: deviations of 12.5 points of either sign, the lag's product with half its weight
    assert two.relative.mean == pytest.approx(0.025)
    assert two.relative.error == pytest.approx(((2 - 1) * 0.125**2 / 2 / 1) ** 0.5)
    assert (two.relative.formations, two.relative.lags) == (2, 1)


def test_what_has_not_ended_is_left_out_and_counted(walk: Walk) -> None:
    # August's two months end on 1 November, a day after the prices
    assert [(each.pairs, each.pending) for each in walk.decay] == [(5, 0), (4, 1), (2, 3)]
    three = walk.decay[2].relative
    assert three.mean == pytest.approx(-0.1)
    assert (three.error, three.t, three.formations) == (None, None, 1)


def test_a_formation_of_which_one_share_is_pending_waits_as_a_whole(make_panel: MakePanel) -> None:
    # B is entered four sessions after A, and its month ends after the prices
    prices = prices_by_hand()
    for day in sessions("2024-07-01", "2024-07-04"):
        del prices[B][day]
    known = {s: {d: p for d, p in own.items() if d <= "2024-08-02"} for s, own in prices.items()}
    month = walk_forward(BY_HAND[:1], make_panel(known), SCALE, convention=MONTHS).decay[0]
    assert (month.pairs, month.pending, month.mean) == (0, 2, None)
    assert month.relative.formations == 0


def test_without_all_examined_nothing_is_net(panel: Panel) -> None:
    bare = [dataclasses.replace(each, universe=()) for each in BY_HAND]
    walk = walk_forward(bare, panel, SCALE, convention=MONTHS)
    assert {(each.net, each.beaten) for each in walk.decay} == {(None, None)}
    assert "walk_survivorship" in [each.code for each in walk.caveats]


# Cash, gaps and what is not known


def test_an_empty_formation_sells_everything_and_the_curve_goes_on(panel: Panel) -> None:
    empty = [BY_HAND[0], formed("2024-07-31"), formed("2024-08-30")]
    walk = walk_forward(empty, panel, SCALE)
    sold = [(str(each.date), each.symbol) for each in walk.run.trades if each.side == "sell"]
    assert sold == [("2024-08-01", A), ("2024-08-01", B)]
    curve = walk.run.curve
    assert str(curve.dates[-1]) == "2024-10-31"
    assert not curve.value[-1].any()
    assert curve.equity[-1] == curve.cash[-1] > 0
    assert [each.turnover for each in walk.steps] == pytest.approx([0.5, 0.5, 0.0], abs=1e-3)
    assert [each.kept for each in walk.steps] == [None, 0.0, None]
    told = remarks_of(walk)
    assert told["walk_empty"] == {"empty": 2, "count": 3}


def test_a_walk_may_begin_in_cash(panel: Panel) -> None:
    walk = walk_forward([formed("2024-06-28"), *BY_HAND[1:]], panel, SCALE)
    assert str(walk.run.curve.dates[0]) == "2024-06-28"
    assert min(each.date for each in walk.run.trades) == D(2024, 8, 1)
    assert walk.steps[0].gain == 0.0


def test_the_money_of_a_share_without_a_close_goes_to_the_others(make_panel: MakePanel) -> None:
    prices = prices_by_hand()
    prices[B] = {day: price for day, price in prices[B].items() if day > "2024-06-28"}
    first = dataclasses.replace(BY_HAND[0], symbols=(A, B, C))
    walk = walk_forward([first, *BY_HAND[1:]], make_panel(prices), SCALE)
    bought = {each.symbol: each.value for each in walk.run.trades if each.date == D(2024, 7, 1)}
    assert sorted(bought) == [A, C]
    assert bought[A] == pytest.approx(500_000, rel=1e-3)
    assert bought[C] == pytest.approx(500_000, rel=1e-3)
    step = walk.steps[0]
    assert (step.found, step.priced) == (3, 2)
    assert step.turnover == pytest.approx(0.5)
    assert not walk.complete
    assert {"walk_unpriced"} <= {each.code for each in walk.caveats}


def test_a_formation_none_of_whose_shares_has_a_price_is_refused(make_panel: MakePanel) -> None:
    prices = prices_by_hand()
    prices[C] = {day: price for day, price in prices[C].items() if day > "2024-08-30"}
    with pytest.raises(InputError, match=r"2024-08-30: of what is wanted \(603000.SH\) nothing"):
        walk_forward(BY_HAND, make_panel(prices), SCALE)


def test_formations_after_the_last_day_read_are_left_out(panel: Panel) -> None:
    walk = walk_forward(BY_HAND, panel, SCALE, as_of=D(2024, 8, 15))
    assert walk.formations == BY_HAND[:2]
    told = remarks_of(walk)
    assert told["walk_later"] == {"count": 1, "first": D(2024, 8, 30), "before": D(2024, 7, 31)}


def test_an_index_that_outlives_the_shares_scores_nothing(make_panel: MakePanel) -> None:
    days = sessions("2024-06-03", "2025-03-31")
    prices = prices_by_hand() | {INDEX: dict.fromkeys(days, 100.0)}
    walk = walk_forward(BY_HAND, make_panel(prices), SCALE, convention=MONTHS)
    assert [each.pending for each in walk.decay] == [0, 1, 3]
    assert str(walk.run.curve.dates[-1]) == "2024-10-31"


@pytest.mark.parametrize(
    ("formations", "message"),
    [
        ((), "there is no formation"),
        ((BY_HAND[1], BY_HAND[0]), "2024-06-28 follows on that of 2024-07-31"),
        ((formed("2024-07-01", A), BY_HAND[1]), "2024-07-31 follows on that of 2024-07-01"),
        ((formed("2024-06-28"), formed("2024-07-31")), "none of 2 formations found a share"),
        ((formed("2024-11-29", A),), "after the prices end"),
    ],
)
def test_formations_that_cannot_be_walked_over_are_refused(
    panel: Panel, formations: tuple[Formation, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        walk_forward(formations, panel, SCALE)


@pytest.mark.parametrize(
    ("symbols", "examined", "universe", "message"),
    [
        (("600519.SH", "sh600519"), 5, (), "stands twice"),
        ((A, B), 1, (), "2 shares found"),
        ((A, B), 2, (A,), "601019.SH found, but not among"),
        ((A,), 2, (A, B, C), "3 told of of 2 examined|and 3 told"),
    ],
)
def test_a_formation_adds_up(
    symbols: tuple[str, ...], examined: int, universe: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        Formation(D(2024, 6, 28), symbols, examined, universe=universe)


def test_a_share_goes_by_the_name_it_had_when_first_found() -> None:
    names = ({A: "甲"}, {A: "ST甲", C: "丙"})
    named = [
        dataclasses.replace(each, names=own) for each, own in zip(BY_HAND[:2], names, strict=True)
    ]
    picks = report_formations(named, SCALE, TITLE).picks
    assert {str(each.symbol): each.name.zh for each in picks} == {A: "甲", B: B, C: "丙"}


def test_a_walk_reads_all_examined_and_their_benchmarks() -> None:
    formation = Formation(D(2024, 6, 28), (A,), 9, universe=(A, "0700.HK"))
    needed, also = securities_to_walk([formation], SCALE, "CNY")
    assert needed == ["000300.SH", "0700.HK", A, "HSI.HK"]
    assert all(name not in needed for name in also)


# Schedules


def scheduled(schedule: Mapping[dt.date, Mapping[str, float]], **choices: object) -> Strategy:
    fields = {"id": "own", "title": TITLE, "note": TITLE, "weigh": "scheduled"} | choices
    return Strategy(**fields, schedule=schedule)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("schedule", "choices", "message"),
    [
        ({}, {}, "goes with the weighing"),
        ({D(2024, 7, 1): {A: 1.0}}, {"weigh": "equal"}, "goes with the weighing"),
        ({D(2024, 7, 1): {A: 1.0}}, {"rebalance": "monthly"}, "when to deal"),
        ({D(2024, 7, 1): {A: 1.0}}, {"hold": "horizon"}, "when to deal"),
        ({D(2024, 7, 1): {A: 1.0}}, {"stop": 0.1}, "when to deal"),
        ({D(2024, 7, 1): {A: 0.6, B: 0.5}}, {}, "add up to over 1"),
        ({D(2024, 7, 1): {A: -0.1}}, {}, "below zero"),
    ],
)
def test_a_schedule_that_contradicts_itself_is_refused(
    schedule: Mapping[dt.date, Mapping[str, float]], choices: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        scheduled(schedule, **choices)


def test_a_file_cannot_name_a_schedule(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text(
        '[own]\ntitle = { zh = "甲", en = "A" }\nweigh = "scheduled"\n', encoding="utf-8"
    )
    with pytest.raises(FaultyFileError, match=r"'scheduled' is unknown") as refused:
        load_strategies([str(file)])
    assert "write one of: equal, level, theme, inverse_volatility, given" in str(refused.value)


def test_a_traced_schedule_is_json_and_other_strategies_have_none() -> None:
    told = trace_strategy(scheduled({D(2024, 8, 1): {}, D(2024, 7, 1): {A: 1.0}}))
    assert json.loads(json.dumps(told))["schedule"] == {"2024-07-01": {A: 1.0}, "2024-08-01": {}}
    assert list(told["schedule"]) == ["2024-07-01", "2024-08-01"]
    assert "schedule" not in trace_strategy(load_strategies(["horizon"])[0])


def deals_of(panel: Panel, report: object, strategy: Strategy) -> list[tuple[str, str, str]]:
    test = simulate_portfolio(report, panel, [strategy])  # type: ignore[arg-type]
    return [(str(each.date), each.symbol, each.side) for each in test.runs[0].trades]


def test_a_day_without_a_session_is_decided_on_the_row_before(
    panel: Panel, make_report: MakeReport
) -> None:
    report = make_report([A, B], "2024-06-28")
    # a Saturday and a Sunday, of which the Sunday knows more; and a day after the prices
    days = {D(2024, 6, 28): {A: 1.0}, D(2024, 7, 6): {A: 1.0}, D(2024, 7, 7): {B: 1.0}}
    beyond = {D(2024, 12, 2): {A: 1.0}}
    dealt = deals_of(panel, report, scheduled(days | beyond))
    assert dealt == [("2024-07-01", A, "buy"), ("2024-07-08", A, "sell"), ("2024-07-08", B, "buy")]


def test_what_is_in_force_at_the_start_is_the_first_decision(
    panel: Panel, make_report: MakeReport
) -> None:
    report = make_report([A, B], "2024-07-10")
    dealt = deals_of(panel, report, scheduled({D(2024, 6, 3): {A: 1.0}, D(2024, 6, 28): {B: 1.0}}))
    assert dealt == [("2024-07-11", B, "buy")]


def test_a_schedule_after_the_prices_is_refused(panel: Panel, make_report: MakeReport) -> None:
    with pytest.raises(InputError, match="the schedule begins on 2024-12-02, after the prices"):
        deals_of(panel, make_report([A], "2024-06-28"), scheduled({D(2024, 12, 2): {A: 1.0}}))


# Look-ahead


@cache
def lived(quote: str) -> Panel:
    panel = make_panel(5, "2024-03-01", "2024-12-31")
    if quote == "raw":
        return panel
    prices = {(name, "total"): matrix.copy() for (name, _), matrix in panel.prices.items()}
    return dataclasses.replace(panel, prices=prices, actions=())  # type: ignore[arg-type]


@cache
def chosen() -> tuple[Formation, ...]:
    luck = np.random.default_rng(7)
    days = month_ends("XSHG", D(2024, 4, 1), D(2024, 11, 30))
    names = sorted(SHARES)
    picked = [luck.permutation(names)[: luck.integers(0, 4)].tolist() for _ in days]
    picked[0] = names[:3]
    return tuple(Formation(day, tuple(p), 6) for day, p in zip(days, picked, strict=True))


@cache
def walked(quote: str) -> Walk:
    return walk_forward(chosen(), lived(quote), SCALE, Terms(prices=quote))  # type: ignore[arg-type]


@pytest.mark.parametrize("quote", ["raw", "total"])
@pytest.mark.parametrize("sessions_after", [1, 4])
def test_prices_that_end_after_a_formation_change_no_deal_before(
    quote: str, sessions_after: int
) -> None:
    panel, terms, whole = lived(quote), Terms(prices=quote), walked(quote)  # type: ignore[arg-type]
    assert len(whole.run.trades) > 20
    for formation in chosen()[1:]:
        row = int(np.searchsorted(panel.dates, np.datetime64(formation.day))) + sessions_after
        last = panel.dates[row].astype(dt.date)
        cut = walk_forward(chosen(), panel.until(panel.dates[row]), SCALE, terms)
        before = [each for each in whole.run.trades if each.date <= last]
        # names are told in the order in which they were found, those of later formations last
        assert list(cut.run.trades) == before
        rows = len(cut.run.curve.dates)
        np.testing.assert_array_equal(cut.run.curve.equity, whole.run.curve.equity[:rows])
        turns = [(each.day, each.turnover) for each in whole.steps if each.day <= last]
        assert [(each.day, each.turnover) for each in cut.steps] == turns


def test_later_finds_change_nothing_before(panel: Panel) -> None:
    other = walk_forward([*BY_HAND[:2], formed("2024-08-30", B)], panel, SCALE)
    own = walk_forward(BY_HAND, panel, SCALE)
    last = D(2024, 8, 30)
    told = [[each for each in walk.run.trades if each.date <= last] for walk in (own, other)]
    assert told[0] == told[1]
    assert own.run.trades != other.run.trades


# Reports


def test_a_document_and_its_json_tell_the_same_in_both_languages(walk: Walk) -> None:
    for language in ("zh", "en"):
        document = lay_out_walk(walk, language)
        names = [sheet.name for sheet in document.sheets]
        assert names == ["formations", "decay", "retention", "strategies", "bridge"]
        data = json.loads(json.dumps(document.data, allow_nan=False))
        assert data["schema"] == "sector-screener/walk/1"
        assert [each["symbols"] for each in data["formations"]] == [[A, B], [A, C], [C]]
        assert data["decay"][0]["relative"]["error"] == pytest.approx(0.05)
        assert len(document.notes) == len(walk.caveats)
        assert document.title.startswith(
            "滚动回测：规则" if language == "zh" else "Walked forward: R"
        )
    assert "after 3 months -10.0 points (formations: 1)" in lay_out_walk(walk, "en").lead


def test_the_records_are_a_row_for_each_formation(walk: Walk) -> None:
    frame = walk.to_frame()
    assert frame.index.tolist() == [pd.Timestamp(each.day) for each in BY_HAND]
    assert frame["found"].tolist() == [2, 2, 1]


def test_a_folder_holds_what_reproduces_the_walk(walk: Walk, tmp_path: Path) -> None:
    folder = write_walk(walk, tmp_path, "en", "none", {"rule": "own"})
    assert write_walk(walk, tmp_path, "en", "none", {"rule": "own"}) == folder
    assert {path.name for path in folder.iterdir()} == {
        "walk.json",
        "walk.csv",
        "report.md",
        "report.xlsx",
        "decay.csv",
        "found.csv",
        "equity.csv",
        "trades.csv",
        "positions.csv",
        "skipped_orders.csv",
        "index.html",
        "figures",
        "manifest.json",
    }
    found = pd.read_csv(folder / "found.csv")
    assert found["symbol"].tolist() == [A, B, A, C, C]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    schedule = manifest["strategies"][0]["schedule"]
    assert schedule == {
        "2024-06-28": {A: 0.5, B: 0.5},
        "2024-07-31": {A: 0.5, C: 0.5},
        "2024-08-30": {C: 1.0},
    }
    assert manifest["formations"]["count"] == 3


@pytest.fixture
def halted(make_panel: MakePanel) -> Panel:
    """A Hong Kong share halted from September on, while others of its market trade."""
    days = sessions("2024-06-03", "2024-10-31", "XHKG")
    prices = prices_by_hand() | {
        "0700.HK": dict.fromkeys([day for day in days if day < "2024-09-02"], 300.0),
        "9992.HK": dict.fromkeys(days, 50.0),
        "HSI.HK": dict.fromkeys(days, 18000.0),
        "HKDCNY.FX": dict.fromkeys(days, 0.9),
    }
    return make_panel(prices)


def test_a_share_that_is_halted_at_the_end_does_not_end_its_market(halted: Panel) -> None:
    mixed = Formation(D(2024, 6, 28), (A, "0700.HK"), 2)
    walk = walk_forward([mixed], halted, SCALE, convention=MONTHS)
    assert [(each.pairs, each.pending) for each in walk.decay] == [(2, 0), (2, 0), (2, 0)]


def test_a_portfolio_whose_prices_end_earlier_tells_nothing_of_later_formations(
    halted: Panel,
) -> None:
    # the simulation ends with the prices of all its shares of an exchange
    mixed = Formation(D(2024, 6, 28), (A, "0700.HK"), 2)
    walk = walk_forward([mixed, BY_HAND[1], formed("2024-09-30", A)], halted, SCALE)
    assert str(walk.run.curve.dates[-1]) == "2024-08-30"
    june, july, september = walk.steps
    assert june.gain is not None
    assert july.turnover is not None
    assert (july.gain, july.benchmark) == (None, None)
    assert (september.turnover, september.gain, september.kept) == (None, None, 0.5)


def test_every_second_formation_stands_apart_over_two_months(make_panel: MakePanel) -> None:
    days = sessions("2024-06-03", "2024-12-31")
    prices = {
        symbol: steps_of(days, (days[0], 10.0), ("2024-09-02", 11.0)) for symbol in (A, B, C, INDEX)
    }
    two = Convention(horizons=(1, 2))
    walk = walk_forward(BY_HAND, make_panel(prices), SCALE, convention=two)
    assert remarks_of(walk)["walk_overlap"] == {"months": 2, "formations": 3, "apart": 2}


def test_few_formations_that_overlap_are_said_to_be_few(walk: Walk) -> None:
    told = remarks_of(walk)
    assert told["walk_few"] == {"count": 3}
    assert told["walk_overlap"] == {"months": 2, "formations": 2, "apart": 1}
    assert told["walk_none_ended"]["count"] == 3
    assert told["walk_pending"] == {"horizons": "2, 3", "pending": "1, 3"}
    assert "survivorship_traded" not in told


def test_shares_that_stopped_trading_and_pairs_without_a_score_are_counted(
    make_panel: MakePanel,
) -> None:
    prices = prices_by_hand()
    # B stops after its purchase, and C is halted from the day of its formation on
    prices[B] = {day: price for day, price in prices[B].items() if day <= "2024-07-05"}
    prices[C] = {day: price for day, price in prices[C].items() if day <= "2024-07-31"}
    walk = walk_forward(BY_HAND[:2], make_panel(prices), SCALE, convention=MONTHS)
    assert remarks_of(walk)["walk_some_ended"] == {"ended": 2, "count": 3}
    (unscored,) = (each for each in walk.caveats if each.code == "walk_unscored")
    assert "halted 1." in unscored.get("en")
    assert [(each.pairs, each.unscored) for each in walk.decay] == [(3, 1), (3, 1), (2, 1)]
