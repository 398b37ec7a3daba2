"""Lays a backtest out for people and programs."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from backtests.labels import sentence, title_of, word
from backtests.portfolio.entries import Contribution, SkippedOrder
from backtests.portfolio.result import Backtest, Run, tell_measures
from backtests.provenance import told
from backtests.report.document import Column, Document, Kind, Sheet, plain_sheet
from universes.text import Language

SCHEMA = "sector-screener/backtest/1"

_COMPARED: Mapping[str, Kind] = {
    "strategy": "name",
    "return": "points",
    "benchmark": "points",
    "annual_return": "points",
    "volatility": "rate",
    "sharpe": "ratio",
    "max_drawdown": "rate",
    "beta": "ratio",
    "alpha": "points",
    "information_ratio": "ratio",
    "turnover": "ratio",
    "unfilled": "number",
}
_ORDERS: Mapping[str, Kind] = {
    "strategy": "name",
    "reason": "label",
    "side": "label",
    "orders": "number",
    "symbol": "text",
}
_GAINS: Mapping[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "price_gain": "points",
    "dividend_gain": "points",
    "currency_gain": "points",
    "costs": "points",
    "total_gain": "points",
}
_NAMED = 6


def lay_out_backtest(test: Backtest, language: Language) -> Document:
    """Return a backtest as a document in one language."""
    curve = test.runs[0].curve
    title = sentence(
        "backtest_title",
        language,
        title=title_of(test.report, language),
        first=curve.dates[0],
        last=max(run.curve.dates[-1] for run in test.runs),
        cash=f"{test.terms.cash:,.0f}",
        currency=test.terms.currency,
    )
    notes = [each.get(language) for each in test.caveats]
    if not any(run.skipped for run in test.runs):
        notes.insert(0, sentence("unfilled_none", language))
    return Document(
        name="backtest",
        title=title,
        data=to_json(test, language),
        records=plain_sheet("rows", test.records()),
        sheets=tuple(_lay_out_sheets(test, language)),
        notes=notes,
    )


def to_json(test: Backtest, language: Language) -> dict[str, Any]:
    """Return a backtest as JSON values, curves and trades aside; what cannot be told is null."""
    return {
        "schema": SCHEMA,
        "quote": test.quote,
        "strategies": [_describe(run, language) for run in test.runs],
        "not_run": [{"strategy": each.id, "reason": reason} for each, reason in test.not_run],
        "caveats": [{"code": each.code, "text": each.get(language)} for each in test.caveats],
        "provenance": test.provenance,
    }


def describe_skip(skip: SkippedOrder, language: Language) -> dict[str, Any]:
    """Return an order that was not filled as JSON values."""
    reason = skip.reason.name.lower()
    return {
        **asdict(skip),
        "date": skip.date.isoformat(),
        "reason_code": reason,
        "reason": word(f"reason_{reason}", language),
    }


def _lay_out_sheets(test: Backtest, language: Language) -> Iterator[Sheet]:
    yield lay_out_strategies(test, language)
    yield _lay_out_bridge(test, language)
    orders = [row for run in test.runs for row in _count_skips(run, language)]
    if orders:
        yield _sheet("unfilled", _ORDERS, orders, language)
    gains = _lay_out_gains(test.runs[0], language)
    if gains.rows:
        yield gains


def lay_out_strategies(test: Backtest, language: Language) -> Sheet:
    """Return a line for each strategy: its return, risk and benchmark."""
    rows = [_compare(run, language) for run in test.runs]
    return _sheet("strategies", _COMPARED, rows, language)


def _compare(run: Run, language: Language) -> dict[str, Any]:
    curve, measures = run.curve, run.measures
    return {
        "strategy": run.strategy.title.get(language),
        "return": measures.total_return,
        "benchmark": float(curve.benchmark[-1] / curve.benchmark[0] - 1.0),
        "annual_return": told(measures.annual_return),
        "volatility": told(measures.volatility),
        "sharpe": told(measures.sharpe),
        "max_drawdown": measures.drawdown.depth,
        "beta": told(measures.beta),
        "alpha": told(measures.alpha),
        "information_ratio": told(measures.information_ratio),
        "turnover": told(run.turnover),
        "unfilled": len(run.skipped),
    }


def _lay_out_bridge(test: Backtest, language: Language) -> Sheet:
    charged = [
        code
        for code in test.runs[0].bridge.costs
        if any(run.bridge.costs[code] for run in test.runs)
    ]
    rows = [
        {
            "strategy": run.strategy.title.get(language),
            "paper": run.bridge.paper,
            "execution": run.bridge.execution,
            "before_costs": run.bridge.before_costs,
            **{code: run.bridge.costs[code] for code in charged},
            "after_costs": run.bridge.after_costs,
        }
        for run in test.runs
    ]
    kinds: dict[str, Kind] = {
        "strategy": "name",
        **dict.fromkeys(("paper", "execution", "before_costs"), "hundredths"),
        **dict.fromkeys(charged, "bp"),
        "after_costs": "hundredths",
    }
    columns = [
        Column(key, word(f"code_{key}" if key in charged else key, language), kind)
        for key, kind in kinds.items()
    ]
    return Sheet("bridge", sentence("bridge_title", language), columns, rows)


def _count_skips(run: Run, language: Language) -> Iterator[dict[str, Any]]:
    """Count orders by reason and side, one for each session it was tried in vain."""
    groups: dict[tuple[str, str], list[str]] = {}
    for skip in run.skipped:
        groups.setdefault((skip.reason.name.lower(), skip.side), []).append(skip.symbol)
    for (reason, side), symbols in groups.items():
        distinct = list(dict.fromkeys(symbols))
        more = f" +{len(distinct) - _NAMED}" if len(distinct) > _NAMED else ""
        yield {
            "strategy": run.strategy.title.get(language),
            "reason": word(f"reason_{reason}", language),
            "side": word(side, language),
            "orders": len(symbols),
            "symbol": ", ".join(distinct[:_NAMED]) + more,
        }


def _lay_out_gains(run: Run, language: Language) -> Sheet:
    rows: list[dict[str, Any]] = []
    for theme in run.themes:
        own = [each for each in run.contributions if each.theme == theme.key and each.held]
        if own:
            rows.append({"head": True, **_gain(theme, language), "symbol": ""})
        rows.extend(_gain(each, language) for each in sorted(own, key=lambda each: -each.total))
    title = run.strategy.title.get(language)
    columns = [Column(key, word(key, language), kind) for key, kind in _GAINS.items()]
    heading = sentence("contributions_title", language, strategy=title)
    return Sheet("contributions", heading, columns, rows, grouped=True)


def _gain(each: Contribution, language: Language) -> dict[str, Any]:
    return {
        "symbol": each.key,
        "name": each.name.get(language),
        "price_gain": each.price,
        "dividend_gain": each.dividends,
        "currency_gain": each.currency,
        "costs": each.costs,
        "total_gain": each.total,
    }


def _describe(run: Run, language: Language) -> dict[str, Any]:
    curve, bridge = run.curve, run.bridge
    return {
        "strategy": run.strategy.id,
        "title": run.strategy.title.get(language),
        "first": str(curve.dates[0]),
        "last": str(curve.dates[-1]),
        "open_at_end": run.open_at_end,
        "bridge": {
            "paper": bridge.paper,
            "execution": bridge.execution,
            "before_costs": bridge.before_costs,
            "costs": dict(bridge.costs),
            "after_costs": bridge.after_costs,
        },
        "costs_paid": dict(run.costs_paid),
        "costs_per_value": told(run.costs_per_value),
        "measures": tell_measures(run.measures),
        "paper_measures": tell_measures(run.paper),
        **run.activity(),
        "benchmarks": {
            "blended": float(curve.benchmark[-1] / curve.benchmark[0] - 1.0),
            **{name: float(level[-1] / level[0] - 1.0) for name, level in curve.indices.items()},
        },
        "themes": [{**_gain(each, language), "theme": each.key} for each in run.themes],
        "contributions": [
            {**_gain(each, language), "theme": each.theme} for each in run.contributions
        ],
        "skipped": [describe_skip(each, language) for each in run.skipped],
        "reconciled": dict(run.reconciled),
    }


def _sheet(
    name: str, kinds: Mapping[str, Kind], rows: list[dict[str, Any]], language: Language
) -> Sheet:
    columns = [Column(key, word(key, language), kind) for key, kind in kinds.items()]
    return Sheet(name, sentence(f"{name}_title", language), columns, rows)
