"""The command ``ratings fetch``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import (
    INCOMPLETE,
    INTERRUPTED,
    ColorsOption,
    FormatOption,
    LangOption,
    OutOption,
    StoreOption,
)

if TYPE_CHECKING:
    from screener.sources.clock import Clock
    from universes import Symbol

app = typer.Typer(no_args_is_help=True, help="Gather brokers' ratings in a file.")


@app.command(
    epilog="""\b
Examples:
  screener ratings fetch ratings.csv --symbol 300308.SZ --symbol 601019.SH
  screener ratings fetch ratings.csv --report 2024-06-16_soochow_media
  screener ratings fetch ratings.parquet --date 2024-06-17
  screener ratings fetch ratings.parquet --since 2024-06-03 --until 2024-06-28"""
)
def fetch(
    *,
    path: Annotated[
        Path,
        typer.Argument(help="A CSV or Parquet file; what it holds from earlier fetches is kept."),
    ],
    symbol: Annotated[
        list[str] | None,
        typer.Option("--symbol", "--symbols", help="Shares, separated by commas; may be repeated."),
    ] = None,
    report: Annotated[str | None, typer.Option(help="Id or path of a report: its picks.")] = None,
    universe: Annotated[
        list[str] | None,
        typer.Option(
            help="Every share on the kept list of a market (shanghai, shenzhen, beijing); may be "
            "repeated."
        ),
    ] = None,
    date: Annotated[
        list[dt.datetime] | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="A day on which ratings of mainland shares were published; may be repeated.",
        ),
    ] = None,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Every session of the mainland from this day on."),
    ] = None,
    until: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="The last of these days. Left out: the day of the run."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the jitter between calls.")] = 0,
    store: StoreOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Fetch brokers' ratings of mainland shares from the vendors, by share or by day."""
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from backtests.report.output import deliver
    from backtests.report.ratings import lay_out_fetched
    from screener.sources.failover import Fetcher
    from screener.tasks.ratings import fetch_ratings
    from universes import InputError

    clock = SystemClock()
    symbols = _choose_symbols(symbol, report, universe, store)
    days = [*(moment.date() for moment in date or ()), *_choose_sessions(since, until, clock)]
    if not symbols and not days:
        raise InputError(
            "it is not said whose ratings are wanted",
            "give --symbol, --report, --universe, --date or --since",
        )
    try:
        with ProgressLines("fetch") as progress:
            result = fetch_ratings(path, symbols, days, Fetcher(clock, seed), clock, progress)
    except KeyboardInterrupt:
        typer.echo(f"stopped: {path} is as it was", err=True)
        raise typer.Exit(INTERRUPTED) from None
    deliver(lay_out_fetched(result, lang), format_, out, colors)
    if not result.complete:
        raise typer.Exit(INCOMPLETE)


def _choose_symbols(
    named: list[str] | None, report: str | None, markets: list[str] | None, store: str | None
) -> "tuple[Symbol, ...]":
    from screener.store.store import Store
    from screener.tasks.selection import select_symbols
    from universes import load_report
    from universes.market import load_market
    from universes.report import PICK_LEVELS

    texts = [text for each in named or () for text in each.split(",")]
    if report:
        picks = load_report(report).select((), PICK_LEVELS).picks
        texts += [str(pick.symbol) for pick in picks]
    exchanges = [load_market(each).exchange.id for each in markets or ()]
    return select_symbols(Store(store).state(), texts, exchanges, kept=False)


def _choose_sessions(
    since: dt.datetime | None, until: dt.datetime | None, clock: "Clock"
) -> list[dt.date]:
    from screener.tasks.ratings import sessions_between, today_in_mainland
    from universes import InputError

    if since is None:
        if until is not None:
            raise InputError("--until is given without --since", "give both, or --date")
        return []
    return sessions_between(since.date(), until.date() if until else today_in_mainland(clock))
