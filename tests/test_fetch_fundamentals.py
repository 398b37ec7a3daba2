"""Fundamentals by way of the fetcher: who is asked for which part, how fast, and what is told."""

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import pairwise
from random import Random

import numpy as np
import pytest
import requests
from fake_sources import END, MIDNIGHT, START, FakeAdaptor, FakeClock, World
from vendor_server import Reply, VendorServer, as_json

from screener.companies.facts import Facts, join_facts
from screener.sources.accept import check_facts
from screener.sources.errors import (
    BlockedError,
    EmptyError,
    NotFoundError,
    RateLimitedError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.gathered import Gathered, make_facts
from screener.sources.limits import Limits, Span
from screener.sources.plan import load_plan
from screener.sources.questions import reported_quarters
from screener.sources.throttle import Throttle
from screener.sources.trail import UnavailableError
from screener.sources.vendors.answers import paced
from screener.sources.vendors.guard import guarded
from universes import InputError, Symbol

SHARE = Symbol.parse("300308.SZ")
TENCENT = Symbol.parse("0700.HK")
DAY = np.datetime64("2024-06-14")


def one(source: str, symbol: object, item: str, value: float = 2.0) -> Gathered:
    made = make_facts(source, item, str(symbol), DAY, DAY, np.array([value]))
    return Gathered(made, (f"{source} left something out",))


def teach(adaptor: FakeAdaptor) -> None:
    """Have a fake answer for fundamentals, or raise as it was told to."""

    def by_symbol(job: str, item: str) -> Callable[..., Gathered]:
        def fetch(symbol: Symbol, start: dt.date, end: dt.date, at: np.datetime64) -> Gathered:
            assert start <= end
            assert at.dtype == "datetime64[s]"
            adaptor._call(job, f"{job} {symbol}")  # noqa: SLF001 - the fake's own way to be asked
            return one(adaptor.name, symbol, item)

        return fetch

    def reports(quarter_end: dt.date, _: np.datetime64) -> Gathered:
        adaptor._call("reports", str(quarter_end))  # noqa: SLF001 - see above
        return one(adaptor.name, SHARE, "revenue_growth", quarter_end.month)

    def programmes(start: dt.date, end: dt.date) -> Gathered:
        adaptor._call("programmes", f"{start} {end}")  # noqa: SLF001 - see above
        return one(adaptor.name, SHARE, "buyback_programme")

    fetches = {
        "fetch_fundamentals": by_symbol("fundamentals", "pe_ttm"),
        "fetch_buybacks": by_symbol("buybacks", "buyback_ttm"),
        "fetch_reports": reports,
        "fetch_programmes": programmes,
    }
    for name, fetch in fetches.items():
        setattr(adaptor, name, fetch)


@pytest.fixture
def world() -> World:
    made = World()
    for adaptor in made.adaptors.values():
        teach(adaptor)
    return made


def named(facts: Facts) -> list[tuple[str, str]]:
    return list(zip(facts.source.tolist(), facts.item.tolist(), strict=True))


# One share


def test_a_mainland_share_is_asked_for_of_eastmoney_alone(world: World) -> None:
    answer = world.fetcher.fundamentals(SHARE, START, END)
    assert named(answer.value) == [("eastmoney", "pe_ttm")]
    assert (answer.remarks, answer.missing) == (("eastmoney left something out",), ())
    assert answer.upstream == "eastmoney"
    assert world["yahoo"].calls == []


def test_in_hong_kong_each_of_two_tells_what_it_has(world: World) -> None:
    answer = world.fetcher.fundamentals(TENCENT, START, END)
    assert named(answer.value) == [("eastmoney", "pe_ttm"), ("yahoo", "buyback_ttm")]
    assert world["yahoo"].asked == ["buybacks 0700.HK"]
    assert len(answer.trail) == 2
    assert answer.missing == ()


def test_in_hong_kong_yahoo_stands_in_for_the_valuation(world: World) -> None:
    world["eastmoney"].always = BlockedError
    answer = world.fetcher.fundamentals(TENCENT, START, END)
    assert named(answer.value) == [("yahoo", "pe_ttm"), ("yahoo", "buyback_ttm")]


def test_buybacks_that_fail_are_told_and_not_fatal(world: World) -> None:
    world["yahoo"].script["buybacks 0700.HK"] = [RateLimitedError]
    answer = world.fetcher.fundamentals(TENCENT, START, END)
    assert named(answer.value) == [("eastmoney", "pe_ttm")]
    assert answer.upstream == "eastmoney"
    assert len(answer.missing) == 1
    assert "no buybacks of 0700.HK" in answer.missing[0]
    assert "rate limited" in answer.missing[0]


def test_a_valuation_that_fails_is_fatal(world: World) -> None:
    for name in ("eastmoney", "yahoo"):
        world[name].always = BlockedError
    with pytest.raises(UnavailableError, match="try again after") as caught:
        world.fetcher.fundamentals(TENCENT, START, END)
    assert caught.value.retry_at is not None


def test_only_asks_one_for_what_it_is_in_the_order_for(world: World) -> None:
    fundamentals = world.fetcher.fundamentals
    assert named(fundamentals(TENCENT, START, END, only="eastmoney").value) == [
        ("eastmoney", "pe_ttm")
    ]
    assert named(fundamentals(TENCENT, START, END, only="yahoo").value) == [
        ("yahoo", "pe_ttm"),
        ("yahoo", "buyback_ttm"),
    ]
    with pytest.raises(UnavailableError):
        fundamentals(SHARE, START, END, only="yahoo")
    with pytest.raises(InputError, match="unknown upstream"):
        fundamentals(SHARE, START, END, only="bloomberg")


def test_an_unknown_share_is_told_from_a_silent_block(world: World) -> None:
    unknown = Symbol.parse("0699.HK")
    for name in ("eastmoney", "yahoo"):
        world[name].script["fundamentals 0699.HK"] = [EmptyError]
    with pytest.raises(NotFoundError, match=r"no fundamentals of 0699\.HK"):
        world.fetcher.fundamentals(unknown, START, END)
    assert world["eastmoney"].asked == ["fundamentals 0699.HK", "fundamentals 0700.HK"]


def test_silence_for_a_known_share_too_is_a_block(world: World) -> None:
    world["eastmoney"].always = EmptyError
    with pytest.raises(UnavailableError, match="a silent block"):
        world.fetcher.fundamentals(SHARE, START, END)
    assert world.fetcher.upstreams["eastmoney"].breaker.state == "open"


@pytest.mark.parametrize("symbol", ["000300.SH", "510300.SH", "831445.NQ"])
def test_nobody_is_asked_for_what_is_no_listed_share(world: World, symbol: str) -> None:
    assert not world.fetcher.knows("fundamentals", symbol)
    with pytest.raises(UnavailableError, match="import them from files"):
        world.fetcher.fundamentals(Symbol.parse(symbol), START, END)
    assert world.loaded == []


def test_what_is_known_can_be_asked_before(world: World) -> None:
    for symbol in ("300308.SZ", "600519.SH", "920002.BJ", "0700.HK", "AAPL.US"):
        assert world.fetcher.knows("fundamentals", symbol)
    assert world.fetcher.knows("buybacks", "0700.HK")
    assert not world.fetcher.knows("buybacks", "300308.SZ")
    assert world.fetcher.knows("reports", "CN")
    assert world.fetcher.knows("programmes", "CN")
    assert not world.fetcher.knows("reports", "HK")


def test_dates_turned_round_are_refused(world: World) -> None:
    for ask in (
        lambda: world.fetcher.fundamentals(SHARE, END, START),
        lambda: world.fetcher.market_fundamentals(END, START),
    ):
        with pytest.raises(InputError, match="turn the dates round"):
            ask()


# All shares


def test_all_shares_are_asked_for_by_quarter_and_then_for_programmes(world: World) -> None:
    answer = world.fetcher.market_fundamentals(dt.date(2023, 12, 1), dt.date(2024, 6, 28))
    asked = ["2023-09-30", "2023-12-31", "2024-03-31", "2023-12-01 2024-06-28"]
    assert world["eastmoney"].asked == asked
    assert answer.value.value.tolist() == [9.0, 12.0, 3.0, 2.0]
    assert len(answer.trail) == 4
    assert answer.missing == ()


def test_a_quarter_that_has_not_ended_is_not_asked_for(world: World) -> None:
    # the clock says 1 July 2024
    world.fetcher.market_fundamentals(dt.date(2024, 5, 1), dt.date(2024, 12, 31))
    assert world["eastmoney"].asked[:-1] == ["2024-03-31", "2024-06-30"]


def test_a_part_that_fails_is_told_and_the_rest_kept(world: World) -> None:
    world["eastmoney"].script["2024-03-31"] = [SchemaChangedError]
    answer = world.fetcher.market_fundamentals(START, END)
    assert [item for _, item in named(answer.value)] == ["buyback_programme"]
    assert len(answer.missing) == 1
    assert "no reports of 2024-03-31" in answer.missing[0]


def test_all_parts_that_fail_are_fatal(world: World) -> None:
    world["eastmoney"].always = TransportError
    with pytest.raises(UnavailableError, match="no reports of 2024-03-31"):
        world.fetcher.market_fundamentals(START, END)


@pytest.mark.parametrize(
    ("start", "end", "quarters"),
    [
        ("2024-04-30", "2024-04-30", "2023-12-31 2024-03-31"),
        # the last day on which an annual report may be handed in is past
        ("2024-05-01", "2024-05-31", "2024-03-31"),
        ("2024-01-01", "2024-01-01", "2023-09-30 2023-12-31"),
        ("2023-12-31", "2023-12-31", "2023-09-30 2023-12-31"),
    ],
)
def test_quarters_are_those_reported_on_in_the_window(start: str, end: str, quarters: str) -> None:
    found = reported_quarters(dt.date.fromisoformat(start), dt.date.fromisoformat(end))
    assert [str(day) for day in found] == quarters.split()


# Whether an answer is one


def facts(**changes: object) -> Gathered:
    cells = {
        "source": "yahoo",
        "item": "market_value",
        "symbols": "0700.HK",
        "period": DAY,
        "known": DAY,
        "values": np.array([3.0]),
    }
    return Gathered(make_facts(**(cells | changes)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("gathered", "message"),
    [
        (facts(symbols="0701.HK"), "asked for 0700.HK, it gave 0701.HK"),
        (facts(source="eastmoney"), "name eastmoney as their source"),
        (facts(known=DAY - np.timedelta64(1, "D")), "known before its period was over"),
        (facts(values=np.array([-3.0])), "below zero"),
        (facts(values=np.array([3.0, 4.0])), "told twice: market_value of 0700.HK on 2024-06-14"),
    ],
)
def test_an_answer_to_another_question_is_none(gathered: Gathered, message: str) -> None:
    with pytest.raises(SchemaChangedError, match=message):
        check_facts(gathered, "yahoo", TENCENT)


def test_losses_and_programmes_told_of_before_they_begin_are_accepted() -> None:
    check_facts(facts(item="pe_ttm", values=np.array([-3.0])), "yahoo", TENCENT)
    check_facts(
        facts(item="buyback_programme", known=DAY - np.timedelta64(9, "D")), "yahoo", TENCENT
    )
    check_facts(Gathered(join_facts([])), "yahoo", TENCENT)
    check_facts(facts(symbols="600519.SH"), "yahoo", None)


def test_what_is_not_a_number_gives_no_figure() -> None:
    made = make_facts(
        "yahoo", "pb", ["0700.HK", "0005.HK", "0001.HK"], DAY, DAY, np.array([1.0, np.nan, np.inf])
    )
    assert made.symbol.tolist() == ["0700.HK"]


def test_valuations_are_asked_for_of_these() -> None:
    plan = load_plan()
    assert plan.order_for("fundamentals", SHARE) == ("eastmoney",)
    assert plan.order_for("fundamentals", TENCENT) == ("eastmoney", "yahoo")
    assert plan.order_for("fundamentals", Symbol.parse("AAPL.US")) == ("yahoo",)
    assert plan.order_for("buybacks", Symbol.parse("AAPL.US")) == ("yahoo",)


# How fast

LIMITS = Limits(Span(1.5, 3.0), 4, 60.0, 2, Span(30.0, 60.0), 15.0, 240.0)


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


def ask() -> None:
    requests.get("http://vendor.example/data", timeout=5.0)


def test_each_call_of_one_question_waits_its_turn(vendor: VendorServer) -> None:
    vendor.on("data", as_json([1]))
    clock = FakeClock()
    throttle = Throttle(LIMITS, clock, Random(3))  # noqa: S311 - no secret
    moments = []
    for _ in range(2):
        with throttle.turn(), paced(throttle.breathe), guarded("vendor"):
            for _ in range(5):
                ask()
                moments.append(clock.now)
    gaps = [after - before for before, after in pairwise(moments)]
    # after four calls there is a rest, whichever question they belong to
    rests = [3, 7]
    assert [gaps[rest] for rest in rests] == pytest.approx([60.0, 60.0])
    assert all(1.5 <= gap <= 3.0 for place, gap in enumerate(gaps) if place not in rests)
    assert len(vendor.asked) == 10


def test_only_questions_of_many_calls_are_paced(world: World) -> None:
    waits: list[bool] = []

    def fetch(*_: object) -> Gathered:
        with guarded("eastmoney") as answers:
            before = world.clock.now
            answers.begin()
            answers.begin()
            waits.append(world.clock.now > before)
        return one("eastmoney", SHARE, "pe_ttm")

    for name in ("fetch_fundamentals", "fetch_reports", "fetch_programmes"):
        setattr(world["eastmoney"], name, fetch)
    world.fetcher.fundamentals(SHARE, START, END)
    world.fetcher.market_fundamentals(START, END)
    assert waits == [True] * 3
    waits.clear()
    fetch_listing = world["eastmoney"].fetch_listing

    def listing(suffix: str) -> dict[str, str]:
        fetch()
        return fetch_listing(suffix)

    world["eastmoney"].fetch_listing = listing  # type: ignore[method-assign]
    world.fetcher.listing("HK")
    assert waits == [False]


def test_a_library_that_tries_again_after_a_refusal_is_not_let_through(
    vendor: VendorServer,
) -> None:
    vendor.on("data", Reply(status=403))
    with guarded("vendor"):
        for _ in range(3):
            with pytest.raises(SourceError, match="vendor: answered with status 403"):
                ask()
    assert len(vendor.asked) == 1


def test_the_time_of_the_fetch_is_the_clocks(world: World) -> None:
    answer = world.fetcher.fundamentals(SHARE, START, END)
    assert answer.trail[0].at == MIDNIGHT
