"""What was asked of whom, and what came of it: the provenance of an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

import numpy as np

from screener.sources.errors import SourceError

T = TypeVar("T")

Outcome = Literal[
    "answered",
    "empty",
    "dropped",
    "rate_limited",
    "blocked",
    "schema_changed",
    "left_alone",
    "not_served",
]


@dataclass(frozen=True)
class Attempt:
    """One call to an upstream, or the reason why it was passed over.

    Attributes
    ----------
    upstream : str
    asked : str
        Such as ``bars of 300308.SZ from 2024-06-03 to 2024-06-28``; a canary's attempt names
        the canary.
    outcome : str
        answered, empty, dropped, rate_limited, blocked and schema_changed as the errors of
        `screener.sources.errors` say; left_alone: its circuit is open; not_served: it has no
        such securities.
    message : str
        Empty where it answered.
    at : datetime64[s]
        In UTC, when the call began.
    """

    upstream: str
    asked: str
    outcome: Outcome
    message: str
    at: np.datetime64


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What an upstream gave, and the attempts that led there; the last one gave it.

    Attributes
    ----------
    value : Bars, ActionHistory, Facts, dict or ndarray
    trail : tuple of Attempt
        In the order made.
    remarks : tuple of str
        What an upstream left out of what it gave, and why; empty where nothing.
    missing : tuple of str
        Parts of what was asked for that nobody gave, and why; empty where it is complete.
    """

    value: T
    trail: tuple[Attempt, ...]
    remarks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def upstream(self) -> str:
        """Who gave it."""
        return self.trail[-1].upstream


class UnavailableError(SourceError):
    """None of the upstreams could be asked, or those asked could not answer.

    Parameters
    ----------
    source : str
        The upstreams.
    message : str
        What became of each and what to do, the time to try again included.
    trail : tuple of Attempt
    retry_at : datetime64[s] or None
        In UTC, when the first that is left alone may be asked again; None where none is.
    """

    def __init__(
        self,
        source: str,
        message: str,
        trail: tuple[Attempt, ...],
        retry_at: np.datetime64 | None,
    ) -> None:
        super().__init__(source, message)
        self.trail = trail
        self.retry_at = retry_at


def tell_time(moment: np.datetime64) -> str:
    """Return a moment in UTC as 2024-06-17 10:31:07 UTC."""
    return str(moment.astype("datetime64[s]")).replace("T", " ") + " UTC"


def tell_trail(trail: Sequence[Attempt], leave_out: str = "") -> str:
    """Say what became of each upstream at last: its name, the outcome and its message."""
    last = {each.upstream: each for each in trail if each.upstream != leave_out}
    said = [
        f"{each.upstream}: {each.outcome.replace('_', ' ')} ({each.message})"
        for each in last.values()
    ]
    return f"; {'; '.join(said)}" if said else ""
