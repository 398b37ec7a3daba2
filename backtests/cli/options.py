"""Options that several commands share, and the exit codes."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

import typer

from backtests.palette import Colors
from universes.text import Language

FAULT, BAD_INPUT, INCOMPLETE, INTERRUPTED = 1, 2, 3, 130

Format = Literal["table", "json", "csv", "xlsx", "md"]

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
ThemeOption = Annotated[
    list[str] | None, typer.Option("--theme", help="Only this theme; may be repeated.")
]
LevelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--level",
        help="Only this level: recommend, watch or mention; may be repeated. "
        "Left out: recommend and watch.",
    ),
]
ScaleOption = Annotated[
    str | None,
    typer.Option("--scale", help="Id or path of a rating scale. Left out: the report's."),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="store or its address, snapshot, or the path of a snapshot file or a folder of "
        "tables. Left out: the store where it holds every security needed, or lacks fewer than "
        "the embedded snapshot, and otherwise that.",
    ),
]
SymbolOption = Annotated[
    list[str] | None, typer.Option("--symbol", help="Only this security; may be repeated.")
]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--accept",
        help="A rule whose errors you have looked into, such as volume_in_lots: they are told and "
        "no longer hold a series back; may be repeated.",
    ),
]
AsOfOption = Annotated[
    dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Read nothing after this day.")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Folder or object-store address (s3://...). Left out: SCREENER_HOME/store, or the "
        "system's folder for data.",
    ),
]
VersionOption = Annotated[
    int | None, typer.Option("--version", help="Read the store as of this version.")
]
AtOption = Annotated[
    dt.datetime | None,
    typer.Option(
        "--at",
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"],
        help="Read the store as it stood at this time, in UTC.",
    ),
]


def instant(moment: dt.datetime | None) -> str | None:
    """Spell a time as the functions below the command line take it."""
    return None if moment is None else moment.isoformat()
