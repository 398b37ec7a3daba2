"""Waits between calls, and the circuit breaker, each alone."""

from itertools import pairwise
from random import Random

import pytest
from fake_sources import MINUTE, FakeClock
from hypothesis import given
from hypothesis import strategies as st

from screener.sources.breaker import Breaker
from screener.sources.limits import Limits, Span
from screener.sources.throttle import Throttle

LIMITS = Limits(
    pause=Span(1.5, 3.0),
    burst_calls=40,
    burst_pause=60.0,
    drops_to_open=2,
    open_minutes=Span(30.0, 60.0),
    rate_limit_first=15.0,
    rate_limit_longest=240.0,
)
NO_BURST = Limits(Span(1.0, 1.5), 0, 0.0, 2, Span(1.0, 1.0), 15.0, 240.0)


def gaps(limits: Limits, calls: int, seed: int = 1, takes: float = 0.0) -> list[float]:
    """Seconds from the end of each call to the start of the next."""
    clock = FakeClock()
    throttle = Throttle(limits, clock, Random(seed))  # noqa: S311 - no secret
    found = []
    ended = None
    for _ in range(calls):
        with throttle.turn():
            if ended is not None:
                found.append(clock.now - ended)
            clock.now += takes
        ended = clock.now
    return found


def test_the_first_call_waits_for_nothing() -> None:
    clock = FakeClock()
    with Throttle(LIMITS, clock, Random(1)).turn():  # noqa: S311 - no secret
        pass
    assert clock.slept == []


def test_jitter_stays_within_bounds_and_varies() -> None:
    found = gaps(NO_BURST, 400)
    assert 1.0 <= min(found) < 1.1
    assert 1.4 < max(found) <= 1.5 + 1e-9
    assert len({round(gap, 6) for gap in found}) > 300


def test_the_same_seed_gives_the_same_waits() -> None:
    assert gaps(LIMITS, 90, seed=5) == gaps(LIMITS, 90, seed=5)
    assert gaps(LIMITS, 90, seed=5) != gaps(LIMITS, 90, seed=6)


def test_a_longer_rest_follows_every_fortieth_call() -> None:
    found = gaps(LIMITS, 130)
    # gap n stands between call n + 1 and call n + 2, counting calls from 1
    rests = [number + 1 for number, gap in enumerate(found) if gap >= 60.0]
    assert rests == [40, 80, 120]
    assert all(1.5 <= gap <= 3.0 + 1e-9 for gap in found if gap < 60.0)


def test_a_rest_taken_anyway_is_none_owed() -> None:
    clock = FakeClock()
    throttle = Throttle(LIMITS, clock, Random(1))  # noqa: S311 - no secret
    for number in range(1, 61):
        with throttle.turn():
            pass
        if number == 30:
            clock.now += 60.0
    assert max(clock.slept) <= 3.0


def test_the_time_a_call_takes_is_no_pause() -> None:
    assert min(gaps(NO_BURST, 20, takes=30.0)) >= 1.0


def test_time_passed_since_is_part_of_the_pause() -> None:
    clock = FakeClock()
    throttle = Throttle(NO_BURST, clock, Random(1))  # noqa: S311 - no secret
    with throttle.turn():
        pass
    clock.now += 0.75
    with throttle.turn():
        pass
    assert len(clock.slept) == 1
    assert 0.25 <= clock.slept[0] <= 0.75


def test_a_call_that_fails_counts_as_one() -> None:
    clock = FakeClock()
    throttle = Throttle(NO_BURST, clock, Random(1))  # noqa: S311 - no secret
    with pytest.raises(RuntimeError), throttle.turn():
        raise RuntimeError
    with throttle.turn():
        assert clock.slept[0] >= 1.0


@given(st.lists(st.floats(0, 90), min_size=41, max_size=200), st.integers(0, 99))
def test_no_more_than_a_burst_without_a_rest(idle: list[float], seed: int) -> None:
    """However calls come, any 41 in a row have a minute's rest among them."""
    clock = FakeClock()
    throttle = Throttle(LIMITS, clock, Random(seed))  # noqa: S311 - no secret
    starts = []
    for seconds in idle:
        clock.now += seconds
        with throttle.turn():
            starts.append(clock.now)
    between = [after - before for before, after in pairwise(starts)]
    assert min(between) >= 1.5 - 1e-6
    for first in range(len(between) - 39):
        assert max(between[first : first + 40]) >= 60.0 - 1e-6


def make_breaker(seed: int = 1) -> tuple[Breaker, FakeClock]:
    clock = FakeClock()
    return Breaker(LIMITS, clock, Random(seed)), clock  # noqa: S311 - no secret


def test_a_circuit_opens_at_the_second_drop_in_a_row() -> None:
    breaker, _ = make_breaker()
    breaker.record_drop()
    assert breaker.state == "closed"
    breaker.record_drop()
    assert breaker.state == "open"
    assert 30 * MINUTE <= breaker.seconds_left <= 60 * MINUTE


def test_an_answer_between_two_drops_keeps_it_closed() -> None:
    breaker, _ = make_breaker()
    for _ in range(5):
        breaker.record_drop()
        breaker.record_answer()
    assert breaker.state == "closed"


def test_it_half_opens_when_the_time_has_passed() -> None:
    breaker, clock = make_breaker()
    breaker.record_block()
    clock.now += breaker.seconds_left - 1.0
    assert breaker.state == "open"
    clock.now += 1.0
    assert breaker.state == "half_open"
    assert breaker.seconds_left == 0.0


def test_a_drop_on_trial_opens_it_again_and_an_answer_closes_it() -> None:
    breaker, clock = make_breaker()
    breaker.record_block()
    clock.now += 60 * MINUTE
    breaker.record_drop()
    assert breaker.state == "open"
    clock.now += 60 * MINUTE
    breaker.record_answer()
    assert breaker.state == "closed"
    breaker.record_drop()
    assert breaker.state == "closed"


def test_too_many_requests_doubles_the_wait_up_to_the_longest() -> None:
    breaker, clock = make_breaker()
    waits = []
    for _ in range(6):
        breaker.record_rate_limit()
        waits.append(breaker.seconds_left / MINUTE)
        clock.now += breaker.seconds_left
    assert waits == [15, 30, 60, 120, 240, 240]


def test_an_answer_ends_the_doubling() -> None:
    breaker, clock = make_breaker()
    for _ in range(3):
        breaker.record_rate_limit()
        clock.now += breaker.seconds_left
    breaker.record_answer()
    breaker.record_rate_limit()
    assert breaker.seconds_left == 15 * MINUTE


def test_how_long_it_stays_open_depends_on_the_seed_alone() -> None:
    waits = []
    for seed in (1, 1, 2):
        breaker, _ = make_breaker(seed)
        breaker.record_block()
        waits.append(breaker.seconds_left)
    assert waits[0] == waits[1] != waits[2]
