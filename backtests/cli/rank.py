"""The command ``rank``."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import (
    INCOMPLETE,
    INTERRUPTED,
    AsOfOption,
    AtOption,
    ColorsOption,
    DataOption,
    FormatOption,
    LangOption,
    VersionOption,
    instant,
)
from backtests.cli.screen import SectorsOption
from backtests.convention import Entry, Relative
from backtests.ranking.terms import By, RankTerms
from backtests.spread import Backend, Workers
from universes import load_scale
from universes.rating import Basis

if TYPE_CHECKING:
    from backtests.ranking.prices import PriceSource
    from screener.ratings.table import Ratings, Rejections

app = typer.Typer()

_USUAL = RankTerms()
_DAY = "%Y-%m-%d"
# so that the target of a share that was halted for long can be compared with its last price
_BEFORE = dt.timedelta(days=400)


@app.command(
    epilog="""\b
Examples:
  screener rank ratings.csv
  screener rank ratings.csv --by analyst --market shenzhen --since 2024-01-01 --out results/
  screener rank ratings.parquet --months 12 --workers 2 --format json
  screener rank ratings.parquet --backend dask --address 10.0.0.5:8786
It needs prices of whole markets, and a table of sectors: screener data update, or import.
Rows that cannot be scored are listed in a file, and the exit code is 3."""
)
def rank(
    *,
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Recommendations, CSV or Parquet: date, symbol, rating, house, and optionally "
            "analyst, target, price, horizon, link, known.",
        ),
    ],
    by: Annotated[By, typer.Option(help="Rank houses, or their analysts.")] = "house",
    months: Annotated[int, typer.Option(help="The horizon ranked at.")] = _USUAL.at,
    horizon: Annotated[
        list[int] | None,
        typer.Option(help="A horizon in months; may be repeated. Left out: 1, 3, 6 and 12."),
    ] = None,
    market: Annotated[
        list[str] | None,
        typer.Option(help="Only calls on this market, such as shenzhen; may be repeated."),
    ] = None,
    sector: Annotated[
        list[str] | None,
        typer.Option(
            help="Only calls on this sector, as the kept tables name it; may be repeated."
        ),
    ] = None,
    since: Annotated[
        dt.datetime | None, typer.Option(formats=[_DAY], help="Only calls opened from this day on.")
    ] = None,
    until: Annotated[
        dt.datetime | None, typer.Option(formats=[_DAY], help="Only calls opened up to this day.")
    ] = None,
    scale: Annotated[
        str, typer.Option(help="Standard of houses that have none of their own: id or path.")
    ] = "soochow",
    words: Annotated[
        Path | None,
        typer.Option(help="A TOML file with more houses and rating words, which comes first."),
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a CSV file, such as gb18030. Left out: found out.")
    ] = None,
    entry: Annotated[
        Entry, typer.Option(help="Enter at the close or open of the session after publication.")
    ] = _USUAL.entry,
    relative: Annotated[
        Relative, typer.Option(help="Pick minus benchmark, or one over the other.")
    ] = _USUAL.relative,
    basis: Annotated[
        Basis | None,
        typer.Option(
            help="price: without cash dividends. total: with them. Left out: price where the "
            "shares are known on it, and otherwise total."
        ),
    ] = None,
    sectors: SectorsOption = None,
    draws: Annotated[int, typer.Option(help="Random sets for each comparison.")] = _USUAL.draws,
    seed: Annotated[int, typer.Option(help="The same gives the same numbers.")] = _USUAL.seed,
    workers: Annotated[
        int, typer.Option(help="Processes or threads; the numbers do not hang on it.")
    ] = 1,
    backend: Annotated[
        Backend, typer.Option(help="Who works: this machine, or a cluster.")
    ] = "processes",
    address: Annotated[
        str, typer.Option(help="Of the cluster's scheduler, such as 10.0.0.5:8786.")
    ] = "",
    as_of: AsOfOption = None,
    data: DataOption = None,
    version: VersionOption = None,
    at: AtOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="A folder; the result gets its own in it, with tables, figures and pages.",
        ),
    ] = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Rank the houses, or analysts, of many recommendations by what these earned."""
    from backtests.cli.clock import SystemClock
    from backtests.cli.progress import ProgressLines
    from backtests.cli.versions import keep_version
    from backtests.ranking.rank import rank_sources
    from backtests.ranking.rows import CallRows, spell_parquet
    from backtests.report.folder import check_folder
    from backtests.report.output import deliver
    from backtests.report.ranking.folder import write_ranking
    from backtests.report.ranking.pages import lay_out_ranking
    from screener.companies.sectors import load_sectors
    from screener.market_data import load_names
    from screener.ratings.table import read_ratings
    from universes.houses import load_houses

    terms = RankTerms(
        by,
        months,
        tuple(horizon or _USUAL.horizons),
        entry,
        relative,
        basis,
        tuple(market or ()),
        tuple(sector or ()),
        since.date() if since else None,
        until.date() if until else None,
        draws,
        seed,
    )
    who = Workers(workers, backend, address)
    if out is not None:
        check_folder(out)
    cut = as_of.date() if as_of else None
    today = SystemClock().utc().astype("datetime64[D]").astype(dt.date)
    ratings, rejected = read_ratings(
        path,
        cut or today,
        common=load_scale(scale),
        houses=load_houses(words),
        encoding=encoding,
    )
    if out is None or not len(ratings):
        _list_rejected(rejected, path.with_name(f"{path.stem}.rejected.csv"))
    source = _find_prices(ratings, entry, data, version, instant(at), instant(as_of))
    panel = source.read()
    try:
        with ProgressLines("ranking") as progress:
            found = rank_sources(
                ratings,
                panel,
                load_sectors(sectors or ()),
                terms,
                as_of=cut,
                title=path.stem,
                rejected=rejected.counts,
                names=load_names(data, version, instant(at)),
                source=source.pinned(panel),
                workers=who,
                progress=progress,
            )
    except KeyboardInterrupt:
        typer.echo("stopped: no result was written", err=True)
        raise typer.Exit(INTERRUPTED) from None
    if out is not None:
        asked = {
            "table": path.name,
            "scale": scale,
            "words": str(words) if words else None,
            "encoding": encoding,
            "sectors": sectors or [],
            "data": data,
            "as_of": cut.isoformat() if cut else None,
        }
        calls = spell_parquet(found.rows) if isinstance(found.rows, CallRows) else None
        listed_rows = rejected.to_csv() if rejected.total else None
        folder = write_ranking(found, out, lang, colors, asked, calls, listed_rows)
        typer.echo(f"wrote {folder}", err=True)
        keep_version(panel, data, "rank")
    deliver(lay_out_ranking(found, lang), format_, None, colors)
    if not found.complete:
        raise typer.Exit(INCOMPLETE)


def _list_rejected(rejected: "Rejections", path: Path) -> None:
    """Write what is not scored beside the table, in the place of what was not scored before."""
    if rejected.total:
        rejected.write(path)
        typer.echo(f"wrote {path}", err=True)
    else:
        path.unlink(missing_ok=True)


def _find_prices(
    ratings: "Ratings",
    entry: Entry,
    data: str | None,
    version: int | None,
    at: str | None,
    end: str | None,
) -> "PriceSource":
    """Return where the prices are read that the ratings need."""
    import numpy as np

    from backtests.ranking.prices import PriceSource
    from universes import InputError

    if not len(ratings):
        raise InputError("no row of the table can be scored", "see the reasons in the list")
    first = ratings.published.min().astype(dt.date)
    bare = np.isfinite(ratings.target) & ~np.isfinite(ratings.price)
    return PriceSource(
        needed=tuple(map(str, ratings.symbols)),
        start=(first - _BEFORE).isoformat(),
        end=end,
        source=data,
        version=version,
        at=at,
        raw=bool(bare.any()),
        opens=entry == "next_open",
    )
