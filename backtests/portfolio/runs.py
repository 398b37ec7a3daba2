"""Puts together what came of one strategy, from the books of all."""

from collections.abc import Mapping

import numpy as np

from backtests.kernel import Rows
from backtests.measures.equity import exposure, ratio, time_invested, turnover
from backtests.measures.returns import Measures, measure
from backtests.portfolio.attribution import Gains
from backtests.portfolio.benchmarks import blend
from backtests.portfolio.entries import Bridge, Contribution, Curve, SkippedOrder, Trade
from backtests.portfolio.orders.ledger import Ledger, Reason
from backtests.portfolio.result import Run
from backtests.portfolio.stage import Stage
from backtests.portfolio.strategy.strategies import Strategy
from screener.panel import Floats
from universes import Symbol


def make_run(
    strategy: Strategy,
    stage: Stage,
    real: Ledger,
    paper: Ledger,
    gains: Gains,
    book: int,
    reconciled: Mapping[str, float],
) -> Run:
    """Return what came of one strategy.

    Parameters
    ----------
    strategy : Strategy
    stage : Stage
    real, paper : Ledger
        Of all strategies, under the exchanges' rules and without friction.
    gains : Gains
        Of ``real``.
    book : int
        The strategy's.
    reconciled : mapping of str to float
        As `backtests.portfolio.orders.engine.reconcile` returns it.
    """
    mine = np.flatnonzero(real.books.of == book)
    deals = np.flatnonzero(np.isin(real.deals.position, mine))
    # a schedule that ends in cash might have bought again: it is measured to the end
    scheduled = strategy.weigh == "scheduled"
    last = len(stage.tape.dates) - 1 if scheduled else _last_row(real, mine, deals)
    curve = _draw_curve(stage, real, paper, book, last)
    picks = _contribute(stage, gains, mine, real.books.cash)
    value, costs = real.deals.value[deals], real.deals.costs[deals].sum(axis=0)
    bars = curve.sessions[1:]
    equity, invested = curve.equity[1:], curve.value.sum(axis=1)[1:]
    return Run(
        strategy=strategy,
        curve=curve,
        measures=_measure(curve.equity, curve),
        paper=_measure(curve.paper, curve),
        bridge=_bridge(real, curve, costs),
        turnover=turnover(
            _by_row(real, deals, np.maximum(value, 0.0), stage.first, last),
            _by_row(real, deals, np.maximum(-value, 0.0), stage.first, last),
            equity,
            bars,
        ),
        exposure=exposure(invested, equity, bars),
        time_invested=time_invested(invested, bars),
        costs_paid=dict(zip(real.codes, costs.tolist(), strict=True)),
        costs_per_value=ratio(float(costs.sum()), float(np.abs(value).sum())),
        contributions=picks,
        themes=_by_theme(stage, picks),
        trades=_list_trades(real, deals, mine[0]),
        skipped=_list_skips(real, mine),
        open_at_end=strategy.hold == "horizon" and bool(invested[-1] > 0),
        reconciled=reconciled,
    )


def _last_row(ledger: Ledger, mine: Rows, deals: Rows) -> int:
    """Return the last row of the curve: of all, or of a closed book's last deal."""
    held = np.flatnonzero(ledger.shares[:, mine].any(axis=1))
    dealt = ledger.deals.row[deals]
    return int(max([*held[-1:], *dealt[-1:]], default=len(ledger.tape.dates) - 1))


def _draw_curve(stage: Stage, real: Ledger, paper: Ledger, book: int, last: int) -> Curve:
    rows = slice(stage.first, last + 1)
    mine = np.flatnonzero(real.books.of == book)
    cash = real.books.cash
    blended = blend(stage.benchmarks, real, book)[rows]
    # before its first deals nothing was at stake: their session counts as one
    sessions = stage.tape.sessions[rows].copy()
    sessions[:2] = 1
    indices = {
        str(index): cash * np.cumprod(1.0 + returns[rows])
        for index, returns in zip(
            stage.benchmarks.measured, stage.benchmarks.returns.T, strict=True
        )
    }
    return Curve(
        dates=stage.tape.dates[rows],
        sessions=sessions,
        equity=real.equity[rows, book],
        cash=real.cash[rows, book],
        paper=paper.equity[rows, book],
        benchmark=(cash * np.cumprod(1.0 + blended)).astype(np.float64),
        indices=indices,
        symbols=stage.tape.symbols,
        shares=real.shares[rows][:, mine],
        value=real.holdings[rows][:, mine],
    )


def _measure(equity: Floats, curve: Curve) -> Measures:
    returns = equity[1:] / equity[:-1] - 1.0
    benchmark = curve.benchmark[1:] / curve.benchmark[:-1] - 1.0
    return measure(returns, benchmark, curve.sessions[1:])


def _bridge(real: Ledger, curve: Curve, costs: Floats) -> Bridge:
    cash = real.books.cash
    paper = float(curve.paper[-1] / cash - 1.0)
    after = float(curve.equity[-1] / cash - 1.0)
    before = after + float(costs.sum()) / cash
    # from zero, so that what was not charged is not minus zero
    paid = (0.0 - costs / cash).tolist()
    return Bridge(paper, before - paper, dict(zip(real.codes, paid, strict=True)))


def _by_row(ledger: Ledger, deals: Rows, amounts: Floats, first: int, last: int) -> Floats:
    rows = ledger.deals.row[deals] - first - 1
    return np.bincount(rows, amounts, minlength=last - first).astype(np.float64)


def _contribute(stage: Stage, gains: Gains, mine: Rows, cash: float) -> tuple[Contribution, ...]:
    return tuple(
        Contribution(
            key=str(pick.symbol),
            name=pick.name,
            theme=theme.id,
            price=float(gains.price[n]) / cash,
            dividends=float(gains.dividends[n]) / cash,
            currency=float(gains.currency[n]) / cash,
            costs=float(gains.costs[n].sum()) / cash,
        )
        for n, pick, theme in zip(mine, stage.basket.picks, stage.basket.themes, strict=True)
    )


def _by_theme(stage: Stage, picks: tuple[Contribution, ...]) -> tuple[Contribution, ...]:
    themes = {theme.id: theme for theme in stage.basket.themes}
    return tuple(
        Contribution(
            key=theme.id,
            name=theme.title,
            theme=theme.id,
            price=sum(each.price for each in picks if each.theme == theme.id),
            dividends=sum(each.dividends for each in picks if each.theme == theme.id),
            currency=sum(each.currency for each in picks if each.theme == theme.id),
            costs=sum(each.costs for each in picks if each.theme == theme.id),
        )
        for theme in themes.values()
    )


def _list_trades(ledger: Ledger, deals: Rows, start: int) -> tuple[Trade, ...]:
    tape, found = ledger.tape, ledger.deals
    values = np.abs(found.value)
    trades = []
    for n in deals:
        symbol = tape.symbols[found.position[n] - start]
        trades.append(
            Trade(
                date=tape.dates[found.row[n]].item(),
                symbol=symbol,
                side="buy" if found.shares[n] > 0 else "sell",
                shares=float(abs(found.shares[n])),
                price=float(found.price[n]),
                currency=Symbol.parse(symbol).exchange.currency,
                rate=float(found.rate[n]),
                value=float(values[n]),
                costs=dict(zip(ledger.codes, found.costs[n].tolist(), strict=True)),
            )
        )
    return tuple(trades)


def _list_skips(ledger: Ledger, mine: Rows) -> tuple[SkippedOrder, ...]:
    skips = ledger.skips
    return tuple(
        SkippedOrder(
            date=ledger.tape.dates[skips.row[n]].item(),
            symbol=ledger.tape.symbols[skips.position[n] - mine[0]],
            side="sell" if skips.wanted[n] < 0 else "buy",
            wanted=float(abs(skips.wanted[n])),
            filled=float(abs(skips.filled[n])),
            reason=Reason(int(skips.reason[n])),
            carried=bool(skips.carried[n]),
        )
        for n in np.flatnonzero(np.isin(skips.position, mine))
    )
