"""Writes a backtest's folder: tables, figures, a page, and what reproduces them."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from backtests.palette import Colors
from backtests.portfolio.result import Backtest, Run
from backtests.report.document import plain_sheet
from backtests.report.folder import Figures, draw_page, folder_id, spell_document, write_result
from backtests.report.formats import to_csv
from backtests.report.portfolio import describe_skip, lay_out_backtest
from universes.text import Language


def run_id(test: Backtest) -> str:
    """Return the name of a backtest's folder."""
    return folder_id(test.report.id, test.provenance)


def write_run(
    test: Backtest,
    out: Path,
    language: Language,
    colors: Colors,
    arguments: Mapping[str, Any],
) -> Path:
    """Write a backtest's folder whole or not at all.

    Parameters
    ----------
    test : Backtest
    out : Path
        The folder that the run's own folder is put into; one of the same run is replaced.
    language : {"zh", "en"}
    colors : {"china", "west", "none"}
    arguments : mapping
        What was asked for, as JSON values; kept in the manifest.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it cannot be written; what stood there is left as it was.
    """
    document = lay_out_backtest(test, language)
    files = {
        **spell_document(document, "metrics"),
        **list_tables(test, language),
        **draw_page(document, _draw(test, language, colors), language, colors),
    }
    return write_result(run_id(test), files, out, test.provenance, arguments, language)


def _draw(test: Backtest, language: Language, colors: Colors) -> Figures:
    """Draw the figures, those of one strategy for the first."""
    from backtests.figures.gains import plot_bridge, plot_contributions  # noqa: PLC0415
    from backtests.figures.portfolio import (  # noqa: PLC0415 - matplotlib is slow
        plot_drawdowns,
        plot_equity,
        plot_weights,
    )

    title, first = test.report.title, test.runs[0]
    return {
        "equity": partial(plot_equity, test.runs, language, colors, title),
        "drawdown": partial(plot_drawdowns, test.runs, language, colors, title),
        "bridge": partial(plot_bridge, first, language, colors, title),
        "weights": partial(plot_weights, first, language, colors, title),
        "contributions": partial(plot_contributions, first, language, colors, title),
    }


def list_tables(test: Backtest, language: Language) -> dict[str, bytes]:
    """Spell equity, trades, positions and unfilled orders of all strategies as CSV."""
    skipped = [
        {"strategy": run.strategy.id, **describe_skip(each, language)}
        for run in test.runs
        for each in run.skipped
    ]
    return {
        "equity.csv": _list_rows(_equity, test),
        "trades.csv": _list_rows(_trades, test),
        "positions.csv": _list_rows(_positions, test),
        "skipped_orders.csv": to_csv(plain_sheet("rows", skipped, _SKIP_COLUMNS)),
    }


def _list_rows(list_run: Callable[[Run], Iterable[dict[str, Any]]], test: Backtest) -> bytes:
    return to_csv(plain_sheet("rows", [row for run in test.runs for row in list_run(run)]))


_SKIP_COLUMNS = (
    "strategy",
    "date",
    "symbol",
    "side",
    "wanted",
    "filled",
    "reason",
    "carried",
    "reason_code",
)


def _equity(run: Run) -> Iterable[dict[str, Any]]:
    curve = run.curve
    for row, day in enumerate(curve.dates):
        yield {
            "strategy": run.strategy.id,
            "date": str(day),
            "equity": curve.equity[row],
            "cash": curve.cash[row],
            "paper": curve.paper[row],
            "benchmark": curve.benchmark[row],
            **{name: level[row] for name, level in curve.indices.items()},
        }


def _trades(run: Run) -> Iterable[dict[str, Any]]:
    for trade in run.trades:
        yield {
            "strategy": run.strategy.id,
            "date": trade.date.isoformat(),
            "symbol": trade.symbol,
            "side": trade.side,
            "shares": trade.shares,
            "price": trade.price,
            "currency": trade.currency,
            "rate": trade.rate,
            "value": trade.value,
            **trade.costs,
        }


def _positions(run: Run) -> Iterable[dict[str, Any]]:
    curve = run.curve
    for row, day in enumerate(curve.dates):
        for column, symbol in enumerate(curve.symbols):
            if curve.shares[row, column] > 0:
                yield {
                    "strategy": run.strategy.id,
                    "date": str(day),
                    "symbol": symbol,
                    "shares": curve.shares[row, column],
                    "value": curve.value[row, column],
                    "weight": curve.value[row, column] / curve.equity[row],
                }
