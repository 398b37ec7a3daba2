"""Which target prices were reached."""

from dataclasses import dataclass

import numpy as np

from backtests.compiled import compiled
from backtests.schedule import Codes, Flags, Places
from screener.panel import Floats

# sessions looked at from which on compiling, or loading what was compiled, saves time
_WORTH_COMPILING = 1_000_000
_SCALE = 1e9  # parts that ratios are rounded to, as returns are graded


@dataclass(frozen=True)
class Attainment:
    """What became of the target prices of N calls.

    Attributes
    ----------
    reached_at, reached_before : ndarray of bool, shape (N,)
        Whether the close at the exit reached it, and any close from the entry to the exit.
    untold : ndarray of bool, shape (N,)
        Whether the target is on the wrong side of the price, or has none to compare it with;
        it is not reached then.
    """

    reached_at: Flags
    reached_before: Flags
    untold: Flags


def find_attained(
    closes: Floats,
    column: Places,
    base: Places,
    entry: Places,
    exits: Places,
    ratio: Floats,
    stance: Codes,
) -> Attainment:
    """Find which targets were reached.

    Parameters
    ----------
    closes : ndarray, shape (M, T)
        Of each share, on the basis of the scores; not a number without a trade.
    column : ndarray of int, shape (N,)
        Of the share among the M.
    base : ndarray of int, shape (N,)
        The session whose close the ratio speaks of; negative for none.
    entry, exits : ndarray of int, shape (N,)
        The first and the last session held, of which the last has a close.
    ratio : ndarray, shape (N,)
        The target over the share's price on the base session; not a number where no price is
        known.
    stance : ndarray of int8, shape (N,)
        1 for a bullish call and -1 for a bearish one.

    Returns
    -------
    Attainment
        Ratios are rounded to 1e-9 before they are compared. A target at or below the price of
        a bullish call, or at or above that of a bearish one, is on its wrong side.
    """
    found = Attainment(*(np.zeros(len(ratio), dtype=np.bool_) for _ in range(3)))
    looked_at = int((exits.astype(np.int64) - entry + 1).sum())
    loop = compiled(attain_each) if looked_at >= _WORTH_COMPILING else attain_each
    written = (found.reached_at, found.reached_before, found.untold)
    loop(closes, column, base, entry, exits, ratio, stance, *written)
    return found


def attain_each(
    closes: Floats,
    column: Places,
    base: Places,
    entry: Places,
    exits: Places,
    ratio: Floats,
    stance: Codes,
    reached_at: Flags,
    reached_before: Flags,
    untold: Flags,
) -> None:
    """Find which targets were reached, one call at a time.

    Parameters are those of `find_attained`; the last three, false throughout, are written to as
    `Attainment` says. It can be compiled (`backtests.compiled`) and gives the same when it is
    not.
    """
    for k in range(len(ratio)):
        own = column[k]
        side = stance[k]
        paid = closes[own, base[k]] if base[k] >= 0 else np.nan
        wanted = side * np.rint(ratio[k] * _SCALE)
        # a comparison with what is not a number is false, here and below
        if not (paid > 0.0 and wanted > side * _SCALE):
            untold[k] = True
            continue
        for session in range(entry[k], exits[k] + 1):
            if side * np.rint(closes[own, session] / paid * _SCALE) >= wanted:
                reached_before[k] = True
                break
        reached_at[k] = side * np.rint(closes[own, exits[k]] / paid * _SCALE) >= wanted
