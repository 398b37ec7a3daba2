"""Fetches a classification of shares and keeps it."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

from screener.companies.sectors import keep_sectors
from screener.sources.clock import Clock
from screener.sources.errors import EmptyError
from screener.sources.plan import load_plan
from screener.sources.upstream import Request, Upstream, load_adaptor
from screener.sources.vendors import shenwan
from screener.sources.vendors.shenwan import Classification


def update_sectors(clock: Clock, seed: int, today: dt.date) -> tuple[Classification, Path]:
    """Fetch the classification of mainland shares and keep it in place of the last one.

    Parameters
    ----------
    clock : Clock
    seed : int
        Of the waits before a dropped call is made again.
    today : date
        As of when the table is.

    Returns
    -------
    classification : Classification
    path : Path
        Where it is kept.

    Raises
    ------
    SourceError
        If the publisher did not give it; what was kept is left as it was.
    InputError
        If it cannot be kept.
    """
    request = Request(
        "listing",
        f"sectors of mainland shares on {today}",
        lambda _, __: shenwan.fetch_sectors(today),
        _check,
    )
    plan = replace(load_plan(), limits={shenwan.SOURCE: shenwan.limits()})
    found = Upstream(shenwan.SOURCE, plan, clock, seed, load_adaptor).ask(request, [])
    return found, keep_sectors(found.sectors)


def _check(found: Classification, upstream: str) -> None:
    if not found.sectors.symbols:
        raise EmptyError(upstream, "told the sector of no share")
