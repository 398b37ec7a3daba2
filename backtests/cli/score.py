"""The command ``score``."""

import datetime as dt
from dataclasses import asdict, replace
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
from backtests.convention import HORIZONS, Convention, Entry, Relative
from universes import load_report, load_scale
from universes.rating import Basis, Boundary
from universes.report import PICK_LEVELS

app = typer.Typer()


@app.command(
    epilog="""\b
Examples:
  screener score
  screener score --theme hk_internet --theme games --lang zh
  screener score --as-of 2024-10-01 --format json > card.json
  screener score --basis total --out results/
  screener score --report my_report/ --data my_prices/ --strict
  screener score --data store --version 7"""
)
def score(
    *,
    report: ReportOption = None,
    theme: ThemeOption = None,
    level: LevelOption = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(help="Months; may be repeated. Left out: 1, 3, 6, 9 and 12."),
    ] = None,
    basis: Annotated[
        Basis | None,
        typer.Option(
            help="price: without cash dividends. total: with them. Left out: price, or total for "
            "all where most picks are known on that alone."
        ),
    ] = None,
    entry: Annotated[
        Entry, typer.Option(help="The price a pick is entered at, seen from publication.")
    ] = "next_close",
    relative: Annotated[
        Relative, typer.Option(help="Pick minus benchmark, or their ratio minus one.")
    ] = "difference",
    boundary: Annotated[
        Boundary, typer.Option(help="Who owns the bound between two grades.")
    ] = "scale",
    scale: ScaleOption = None,
    published: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Score as if published on this day."),
    ] = None,
    as_of: AsOfOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: ScoreOutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a row is pending or unscored.")
    ] = False,
) -> None:
    """Score a report's picks against their benchmarks by the broker's own rating standard."""
    from backtests.basis import usual_basis
    from backtests.cli.signed import record_score
    from backtests.report.output import deliver
    from backtests.report.scorecard import lay_out_scorecard
    from backtests.scorecard import score_picks, securities_of
    from screener import load_prices

    horizons = tuple(sorted(set(horizon or HORIZONS)))
    convention = Convention(entry, relative, basis or "price", boundary, horizons)
    whole = load_report(report)
    chosen = whole.select(theme or (), level or PICK_LEVELS)
    if published:
        chosen = chosen.published_on(published.date())
    standard = load_scale(scale) if scale is not None else chosen.scale
    symbols, also = securities_of(chosen, standard)
    panel = load_prices(
        symbols, end=instant(as_of), also=also, source=data, version=version, at=instant(at)
    )
    if basis is None:
        usual = usual_basis(panel, (pick.symbol for pick in chosen.picks))
        convention = replace(convention, basis=usual)
    card = score_picks(chosen, panel, convention, standard, as_of.date() if as_of else None)
    # entered before it is shown, so that nothing is seen that is not entered
    record_score(whole, "score", [asdict(convention), standard.sha256, str(as_of)], panel)
    deliver(
        lay_out_scorecard(card, lang),
        format_,
        out,
        colors,
        lambda: card.plot(language=lang, colors=colors),
    )
    if out is not None:
        keep_version(panel, data, "scorecard")
    if strict and not card.complete:
        raise typer.Exit(INCOMPLETE)
