"""The command line: parses, calls, prints."""

import datetime as dt
import io
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from backtests.convention import HORIZONS, Convention, Entry, Relative
from backtests.palette import Colors
from universes import (
    FaultyFileError,
    InputError,
    __version__,
    list_reports,
    load_report,
    load_scale,
)
from universes.rating import Basis, Boundary
from universes.report import LEVELS, PICK_LEVELS
from universes.text import Language

_FAULT, _BAD_INPUT, _INCOMPLETE = 1, 2, 3

Format = Literal["table", "json", "csv", "xlsx", "md"]

app = typer.Typer(
    name="screener",
    help="Grades brokers' stock picks by the brokers' own rating standards.",
    epilog="Exit codes: 0 done, 1 internal fault, 2 bad input, 3 some rows have no score "
    "(only with --strict). It reports; it does not advise.",
    no_args_is_help=True,
    # plain help starts in half the time
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
universe_app = typer.Typer(no_args_is_help=True, help="List, show and check universe files.")
app.add_typer(universe_app, name="universe")

ReportOption = Annotated[
    str | None, typer.Option(help="Id or path of a report. Left out: the shipped one.")
]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="What is printed.")]
LangOption = Annotated[Language, typer.Option(help="Language of what is printed.")]
_OUT_HELP = "A file ({}), or a folder for all of them."
OutOption = Annotated[
    Path | None, typer.Option("--out", "-o", help=_OUT_HELP.format(".json, .csv, .xlsx, .md"))
]
ScoreOutOption = Annotated[
    Path | None,
    typer.Option("--out", "-o", help=_OUT_HELP.format(".json, .csv, .xlsx, .md, .png")),
]
ColorsOption = Annotated[
    Colors, typer.Option(help="china: red is up. west: green is up. none: no colour.")
]


@app.command(
    epilog="""\b
Examples:
  screener score
  screener score --theme hk_internet --theme games --lang zh
  screener score --as-of 2024-10-01 --format json > card.json
  screener score --basis total --out results/
  screener score --report my_report/ --data my_prices/ --strict"""
)
def score(
    *,
    report: ReportOption = None,
    theme: Annotated[
        list[str] | None, typer.Option(help="Only this theme; may be repeated.")
    ] = None,
    level: Annotated[
        list[str] | None,
        typer.Option(
            help="Only this level: recommend, watch or mention; may be repeated. "
            "Left out: recommend and watch."
        ),
    ] = None,
    horizon: Annotated[
        list[int] | None,
        typer.Option(help="Months; may be repeated. Left out: 1, 3, 6, 9 and 12."),
    ] = None,
    basis: Annotated[
        Basis, typer.Option(help="price: without cash dividends. total: with them.")
    ] = "price",
    entry: Annotated[
        Entry, typer.Option(help="The price a pick is entered at, seen from publication.")
    ] = "next_close",
    relative: Annotated[
        Relative, typer.Option(help="Pick minus benchmark, or their ratio minus one.")
    ] = "difference",
    boundary: Annotated[
        Boundary, typer.Option(help="Who owns the bound between two grades.")
    ] = "scale",
    scale: Annotated[
        str | None, typer.Option(help="Id or path of a rating scale. Left out: the report's.")
    ] = None,
    published: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Score as if published on this day."),
    ] = None,
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Read nothing after this day."),
    ] = None,
    data: Annotated[
        str, typer.Option(help="snapshot, or the path of a snapshot file or a folder of tables.")
    ] = "snapshot",
    out: ScoreOutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 when a row is pending or unscored.")
    ] = False,
) -> None:
    """Score a report's picks against their benchmarks by the broker's own rating standard."""
    from backtests.report.output import deliver
    from backtests.report.scorecard import lay_out_scorecard
    from backtests.scorecard import score_picks
    from screener import load_prices

    convention = Convention(
        entry, relative, basis, boundary, tuple(sorted(set(horizon or HORIZONS)))
    )
    chosen = load_report(report).select(theme or (), level or PICK_LEVELS)
    if published:
        chosen = chosen.published_on(published.date())
    card = score_picks(
        chosen,
        load_prices(data),
        convention,
        load_scale(scale) if scale is not None else None,
        as_of.date() if as_of else None,
    )
    deliver(
        lay_out_scorecard(card, lang),
        format_,
        out,
        colors,
        lambda: card.plot(language=lang, colors=colors),
    )
    if strict and not card.complete:
        raise typer.Exit(_INCOMPLETE)


@universe_app.command("list", epilog="Example:  screener universe list --format json")
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


@universe_app.command(
    "show", epilog="Example:  screener universe show --theme publishers --lang zh"
)
def show_universe(
    *,
    report: Annotated[
        str | None, typer.Argument(help="Id or path of a report. Left out: the shipped one.")
    ] = None,
    theme: Annotated[
        list[str] | None, typer.Option(help="Only this theme; may be repeated.")
    ] = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Show a report's themes, picks and mentions, with the section each comes from."""
    from backtests.report.output import deliver
    from backtests.report.universe import lay_out_universe

    chosen = load_report(report).select(theme or (), LEVELS)
    deliver(lay_out_universe(chosen, lang), format_, out, colors)


@universe_app.command("check", epilog="Example:  screener universe check my_report/")
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
        found = lay_out_check(load_report(report), report, lang)
    except FaultyFileError as error:
        if format_ == "table":
            raise
        deliver(lay_out_faults(error, report, lang), format_, out, colors)
        raise typer.Exit(_BAD_INPUT) from None
    deliver(found, format_, out, colors)


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
        _stop(f"error: {error.message}{remedy}", _BAD_INPUT)
    except OSError as error:
        _stop(f"error: the output cannot be written: {error.strerror}", _FAULT)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        kind = type(error).__name__
        _stop(f"internal fault: {kind}: {error}\n  run screener --debug ... and report it", _FAULT)


def _stop(message: str, code: int) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
