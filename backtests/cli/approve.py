"""The command ``universe approve``: a person signs a draft."""

import datetime as dt
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from universes import InputError, Report, load_report
from universes.loader import find_report

if TYPE_CHECKING:
    from universes.chain import Chain

app = typer.Typer()

DraftArgument = Annotated[
    str, typer.Argument(metavar="DIR", help="The draft's folder, or the file it was drafted from.")
]


@app.command(
    epilog="""\b
Examples:
  screener universe approve drafts/media
  screener universe approve report.pdf --published 2024-06-16 --by "Li Wei"
A change of any file afterwards is noticed; screener ledger verify names it."""
)
def approve(
    *,
    draft: DraftArgument,
    by: Annotated[
        str | None, typer.Option("--by", help="Who signs. Left out: the name you are logged in by.")
    ] = None,
    published: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="When the report came out, where it prints no date."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
) -> None:
    """Sign a draft: seal its folder, and enter it in the ledger."""
    from screener.drafting.folder import set_published

    folder = find_report(draft).parent
    report = load_report(draft, reading=True)
    if report.seal is None:
        raise InputError(f"{draft} is no draft: it was written by hand", "score it as it is")
    if report.seal.state == "approved" and published is None and report.seal.approval:
        signed = report.seal.approval
        typer.echo(f"{folder} is approved already: by {signed.who} at {signed.when}")
        return
    if published:
        set_published(folder, report.publication.window, published.date())
        report = load_report(str(folder), reading=True)
    _tell(report, folder)
    reviewed = _count_reviewed(folder)
    if sys.stdin.isatty() and not yes and not typer.confirm("Sign this?"):
        raise typer.Abort
    chain = _sign(folder, report, by or getpass.getuser(), reviewed)
    last = chain.entries[-1]
    if last.content["back_filled"]:
        window = " to ".join(dict.fromkeys(last.content["published"]))
        typer.echo(
            f"back-filled: signed after the report came out ({window}), so it proves nothing"
        )
    typer.echo(f"approved {folder}; ledger {last.sha256}")
    typer.echo(
        "Keep this hash elsewhere: screener ledger verify --head finds a rewritten ledger by it."
    )


def _tell(report: Report, folder: Path) -> None:
    typer.echo(f"{folder}: {report.title.both}")
    for theme in report.themes:
        for level in ("recommend", "watch"):
            names = [f"{p.symbol} {p.name.zh}" for p in theme.picks if p.level == level]
            if names:
                typer.echo(f"  {theme.title.zh}, {level}: {', '.join(names)}")
    published = report.publication
    inferred = " (inferred)" if published.inferred else ""
    scale = report.scale
    typer.echo(
        f"  published {published.date}{inferred}; "
        f"rating standard of {scale.broker.both}, {scale.horizon_months} months"
    )


def _count_reviewed(folder: Path) -> tuple[int, int]:
    """Count what of a draft was decided in a review, and say so where something was not."""
    from screener.drafting.reviewing import Reviewing

    reviewing = Reviewing(folder)
    left, whole = len(reviewing.open), len(reviewing.steps)
    if left:
        typer.echo(f"  {left} of {whole} were not looked at in a review; the ledger says so")
    return whole - left, whole


def _sign(folder: Path, report: Report, who: str, reviewed: tuple[int, int]) -> "Chain":
    from backtests.cli.clock import SystemClock
    from screener.files import replace_file
    from screener.ledger import add_entry, check_ledger, ledger_path
    from universes.chain import tell_approval
    from universes.seal import APPROVAL_FILE, Approval, hash_folder, spell_approval

    # nothing is signed that could not be entered
    check_ledger(ledger_path())
    when = dt.datetime.fromisoformat(str(SystemClock().utc())).replace(tzinfo=dt.UTC)
    approval = Approval(who, when, hash_folder(folder))
    replace_file(folder / APPROVAL_FILE, spell_approval(approval))
    return add_entry(ledger_path(), tell_approval(report, approval, folder, reviewed))
