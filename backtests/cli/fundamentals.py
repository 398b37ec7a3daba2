"""The commands ``data fundamentals import``, ``fetch``, ``list`` and ``export``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import (
    INCOMPLETE,
    INTERRUPTED,
    AsOfOption,
    AtOption,
    ColorsOption,
    FormatOption,
    LangOption,
    OutOption,
    ReportOption,
    StoreOption,
    SymbolOption,
    VersionOption,
)

if TYPE_CHECKING:
    from screener.companies.facts import Facts
    from screener.store.store import State

app = typer.Typer(no_args_is_help=True, help="Keep fundamentals, with the day each became known.")

_FIRST_DAY = dt.datetime(2023, 1, 1)  # noqa: DTZ001 - a day, of no zone


@app.command(
    "import",
    epilog="""\b
Examples:
  screener data fundamentals import figures.csv --source "my vendor"
  screener data fundamentals import figures.csv     # with a column source""",
)
def import_(
    *,
    path: Annotated[
        Path,
        typer.Argument(help="A CSV file with the columns symbol, item, period, known and value."),
    ],
    source: Annotated[
        str | None,
        typer.Option(help="Who tells the figures. Left out: the file's column, or file."),
    ] = None,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Take fundamentals from a file into the store; nothing that is kept is changed."""
    from backtests.cli.clock import SystemClock
    from backtests.report.fundamentals import lay_out_taken
    from backtests.report.output import deliver
    from screener.store.store import Store
    from screener.tasks.fundamentals import import_facts

    result = import_facts(Store(store), path, SystemClock().utc(), source)
    deliver(lay_out_taken(result, lang), format_, out, colors)


@app.command(
    epilog="""\b
Examples:
  screener data fundamentals fetch            # the shipped report's shares, and what is kept
  screener data fundamentals fetch --report my_report/ --start 2020-01-01
  screener data fundamentals fetch --symbol 300308.SZ --symbol 0700.HK --format json"""
)
def fetch(
    *,
    report: ReportOption = None,
    symbol: SymbolOption = None,
    exchange: Annotated[
        list[str] | None,
        typer.Option(help="Every share on the kept list of an exchange, such as SH."),
    ] = None,
    start: Annotated[
        dt.datetime,
        typer.Option(formats=["%Y-%m-%d"], show_default="2023-01-01", help="First day wanted."),
    ] = _FIRST_DAY,
    seed: Annotated[int, typer.Option(help="Of the jitter between calls.")] = 0,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Fetch fundamentals from the vendors, and commit them once."""
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from backtests.report.fundamentals import lay_out_taken
    from backtests.report.output import deliver
    from screener.sources.failover import Fetcher
    from screener.store.store import Store
    from screener.tasks.fundamentals import update_facts
    from screener.tasks.selection import select_symbols

    clock, opened = SystemClock(), Store(store)
    selected = bool(report or symbol or exchange)
    named = [*(_picks(report) if report or not selected else ()), *(symbol or ())]
    chosen = select_symbols(opened.state(), named, exchange or (), kept=not selected)
    # what is kept of indices and currencies has no fundamentals; one that is named is refused
    shares = chosen if selected else [each for each in chosen if each.kind == "share"]
    try:
        with ProgressLines("fetch") as progress:
            result = update_facts(
                opened, shares, Fetcher(clock, seed), clock, progress, start.date()
            )
    except KeyboardInterrupt:
        typer.echo("stopped: the store is as it was", err=True)
        raise typer.Exit(INTERRUPTED) from None
    deliver(lay_out_taken(result, lang), format_, out, colors)
    if not result.complete:
        raise typer.Exit(INCOMPLETE)


@app.command(
    "list",
    epilog="""\b
Examples:
  screener data fundamentals list
  screener data fundamentals list --symbol 0700.HK --as-of 2024-06-16
  screener data fundamentals list --format json | jq '.fundamentals[].item'""",
)
def list_figures(
    *,
    symbol: SymbolOption = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """List what is kept: of each figure and source how many, of which periods, known by when."""
    from backtests.report.fundamentals import lay_out_figures
    from backtests.report.output import deliver
    from screener.tasks.status import describe_facts

    state = _open(store, version, at)
    day = as_of.date() if as_of else None
    told = describe_facts(_read(state, symbol, day))
    deliver(lay_out_figures(told, state.catalog.version, day, lang), format_, out, colors)


@app.command(
    epilog="""\b
Examples:
  screener data fundamentals export figures.csv
  screener data fundamentals export figures.csv --symbol 0700.HK --as-of 2024-06-16"""
)
def export(
    *,
    path: Annotated[Path, typer.Argument(help="A CSV file, which import reads again.")],
    symbol: SymbolOption = None,
    as_of: AsOfOption = None,
    store: StoreOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    lang: LangOption = "en",
    format_: FormatOption = "table",
    colors: ColorsOption = "china",
) -> None:
    """Write the fundamentals that are kept, every version of them, as a file."""
    from backtests.report.fundamentals import lay_out_written
    from backtests.report.output import deliver
    from screener.companies.fundamental_rows import write_fundamentals
    from screener.files import replace_file
    from universes import InputError

    facts = _read(_open(store, version, at), symbol, as_of.date() if as_of else None)
    if not len(facts):
        raise InputError("there are no figures to write", "see screener data fundamentals list")
    replace_file(path, write_fundamentals(facts))
    deliver(lay_out_written(len(facts), path, lang), format_, None, colors)


def _picks(report: str | None) -> list[str]:
    """Return the shares that a report names."""
    from universes import load_report
    from universes.report import PICK_LEVELS

    return [str(pick.symbol) for pick in load_report(report).select((), PICK_LEVELS).picks]


def _open(store: str | None, version: int | None, at: dt.datetime | None) -> "State":
    import numpy as np

    from screener.store.store import Store

    return Store(store).state(version, None if at is None else np.datetime64(at, "s"))


def _read(state: "State", symbols: list[str] | None, day: dt.date | None) -> "Facts":
    import numpy as np

    from screener.store.facts import read_facts
    from universes.symbol import spell_all

    wanted = spell_all(symbols) if symbols else None
    return read_facts(state, wanted, None if day is None else np.datetime64(day, "D"))
