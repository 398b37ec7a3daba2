"""The commands ``screen`` and ``factors``."""

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
    OutOption,
    SymbolOption,
    VersionOption,
    instant,
)
from universes import InputError, Symbol
from universes.rating import Basis

app = typer.Typer()

_SCALE = "soochow"

SectorsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sectors",
        help="Id of a kept table of sectors, or a file; may be repeated. Left out: all kept.",
    ),
]
BasisOption = Annotated[
    Basis | None,
    typer.Option(
        "--basis",
        help="Of the closes that factors rest on. total: with cash dividends. price: without. "
        "Left out: the screen's own, usually total.",
    ),
]
ScreenArgument = Annotated[
    str,
    typer.Argument(
        metavar="NAME_OR_FILE",
        help="A shipped screen (ai_apps_bottom, hk_internet_shareholder_return, low_volatility, "
        "momentum, optical_strength, publishers_yield), or a TOML file of yours.",
    ),
]
UniverseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--universe",
        help="A market (shanghai, shenzhen, beijing, hongkong, us), or the id or path of a report, "
        "whose picks are meant; may be repeated. Left out: the screen's own.",
    ),
]
WhereOption = Annotated[
    str | None,
    typer.Option("--where", help="Another condition: SQL over the factors' names."),
]
RankOption = Annotated[
    str | None,
    typer.Option("--rank", help='Another order, such as "dividend_yield_ttm desc, pb asc".'),
]
LimitOption = Annotated[int | None, typer.Option("--limit", help="How many are chosen at most.")]


@app.command(
    epilog="""\b
Examples:
  screener screen ai_apps_bottom --as-of 2024-06-14
  screener screen ai_apps_bottom --as-of 2024-06-14 --against 2024-06-16_soochow_media --explain
  screener screen momentum --universe hongkong --limit 10 --format csv
  screener screen momentum --where "return_3m > 0.2 AND rsi_14 < 70" --rank "return_3m desc"
  screener screen ai_apps_bottom --as-of 2024-06-14 --save bottom.toml \\
      && screener score --report bottom.toml
Factors are listed by screener factors; docs/screens.md tells the language of conditions."""
)
def screen(
    *,
    name: ScreenArgument,
    as_of: AsOfOption = None,
    universe: UniverseOption = None,
    where: WhereOption = None,
    rank: RankOption = None,
    limit: LimitOption = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Tell of each share which conditions it missed, and by how much."
        ),
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(help="Id or path of a report: would the rule have found its picks?"),
    ] = None,
    theme: Annotated[
        list[str] | None,
        typer.Option("--theme", help="Only the picks of this theme of it; may be repeated."),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            help="A .toml file: what was chosen as a report, which score, backtest and evidence "
            "take."
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            help=f"Id of the rating standard that what is saved is graded by. Left out: {_SCALE}."
        ),
    ] = None,
    basis: BasisOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    sectors: SectorsOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 3 when a factor of the rule is missing of all."),
    ] = False,
) -> None:
    """Choose shares by a rule, on what was known at the close of a day."""
    from backtests.cli.versions import keep_version
    from backtests.report.formats import write_file
    from backtests.report.output import deliver, plan_files
    from backtests.report.screening.selection import lay_out_screening
    from backtests.screening.result import screen_shares
    from screener.market_data import load_market_data
    from screener.screens.saved import spell_report
    from screener.screens.screen import load_screen
    from universes import load_report

    if save is not None and save.suffix != ".toml":
        raise InputError(f"{save} is no .toml file", "write --save NAME.toml")
    if scale is not None and save is None:
        raise InputError("--scale is of what is saved", "name a file with --save")
    if theme and against is None:
        raise InputError("--theme is of a report", "name it with --against")
    rule = load_screen(name).changed(universe or (), where, rank, limit, basis)
    report = load_report(against).select(theme or ()) if against is not None else None
    day = as_of.date() if as_of else None
    market = load_market_data(
        day,
        day,
        source=data,
        version=version,
        at=instant(at),
        sectors=sectors or (),
        basis=rule.basis,
    )
    found = screen_shares(rule, market, day, report)
    document = lay_out_screening(found, lang, explain=explain)
    if save is not None:
        plan_files(document, format_, out)
        content = spell_report(found.selection, scale or _SCALE, market.prices.origin.sha256)
        write_file(content, save, "--save")
        typer.echo(f"wrote {save}", err=True)
        keep_version(market.prices, data, "screen")
    deliver(document, format_, out, colors)
    if strict and any(each.code == "screen_all_missing" for each in found.caveats):
        raise typer.Exit(INCOMPLETE)


@app.command(
    epilog="""\b
Examples:
  screener factors                                       # what exists, and of how many shares
  screener factors --as-of 2024-06-14 --format json
  screener factors --symbol 300308.SZ --symbol 0700.HK   # their values
  screener factors --values --format csv > factors.csv   # every value of every share"""
)
def factors(
    *,
    as_of: AsOfOption = None,
    symbol: SymbolOption = None,
    values: Annotated[
        bool, typer.Option("--values", help="The values of every share; not as a table.")
    ] = False,
    basis: BasisOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    sectors: SectorsOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """List what can be screened on: formulas, units, and of how many shares each is known."""
    from backtests.report.output import deliver
    from backtests.report.screening.factors import lay_out_factors, lay_out_values
    from screener.market_data import load_market_data

    if values and format_ in {"table", "md"}:
        raise InputError(
            "the values of every share are no table to read", "add --format csv, json or xlsx"
        )
    if values and symbol:
        raise InputError("--values is of every share, --symbol of some", "give one of them")
    asked = list(dict.fromkeys(str(Symbol.parse(each)) for each in symbol or ()))
    day = as_of.date() if as_of else None
    basis = basis or "total"
    market = load_market_data(
        day,
        day,
        source=data,
        version=version,
        at=instant(at),
        sectors=sectors or (),
        basis=basis,
    )
    table = market.factors(day, basis)
    if values or asked:
        document = lay_out_values(table, asked or table.symbols, lang)
    else:
        document = lay_out_factors(table, market, lang)
    deliver(document, format_, out, colors)
