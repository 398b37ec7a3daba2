"""The commands ``data update`` and ``data import``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backtests.cli.options import (
    INCOMPLETE,
    INTERRUPTED,
    AcceptOption,
    ColorsOption,
    FormatOption,
    LangOption,
    OutOption,
    ReportOption,
    StoreOption,
    SymbolOption,
)
from universes import InputError

if TYPE_CHECKING:
    from screener.store.store import Store
    from screener.tasks.update import UpdateResult, Wish

app = typer.Typer()

_FIRST_DAY = dt.datetime(2023, 1, 1)  # noqa: DTZ001 - a day, of no zone

BarBasisChoice = Literal["raw", "split_adjusted", "additive", "multiplicative"]


def _securities(report: str | None) -> list[str]:
    """Return what scoring a report reads."""
    from backtests.scorecard import securities_of
    from universes import load_report
    from universes.report import PICK_LEVELS

    chosen = load_report(report).select((), PICK_LEVELS)
    needed, also = securities_of(chosen, chosen.scale)
    return [*needed, *also]


@app.command(
    epilog="""\b
Examples:
  screener data update                        # the shipped report's securities, and what is kept
  screener data update --report my_report/ --start 2020-01-01
  screener data update --symbol 300308.SZ --symbol HSI.HK --format json
  screener data update --symbol 0700.HK --replace"""
)
def update(
    *,
    report: ReportOption = None,
    symbol: SymbolOption = None,
    exchange: Annotated[
        list[str] | None,
        typer.Option(help="Every share on the kept list of an exchange, such as SH; see --lists."),
    ] = None,
    start: Annotated[
        dt.datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default="2023-01-01", help="First day wanted."),
    ] = _FIRST_DAY,
    source: Annotated[
        str | None,
        typer.Option(help="Ask this upstream alone: eastmoney, sina, tencent, csi or yahoo."),
    ] = None,
    lists: Annotated[
        bool, typer.Option("--lists", help="Fetch the lists of shares and the sessions too.")
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Take what is fetched in place of what is kept, uncompared."
        ),
    ] = False,
    accept: AcceptOption = None,
    seed: Annotated[int, typer.Option(help="Of the jitter between calls.")] = 0,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Fetch daily bars and corporate actions from the vendors, and commit them once.

    What was fetched is kept aside until then: a run cut short, by Ctrl-C or otherwise, leaves
    the store as it was, and the same command goes on where it stopped.
    """
    from backtests.report.data import lay_out_update
    from backtests.report.output import deliver
    from screener.store.store import Store
    from screener.tasks.selection import select_symbols
    from screener.tasks.update import Wish

    opened = Store(store)
    named = _securities(report) if report or not (symbol or exchange) else []
    selected = bool(report or symbol or exchange)
    wanted = [*named, *(symbol or ())]
    chosen = select_symbols(opened.state(), wanted, exchange or (), kept=not selected)
    wish = Wish(
        chosen,
        start.date(),
        start_anew=replace,
        only=source,
        lists=lists,
        accepted=tuple(accept or ()),
    )
    result = _carry_out(wish, opened, seed)
    deliver(lay_out_update(result, lang), format_, out, colors)
    if not result.complete:
        raise typer.Exit(INCOMPLETE)


def update_report(report: str | None) -> bool:
    """Bring the store up to date for a report; tell whether everything could be had.

    What could not is told on standard error.
    """
    from screener.store.store import Store
    from screener.tasks.selection import select_symbols
    from screener.tasks.update import Wish

    opened = Store(None)
    chosen = select_symbols(opened.state(), _securities(report), (), kept=True)
    try:
        result = _carry_out(Wish(chosen, _FIRST_DAY.date()), opened, 0)
    except InputError as error:
        typer.echo(f"the store could not be brought up to date: {error.message}", err=True)
        return False
    for symbol, why in result.failures.items():
        typer.echo(f"{symbol}: {why}", err=True)
    return result.complete


def _carry_out(wish: "Wish", store: "Store", seed: int) -> "UpdateResult":
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from screener.sources.failover import Fetcher
    from screener.tasks.update import update_store

    clock = SystemClock()
    try:
        with ProgressLines("update") as progress:
            return update_store(store, wish, Fetcher(clock, seed), clock, progress)
    except KeyboardInterrupt:
        typer.echo("stopped: the store is as it was; the same command goes on from here", err=True)
        raise typer.Exit(INTERRUPTED) from None


@app.command(
    "import",
    epilog="""\b
Examples:
  screener data import market/                       # CSV or Parquet with symbol, date, open, ...
  screener data import bars.parquet --basis raw
  screener data import yahoo_csv/ --exchange US      # one CSV for each share, AAPL.csv""",
)
def import_(
    *,
    path: Annotated[Path, typer.Argument(help="A CSV or Parquet file, or a folder of them.")],
    basis: Annotated[
        BarBasisChoice | None,
        typer.Option(
            help="How the prices of shares are adjusted, where the files do not say: raw, as "
            "printed; split_adjusted, for splits alone; multiplicative, by factors for dividends "
            "too; additive, by subtracting dividends."
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Name to keep them under. Left out: file.")
    ] = None,
    exchange: Annotated[
        str | None, typer.Option(help="Of codes that do not tell theirs, such as US for AAPL.")
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take raw bars in place of those kept, uncompared."),
    ] = False,
    accept: AcceptOption = None,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Take bars, corporate actions and names from files into the store."""
    from backtests.cli.clock import SystemClock
    from backtests.report.data import lay_out_import
    from backtests.report.output import deliver
    from screener.store.store import Store
    from screener.tasks.imports import import_files

    result = import_files(
        Store(store),
        path,
        SystemClock().utc(),
        source=source,
        basis=basis,
        exchange=exchange,
        start_anew=replace,
        accepted=accept or (),
    )
    deliver(lay_out_import(result, lang), format_, out, colors)
    if not result.complete:
        raise typer.Exit(INCOMPLETE)
