"""The passing of time, as the sources need it: given to them, never read."""

from typing import Protocol

import numpy as np


class Clock(Protocol):
    """What tells the time and lets it pass; only the program's outermost layer has a real one."""

    def seconds(self) -> float:
        """Return seconds since any fixed moment, never running backward."""
        ...

    def utc(self) -> np.datetime64:
        """Return the date and time in UTC, to the second (datetime64[s])."""
        ...

    def sleep(self, seconds: float) -> None:
        """Return after so many seconds."""
        ...
