"""The commands ``report weekly`` and ``report list``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.deliver import find_addresses, retry_failed, tell_deliveries
from backtests.cli.options import (
    INCOMPLETE,
    AsOfOption,
    AtOption,
    ColorsOption,
    DataOption,
    FormatOption,
    LangOption,
    ReportOption,
    ScaleOption,
    VersionOption,
    instant,
)
from universes import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtests.delivery import Address
    from backtests.report.weekly.maker import WeeklyMaker
    from backtests.runs.job import Job
    from backtests.runs.ledger import Entry
    from backtests.weekly.week import Week

app = typer.Typer(no_args_is_help=True, help="Weekly reports: written, caught up, delivered.")


@app.command(
    epilog="""\b
Examples:
  screener report weekly --as-of 2024-10-04               # printed, not written
  screener report weekly --as-of 2024-10-04 --out weekly/ --lang zh
  screener report weekly --catch-up --as-of 2025-08-08 --out weekly/ --workers 2
  screener report weekly --update --catch-up --deliver --out weekly/   # what a scheduler runs
  screener report weekly --report my_report/ --data my_prices/ --format md
Each week gets a folder REPORT/LANG/WEEK in --out: report.html, .md, .xlsx, .json, message.md for
chat, figures/, manifest.json. The same week from the same prices gives the same bytes."""
)
def weekly(
    *,
    report: ReportOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Folder of all weeks. Left out: the week is printed, not written."
        ),
    ] = None,
    lang: LangOption = "en",
    catch_up: Annotated[
        bool,
        typer.Option(
            "--catch-up",
            help="Write every week since publication that is missing, or was not complete and is "
            "no older than four weeks.",
        ),
    ] = False,
    since: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Catch up from the week of this day on."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="With --catch-up: write the others anew as well.")
    ] = False,
    update: Annotated[
        bool,
        typer.Option("--update", help="First bring the store up to date, as screener data update."),
    ] = False,
    deliver: Annotated[
        bool,
        typer.Option(
            "--deliver",
            help="Send the newest week, and what failed before, to the addresses in "
            "SCREENER_NOTIFY or notify.toml; see screener deliver.",
        ),
    ] = False,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="Of the portfolio; may be repeated. Left out: buy_and_hold, horizon."),
    ] = None,
    sectors: Annotated[
        list[str] | None,
        typer.Option(help="Id of a kept table of sectors, or a file; may be repeated."),
    ] = None,
    scale: ScaleOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    format_: FormatOption = "table",
    colors: ColorsOption = "china",
    workers: Annotated[
        int, typer.Option(min=1, help="Processes; the files do not hang on it.")
    ] = 1,
    wait: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for another run in the folder to end.")
    ] = 0.0,
) -> None:
    """Write what the week brought to a report's picks; exit with 3 where data are stale or missing.

    Left out --as-of: the last week that is over. A day within a week cuts that week short.
    """
    from backtests.cli.signed import record_score
    from backtests.report.weekly.maker import Asked, WeeklyMaker

    if out is None and (catch_up or deliver):
        raise InputError("there is no folder to write into", "name one with --out, as weekly/")
    if (since or again) and not catch_up:
        raise InputError("--since and --again say what to catch up", "add --catch-up")
    # asked for before anything long is begun
    addresses = find_addresses() if deliver else ()
    updated = not update or _update(report)
    asked = Asked(
        report=report,
        scale=scale,
        data=data,
        version=version,
        at=instant(at),
        strategies=tuple(strategy or ()),
        sectors=tuple(sectors or ()),
        language=lang,
        colors=colors,
    )
    maker = WeeklyMaker(asked)
    week = _choose_week(maker, as_of.date() if as_of else None)
    weeks = _list_weeks(maker, week, since.date() if since else None, catch_up=catch_up)
    # entered before it is shown, so that nothing is seen that is not entered
    if maker.report.drafted:
        panel = maker.load_prices(week.last)
        record_score(maker.report, f"report weekly {week.name}", maker.settings, panel)
    if out is None:
        complete = _print_week(maker, week, format_)
    else:
        # what is wrong with every week is told before any is begun
        maker.load_prices(week.last)
        entries = _write(maker, weeks, out, workers, wait, catch_up=catch_up and not again)
        complete = all(entry.outcome == "complete" for entry in entries)
        if addresses:
            complete &= _deliver(maker, week, out, addresses)
    if not (complete and updated):
        raise typer.Exit(INCOMPLETE)


@app.command(
    "list",
    epilog="""\b
Examples:
  screener report list weekly/
  screener report list weekly/ --format json""",
)
def list_(
    path: Annotated[Path, typer.Argument(help="The folder of all weeks.")],
    *,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """List the weeks that were written, from which data, and how each ended."""
    from backtests.report.output import deliver as print_out
    from backtests.report.weekly.ledger import lay_out_ledger
    from backtests.runs.ledger import read_ledger

    if not path.is_dir():
        raise InputError(f"there is no folder {path}", "name the one given to --out")
    print_out(lay_out_ledger(read_ledger(path), lang), format_, None, colors)


def _choose_week(maker: "WeeklyMaker", as_of: dt.date | None) -> "Week":
    from backtests.cli.clock import SystemClock
    from backtests.weekly.due import last_week_over
    from backtests.weekly.week import cover_week

    if as_of is None:
        return last_week_over(maker.exchanges, SystemClock().utc())
    return cover_week(as_of, (each.calendar for each in maker.exchanges))


def _print_week(maker: "WeeklyMaker", week: "Week", format_: str) -> bool:
    from backtests.report.output import deliver as print_out
    from backtests.report.weekly.layout import lay_out_weekly

    found, asked = maker.compose(week.last), maker.asked
    document = lay_out_weekly(found, maker.command(found), asked.language)
    print_out(document, format_, None, asked.colors)
    return found.complete


def _list_weeks(
    maker: "WeeklyMaker", week: "Week", first: dt.date | None, *, catch_up: bool
) -> "tuple[Week, ...]":
    from backtests.weekly.week import weeks_since

    calendars = {each.calendar for each in maker.exchanges}
    weeks = weeks_since(maker.report, calendars, week, first)
    return weeks if catch_up else weeks[-1:]


def _write(
    maker: "WeeklyMaker",
    weeks: "Sequence[Week]",
    out: Path,
    workers: int,
    wait: float,
    *,
    catch_up: bool,
) -> "Sequence[Entry]":
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from backtests.runs.ledger import read_ledger
    from backtests.runs.lock import hold_lock
    from backtests.runs.run import find_due, run_jobs

    jobs: Sequence[Job] = [maker.job(week) for week in weeks]
    with hold_lock(out, wait):
        due = find_due(jobs, read_ledger(out), out) if catch_up else jobs
        if not due:
            typer.echo(f"every week up to {weeks[-1].name} is there", err=True)
        with ProgressLines("report") as progress:
            return run_jobs(due, maker, out, SystemClock(), workers, progress)


def _deliver(maker: "WeeklyMaker", week: "Week", out: Path, addresses: "Sequence[Address]") -> bool:
    """Send the newest week, and what failed before; tell whether all arrived."""
    from backtests.cli.clock import SystemClock
    from backtests.delivery import deliver_folder
    from backtests.delivery.folders import record_of
    from backtests.runs.folders import folder_of

    newest = folder_of(out, maker.job(week).key)
    record = record_of(newest)
    outcomes = retry_failed(out, addresses) if record.is_file() else []
    if newest.is_dir():
        outcomes += deliver_folder(newest, addresses, record, SystemClock())
    return tell_deliveries(outcomes)


def _update(report: str | None) -> bool:
    """Bring the store up to date; tell whether everything could be had."""
    from backtests.cli.data_in import update_report

    return update_report(report)
