"""Shares that cannot be meant, as they were not listed when a report came out."""

import datetime as dt
from functools import cache
from pathlib import Path

from universes.symbol import Symbol
from universes.tables import read_toml

NEWCOMERS_FILE = Path(__file__).parent / "newcomers.toml"


def was_listed(symbol: Symbol, latest: dt.date | None) -> bool:
    """Tell whether a share may have been listed on a day; True where that is not known.

    Parameters
    ----------
    symbol : Symbol
    latest : date or None
        The last day on which the report can have come out; None where that is open.

    Examples
    --------
    >>> was_listed(Symbol.parse("3750.HK"), dt.date(2024, 6, 16))
    False
    """
    until = _load_newcomers().get(symbol)
    return latest is None or until is None or latest > until


@cache
def _load_newcomers() -> dict[Symbol, dt.date]:
    top = read_toml(NEWCOMERS_FILE)
    if not top.texts("sources"):
        top.fault("sources", "no source is named", "name one")
    found: dict[Symbol, dt.date] = {}
    for row in top.tables("newcomers"):
        until = row.day("until")
        found |= {Symbol.parse(spelling): until for spelling in row.texts("symbols")}
        row.finish()
    top.finish()
    top.faults.raise_if_any()
    return found
