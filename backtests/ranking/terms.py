"""What a ranking is asked for."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from backtests.convention import Convention, Entry, Relative
from universes import InputError
from universes.rating import Basis

By = Literal["house", "analyst"]

_LARGEST_DRAWS, _LARGEST_SEED = 1_000_000, 2**32 - 1


@dataclass(frozen=True)
class RankTerms:
    """How sources are ranked.

    Attributes
    ----------
    by : {"house", "analyst"}
    at : int
        Months of the horizon ranked at.
    horizons : tuple of int
        Months, ascending; ``at`` is added where it is missing.
    entry : {"next_close", "next_open"}
        A rating cannot be dealt on before it is known.
    relative : {"difference", "ratio"}
    basis : {"price", "total"} or None
        None for price where shares are known on it, and otherwise total.
    markets, sectors : tuple of str
        Only calls of these; empty for all.
    since, until : date or None
        Only calls opened from one day to the other, both included.
    draws : int
        Sets of random shares for each comparison.
    seed : int
        The same gives the same numbers.
    """

    by: By = "house"
    at: int = 6
    horizons: tuple[int, ...] = (1, 3, 6, 12)
    entry: Entry = "next_close"
    relative: Relative = "difference"
    basis: Basis | None = None
    markets: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    since: dt.date | None = None
    until: dt.date | None = None
    draws: int = 2_000
    seed: int = 20_240_616

    def __post_init__(self) -> None:
        """Check every choice once."""
        if self.by not in get_args(By):
            raise InputError(f"unknown source {self.by!r}", "write house or analyst")
        if self.entry == "previous_close":
            raise InputError(
                "a rating cannot be entered at a close before it was known",
                "write next_close or next_open",
            )
        for name, least, most in (("draws", 100, _LARGEST_DRAWS), ("seed", 0, _LARGEST_SEED)):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} of {value}", f"write {least} to {most}")
        if self.since and self.until and self.since > self.until:
            raise InputError(f"{self.since} is after {self.until}", "turn the dates round")
        object.__setattr__(self, "horizons", tuple(sorted({*self.horizons, self.at})))
        self.convention("price")

    def convention(self, basis: Basis, horizons: tuple[int, ...] = ()) -> Convention:
        """Return how calls are scored, on a basis that was chosen."""
        return Convention(self.entry, self.relative, basis, horizons=horizons or self.horizons)
