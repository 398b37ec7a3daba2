"""Which shares a rule is applied to."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from universes import FaultyFileError, InputError, Symbol, load_report
from universes.market import list_markets, market_of
from universes.report import Pick

Flags = npt.NDArray[np.bool_]


def find_universe(named: Sequence[str], symbols: Sequence[str]) -> tuple[Flags, tuple[str, ...]]:
    """Return which shares are meant.

    Parameters
    ----------
    named : sequence of str
        Ids of markets, and ids or paths of reports, whose picks are meant; empty for all.
    symbols : sequence of str, length N
        Of shares.

    Returns
    -------
    inside : ndarray of bool, shape (N,)
    absent : tuple of str
        Picks that are not among the symbols.

    Raises
    ------
    InputError
        If one named is neither, or nothing is meant.
    """
    if not named:
        return np.ones(len(symbols), dtype=np.bool_), ()
    markets = {each for each in named if each in list_markets()}
    reports = [each for each in named if each not in markets]
    picks = {str(pick.symbol) for each in reports for pick in _load_picks(each)}
    inside = np.array(
        [each in picks or market_of(Symbol.parse(each)).id in markets for each in symbols]
    )
    if not inside.any():
        raise InputError(
            f"there are no prices of {', '.join(named)}",
            "bring some with screener data update or import, or name another --universe",
        )
    return inside, tuple(sorted(picks - set(symbols)))


def _load_picks(name: str) -> tuple[Pick, ...]:
    if not name.strip():
        raise InputError("a universe without a name", f"write one of: {', '.join(list_markets())}")
    try:
        return load_report(name).select().picks
    except FaultyFileError:
        raise
    except InputError as error:
        markets = ", ".join(list_markets())
        raise InputError(
            f"{name[:120]!r} is neither a market nor a report",
            f"markets are {markets}; of reports, {error.remedy}",
        ) from None
