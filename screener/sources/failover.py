"""From "I want bars of this symbol" to the vendors: who is asked, in which order, and when not.

An upstream that drops, blocks or limits us is left alone for a while and the next one is
asked; nobody waits for it. "No such security" is said only when two upstreams say so that
answer for other securities.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.companies.facts import Facts
from screener.ratings.fetched import FetchedRatings
from screener.sources.canary import Canary, Probes
from screener.sources.clock import Clock
from screener.sources.errors import SourceError
from screener.sources.failure import WITNESSES, explain_failure
from screener.sources.gathered import Gathered, join_answers
from screener.sources.plan import MAINLAND, Job, Plan, load_plan
from screener.sources.questions import (
    actions_of,
    bars_of,
    buybacks_of,
    fundamentals_of,
    listing_of,
    programmes_told,
    ratings_of,
    ratings_on,
    reported_quarters,
    reports_of,
    sessions_of,
)
from screener.sources.trail import Answer, Attempt, T
from screener.sources.upstream import NOTHING, Load, Request, Upstream, load_adaptor
from universes import InputError, Symbol


class Fetcher:
    """Fetches from whichever upstream serves, within the limits of each; for one worker only.

    Parameters
    ----------
    clock : Clock
    seed : int
        Of the jitter: the same seed, calls and answers give the same waits.
    plan : Plan, optional
        The shipped one by default.
    load : callable, optional
        Returns the adaptor of an upstream; by default its module in `screener.sources`.

    Attributes
    ----------
    upstreams : mapping of str to Upstream
        Each with its circuit breaker, for those who report on a run.
    """

    def __init__(
        self, clock: Clock, seed: int, plan: Plan | None = None, load: Load = load_adaptor
    ) -> None:
        self._clock = clock
        self._plan = plan or load_plan()
        self._canary = Canary(self._plan.canary, clock)
        self.upstreams: Mapping[str, Upstream] = {
            name: Upstream(name, self._plan, clock, seed, load) for name in self._plan.limits
        }

    def bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[Bars]:
        """Fetch daily bars.

        The bars keep the basis of the upstream that gave them (Yahoo's are split-adjusted):
        whether they may continue a kept series is for the caller to say.

        Parameters
        ----------
        symbol : Symbol
        start, end : date
            Both included.
        only : str, optional
            The one upstream to ask, where two are to be compared.

        Raises
        ------
        InputError
            If the dates are turned round, or ``only`` names no upstream.
        NotFoundError
            If two upstreams that answer for other securities have nothing.
        EmptyError
            If one such upstream has nothing and no second could be asked.
        UnavailableError
            If nobody has such securities or could answer; it says when to try again.
        """
        names = self._choose("bars", symbol, start, end, only)

        probes = self._known(symbol, bars_of)
        return self._fetch(bars_of(symbol, start, end), names, symbol, probes)

    def actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[ActionHistory]:
        """Fetch corporate actions; parameters and errors are those of `bars`."""
        names = self._choose("actions", symbol, start, end, only)

        probes = self._known(symbol, actions_of)
        return self._fetch(actions_of(symbol, start, end), names, symbol, probes)

    def fundamentals(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[Facts]:
        """Fetch the valuations of a share, and its buybacks where they are told one by one.

        Where a source has valuations of the moment only, they are those of the day of the fetch
        in whatever window. Buybacks that nobody gave are told in `Answer.missing`. Parameters
        and errors are those of `bars`.
        """

        def ask(job: Job, make: Callable[..., Request[Gathered]]) -> Answer[Gathered]:
            names = self._choose(job, symbol, start, end, only)
            return self._fetch(make(symbol, start, end), names, symbol, self._known(symbol, make))

        answers = [ask("fundamentals", fundamentals_of)]
        missing = []
        if self._choose("buybacks", symbol, start, end, only):
            try:
                answers.append(ask("buybacks", buybacks_of))
            except SourceError as error:
                missing.append(str(error))
        return join_answers(answers, missing)

    def market_fundamentals(self, start: dt.date, end: dt.date) -> Answer[Facts]:
        """Fetch what is told of all mainland shares at once: reports and buyback programmes.

        They are the reports of every quarter that may have been handed in from one day to
        another, both included, each with the day of its last version, and the programmes last
        told of in those days. What nobody gave is told in `Answer.missing`.

        Raises
        ------
        InputError
            If the dates are turned round.
        UnavailableError
            If none of it was given; it says when to try again.
        """
        _check_order(start, end)
        today = min(end, self._clock.utc().astype("datetime64[D]").astype(dt.date))
        requests = [reports_of(day) for day in reported_quarters(start, today)]
        requests.append(programmes_told(start, end))
        answers: list[Answer[Gathered]] = []
        failures: list[SourceError] = []
        for request in requests:
            names = self._plan.order_of(request.job, MAINLAND)
            try:
                answers.append(self._fetch(request, names))
            except SourceError as error:
                failures.append(error)
        if not answers:
            raise failures[0]
        return join_answers(answers, [str(error) for error in failures])

    def ratings(self, symbol: Symbol) -> Answer[FetchedRatings]:
        """Fetch all brokers' ratings of a share.

        That there are none is an answer where all who are asked say so and answer for others.

        Raises
        ------
        EmptyError
            If one has none, and others could not be asked.
        UnavailableError
            If nobody has such securities or could answer; it says when to try again.
        """

        def probes(upstream: Upstream) -> list[Request[FetchedRatings]]:
            return [ratings_of(each) for each in self._plan.canary.rated if upstream.serves(each)]

        request, names = ratings_of(symbol), self._plan.order_for("ratings", symbol)
        none = FetchedRatings((), (f"there are no {request.asked}",))
        return _remarked(self._fetch(request, names, symbol, probes, none))

    def ratings_on(self, day: dt.date) -> Answer[FetchedRatings]:
        """Fetch the ratings of all mainland shares that were published on a day.

        Errors and what it means that there are none are those of `ratings`.
        """
        request, names = ratings_on(day), self._plan.order_of("ratings_day", MAINLAND)
        none = FetchedRatings((), (f"there are no {request.asked}",))
        known = [ratings_on(self._plan.canary.rated_day)]
        return _remarked(self._fetch(request, names, None, lambda _: known, none))

    def knows(self, job: Job, key: str) -> bool:
        """Tell whether anybody is asked for a job.

        Parameters
        ----------
        job : str
        key : str
            An exchange's suffix for a listing, a calendar for sessions, a country for reports,
            programmes and ratings of a day, and a security's canonical spelling for all others.
        """
        if job in self._plan.by_key:
            return key in self._plan.by_key[job]
        return bool(self._plan.order_for(job, Symbol.parse(key)))

    def listing(self, suffix: str) -> Answer[dict[str, str]]:
        """Fetch the names of all securities listed on an exchange, by canonical spelling.

        Raises
        ------
        InputError
            If nobody is known to answer for the exchange.
        UnavailableError
            If nobody could answer; it says when to try again.
        """
        return self._fetch(listing_of(suffix), self._plan.order_of("listing", suffix))

    def sessions(self, calendar: str) -> Answer[Days]:
        """Fetch the sessions of a calendar, ascending; errors are those of `listing`."""
        return self._fetch(sessions_of(calendar), self._plan.order_of("sessions", calendar))

    def check_upstream(self, name: str) -> None:
        """Raise `InputError` where there is no upstream of that name."""
        if name not in self.upstreams:
            known = ", ".join(self.upstreams)
            raise InputError(f"unknown upstream {name!r}", f"write one of: {known}")

    def _choose(
        self, job: Job, symbol: Symbol, start: dt.date, end: dt.date, only: str | None
    ) -> Sequence[str]:
        _check_order(start, end)
        names = self._plan.order_for(job, symbol)
        if only is None:
            return names
        self.check_upstream(only)
        # an adaptor tells of any security whether it has bars; of actions only the order does
        return (only,) if job == "bars" else tuple(name for name in names if name == only)

    def _known(
        self, symbol: Symbol, make: Callable[[Symbol, dt.date, dt.date], Request[T]]
    ) -> Probes[T]:
        """Return how to ask an upstream for canaries of a symbol's kind."""
        plan = self._plan.canary
        known = plan.symbols.get((symbol.suffix, symbol.kind), ())
        return lambda upstream: [
            make(each, plan.start, plan.end) for each in known if upstream.serves(each)
        ]

    def _fetch(
        self,
        request: Request[T],
        names: Sequence[str],
        symbol: Symbol | None = None,
        probes: Probes[T] | None = None,
        none: T | None = None,
    ) -> Answer[T]:
        """Ask one upstream after another.

        Where it may be that there is nothing, ``none`` stands for that, and is the answer once
        all upstreams, or as many as it takes, have nothing and answer for others.
        """
        trail: list[Attempt] = []
        witnesses: list[str] = []
        for name in names:
            upstream = self.upstreams[name]
            passed = upstream.reason_to_pass(symbol)
            if passed:
                trail.append(Attempt(name, request.asked, *passed, self._clock.utc()))
                continue
            try:
                answer = upstream.ask(request, trail)
            except NOTHING:
                if probes is None:
                    # no exchange lists nothing, and no calendar is without sessions
                    upstream.report_block(request.asked, trail)
                elif self._canary.vouches(upstream, probes(upstream), trail):
                    witnesses.append(name)
                if len(witnesses) == WITNESSES:
                    break
            except SourceError:
                continue
            else:
                return Answer(answer, tuple(trail))
        if none is not None and witnesses and len(witnesses) >= min(WITNESSES, len(names)):
            return Answer(none, tuple(trail))
        raise explain_failure(request.asked, names, symbol, witnesses, trail, self.upstreams)


def _remarked(answer: Answer[FetchedRatings]) -> Answer[FetchedRatings]:
    return replace(answer, remarks=answer.value.remarks)


def _check_order(start: dt.date, end: dt.date) -> None:
    if start > end:
        raise InputError(f"{start} is after {end}", "turn the dates round")
