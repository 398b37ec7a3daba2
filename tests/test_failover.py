"""From a symbol to a vendor: order, retries, circuits, canaries and what is said in the end."""

import datetime as dt
import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from fake_sources import (
    END,
    MIDNIGHT,
    MINUTE,
    START,
    Call,
    FakeAdaptor,
    FakeClock,
    World,
    make_bars,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.bars import ActionHistory
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    NotFoundError,
    RateLimitedError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.failover import Fetcher
from screener.sources.plan import load_plan
from screener.sources.trail import Answer, Attempt, UnavailableError, tell_time
from screener.sources.upstream import load_adaptor
from universes import InputError, Symbol

SHARE = Symbol.parse("300308.SZ")
OTHER = Symbol.parse("300413.SZ")
CANARIES = ("000001.SZ", "000858.SZ")
A_SHARE_ORDER = ("eastmoney", "tencent", "sina", "yahoo")
US = Symbol.parse("PDD.US")


def outcomes(trail: tuple[Attempt, ...]) -> list[tuple[str, str]]:
    return [(attempt.upstream, attempt.outcome) for attempt in trail]


def close(world: World, *names: str) -> None:
    """Have the named upstreams block us, so that their circuits are open."""
    for name in names:
        world[name].always = BlockedError
    with pytest.raises(UnavailableError):
        world.fetcher.bars(SHARE, START, END)
    for name in names:
        world[name].always = None
        world[name].calls.clear()


# Answers


def test_the_first_choice_is_asked_and_nobody_else() -> None:
    world = World()
    answer = world.fetcher.bars(SHARE, START, END)
    assert (answer.value.symbol, answer.value.source) == ("300308.SZ", "eastmoney")
    assert answer.upstream == "eastmoney"
    asked = "bars of 300308.SZ from 2024-06-03 to 2024-06-28"
    assert answer.trail == (Attempt("eastmoney", asked, "answered", "", MIDNIGHT),)
    assert set(world.loaded) == {"eastmoney"}


def test_bars_tell_when_they_were_fetched_not_when_they_were_asked_for() -> None:
    world = World()
    world.fetcher.bars(SHARE, START, END)
    second = world.fetcher.bars(OTHER, START, END)
    began = world["eastmoney"].calls[1].began
    assert began > 1001.0
    assert second.value.fetched_at == MIDNIGHT + np.timedelta64(int(began - 1000.0), "s")


def test_only_restricts_to_one_upstream_and_keeps_its_basis() -> None:
    world = World()
    yahoo = world["yahoo"]
    fetch = yahoo.fetch_bars
    yahoo.fetch_bars = lambda *given: replace(  # type: ignore[method-assign]
        fetch(*given), basis="split_adjusted"
    )
    answer = world.fetcher.bars(SHARE, START, END, only="yahoo")
    assert (answer.upstream, answer.value.basis) == ("yahoo", "split_adjusted")
    yahoo.always = BlockedError
    with pytest.raises(UnavailableError):
        world.fetcher.bars(SHARE, START, END, only="yahoo")
    assert world["eastmoney"].calls == []


def test_actions_listing_and_sessions_go_the_same_way() -> None:
    world = World()
    world["eastmoney"].always = BlockedError
    actions = world.fetcher.actions(Symbol.parse("0700.HK"), START, END)
    assert outcomes(actions.trail) == [("eastmoney", "blocked"), ("yahoo", "answered")]
    names = world.fetcher.listing("HK")
    assert outcomes(names.trail) == [("eastmoney", "left_alone"), ("sina", "answered")]
    assert names.value == {"0700.HK": "名称"}
    days = world.fetcher.sessions("XSHG")
    assert days.upstream == "sina"
    assert days.value.tolist() == [dt.date(2024, 6, 3), dt.date(2024, 6, 4)]


def test_what_is_known_can_be_asked_before() -> None:
    fetcher = World().fetcher
    assert fetcher.knows("listing", "SZ")
    assert fetcher.knows("sessions", "XSHG")
    assert not fetcher.knows("listing", "CSI")
    assert not fetcher.knows("sessions", "XHKG")


def test_a_listing_is_a_copy_of_the_vendors() -> None:
    world = World()
    kept = {"300308.SZ": "中际旭创"}
    world["exchanges"].fetch_listing = lambda _: kept  # type: ignore[method-assign]
    world.fetcher.listing("SZ").value.clear()
    assert kept


@pytest.mark.parametrize("ask", ["listing", "sessions"])
def test_an_empty_listing_or_calendar_is_a_block(ask: str) -> None:
    world = World()
    name, key = {"listing": ("exchanges", "SZ"), "sessions": ("sina", "XSHG")}[ask]
    world[name].always = EmptyError
    fetch = getattr(world.fetcher, ask)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="try again after"):
            fetch(key)
    assert len(world[name].calls) == 1


def other_bars(*given: object) -> object:
    symbol, _, end, at = given
    return make_bars(OTHER if symbol == SHARE else SHARE, end, "eastmoney", at)  # type: ignore[arg-type]


def other_actions(*given: object) -> object:
    return ActionHistory("300413.SZ", (), "CNY", "eastmoney", given[1], given[2], given[3])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fetch", "wrong", "ask"),
    [
        ("fetch_bars", other_bars, lambda f: f.bars(SHARE, START, END, only="eastmoney")),
        ("fetch_actions", other_actions, lambda f: f.actions(SHARE, START, END, only="eastmoney")),
        ("fetch_listing", lambda _: {"600000.SH": "浦发银行"}, lambda f: f.listing("HK")),
        ("fetch_sessions", lambda _: np.array(["x"]), lambda f: f.sessions("XSHG")),
    ],
)
def test_an_answer_to_another_question_is_none(
    fetch: str, wrong: object, ask: Callable[[Fetcher], object]
) -> None:
    world = World()
    for adaptor in world.adaptors.values():
        setattr(adaptor, fetch, wrong)
    with pytest.raises(UnavailableError) as caught:
        ask(world.fetcher)
    assert {attempt.outcome for attempt in caught.value.trail} == {"schema_changed"}


def test_one_day_can_be_asked_for() -> None:
    answer = World().fetcher.bars(SHARE, END, END)
    assert answer.value.dates.tolist() == [END]


def test_who_does_not_serve_a_security_is_passed_over() -> None:
    world = World()
    world["eastmoney"].unserved.add("300308.SZ")
    answer = world.fetcher.bars(SHARE, START, END)
    assert outcomes(answer.trail) == [("eastmoney", "not_served"), ("tencent", "answered")]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: f.bars(SHARE, END, START), "2024-06-28 is after 2024-06-03"),
        (lambda f: f.bars(SHARE, START, END, only="bloomberg"), "unknown upstream 'bloomberg'"),
        (lambda f: f.actions(SHARE, START, END, only="bloomberg"), "write one of: eastmoney, sina"),
        (lambda f: f.listing("XX"), "listing of 'XX'; known: SH, SZ, BJ, HK"),
        (lambda f: f.sessions("XPAR"), "sessions of 'XPAR'"),
    ],
)
def test_what_nobody_is_asked_for_is_refused(ask: Callable[[Fetcher], object], said: str) -> None:
    world = World()
    with pytest.raises(InputError, match=said):
        ask(world.fetcher)
    assert not any(adaptor.calls for adaptor in world.adaptors.values())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: f.bars(SHARE, START, END, only="csi"), "csi: no bars of 300308.SZ .*not served"),
        (lambda f: f.bars(Symbol.parse("510300.SH"), START, END), "no bars of 510300.SH"),
        (lambda f: f.actions(Symbol.parse("HSI.HK"), START, END), "no actions of HSI.HK"),
        (lambda f: f.actions(SHARE, START, END, only="tencent"), "no actions of 300308.SZ"),
    ],
)
def test_what_nobody_has_fails_alone(ask: Callable[[Fetcher], object], said: str) -> None:
    """One such security among many is no reason to end a run."""
    world = World()
    world["csi"].unserved.add("300308.SZ")
    with pytest.raises(UnavailableError, match=f"{said}.*import them from files") as caught:
        ask(world.fetcher)
    assert caught.value.retry_at is None
    assert not any(adaptor.calls for adaptor in world.adaptors.values())


def test_who_has_no_such_securities_is_not_waited_for() -> None:
    world = World()
    close(world, *A_SHARE_ORDER)
    for name in A_SHARE_ORDER[1:]:
        world[name].unserved.add("300413.SZ")
    with pytest.raises(UnavailableError) as caught:
        world.fetcher.bars(OTHER, START, END)
    expected = [("eastmoney", "left_alone")]
    expected += [(name, "not_served") for name in A_SHARE_ORDER[1:]]
    assert outcomes(caught.value.trail) == expected
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - world.clock.utc() > np.timedelta64(25, "m")


# Adaptors are loaded when they are needed


def test_adaptors_are_imported_by_name_when_first_used(monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("screener.sources.in_test_vendor")
    vendor = FakeAdaptor("eastmoney", FakeClock())
    vars(module).update(fetch_bars=vendor.fetch_bars, serves=vendor.serves)
    monkeypatch.setitem(sys.modules, "screener.sources.vendors.eastmoney", module)
    fetcher = Fetcher(FakeClock(), seed=1)
    assert fetcher.bars(SHARE, START, END).value.source == "eastmoney"
    assert load_adaptor("eastmoney") is module  # type: ignore[comparison-overlap]


def test_making_a_fetcher_imports_no_vendor() -> None:
    code = """
import sys
from screener.sources.failover import Fetcher
Fetcher(None, 1)
slow = {"akshare", "yfinance", "pandas", "pyarrow", "requests"} & set(sys.modules)
vendors = {"eastmoney", "sina", "tencent", "csi", "yahoo"}
print(slow | {name for name in vendors if f"screener.sources.vendors.{name}" in sys.modules})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


# What each error leads to


@pytest.mark.parametrize("drops", [1, 2])
def test_a_drop_is_asked_again_twice(drops: int) -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [TransportError] * drops
    answer = world.fetcher.bars(SHARE, START, END)
    expected = [("eastmoney", "dropped")] * drops + [("eastmoney", "answered")]
    assert outcomes(answer.trail) == expected


def test_a_third_drop_leads_to_the_next_upstream() -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [TransportError] * 3
    answer = world.fetcher.bars(SHARE, START, END)
    assert outcomes(answer.trail) == [("eastmoney", "dropped")] * 3 + [("tencent", "answered")]


def test_waits_before_asking_again_double() -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [TransportError] * 2
    world.fetcher.bars(SHARE, START, END)
    first, second = (
        later.began - earlier.ended for earlier, later in pairwise(world["eastmoney"].calls)
    )
    assert 2.0 <= first <= 4.0
    assert 4.0 <= second <= 8.0


@pytest.mark.parametrize("error", [RateLimitedError, BlockedError, SchemaChangedError, EmptyError])
def test_nothing_else_is_asked_again(error: type[SourceError]) -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [error]
    answer = world.fetcher.bars(SHARE, START, END)
    assert answer.upstream == "tencent"
    assert world["eastmoney"].asked.count("300308.SZ") == 1


@pytest.mark.parametrize("error", [RateLimitedError, BlockedError])
def test_a_refusal_opens_the_circuit(error: type[SourceError]) -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [error]
    world.fetcher.bars(SHARE, START, END)
    answer = world.fetcher.bars(OTHER, START, END)
    assert outcomes(answer.trail) == [("eastmoney", "left_alone"), ("tencent", "answered")]
    assert "not to be asked before 2024-07-01 00:" in answer.trail[0].message
    assert len(world["eastmoney"].calls) == 1


def test_a_changed_layout_leaves_the_circuit_closed() -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [SchemaChangedError]
    world.fetcher.bars(SHARE, START, END)
    assert world.fetcher.bars(OTHER, START, END).upstream == "eastmoney"


def test_a_fault_of_an_adaptor_is_not_hidden() -> None:
    world = World()
    world["eastmoney"].script["300308.SZ"] = [ZeroDivisionError]
    with pytest.raises(ZeroDivisionError):
        world.fetcher.bars(SHARE, START, END)


def test_failover_and_return_in_mid_run() -> None:
    world = World()
    symbols = ["300308.SZ", "300413.SZ", "002315.SZ", "601801.SH", "601900.SH"]
    sources = []
    for number, symbol in enumerate(symbols):
        if number == 2:
            world["eastmoney"].always = TransportError
        sources.append(world.source_of(symbol))
    assert sources == ["eastmoney"] * 2 + ["tencent"] * 3
    # two calls of three tries each, then left alone
    assert world["eastmoney"].asked[2:] == ["002315.SZ"] * 3 + ["601801.SH"] * 3

    world.clock.now += 60 * MINUTE
    assert world.source_of("601900.SH") == "tencent"
    assert world["eastmoney"].asked[8:] == ["601900.SH"]  # on trial there is one try

    world["eastmoney"].always = None
    world.clock.now += 60 * MINUTE
    assert world.source_of("601900.SH") == "eastmoney"


def test_429_waits_a_quarter_of_an_hour_and_doubles() -> None:
    world = World()
    world["yahoo"].always = RateLimitedError
    waits = []
    for _ in range(6):
        began = world.clock.now
        with pytest.raises(UnavailableError) as caught:
            world.fetcher.bars(US, START, END)
        assert caught.value.retry_at is not None
        left = caught.value.retry_at - world.clock.utc()
        waits.append(int(left / np.timedelta64(1, "m") + 0.5))
        assert world.clock.now - began < 5.0
        world.clock.now += float(left / np.timedelta64(1, "s"))
    assert waits == [15, 30, 60, 120, 240, 240]
    assert len(world["yahoo"].calls) == 6
    world["yahoo"].always = None
    world.fetcher.bars(US, START, END)
    world["yahoo"].always = RateLimitedError
    with pytest.raises(UnavailableError):
        world.fetcher.bars(US, START, END)
    with pytest.raises(UnavailableError, match="try again after") as caught:
        world.fetcher.bars(US, START, END)
    assert caught.value.retry_at is not None
    assert caught.value.retry_at - world.clock.utc() <= np.timedelta64(15, "m")


def test_a_long_wait_is_never_slept_through() -> None:
    world = World()
    hong_kong = Symbol.parse("0700.HK")
    world["eastmoney"].always = BlockedError
    world["yahoo"].always = RateLimitedError
    for _ in range(30):
        assert world.fetcher.bars(hong_kong, START, END).upstream == "sina"
    assert max(world.clock.slept) <= 2.5
    assert len(world["eastmoney"].calls) == len(world["yahoo"].calls) == 1


def test_the_rest_after_a_burst_is_slept() -> None:
    world = World()
    for _ in range(41):
        world.fetcher.bars(SHARE, START, END)
    assert sum(slept > 55.0 for slept in world.clock.slept) == 1
    assert set(world["eastmoney"].asked) == {"300308.SZ"}
    assert world["tencent"].calls == []


def test_when_all_are_away_the_time_to_try_again_is_told() -> None:
    world = World()
    close(world, *A_SHARE_ORDER)
    with pytest.raises(UnavailableError) as caught:
        world.fetcher.bars(OTHER, START, END)
    error = caught.value
    assert not any(adaptor.calls for adaptor in world.adaptors.values())
    assert outcomes(error.trail) == [(name, "left_alone") for name in A_SHARE_ORDER]
    # the first to come back are those left alone for 10 to 20 minutes
    assert error.retry_at is not None
    left = error.retry_at - world.clock.utc()
    assert np.timedelta64(9, "m") < left <= np.timedelta64(20, "m")
    assert str(error).startswith(
        "eastmoney, tencent, sina, yahoo: no bars of 300413.SZ from 2024-06-03 to 2024-06-28; "
        "eastmoney: left alone (not to be asked before 2024-07-01 00:"
    )
    minutes = int(error.retry_at.astype("datetime64[m]").astype(int)) % 60
    assert f"; try again after 2024-07-01 00:{minutes:02}:" in str(error)
    assert str(error).endswith(" UTC")

    world.clock.now += float(left / np.timedelta64(1, "s"))
    assert world.fetcher.bars(OTHER, START, END).upstream in A_SHARE_ORDER[1:]


def test_a_time_is_told_with_its_zone() -> None:
    assert tell_time(np.datetime64("2024-06-17T10:31:07")) == "2024-06-17 10:31:07 UTC"


def test_when_all_drop_once_it_is_worth_trying_later() -> None:
    world = World()
    for name in A_SHARE_ORDER:
        world[name].always = TransportError
    with pytest.raises(UnavailableError, match=r"dropped \(as told\); try again later") as caught:
        world.fetcher.bars(SHARE, START, END)
    assert caught.value.retry_at is None
    assert len(caught.value.trail) == 12


def test_when_all_changed_a_newer_version_is_named() -> None:
    world = World()
    for name in A_SHARE_ORDER:
        world[name].always = SchemaChangedError
    with pytest.raises(UnavailableError, match="newer version"):
        world.fetcher.bars(SHARE, START, END)


# Canaries


def empty_for(world: World, symbol: str, *names: str, times: int = 99) -> None:
    for name in names:
        world[name].script[symbol] = [EmptyError] * times


def test_silence_of_the_canaries_too_is_a_block() -> None:
    world = World()
    world["eastmoney"].always = EmptyError
    answer = world.fetcher.bars(SHARE, START, END)
    assert outcomes(answer.trail) == [
        *[("eastmoney", "empty")] * 3,
        ("eastmoney", "blocked"),
        ("tencent", "answered"),
    ]
    assert world["eastmoney"].asked == ["300308.SZ", *CANARIES]
    assert world.fetcher.bars(OTHER, START, END).trail[0].outcome == "left_alone"


def test_what_a_second_upstream_has_is_not_unknown() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney")
    answer = world.fetcher.bars(SHARE, START, END)
    assert outcomes(answer.trail) == [
        ("eastmoney", "empty"),
        ("eastmoney", "answered"),
        ("tencent", "answered"),
    ]
    assert "bars of 000001.SZ from 2024-01-02 to 2024-12-31" in answer.trail[1].asked
    assert world.source_of("300413.SZ") == "eastmoney"


def test_not_found_takes_two_that_answer_for_others() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney", "tencent", "sina", "yahoo")
    with pytest.raises(NotFoundError) as caught:
        world.fetcher.bars(SHARE, START, END)
    assert caught.value.source == "eastmoney and tencent"
    assert "no bars of 300308.SZ from 2024-06-03 to 2024-06-28" in str(caught.value)
    assert world["sina"].calls == world["yahoo"].calls == []


def test_a_blocked_upstream_is_no_witness() -> None:
    world = World()
    world["eastmoney"].always = EmptyError
    empty_for(world, "300308.SZ", "tencent", "sina")
    with pytest.raises(NotFoundError) as caught:
        world.fetcher.bars(SHARE, START, END)
    assert caught.value.source == "tencent and sina"


def test_one_witness_alone_confirms_nothing() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney")
    for name in A_SHARE_ORDER[1:]:
        world[name].always = BlockedError
    with pytest.raises(EmptyError, match="could not be confirmed") as caught:
        world.fetcher.bars(SHARE, START, END)
    assert caught.value.source == "eastmoney"
    assert "tencent: blocked" in str(caught.value)
    assert "yahoo: blocked" in str(caught.value)


def test_the_only_upstream_of_a_market_confirms_nothing() -> None:
    world = World()
    empty_for(world, "PDD.US", "yahoo")
    with pytest.raises(EmptyError, match="could not be confirmed"):
        world.fetcher.bars(US, START, END)
    with pytest.raises(EmptyError, match="could not be confirmed"):
        world.fetcher.bars(US, START, END, only="yahoo")


def test_an_adaptors_own_word_confirms_nothing() -> None:
    world = World()
    world["yahoo"].script["PDD.US"] = [NotFoundError]
    with pytest.raises(EmptyError, match="could not be confirmed"):
        world.fetcher.bars(US, START, END)
    assert world["yahoo"].asked == ["PDD.US", "AAPL.US"]


def test_a_canarys_answer_is_remembered_for_five_minutes() -> None:
    world = World()
    unknown = ["300001.SZ", "300002.SZ", "300003.SZ"]
    for symbol in unknown:
        empty_for(world, symbol, "eastmoney")
        world.source_of(symbol)
        world.clock.now += 1.5 * MINUTE
    assert world["eastmoney"].asked == [unknown[0], CANARIES[0], *unknown[1:]]
    world.clock.now += MINUTE
    world.source_of(unknown[0])
    assert world["eastmoney"].asked[4:] == [unknown[0], CANARIES[0]]


def test_each_market_and_each_job_has_a_canary_of_its_own() -> None:
    world = World()
    for symbol in ("300001.SZ", "600001.SH"):
        empty_for(world, symbol, "eastmoney")
        world.source_of(symbol)
    with pytest.raises(EmptyError):
        world.fetcher.actions(Symbol.parse("300001.SZ"), START, END, only="eastmoney")
    calls = [(call.job, call.asked) for call in world["eastmoney"].calls]
    assert calls == [
        ("bars", "300001.SZ"),
        ("bars", "000001.SZ"),
        ("bars", "600001.SH"),
        ("bars", "600519.SH"),
        ("actions", "300001.SZ"),
        ("actions", "000001.SZ"),
    ]


def test_the_memory_of_a_canary_ends_with_an_open_circuit() -> None:
    shipped = load_plan()
    world = World(plan=replace(shipped, canary=replace(shipped.canary, good_for=1e9)))
    empty_for(world, "300001.SZ", "eastmoney")
    world.source_of("300001.SZ")
    world["eastmoney"].script["300308.SZ"] = [BlockedError]
    world.source_of("300308.SZ")
    world.clock.now += 60 * MINUTE
    world.source_of("300001.SZ")
    assert world["eastmoney"].asked.count(CANARIES[0]) == 2
    assert world.source_of("300413.SZ") == "eastmoney"


def test_a_second_canary_sings_where_the_first_is_gone() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney")
    empty_for(world, CANARIES[0], "eastmoney")
    world.source_of("300308.SZ")
    assert world["eastmoney"].asked == ["300308.SZ", *CANARIES]
    assert world.source_of("300413.SZ") == "eastmoney"


def test_a_dropped_canary_is_a_block_and_is_not_asked_again() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney")
    world["eastmoney"].script[CANARIES[0]] = [TransportError]
    world.source_of("300308.SZ")
    assert world["eastmoney"].asked == ["300308.SZ", CANARIES[0]]
    assert world.source_of("300413.SZ") == "tencent"


def test_a_canary_told_of_too_many_requests_waits_as_long_as_that_says() -> None:
    world = World()
    empty_for(world, "PDD.US", "yahoo")
    world["yahoo"].script["AAPL.US"] = [RateLimitedError]
    with pytest.raises(UnavailableError) as caught:
        world.fetcher.bars(US, START, END)
    assert caught.value.retry_at is not None
    left = caught.value.retry_at - world.clock.utc()
    assert np.timedelta64(14, "m") < left <= np.timedelta64(901, "s")


def test_a_canary_of_a_new_layout_proves_nothing() -> None:
    world = World()
    empty_for(world, "300308.SZ", "eastmoney", "tencent")
    world["eastmoney"].script[CANARIES[0]] = [SchemaChangedError]
    for name in ("sina", "yahoo"):
        world[name].always = BlockedError
    with pytest.raises(EmptyError) as caught:
        world.fetcher.bars(SHARE, START, END)
    assert caught.value.source == "tencent"
    assert world.source_of("300413.SZ") == "eastmoney"


def test_without_a_canary_nothing_is_proved() -> None:
    shipped = load_plan()
    none = replace(shipped.canary, symbols={})
    world = World(plan=replace(shipped, canary=none))
    for name in A_SHARE_ORDER:
        world[name].always = EmptyError
    with pytest.raises(UnavailableError, match=r"eastmoney: empty \(as told\)"):
        world.fetcher.bars(SHARE, START, END)
    assert [len(world[name].calls) for name in A_SHARE_ORDER] == [1, 1, 1, 1]
    world["eastmoney"].always = None
    assert world.source_of("300413.SZ") == "eastmoney"


def test_a_canary_is_one_that_the_upstream_serves() -> None:
    world = World()
    world["eastmoney"].unserved.add(CANARIES[0])
    empty_for(world, "300308.SZ", "eastmoney")
    world.source_of("300308.SZ")
    assert world["eastmoney"].asked == ["300308.SZ", CANARIES[1]]


# Old Beijing codes


def not_found(symbol: str) -> str:
    world = World()
    empty_for(world, symbol, *A_SHARE_ORDER)
    with pytest.raises(NotFoundError) as caught:
        world.source_of(symbol)
    return str(caught.value)


def test_a_renamed_share_that_is_not_found_is_told_by_its_new_code() -> None:
    assert "870508.BJ has been 920608.BJ since 2025-10-09" in not_found("870508.BJ")


def test_an_old_code_without_a_new_one_is_told_so() -> None:
    said = not_found("833874.BJ")
    assert "retired on 2025-10-09" in said
    assert "no new one" in said


def test_of_a_code_in_use_nothing_is_added() -> None:
    assert not_found("920608.BJ").endswith("did not trade then")


# Whatever happens

ERRORS = [
    None,
    None,
    None,
    TransportError,
    TransportError,
    RateLimitedError,
    BlockedError,
    SchemaChangedError,
    EmptyError,
    NotFoundError,
]
SYMBOLS = ["300308.SZ", "600519.SH", "0700.HK", "000300.SH", "HSI.HK", "PDD.US", "870508.BJ"]


class Moody(FakeAdaptor):
    """Does at each call what the next number says."""

    def __init__(self, name: str, world: World, moods: list[tuple[int, float]]) -> None:
        super().__init__(name, world.clock)
        self.world = world
        self.moods = moods

    def _call(self, job: str, asked: str) -> None:
        assert self.world.fetcher.upstreams[self.name].breaker.state != "open"
        mood, self.takes = self.moods.pop() if self.moods else (0, 0.1)
        self.always = ERRORS[mood]
        super()._call(job, asked)


def fewest_seconds_away(world: World, name: str, call: Call) -> float:
    limits = world.plan.limits[name]
    first = {"RateLimitedError": limits.rate_limit_first, "BlockedError": limits.open_minutes.low}
    return 60.0 * first.get(call.outcome, 0.0)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, len(ERRORS) - 1), st.sampled_from([0.0, 0.3, 7.0])),
        max_size=150,
    ),
    st.lists(
        st.tuples(st.sampled_from(SYMBOLS), st.sampled_from([0.0, 0.0, 0.0, 45.0, 700.0, 4000.0])),
        min_size=1,
        max_size=60,
    ),
    st.integers(0, 2**32),
)
def test_limits_hold_whatever_the_upstreams_do(
    moods: list[tuple[int, float]], requests: list[tuple[str, float]], seed: int
) -> None:
    world = World(seed)
    for name in world.adaptors:
        world.adaptors[name] = Moody(name, world, moods)
    for symbol, idle in requests:
        before = sum(len(adaptor.calls) for adaptor in world.adaptors.values())
        try:
            answer = world.fetcher.bars(Symbol.parse(symbol), START, END)
        except (UnavailableError, NotFoundError, EmptyError):
            pass
        else:
            assert isinstance(answer, Answer)
            assert answer.value.symbol == symbol
            assert outcomes(answer.trail)[-1] == (answer.value.source, "answered")
        made = sum(len(adaptor.calls) for adaptor in world.adaptors.values()) - before
        # three tries and two canaries at each of four upstreams at most
        assert made <= 4 * 5
        world.clock.now += idle
    # never slept longer than the rest after a burst
    assert max(world.clock.slept, default=0.0) <= 60.0
    for name, adaptor in world.adaptors.items():
        check_limits(world, name, adaptor.calls)


def check_limits(world: World, name: str, calls: list[Call]) -> None:
    limits = world.plan.limits[name]
    gaps = [later.began - earlier.ended for earlier, later in pairwise(calls)]
    for call, gap in zip(calls, gaps, strict=False):
        assert gap >= limits.pause.low - 1e-6
        assert gap >= fewest_seconds_away(world, name, call) - 1e-6
    if limits.burst_calls:
        for first in range(len(gaps) - limits.burst_calls + 1):
            burst = gaps[first : first + limits.burst_calls]
            assert max(burst) >= limits.burst_pause - 1e-6
    # so many drops in a row cannot go by without the circuit having opened
    many = limits.drops_to_open * 3
    for first in range(len(gaps) - many + 1):
        window = calls[first : first + many]
        if all(call.outcome == "TransportError" for call in window):
            assert max(gaps[first : first + many]) >= 60.0 * limits.open_minutes.low - 1e-6


def run(seed: int) -> list[float]:
    world = World(seed)
    world["eastmoney"].script["300413.SZ"] = [TransportError] * 2
    for symbol in ("300308.SZ", "300413.SZ", "0700.HK", "PDD.US"):
        world.source_of(symbol)
    return world.clock.slept


def test_the_seed_decides_every_wait() -> None:
    assert run(3) == run(3)
    assert run(3) != run(4)


def test_upstreams_of_the_same_limits_wait_differently() -> None:
    world = World()
    assert world.plan.limits["sina"] == world.plan.limits["csi"]
    waits = {}
    for name in ("sina", "csi"):
        world.clock.slept.clear()
        for _ in range(3):
            world.fetcher.bars(SHARE, START, END, only=name)
        waits[name] = list(world.clock.slept)
    assert len(waits["sina"]) == len(waits["csi"]) == 2
    assert not set(waits["sina"]) & set(waits["csi"])


def test_what_one_upstream_waits_does_not_depend_on_the_others() -> None:
    alone, among = World(), World()
    for world in (alone, among):
        for symbol in ("300308.SZ", "PDD.US", "300413.SZ"):
            if world is among or symbol != "PDD.US":
                world.fetcher.bars(Symbol.parse(symbol), START, END)
    # the clock stood still in between, so the waits themselves can be compared
    assert among.clock.slept[-1] + among["yahoo"].takes == pytest.approx(alone.clock.slept[-1])
