"""A circuit breaker: leaves an upstream alone that drops, blocks or limits us."""

from random import Random
from typing import Literal

from screener.sources.clock import Clock
from screener.sources.limits import Limits

State = Literal["closed", "open", "half_open"]

_MINUTE = 60.0


class Breaker:
    """Says whether an upstream may be asked.

    closed: it may. open: not before `seconds_left` have passed. half_open: they have, and the
    next call is a trial: its success closes the circuit, its drop opens it again.

    Parameters
    ----------
    limits : Limits
    clock : Clock
    random : Random
        Draws how long the circuit stays open.
    """

    def __init__(self, limits: Limits, clock: Clock, random: Random) -> None:
        self._limits = limits
        self._clock = clock
        self._random = random
        self._drops = 0
        self._next_limit = limits.rate_limit_first
        self._open_until: float | None = None

    @property
    def state(self) -> State:
        """Whether the upstream may be asked, now."""
        if self._open_until is None:
            return "closed"
        return "open" if self.seconds_left > 0 else "half_open"

    @property
    def seconds_left(self) -> float:
        """Seconds until it may be asked; 0 where it may."""
        if self._open_until is None:
            return 0.0
        return max(self._open_until - self._clock.seconds(), 0.0)

    def record_answer(self) -> None:
        """Close the circuit: it answered, and what went wrong before is over."""
        self._drops = 0
        self._next_limit = self._limits.rate_limit_first
        self._open_until = None

    def record_drop(self) -> None:
        """Count a call that was dropped, its retries included; open the circuit at the last."""
        self._drops += 1
        if self._drops >= self._limits.drops_to_open or self.state == "half_open":
            self.record_block()

    def record_block(self) -> None:
        """Open the circuit: it refuses us."""
        self._open_for(self._limits.open_minutes.draw(self._random))

    def record_rate_limit(self) -> None:
        """Open the circuit for twice as long as last time: it was asked too often."""
        self._open_for(self._next_limit)
        self._next_limit = min(2 * self._next_limit, self._limits.rate_limit_longest)

    def _open_for(self, minutes: float) -> None:
        self._open_until = self._clock.seconds() + _MINUTE * minutes
