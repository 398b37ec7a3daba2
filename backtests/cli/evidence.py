"""The command ``evidence``."""

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
from backtests.evidence.trial import Trial
from universes import load_report, load_scale
from universes.claims import load_claims
from universes.rating import Basis
from universes.report import PICK_LEVELS

app = typer.Typer()

_USUAL = Trial()
# calendar days before publication that hold the sessions a market model is fitted to
_PAST = dt.timedelta(days=400)


@app.command(
    epilog="""\b
Examples:
  screener evidence                                  # what the embedded figures can tell
  screener evidence --data store                     # against every other share in the store
  screener evidence --data store --sectors cn.csv --sectors hk.csv --out results/
  screener evidence --data store --theme publishers --draws 1000000 --workers 2
  screener evidence --data store --format json > evidence.json
The controls are all shares that the prices hold of the picks' markets. To have them:
  screener data update --lists && screener data update --exchange SH --exchange SZ
  screener data import FOLDER"""
)
def evidence(
    *,
    report: ReportOption = None,
    theme: ThemeOption = None,
    level: LevelOption = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(
            help="Months; may be repeated. Left out: the rating's own, and the end of the window "
            "it speaks of."
        ),
    ] = None,
    sectors: Annotated[
        list[str] | None,
        typer.Option(
            help="Id of a kept table of sectors, or a file; may be repeated. Left out: all kept."
        ),
    ] = None,
    basis: Annotated[
        Basis | None,
        typer.Option(
            help="price: without cash dividends. total: with them. Left out: price where the "
            "other shares are known on it, and otherwise total, for all alike."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(help="Random baskets for each comparison.")] = _USUAL.draws,
    seed: Annotated[int, typer.Option(help="The same gives the same numbers.")] = _USUAL.seed,
    workers: Annotated[
        int, typer.Option(help="Processes that draw; the numbers do not hang on it.")
    ] = _USUAL.workers,
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
            help="A folder; the result gets its own in it, with tables, figures and a page.",
        ),
    ] = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with 3 when picks or comparisons had to be left out."),
    ] = False,
) -> None:
    """Tell whether a report's picks show skill, or luck, or the run of their sectors."""
    from backtests.evidence.weigh import weigh_evidence
    from backtests.report.evidence.folder import write_evidence
    from backtests.report.evidence.tables import lay_out_evidence
    from backtests.report.folder import check_folder
    from backtests.report.output import deliver
    from backtests.scorecard import securities_of
    from screener import load_prices
    from screener.companies.sectors import load_sectors

    trial = Trial(tuple(sorted(set(horizon or ()))), basis, draws=draws, seed=seed, workers=workers)
    if out is not None:
        check_folder(out)
    whole = load_report(report)
    chosen = whole.select(theme or (), level or PICK_LEVELS)
    others = [pick.symbol for pick in whole.select().picks]
    ledger = load_claims(report)
    standard = load_scale(scale) if scale is not None else chosen.scale
    tables = load_sectors(sectors or ())
    symbols, also = securities_of(chosen, standard)
    panel = load_prices(
        symbols,
        (chosen.publication.date - _PAST).isoformat(),
        instant(as_of),
        also=also,
        fields=("close",),
        source=data,
        version=version,
        at=instant(at),
        others=True,
    )
    cut = as_of.date() if as_of else None
    found = weigh_evidence(chosen, panel, tables, trial, standard, cut, others)
    if out is not None:
        asked = {
            "report": chosen.id,
            "theme": theme or [],
            "level": list(level or PICK_LEVELS),
            "sectors": sectors or [],
            "data": data,
            "as_of": cut.isoformat() if cut else None,
        }
        folder = write_evidence(found, ledger, out, lang, colors, asked)
        typer.echo(f"wrote {folder}", err=True)
        keep_version(panel, data, "evidence")
    deliver(lay_out_evidence(found, ledger, lang), format_, None, colors)
    if strict and not found.complete:
        raise typer.Exit(INCOMPLETE)
