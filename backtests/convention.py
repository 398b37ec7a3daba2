"""How a rating standard is read: every choice that changes a score, named."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from universes import InputError
from universes.rating import Basis, Boundary

Entry = Literal["next_close", "next_open", "previous_close"]
Relative = Literal["difference", "ratio"]

HORIZONS = (1, 3, 6, 9, 12)
_LONGEST_HORIZON = 120


@dataclass(frozen=True)
class Convention:
    """The choices behind a score; the defaults are the headline convention.

    Attributes
    ----------
    entry : {"next_close", "next_open", "previous_close"}
        The price a pick is entered at: the close or the open of the first session after
        publication, or the last close on or before it.
    relative : {"difference", "ratio"}
        Pick minus benchmark, or (1 + pick) / (1 + benchmark) - 1.
    basis : {"price", "total"}
        Whether cash dividends are left out of the pick's return or counted in it.
    boundary : {"scale", "inclusive", "exclusive"}
        Who owns the bound between two grades; see `universes.rating.edges`.
    horizons : tuple of int
        Calendar months, ascending.
    entry_delay : int
        The number of sessions a halted share may enter late.
    """

    entry: Entry = "next_close"
    relative: Relative = "difference"
    basis: Basis = "price"
    boundary: Boundary = "scale"
    horizons: tuple[int, ...] = HORIZONS
    entry_delay: int = 10

    def __post_init__(self) -> None:
        """Check every choice once."""
        for name, known in (
            ("entry", get_args(Entry)),
            ("relative", get_args(Relative)),
            ("basis", get_args(Basis)),
            ("boundary", get_args(Boundary)),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"unknown {name} {getattr(self, name)!r}", f"write one of: {', '.join(known)}"
                )
        if not self.horizons or list(self.horizons) != sorted(set(self.horizons)):
            raise InputError(
                f"the horizons {self.horizons} do not ascend", "write each once, shortest first"
            )
        if self.horizons[0] < 1 or self.horizons[-1] > _LONGEST_HORIZON:
            raise InputError(
                f"a horizon of {self.horizons} is out of range",
                f"write months from 1 to {_LONGEST_HORIZON}",
            )
        if self.entry_delay < 0:
            raise InputError(f"an entry delay of {self.entry_delay} sessions", "write 0 or more")


def nearest_horizon(horizons: Sequence[int], wanted: int) -> int:
    """Return the horizon nearest to the one wanted, the shorter of two that are as near."""
    return min(horizons, key=lambda months: (abs(months - wanted), months))
