"""Small portfolios worked by hand, to the cent.

Fees of June 2024. Mainland: commission 0.025%, at least 5; transfer fee 0.001%; stamp duty 0.05%
of sales. Hong Kong: commission 0.03%, at least 3; stamp duty 0.1% up to the dollar; levies 0.0027%
and 0.00015%; trading fee 0.00565%; settlement fee 0.002%, at least 2.
"""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MakeReport
from naive_portfolio import panel_of

from backtests.portfolio.baskets import simulate_baskets
from backtests.portfolio.benchmarks import read_benchmarks
from backtests.portfolio.market.tape import choose_quote, read_tape
from backtests.portfolio.orders.conditions import Conditions
from backtests.portfolio.orders.engine import ReconciliationError, reconcile, replay
from backtests.portfolio.orders.ledger import Books, Ledger, Reason
from backtests.portfolio.orders.planner import Planner, plan_deals
from backtests.portfolio.result import Backtest
from backtests.portfolio.rules.rulebook import load_rulebook
from backtests.portfolio.simulate import securities_to_trade, simulate_portfolio
from backtests.portfolio.strategy.decisions import Decisions
from backtests.portfolio.strategy.strategies import Strategy, load_strategies
from backtests.portfolio.terms import Terms
from screener import Panel
from screener.calendar import load_sessions
from screener.panel import CorporateAction, Quote
from universes import FaultyFileError, InputError, Report, load_scale
from universes.report import Pick
from universes.text import Text

A, HK, STAR, BSE, CHINEXT = "600519.SH", "0700.HK", "688498.SH", "920002.BJ", "301001.SZ"
JUNE = ["2024-06-14", "2024-06-17", "2024-06-18", "2024-06-19", "2024-06-20", "2024-06-21"]
CSI, HSI, RATE = "000300.SH", "HSI.HK", "HKDCNY.FX"
D = dt.date.fromisoformat
TEXT = Text("甲", "A")
OWN = '[own]\ntitle = { zh = "甲", en = "A" }\nweigh = "given"\n[own.weights]\n'


def panel(
    closes: Mapping[str, Sequence[float | None]],
    days: Sequence[str] = JUNE,
    actions: Iterable[CorporateAction] = (),
    opens: Mapping[str, Sequence[float | None]] | None = None,
) -> Panel:
    """Printed closes by symbol; None for none. Indices that are not given stand at 100."""
    given = {CSI: [100.0] * len(days), HSI: [100.0] * len(days), **closes}
    tables = [
        {
            symbol: {D(day): value for day, value in zip(days, own, strict=False) if value}
            for symbol, own in each.items()
        }
        for each in (given, opens or {})
    ]
    return panel_of(tables[0], tables[1] if opens else None, actions)


def plan(
    prices: Panel,
    symbols: Sequence[str],
    decided: Mapping[int, Sequence[float]],
    cash: float,
    currency: str = "CNY",
) -> Ledger:
    """Follow weights by the row that they are decided on."""
    tape = read_tape(prices, symbols, currency, "raw")
    decisions = Decisions(tuple(decided), np.array(list(decided.values()), dtype=float))
    rules = Conditions.executable(load_rulebook(), symbols, printed=True)
    return plan_deals(tape, Books(np.arange(len(symbols)), np.array([0]), cash), decisions, rules)


def deals_of(ledger: Ledger) -> list[tuple[str, float, float, float]]:
    """(day, shares, price, all costs), rounded to the cent."""
    found = ledger.deals
    return [
        (str(ledger.tape.dates[row]), shares, price, round(cost, 4))
        for row, shares, price, cost in zip(
            found.row, found.shares.tolist(), found.price.tolist(), found.cost.tolist(), strict=True
        )
    ]


def skips_of(ledger: Ledger) -> list[tuple[str, str, bool]]:
    found = ledger.skips
    return [
        (str(ledger.tape.dates[row]), Reason(int(reason)).name, bool(carried))
        for row, reason, carried in zip(found.row, found.reason, found.carried, strict=True)
    ]


def run(
    prices: Panel, report: Report, strategy: str | Strategy = "buy_and_hold", /, **terms: object
) -> Backtest:
    chosen = load_strategies([strategy]) if isinstance(strategy, str) else [strategy]
    return simulate_portfolio(report, prices, chosen, Terms(**{"cash": 100_000.0, **terms}))  # type: ignore[arg-type]


def cents(values: np.ndarray) -> list[float]:
    return [round(value, 4) for value in values.tolist()]


# --- bought and held


def test_one_share_of_shanghai_is_bought_in_lots_and_held(make_report: MakeReport) -> None:
    test = run(panel({A: [9.5, 10, 11, 11, 11, 12]}), make_report([A], "2024-06-16"))
    (trade,) = test.runs[0].trades
    # 9,900 x 10 = 99,000, commission 24.75, transfer fee 0.99; 10,000 would cost 100,026
    assert (trade.date, trade.shares, trade.price) == (D("2024-06-17"), 9900, 10)
    assert {c: v for c, v in trade.costs.items() if v} == {
        "commission": 24.75,
        "transfer_fee": 0.99,
    }
    curve = test.runs[0].curve
    assert cents(curve.cash) == [100_000.0, 974.26, 974.26, 974.26, 974.26, 974.26]
    # 974.26 + 9,900 x 10, 11 and 12
    assert cents(curve.equity) == [
        100_000.0,
        99_974.26,
        109_874.26,
        109_874.26,
        109_874.26,
        119_774.26,
    ]
    # 10,000 shares without costs
    assert cents(curve.paper) == [100_000, 100_000, 110_000, 110_000, 110_000, 120_000]
    bridge = test.runs[0].bridge
    # 99,000 at 10 gained 19,800, on paper 20,000
    assert bridge.paper == pytest.approx(0.2)
    assert bridge.execution == pytest.approx(-0.002)
    assert bridge.costs["commission"] == pytest.approx(-0.0002475)
    assert bridge.costs["transfer_fee"] == pytest.approx(-0.0000099)
    assert bridge.before_costs == pytest.approx(0.198)
    assert bridge.after_costs == pytest.approx(0.1977426)


def test_what_is_told_beside_the_curve_is_worked_by_hand(make_report: MakeReport) -> None:
    prices = panel({A: [9.5, 10, 11, 11, 11, 12], CSI: [100, 100, 110, 110, 99, 99]})
    found = run(prices, make_report([A], "2024-06-16")).runs[0]
    equity = [99_974.26, 109_874.26, 109_874.26, 109_874.26, 119_774.26]
    # half of what was bought and sold, a year of 252 sessions over the equity of five
    assert found.turnover == pytest.approx(126 * 99_000 / sum(equity))
    held = [99_000, 108_900, 108_900, 108_900, 118_800]
    assert found.exposure == pytest.approx(
        sum(h / e for h, e in zip(held, equity, strict=True)) / 5
    )
    assert found.time_invested == 1.0
    assert found.costs_paid["commission"] == 24.75
    assert found.costs_per_value == pytest.approx(25.74 / 99_000)
    assert found.curve.sessions.tolist() == [1, 1, 1, 1, 1, 1]
    # the index counts from its market's first session after the decision
    expected = [100_000, 100_000, 110_000, 110_000, 99_000, 99_000]
    assert cents(found.curve.benchmark) == expected
    assert cents(found.curve.indices[CSI]) == expected
    assert found.measures.total_return == pytest.approx(0.1977426)
    own = np.array(equity) / np.array([100_000, *equity[:-1]]) - 1
    market = np.array([0, 0.1, 0, -0.1, 0])
    covariance = np.cov(own, market)
    assert found.measures.beta == pytest.approx(covariance[0, 1] / covariance[1, 1])
    assert found.measures.tracking_error == pytest.approx(
        float(np.std(own - market, ddof=1)) * 252**0.5
    )
    assert found.paper.total_return == pytest.approx(0.2)
    assert not found.open_at_end


def test_the_time_before_the_first_deal_counts_as_one_session(make_report: MakeReport) -> None:
    days = ["2024-06-07", "2024-06-14", "2024-06-21", "2024-06-28"]
    found = run(panel({A: [10.0] * 4}, days), make_report([A], "2024-06-16")).runs[0]
    assert found.curve.dates.astype(str).tolist() == days[1:]
    assert found.curve.sessions.tolist() == [1, 1, 5]


def test_one_share_of_hong_kong_is_bought_in_its_own_lots(make_report: MakeReport) -> None:
    prices = panel({HK: [295, 300, 300, 305, 305, 310]})
    test = run(prices, make_report([HK], "2024-06-16"), currency="HKD")
    (trade,) = test.runs[0].trades
    # 300 x 300 = 90,000; a fourth lot is too dear
    assert (trade.shares, trade.price, trade.rate, trade.currency) == (300, 300, 1, "HKD")
    assert {code: round(cost, 4) for code, cost in trade.costs.items() if cost} == {
        "commission": 27.0,
        "stamp_duty": 90.0,
        "sfc_levy": 2.43,
        "afrc_levy": 0.14,  # 0.135
        "trading_fee": 5.09,  # 5.085
        "settlement_fee": 2.0,  # 1.80
    }
    # 100,000 - 90,000 - 126.66
    assert cents(test.runs[0].curve.cash)[1:] == [9873.34] * 5
    assert round(test.runs[0].curve.equity[-1], 4) == 102_873.34


def test_a_changing_rate_stands_in_a_line_of_its_own(make_report: MakeReport) -> None:
    rates = [0.90, 0.90, None, 0.92, 0.92, 0.91]
    prices = panel({HK: [295, 300, 300, 310, 310, 310], RATE: rates})
    test = run(prices, make_report([HK], "2024-06-16"))
    (trade,) = test.runs[0].trades
    assert (trade.shares, trade.rate) == (300, 0.9)
    assert trade.value == pytest.approx(81_000)
    # HKD 126.66 of costs are CNY 113.994; 100,000 - 81,000 - 113.994
    assert cents(test.runs[0].curve.cash)[1:] == [18_886.006] * 5
    # 300 x 310 x 0.92 = 85,560, then x 0.91 = 84,630
    assert cents(test.runs[0].curve.value[:, 0])[1:] == [81_000, 81_000, 85_560, 85_560, 84_630]
    (own,) = test.runs[0].contributions
    # 81,000 x (0.92 / 0.9 - 1) = 1,800 and 85,560 x (0.91 / 0.92 - 1) = -930
    assert own.currency == pytest.approx(0.0087)
    # 300 x 10 x 0.92
    assert own.price == pytest.approx(0.0276)
    assert own.costs == pytest.approx(-0.00113994)
    assert own.dividends == 0
    assert own.total == pytest.approx(0.03516006)
    # the index stood still: in the portfolio's currency it moved as the rate did
    assert round(test.runs[0].curve.benchmark[-1], 4) == round(100_000 * 0.91 / 0.9, 4)


def test_a_portfolio_in_hong_kong_dollars_buys_shanghai_at_the_inverse_rate(
    make_report: MakeReport,
) -> None:
    prices = panel({A: [10.0] * 6, RATE: [0.8] * 6})
    test = run(prices, make_report([A], "2024-06-16"), currency="HKD")
    (trade,) = test.runs[0].trades
    # HKD 100,000 are CNY 80,000: 7,900 x 10 + 19.75 + 0.79; times 1.25
    assert (trade.shares, trade.rate, trade.currency) == (7900, 1.25, "CNY")
    assert round(test.runs[0].curve.cash[-1], 4) == round(100_000 - 79_020.54 * 1.25, 4)


def test_two_shares_have_half_each_and_cash_is_left_over(make_report: MakeReport) -> None:
    prices = panel({A: [10.0] * 6, "601900.SH": [30.0] * 6})
    test = run(prices, make_report([A, "601900.SH"], "2024-06-16"))
    # 50,000 each: 4,900 x 10 + 12.25 + 0.49; 1,600 x 30 + 12 + 0.48
    assert [(t.symbol, t.shares) for t in test.runs[0].trades] == [(A, 4900), ("601900.SH", 1600)]
    assert round(test.runs[0].curve.cash[-1], 4) == 2974.78


# --- both sides of each change


@pytest.mark.parametrize(
    ("symbol", "days", "price", "cash", "costs"),
    [
        # 1,000 x 10: commission 5, transfer fee 0.10, stamp duty 10.00 and 5.00
        (A, ["2023-08-23", "2023-08-24", "2023-08-25"], 10, 10_005.10, 15.10),
        (A, ["2023-08-24", "2023-08-25", "2023-08-28"], 10, 10_005.10, 10.10),
        # 100 x 300: 9, 0.81, 0.05 (0.045), 1.70 (1.695), 2, stamp duty 39 and 30
        (HK, ["2023-11-14", "2023-11-15", "2023-11-16"], 300, 30_052.56, 52.56),
        (HK, ["2023-11-15", "2023-11-16", "2023-11-17"], 300, 30_052.56, 43.56),
        # ... and from then on a settlement fee of 0.0042%: 1.26 for 2
        (HK, ["2025-06-25", "2025-06-26", "2025-06-27"], 300, 30_043.56, 43.56),
        (HK, ["2025-06-26", "2025-06-27", "2025-06-30"], 300, 30_043.56, 42.82),
    ],
)
def test_a_sale_pays_what_its_own_day_asks(
    symbol: str, days: list[str], price: float, cash: float, costs: float
) -> None:
    currency = "HKD" if symbol == HK else "CNY"
    ledger = plan(panel({symbol: [price] * 3}, days), [symbol], {0: [1], 1: [0]}, cash, currency)
    shares = 1000 if symbol == A else 100
    assert [(day, n) for day, n, _, _ in deals_of(ledger)] == [
        (days[1], shares),
        (days[2], -shares),
    ]
    assert deals_of(ledger)[1][3] == costs
    assert ledger.cash[1, 0] == pytest.approx(0, abs=1e-6)
    assert round(ledger.cash[2, 0], 4) == shares * price - costs


# --- limits and halts


def test_nothing_is_bought_at_the_upper_limit(make_report: MakeReport) -> None:
    # 10 x 1.1 = 11; next day 11.50, below 12.10
    prices = panel({A: [10, 11, 11.5, 11.5, 11.5, 11.5]})
    test = run(prices, make_report([A], "2024-06-16"))
    (skip,) = test.runs[0].skipped
    assert (skip.date, skip.symbol, skip.side) == (D("2024-06-17"), A, "buy")
    assert (skip.reason, skip.filled, skip.carried) == (Reason.LIMIT_UP, 0, True)
    # what 100,000 would have bought at 11: 9,000 x 11 + 24.75 + 0.99
    assert skip.wanted == 9000
    (trade,) = test.runs[0].trades
    # 8,600 x 11.5 = 98,900 + 24.73 (24.725) + 0.99 (0.989)
    assert (trade.date, trade.shares) == (D("2024-06-18"), 8600)
    assert round(test.runs[0].curve.cash[-1], 4) == 1074.28
    # on paper it was bought on the 17th
    assert cents(test.runs[0].curve.paper)[1:3] == [100_000, round(100_000 * 11.5 / 11, 4)]


@pytest.mark.parametrize(("price", "bought"), [(10.99, True), (11.0, False), (11.01, False)])
def test_a_tick_below_the_limit_is_bought(price: float, *, bought: bool) -> None:
    ledger = plan(panel({A: [10, price, price]}, JUNE[:3]), [A], {0: [1]}, 100_000)
    assert (deals_of(ledger)[0][0] == "2024-06-17") == bought


@pytest.mark.parametrize(("price", "sold"), [(9.01, True), (9.0, False), (8.99, False)])
def test_a_tick_above_the_lower_limit_is_sold(price: float, *, sold: bool) -> None:
    ledger = plan(panel({A: [10, 10, price, 8.9]}, JUNE[:4]), [A], {0: [1], 1: [0]}, 10_005.10)
    day, shares, _, _ = deals_of(ledger)[1]
    assert (day, shares) == ("2024-06-18" if sold else "2024-06-19", -1000)
    assert skips_of(ledger) == ([] if sold else [("2024-06-18", "LIMIT_DOWN", True)])


def test_limits_are_rounded_half_up_to_the_tick() -> None:
    # 10.05 x 1.1 = 11.055 is 11.06; x 0.9 = 9.045 is 9.05
    tape = read_tape(panel({A: [10.05, 10.05]}, JUNE[:2]), [A], "CNY", "raw")
    assert (tape.ceiling[1, 0], tape.floor[1, 0]) == (11.06, 9.05)


def test_the_limit_of_an_ex_date_is_taken_from_the_ex_price() -> None:
    # (10 - 0.5) / 2 = 4.75; 5.225 is 5.23, 4.275 is 4.28
    paid = CorporateAction(A, "2024-06-17", 0.5, 1.0, "high")
    tape = read_tape(panel({A: [10, 5]}, JUNE[:2], [paid]), [A], "CNY", "raw")
    assert (tape.ceiling[1, 0], tape.floor[1, 0]) == (5.23, 4.28)


def test_the_limit_of_an_ex_rights_date_counts_the_rights() -> None:
    # (10 + 0.3 x 5) / 1.3 = 8.846 is 8.85: 9.735 is 9.74, 7.965 is 7.97
    offered = CorporateAction(A, "2024-06-17", 0.0, 0.0, "high", 0.3, 5.0)
    tape = read_tape(panel({A: [10, 8.9]}, JUNE[:2], [offered]), [A], "CNY", "raw")
    assert (tape.ceiling[1, 0], tape.floor[1, 0]) == (9.74, 7.97)


def test_a_holding_that_is_halted_when_it_should_go_goes_on_the_next_session() -> None:
    prices = panel({A: [10, 10, None, None, 10.5, 10.5]})
    ledger = plan(prices, [A], {0: [1], 1: [0]}, 10_005.10)
    assert skips_of(ledger) == [("2024-06-18", "HALTED", True), ("2024-06-19", "HALTED", True)]
    # 10,500: 5 + 5.25 + 0.11 (0.105)
    assert deals_of(ledger)[1] == ("2024-06-20", -1000, 10.5, 10.36)
    # worth its last close meanwhile
    assert ledger.equity[2, 0] == pytest.approx(10_000)


def test_after_a_halt_the_limit_is_taken_from_the_close_before_it() -> None:
    prices = panel({A: [10, None, None, 11]}, JUNE[:4])
    ledger = plan(prices, [A], {0: [1]}, 100_000)
    assert [reason for _, reason, _ in skips_of(ledger)] == ["HALTED", "HALTED", "LIMIT_UP"]


def test_a_session_that_is_not_recorded_is_no_halt_and_leaves_the_limit_unchecked() -> None:
    # the exchange was open on the 18th, of which nothing is known: 11 might be no limit
    days = ["2024-06-14", "2024-06-17", "2024-06-19", "2024-06-20"]
    tape = read_tape(panel({A: [10, 10, 11, 11]}, days), [A], "CNY", "raw")
    assert tape.ceiling[2, 0] == np.inf
    assert tape.unchecked[:, 0].tolist() == [True, False, True, False]
    ledger = plan(panel({A: [10, 10, 11, 11]}, days), [A], {1: [1]}, 100_000)
    assert skips_of(ledger) == []
    assert deals_of(ledger)[0][0] == "2024-06-19"
    assert tape.sessions.tolist() == [1, 1, 2, 1]


def test_the_first_five_sessions_of_a_listing_are_free() -> None:
    days = [*JUNE, "2024-06-24", "2024-06-25"]
    closes = [None, 10, 13, 16, 20, 24, 28.8, 28.8]
    tape = read_tape(panel({CHINEXT: closes}, days), [CHINEXT], "CNY", "raw")
    # the fifth, the 21st, is 20% up and free; the sixth is 24 x 1.2 = 28.8
    assert tape.ceiling[1:, 0].tolist() == [np.inf] * 5 + [28.8, 34.56]
    ledger = plan(panel({CHINEXT: closes}, days), [CHINEXT], {4: [1]}, 10_000)
    assert deals_of(ledger)[0][0] == "2024-06-21"
    ledger = plan(panel({CHINEXT: closes}, days), [CHINEXT], {5: [1]}, 10_000)
    assert skips_of(ledger) == [("2024-06-24", "LIMIT_UP", True)]


def test_what_was_there_from_the_first_session_is_no_listing() -> None:
    tape = read_tape(panel({CHINEXT: [10, 12, 12]}, JUNE[:3]), [CHINEXT], "CNY", "raw")
    assert tape.ceiling[:, 0].tolist() == [np.inf, 12, 14.4]
    assert tape.unchecked[:, 0].tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("name", "day"), [("*ST甲", "2024-06-18"), ("ST甲", "2024-06-18"), ("甲", "2024-06-17")]
)
def test_a_share_under_special_treatment_is_limited_to_five_percent(
    make_report: MakeReport, name: str, day: str
) -> None:
    report = named(make_report([A], "2024-06-16"), name)
    # 10 x 1.05 = 10.50
    test = run(panel({A: [10, 10.5, 10.6, 10.6]}, JUNE[:4]), report)
    assert test.runs[0].trades[0].date == D(day)


def named(report: Report, name: str) -> Report:
    theme = report.themes[0]
    picks: tuple[Pick, ...] = tuple(
        dataclasses.replace(pick, name=Text(name, "A")) for pick in theme.picks
    )
    return dataclasses.replace(report, themes=(dataclasses.replace(theme, picks=picks),))


def test_hong_kong_has_no_limits() -> None:
    ledger = plan(panel({HK: [100, 200, 200]}, JUNE[:3]), [HK], {0: [1]}, 100_000, "HKD")
    assert deals_of(ledger)[0][0] == "2024-06-17"


# --- lots


@pytest.mark.parametrize(
    ("symbol", "cash", "shares"),
    [
        # STAR: 200 x 10 + 5 + 0.02, then single shares
        (STAR, 2005.01, 0),
        (STAR, 2005.02, 200),
        (STAR, 2015.01, 200),
        (STAR, 2015.02, 201),
        # Beijing: 100 x 10 + 5 + 0.01, then single shares
        (BSE, 1005.00, 0),
        (BSE, 1005.01, 100),
        (BSE, 1015.00, 100),
        (BSE, 1015.01, 101),
        # the main board and ChiNext: hundreds
        (A, 1005.00, 0),
        (A, 1005.01, 100),
        (A, 2005.01, 100),
        (A, 2005.02, 200),
        (CHINEXT, 2005.01, 100),
        (CHINEXT, 2005.02, 200),
        # 0.025% of 20,100 is 5.025: 5.03, and 0.20
        (A, 20_100.00 + 5.22, 2000),
        (A, 21_005.46, 2100),  # 21,000 + 5.25 + 0.21
        (A, 21_005.45, 2000),
    ],
)
def test_the_most_is_bought_that_the_cash_covers_to_the_cent(
    symbol: str, cash: float, shares: float
) -> None:
    ledger = plan(panel({symbol: [10, 10]}, JUNE[:2]), [symbol], {0: [1]}, cash)
    assert [n for _, n, _, _ in deals_of(ledger)] == ([shares] if shares else [])
    assert skips_of(ledger) == ([] if shares else [("2024-06-17", "BELOW_A_LOT", False)])
    assert ledger.cash[-1, 0] >= -1e-6


def test_a_share_of_hong_kong_without_a_known_lot_is_not_bought() -> None:
    prices = panel({"9999.HK": [10, 10], HK: [10, 10]}, JUNE[:2])
    ledger = plan(prices, ["9999.HK", HK], {0: [0.5, 0.5]}, 100_000, "HKD")
    assert skips_of(ledger) == [("2024-06-17", "LOT_UNKNOWN", False)]
    assert ledger.shares[-1].tolist() == [0, 4900]


def test_the_fixed_fees_are_paid_on_both_sides() -> None:
    ledger = plan(panel({A: [10, 10, 10]}, JUNE[:3]), [A], {0: [1], 1: [0]}, 1005.01)
    # the sale costs 5, 0.50 and 0.01
    assert deals_of(ledger) == [
        ("2024-06-17", 100, 10, 5.01),
        ("2024-06-18", -100, 10, 5.51),
    ]
    assert round(ledger.cash[-1, 0], 4) == 994.49


def test_a_part_is_sold_in_lots_and_all_of_it_with_its_odd_shares() -> None:
    # three for ten on 1,000 shares: 1,300. Half of 13,000 are 650 shares: six lots
    bonus = CorporateAction(A, "2024-06-18", 0.0, 0.3, "high")
    prices = panel({A: [13, 13, 10, 10, 10, 10]}, actions=[bonus])
    ledger = plan(prices, [A], {0: [1], 2: [0.5], 3: [0]}, 13_005.13)
    assert [(day, n) for day, n, _, _ in deals_of(ledger)] == [
        ("2024-06-17", 1000),
        ("2024-06-19", -600),
        ("2024-06-20", -700),
    ]
    assert not ledger.shares[-1].any()


def test_a_fraction_of_a_share_that_a_bonus_leaves_is_kept_and_sold_with_the_rest() -> None:
    bonus = CorporateAction(A, "2024-06-18", 0.0, 0.333, "high")
    prices = panel({A: [13.33, 13.33, 10, 10]}, JUNE[:4], [bonus])
    ledger = plan(prices, [A], {0: [1], 2: [0]}, 1338.02)
    # 100 cost 1,338.01
    assert ledger.shares[:, 0].tolist() == pytest.approx([0, 100, 133.3, 0])
    assert deals_of(ledger)[1][1] == pytest.approx(-133.3)


@pytest.mark.parametrize(("target", "sold"), [(0.81, 0), (0.8, 200), (0.7995, 200), (0.799, 201)])
def test_a_part_of_a_star_holding_is_sold_from_200_shares_on(target: float, sold: float) -> None:
    # 1,000 x 10 and no cash: 0.1% of it are a share
    prices = panel({STAR: [10, 10, 10]}, JUNE[:3])
    ledger = plan(prices, [STAR], {0: [1], 1: [target]}, 10_005.10)
    assert ledger.shares[-1, 0] == 1000 - sold


def test_shares_bought_today_are_sold_today_in_hong_kong_alone() -> None:
    for symbol, left, skipped in ((A, 9900, [("2024-06-17", "BOUGHT_TODAY", True)]), (HK, 0, [])):
        currency = "HKD" if symbol == HK else "CNY"
        tape = read_tape(panel({symbol: [10.0] * 6}), [symbol], currency, "raw")
        rules = Conditions.executable(load_rulebook(), [symbol], printed=True)
        planner = Planner(tape, Books(np.array([0]), np.array([0]), 100_000.0), rules)
        planner.want(np.array([1.0]))
        planner.trade(1)
        planner.want(np.array([0.0]))
        planner.trade(1)
        ledger = planner.ledger()
        assert ledger.shares[1, 0] == left
        assert skips_of(ledger) == skipped
        planner.trade(2)
        assert planner.ledger().shares[2, 0] == 0


def test_on_paper_shares_bought_today_can_go_today() -> None:
    tape = read_tape(panel({A: [10.0] * 6}), [A], "CNY", "raw")
    books = Books(np.array([0]), np.array([0]), 1000.0)
    planner = Planner(tape, books, Conditions.frictionless(1))
    for weight in (1.0, 0.0):
        planner.want(np.array([weight]))
        planner.trade(1)
    assert planner.ledger().deals.shares.tolist() == [100, -100]


def test_what_was_held_before_is_sold_on_the_day_of_a_purchase() -> None:
    tape = read_tape(panel({A: [10.0] * 6}), [A], "CNY", "raw")
    rules = Conditions.executable(load_rulebook(), [A], printed=True)
    planner = Planner(tape, Books(np.array([0]), np.array([0]), 20_000.0), rules)
    for row, weight in ((1, 0.6), (2, 0.9), (2, 0.0)):
        planner.want(np.array([weight]))
        planner.trade(row)
    # 12,000 less costs: 1,100; 17,994 of 19,994: 1,700 with the costs of the 600 more
    shares = [round(n) for _, n, _, _ in deals_of(planner.ledger())]
    assert shares == [1100, 600, -1100]


def test_all_purchases_of_a_day_are_kept_from_being_sold_on_it() -> None:
    tape = read_tape(panel({A: [10.0] * 6}), [A], "CNY", "raw")
    rules = Conditions.executable(load_rulebook(), [A], printed=True)
    planner = Planner(tape, Books(np.array([0]), np.array([0]), 20_000.0), rules)
    for weight in (0.3, 0.6, 0.0):
        planner.want(np.array([weight]))
        planner.trade(1)
    # 500 of 20,000; then of 19,994.95 six tenths less the 5,000: 600 more
    assert [n for _, n, _, _ in deals_of(planner.ledger())] == [500, 600]
    assert skips_of(planner.ledger()) == [("2024-06-17", "BOUGHT_TODAY", True)]


def test_no_purchase_waits_for_a_sale_that_would_bring_nothing() -> None:
    # 100 x 0.50 and 50; at 0.46 a sale would bring 46 for 50.02, so 900 of 946 are in cash
    prices = panel({A: [0.5, 0.5, 0.46, 0.46, 0.46, 0.46], "601900.SH": [0.99] * 6})
    symbols = [A, "601900.SH"]
    tape = read_tape(prices, symbols, "CNY", "raw")
    rules = Conditions.executable(load_rulebook(None, 50.0), symbols, printed=True)
    decisions = Decisions((0, 1), np.array([[0.11, 0.0], [0.0, 1.0]]))
    ledger = plan_deals(tape, Books(np.arange(2), np.array([0]), 1000.0), decisions, rules)
    # 800 x 0.99 + 50 + 0.01; 900 would be 941.01
    assert [n for _, n, _, _ in deals_of(ledger)] == [100, 800]
    assert skips_of(ledger)[:2] == [("2024-06-18", "COSTS", True), ("2024-06-18", "CASH", False)]


def test_an_order_that_is_no_lot_is_told_with_the_shares_of_its_budget(
    make_report: MakeReport,
) -> None:
    prices = panel({"9999.HK": [10.0] * 6, HK: [1000.0] * 6, RATE: [0.8] * 6})
    found = run(prices, make_report(["9999.HK", HK], "2024-06-16")).runs[0]
    # 50,000 of 8 and of 800 each
    assert {each.symbol: each.reason for each in found.skipped} == {
        "9999.HK": Reason.LOT_UNKNOWN,
        HK: Reason.BELOW_A_LOT,
    }
    wanted = {each.symbol: each.wanted for each in found.skipped}
    assert wanted == pytest.approx({"9999.HK": 6250, HK: 62.5})
    assert {each.filled for each in found.skipped} == {0}


def test_proceeds_buy_on_the_same_day_and_a_budget_is_cut_to_the_cash() -> None:
    prices = panel({A: [10.0] * 6, "601900.SH": [10.0] * 6})
    ledger = plan(prices, [A, "601900.SH"], {0: [1, 0], 1: [0, 1]}, 10_005.10)
    # sold for 10,000 - 5 - 5 - 0.10; 900 shares more than fit: 9,000 + 5 + 0.09
    assert [(day, n) for day, n, _, _ in deals_of(ledger)] == [
        ("2024-06-17", 1000),
        ("2024-06-18", -1000),
        ("2024-06-18", 900),
    ]
    assert round(ledger.cash[-1, 0], 4) == 984.81  # 9,989.90 - 9,005.09


def test_a_purchase_waits_for_the_cash_of_a_sale_that_waits() -> None:
    prices = panel({A: [10, 10, None, 10, 10, 10], "601900.SH": [10.0] * 6})
    ledger = plan(prices, [A, "601900.SH"], {0: [1, 0], 1: [0, 1]}, 10_005.10)
    assert [(day, n) for day, n, _, _ in deals_of(ledger)][1:] == [
        ("2024-06-19", -1000),
        ("2024-06-19", 900),
    ]
    assert skips_of(ledger)[:2] == [("2024-06-18", "HALTED", True), ("2024-06-18", "CASH", True)]


def test_an_order_for_what_is_held_already_is_done() -> None:
    # half and half without costs; wanted again at the same prices, then one of them rises
    symbols = [A, "601900.SH"]
    prices = panel({A: [10, 10, 10, 12, 12, 12], "601900.SH": [10.0] * 6})
    tape = read_tape(prices, symbols, "CNY", "raw")
    books = Books(np.arange(2), np.array([0]), 1000.0)
    decisions = Decisions((0, 1), np.full((2, 2), 0.5))
    ledger = plan_deals(tape, books, decisions, Conditions.frictionless(2))
    assert ledger.shares[-1].tolist() == [50, 50]


# --- corporate actions


def test_a_dividend_is_received_on_the_ex_date(make_report: MakeReport) -> None:
    paid = CorporateAction(A, "2024-06-19", 0.5, 0.0, "high")
    test = run(
        panel({A: [10, 10, 10, 9.5, 9.5, 9.5]}, actions=[paid]), make_report([A], "2024-06-16")
    )
    # 9,900 x 0.5
    assert cents(test.runs[0].curve.cash) == [100_000, 974.26, 974.26, 5924.26, 5924.26, 5924.26]
    assert cents(test.runs[0].curve.equity)[1:] == [99_974.26] * 5
    (own,) = test.runs[0].contributions
    assert own.dividends == pytest.approx(0.0495)
    assert own.price == pytest.approx(-0.0495)


def test_a_dividend_on_the_day_of_the_purchase_is_the_sellers() -> None:
    paid = CorporateAction(A, "2024-06-17", 0.5, 0.0, "high")
    ledger = plan(panel({A: [10, 9.5, 9.5]}, JUNE[:3], [paid]), [A], {0: [1]}, 100_000)
    assert not ledger.dividends.any()


def test_a_dividend_before_a_bonus_is_what_was_paid(make_report: MakeReport) -> None:
    # 0.5 was paid for each share; restated for ten for ten two days later, 0.25
    paid = [
        CorporateAction(A, "2024-06-18", 0.25, 0.0, "high"),
        CorporateAction(A, "2024-06-20", 0.0, 1.0, "high"),
    ]
    prices = panel({A: [10, 10, 9.5, 9.5, 4.75, 4.75]}, actions=paid)
    test = run(prices, make_report([A], "2024-06-16"))
    assert test.runs[0].curve.shares[:, 0].tolist() == [0, 9900, 9900, 9900, 19_800, 19_800]
    assert cents(test.runs[0].curve.equity)[1:] == [99_974.26] * 5


def test_rights_lapse_and_their_worth_is_lost() -> None:
    offered = CorporateAction(A, "2024-06-18", 0.0, 0.0, "high", 0.3, 5.0)
    ledger = plan(panel({A: [10, 10, 8.85, 8.85]}, JUNE[:4], [offered]), [A], {0: [1]}, 100_000)
    assert ledger.shares[:, 0].tolist() == [0, 9900, 9900, 9900]
    assert round(ledger.equity[-1, 0], 4) == round(974.26 + 9900 * 8.85, 4)
    assert ledger.tape.lapsed == (f"{A} 2024-06-18",)


def test_over_an_ex_date_in_a_halt_a_holding_is_worth_the_ex_price() -> None:
    # ten for ten and 1: (10 - 1) / 2 = 4.50
    paid = CorporateAction(A, "2024-06-18", 1.0, 1.0, "high")
    ledger = plan(
        panel({A: [10, 10, None, None, 4.6, 4.6]}, actions=[paid]), [A], {0: [1]}, 100_000
    )
    assert ledger.shares[2, 0] == 19_800
    assert cents(ledger.equity[:, 0])[1:4] == [99_974.26] * 3
    assert round(ledger.equity[4, 0], 4) == round(974.26 + 9900 + 19_800 * 4.6, 4)


def test_deals_of_an_ex_date_weigh_a_halted_holding_at_the_ex_price() -> None:
    # half in A, which is halted over ten for ten while the other half is bought
    bonus = CorporateAction(A, "2024-06-18", 0.0, 1.0, "high")
    prices = panel({A: [10, 10, None, 5], "601900.SH": [10.0] * 4}, JUNE[:4], [bonus])
    ledger = plan(prices, [A, "601900.SH"], {0: [0.5, 0.0], 1: [np.nan, 0.25]}, 100_000)
    # 4,900 x 10 + 12.25 + 0.49 leaves 50,987.26: equity 99,987.26, a quarter 24,996.815
    assert deals_of(ledger)[1][:2] == ("2024-06-18", 2400)


def test_an_open_on_a_session_without_a_close_is_no_price() -> None:
    other = "601900.SH"
    prices = panel(
        {A: [10, 10, None, 10], other: [10.0] * 4},
        JUNE[:4],
        opens={A: [10, 10, 20, 10], other: [10.0] * 4},
    )
    tape = read_tape(prices, [A, other], "CNY", "raw", "open")
    rules = Conditions.executable(load_rulebook(), [A, other], printed=True)
    decisions = Decisions((0, 1), np.array([[0.5, 0.0], [0.5, 0.25]]))
    ledger = plan_deals(tape, Books(np.arange(2), np.array([0]), 100_000.0), decisions, rules)
    # a quarter of 99,987.26, with A at 10: it is a little short of half and halted
    assert deals_of(ledger)[1][:2] == ("2024-06-18", 2400)
    assert skips_of(ledger) == [("2024-06-18", "HALTED", True)]


def test_over_an_ex_rights_date_in_a_halt_a_holding_is_worth_the_ex_price() -> None:
    # (10 + 0.3 x 5) / 1.3
    offered = CorporateAction(A, "2024-06-18", 0.0, 0.0, "high", 0.3, 5.0)
    ledger = plan(panel({A: [10, 10, None, 8.9]}, JUNE[:4], [offered]), [A], {0: [1]}, 100_000)
    assert ledger.equity[2, 0] == pytest.approx(974.26 + 9900 * 11.5 / 1.3)


def test_what_went_ex_before_the_first_row_is_past() -> None:
    offered = CorporateAction(A, "2024-06-14", 1.0, 1.0, "high", 0.3, 5.0)
    tape = read_tape(panel({A: [10.0] * 6}, actions=[offered]), [A], "CNY", "raw")
    assert tape.lapsed == ()
    assert not tape.dividend.any()
    assert np.all(tape.growth == 1)


def test_two_ex_dates_between_sessions_that_are_recorded_follow_each_other() -> None:
    days = ["2024-06-14", "2024-06-17", "2024-06-20", "2024-06-21"]
    # a share becomes two on the 18th, each is paid 0.5 on the 19th and becomes one and a half on
    # the 20th: the cash of the list is restated for the last
    paid = [
        CorporateAction(A, "2024-06-18", 0.0, 1.0, "high"),
        CorporateAction(A, "2024-06-19", 0.5 / 1.5, 0.0, "high"),
        CorporateAction(A, "2024-06-20", 0.0, 0.5, "high"),
    ]
    ledger = plan(panel({A: [10, 10, 3, 3]}, days, paid), [A], {0: [1]}, 100_000)
    assert ledger.shares[:, 0].tolist() == [0, 9900, 29_700, 29_700]
    assert ledger.cash[2, 0] == pytest.approx(974.26 + 9900)
    # (10 - 2 x 0.5) / 3 went before, 3 after
    assert ledger.equity[2, 0] == pytest.approx(99_974.26)


# --- two markets


def test_two_foreign_currencies_are_crossed_over_the_yuan() -> None:
    prices = panel({HK: [300.0] * 6, RATE: [0.9] * 6, "USDCNY.FX": [7.2, None, 7.5, 7.5, 7.5, 7.5]})
    tape = read_tape(prices, [HK], "USD", "raw")
    assert tape.rate[:, 0].tolist() == pytest.approx([0.125, 0.125, 0.12, 0.12, 0.12, 0.12])
    assert tape.rate_age.tolist() == [0, 3, 0, 0, 0, 0]


def test_each_market_deals_on_its_own_next_session(make_report: MakeReport) -> None:
    # Hong Kong was closed on 2024-07-01
    days = ["2024-06-28", "2024-07-01", "2024-07-02", "2024-07-03"]
    prices = panel(
        {
            A: [10.0] * 4,
            HK: [300, None, 300, 300],
            HSI: [100, None, 110, 121],
            RATE: [0.8, 0.85, 0.9, 0.9],
            CSI: [100, 200, 200, 200],
        },
        days,
    )
    test = run(prices, make_report([A, HK], "2024-06-30"))
    assert [(t.symbol, str(t.date)) for t in test.runs[0].trades] == [
        (A, "2024-07-01"),
        (HK, "2024-07-02"),
    ]
    assert not test.runs[0].skipped
    curve = test.runs[0].curve
    # each from its own market's first session
    assert cents(curve.indices[HSI]) == [100_000, 100_000, 100_000, 110_000]
    assert cents(curve.indices[CSI]) == [100_000] * 4
    # 4,900 x 10 and 100 x 300 x 0.9 were held the evening before
    part = 27_000 / (49_000 + 27_000)
    assert cents(curve.benchmark)[-1] == round(100_000 * (1 + 0.1 * part), 4)


def daily(first: str, last: str) -> list[str]:
    """Every session of either exchange."""
    found: set[np.datetime64] = set()
    for name in ("XSHG", "XHKG"):
        days = load_sessions(name, int(first[:4]), int(last[:4])).days
        found |= set(days[(days >= np.datetime64(first)) & (days <= np.datetime64(last))])
    return sorted(map(str, found))


def on_sessions(name: str, days: list[str], value: float) -> list[float | None]:
    own = load_sessions(name, 2024, 2025).days
    return [value if np.datetime64(day) in own else None for day in days]


def test_a_horizon_ends_on_each_markets_own_last_session_within_it(make_report: MakeReport) -> None:
    # from 2024-07-29 to 2025-01-29: Shanghai closed after the 27th, Hong Kong after the 28th
    days = daily("2024-07-26", "2025-02-14")
    mainland, hong_kong = (on_sessions(name, days, 100.0) for name in ("XSHG", "XHKG"))
    rates = on_sessions("XSHG", days, 0.9)
    prices = panel({A: mainland, HK: hong_kong, CSI: mainland, HSI: hong_kong, RATE: rates}, days)
    found = run(prices, make_report([A, HK], "2024-07-26"), "horizon").runs[0]
    sold = {trade.symbol: str(trade.date) for trade in found.trades if trade.side == "sell"}
    assert sold == {A: "2025-01-27", HK: "2025-01-28"}
    assert not found.open_at_end


def test_a_horizon_runs_from_the_first_session_after_the_decision(make_report: MakeReport) -> None:
    days = daily("2024-06-14", "2025-01-10")
    mainland = on_sessions("XSHG", days, 10.0)
    closes = list(mainland)
    # halted on the 17th and so bought on the 18th, which lengthens nothing
    closes[1] = None
    prices = panel({A: closes, CSI: mainland, HSI: on_sessions("XHKG", days, 100.0)}, days)
    found = run(prices, make_report([A], "2024-06-16"), "horizon").runs[0]
    assert [(trade.side, str(trade.date)) for trade in found.trades] == [
        ("buy", "2024-06-18"),
        ("sell", "2024-12-17"),
    ]


def test_a_horizon_beyond_the_prices_stays_open(make_report: MakeReport) -> None:
    found = run(panel({A: [10.0] * 6}), make_report([A], "2024-06-16"), "horizon").runs[0]
    assert [trade.side for trade in found.trades] == ["buy"]
    assert found.open_at_end


@pytest.mark.parametrize(
    ("closes", "sold"),
    [
        # 15% on paper, a hair less in binary
        ([2.4, 2.4, 2.2, 2.04, 2.04, 2.04], "2024-06-20"),
        ([10, 10, 9, 8.51, 8.5, 8.5], None),
        ([10, 10, 9, 8.5, 8.5, 8.5], "2024-06-20"),
        ([10, 10, 9, 8.4, 8.5, 8.5], "2024-06-20"),
    ],
)
def test_a_stop_is_judged_at_a_close_and_sold_at_the_next(
    make_report: MakeReport, closes: list[float], sold: str | None
) -> None:
    # 10 to 8.5 is 15 points behind an index that stands still; the last close sells nothing
    found = run(panel({A: closes}), make_report([A], "2024-06-16"), "stop_loss").runs[0]
    days = [str(trade.date) for trade in found.trades if trade.side == "sell"]
    assert days == ([sold] if sold else ["2024-06-21"])


def test_a_stop_is_met_by_exactly_its_bound(make_report: MakeReport) -> None:
    # 10 to 7.5 is 25% to the last bit
    stopped = Strategy("own", TEXT, TEXT, "equal", stop=0.25)
    prices = panel({A: [10, 10, 8, 7.5, 7.5, 7.5]})
    found = run(prices, make_report([A], "2024-06-16"), stopped).runs[0]
    assert [str(t.date) for t in found.trades if t.side == "sell"] == ["2024-06-20"]


def test_a_stop_counts_what_the_index_did_and_the_dividends(make_report: MakeReport) -> None:
    # down 10% less 1 in cash is nothing lost; the index gained 14%, then 16%
    paid = CorporateAction(A, "2024-06-18", 1.0, 0.0, "high")
    prices = panel({A: [10, 10, 9, 9, 9, 9], CSI: [90, 100, 114, 114, 116, 116]}, actions=[paid])
    found = run(prices, make_report([A], "2024-06-16"), "stop_loss").runs[0]
    assert [str(t.date) for t in found.trades if t.side == "sell"] == ["2024-06-21"]


def test_months_and_quarters_are_decided_at_their_last_close(make_report: MakeReport) -> None:
    days = daily("2024-06-14", "2024-10-11")
    own = on_sessions("XSHG", days, 10.0)
    risen = [
        value and (10.0 if day < "2024-07-16" else 30.0)
        for value, day in zip(own, days, strict=True)
    ]
    other = on_sessions("XSHG", days, 10.0)
    prices = panel(
        {A: risen, "601900.SH": other, CSI: own, HSI: on_sessions("XHKG", days, 1.0)}, days
    )
    report = make_report([A, "601900.SH"], "2024-06-16")
    monthly, quarterly = (
        run(prices, report, name).runs[0] for name in ("equal_monthly", "equal_quarterly")
    )
    # decided on 2024-07-31 and 2024-09-30, before a holiday of a week
    assert {str(t.date) for t in monthly.trades if t.side == "sell"} == {"2024-08-01"}
    assert {str(t.date) for t in quarterly.trades if t.side == "sell"} == {"2024-10-08"}


def test_an_index_held_against_late_first_deals_counts_from_the_evening_they_are_held(
    make_report: MakeReport,
) -> None:
    # at its limit on the 17th, bought at the close of the 18th: what the index did until then
    # was missed
    prices = panel({A: [10, 11, 11.5, 11.5, 11.5, 11.5], CSI: [100, 100, 110, 110, 121, 121]})
    found = run(prices, make_report([A], "2024-06-16")).runs[0]
    assert cents(found.curve.benchmark) == [100_000, 100_000, 100_000, 100_000, 110_000, 110_000]


def test_at_the_open_the_index_is_bought_at_its_open(make_report: MakeReport) -> None:
    prices = panel(
        {A: [10, 10.5, 10.5, 10.5, 10.5, 10.5], CSI: [100, 110, 110, 110, 110, 110]},
        opens={A: [10, 10.2, 10.5, 10.5, 10.5, 10.5], CSI: [100, 104, 110, 110, 110, 110]},
    )
    found = run(prices, make_report([A], "2024-06-16"), deal_at="open").runs[0]
    (trade,) = found.trades
    assert (str(trade.date), trade.price) == ("2024-06-17", 10.2)
    assert cents(found.curve.benchmark)[1:3] == [round(100_000 * 110 / 104, 4)] * 2
    assert cents(found.curve.indices[CSI])[1:3] == [round(100_000 * 110 / 104, 4)] * 2
    without = panel_of(
        {s: {D(d): 10.5 for d in JUNE} for s in (A, CSI)}, {A: {D(d): 10.2 for d in JUNE}}
    )
    tape = read_tape(without, [A], "CNY", "raw", "open")
    told = read_benchmarks(
        without,
        tape,
        [load_scale("soochow").benchmark_for(make_report([A], "2024-06-16").picks[0].market)[0]],
        0,
        "open",
    )
    # no open: from the close before
    assert told.returns.tolist() == [[0.0]] * 6


def test_only_sessions_on_which_anything_has_a_close_are_rows() -> None:
    # a rate alone on the 18th, a Tuesday, and a price of Saturday the 15th
    days = ["2024-06-14", "2024-06-15", "2024-06-17", "2024-06-18", "2024-06-19"]
    closes = {A: [10, 11, 10, None, 10], CSI: [100, None, 100, None, 100]}
    prices = panel({**closes, HSI: [None] * 5, RATE: [0.9] * 5}, days)
    tape = read_tape(prices, [A], "CNY", "raw")
    assert tape.dates.astype(str).tolist() == ["2024-06-14", "2024-06-17", "2024-06-19"]
    assert skips_of(plan(prices, [A], {1: [1]}, 100_000)) == []


def test_what_is_listed_later_has_no_part_of_what_is_decided_before(
    make_report: MakeReport,
) -> None:
    # two themes; of the first one pick is listed on the 19th
    prices = panel({A: [10.0] * 6, CHINEXT: [None] * 3 + [10.0] * 3, "601900.SH": [10.0] * 6})
    report = make_report([A, CHINEXT], "2024-06-16")
    other = make_report(["601900.SH"], "2024-06-16").themes[0]
    report = dataclasses.replace(
        report, themes=(*report.themes, dataclasses.replace(other, id="other"))
    )
    for strategy in ("by_theme", "buy_and_hold"):
        found = run(prices, report, strategy).runs[0]
        # half each: 4,900 x 10 + 12.25 + 0.49
        assert [(t.symbol, t.shares) for t in found.trades] == [(A, 4900), ("601900.SH", 4900)]
        assert not found.skipped


def test_a_volatility_needs_all_its_sessions(make_report: MakeReport) -> None:
    days = [day for day in daily("2024-01-02", "2024-06-21") if on_sessions("XSHG", [day], 1.0)[0]]
    moves = [10 + 0.1 * (n % 3) for n in range(len(days))]
    first = days.index("2024-06-14")

    def simulate_from(start: int, *, without: int | None = None) -> None:
        kept = [n for n in range(start, len(days)) if n != without]
        dates = [days[n] for n in kept]
        prices = panel({A: [moves[n] for n in kept], HSI: [None] * len(kept)}, dates)
        run(prices, make_report([A], "2024-06-16"), "inverse_volatility")

    simulate_from(first - 60)
    with pytest.raises(InputError, match="60 sessions"):
        simulate_from(first - 59)
    simulate_from(first - 70, without=first - 65)
    with pytest.raises(InputError, match="60 sessions"):
        simulate_from(first - 70, without=first - 30)


def test_a_stop_counts_from_the_first_session_with_a_price(make_report: MakeReport) -> None:
    # 10, then halted; 8 when it was bought is no loss, 6.8 is one of 15%
    closes = [10, None, 8, 8, 6.8, 6.8]
    found = run(panel({A: closes}), make_report([A], "2024-06-16"), "stop_loss").runs[0]
    assert [str(t.date) for t in found.trades] == ["2024-06-18", "2024-06-21"]


def test_what_was_stopped_is_not_bought_again(make_report: MakeReport) -> None:
    days = daily("2024-06-14", "2024-08-09")
    flat = on_sessions("XSHG", days, 10.0)
    fallen = [
        value and (10.0 if day < "2024-06-20" else 8.0)
        for value, day in zip(flat, days, strict=True)
    ]
    prices = panel(
        {A: fallen, "601900.SH": flat, CSI: flat, HSI: on_sessions("XHKG", days, 1.0)}, days
    )
    stopped = Strategy("stopped", TEXT, TEXT, "equal", "monthly", stop=0.15)
    found = run(prices, make_report([A, "601900.SH"], "2024-06-16"), stopped).runs[0]
    own = [(t.side, str(t.date)) for t in found.trades if t.symbol == A]
    assert own == [("buy", "2024-06-17"), ("sell", "2024-06-21")]


def test_what_went_at_its_horizon_is_not_bought_again(make_report: MakeReport) -> None:
    # from 2024-04-03 to 2024-10-03: Shanghai closed from October 1, Hong Kong dealt on the 3rd
    days = daily("2024-04-02", "2024-10-11")
    mainland, hong_kong = (on_sessions(name, days, 10.0) for name in ("XSHG", "XHKG"))
    prices = panel(
        {A: mainland, HK: hong_kong, CSI: mainland, HSI: hong_kong, RATE: mainland}, days
    )
    strategy = Strategy("own", TEXT, TEXT, "equal", "monthly", "horizon")
    found = run(prices, make_report([A, HK], "2024-04-02"), strategy, currency="HKD").runs[0]
    sold = {t.symbol: str(t.date) for t in found.trades if t.side == "sell"}
    assert sold == {A: "2024-09-30", HK: "2024-10-03"}
    assert not found.curve.shares[-1].any()


def test_prices_with_dividends_are_held_against_the_index_with_dividends_where_it_is_there(
    make_report: MakeReport,
) -> None:
    closes = {
        A: {D(day): 10.0 for day in JUNE},
        CSI: {D(day): 100.0 for day in JUNE},
        "H00300.CSI": {D(day): 100.0 + n for n, day in enumerate(JUNE)},
    }
    report = make_report([A], "2024-06-16")
    expected: dict[Quote, float] = {"total": 100_000 * 105 / 101, "price": 100_000}
    for quote, last in expected.items():
        prices = panel_of(closes, quote=quote)
        found = run(prices, report, prices=quote).runs[0]
        assert found.curve.benchmark[-1] == pytest.approx(last)
    without = panel_of({symbol: closes[symbol] for symbol in (A, CSI)}, quote="total")
    assert run(without, report).runs[0].curve.benchmark[-1] == 100_000


# --- vectorbt's books


@pytest.mark.parametrize("name", ["cash", "shares", "costs", "price"])
def test_books_that_differ_by_a_cent_stop_the_run(name: str) -> None:
    paid = CorporateAction(A, "2024-06-18", 0.5, 1.0, "high")
    prices = panel({A: [10, 10, 4.75, 4.75, 5, 5]}, actions=[paid])
    ledger = plan(prices, [A], {0: [1], 3: [0]}, 100_000)
    assert max(reconcile(ledger).values()) < 1e-6
    deals = ledger.deals
    wrong: dict[str, dict[str, Any]] = {
        "cash": {"cash": ledger.cash + 0.011},
        "shares": {"shares": ledger.shares + 0.011},
        "costs": {"deals": dataclasses.replace(deals, costs=deals.costs + 0.011)},
        "price": {"deals": dataclasses.replace(deals, price=deals.price + 0.0011)},
    }
    with pytest.raises(ReconciliationError):
        reconcile(dataclasses.replace(ledger, **wrong[name]))


def test_a_cost_that_vectorbt_did_not_charge_shows_among_the_fees() -> None:
    ledger = plan(panel({A: [10.0] * 6}), [A], {0: [1]}, 100_000)
    told = replay(ledger)
    short = dataclasses.replace(told, fees=np.zeros(told.fees.shape))
    assert told.largest_gaps(ledger)["fees"] == 0
    assert short.largest_gaps(ledger)["fees"] == pytest.approx(25.74)


# --- refused


def test_what_is_not_among_the_prices_is_refused_in_a_basket() -> None:
    prices = panel({A: [10.0] * 6, HK: [300.0] * 6})
    with pytest.raises(InputError, match="000001"):
        simulate_baskets(prices, [[A, "000001.SZ"]], D("2024-06-14"), Terms())
    empty = panel({A: [10.0] * 6, "601900.SH": [None] * 6})
    with pytest.raises(InputError, match=r"no prices of 601900\.SH"):
        simulate_baskets(empty, [[A, "601900.SH"]], D("2024-06-14"), Terms())
    with pytest.raises(InputError, match="HKDCNY"):
        simulate_baskets(prices, [[HK]], D("2024-06-14"), Terms())
    late = panel({HK: [300.0] * 6, RATE: [None, None, 0.9, 0.9, 0.9, 0.9]})
    with pytest.raises(InputError, match="rate"):
        simulate_baskets(late, [[HK]], D("2024-06-14"), Terms())
    faulty: list[list[list[str]]] = [[], [[]], [[A, "600519"]]]
    for baskets in faulty:
        with pytest.raises(InputError):
            simulate_baskets(prices, baskets, D("2024-06-14"), Terms())
    for day in ("2024-06-13", "2024-06-21", "2025-06-21"):
        with pytest.raises(InputError):
            simulate_baskets(prices, [[A]], D(day), Terms())


@pytest.mark.parametrize("weight", [1.01, -0.1, float("nan"), float("inf")])
def test_weights_that_are_no_parts_of_a_whole_are_refused(
    make_report: MakeReport, weight: float
) -> None:
    with pytest.raises(InputError):
        run(
            panel({A: [10.0] * 6}),
            make_report([A], "2024-06-16"),
            Strategy("own", TEXT, TEXT, "given", weights={A: weight}),
        )


@pytest.mark.parametrize("weight", ["1.01", "-0.1", "nan", "inf", "'half'"])
def test_weights_in_a_file_that_are_no_parts_of_a_whole_are_refused(
    tmp_path: Path, weight: str
) -> None:
    path = tmp_path / "own.toml"
    text = f'{OWN}"{A}" = {weight}\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FaultyFileError):
        load_strategies([str(path)])


def test_given_weights_are_dealt_and_the_rest_stays_in_cash(
    make_report: MakeReport, tmp_path: Path
) -> None:
    path = tmp_path / "own.toml"
    text = f'{OWN}"600519" = 0.5\n'
    path.write_text(text, encoding="utf-8")
    prices = panel({A: [10.0] * 6, "601900.SH": [10.0] * 6})
    found = run(prices, make_report([A, "601900.SH"], "2024-06-16"), str(path)).runs[0]
    assert [(trade.symbol, trade.shares) for trade in found.trades] == [(A, 4900)]
    with pytest.raises(InputError, match="600519"):
        run(prices, make_report(["601900.SH"], "2024-06-16"), str(path))


@pytest.mark.parametrize(
    "terms",
    [
        {"cash": 0.0},
        {"cash": -1.0},
        {"cash": float("nan")},
        {"cash": float("inf")},
        {"currency": "EUR"},
        {"deal_at": "noon"},
        {"prices": "adjusted"},
        {"commission": 2.0},
        {"commission": -1.0},
        {"commission": float("nan")},
        {"minimum_commission": -1.0},
        {"minimum_commission": float("nan")},
        {"start": D("2024-06-13")},
        {"start": D("2024-06-21")},
        {"start": D("2025-06-21")},
        {"cash": 1e12},
        {"currency": "HKD"},  # no rate
        {"prices": "total"},  # none such
        {"deal_at": "open"},  # none such
    ],
)
def test_terms_that_cannot_be_kept_are_refused(
    make_report: MakeReport, terms: dict[str, object]
) -> None:
    with pytest.raises(InputError):
        run(panel({A: [10.0] * 6}), make_report([A], "2024-06-16"), **terms)


@pytest.mark.parametrize(
    ("name", "value"), [("currency", "EUR"), ("deal_at", "noon"), ("prices", "x")]
)
def test_terms_are_checked_where_they_are_written(name: str, value: str) -> None:
    changed: dict[str, Any] = {name: value}
    with pytest.raises(InputError, match=f"unknown {name} '{value}'"):
        Terms(**changed)


def test_a_strategy_that_was_named_fails_and_one_that_was_not_is_left_out(
    make_report: MakeReport,
) -> None:
    prices, report = panel({A: [10.0] * 6}), make_report([A], "2024-06-16")
    named = load_strategies(["buy_and_hold", "inverse_volatility"])
    with pytest.raises(InputError, match="inverse_volatility: "):
        simulate_portfolio(report, prices, named)
    test = simulate_portfolio(report, prices)
    assert [strategy.id for strategy, _ in test.not_run] == ["inverse_volatility"]
    assert not test.complete


def test_a_rate_that_begins_after_the_decision_is_refused(make_report: MakeReport) -> None:
    late = panel({HK: [300.0] * 6, RATE: [None, None, 0.9, 0.9, 0.9, 0.9]})
    with pytest.raises(InputError, match=r"no exchange rate to CNY .* 0700\.HK .* 2024-06-17"):
        run(late, make_report([HK], "2024-06-16"))
    # at the first deals it is there
    known = panel({HK: [300.0] * 6, RATE: [None, 0.9, 0.9, 0.9, 0.9, 0.9]})
    assert run(known, make_report([HK], "2024-06-16")).runs[0].trades


def test_what_cannot_be_traded_or_held_against_anything_is_refused(make_report: MakeReport) -> None:
    prices = panel({A: [10.0] * 6})
    for symbols in (["601900.SH"], ["AAPL.US"]):
        with pytest.raises(InputError):
            run(prices, make_report(symbols, "2024-06-16"))
    dollars = panel({"AAPL.US": [10.0] * 6, "SPX.US": [10.0] * 6})
    with pytest.raises(InputError, match="AAPL"):
        run(dollars, make_report(["AAPL.US"], "2024-06-16"), currency="USD")
    bare = panel_of({A: {D(day): 10.0 for day in JUNE}})
    with pytest.raises(InputError, match=r"000300\.SH"):
        run(bare, make_report([A], "2024-06-16"))
    # no close of the index for longer than a holiday
    days = ["2024-06-14", "2024-06-17", "2024-07-12"]
    silent = panel({A: [10.0] * 3, CSI: [100.0, None, None]}, days)
    with pytest.raises(InputError, match=r"000300\.SH has no close near 2024-07-12"):
        run(silent, make_report([A], "2024-06-16"))
    with pytest.raises(InputError):
        simulate_portfolio(make_report([A], "2024-06-16"), prices, as_of=D("2024-06-14"))
    with pytest.raises(InputError):
        simulate_portfolio(make_report([A], "2024-06-16"), prices, as_of=D("2024-06-01"))
    with pytest.raises(InputError):
        simulate_portfolio(make_report([A], "2024-06-16"), prices, strategies=[])
    with pytest.raises(InputError, match="lot"):
        run(panel({"9999.HK": [10.0] * 6}), make_report(["9999.HK"], "2024-06-16"), currency="HKD")


def test_a_pick_of_two_themes_is_refused(make_report: MakeReport) -> None:
    report = make_report([A], "2024-06-16")
    twice = (*report.themes, dataclasses.replace(report.themes[0], id="other"))
    with pytest.raises(InputError, match="600519"):
        run(panel({A: [10.0] * 6}), dataclasses.replace(report, themes=twice))


def test_large_and_small_sums_are_simulated(make_report: MakeReport) -> None:
    prices = panel({A: [10, 10, 11, 11, 12, 12]})
    for cash in (1.0, 1e9, 1e10):
        found = run(prices, make_report([A], "2024-06-16"), cash=cash).runs[0]
        assert found.curve.paper[-1] == pytest.approx(cash * 1.2)


def test_a_sale_that_its_fees_eat_up_is_not_made(make_report: MakeReport) -> None:
    # 100 x 5 and 500 of 1,100; then 1 and 4.9 a share, and last 6: 600 - 500 - 0.30 - 0.01
    prices = panel({A: [5, 5, 1, 4.9, 4.9, 6]})
    report = make_report([A], "2024-06-16")
    found = run(prices, report, "stop_loss", cash=1100.0, minimum_commission=500.0).runs[0]
    assert [(skip.reason, skip.wanted, skip.filled, skip.carried) for skip in found.skipped] == [
        (Reason.COSTS, 100, 0, True)
    ] * 2
    assert cents(found.curve.cash) == [1100, 99.99, 99.99, 99.99, 99.99, 199.68]


def test_limits_before_the_start_need_not_be_known(make_report: MakeReport) -> None:
    days = [str(day) for day in load_sessions("XSHG", 2013, 2014).days]
    days = [day for day in days if "2013-12-20" <= day <= "2014-02-20"]
    days += [str(day) for day in load_sessions("XSHG", 2016, 2016).days[:20]]
    prices = panel({A: [10.0] * len(days), HSI: [None] * len(days)}, days)
    assert run(prices, make_report([A], "2016-01-06")).runs[0].trades
    tape = read_tape(prices, [A], "CNY", "raw")
    unknown = (tape.dates < np.datetime64("2014-01-01")) | (tape.dates == tape.dates[-20])
    assert tape.unchecked[:, 0].tolist() == unknown.tolist()


def test_prices_are_chosen_by_what_all_have() -> None:
    raw, total = ({D(day): 10.0 for day in JUNE} for _ in range(2))
    both = Panel(
        panel_of({A: raw, HK: raw}).dates,
        (HK, A),
        {
            ("close", "raw"): np.column_stack([np.full(6, np.nan), np.full(6, 10.0)]),
            ("close", "total"): np.full((6, 2), 10.0),
        },
        panel_of({A: total}).origin,
    )
    assert choose_quote(both, [A]) == "raw"
    assert choose_quote(both, [A, HK]) == "total"
    with pytest.raises(InputError):
        choose_quote(both, ["601900.SH"])


def test_what_a_simulation_reads_names_benchmarks_and_rates(make_report: MakeReport) -> None:
    report = make_report([A, HK], "2024-06-16")
    needed, _ = securities_to_trade(report, report.scale, "CNY")
    assert needed == sorted([A, HK, CSI, HSI, RATE])
    needed, _ = securities_to_trade(make_report([HK], "2024-06-16"), report.scale, "HKD")
    assert needed == sorted([HK, HSI])
