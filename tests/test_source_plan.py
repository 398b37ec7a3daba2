"""The shipped limits and orders, what a faulty plan is told, and what is accepted of an answer."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_sources import END, START, make_bars

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.panel import CorporateAction
from screener.sources.accept import check_actions, check_bars, check_listing, check_sessions
from screener.sources.errors import EmptyError, SchemaChangedError
from screener.sources.limits import Span
from screener.sources.plan import SOURCES_FILE, Job, load_plan, read_plan
from screener.sources.upstream import load_adaptor
from universes import FaultyFileError, Symbol
from universes.exchange import list_exchanges

SHARE = Symbol.parse("300308.SZ")


@pytest.mark.parametrize(
    ("symbol", "names"),
    [
        ("300308.SZ", "eastmoney tencent sina yahoo"),
        ("601019.SH", "eastmoney tencent sina yahoo"),
        ("920002.BJ", "eastmoney tencent sina"),
        ("0700.HK", "eastmoney yahoo sina tencent"),
        ("000985.SH", "eastmoney sina csi"),
        ("000300.SH", "eastmoney sina csi yahoo"),
        ("930713.CSI", "eastmoney csi"),
        ("H00300.CSI", "csi eastmoney"),
        ("HSI.HK", "eastmoney sina yahoo"),
        ("SPX.US", "yahoo sina eastmoney"),
        ("899050.BJ", "eastmoney"),
        ("899002.NQ", "eastmoney"),
        ("HKDCNY.FX", "eastmoney sina"),
        ("IXIC.US", "yahoo sina"),
    ],
)
def test_bars_are_asked_for_in_the_recommended_order(symbol: str, names: str) -> None:
    assert load_plan().order_for("bars", Symbol.parse(symbol)) == tuple(names.split())


def test_limits_are_those_recommended() -> None:
    limits = load_plan().limits
    eastmoney = limits["eastmoney"]
    assert eastmoney.pause == Span(1.5, 3.0)
    assert (eastmoney.burst_calls, eastmoney.burst_pause) == (40, 60.0)
    assert (eastmoney.drops_to_open, eastmoney.open_minutes) == (2, Span(30.0, 60.0))
    assert limits["sina"].pause.low == 2.0
    assert limits["tencent"].pause == Span(0.5, 1.0)
    assert limits["yahoo"].pause.low == 1.0
    assert limits["yahoo"].rate_limit_first == 15.0
    assert load_plan().retry.times == 2


@pytest.mark.parametrize("job", ["bars", "actions"])
def test_every_order_is_of_a_known_exchange_and_has_canaries_of_its_kind(job: Job) -> None:
    plan = load_plan()
    for suffix, kind in plan.by_kind[job]:
        assert suffix in list_exchanges()
        for canary in plan.canary.symbols[suffix, kind]:
            assert (canary.suffix, canary.kind) == (suffix, kind)


@pytest.mark.parametrize("name", load_plan().limits)
def test_adaptors_do_the_jobs_that_they_are_in_an_order_for(name: str) -> None:
    plan = load_plan()
    adaptor = load_adaptor(name)
    asked = [
        (job, symbol)
        for job, orders in plan.by_symbol.items()
        for symbol, names in orders.items()
        if name in names
    ]
    asked += [
        (job, str(plan.canary.symbols[kind][0]))
        for job, orders in plan.by_kind.items()
        for kind, names in orders.items()
        if name in names
    ]
    for job, symbol in asked:
        assert hasattr(adaptor, f"fetch_{job}")
        assert adaptor.serves(Symbol.parse(symbol)), symbol
    keyed = [job for job, orders in plan.by_key.items() if any(name in o for o in orders.values())]
    assert all(hasattr(adaptor, f"fetch_{job}") for job in keyed)
    assert asked or keyed


SHIPPED = SOURCES_FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("low = 1.5, high = 3.0", "low = 3.0, high = 1.5", "3 to 1.5 is no range"),
        ("low = 0.5", "low = -0.5", "-0.5 to 1 is no range"),
        ('CSI.index = ["eastmoney", "csi"]', 'CSI.index = ["wind"]', "'wind' has no limits"),
        ('XSHG = ["sina"]', 'XSHG = ["wind"]', "'wind' has no limits"),
        ('US.share = ["AAPL.US"]', "US.share = []", "has no canary"),
        ('HK.index = ["HSI.HK"]', "HK.index = []", "HSI.HK: has no canary"),
        ('"HSI.HK" = ["east', '"HSI" = ["east', "'HSI' is ambiguous"),
        ('US.share = ["AAPL.US"]', 'US.share = ["AAPL"]', "'AAPL' names no exchange"),
        ("drops_to_open = 2", "drops_to_open = 0", "0 is not above zero"),
        ("times = 2", "times = 2\ntwice = true", "unknown key 'twice'"),
        ("[order.sessions]", "[order.sitings]", "the key 'sessions' is missing"),
    ],
)
def test_a_faulty_plan_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "sources.toml"
    path.write_text(SHIPPED.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=fault):
        read_plan(path)


@pytest.mark.parametrize("symbol", ["000300.SH", "510300.SH", "831445.NQ"])
def test_of_an_unknown_kind_nobody_is_asked(symbol: str) -> None:
    assert load_plan().order_for("actions", Symbol.parse(symbol)) == ()


def bars(**changes: object) -> Bars:
    made = make_bars(SHARE, END, "eastmoney", np.datetime64("2024-07-01T00:00:00"))
    return replace(made, **changes)  # type: ignore[arg-type]


def days(*texts: str, dtype: str = "datetime64[D]") -> Days:
    return np.array(texts, dtype=dtype)


def test_bars_that_answer_the_question_are_accepted() -> None:
    check_bars(bars(), "eastmoney", SHARE, START, END)
    check_bars(bars(basis="split_adjusted"), "eastmoney", SHARE, END, END)
    check_bars(bars(dates=days("2024-06-03")), "eastmoney", SHARE, START, END)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"symbol": "300413.SZ"}, "asked for 300308.SZ, it gave 300413.SZ"),
        ({"source": "sina"}, "name sina as their source"),
        ({"basis": "qfq"}, "unknown basis 'qfq'"),
        ({"dates": days("2024-06-02")}, "a bar of 300308.SZ on 2024-06-02"),
        ({"dates": days("2024-06-29")}, "a bar of 300308.SZ on 2024-06-29"),
        ({"dates": days("NaT")}, "a bar of 300308.SZ on NaT"),
        ({"dates": days("2024-06-28", dtype="datetime64[s]")}, r"datetime64\[s\], not days"),
    ],
)
def test_bars_that_do_not_are_refused(changes: dict[str, object], said: str) -> None:
    with pytest.raises(SchemaChangedError, match=said):
        check_bars(bars(**changes), "eastmoney", SHARE, START, END)


def test_no_bars_are_an_empty_answer() -> None:
    none = bars().take(np.array([], dtype=np.intp))
    with pytest.raises(EmptyError, match="no bars of 300308"):
        check_bars(none, "eastmoney", SHARE, START, END)


def history(symbol: str = "300308.SZ", ex_date: str = "2024-06-13") -> ActionHistory:
    return ActionHistory(
        symbol="300308.SZ",
        actions=(CorporateAction(symbol, ex_date, 0.45, 0.4, "source"),),
        currency="CNY",
        source="eastmoney",
        since=np.datetime64("2024-06-03"),
        until=np.datetime64("2024-06-28"),
        fetched_at=np.datetime64("2024-07-01T00:00:00"),
    )


def test_actions_are_accepted_within_what_they_cover() -> None:
    check_actions(history(), "eastmoney", SHARE)
    check_actions(replace(history(), actions=()), "eastmoney", SHARE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (history(symbol="300413.SZ"), "an action of 300413.SZ for 300308.SZ"),
        (history(ex_date="2024-07-01"), "on 2024-07-01, outside 2024-06-03 to 2024-06-28"),
        (history(ex_date="2024-05-31"), "outside"),
        (replace(history(), symbol="300413.SZ"), "it gave 300413.SZ"),
        (replace(history(), source="yahoo"), "name yahoo"),
    ],
)
def test_other_actions_are_refused(given: ActionHistory, said: str) -> None:
    with pytest.raises(SchemaChangedError, match=said):
        check_actions(given, "eastmoney", SHARE)


def test_a_listing_has_the_exchanges_symbols_in_canonical_spelling() -> None:
    check_listing({"300308.SZ": "中际旭创", "000001.SZ": "平安银行"}, "eastmoney", "SZ")
    for text in ("600000.SH", "300308", "sz300308", "XXX"):
        with pytest.raises(SchemaChangedError, match=text):
            check_listing({"300308.SZ": "中际旭创", text: "?"}, "eastmoney", "SZ")
    with pytest.raises(EmptyError):
        check_listing({}, "eastmoney", "SZ")


def test_sessions_ascend() -> None:
    check_sessions(days("2024-06-03", "2024-06-04"), "sina", "XSHG")
    for wrong in (days("2024-06-04", "2024-06-03"), days("2024-06-03", "2024-06-03")):
        with pytest.raises(SchemaChangedError, match="do not ascend"):
            check_sessions(wrong, "sina", "XSHG")
    with pytest.raises(SchemaChangedError, match="not days"):
        check_sessions(days("2024-06-03", dtype="datetime64[ns]"), "sina", "XSHG")
    with pytest.raises(EmptyError):
        check_sessions(days(), "sina", "XSHG")
