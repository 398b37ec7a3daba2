"""From "I want bars of this symbol" to the vendors: who is asked, in which order, and when not.

An upstream that drops, blocks or limits us is left alone for a while and the next one is
asked; nobody waits for it. "No such security" is said only when two upstreams say so that
answer for other securities.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.companies.facts import Facts
from screener.sources.canary import Canary, Probe
from screener.sources.clock import Clock
from screener.sources.errors import EmptyError, NotFoundError, SourceError
from screener.sources.gathered import Gathered, join_answers
from screener.sources.plan import MAINLAND, Job, Plan, load_plan
from screener.sources.questions import (
    actions_of,
    bars_of,
    buybacks_of,
    fundamentals_of,
    listing_of,
    programmes_told,
    reported_quarters,
    reports_of,
    sessions_of,
)
from screener.sources.trail import Answer, Attempt, T, UnavailableError, tell_time, tell_trail
from screener.sources.upstream import NOTHING, Load, Request, Upstream, load_adaptor
from universes import InputError, Symbol
from universes.renames import explain_old_code

_WITNESSES = 2


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

        def probe(other: Symbol) -> Request[Bars]:
            return bars_of(other, self._plan.canary.start, self._plan.canary.end)

        return self._fetch(bars_of(symbol, start, end), names, symbol, probe)

    def actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[ActionHistory]:
        """Fetch corporate actions; parameters and errors are those of `bars`."""
        names = self._choose("actions", symbol, start, end, only)

        def probe(other: Symbol) -> Request[ActionHistory]:
            return actions_of(other, self._plan.canary.start, self._plan.canary.end)

        return self._fetch(actions_of(symbol, start, end), names, symbol, probe)

    def fundamentals(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[Facts]:
        """Fetch the valuations of a share, and its buybacks where they are told one by one.

        Where a source has valuations of the moment only, they are those of the day of the fetch
        in whatever window. Buybacks that nobody gave are told in `Answer.missing`. Parameters
        and errors are those of `bars`.
        """
        window = (self._plan.canary.start, self._plan.canary.end)

        def ask(job: Job, make: Callable[..., Request[Gathered]]) -> Answer[Gathered]:
            names = self._choose(job, symbol, start, end, only)
            return self._fetch(
                make(symbol, start, end), names, symbol, lambda other: make(other, *window)
            )

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

    def knows(self, job: Job, key: str) -> bool:
        """Tell whether anybody is asked for a job.

        Parameters
        ----------
        job : str
        key : str
            An exchange's suffix for a listing, a calendar for sessions, a country for reports
            and programmes, and a security's canonical spelling for all others.
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

    def _fetch(
        self,
        request: Request[T],
        names: Sequence[str],
        symbol: Symbol | None = None,
        probe: Probe[T] | None = None,
    ) -> Answer[T]:
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
                if not symbol or not probe:
                    # no exchange lists nothing, and no calendar is without sessions
                    upstream.report_block(request.asked, trail)
                elif self._canary.vouches(upstream, symbol, probe, trail):
                    witnesses.append(name)
                if len(witnesses) == _WITNESSES:
                    break
            except SourceError:
                continue
            else:
                return Answer(answer, tuple(trail))
        raise self._failure(request, names, symbol, witnesses, trail)

    def _failure(
        self,
        request: Request[T],
        names: Sequence[str],
        symbol: Symbol | None,
        witnesses: Sequence[str],
        trail: Sequence[Attempt],
    ) -> SourceError:
        old_code = explain_old_code(symbol) if symbol else ""
        note = f"; {old_code}" if old_code else ""
        if len(witnesses) == _WITNESSES:
            return NotFoundError(
                " and ".join(witnesses),
                f"no {request.asked}, though both answer for other securities: there is none "
                f"such, or it was not listed or did not trade then{note}",
            )
        if witnesses:
            return EmptyError(
                witnesses[0],
                f"no {request.asked}, though it answers for other securities; this could not be "
                f"confirmed by a second upstream{tell_trail(trail, leave_out=witnesses[0])}{note}",
            )
        return self._unavailable(request, names, trail)

    def _unavailable(
        self, request: Request[T], names: Sequence[str], trail: Sequence[Attempt]
    ) -> UnavailableError:
        serving = {each.upstream for each in trail if each.outcome != "not_served"}
        waits = [
            until for name in serving if (until := self.upstreams[name].open_until) is not None
        ]
        retry_at = min(waits, default=None)
        if retry_at is not None:
            remedy = f"try again after {tell_time(retry_at)}"
        elif all(each.outcome == "not_served" for each in trail):
            remedy = "nobody asked has such securities: import them from files"
        elif all(each.outcome in {"schema_changed", "not_served"} for each in trail):
            remedy = "a newer version of the product may know how"
        else:
            remedy = "try again later"
        return UnavailableError(
            ", ".join(names) or "sources",
            f"no {request.asked}{tell_trail(trail)}; {remedy}",
            tuple(trail),
            retry_at,
        )


def _check_order(start: dt.date, end: dt.date) -> None:
    if start > end:
        raise InputError(f"{start} is after {end}", "turn the dates round")
