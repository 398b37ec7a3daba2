"""What a reader of a backtest is told: where prices end, what is left out, what is doubtful."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pytest
from conftest import MakeReport

from backtests.portfolio.result import Backtest
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import load_strategies
from screener import Panel
from screener.calendar import load_sessions
from screener.panel import CorporateAction, Quote
from universes import Report

DAYS = load_sessions("XSHG", 2024, 2024).days
# the decision falls on 2024-06-14, and there are sessions enough after it
START = int(np.searchsorted(DAYS, np.datetime64("2024-06-14")))
FLAT = load_strategies(["buy_and_hold"])


def panel_of(
    lengths: Mapping[str, int], quote: Quote = "total", actions: Sequence[CorporateAction] = ()
) -> Panel:
    """Make closes of 10 on so many sessions from 2024-06-13 on."""
    tables = {
        symbol: pd.Series(10.0, pd.to_datetime(DAYS[START - 1 : START - 1 + count]))
        for symbol, count in lengths.items()
    }
    return Panel.from_frames({quote: pd.DataFrame(tables)}, actions=actions)


def simulate(report: Report, panel: Panel) -> Backtest:
    return simulate_portfolio(report, panel, FLAT)


def told(test: Backtest) -> dict[str, Mapping[str, object]]:
    return {each.code: each.values for each in test.caveats}  # noqa: PD011 - no DataFrame


@pytest.mark.parametrize(("missing", "cut"), [(10, False), (11, True)])
def test_it_ends_where_the_prices_of_an_exchange_end(
    make_report: MakeReport, missing: int, *, cut: bool
) -> None:
    panel = panel_of({"600519.SH": 40 - missing, "000300.SH": 40})
    test = simulate(make_report(["600519.SH"], "2024-06-14"), panel)
    last = DAYS[START - 1 + 40 - missing - 1] if cut else DAYS[START - 1 + 39]
    assert test.runs[0].curve.dates[-1] == last
    assert told(test).get("prices_end") == ({"day": last} if cut else None)
    assert "silent" not in told(test)


def test_a_pick_without_a_close_since_is_kept_and_named(make_report: MakeReport) -> None:
    panel = panel_of({"600519.SH": 40, "600000.SH": 25, "601398.SH": 30, "000300.SH": 40})
    test = simulate(make_report(["600519.SH", "600000.SH", "601398.SH"], "2024-06-14"), panel)
    assert told(test)["silent"] == {"symbols": f"600000.SH ({DAYS[START - 1 + 24]})"}
    assert "prices_end" not in told(test)
    assert test.runs[0].curve.dates[-1] == DAYS[START - 1 + 39]


def test_picks_that_cannot_be_traded_are_left_out_and_named(make_report: MakeReport) -> None:
    panel = panel_of({"600519.SH": 40, "PDD.US": 40, "000300.SH": 40})
    report = make_report(["600519.SH", "PDD.US", "600000.SH"], "2024-06-14")
    test = simulate(report, panel)
    assert [str(pick.symbol) for pick in test.picks] == ["600519.SH"]
    assert told(test)["no_rules"] == {"symbols": "PDD.US"}
    assert told(test)["no_prices"] == {"symbols": "600000.SH"}
    assert not test.complete
    assert simulate(make_report(["600519.SH"], "2024-06-14"), panel).complete


def test_printed_prices_and_adjusted_ones_are_told_apart(make_report: MakeReport) -> None:
    report = make_report(["600519.SH"], "2024-06-14")
    for quote, expected in (
        ("raw", {"printed_prices"}),
        ("total", {"adjusted_prices", "dividends_in_prices"}),
        ("price", {"adjusted_prices", "dividends_left_out"}),
    ):
        lengths = {"600519.SH": 40, "000300.SH": 40}
        codes = told(simulate(report, panel_of(lengths, quote))).keys()
        kinds = {"printed_prices", "adjusted_prices", "dividends_in_prices", "dividends_left_out"}
        assert codes & kinds == expected


def test_daily_prices_in_one_currency_need_no_word_on_gaps_or_rates(
    make_report: MakeReport,
) -> None:
    panel = panel_of({"600519.SH": 40, "000300.SH": 40}, "raw")
    codes = told(simulate(make_report(["600519.SH"], "2024-06-14"), panel)).keys()
    assert not codes & {"sparse", "old_rates", "limits_unchecked", "rights_lapsed"}


def test_the_snapshots_gaps_and_old_rates_are_told(report: Report, snapshot: Panel) -> None:
    values = told(simulate(report, snapshot))
    # of 302 sessions of either market from 2024-06-17 to 2025-08-22 it has 74
    assert values["sparse"] == {"rows": 74, "sessions": 302}
    # known on 2024-06-17 and not again before 2024-12-17: 2024-12-13 is 179 days later
    assert values["old_rates"] == {"days": 179}


@pytest.mark.parametrize(("ex_date", "counts"), [("2024-06-13", False), ("2024-06-20", True)])
def test_a_rights_issue_is_told_once_money_is_at_stake(
    make_report: MakeReport, ex_date: str, *, counts: bool
) -> None:
    issue = CorporateAction("600519.SH", ex_date, 0.0, 0.0, "high", 0.3, 5.0)
    panel = panel_of({"600519.SH": 40, "000300.SH": 40}, "raw", [issue])
    values = told(simulate(make_report(["600519.SH"], "2024-06-14"), panel))
    expected = {"issues": f"600519.SH {ex_date}"} if counts else None
    assert values.get("rights_lapsed") == expected


def test_a_session_without_the_close_before_leaves_its_limit_unchecked(
    make_report: MakeReport,
) -> None:
    panel = panel_of({"600519.SH": 40, "000300.SH": 40}, "raw")
    # a whole session is not recorded, so the next one's limit is not known
    rows = np.delete(np.arange(40), 10)
    holes = {key: matrix[rows] for key, matrix in panel.prices.items()}
    cut = Panel(panel.dates[rows], panel.symbols, holes, panel.origin)
    values = told(simulate(make_report(["600519.SH"], "2024-06-14"), cut))
    assert values["limits_unchecked"] == {"count": 1}
    assert values["sparse"] == {"rows": 37, "sessions": 38}


def test_the_first_session_of_an_early_listing_hangs_on_an_issue_price_nobody_knows(
    make_report: MakeReport,
) -> None:
    days = pd.to_datetime(load_sessions("XSHG", 2022, 2022).days[:40])
    tables = {
        "600519.SH": pd.Series(10.0, days),
        "601398.SH": pd.Series(10.0, days[20:]),
        "000300.SH": pd.Series(10.0, days),
    }
    panel = Panel.from_frames({"raw": pd.DataFrame(tables)})
    test = simulate(make_report(["600519.SH", "601398.SH"], str(days[5].date())), panel)
    assert told(test)["limits_unchecked"] == {"count": 1}
