"""What a reader of a ranking must know."""

import datetime as dt
from collections.abc import Iterator, Mapping

import numpy as np

from backtests.caveats import Caveat, about_data
from backtests.labels import word
from backtests.outcome import Outcome
from backtests.ranking.result import MOST_ROWS
from backtests.ranking.scored import ScoredCalls
from screener import Panel
from screener.companies.membership import SectorTables
from universes.rating import Basis
from universes.text import Text

_NAMED = 5


def find_remarks(
    scored: ScoredCalls,
    panel: Panel,
    sectors: SectorTables,
    basis: Basis,
    as_of: dt.date,
    rejected: Mapping[str, int],
    months: int,
) -> tuple[Caveat, ...]:
    """Return the caveats of a ranking, the most telling first.

    Parameters
    ----------
    scored : ScoredCalls
    panel : Panel
    sectors : SectorTables
    basis : {"price", "total"}
    as_of : date
    rejected : mapping of str to int
        Rows of the table that are not scored, by reason.
    months : int
        The horizon ranked at.
    """
    return (
        *about_data(panel, as_of),
        Caveat(f"{basis}_basis"),
        *_about_benchmarks(scored),
        *_about_table(scored, rejected),
        *_about_outcomes(scored, months),
        *_about_standards(scored),
        Caveat("ranking_survivorship"),
        Caveat("ranking_overlap"),
        Caveat("ranking_independence"),
        *_about_targets(scored, basis),
        *_about_sectors(scored, sectors),
    )


def _about_benchmarks(scored: ScoredCalls) -> Iterator[Caveat]:
    if scored.mixed.any():
        mixed = np.unique(scored.asked.benchmark[scored.mixed]).tolist()
        symbols = np.unique(scored.asked.symbol[scored.mixed])
        named = ", ".join(str(scored.benchmarks[b][1]) for b in mixed)
        yield Caveat("mixed", {"count": len(symbols), "benchmarks": named})


def _about_table(scored: ScoredCalls, rejected: Mapping[str, int]) -> Iterator[Caveat]:
    if sum(rejected.values()):
        yield Caveat("ranking_rejected", {"count": sum(rejected.values())})
    if len(scored.calls) > MOST_ROWS:
        yield Caveat("ranking_rows_left_out", {"count": len(scored.calls)})
    if scored.calls.without_author:
        yield Caveat("ranking_no_authors", {"count": scored.calls.without_author})


def _about_outcomes(scored: ScoredCalls, months: int) -> Iterator[Caveat]:
    """Say how many calls have no score at the horizon ranked at, and why."""
    outcomes = scored.found.outcome[:, scored.horizons.index(months)]
    codes, counts = np.unique(outcomes[outcomes != Outcome.SCORED], return_counts=True)
    if not len(codes):
        return
    told = [
        (f"ranking_out_{Outcome(code).name.lower()}", n)
        for code, n in zip(codes, counts, strict=True)
    ]
    yield Caveat(
        "ranking_without_score",
        {
            "months": months,
            "count": int(counts.sum()),
            "calls": len(scored.calls),
            "reasons": Text(
                zh="，".join(f"{word(name, 'zh')}{n}" for name, n in told),
                en=", ".join(f"{word(name, 'en')} {n}" for name, n in told),
            ),
        },
    )


def _about_standards(scored: ScoredCalls) -> Iterator[Caveat]:
    rows = scored.calls.rating
    common = ~scored.ratings.own_standard[rows]
    if not common.any():
        return
    houses = [scored.ratings.houses[n] for n in np.unique(scored.ratings.house[rows][common])]
    named = houses[:_NAMED]
    more = "…" if len(houses) > _NAMED else ""
    scale = scored.ratings.scales[int(scored.ratings.scale[rows][common][0])]
    yield Caveat(
        "ranking_common_standard",
        {
            "count": int((1 + scored.calls.reiterations)[common].sum()),
            "houses": Text(zh="、".join(named) + more, en=", ".join(named) + more),
            "scale": scale.broker,
        },
    )


def _about_targets(scored: ScoredCalls, basis: Basis) -> Iterator[Caveat]:
    if basis == "total" and np.isfinite(scored.ratings.target[scored.calls.rating]).any():
        yield Caveat("ranking_total_targets")


def _about_sectors(scored: ScoredCalls, sectors: SectorTables) -> Iterator[Caveat]:
    if not sectors.tables:
        yield Caveat("ranking_no_sectors")
    first = scored.asked.published.min()
    for table in sectors.tables:
        if np.isnat(table.since).all() and np.datetime64(table.dated, "D") > first:
            yield Caveat("ranking_sectors_dated", {"dated": table.dated})
