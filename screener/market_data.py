"""Everything a screen reads, from wherever the user keeps it: `load_market_data`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from screener.calendar import add_months
from screener.companies.facts import Facts
from screener.companies.membership import SectorTables
from screener.companies.sectors import load_sectors
from screener.panel import Field, Panel
from screener.prices import find_state, load_prices
from universes import load_report
from universes.loader import list_reports
from universes.rating import BASES, Basis

if TYPE_CHECKING:
    from screener.factors.table import FactorTable

# the 290 sessions that factors look back on
_MONTHS_BEFORE = 15


@dataclass(frozen=True, eq=False)
class MarketData:
    """Prices, fundamentals and sectors of every share there is.

    Attributes
    ----------
    prices : Panel
    facts : Facts
    sectors : SectorTables
    names : mapping of str to str
        By symbol: as the store's lists of shares have them, and otherwise the Chinese ones of
        the shipped reports.
    """

    prices: Panel
    facts: Facts
    sectors: SectorTables
    names: Mapping[str, str]

    def factors(self, day: dt.date | None = None, basis: Basis = "total") -> "FactorTable":
        """Return every factor as it was known at the close of a day.

        Parameters
        ----------
        day : date, optional
            Left out: `screener.factors.compute.closing_day`.
        basis : {"total", "price"}
        """
        from screener.factors.compute import compute_factors  # noqa: PLC0415 - slow to import

        return compute_factors(
            self.prices,
            day,
            sectors=self.sectors,
            facts=self.facts,
            basis=basis,
            names=self.names,
        )

    @cached_property
    def trace(self) -> dict[str, Any]:
        """Hashes of the fundamentals and sectors, as JSON values; the panel has its own."""
        tables = self.sectors.tables
        return {
            "fundamentals": {"figures": len(self.facts), "sha256": self.facts.sha256},
            "sectors": [
                {"scheme": each.scheme, "dated": each.dated.isoformat(), "sha256": each.sha256}
                for each in tables
            ],
        }


def load_market_data(
    first: dt.date | None = None,
    last: dt.date | None = None,
    *,
    source: str | Path | None = None,
    version: int | None = None,
    at: str | None = None,
    sectors: Sequence[str | Path] = (),
    basis: Basis = "total",
    tradable: bool = False,
) -> MarketData:
    """Load what the factors of some days rest on.

    Parameters
    ----------
    first, last : date, optional
        The days that factors are asked for of; nothing known after the last one is read.
        ``first`` left out: the last one; both left out: all there is.
    source, version, at
        See `screener.load_prices`. Fundamentals come from the same version of a store; other
        sources have none.
    sectors : sequence of str or Path
        See `screener.companies.sectors.load_sectors`.
    basis : {"total", "price"}
        Of the factors to be asked for. On the other one a share may be missing without a note.
    tradable : bool
        Opens, and prices as they were printed, too, for a portfolio that deals at them.

    Raises
    ------
    InputError
        If there are no prices, or one of the sources cannot be read.

    Examples
    --------
    >>> data = load_market_data(last=dt.date(2024, 12, 20), source="snapshot")
    >>> len(data.factors())
    28
    """
    earliest = first or last
    start = None if earliest is None else _months_before(earliest)
    fields: list[Field] = ["close", "high", "open"] if tradable else ["close", "high"]
    tables = load_sectors(sectors)
    state = find_state(source, None, version, at)
    if state is None:
        end = None if last is None else last.isoformat()
        prices = load_prices(None, start, end, fields=fields, source=source, raw=tradable)
        return MarketData(prices, Facts.none(), tables, _names_of_reports())
    from screener.store.facts import read_facts  # noqa: PLC0415 - slow, and not always used
    from screener.store.lists import kept_names  # noqa: PLC0415
    from screener.store.serve import serve_panel  # noqa: PLC0415

    until = None if last is None else np.datetime64(last, "D")
    prices = serve_panel(
        state,
        None,
        None if start is None else np.datetime64(start, "D"),
        until,
        names=fields,
        raw=tradable,
        traded=True,
        optional_bases=[each for each in BASES if each != basis],
    )
    facts = read_facts(state, known_until=until)
    return MarketData(prices, facts, tables, _names_of_reports() | kept_names(state))


def _months_before(day: dt.date) -> str:
    return str(add_months(np.array([day], dtype="datetime64[D]"), [-_MONTHS_BEFORE])[0, 0])


def load_names(
    source: str | Path | None = None, version: int | None = None, at: str | None = None
) -> dict[str, str]:
    """Return the names of shares by symbol; see `MarketData` for where they come from.

    Parameters
    ----------
    source, version, at
        See `screener.load_prices`.
    """
    state = find_state(source, None, version, at)
    if state is None:
        return _names_of_reports()
    from screener.store.lists import kept_names  # noqa: PLC0415 - slow, and not always used

    return _names_of_reports() | kept_names(state)


def _names_of_reports() -> dict[str, str]:
    picks = (pick for report in list_reports() for pick in load_report(report).picks)
    return {str(pick.symbol): pick.name.zh for pick in picks}
