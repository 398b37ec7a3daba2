"""The command ``conventions``."""

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
    LevelOption,
    ReportOption,
    ScaleOption,
    ScoreOutOption,
    ThemeOption,
    VersionOption,
    instant,
)
from backtests.cli.versions import keep_version
from universes import load_report, load_scale
from universes.report import PICK_LEVELS

app = typer.Typer()


@app.command(
    epilog="""\b
Examples:
  screener conventions
  screener conventions --theme publishers --lang zh
  screener conventions --format csv > map.csv       # every pick under every reading
  screener conventions --out map.png --colors west
  screener conventions --report my_report/ --data my_prices/ --strict"""
)
def conventions(
    *,
    report: ReportOption = None,
    theme: ThemeOption = None,
    level: LevelOption = None,
    scale: ScaleOption = None,
    as_of: AsOfOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: ScoreOutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 3 when a reading of a pick cannot be told."),
    ] = False,
) -> None:
    """Grade a report's picks under every reading of the broker's rating standard."""
    from backtests.conventions.result import map_conventions
    from backtests.report.conventions import lay_out_conventions
    from backtests.report.output import deliver
    from backtests.scorecard import securities_of
    from screener import load_prices

    chosen = load_report(report).select(theme or (), level or PICK_LEVELS)
    standard = load_scale(scale) if scale is not None else chosen.scale
    symbols, also = securities_of(chosen, standard)
    panel = load_prices(
        symbols, end=instant(as_of), also=also, source=data, version=version, at=instant(at)
    )
    found = map_conventions(chosen, panel, standard, as_of.date() if as_of else None)
    deliver(
        lay_out_conventions(found, lang),
        format_,
        out,
        colors,
        lambda: found.plot(lang, colors),
    )
    if out is not None:
        keep_version(panel, data, "conventions")
    if strict and not found.complete:
        raise typer.Exit(INCOMPLETE)
