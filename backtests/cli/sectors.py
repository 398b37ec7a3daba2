"""The commands ``data sectors import``, ``fetch`` and ``list``."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from backtests.cli.options import INCOMPLETE, ColorsOption, FormatOption, LangOption, OutOption

app = typer.Typer(no_args_is_help=True, help="Keep tables that tell the sector of each share.")


@app.command(
    "import",
    epilog="""\b
Examples:
  screener data sectors import cn_names.csv --scheme vendor_cn --source "my vendor" \\
      --dated 2024-06-01
  screener data sectors import hk.csv     # with columns scheme, source and dated""",
)
def import_(
    *,
    path: Annotated[
        Path, typer.Argument(help="A CSV file with the columns symbol and sector (or industry).")
    ],
    scheme: Annotated[
        str | None, typer.Option(help="Id to keep it under. Left out: the file's column.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Who drew it up. Left out: the file's column.")
    ] = None,
    dated: Annotated[
        dt.datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="As of when the table was drawn up. Left out: the file's column.",
        ),
    ] = None,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Keep a table of sectors from a file, in place of the one kept of its scheme."""
    from backtests.report.output import deliver
    from backtests.report.sectors import lay_out_kept
    from screener.companies.sectors import keep_sectors, read_sectors

    sectors = read_sectors(path, scheme, source, dated.date() if dated else None)
    deliver(lay_out_kept(sectors, keep_sectors(sectors), lang), format_, out, colors)


@app.command(
    epilog="""\b
Examples:
  screener data sectors fetch
  screener data sectors fetch --format json"""
)
def fetch(
    *,
    seed: Annotated[int, typer.Option(help="Of the waits between calls.")] = 0,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Fetch Shenwan's classification of mainland shares, with its history, and keep it."""
    from backtests.cli.clock import SystemClock
    from backtests.report.output import deliver
    from backtests.report.sectors import lay_out_kept
    from screener.sources.errors import SourceError
    from screener.tasks.sectors import update_sectors

    clock = SystemClock()
    today = clock.utc().astype("datetime64[D]").item()
    try:
        found, path = update_sectors(clock, seed, today)
    except SourceError as error:
        typer.echo(f"not fetched: {error}; what was kept is as it was", err=True)
        raise typer.Exit(INCOMPLETE) from None
    deliver(lay_out_kept(found.sectors, path, lang, found), format_, out, colors)


@app.command(
    "list",
    epilog="""\b
Examples:
  screener data sectors list
  screener data sectors list --format json | jq '.tables[].dated'""",
)
def list_tables(
    *,
    out: OutOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """List the kept tables: scheme, source, date, and how many shares and sectors each tells."""
    from backtests.report.output import deliver
    from backtests.report.sectors import lay_out_tables
    from screener.companies.sectors import kept_sectors

    deliver(lay_out_tables(kept_sectors(), lang), format_, out, colors)
