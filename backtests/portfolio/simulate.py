"""Simulates what money following a report would have made: `simulate_portfolio`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np

from backtests.portfolio.attribution import attribute_gains
from backtests.portfolio.orders.conditions import Conditions
from backtests.portfolio.orders.engine import reconcile
from backtests.portfolio.orders.ledger import Books
from backtests.portfolio.orders.planner import plan_deals
from backtests.portfolio.remarks import find_remarks
from backtests.portfolio.result import Backtest
from backtests.portfolio.rules.rulebook import Rulebook, load_rulebook
from backtests.portfolio.runs import make_run
from backtests.portfolio.stage import Stage, set_stage
from backtests.portfolio.strategy.decisions import Decisions, decide
from backtests.portfolio.strategy.strategies import (
    Strategy,
    load_strategies,
    trace_strategy,
)
from backtests.portfolio.terms import Terms
from backtests.provenance import trace_data, trace_report, trace_scale
from backtests.scorecard import securities_of
from screener import Panel
from universes import InputError, RatingScale, Report, Symbol, __version__

NotRun = tuple[tuple[Strategy, str], ...]


def simulate_portfolio(
    report: Report,
    prices: Panel,
    strategies: Sequence[Strategy] | None = None,
    terms: Terms | None = None,
    scale: RatingScale | None = None,
    as_of: dt.date | None = None,
) -> Backtest:
    """Simulate strategies that follow a report, on paper and under the exchanges' rules.

    Parameters
    ----------
    report : Report
        Mentions are not picks: leave them out with `Report.select`.
    prices : Panel
        Of what `securities_to_trade` names.
    strategies : sequence of Strategy, optional
        Left out: all that are shipped; one that the prices do not suffice for is named in
        ``not_run``.
    terms : Terms, optional
    scale : RatingScale, optional
        Names the benchmarks and the horizon. Left out: the report's own.
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        If no pick can be traded, the dates lie outside the prices, an exchange rate or a
        benchmark is missing, or what a strategy named rests on is not known.

    Examples
    --------
    >>> from screener import load_prices
    >>> from universes import load_report
    >>> chosen = load_strategies(["buy_and_hold"])
    >>> test = simulate_portfolio(load_report().select(["games"]), load_prices(), chosen)
    >>> test.runs[0].strategy.id, test.quote
    ('buy_and_hold', 'total')
    """
    report.require_approval()
    terms = terms or Terms()
    scale = scale or report.scale
    panel = prices.until(np.datetime64(as_of, "D")) if as_of else prices
    rulebook = load_rulebook(terms.commission, terms.minimum_commission)
    stage = set_stage(report, panel, terms, scale, rulebook)
    decided, not_run = _decide_all(strategies, stage, scale.horizon_months)
    tape, count = stage.tape, len(decided)
    size = len(tape.symbols)
    books = Books(np.tile(np.arange(size), count), np.arange(count) * size, terms.cash)
    decisions = _join([each for _, each in decided])
    rules = Conditions.executable(rulebook, tape.symbols, printed=tape.quote == "raw")
    if rules.lots is not None and not rules.lots.known.any():
        raise InputError(
            f"no board lot is known of {', '.join(tape.symbols[:3])}",
            "trade other picks, or adjusted prices with --prices total",
        )
    real = plan_deals(tape, books, decisions, rules.spread(books.columns))
    paper = plan_deals(tape, books, decisions, Conditions.frictionless(len(books.columns)))
    gaps = reconcile(real)
    reconcile(paper)
    gains = attribute_gains(real)
    runs = tuple(
        make_run(strategy, stage, real, paper, gains, number, gaps)
        for number, (strategy, _) in enumerate(decided)
    )
    as_of = as_of or panel.dates[-1].astype(dt.date)
    provenance = {
        **_trace([each for each, _ in decided], terms, rulebook),
        "report": trace_report(report),
        "scale": trace_scale(scale),
        "data": trace_data(panel, as_of),
    }
    return Backtest(
        report=report,
        terms=terms,
        quote=tape.quote,
        picks=stage.basket.picks,
        runs=runs,
        not_run=not_run,
        caveats=find_remarks(report, panel, as_of, stage, rulebook, runs, not_run),
        provenance=provenance,
    )


def securities_to_trade(
    report: Report, scale: RatingScale, currency: str
) -> tuple[list[str], list[str]]:
    """Return what a simulation reads, and what it uses where it is there.

    Parameters
    ----------
    report : Report
    scale : RatingScale
    currency : str
        The portfolio's.

    Returns
    -------
    needed : list of str
        Picks, benchmarks and exchange rates.
    also : list of str
        Benchmarks with dividends.
    """
    needed, also = securities_of(report, scale)
    currencies = {Symbol.parse(symbol).exchange.currency for symbol in needed} | {currency}
    rates = {f"{code}CNY.FX" for code in currencies - {"CNY"}} if len(currencies) > 1 else set()
    return sorted({*needed, *rates}), also


def _decide_all(
    strategies: Sequence[Strategy] | None, stage: Stage, horizon_months: int
) -> tuple[list[tuple[Strategy, Decisions]], NotRun]:
    """Return each strategy's decisions; one that was not named may fail."""
    decided: list[tuple[Strategy, Decisions]] = []
    failed: list[tuple[Strategy, str]] = []
    for strategy in load_strategies() if strategies is None else strategies:
        try:
            found = decide(strategy, stage.tape, stage.basket, stage.first, horizon_months)
            decided.append((strategy, found))
        except InputError as error:
            if strategies is not None:
                raise InputError(f"{strategy.id}: {error.message}", error.remedy) from None
            failed.append((strategy, error.message))
    if not decided:
        raise InputError(
            "; ".join(reason for _, reason in failed) or "there is no strategy", "name one"
        )
    return decided, tuple(failed)


def _join(decisions: Sequence[Decisions]) -> Decisions:
    """Lay the decisions of several books side by side."""
    rows = sorted({row for each in decisions for row in each.rows})
    parts = []
    for each in decisions:
        weights = np.full((len(rows), each.weights.shape[1]), np.nan)
        weights[np.searchsorted(rows, each.rows)] = each.weights
        parts.append(weights)
    return Decisions(tuple(rows), np.hstack(parts))


def _trace(strategies: Sequence[Strategy], terms: Terms, rulebook: Rulebook) -> dict[str, Any]:
    start = terms.start.isoformat() if terms.start else None
    return {
        "version": __version__,
        "engine": f"vectorbt {version('vectorbt')}",
        "seed": None,
        "terms": {**asdict(terms), "start": start},
        "strategies": [trace_strategy(each) for each in strategies],
        "rulebook_sha256": rulebook.sha256,
    }
