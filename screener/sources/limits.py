"""How fast each upstream may be asked, and what keeps us away from it."""

from dataclasses import dataclass
from random import Random

from universes.tables import Table


@dataclass(frozen=True)
class Span:
    """A range of waits, both ends included."""

    low: float
    high: float

    def draw(self, random: Random) -> float:
        """Return a wait from the range, each as likely as another."""
        return random.uniform(self.low, self.high)


@dataclass(frozen=True)
class Limits:
    """The limits of one upstream.

    Attributes
    ----------
    pause : Span
        Seconds between the end of one call and the start of the next.
    burst_calls : int
        Calls after which a longer rest is due; 0 where none is.
    burst_pause : float
        That rest, in seconds.
    drops_to_open : int
        Dropped calls in a row that open the circuit.
    open_minutes : Span
        How long it then stays open.
    rate_limit_first, rate_limit_longest : float
        Minutes to stay away after being told of too many requests; the first is doubled each
        time up to the longest.
    """

    pause: Span
    burst_calls: int
    burst_pause: float
    drops_to_open: int
    open_minutes: Span
    rate_limit_first: float
    rate_limit_longest: float


def read_limits(table: Table) -> Limits:
    """Read the limits of one upstream; what is wrong is noted in the table's faults."""
    burst_calls, burst_pause = 0, 0.0
    if table.has("burst"):
        burst = table.table("burst")
        burst_calls, burst_pause = burst.count("calls"), burst.number("pause_seconds")
        burst.finish()
    first, longest = _read_ends(table, "rate_limit_minutes", ("first", "longest"))
    limits = Limits(
        pause=read_span(table, "pause_seconds"),
        burst_calls=burst_calls,
        burst_pause=burst_pause,
        drops_to_open=table.count("drops_to_open"),
        open_minutes=read_span(table, "open_minutes"),
        rate_limit_first=first,
        rate_limit_longest=longest,
    )
    table.finish()
    return limits


def read_span(table: Table, key: str) -> Span:
    """Read a range written as ``{ low = 1.5, high = 3.0 }``."""
    return Span(*_read_ends(table, key, ("low", "high")))


def _read_ends(table: Table, key: str, names: tuple[str, str]) -> tuple[float, float]:
    inner = table.table(key)
    low, high = (inner.number(name) for name in names)
    if not 0 <= low <= high:
        table.fault(key, f"{low:g} to {high:g} is no range", f"write 0 <= {' <= '.join(names)}")
    inner.finish()
    return low, high
