"""Fundamentals from wherever the user keeps prices."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from screener.facts import Facts
from screener.prices import SNAPSHOT, find_state
from universes import InputError
from universes.symbol import spell_all
from universes.tables import is_there


def load_facts(
    symbols: Sequence[str] | None = None,
    until: dt.date | None = None,
    *,
    source: str | Path | None = None,
    version: int | None = None,
    at: str | None = None,
) -> Facts:
    """Load the figures that belong to the prices which `load_prices` finds.

    Parameters
    ----------
    symbols : sequence of str, optional
        In any spelling; left out: all there are.
    until : date, optional
        Only what was known by then.
    source, version, at
        As `screener.prices.load_prices` takes them. Where no source is named, the store is
        read where `load_prices` would, so that prices and figures come from one place.

    Returns
    -------
    Facts
        Every version that is kept. None where the source is the snapshot or a folder of
        tables, which hold no figures.

    Raises
    ------
    InputError
        If there is no such source, or it cannot be read.
    """
    wanted = None if symbols is None else spell_all(symbols)
    state = find_state(source, wanted, version, at)
    if state is not None:
        from screener.store.facts import read_facts  # noqa: PLC0415 - slow, and not always used

        return read_facts(state, wanted, None if until is None else np.datetime64(until, "D"))
    if version is not None or at is not None:
        raise InputError(f"{source} has no versions", "leave out --version and --at")
    if source not in {None, SNAPSHOT} and not is_there(Path(str(source))):
        raise InputError(f"there are no prices at {str(source)!r}", "see screener data status")
    return Facts.none()
