"""The commands ``data status``, ``check``, ``export`` and ``compact``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import (
    INCOMPLETE,
    AtOption,
    ColorsOption,
    FormatOption,
    LangOption,
    OutOption,
    StoreOption,
    SymbolOption,
    VersionOption,
)
from universes.rating import Basis

if TYPE_CHECKING:
    import numpy as np

app = typer.Typer()


def _moment(moment: dt.datetime | None) -> "np.datetime64 | None":
    import numpy as np

    return None if moment is None else np.datetime64(moment, "s")


@app.command(
    epilog="""\b
Examples:
  screener data status
  screener data status --format json | jq '.series[] | select(.behind > 0)'"""
)
def status(
    *,
    store: StoreOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Show what the store holds: coverage, freshness, what is held back, and its updates."""
    from backtests.cli.clock import SystemClock
    from backtests.report.data import lay_out_status
    from backtests.report.output import deliver
    from screener.store.facts import read_facts
    from screener.store.store import Store
    from screener.tasks.status import describe_facts, describe_store

    opened = Store(store)
    state = opened.state(version, at=_moment(at))
    series = describe_store(state, SystemClock().utc())
    updates = [each for each in opened.updates() if each.version <= state.version]
    figures = describe_facts(read_facts(state))
    document = lay_out_status(opened.address, state.catalog.version, series, updates, lang, figures)
    deliver(document, format_, out, colors)


@app.command(
    epilog="""\b
Examples:
  screener data check
  screener data check --symbol 0700.HK --against yahoo
  screener data check --format json"""
)
def check(
    *,
    symbol: SymbolOption = None,
    against: Annotated[
        str | None,
        typer.Option(help="Compare with what this upstream says now, such as yahoo."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the jitter between calls.")] = 0,
    store: StoreOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Check every series by the quality rules, or against another upstream."""
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from backtests.report.data import lay_out_findings
    from backtests.report.output import deliver
    from screener.sources.failover import Fetcher
    from screener.store.store import Store
    from screener.tasks.check import check_against, check_store

    clock = SystemClock()
    state = Store(store).state(version, at=_moment(at))
    if against is None:
        checked, findings = check_store(state, symbol, clock.utc())
    else:
        with ProgressLines(f"compare with {against}") as progress:
            checked, findings = check_against(
                state, symbol, Fetcher(clock, seed), against, progress
            )
    deliver(lay_out_findings(findings, checked, state.catalog.version, lang), format_, out, colors)
    if any(each.severity == "error" for each in findings):
        raise typer.Exit(INCOMPLETE)


@app.command(
    epilog="""\b
Examples:
  screener data export bars.parquet                        # every bar, as kept
  screener data export tables/ --symbol 0700.HK            # closes and opens on both bases
  screener data export bars.csv --version 7"""
)
def export(
    *,
    path: Annotated[
        Path,
        typer.Argument(help="A .csv or .parquet file for the bars as kept, or a folder of tables."),
    ],
    symbol: SymbolOption = None,
    basis: Annotated[
        Basis | None, typer.Option(help="Of the tables: price or total. Left out: both.")
    ] = None,
    store: StoreOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Write the store's bars to a file, or its prices to a folder of tables."""
    from backtests.report.data import lay_out_export
    from backtests.report.output import deliver
    from screener.store.store import Store
    from screener.tasks.export import export_store

    state = Store(store).state(version, at=_moment(at))
    rows, paths = export_store(state, path, symbol, basis)
    deliver(
        lay_out_export(rows, map(str, paths), state.catalog.version, lang), format_, out, colors
    )


@app.command(epilog="Example:  screener data compact --keep-days 90")
def compact(
    *,
    keep_days: Annotated[
        int, typer.Option(min=1, help="Every version of the last so many days stays readable.")
    ] = 365,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Join small files and remove those that no version to be kept is read from.

    A version that a written report refers to is always kept.
    """
    import numpy as np

    from backtests.cli.clock import SystemClock
    from backtests.report.data import lay_out_upkeep
    from backtests.report.output import deliver
    from screener.store.store import Store
    from screener.store.upkeep import compact_store

    since = SystemClock().utc() - np.timedelta64(keep_days, "D")
    deliver(lay_out_upkeep(compact_store(Store(store), since), lang), format_, out, colors)
