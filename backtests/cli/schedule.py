"""The commands ``schedule show``, ``install`` and ``uninstall``."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from backtests.cli.options import DataOption, ReportOption
from backtests.timetable.job import DEFAULT_OUT
from backtests.timetable.weektime import Day
from universes import InputError
from universes.text import Language

if TYPE_CHECKING:
    from backtests.timetable.job import Job
    from backtests.timetable.target import Target
    from backtests.timetable.weektime import WeekTime

app = typer.Typer(no_args_is_help=True, help="Have the weekly report written by itself.")

TargetChoice = Literal["cron", "systemd", "github"]

TargetOption = Annotated[
    TargetChoice,
    typer.Option(
        help="cron: your crontab. systemd: a timer of your own. github: a workflow of GitHub "
        "Actions in the checkout you stand in."
    ),
]
OutOption = Annotated[
    Path, typer.Option("--out", "-o", help="The folder that the reports are written to.")
]
LangOption = Annotated[Language, typer.Option(help="Language of the report.")]
DeliverOption = Annotated[
    bool, typer.Option("--deliver/--no-deliver", help="Whether the report is sent.")
]
UpdateOption = Annotated[
    bool, typer.Option("--update/--no-update", help="Whether the store is brought up to date.")
]
DayOption = Annotated[Day, typer.Option(help="Day of the week, in Beijing.")]
TimeOption = Annotated[
    str,
    typer.Option(help="In Beijing; the minute odd and no multiple of five, as others are crowded."),
]
ZoneOption = Annotated[
    str | None,
    typer.Option(help="cron: the zone cron goes by. Left out: the machine's."),
]
YesOption = Annotated[
    bool, typer.Option("--yes", help="Do it. Left out: it is told what would be done.")
]
_REPORTS = Path(DEFAULT_OUT)


def _open(target: TargetChoice, zone: str | None = None) -> "Target":
    from backtests.timetable.cron import CronTable
    from backtests.timetable.github import Workflows
    from backtests.timetable.machine import describe_machine
    from backtests.timetable.systemd import UserUnits, find_folder

    if zone is not None and target != "cron":
        raise InputError("--zone is cron's: the others are told Beijing's time or UTC", "drop it")
    if target == "github":
        return Workflows(Path.cwd())
    machine = describe_machine()
    if target == "systemd":
        return UserUnits(machine, find_folder())
    return CronTable(machine, zone)


def _job(
    target: TargetChoice,
    report: str | None,
    out: Path,
    lang: Language,
    data: str | None,
    *,
    deliver: bool,
    update: bool,
) -> "Job":
    from backtests.timetable.job import Job
    from universes import list_reports

    # by its id, so that a newer report that ships later does not take its place unasked
    job = Job(report or list_reports()[-1], str(out), lang, data, deliver, update)
    return job.in_repository() if target == "github" else job.on_machine()


def _when(day: Day, time: str) -> "WeekTime":
    from backtests.timetable.weektime import WeekEnd, parse_time

    when, end = parse_time(day, time), WeekEnd.find()
    if when.minutes < end.time.minutes:
        typer.echo(
            f"note: the week's bars are final by {end.time} in Beijing ({end.exchange.name.en}); "
            "before that a run writes the week before",
            err=True,
        )
    return when


def _require_addresses() -> None:
    """Refuse a schedule whose runs would find no address: each would stop before it begins."""
    from backtests.delivery import load_addresses
    from backtests.delivery.addresses import FILE_NAME, FILE_VARIABLE, VARIABLE
    from screener.home import data_folder

    # what a scheduled run is given; VARIABLE holds secrets and is copied nowhere
    given = {name: text for name, text in os.environ.items() if name == FILE_VARIABLE}
    if load_addresses(given, data_folder()):
        return
    raise InputError(
        f"{VARIABLE} is set here, and a scheduled run does not get it, as it holds secrets"
        if os.environ.get(VARIABLE)
        else "there is no address to deliver to",
        f"write the addresses to {data_folder() / FILE_NAME} (docs/delivery.md), or add "
        "--no-deliver",
    )


@app.command(
    epilog="""\b
Examples:
  screener schedule show --target cron --out ~/weekly
  screener schedule show --target cron --zone America/New_York
  screener schedule show --target systemd --day SUN --time 09:07
  screener schedule show --target github > .github/workflows/weekly-report.yml"""
)
def show(
    *,
    target: TargetOption,
    report: ReportOption = None,
    out: OutOption = _REPORTS,
    lang: LangOption = "zh",
    data: DataOption = None,
    deliver: DeliverOption = True,
    update: UpdateOption = True,
    day: DayOption = "SAT",
    time: TimeOption = "08:37",
    zone: ZoneOption = None,
) -> None:
    """Print the text that has the weekly report written every week."""
    job = _job(target, report, out, lang, data, deliver=deliver, update=update)
    typer.echo(_open(target, zone).show(job, _when(day, time)), nl=False)


@app.command(
    epilog="""\b
Examples:
  screener schedule install --target systemd --out ~/weekly        # tells what it would do
  screener schedule install --target systemd --out ~/weekly --yes  # does it
  screener schedule install --target cron --out ~/weekly --lang en --no-deliver --yes"""
)
def install(
    *,
    target: TargetOption,
    report: ReportOption = None,
    out: OutOption = _REPORTS,
    lang: LangOption = "zh",
    data: DataOption = None,
    deliver: DeliverOption = True,
    update: UpdateOption = True,
    day: DayOption = "SAT",
    time: TimeOption = "08:37",
    zone: ZoneOption = None,
    yes: YesOption = False,
) -> None:
    """Have the weekly report written every week, in place of the same schedule before.

    Schedules that differ by report, folder or language live side by side.
    """
    job = _job(target, report, out, lang, data, deliver=deliver, update=update)
    opened, when = _open(target, zone), _when(day, time)
    if deliver and target != "github":
        _require_addresses()
    for step in opened.tell(job, when):
        typer.echo(f"{'' if yes else 'would '}{step}" if "\n" not in step else step)
    if yes:
        opened.install(job, when)
    _close(yes=yes)
    if yes and target == "systemd":
        typer.echo("it runs while you are logged in; always, after: loginctl enable-linger")


@app.command(
    epilog="""\b
Examples:
  screener schedule uninstall --target cron                      # tells what it would do
  screener schedule uninstall --target cron --yes
  screener schedule uninstall --target systemd --id 1a2b3c4d --yes"""
)
def uninstall(
    *,
    target: TargetOption,
    id_: Annotated[
        str | None,
        typer.Option("--id", help="Which of several; it stands in the text of each."),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Have the weekly report written no more; what was written stays."""
    opened = _open(target)
    chosen = _choose(opened.installed(), id_, target)
    for step in opened.tell_removal(chosen):
        typer.echo(f"{'' if yes else 'would '}{step}")
    if yes:
        opened.remove(chosen)
    _close(yes=yes)


def _close(*, yes: bool) -> None:
    typer.echo("done" if yes else "nothing was changed: add --yes to do it")


def _choose(installed: tuple[str, ...], id_: str | None, target: TargetChoice) -> str:
    if not installed:
        raise InputError(
            f"nothing is installed by --target {target}",
            "it may stand elsewhere: cron, systemd, or another checkout",
        )
    if id_ is None and len(installed) == 1:
        return installed[0]
    if id_ not in installed:
        said = "several schedules are installed" if id_ is None else f"there is no {id_!a}"
        raise InputError(said, f"name one by --id: {', '.join(installed)}")
    return id_
