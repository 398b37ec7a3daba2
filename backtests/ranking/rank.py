"""Ranks the sources of a table of recommendations: `rank_sources`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from backtests.basis import usual_basis
from backtests.provenance import trace_data, trace_scale
from backtests.ranking.calls import Calls, make_calls
from backtests.ranking.prices import PriceSource
from backtests.ranking.remarks import find_remarks
from backtests.ranking.result import Ranking
from backtests.ranking.rows import CallRows
from backtests.ranking.scored import score_calls
from backtests.ranking.sources import Study, judge_horizon
from backtests.ranking.targets import Targets
from backtests.ranking.terms import RankTerms
from backtests.schedule import Places
from backtests.spread import Workers
from screener import Panel
from screener.calendar import Days
from screener.companies.membership import SectorTables
from screener.ratings.table import Ratings
from screener.tasks.progress import Progress
from universes import InputError, __version__
from universes.market import load_market, market_of
from universes.rating import Basis

_NAMED = 20


def rank_sources(
    ratings: Ratings,
    panel: Panel,
    sectors: SectorTables | None = None,
    terms: RankTerms | None = None,
    *,
    as_of: dt.date | None = None,
    title: str = "",
    rejected: Mapping[str, int] | None = None,
    names: Mapping[str, str] | None = None,
    source: PriceSource | None = None,
    workers: Workers | None = None,
    progress: Progress | None = None,
) -> Ranking:
    """Rank the houses, or analysts, of a table by what their ratings earned.

    docs/ranking.md says how each figure is made.

    Parameters
    ----------
    ratings : Ratings
        As `screener.ratings.table.read_ratings` gives them.
    panel : Panel
        Of whole markets, as all their shares are what calls are compared with.
    sectors : SectorTables, optional
        Without, no source is called skilled: a lucky sector would pass for skill.
    terms : RankTerms, optional
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.
    title : str
        Of the table.
    rejected : mapping of str to int, optional
        Rows of the table that are not scored, by reason.
    names : mapping of str to str, optional
        Of shares, by symbol.
    source : PriceSource, optional
        Where workers of other processes read the panel; without, all is done here.
    workers : Workers, optional
        The result is the same to the last bit whoever works.
    progress : Progress, optional

    Returns
    -------
    Ranking

    Raises
    ------
    InputError
        If no call is left to be scored, a calendar is not known for the dates, or workers
        cannot be had.
    """
    terms, workers = terms or RankTerms(), workers or Workers()
    tables = sectors or SectorTables()
    panel = panel.until(np.datetime64(as_of, "D")) if as_of else panel
    if as_of and len(ratings) and ratings.published.max() > np.datetime64(as_of, "D"):
        raise InputError(
            f"the table holds ratings of after {as_of}", "read it with the same day as as_of"
        )
    basis = terms.basis or usual_basis(panel, ratings.symbols)
    calls, of_sector = _choose(make_calls(ratings, terms.by, terms.at), ratings, tables, terms)
    scored = score_calls(calls, ratings, panel, terms, basis, workers)
    targets = Targets(scored, panel)
    study = Study(scored, targets, panel, tables, terms, basis, source, workers, progress)
    told = [judge_horizon(study, h) for h in range(len(terms.horizons))]
    last = as_of or panel.dates[-1].astype(dt.date)
    return Ranking(
        title=title,
        by=terms.by,
        at=terms.at,
        horizons=terms.horizons,
        scores=tuple(score for _, scores in told for score in scores),
        pooled=tuple(pooled for pooled, _ in told),
        rows=CallRows(scored, targets, names or {}, of_sector, terms.horizons.index(terms.at)),
        rejected=dict(rejected or {}),
        accepted=len(ratings),
        caveats=find_remarks(scored, panel, tables, basis, last, rejected or {}, terms.at),
        provenance=_trace(ratings, panel, tables, terms, last, basis),
    )


def _choose(
    calls: Calls, ratings: Ratings, sectors: SectorTables, terms: RankTerms
) -> tuple[Calls, list[str | None]]:
    """Return the calls that are asked for, and the sector of each."""
    published = ratings.published[calls.rating]
    symbol = ratings.symbol[calls.rating]
    kept = np.ones(len(calls), dtype=np.bool_)
    if terms.markets:
        wanted = {load_market(market).id for market in terms.markets}
        there = [market_of(each).id in wanted for each in ratings.symbols]
        kept &= np.array(there, dtype=np.bool_)[symbol]
    if terms.since:
        kept &= published >= np.datetime64(terms.since, "D")
    if terms.until:
        kept &= published <= np.datetime64(terms.until, "D")
    of_sector = _find_sectors(ratings, symbol, published, sectors)
    if terms.sectors:
        _check_sectors(terms.sectors, of_sector)
        kept &= np.array([each in terms.sectors for each in of_sector], dtype=np.bool_)
    rows = np.flatnonzero(kept)
    if not len(rows):
        raise InputError(
            "no rating is left to be scored",
            "see the rejected rows, or choose wider: --market, --sector, --since, --until",
        )
    return calls.take(rows), [of_sector[k] for k in rows.tolist()]


def _find_sectors(
    ratings: Ratings, symbol: Places, published: Days, sectors: SectorTables
) -> list[str | None]:
    """Return the sector of each call on its day."""
    found: list[str | None] = [None] * len(symbol)
    order = np.argsort(published, kind="stable")
    days, first = np.unique(published[order], return_index=True)
    for day, mine in zip(days, np.split(order, first[1:]), strict=True):
        names = [str(ratings.symbols[n]) for n in symbol[mine].tolist()]
        for k, sector in zip(
            mine.tolist(), sectors.at(names, day.astype(dt.date)).sector, strict=True
        ):
            found[k] = sector
    return found


def _check_sectors(wanted: Sequence[str], there: Sequence[str | None]) -> None:
    known = sorted({each for each in there if each is not None})
    unknown = [each for each in wanted if each not in known]
    if unknown:
        named = ", ".join(known[:_NAMED]) or "none: see screener data sectors import"
        raise InputError(f"no call is in the sector {unknown[0]!r}", f"those there are: {named}")


def _trace(
    ratings: Ratings,
    panel: Panel,
    sectors: SectorTables,
    terms: RankTerms,
    as_of: dt.date,
    basis: Basis,
) -> dict[str, Any]:
    asked = asdict(replace(terms, basis=basis))
    return {
        "version": __version__,
        "table": {"ratings": len(ratings), "sha256": ratings.sha256},
        "scales": [trace_scale(scale) for scale in ratings.scales],
        "terms": {
            key: value.isoformat() if isinstance(value, dt.date) else value
            for key, value in asked.items()
        },
        "sectors": {
            "schemes": [each.scheme for each in sectors.tables],
            "sha256": sectors.sha256,
        },
        "data": trace_data(panel, as_of),
    }
