"""How the evidence is gathered."""

from dataclasses import dataclass

from backtests.convention import Convention
from universes import InputError
from universes.rating import Basis

_LARGEST_DRAWS, _LARGEST_SEED = 10_000_000, 2**32 - 1
_MOST_WORKERS = 256


@dataclass(frozen=True)
class Trial:
    """How the evidence is gathered.

    Attributes
    ----------
    horizons : tuple of int
        Months, ascending; empty for the rating's own and the end of the window it speaks of.
    basis : {"price", "total"} or None
        None for price where the controls are known on it, and otherwise total.
    draws : int
        Placebo baskets for each comparison.
    band_draws : int
        Placebo baskets behind the band of the event path.
    resamples : int
        Of the bootstrap.
    seed : int
        Zero or more; the same gives the same numbers.
    workers : int
        Processes that draw; the numbers do not hang on it.
    """

    horizons: tuple[int, ...] = ()
    basis: Basis | None = None
    draws: int = 100_000
    band_draws: int = 2_000
    resamples: int = 9_999
    seed: int = 20_240_616
    workers: int = 1

    def __post_init__(self) -> None:
        """Check every choice once."""
        for name, least, most in (
            ("draws", 100, _LARGEST_DRAWS),
            ("band_draws", 100, _LARGEST_DRAWS),
            ("resamples", 100, _LARGEST_DRAWS),
            ("seed", 0, _LARGEST_SEED),
            ("workers", 1, _MOST_WORKERS),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{name} of {value}", f"write {least} to {most}")
        if self.horizons:
            Convention(horizons=self.horizons)
