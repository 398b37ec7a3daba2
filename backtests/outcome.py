"""What can become of a pick over a horizon."""

from enum import IntEnum


class Outcome(IntEnum):
    """What became of one pick over one horizon; anything but SCORED has no return."""

    SCORED = 0
    PENDING_ENTRY = 1
    PENDING_EXIT = 2
    PENDING_BENCHMARK = 3
    NO_PRICES = 4
    NOT_RECORDED = 5
    HALTED = 6
    NOT_LISTED = 7
    NO_OPEN = 8
    NO_BENCHMARK = 9
    CLOSED = 10

    @property
    def status(self) -> str:
        """The word for it: scored, pending or unscored."""
        if self is Outcome.SCORED:
            return "scored"
        return "pending" if self.name.startswith("PENDING") else "unscored"
