"""The program: its commands, its errors, its exit codes."""

import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from backtests.cli import (
    backtest,
    conventions,
    data,
    deliver,
    draft,
    evidence,
    ledger,
    rank,
    ratings,
    report,
    schedule,
    score,
    screen,
    universe,
    walk,
)
from backtests.cli.options import BAD_INPUT, FAULT
from universes import InputError, __version__

app = typer.Typer(
    name="screener",
    help="Grades brokers' stock picks by the brokers' own rating standards.",
    epilog="Exit codes: 0 done, 1 internal fault, 2 bad input, 3 incomplete: some rows have no "
    "score, or picks or strategies were left out (with --strict), or some series could not be "
    "brought up to date; 130 stopped by Ctrl-C. It reports; it does not advise.",
    no_args_is_help=True,
    # plain help starts in half the time
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.add_typer(draft.app)
app.add_typer(score.app)
app.add_typer(conventions.app)
app.add_typer(backtest.app)
app.add_typer(evidence.app)
app.add_typer(screen.app)
app.add_typer(walk.app)
app.add_typer(rank.app)
app.add_typer(report.app, name="report")
app.add_typer(deliver.app, name="deliver")
app.add_typer(schedule.app, name="schedule")
app.add_typer(universe.app, name="universe")
app.add_typer(ledger.app, name="ledger")
app.add_typer(data.app, name="data")
app.add_typer(ratings.app, name="ratings")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"screener {__version__}")
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an internal fault arose.")
    ] = False,
) -> None:
    """Grades brokers' stock picks by the brokers' own rating standards."""


def main() -> None:
    """Run the command line and exit with its code; bad input ends in one message."""
    if sys.stdout is None:
        # closed by the caller; what is printed goes nowhere until the process ends
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if hasattr(signal, "SIGPIPE"):
        # a reader that closes the pipe, such as head, ends the program as it ends others
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app()
    except InputError as error:
        remedy = f"\n  {error.remedy}" if error.remedy else ""
        _stop(f"error: {error.message}{remedy}", BAD_INPUT)
    except OSError as error:
        _stop(f"error: the output cannot be written: {error.strerror}", FAULT)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        kind = type(error).__name__
        _stop(f"internal fault: {kind}: {error}\n  run screener --debug ... and report it", FAULT)


def _stop(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(code)
