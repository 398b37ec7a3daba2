"""The second set of books, against vectorbt asked by the front door: `Portfolio.from_orders`."""

import dataclasses
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from naive_portfolio import SHARES, make_panel
from test_portfolio_golden import A, panel, plan
from vectorbt_rust import portfolio as compiled

from backtests.portfolio import simulate
from backtests.portfolio.market.tape import read_tape
from backtests.portfolio.orders.conditions import Conditions
from backtests.portfolio.orders.engine import ReconciliationError, reconcile, replay
from backtests.portfolio.orders.ledger import Books, Ledger
from backtests.portfolio.orders.planner import plan_deals
from backtests.portfolio.rules.rulebook import load_rulebook
from backtests.portfolio.strategy.decisions import Decisions
from screener import Panel
from screener.panel import CorporateAction, Floats
from universes import InputError, Report

B = "601900.SH"
PAID = CorporateAction(A, "2024-06-18", 0.5, 1.0, "high")


@dataclass(frozen=True)
class Told:
    cash: Floats
    equity: Floats
    shares: Floats
    fees: Floats


def ask_vectorbt(ledger: Ledger) -> Told:
    """Give vectorbt all rows, those without a deal too, in shares and prices of the first."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # vectorbt's own use of its dependencies
        import pandas as pd  # noqa: PLC0415
        import vectorbt  # noqa: PLC0415
    deals, tape, books = ledger.deals, ledger.tape, ledger.books
    growth = np.cumprod(tape.growth, axis=0)[:, books.columns]
    close = (tape.close * tape.rate)[:, books.columns] * growth
    size, price, fees = np.full(close.shape, np.nan), close.copy(), np.zeros(close.shape)
    for row, position, shares, paid, rate, cost in zip(
        deals.row, deals.position, deals.shares, deals.price, deals.rate, deals.cost, strict=True
    ):
        size[row, position] = shares / growth[row, position]
        price[row, position] = paid * rate * growth[row, position]
        fees[row, position] = cost
    groups = [np.flatnonzero(books.of == book) for book in range(len(books.starts))]
    turns = np.zeros(close.shape, dtype=np.int64)
    for row in range(len(close)):
        for group in groups:
            # False sorts before True: what is sold comes first
            turns[row, group] = sorted(range(len(group)), key=lambda k: not size[row, group[k]] < 0)
    received = np.column_stack([ledger.dividends[:, group].sum(axis=1) for group in groups])
    to_come = received.sum(axis=0) - received.cumsum(axis=0) + 1e-6 * books.cash
    portfolio = vectorbt.Portfolio.from_orders(
        pd.DataFrame(close),
        size=size,
        size_type="amount",
        direction="longonly",
        price=price,
        fixed_fees=fees,
        allow_partial=False,
        raise_reject=True,
        init_cash=books.cash + received.sum(axis=0) + 1e-6 * books.cash,
        cash_sharing=True,
        call_seq=turns,
        group_by=books.of,
        freq="1D",
        engine="rust",
    )
    records = portfolio.order_records
    charged = np.zeros(close.shape)
    charged[records["idx"], records["col"]] = records["fees"]
    shape = (len(close), len(groups))
    return Told(
        portfolio.cash().to_numpy().reshape(shape) - to_come,
        portfolio.value().to_numpy().reshape(shape) - to_come,
        portfolio.assets().to_numpy().reshape(close.shape) * growth,
        charged,
    )


def check(ledger: Ledger) -> None:
    ours, theirs = replay(ledger), ask_vectorbt(ledger)
    deals = np.unique(ledger.deals.row)
    assert {*deals} <= {*ours.rows}
    for name in ("cash", "equity", "shares", "fees"):
        own, other = getattr(ours, name), getattr(theirs, name)
        scale = ledger.books.cash if name in {"cash", "equity"} else 1.0
        np.testing.assert_allclose(own / scale, other[ours.rows] / scale, rtol=1e-12, atol=1e-12)
    # between deals nothing changes hands
    idle = np.setdiff1d(np.arange(len(theirs.fees)), deals)
    assert not theirs.fees[idle].any()


def test_the_shipped_report_is_booked_as_vectorbt_books_it(
    report: Report, snapshot: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledgers: list[Ledger] = []

    def keep(ledger: Ledger) -> dict[str, float]:
        ledgers.append(ledger)
        return reconcile(ledger)

    monkeypatch.setattr(simulate, "reconcile", keep)
    found = simulate.simulate_portfolio(report.select(), snapshot)
    assert len(ledgers) == 2
    for ledger in ledgers:
        assert len(ledger.books.starts) == len(found.runs) > 5
        assert (ledger.deals.shares < 0).any()
        check(ledger)


def test_one_book_with_dividends_and_bonus_shares_is_booked_as_vectorbt_books_it() -> None:
    prices = panel({A: [10, 10, 4.75, 4.75, 5, 5]}, actions=[PAID])
    ledger = plan(prices, [A], {0: [1], 3: [0]}, 100_000)
    assert ledger.dividends.any()
    check(ledger)


def test_a_purchase_that_a_sale_of_the_same_day_pays_for_is_booked_as_vectorbt_books_it() -> None:
    # the position that is bought stands before the one that is sold
    prices = panel({B: [10.0] * 6, A: [10.0] * 6})
    ledger = plan(prices, [B, A], {0: [0, 1], 2: [1, 0]}, 100_000)
    row = int(ledger.deals.row[-1])
    assert sorted(ledger.deals.shares[ledger.deals.row == row] > 0) == [False, True]
    check(ledger)


def test_the_order_of_the_deals_of_a_day_does_not_matter() -> None:
    prices = panel({B: [10.0] * 6, A: [10.0] * 6})
    ledger = plan(prices, [B, A], {0: [0, 1], 2: [1, 0]}, 100_000)
    backwards = {name: values[::-1] for name, values in vars(ledger.deals).items()}
    turned = dataclasses.replace(ledger, deals=dataclasses.replace(ledger.deals, **backwards))
    assert reconcile(turned) == reconcile(ledger)


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_books_side_by_side_are_booked_as_vectorbt_books_them(seed: int, *, paper: bool) -> None:
    rng = np.random.default_rng(seed)
    prices = make_panel(seed, "2024-04-01", "2024-09-30")
    tape = read_tape(prices, list(SHARES), "CNY", "raw")
    count, books = len(SHARES), 4
    columns = np.tile(np.arange(count), books)
    rows = np.sort(rng.choice(len(tape.dates) - 2, 6, replace=False))
    weights = rng.dirichlet(np.ones(count), (len(rows), books))
    weights *= rng.uniform(0, 1, weights.shape[:2])[..., None] * (
        rng.uniform(size=weights.shape) > 0.3
    )
    rules = (
        Conditions.frictionless(len(columns))
        if paper
        else Conditions.executable(load_rulebook(), tape.symbols, printed=True).spread(columns)
    )
    ledger = plan_deals(
        tape,
        Books(columns, np.arange(books) * count, 900_000.0),
        Decisions(tuple(rows.tolist()), weights.reshape(len(rows), -1)),
        rules,
    )
    assert len(ledger.deals.row) > 20
    assert ledger.dividends.any()
    check(ledger)


def test_a_plan_without_a_deal_keeps_its_cash() -> None:
    ledger = plan(panel({A: [10.0] * 6}), [A], {}, 100_000)
    told = replay(ledger)
    assert told.rows.tolist() == [5]
    assert told.cash == pytest.approx(np.array([[100_000.0]]), abs=1e-9)
    assert not told.shares.any()


# --- what ends the run


def bought() -> Ledger:
    return plan(panel({A: [10.0] * 6}), [A], {0: [1]}, 100_000)


def test_a_purchase_that_the_cash_does_not_cover_stops_the_run() -> None:
    ledger = bought()
    deals = dataclasses.replace(ledger.deals, shares=ledger.deals.shares * 2)
    with pytest.raises(ReconciliationError, match="refuses"):
        reconcile(dataclasses.replace(ledger, deals=deals))


def test_books_that_cannot_be_compared_stop_the_run() -> None:
    ledger = bought()
    with pytest.raises(ReconciliationError, match="nan"):
        reconcile(dataclasses.replace(ledger, shares=ledger.shares * np.nan))


def other_names(order: object, portfolio_state: object) -> None:
    """What another version might call its arguments."""


def other_results(**_: object) -> tuple[object, object]:
    return object(), object()


@pytest.mark.parametrize("replaced", [other_names, other_results, None])
def test_another_version_of_vectorbt_ends_the_run_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch, replaced: Callable[..., object] | None
) -> None:
    if replaced:
        monkeypatch.setattr(compiled, "execute_order_rs", replaced)
    else:
        monkeypatch.delattr(compiled, "execute_order_rs")
    with pytest.raises(InputError, match="vectorbt") as caught:
        reconcile(bought())
    assert "vectorbt[rust]" in caught.value.remedy


def test_a_version_that_deals_otherwise_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    execute = compiled.execute_order_rs

    def deal_half(**given: object) -> tuple[object, object]:
        after, done = execute(**given)
        return compiled.ExecuteOrderState(after.cash, after.position / 2, 0.0, after.cash), done

    monkeypatch.setattr(compiled, "execute_order_rs", deal_half)
    with pytest.raises(ReconciliationError, match="differ"):
        reconcile(bought())
