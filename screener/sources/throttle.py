"""Waits between the calls to one upstream."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from screener.sources.clock import Clock
from screener.sources.limits import Limits


class Throttle:
    """Keeps the calls to one upstream as far apart as its limits say; for one worker only.

    Parameters
    ----------
    limits : Limits
    clock : Clock
    random : Random
        Gives the jitter: the same seed and the same calls give the same waits.
    """

    def __init__(self, limits: Limits, clock: Clock, random: Random) -> None:
        self._limits = limits
        self._clock = clock
        self._random = random
        self._ended: float | None = None
        self._calls = 0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Sleep until a call may start; the time it takes counts as none of the pause."""
        self._wait()
        try:
            yield
        finally:
            self._ended = self._clock.seconds()

    def breathe(self) -> None:
        """Sleep as between two turns, within one that takes several calls."""
        self._ended = self._clock.seconds()
        self._wait()

    def _wait(self) -> None:
        pause = self._pause()
        if self._ended is not None:
            left = self._ended + pause - self._clock.seconds()
            if left > 0:
                self._clock.sleep(left)
        self._calls += 1

    def _pause(self) -> float:
        """Return the seconds due since the last call, counting the calls of a burst."""
        pause = self._limits.pause.draw(self._random)
        if self._ended is None or not self._limits.burst_calls:
            return pause
        rested = self._clock.seconds() - self._ended >= self._limits.burst_pause
        full = self._calls >= self._limits.burst_calls
        if rested or full:
            self._calls = 0
        return max(pause, self._limits.burst_pause) if full else pause
