"""One upstream: its adaptor, asked at the pace and with the patience that its limits allow."""

import datetime as dt
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Generic, Protocol, TypeVar, cast

import numpy as np
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.ratings.fetched import FetchedRatings
from screener.sources.breaker import Breaker
from screener.sources.clock import Clock
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    NotFoundError,
    RateLimitedError,
    SourceError,
    TransportError,
)
from screener.sources.gathered import Gathered
from screener.sources.plan import Job, Plan
from screener.sources.throttle import Throttle
from screener.sources.trail import Attempt, Outcome, tell_time
from screener.sources.vendors.answers import paced
from universes import Symbol

T = TypeVar("T")

# an adaptor's word that there is no such security is no more than an empty answer
NOTHING = (EmptyError, NotFoundError)

_OUTCOMES: tuple[tuple[type[SourceError], Outcome], ...] = (
    (EmptyError, "empty"),
    (NotFoundError, "empty"),
    (TransportError, "dropped"),
    (RateLimitedError, "rate_limited"),
    (BlockedError, "blocked"),
    (SourceError, "schema_changed"),
)


class Adaptor(Protocol):
    """What the module of an upstream has; it may lack the jobs that it is in no order for."""

    def serves(self, symbol: Symbol) -> bool:
        """Tell whether the upstream has securities of that kind, without asking it."""
        ...

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        """Return the bars from one day to another, both included."""
        ...

    def fetch_actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> ActionHistory:
        """Return the corporate actions from one ex-date to another, both included."""
        ...

    def fetch_fundamentals(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Gathered:
        """Return valuations from one day to another, or of the day of the fetch."""
        ...

    def fetch_buybacks(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Gathered:
        """Return what was spent on buybacks, as the last statement tells it."""
        ...

    def fetch_reports(self, quarter_end: dt.date, fetched_at: np.datetime64) -> Gathered:
        """Return what all companies reported of the months up to a quarter's end."""
        ...

    def fetch_programmes(self, start: dt.date, end: dt.date) -> Gathered:
        """Return all buyback programmes told of from one day to another, both included."""
        ...

    def fetch_ratings(self, symbol: Symbol) -> FetchedRatings:
        """Return all brokers' ratings of a share."""
        ...

    def fetch_ratings_day(self, day: dt.date) -> FetchedRatings:
        """Return the ratings of all shares of a country that were published on a day."""
        ...

    def fetch_listing(self, suffix: str) -> dict[str, str]:
        """Return the name of every security listed on an exchange by its canonical spelling."""
        ...

    def fetch_sessions(self, calendar: str) -> Days:
        """Return the sessions of a calendar, ascending."""
        ...


Load = Callable[[str], Adaptor]


def load_adaptor(name: str) -> Adaptor:
    """Import the module of an upstream; modules are imported when they are first needed."""
    return cast("Adaptor", importlib.import_module(f"screener.sources.vendors.{name}"))


@dataclass(frozen=True)
class Request(Generic[T]):
    """What is to be asked of an upstream.

    Attributes
    ----------
    job : str
    asked : str
        In words, for messages and the trail.
    ask : callable
        Makes the call, given the adaptor and the time in UTC.
    check : callable
        Raises where the answer is not what was asked for, given the answer and the upstream.
    many : bool
        Whether it takes several calls, each of which has to wait its turn.
    """

    job: Job
    asked: str
    ask: Callable[[Adaptor, np.datetime64], T]
    check: Callable[[T, str], None]
    many: bool = False


class Upstream:
    """Asks one upstream; whatever happens, its breaker and the trail learn of it.

    Parameters
    ----------
    name : str
        Of the upstream and its adaptor.
    plan : Plan
    clock : Clock
    seed : int
        Of all waits; each upstream draws its own, whatever the others do.
    load : callable
        Returns the adaptor of a name.
    """

    def __init__(self, name: str, plan: Plan, clock: Clock, seed: int, load: Load) -> None:
        random = Random(f"{seed}:{name}")  # noqa: S311 - jitter, no secret
        self.name = name
        self.breaker = Breaker(plan.limits[name], clock, random)
        self._throttle = Throttle(plan.limits[name], clock, random)
        self._retry = plan.retry
        self._clock = clock
        self._random = random
        self._load = load

    def serves(self, symbol: Symbol) -> bool:
        """Tell whether the upstream has securities of that kind."""
        return self._load(self.name).serves(symbol)

    @property
    def open_until(self) -> np.datetime64 | None:
        """When it may be asked again, in UTC, to the second; None where it may be now."""
        if self.breaker.state != "open":
            return None
        left = np.timedelta64(int(np.ceil(self.breaker.seconds_left)), "s")
        return self._clock.utc() + left

    def reason_to_pass(self, symbol: Symbol | None) -> tuple[Outcome, str] | None:
        """Return why it is not to be asked now, or None where it is."""
        if symbol and not self.serves(symbol):
            return "not_served", f"has no securities such as {symbol}"
        until = self.open_until
        if until is not None:
            return "left_alone", f"not to be asked before {tell_time(until)}"
        return None

    def ask(self, request: Request[T], trail: list[Attempt], *, patient: bool = True) -> T:
        """Ask; what was dropped is asked again, if patient and the circuit is closed.

        Raises
        ------
        SourceError
            As the adaptor raised it, or `SchemaChangedError` where the answer is none to the
            question.
        """
        again = self._retry.times if patient and self.breaker.state == "closed" else 0
        retrying = Retrying(
            sleep=self._clock.sleep,
            stop=stop_after_attempt(1 + again),
            wait=self._wait,
            retry=retry_if_exception_type(TransportError),
            reraise=True,
        )
        try:
            answer: T = retrying(self._ask_once, request, trail)
        except TransportError:
            self.breaker.record_drop()
            raise
        except RateLimitedError:
            self.breaker.record_rate_limit()
            raise
        except BlockedError:
            self.breaker.record_block()
            raise
        self.breaker.record_answer()
        return answer

    def report_block(self, asked: str, trail: list[Attempt]) -> None:
        """Open the circuit: it answers, but with nothing where there must be something."""
        self.breaker.record_block()
        message = "a silent block: nothing where there must be something"
        trail.append(Attempt(self.name, asked, "blocked", message, self._clock.utc()))

    def _ask_once(self, request: Request[T], trail: list[Attempt]) -> T:
        wait = self._throttle.breathe if request.many else None
        with self._throttle.turn(), paced(wait):
            at = self._clock.utc()
            try:
                answer = request.ask(self._load(self.name), at)
                request.check(answer, self.name)
            except SourceError as error:
                trail.append(Attempt(self.name, request.asked, _name(error), error.message, at))
                raise
        trail.append(Attempt(self.name, request.asked, "answered", "", at))
        return answer

    def _wait(self, state: RetryCallState) -> float:
        return self._retry.wait.draw(self._random) * 2.0 ** (state.attempt_number - 1)


def _name(error: SourceError) -> Outcome:
    return next(outcome for kind, outcome in _OUTCOMES if isinstance(error, kind))
