"""Canaries: known securities that tell "unknown here" from "silently blocked"."""

from collections.abc import Callable, Sequence

from screener.sources.clock import Clock
from screener.sources.errors import SourceError, TransportError
from screener.sources.plan import CanaryPlan
from screener.sources.trail import Attempt, T
from screener.sources.upstream import NOTHING, Request, Upstream

# what an upstream is known to have, asked for in the same way
Probes = Callable[[Upstream], Sequence[Request[T]]]


class Canary:
    """Asks an upstream that answered with nothing for what it is known to have.

    Parameters
    ----------
    plan : CanaryPlan
    clock : Clock
    """

    def __init__(self, plan: CanaryPlan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._answered: dict[tuple[str, str], float] = {}

    def vouches(
        self, upstream: Upstream, requests: Sequence[Request[T]], trail: list[Attempt]
    ) -> bool:
        """Tell whether the upstream answers requests for what it is known to have.

        Where it does not, its circuit is opened: it blocks us. An answer counts for the time
        that the plan says, so that it is not asked for with every unknown symbol. Nothing can
        be told where there are no such requests.
        """
        if not requests:
            return False
        if upstream.breaker.state == "closed" and any(
            self._is_fresh(upstream, request) for request in requests
        ):
            return True
        for request in requests:
            try:
                upstream.ask(request, trail, patient=False)
            except NOTHING:
                continue
            except TransportError:
                break
            except SourceError:
                # the breaker has taken note already, or the layout has changed
                return False
            self._answered[upstream.name, request.asked] = self._clock.seconds()
            return True
        upstream.report_block(requests[-1].asked, trail)
        return False

    def _is_fresh(self, upstream: Upstream, request: Request[T]) -> bool:
        at = self._answered.get((upstream.name, request.asked))
        return at is not None and self._clock.seconds() - at < self._plan.good_for
