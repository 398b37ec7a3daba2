"""The commands ``universe list``, ``show``, ``claims`` and ``check``; others stand beside it."""

import datetime as dt
from typing import Annotated

import typer

from backtests.cli import approve, review
from backtests.cli.options import (
    BAD_INPUT,
    AsOfOption,
    ColorsOption,
    FormatOption,
    LangOption,
    OutOption,
    ThemeOption,
)
from universes import FaultyFileError, list_reports, load_report
from universes.claims import load_claims, load_with_claims
from universes.report import LEVELS

app = typer.Typer(no_args_is_help=True, help="List, show, check and sign universe files.")
app.add_typer(review.app)
app.add_typer(approve.app)

ReportArgument = Annotated[
    str | None, typer.Argument(help="Id or path of a report. Left out: the shipped one.")
]


@app.command("list", epilog="Example:  screener universe list --format json")
def list_universes(
    *,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """List the shipped reports."""
    from backtests.report.output import deliver
    from backtests.report.universe import lay_out_reports

    reports = [load_report(each) for each in list_reports()]
    deliver(lay_out_reports(reports, lang), format_, out, colors)


@app.command("show", epilog="Example:  screener universe show --theme publishers --lang zh")
def show_universe(
    *,
    report: ReportArgument = None,
    theme: ThemeOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Show a report's themes, picks and mentions, with the section each comes from."""
    from backtests.report.output import deliver
    from backtests.report.universe import lay_out_universe

    chosen = load_report(report, reading=True).select(theme or (), LEVELS)
    document = lay_out_universe(chosen, load_claims(report), report or chosen.id, lang)
    deliver(document, format_, out, colors)


@app.command("claims", epilog="Example:  screener universe claims --as-of 2024-12-31")
def show_claims(
    *,
    report: ReportArgument = None,
    as_of: AsOfOption = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Show what a report says that can be checked, and what had become of it by a day."""
    from backtests.cli.clock import SystemClock
    from backtests.report.claims import lay_out_claims
    from backtests.report.output import deliver

    loaded, ledger = load_with_claims(report)
    day = as_of.date() if as_of else dt.datetime.fromisoformat(str(SystemClock().utc())).date()
    deliver(lay_out_claims(ledger, loaded, day, lang), format_, out, colors)


@app.command("check", epilog="Example:  screener universe check my_report/")
def check_universe(
    *,
    report: Annotated[str, typer.Argument(help="Path of a report folder or file, or an id.")],
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Check a report's files; every fault is listed with its line and remedy."""
    from backtests.report.output import deliver
    from backtests.report.universe import lay_out_check, lay_out_faults

    try:
        found = lay_out_check(*load_with_claims(report, reading=True), report, lang)
    except FaultyFileError as error:
        if format_ == "table":
            raise
        deliver(lay_out_faults(error, report, lang), format_, out, colors)
        raise typer.Exit(BAD_INPUT) from None
    deliver(found, format_, out, colors)
