"""The command ``backtest``."""

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
    LevelOption,
    ReportOption,
    ScaleOption,
    ThemeOption,
    VersionOption,
    instant,
)
from backtests.cli.versions import keep_version
from backtests.portfolio.terms import DealAt, Prices, Terms
from universes import load_report, load_scale
from universes.report import PICK_LEVELS

app = typer.Typer()


@app.command(
    epilog="""\b
Examples:
  screener backtest
  screener backtest --theme hk_internet --currency HKD --lang zh
  screener backtest --strategy equal_monthly --strategy horizon --out results/
  screener backtest --strategy my_strategies.toml --cash 300000
  screener backtest --data my_prices/ --prices raw --deal-at open
  screener backtest --as-of 2024-12-31 --format json > test.json
Strategies: buy_and_hold, equal_monthly, equal_quarterly, by_level, by_theme, horizon,
  inverse_volatility, stop_loss"""
)
def backtest(
    *,
    report: ReportOption = None,
    theme: ThemeOption = None,
    level: LevelOption = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(
            help="A strategy, or a .toml file of them; may be repeated. Left out: all that the "
            "prices suffice for."
        ),
    ] = None,
    cash: Annotated[float, typer.Option(help="What the portfolio begins with.")] = 1_000_000.0,
    currency: Annotated[
        str, typer.Option(help="The portfolio's, such as CNY or HKD; others are converted.")
    ] = "CNY",
    deal_at: Annotated[
        DealAt,
        typer.Option(help="The price of each share's next session that deals are struck at."),
    ] = "close",
    prices: Annotated[
        Prices,
        typer.Option(
            help="raw: as printed, with lots, limits and minimum fees. total, price: adjusted, in "
            "fractions of shares. auto: raw where all picks have such prices, otherwise total."
        ),
    ] = "auto",
    start: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="Decide first at this day's close. Left out: the publication's.",
        ),
    ] = None,
    commission: Annotated[
        float | None,
        typer.Option(help="Your broker's, a fraction such as 0.0002. Left out: the rulebook's."),
    ] = None,
    minimum_commission: Annotated[
        float | None, typer.Option(help="For each order, in the share's own currency.")
    ] = None,
    scale: ScaleOption = None,
    as_of: AsOfOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A folder; the run gets its own in it, with metrics, trades, figures, a page.",
        ),
    ] = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 3 when a strategy or a pick had to be left out."),
    ] = False,
) -> None:
    """Simulate what money following a report would have made, under the real trading rules."""
    from backtests.portfolio.simulate import securities_to_trade, simulate_portfolio
    from backtests.portfolio.strategy.strategies import load_strategies
    from backtests.report.output import deliver
    from backtests.report.portfolio import lay_out_backtest
    from backtests.report.run_folder import write_run
    from screener import load_prices

    day = start.date() if start else None
    terms = Terms(cash, currency, deal_at, prices, day, commission, minimum_commission)
    strategies = load_strategies(strategy) if strategy else None
    chosen = load_report(report).select(theme or (), level or PICK_LEVELS)
    standard = load_scale(scale) if scale is not None else chosen.scale
    symbols, also = securities_to_trade(chosen, standard, currency)
    panel = load_prices(
        symbols,
        end=instant(as_of),
        also=also,
        source=data,
        version=version,
        at=instant(at),
        raw=True,
    )
    cut = as_of.date() if as_of else None
    test = simulate_portfolio(chosen, panel, strategies, terms, standard, cut)
    if out is not None:
        asked = {
            "report": chosen.id,
            "theme": theme or [],
            "level": list(level or PICK_LEVELS),
            "strategy": strategy or [],
            "data": data,
            "as_of": cut.isoformat() if cut else None,
        }
        folder = write_run(test, out, lang, colors, asked)
        typer.echo(f"wrote {folder}", err=True)
        keep_version(panel, data, "backtest")
    deliver(lay_out_backtest(test, lang), format_, None, colors)
    if strict and not test.complete:
        raise typer.Exit(INCOMPLETE)
