"""What trades cost on both sides of every change, in which lots, and what faulty files are told."""

import datetime as dt
import tomllib
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.portfolio.rules import rulebook as module
from backtests.portfolio.rules.rulebook import Rulebook, load_rulebook
from backtests.portfolio.rules.rulefiles import (
    LOTS_FILE,
    MARKET_FILES,
    BoardLot,
    read_lots,
    read_market,
)
from universes import FaultyFileError, InputError

D = dt.date.fromisoformat
MAINLAND, HONG_KONG = (path.read_text(encoding="utf-8") for path in MARKET_FILES)
LOTS = LOTS_FILE.read_text(encoding="utf-8")
SHANGHAI, STAR, CHINEXT, BEIJING, TENCENT = (
    "600519.SH",
    "688498.SH",
    "300308.SZ",
    "920002.BJ",
    "0700.HK",
)


def charge(
    symbol: str, day: str, value: float, *, sell: bool = False, rules: Rulebook | None = None
) -> dict[str, float]:
    """What one trade costs, by code, without the costs that it does not pay."""
    rules = rules or load_rulebook()
    tariff = rules.tariff(np.datetime64(day))
    costs = tariff.charge(rules.classes([symbol]), np.array([value]), np.array([sell]))
    return {
        code: cost for code, cost in zip(rules.codes, costs[:, 0].tolist(), strict=True) if cost
    }


# --- by hand, on both sides of each change


@pytest.mark.parametrize(
    ("symbol", "day", "sell", "costs"),
    [
        # stamp duty halves on 2023-08-28
        (SHANGHAI, "2023-08-27", True, {"commission": 25, "stamp_duty": 100, "transfer_fee": 1}),
        (SHANGHAI, "2023-08-28", True, {"commission": 25, "stamp_duty": 50, "transfer_fee": 1}),
        (SHANGHAI, "2023-08-27", False, {"commission": 25, "transfer_fee": 1}),
        (CHINEXT, "2023-08-28", True, {"commission": 25, "stamp_duty": 50, "transfer_fee": 1}),
        (BEIJING, "2023-08-27", True, {"commission": 25, "stamp_duty": 100, "transfer_fee": 1}),
        (BEIJING, "2023-08-28", True, {"commission": 25, "stamp_duty": 50, "transfer_fee": 1}),
        # the transfer fee falls on 2022-04-29, in Beijing from a higher rate
        (STAR, "2022-04-28", False, {"commission": 25, "transfer_fee": 2}),
        (STAR, "2022-04-29", False, {"commission": 25, "transfer_fee": 1}),
        (BEIJING, "2022-04-28", False, {"commission": 25, "transfer_fee": 2.5}),
        (BEIJING, "2022-04-29", False, {"commission": 25, "transfer_fee": 1}),
    ],
)
def test_mainland_trades_of_100_000_cost(
    symbol: str, day: str, costs: dict[str, float], *, sell: bool
) -> None:
    assert charge(symbol, day, 100_000, sell=sell) == costs


@pytest.mark.parametrize(
    ("value", "commission"),
    [
        (100, 5.0),
        (19_999, 5.0),  # 4.99975
        (20_000, 5.0),
        (20_019, 5.0),  # 5.00475
        (20_020, 5.01),  # 5.005, a half cent
        (20_100, 5.03),  # 5.025
        (1_000_000, 250.0),
    ],
)
def test_a_commission_is_five_yuan_at_least(value: float, commission: float) -> None:
    assert charge(SHANGHAI, "2024-06-17", value)["commission"] == commission


@pytest.mark.parametrize(
    ("day", "value", "duty"),
    [
        ("2023-11-16", 10_000.00, 13),
        ("2023-11-17", 10_000.00, 10),
        ("2023-11-16", 10_000.01, 14),
        ("2023-11-17", 10_000.01, 11),
        ("2023-11-17", 0.01, 1),
        ("2024-06-17", 10_000.000000000002, 10),  # what adding floats leaves is no cent
        ("2024-06-17", 29_999.99, 30),
    ],
)
@pytest.mark.parametrize("sell", [False, True])
def test_hong_kong_stamp_duty_is_rounded_up_to_the_dollar_on_both_sides(
    day: str, value: float, duty: float, *, sell: bool
) -> None:
    assert charge(TENCENT, day, value, sell=sell)["stamp_duty"] == duty


@pytest.mark.parametrize(
    ("day", "value", "fee"),
    [
        ("2025-06-29", 1_000, 2.0),
        ("2025-06-29", 100_000, 2.0),
        ("2025-06-29", 150_000, 3.0),
        ("2025-06-29", 5_000_000, 100.0),
        ("2025-06-29", 6_000_000, 100.0),
        ("2025-06-30", 1_000, 0.04),  # 0.042
        ("2025-06-30", 100_000, 4.2),
        ("2025-06-30", 6_000_000, 252.0),
    ],
)
def test_the_settlement_fee_loses_its_bounds_in_june_2025(
    day: str, value: float, fee: float
) -> None:
    assert charge(TENCENT, day, value)["settlement_fee"] == fee


def test_a_hong_kong_trade_pays_levies_and_fees_to_the_cent_halves_up() -> None:
    assert charge(TENCENT, "2024-06-17", 10_000) == {
        "commission": 3.0,
        "stamp_duty": 10.0,
        "sfc_levy": 0.27,
        "afrc_levy": 0.02,  # 0.015
        "trading_fee": 0.57,  # 0.565
        "settlement_fee": 2.0,
    }


def test_the_lowest_half_cent_rounds_up() -> None:
    rules = load_rulebook(commission=0.0001, minimum_commission=0)
    assert charge(SHANGHAI, "2024-06-17", 50, rules=rules)["commission"] == 0.01
    assert "commission" not in charge(SHANGHAI, "2024-06-17", 49.99, rules=rules)


# --- against a plain reading of the files in decimal arithmetic


def read_decimal(text: str) -> dict[str, Any]:
    return tomllib.loads(text, parse_float=Decimal)


REFERENCE = {
    "SH": read_decimal(MAINLAND),
    "SZ": read_decimal(MAINLAND),
    "BJ": read_decimal(MAINLAND),
    "HK": read_decimal(HONG_KONG),
}


def charge_plainly(symbol: str, day: dt.date, value: Decimal, *, sell: bool) -> dict[str, Decimal]:
    suffix = symbol.split(".")[1]
    found = {}
    for cost in REFERENCE[suffix]["costs"]:
        if "inside" in cost or suffix not in cost["exchanges"]:
            continue
        if cost["side"] == ("buy" if sell else "sell"):
            continue
        for rate in cost["rates"]:
            if rate["from"] <= day:
                held = rate
        fee = value * held["percent"] / 100
        fee = max(fee, Decimal(held.get("minimum", 0)))
        if "maximum" in held:
            fee = min(fee, Decimal(held["maximum"]))
        if cost["rounding"] == "up_unit":
            found[cost["code"]] = fee.quantize(Decimal(1), ROUND_CEILING)
        else:
            found[cost["code"]] = fee.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return found


@given(
    symbol=st.sampled_from([SHANGHAI, STAR, "000719.SZ", CHINEXT, BEIJING, TENCENT, "9992.HK"]),
    day=st.dates(D("2023-01-01"), D("2027-12-31")),
    cents=st.integers(1, 10**11),
    sell=st.booleans(),
)
def test_charges_are_those_of_decimal_arithmetic(
    symbol: str, day: dt.date, cents: int, *, sell: bool
) -> None:
    value = Decimal(cents) / 100
    plain = charge_plainly(symbol, day, value, sell=sell)
    expected = {code: float(fee) for code, fee in plain.items() if fee}
    assert charge(symbol, str(day), float(value), sell=sell) == expected


@given(
    symbol=st.sampled_from([SHANGHAI, "000719.SZ", STAR, CHINEXT]),
    day=st.dates(D("2015-08-01"), D("2023-12-31")),
    half_cents=st.integers(1, 10**6),
)
def test_half_cents_of_commission_round_as_decimals_do(
    symbol: str, day: dt.date, half_cents: int
) -> None:
    value = Decimal(20) * half_cents  # whose commission is that many half cents
    fee = charge_plainly(symbol, day, value, sell=False)["commission"]
    assert charge(symbol, str(day), float(value))["commission"] == float(fee)


# --- many at once


def test_many_trades_cost_what_each_costs_alone() -> None:
    rules = load_rulebook()
    rng = np.random.default_rng(7)
    names = [SHANGHAI, STAR, CHINEXT, BEIJING, TENCENT]
    symbols = [names[n] for n in rng.integers(len(names), size=400)]
    values = np.round(np.exp(rng.uniform(2, 16, size=400)), 2)
    sells = rng.random(400) < 0.5
    tariff = rules.tariff(np.datetime64("2024-06-17"))
    together = tariff.charge(rules.classes(symbols), values, sells)
    assert together.shape == (len(rules.codes), 400)
    for n, symbol in enumerate(symbols):
        plain = charge_plainly(
            symbol, D("2024-06-17"), Decimal(str(values[n])), sell=bool(sells[n])
        )
        alone = [float(plain.get(code, 0)) for code in rules.codes]
        assert together[:, n].tolist() == alone


def test_proportional_charges_know_no_minimum_maximum_or_rounding() -> None:
    rules = load_rulebook()
    tariff = rules.tariff(np.datetime64("2024-06-17"))
    classes = rules.classes([SHANGHAI, SHANGHAI, TENCENT])
    values, sells = np.array([100.0, 100.0, 9e6]), np.array([False, True, False])
    costs = tariff.charge(classes, values, sells, proportional=True)
    of = dict(zip(rules.codes, costs.tolist(), strict=True))
    assert of["commission"] == pytest.approx([0.025, 0.025, 2700])
    assert of["stamp_duty"] == pytest.approx([0, 0.05, 9000])
    assert of["settlement_fee"] == pytest.approx([0, 0, 180])
    # 0.025 + 0.001; and 0.05 of stamp duty; 0.03 + 0.1 + 0.0027 + 0.00015 + 0.00565 + 0.002
    percent = [0.026, 0.076, 0.1405]
    assert tariff.rates(classes, sells) * 100 == pytest.approx(percent)


def test_nothing_costs_nothing_and_an_unknown_value_an_unknown_cost() -> None:
    rules = load_rulebook()
    tariff = rules.tariff(np.datetime64("2024-06-17"))
    classes = rules.classes([SHANGHAI, TENCENT, TENCENT])
    values = np.array([0.0, 0.0, np.nan])
    costs = tariff.charge(classes, values, np.array([True, False, True]))
    assert (costs[:, :2] == 0).all()
    paid = [code != "transfer_fee" for code in rules.codes]
    assert np.isnan(costs[paid, 2]).all()
    assert tariff.charge(classes[:0], values[:0], np.zeros(0, dtype=bool)).shape == (7, 0)


def test_trades_of_20_000_symbols_take_no_loop() -> None:
    rules = load_rulebook()
    classes = np.tile(rules.classes([SHANGHAI, TENCENT]), 10_000)
    tariff = rules.tariff(np.datetime64("2024-06-17"))
    costs = tariff.charge(classes, np.full(20_000, 1e5), np.zeros(20_000, dtype=bool))
    assert costs[:, 0].sum() == pytest.approx(26.0)
    assert (costs[:, ::2] == costs[:, :1]).all()
    assert (costs[:, 1::2] == costs[:, 1:2]).all()


# --- from when on, and for whom


@pytest.mark.parametrize(
    ("symbol", "first"),
    [
        (SHANGHAI, "2015-08-01"),
        (CHINEXT, "2015-08-01"),
        (BEIJING, "2021-11-15"),
        (TENCENT, "2023-01-01"),
    ],
)
def test_a_charge_before_every_cost_is_known_is_refused(symbol: str, first: str) -> None:
    rules = load_rulebook()
    assert rules.first_day(symbol) == D(first)
    assert charge(symbol, first, 1000)
    before = str(D(first) - dt.timedelta(days=1))
    with pytest.raises(InputError, match=f"not all known before {first}"):
        charge(symbol, before, 1000)
    with pytest.raises(InputError, match=f"not all known before {first}"):
        rules.tariff(np.datetime64(before)).rates(rules.classes([symbol]), np.array([False]))


def test_one_markets_early_day_does_not_stop_the_others() -> None:
    assert charge(SHANGHAI, "2016-01-04", 100_000) == {"commission": 25, "transfer_fee": 2}


def test_a_tariff_is_the_same_whatever_the_unit_of_the_day() -> None:
    rules = load_rulebook()
    day = np.datetime64("2023-11-17")
    assert rules.tariff(day.astype("datetime64[ns]")) is rules.tariff(day)
    assert rules.tariff(np.datetime64("2023-11-16")) is not rules.tariff(day)


@pytest.mark.parametrize(
    "symbol", ["PDD.US", "831445.NQ", "000300.SH", "510300.SH", "900901.SH", "HSI.HK"]
)
def test_a_symbol_without_rules_is_refused_by_name(symbol: str) -> None:
    rules = load_rulebook()
    for ask in (rules.classes, rules.lots, rules.same_session):
        with pytest.raises(InputError, match=f"no trading rules are recorded for {symbol}"):
            ask([SHANGHAI, symbol])


def test_classes_are_those_of_exchange_and_board() -> None:
    rules = load_rulebook()
    symbols = [SHANGHAI, "601019.SH", STAR, "000719.SZ", CHINEXT, BEIJING, "831445.BJ", TENCENT]
    found = rules.classes(symbols).tolist()
    assert found[0] == found[1]
    assert found[5] == found[6]
    assert len(set(found)) == 6


def test_costs_inside_the_commission_are_known_and_not_charged_again() -> None:
    mainland = read_market(MARKET_FILES[0])
    inside = {cost.code for cost in mainland.costs if cost.inside == "commission"}
    assert inside == {"handling_fee", "regulatory_fee"}
    assert not inside & set(load_rulebook().codes)
    assert load_rulebook().codes == (
        "commission",
        "stamp_duty",
        "transfer_fee",
        "sfc_levy",
        "afrc_levy",
        "trading_fee",
        "settlement_fee",
    )


# --- lots and settlement


def test_lots_are_those_of_the_board_or_of_the_share() -> None:
    symbols = [SHANGHAI, STAR, "000719.SZ", CHINEXT, BEIJING, TENCENT, "9626.HK", "9992.HK"]
    lots = load_rulebook().lots(symbols)
    assert lots.minimum.tolist() == [100, 200, 100, 100, 100, 100, 20, 200]
    assert lots.step.tolist() == [100, 1, 100, 100, 1, 100, 20, 200]
    assert lots.verified.tolist() == [True] * 7 + [False]
    assert lots.known.all()


def test_a_board_lot_that_is_not_recorded_is_not_guessed() -> None:
    lots = load_rulebook().lots(["0005.HK", TENCENT])
    assert lots.known.tolist() == [False, True]
    assert lots.verified.tolist() == [False, True]


def test_shares_bought_today_are_sold_today_in_hong_kong_only() -> None:
    symbols = [SHANGHAI, TENCENT, STAR, CHINEXT, BEIJING]
    assert load_rulebook().same_session(symbols).tolist() == [False, True, False, False, False]


# --- what no source confirmed


def test_what_is_not_verified_is_named() -> None:
    rules = load_rulebook()
    found = rules.unverified([SHANGHAI, TENCENT, "9992.HK"], D("2024-06-17"), D("2024-12-17"))
    assert found == (("commission", "HK"), ("commission", "SH"), ("lot", "9992.HK"))
    assert ("lot", "0005.HK") in rules.unverified(["0005.HK"], D("2024-06-17"), D("2024-12-17"))


def test_a_commission_of_the_users_own_needs_no_source() -> None:
    own = load_rulebook(commission=0.0003, minimum_commission=1)
    assert own.unverified([SHANGHAI, TENCENT], D("2024-06-17"), D("2024-12-17")) == ()
    half = load_rulebook(commission=0.0003)
    assert half.unverified([SHANGHAI], D("2024-06-17"), D("2024-12-17")) == (("commission", "SH"),)


def edited(tmp_path: Path, text: str, *changes: tuple[str, str]) -> Path:
    path = tmp_path / "rules.toml"
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2023-01-03", "2023-11-16", True),
        ("2023-11-16", "2024-01-02", True),
        ("2023-11-17", "2024-01-02", False),
    ],
)
def test_only_rates_in_force_in_the_span_are_named(
    tmp_path: Path, first: str, last: str, *, told: bool
) -> None:
    rate = "percent = 0.13\nverified = true"
    path = edited(tmp_path, HONG_KONG, (rate, rate.replace("true", "false")))
    rules = Rulebook((read_market(path),), {TENCENT: BoardLot(100, verified=True, source="")}, "")
    found = rules.unverified([TENCENT], D(first), D(last))
    assert (("stamp_duty", "HK") in found) is told


def test_settlement_and_a_boards_lot_that_are_not_verified_are_named(tmp_path: Path) -> None:
    board = 'board = "bse"\nminimum = 100\nstep = 1\nverified = true'
    settled = 'sold_from = "next_session"\nverified = true'
    changes = [(text, text.replace("true", "false")) for text in (board, settled)]
    rules = Rulebook((read_market(edited(tmp_path, MAINLAND, *changes)),), {}, "")
    found = rules.unverified([BEIJING], D("2024-06-17"), D("2024-12-17"))
    assert found == (("commission", "BJ"), ("lot", "BJ"), ("settlement", "BJ"))


# --- the user's own commission


def test_an_own_commission_holds_in_every_market() -> None:
    rules = load_rulebook(commission=0.001, minimum_commission=0)
    assert charge(SHANGHAI, "2024-06-17", 1000, rules=rules)["commission"] == 1.0
    assert charge(TENCENT, "2024-06-17", 1000, rules=rules)["commission"] == 1.0
    assert charge(TENCENT, "2024-06-17", 1000, rules=rules)["sfc_levy"] == 0.03


def test_rate_and_minimum_are_overridden_one_by_one() -> None:
    rate = load_rulebook(commission=0.001)
    least = load_rulebook(minimum_commission=1)
    assert charge(SHANGHAI, "2024-06-17", 1000, rules=rate)["commission"] == 5.0
    assert charge(SHANGHAI, "2024-06-17", 100_000, rules=rate)["commission"] == 100.0
    assert charge(SHANGHAI, "2024-06-17", 1000, rules=least)["commission"] == 1.0
    assert charge(SHANGHAI, "2024-06-17", 100_000, rules=least)["commission"] == 25.0
    free = load_rulebook(commission=0, minimum_commission=0)
    assert "commission" not in charge(SHANGHAI, "2024-06-17", 1000, rules=free)


@pytest.mark.parametrize("rate", [-0.0001, 0.0501, float("nan"), float("inf")])
def test_a_commission_that_is_no_rate_is_refused(rate: float) -> None:
    with pytest.raises(InputError, match=r"is no rate; write a fraction from 0 to 0\.05"):
        load_rulebook(commission=rate)


@pytest.mark.parametrize("least", [-1.0, float("nan"), float("inf")])
def test_a_minimum_commission_that_is_no_amount_is_refused(least: float) -> None:
    with pytest.raises(InputError, match="is no amount; write 0 or more"):
        load_rulebook(minimum_commission=least)


# --- the files


def test_the_hash_is_of_what_the_files_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = load_rulebook().sha256
    assert load_rulebook(commission=0.001).sha256 == shipped

    def hash_with(text: str) -> str:
        path = tmp_path / "hongkong.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(module, "MARKET_FILES", (MARKET_FILES[0], path))
        module._load_shipped.cache_clear()  # noqa: SLF001 - the files are read once
        return load_rulebook().sha256

    try:
        assert hash_with("# a remark\n" + HONG_KONG) == shipped
        assert hash_with(HONG_KONG.replace("percent = 0.13", "percent = 0.12")) != shipped
    finally:
        monkeypatch.undo()
        module._load_shipped.cache_clear()  # noqa: SLF001 - the files are read once


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('code = "stamp_duty"', 'code = "stamps"', "'stamps' is unknown"),
        ('side = "sell"', 'side = "sale"', "'sale' is unknown"),
        ('rounding = "cent"', 'rounding = "down"', "'down' is unknown"),
        ('inside = "commission"', 'inside = "levy"', "'levy' is unknown"),
        ('code = "handling_fee"', 'code = "commission"', "a cost cannot be inside itself"),
        ('code = "handling_fee"', 'code = "stamp_duty"', "stamp_duty stands twice for SH"),
        ('exchanges = ["BJ"]', "exchanges = []", "no exchange is named"),
        ('exchanges = ["BJ"]', 'exchanges = ["BJ", "HK"]', "'HK' has no board here"),
        ('code = "commission"', 'code = "sfc_levy"', "SH has no commission"),
        ("from = 2023-08-28", "from = 2015-08-01", "is not after the rate before"),
        ("from = 2023-08-28", 'from = "soon"', "'soon' is not a date"),
        ("percent = 0.0025", "percent = -0.0025", "is no rate of a cost"),
        ("percent = 0.0025", "percent = 5.1", "is no rate of a cost"),
        ("percent = 0.0025\n", "", "the key 'percent' is missing"),
        ("minimum = 5\n", "minimum = -5\n", "is below zero"),
        ("minimum = 5\n", "minimum = 5\nmaximum = 4\n", "is not above the minimum"),
        ("minimum = 5\n", "minimum = 5\nfloor = 4\n", "unknown key 'floor'"),
        ("verified = true\n", "", "the key 'verified' is missing"),
        ('board = "chinext"', 'board = "gem"', "SZ has no board 'gem'"),
        ('exchange = "BJ"', 'exchange = "XX"', "'XX' is unknown"),
        ("minimum = 200", "minimum = 0", "0 is no number of shares"),
        ("step = 1\n", "step = 1.5\n", "1.5 is no number of shares"),
        ("step = 1\n", "", "the key 'step' is missing"),
        ('"next_session"', '"next_week"', "'next_week' is unknown"),
        ("[settlement]", "[delivery]", "unknown key 'delivery'"),
    ],
)
def test_a_fault_of_a_markets_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FaultyFileError, match=said):
        read_market(edited(tmp_path, MAINLAND, (old, new)))


def test_a_market_without_boards_or_a_cost_without_rates_is_refused(tmp_path: Path) -> None:
    path = edited(tmp_path, MAINLAND.split("[[boards]]")[0])
    with pytest.raises(FaultyFileError, match="there are no boards"):
        read_market(path)
    bare = '\n[[costs]]\ncode = "sfc_levy"\nside = "buy"\nexchanges = ["HK"]\nrounding = "cent"\n'
    path = edited(tmp_path, HONG_KONG.replace("sfc_levy", "handling_fee") + bare)
    with pytest.raises(FaultyFileError, match="the cost has no rates"):
        read_market(path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[HK.0700]", "[HK.00700]", "00700.HK is not the usual spelling; write it as 0700.HK"),
        ("[HK.0700]", "[HK.X7]", "no exchange has a code"),
        ("shares = 500", "shares = 0", "0 is no number of shares"),
        ("shares = 500", "shares = 2.5", "2.5 is no number of shares"),
        ("shares = 500", "shares = 500\nstep = 1", "unknown key 'step'"),
        ("shares = 500\nverified = false", "shares = 500", "the key 'verified' is missing"),
    ],
)
def test_a_fault_of_the_board_lots_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(FaultyFileError, match=said):
        read_lots(edited(tmp_path, LOTS, (old, new)))


def test_all_faults_of_a_file_are_named_at_once(tmp_path: Path) -> None:
    changes = [("percent = 0.0025", "percent = 9"), ('board = "chinext"', 'board = "gem"')]
    with pytest.raises(FaultyFileError) as caught:
        read_market(edited(tmp_path, MAINLAND, *changes))
    assert len(caught.value.faults) == 2
