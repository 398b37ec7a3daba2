"""The one place where a clock is read."""

import time

import numpy as np


class SystemClock:
    """The machine's clock, as `screener.sources.clock.Clock` asks for it."""

    def seconds(self) -> float:
        """Return seconds since some moment, never running backward."""
        return time.monotonic()

    def utc(self) -> np.datetime64:
        """Return the date and time in UTC (datetime64[s])."""
        return np.datetime64(int(time.time()), "s")

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
