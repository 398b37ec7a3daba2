"""The command ``walk``."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from backtests.cli.options import (
    INCOMPLETE,
    AsOfOption,
    AtOption,
    ColorsOption,
    DataOption,
    FormatOption,
    LangOption,
    VersionOption,
    instant,
)
from backtests.cli.screen import (
    BasisOption,
    LimitOption,
    RankOption,
    ScreenArgument,
    SectorsOption,
    UniverseOption,
    WhereOption,
)
from backtests.portfolio.terms import DealAt, Prices, Terms
from universes import load_scale

app = typer.Typer()

_USUAL = Terms()
_DAY = "%Y-%m-%d"


@app.command(
    epilog="""\b
Examples:
  screener walk ai_apps_bottom --start 2024-06-01 --end 2025-06-30
  screener walk momentum --universe hongkong --start 2024-02-01 --limit 20 --out results/
  screener walk low_volatility --start 2025-01-01 --cash 5000000 --format json
It needs daily prices of whole markets: screener data update, or import."""
)
def walk(
    *,
    name: ScreenArgument,
    start: Annotated[
        dt.datetime,
        typer.Option(formats=[_DAY], help="The first month that ends on or after this day."),
    ],
    end: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=[_DAY],
            help="The last month that ends on or before this day. Left out: the last of the "
            "prices. What was found is followed on beyond it.",
        ),
    ] = None,
    universe: UniverseOption = None,
    where: WhereOption = None,
    rank: RankOption = None,
    limit: LimitOption = None,
    basis: BasisOption = None,
    cash: Annotated[float, typer.Option(help="What the portfolio begins with.")] = _USUAL.cash,
    currency: Annotated[
        str | None,
        typer.Option(help="Of the portfolio. Left out: that of the universe if it is one, or CNY."),
    ] = None,
    deal_at: Annotated[
        DealAt, typer.Option(help="At which price of the next session.")
    ] = _USUAL.deal_at,
    prices: Annotated[
        Prices,
        typer.Option(
            help="raw: as printed, with lots and price limits. total, price: adjusted, in "
            "fractions of shares. auto: raw where every share found has such, and otherwise total."
        ),
    ] = _USUAL.prices,
    scale: Annotated[
        str, typer.Option(help="Id or path of the rating scale that names benchmarks and grades.")
    ] = "soochow",
    as_of: AsOfOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    sectors: SectorsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A folder; the result gets its own in it, with tables, figures and a page.",
        ),
    ] = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a share found could not be dealt in.")
    ] = False,
) -> None:
    """Run a screen at each month's end, hold what it finds, and tell what became of it."""
    from backtests.cli.progress import ProgressLines
    from backtests.cli.versions import keep_version
    from backtests.report.folder import check_folder
    from backtests.report.output import deliver
    from backtests.report.walk import lay_out_walk, write_walk
    from backtests.screening.walk import currency_of, walk_screen
    from screener.market_data import load_market_data
    from screener.screens.screen import load_screen

    if out is not None:
        check_folder(out)
    rule = load_screen(name).changed(universe or (), where, rank, limit, basis)
    standard = load_scale(scale)
    cut = as_of.date() if as_of else None
    market = load_market_data(
        start.date(),
        cut,
        source=data,
        version=version,
        at=instant(at),
        sectors=sectors or (),
        basis=rule.basis,
        tradable=True,
    )
    # refused before the long work
    terms = Terms(cash, currency or currency_of(rule, market), deal_at, prices)
    last = end.date() if end else None
    with ProgressLines("screening") as progress:
        found = walk_screen(
            rule,
            market,
            start.date(),
            last,
            scale=standard,
            terms=terms,
            as_of=cut,
            progress=progress,
        )
    if out is not None:
        asked = {
            "screen": name,
            **rule.rule,
            "start": start.date().isoformat(),
            "end": last.isoformat() if last else None,
            "data": data,
            "as_of": cut.isoformat() if cut else None,
        }
        folder = write_walk(found, out, lang, colors, asked)
        typer.echo(f"wrote {folder}", err=True)
        keep_version(market.prices, data, "walk")
    deliver(lay_out_walk(found, lang), format_, None, colors)
    if strict and not found.complete:
        raise typer.Exit(INCOMPLETE)
