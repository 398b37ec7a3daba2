"""Writes a backtest's folder: tables, figures, a page, and what reproduces them."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from backtests.palette import Colors
from backtests.portfolio.result import Backtest, Run
from backtests.report.document import Document, plain_sheet
from backtests.report.formats import render, to_csv, to_json, write_folder
from backtests.report.portfolio import describe_skip, lay_out_backtest
from universes import InputError
from universes.content import content_hash
from universes.text import Language

_SHOWN_OF_A_HASH = 12


def run_id(test: Backtest) -> str:
    """Return the name of a backtest's folder: the report, and a hash of all that it rests on."""
    return f"{test.report.id}-{content_hash(test.provenance)[:_SHOWN_OF_A_HASH]}"


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
    if out.suffix or out.is_file():
        raise InputError(f"{out} is no folder", "name a folder with --out, such as results/")
    document = lay_out_backtest(test, language)
    files = {**_tables(test, language, document), **_draw(test, document, language, colors)}
    manifest = {
        "run": run_id(test),
        "arguments": dict(arguments),
        "language": language,
        **test.provenance,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    files["manifest.json"] = to_json(manifest)
    folder = out / run_id(test)
    write_folder(files, folder)
    return folder


def _draw(
    test: Backtest, document: Document, language: Language, colors: Colors
) -> dict[str, bytes]:
    """Draw the figures, those of one strategy for the first, and put them on a page."""
    from backtests.figures.chart import to_png, to_svg  # noqa: PLC0415 - matplotlib is slow
    from backtests.figures.gains import plot_bridge, plot_contributions  # noqa: PLC0415
    from backtests.figures.portfolio import (  # noqa: PLC0415
        plot_drawdowns,
        plot_equity,
        plot_weights,
    )
    from backtests.report.page import render_page  # noqa: PLC0415

    title, first = test.report.title, test.runs[0]
    charts = {
        "equity": plot_equity(test.runs, language, colors, title),
        "drawdown": plot_drawdowns(test.runs, language, colors, title),
        "bridge": plot_bridge(first, language, colors, title),
        "weights": plot_weights(first, language, colors, title),
        "contributions": plot_contributions(first, language, colors, title),
    }
    files = {"index.html": render_page(document, charts, language, colors)}
    for name, chart in charts.items():
        files[f"figures/{name}.png"] = to_png(chart)
        files[f"figures/{name}.svg"] = to_svg(chart)
    return files


def _tables(test: Backtest, language: Language, document: Document) -> dict[str, bytes]:
    skipped = [
        {"strategy": run.strategy.id, **describe_skip(each, language)}
        for run in test.runs
        for each in run.skipped
    ]
    return {
        "metrics.json": render(document, "json"),
        "metrics.csv": render(document, "csv"),
        "report.md": render(document, "md"),
        "report.xlsx": render(document, "xlsx"),
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
