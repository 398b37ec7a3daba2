"""What guards the data on their way: into the store, through its upkeep, and out of it again."""

import dataclasses
import datetime as dt
import itertools
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake.exceptions import CommitFailedError
from test_check import against, with_bonus
from test_quality import SESSIONS as EXCHANGE_SESSIONS
from test_quality import actions as hong_kong_actions
from test_quality import codes, scaled, walk, with_dividends
from test_serve import DAYS, actions_of, bars_of, closes, fill
from test_store import NOW, SESSIONS, held_in, history, make_bars, offer, put
from test_update import START, Recording
from test_update import actions as told_actions
from zygote import SYMBOLS, Clock, Silent, sessions

from screener import load_prices
from screener.adjust import dividend_factors, raw_factors
from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction
from screener.quality import check_actions, check_market
from screener.quality.finding import Finding
from screener.sources.errors import SchemaChangedError
from screener.sources.failover import Fetcher
from screener.sources.trail import Answer
from screener.store import store as store_module
from screener.store import upkeep
from screener.store.bases import choose_series
from screener.store.catalog import Catalog, Entry
from screener.store.commit import commit_offers
from screener.store.errors import ConflictError, StoreError
from screener.store.lists import read_actions
from screener.store.merge import Offer, Offers, Outcome, plan_update
from screener.store.serve import serve_panel
from screener.store.store import Store
from screener.store.upkeep import compact_store
from screener.tasks.actions import join_histories
from screener.tasks.status import describe_store
from screener.tasks.update import UpdateResult, Wish, update_store
from universes import InputError, Symbol

LATER = NOW + np.timedelta64(1, "D")
ERROR = Finding("revised_rows", "error", "300308.SZ", "", "two values", "look")
WARNING = Finding("stale_series", "warning", "300308.SZ", "", "old", "look")
BASES = ("price", "total")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    return Store()


def give(store: Store, *offers: Offer, at: np.datetime64 = NOW) -> tuple[Outcome, ...]:
    return commit_offers(store, Offers(at, list(offers)), {"command": "test"})[1]


def the_entry(store: Store, symbol: str = "300308.SZ") -> Entry:
    (entry,) = store.state().catalog.bars_of(symbol)
    return entry


# merging


def test_an_adjusted_series_that_lost_its_first_days_is_held_back(store: Store) -> None:
    put(store, make_bars(basis="multiplicative"))
    assert put(store, make_bars(rows=slice(5, 25), basis="multiplicative")) == ["held"]


def test_it_is_held_back_too_where_raw_bars_come_with_it(store: Store) -> None:
    put(store, make_bars("0700.HK"), make_bars(basis="multiplicative"))
    rows = slice(5, 25)
    shorter = make_bars(rows=rows, basis="multiplicative")
    # outcomes are told by symbol
    assert put(store, shorter, make_bars("0700.HK", rows)) == ["grown", "held"]


def test_what_the_rules_said_of_a_grown_series_stays_with_it(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    (outcome,) = give(store, dataclasses.replace(offer(make_bars()), findings=(WARNING,)))
    assert outcome.change == "grown"
    assert outcome.findings == (WARNING,)
    assert the_entry(store).findings == (WARNING,)


@pytest.mark.parametrize("turned", [False, True])
def test_a_grown_series_spans_the_days_of_both_offers(store: Store, *, turned: bool) -> None:
    early = Offer(make_bars(rows=slice(5, 20)), SESSIONS[4], SESSIONS[21])
    late = Offer(make_bars(rows=slice(10, 25)), SESSIONS[9], SESSIONS[26])
    first, second = (late, early) if turned else (early, late)
    give(store, first)
    (outcome,) = give(store, second)
    entry = the_entry(store)
    assert (entry.first, entry.last) == (SESSIONS[5], SESSIONS[24])
    assert (entry.since, entry.until) == (SESSIONS[4], SESSIONS[26])
    assert entry.rows == 20
    assert (outcome.added, outcome.last) == (5, SESSIONS[24])


def test_an_unchanged_adjusted_series_is_as_fresh_as_the_offer(store: Store) -> None:
    bars = make_bars(basis="multiplicative")
    put(store, bars)
    again = dataclasses.replace(bars, fetched_at=LATER)
    (outcome,) = give(store, Offer(again, SESSIONS[0], SESSIONS[22]), at=LATER)
    assert (outcome.change, outcome.added, outcome.last) == ("unchanged", 0, SESSIONS[19])
    entry = the_entry(store)
    assert (entry.until, entry.fetched_at, entry.rows) == (SESSIONS[22], LATER, 20)
    assert len(store.state().rows("bar")) == 20


def test_an_offer_held_back_adds_nothing_and_serves_what_was_kept(store: Store) -> None:
    bars = dataclasses.replace(offer(make_bars(rows=slice(0, 25))), findings=(ERROR,))
    (outcome,) = give(store, bars)
    assert (outcome.change, outcome.added) == ("held", 0)
    assert np.isnat(outcome.last)
    put(store, make_bars())
    (outcome,) = give(store, bars)
    assert (outcome.change, outcome.added, outcome.last) == ("held", 0, SESSIONS[19])


# which series there are


def an_entry(number: int, **told: object) -> Entry:
    days = {"first": DAYS[0], "last": DAYS[3], "since": DAYS[0], "until": DAYS[3]}
    known = {"what": "bars", "basis": "multiplicative", "source": "eastmoney", "rows": 4}
    return Entry(
        **{
            "id": number, "symbol": "600519.SH", "currency": "CNY", "state": "kept",
            "fetched_at": NOW, "batch": number, **days, **known, **told,
        }
    )  # fmt: skip


def test_the_list_of_actions_that_reaches_latest_comes_first_then_the_newer() -> None:
    lists = [
        an_entry(1, what="actions", basis="paid", source="sina", until=DAYS[3]),
        an_entry(2, what="actions", basis="paid", source="yahoo", until=DAYS[3]),
        an_entry(3, what="actions", basis="paid", source="eastmoney", until=DAYS[2]),
    ]
    for order in itertools.permutations([*lists, an_entry(4)]):
        assert [each.id for each in Catalog(order).actions_of("600519.SH")] == [2, 1, 3]


def test_the_series_that_ends_latest_comes_first_then_the_one_with_more_rows() -> None:
    series = [
        an_entry(1, source="a", last=DAYS[3], rows=4),
        an_entry(2, source="b", last=DAYS[3], rows=3),
        an_entry(3, source="c", last=DAYS[2], rows=9),
    ]
    for order in itertools.permutations([*series, an_entry(4, what="actions")]):
        assert [each.id for each in Catalog(order).bars_of("600519.SH")] == [1, 2, 3]


# which series is served, and how


def test_of_series_equally_long_the_least_adjusted_is_served(store: Store) -> None:
    prices = [10.0, 10.0, 9.6, 9.7]
    known = actions_of("600519.SH")
    fill(store, [bars_of("600519.SH", prices, "multiplicative", "sina")], [known])
    served = []
    for basis, source in (("split_adjusted", "yahoo"), ("raw", "eastmoney")):
        fill(store, [bars_of("600519.SH", prices, basis, source)])
        (chosen,) = choose_series(store.state(), ["600519.SH"], BASES)
        served.append(chosen.entry.basis)
    assert served == ["split_adjusted", "raw"]


def test_a_less_adjusted_series_gives_way_only_where_it_is_much_shorter(store: Store) -> None:
    known = dataclasses.replace(history(), symbol="600519.SH", until=SESSIONS[-1])
    whole = make_bars("600519.SH", slice(0, 20), "multiplicative", "sina")
    commit_offers(store, Offers(NOW, [offer(whole)], [(known, ())]), {})
    put(store, make_bars("600519.SH", slice(0, 10)))
    (chosen,) = choose_series(store.state(), ["600519.SH"], BASES)
    assert chosen.entry.basis == "multiplicative"
    put(store, make_bars("600519.SH", slice(0, 19)))
    (chosen,) = choose_series(store.state(), ["600519.SH"], BASES)
    assert chosen.entry.basis == "raw"


def test_of_series_alike_the_freshest_is_served_then_the_fullest(store: Store) -> None:
    fresh = make_bars("600519.SH", slice(0, 20), "multiplicative", "eastmoney")
    stale = make_bars("600519.SH", slice(0, 19), "multiplicative", "sina")
    holed = dataclasses.replace(fresh, source="tencent").take(np.arange(20) != 7)
    put(store, fresh, stale, holed)
    (chosen,) = choose_series(store.state(), ["600519.SH"], BASES)
    assert chosen.entry.source == "eastmoney"


# 1 paid on a close of 20, then ten for ten on 19, then 0.2 on 9.5: nothing is gained or lost
PAID = ((1, 1.0, 0.0), (2, 0.0, 1.0), (3, 0.2, 0.0))
RESTATED = ((1, 0.5, 0.0), (2, 0.0, 1.0), (3, 0.2, 0.0))
KEPT = {
    "raw": [20.0, 19.0, 9.5, 9.3],
    "split_adjusted": [10.0, 9.5, 9.5, 9.3],
    "multiplicative": [9.3, 9.3, 9.3, 9.3],
}


@pytest.mark.parametrize("basis", list(KEPT))
@pytest.mark.parametrize("restated", [False, True])
def test_cash_is_read_as_the_list_tells_it(store: Store, basis: str, *, restated: bool) -> None:
    told = actions_of("600519.SH", *(RESTATED if restated else PAID), restated=restated)
    fill(store, [bars_of("600519.SH", KEPT[basis], basis)], [told])
    assert closes(store, "600519.SH", "price") == pytest.approx([10.0, 9.5, 9.5, 9.3])
    assert closes(store, "600519.SH", "total") == pytest.approx([9.3] * 4)
    panel = serve_panel(store.state())
    assert [each.cash for each in panel.actions] == pytest.approx([0.5, 0.0, 0.2])


@pytest.mark.parametrize(("until", "expected"), [(3, [9.33] * 4), (2, [9.333] * 3 + [np.nan])])
def test_prices_are_rounded_to_the_tick_only_where_all_actions_are_known(
    store: Store, until: int, expected: list[float]
) -> None:
    total = bars_of("600519.SH", [9.333] * 4, "multiplicative")
    fill(store, [total], [actions_of("600519.SH", until=DAYS[until])])
    np.testing.assert_allclose(closes(store, "600519.SH", "price"), expected, rtol=1e-12)


def test_split_adjusted_closes_know_of_rights_already(store: Store) -> None:
    # 0.5 in cash on a close of 10; the rights issue of the same day moved the closes before
    rights = CorporateAction("0700.HK", str(DAYS[2]), 0.5, 0.0, "high", 0.3, 8.0)
    told = dataclasses.replace(history(rights, restated=True), symbol="0700.HK")
    fill(store, [bars_of("0700.HK", [10.0, 10.0, 9.6, 9.7], "split_adjusted", "yahoo")], [told])
    assert closes(store, "0700.HK", "total") == pytest.approx([9.5, 9.5, 9.6, 9.7])


# lists


def test_a_list_held_back_leaves_the_same_one_that_is_kept(store: Store) -> None:
    told = history(CorporateAction("300308.SZ", "2024-05-10", 0.5, 0.0, "high"))
    commit_offers(store, Offers(NOW, [], [(told, ())]), {})
    commit_offers(store, Offers(LATER, [], [(told, (ERROR,))]), {})
    catalog = store.state().catalog
    (kept,) = catalog.actions_of("300308.SZ")
    (held,) = catalog.held_of("300308.SZ")
    assert (kept.state, kept.findings) == ("kept", ())
    assert (held.state, held.findings) == ("held", (ERROR,))
    assert kept.id != held.id
    assert read_actions(store.state(), [kept])[kept.id].actions == told.actions


def test_corporate_actions_come_back_by_date(store: Store) -> None:
    days = ("2024-06-10", "2024-05-10", "2024-05-31")
    told = history(*(CorporateAction("300308.SZ", day, 0.5, 0.0, "high") for day in days))
    commit_offers(store, Offers(NOW, [], [(told, ())]), {})
    state = store.state()
    (entry,) = state.catalog.actions_of("300308.SZ")
    found = read_actions(state, [entry])[entry.id].actions
    assert [each.ex_date for each in found] == sorted(days)
    assert (entry.first, entry.last) == (np.datetime64(days[1]), np.datetime64(days[0]))


@pytest.mark.parametrize(
    ("symbol", "basis", "listed", "bases", "derived"),
    [
        ("600519.SH", "multiplicative", True, BASES, True),
        ("600519.SH", "multiplicative", True, ("total",), False),
        ("600519.SH", "multiplicative", False, BASES, False),
        ("600519.SH", "raw", True, BASES, False),
        ("000300.SH", "multiplicative", False, BASES, False),
    ],
)
def test_a_panel_tells_whether_its_price_basis_was_derived(
    store: Store, symbol: str, basis: str, *, listed: bool, bases: tuple[str, ...], derived: bool
) -> None:
    fill(store, [bars_of(symbol, [10.0] * 4, basis)], [actions_of(symbol)] if listed else [])
    assert serve_panel(store.state(), bases=bases).derived is derived


# upkeep


def rows_of(store: Store, kind: str) -> list[int]:
    """The ids of the rows that the newest version holds."""
    return sorted(store.state().rows(kind, ["id"]).column("id").to_pylist())


def test_what_is_superseded_is_gone_from_the_newest_version(store: Store) -> None:
    for scale in (1.0, 0.9, 0.8):
        put(store, make_bars(basis="multiplicative", scale=scale))
    number = the_entry(store).id
    assert len(set(rows_of(store, "bar"))) == 3
    assert len(rows_of(store, "entry")) == 3
    compact_store(store, NOW, grace_hours=0)
    assert rows_of(store, "bar") == [number] * 20
    assert rows_of(store, "entry") == [number]


def test_what_is_held_back_last_survives_upkeep_and_what_was_before_does_not(store: Store) -> None:
    put(store, make_bars())
    for wrong in (11.5, 11.6):
        offered = make_bars()
        offered.close[4] = offered.high[4] = wrong
        assert put(store, offered) == ["held"]
    (before,) = store.state().catalog.held_of("300308.SZ")
    compact_store(store, NOW, grace_hours=0)
    (after,) = store.state().catalog.held_of("300308.SZ")
    assert after == before
    assert rows_of(store, "held") == [after.id]
    assert store.state().rows("held", ["close"]).column("close").to_pylist() == [11.6]
    assert the_entry(store).state == "kept"
    (bars,) = held_in(store).values()
    assert bars.same_figures(make_bars())


def test_young_files_that_no_version_needs_are_left_for_a_while(store: Store) -> None:
    for number, scale in enumerate((1.0, 0.9, 0.8)):
        adjusted = make_bars(basis="multiplicative", scale=scale)
        put(store, adjusted, at=NOW + np.timedelta64(number, "D"))
    files = set(Path(store.address).rglob("*.parquet"))
    since = NOW + np.timedelta64(9, "D")
    assert compact_store(store, since).removed == 0
    # the newest version is of the compacted files, so those before are needed by none
    put(store, make_bars("0700.HK"), at=NOW + np.timedelta64(3, "D"))
    assert compact_store(store, since).removed == 0
    assert files <= set(Path(store.address).rglob("*.parquet"))
    assert compact_store(store, since, grace_hours=0).removed > 0
    assert not files <= set(Path(store.address).rglob("*.parquet"))


def test_files_that_lie_beside_the_store_are_left(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    put(store, make_bars(rows=slice(0, 16)))
    compact_store(store, LATER, grace_hours=0)
    put(store, make_bars(), at=LATER)
    notes, mine = (Path(store.address) / name for name in ("notes.txt", "kind=bar/mine.parquet"))
    notes.write_text("keep me", encoding="utf-8")
    pq.write_table(pa.table({"close": [1.0]}), mine)
    long_ago = 1_500_000_000
    for path in (notes, mine):
        os.utime(path, (long_ago, long_ago))
    assert compact_store(store, LATER + np.timedelta64(1, "D"), grace_hours=0).removed > 0
    assert notes.read_text(encoding="utf-8") == "keep me"
    assert pq.read_table(mine).num_rows == 1
    (bars,) = held_in(store).values()
    assert bars.same_figures(make_bars())


# between reading and the first write, and between the first write and the second
@pytest.mark.parametrize("step", ["_versions_to_keep", "write_deltalake"])
def test_what_is_committed_while_upkeep_is_under_way_is_not_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for scale in (1.0, 0.9):
        put(store, make_bars(basis="multiplicative", scale=scale))
    newer = make_bars(rows=slice(0, 22), basis="multiplicative", scale=0.8)
    goes_on = getattr(upkeep, step)
    calls = []

    def commit_first(*arguments: object, **told: object) -> object:
        calls.append(step)
        if len(calls) == 1:
            put(store, newer, make_bars("0700.HK"), at=LATER)
        return goes_on(*arguments, **told)

    monkeypatch.setattr(upkeep, step, commit_first)
    compact_store(store, LATER, grace_hours=0)
    assert len(calls) == 2, "upkeep begins again on what the other left"
    found = held_in(store)
    assert found["300308.SZ", "multiplicative", "eastmoney"].same_figures(newer)
    assert found["0700.HK", "raw", "eastmoney"].same_figures(make_bars("0700.HK"))
    assert len(rows_of(store, "bar")) == 22 + 20
    assert len(rows_of(store, "entry")) == 2


# commits


def test_a_commit_that_lost_the_race_is_a_conflict_and_planned_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    write = store_module.write_deltalake

    def others_first(*arguments: object, **told: object) -> None:
        monkeypatch.setattr(store_module, "write_deltalake", write)
        put(store, make_bars(rows=slice(0, 18)))
        write(*arguments, **told)

    state = store.state()
    plan = plan_update(state, Offers(NOW, [offer(make_bars())]))
    monkeypatch.setattr(store_module, "write_deltalake", others_first)
    with pytest.raises(ConflictError):
        store.append(plan.rows, {"at": str(NOW)}, state.version)
    assert len(rows_of(store, "bar")) == 18

    def others_grow(*arguments: object, **told: object) -> None:
        monkeypatch.setattr(store_module, "write_deltalake", write)
        put(store, make_bars(rows=slice(0, 19)))
        write(*arguments, **told)

    monkeypatch.setattr(store_module, "write_deltalake", others_grow)
    (outcome,) = give(store, offer(make_bars()))
    assert (outcome.change, outcome.added) == ("grown", 1)
    assert len(rows_of(store, "bar")) == 20


def test_a_commit_that_fails_with_nobody_else_about_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, make_bars())

    def fail(*_: object, **__: object) -> None:
        raise CommitFailedError("no room")

    monkeypatch.setattr(store_module, "write_deltalake", fail)
    with pytest.raises(StoreError, match="no room"):
        put(store, make_bars(rows=slice(0, 22)))


def test_rows_planned_on_an_older_version_are_refused_by_a_store_just_opened(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    old = store.state()
    plan = plan_update(old, Offers(NOW, [offer(make_bars())]))
    put(store, make_bars(rows=slice(0, 18)))
    with pytest.raises(ConflictError):
        Store(store.address).append(plan.rows, {"at": str(NOW)}, old.version)
    assert len(rows_of(store, "bar")) == 18


def test_rows_planned_before_the_first_commit_are_not_laid_on_it(store: Store) -> None:
    plan = plan_update(store.state(), Offers(NOW, [offer(make_bars())]))
    put(store, make_bars(rows=slice(0, 15)))
    with pytest.raises(ConflictError):
        store.append(plan.rows, {"at": str(NOW)}, -1)
    assert len(rows_of(store, "bar")) == 15


# adjusting


@pytest.mark.parametrize("basis", BASES)
def test_an_ex_date_outside_the_bars_adjusts_nothing(basis: str) -> None:
    close = np.array([10.0, 10.0, 9.6, 9.7])
    for day in (str(DAYS[3] + np.timedelta64(1, "D")), str(DAYS[0])):
        paid = [CorporateAction("600519.SH", day, 1.0, 1.0, "high", 0.3, 8.0)]
        assert raw_factors(DAYS, close, paid, basis).tolist() == [1.0] * 4
        assert dividend_factors(DAYS, close, paid).tolist() == [1.0] * 4


def test_an_ex_date_without_a_bar_moves_what_came_before() -> None:
    days, close = DAYS[[0, 1, 3]], np.array([10.0, 10.0, 9.0])
    paid = [CorporateAction("600519.SH", str(DAYS[2]), 1.0, 0.0, "high")]
    assert raw_factors(days, close, paid, "total").tolist() == [0.9, 0.9, 1.0]


def test_dividends_around_a_rights_issue_are_told_from_it() -> None:
    # 1 on a close of 10; three for ten at 6 on 9.1, which is (9.1 + 1.8) / 1.3; 0.4 on 8.4
    dividend, rights, last = 9 / 10, (9.1 + 0.3 * 6) / 1.3 / 9.1, 8 / 8.4
    total = np.array([10 * dividend * rights * last, 9.1 * rights * last, 8.4 * last, 8.0])
    actions = [
        CorporateAction("600519.SH", str(DAYS[1]), 1.0, 0.0, "high"),
        CorporateAction("600519.SH", str(DAYS[2]), 0.0, 0.0, "high", 0.3, 6.0),
        CorporateAction("600519.SH", str(DAYS[3]), 0.4, 0.0, "high"),
    ]
    expected = [dividend * last, last, last, 1.0]
    assert dividend_factors(DAYS, total, actions).tolist() == pytest.approx(expected)


def test_a_dividend_on_the_day_of_a_rights_issue_is_told_from_it() -> None:
    # on 10: (10 - 1 + 1.8) / 1.3 with the cash, (10 + 1.8) / 1.3 without; before it 0.5 on 8
    both, without = (10 - 1 + 1.8) / 1.3 / 10, (10 + 1.8) / 1.3 / 10
    earlier = 7.5 / 8
    days = DAYS[:3]
    actions = [
        CorporateAction("600519.SH", str(days[1]), 0.5, 0.0, "high"),
        CorporateAction("600519.SH", str(days[2]), 1.0, 0.0, "high", 0.3, 6.0),
    ]
    total = np.array([8.0 * earlier * both, 10.0 * both, 8.5])
    expected = [earlier * both / without, both / without, 1.0]
    assert dividend_factors(days, total, actions).tolist() == pytest.approx(expected)


# loading


def test_a_symbol_asked_for_also_may_be_missing_in_any_spelling(store: Store) -> None:
    fill(store, [bars_of("300308.SZ", [10.0] * 4)], [actions_of("300308.SZ")])
    for also in (["sh600519"], ["0700.HK"]):
        panel = load_prices(["300308"], also=also, source="store", basis="price")
        assert panel.symbols == ("300308.SZ",)
        assert load_prices(["300308"], also=also).origin.notes == ()
    fill(store, [bars_of("600519.SH", [11.0] * 4)], [actions_of("600519.SH")])
    assert load_prices(["300308"], also=["sh600519"]).symbols == ("300308.SZ", "600519.SH")
    with pytest.raises(InputError, match=r"0700\.HK"):
        load_prices(["300308", "0700.HK"], also=["sh600519"], source="store", basis="price")


def test_a_time_with_a_zone_is_turned_to_utc(store: Store) -> None:
    put(store, make_bars("HSI.HK", slice(0, 15)))
    put(store, make_bars("HSI.HK"), at=NOW + np.timedelta64(4, "h"))
    # 10:00 in UTC is 18:00 in Shanghai
    assert load_prices(at="2024-07-01T18:00:00+08:00").origin.source == "store, version 1"
    assert load_prices(at="2024-07-01T22:00:00+08:00").origin.source == "store, version 2"
    assert load_prices(at="2024-07-01T05:00:00-05:00").origin.source == "store, version 1"
    with pytest.raises(StoreError, match="held nothing at"):
        load_prices(at="2024-07-01T17:59:59+08:00")


# updating


class Watched(Recording):
    """An upstream that notes the days asked for, and whose bars can be changed on their way."""

    def __init__(self) -> None:
        super().__init__()
        self.spans: set[tuple[dt.date, dt.date]] = set()
        self.without_actions: set[str] = set()
        self.basis = "raw"
        self.lots: set[str] = set()
        self.jumps: set[str] = set()

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        bars = super().fetch_bars(symbol, start, end, fetched_at)
        self.spans.add((start, end))
        if str(symbol) in self.lots:
            bars = dataclasses.replace(bars, volume=bars.volume / 100)
        if str(symbol) in self.jumps:
            bars = scaled(bars, slice(30, None), 1.5)
        return dataclasses.replace(bars, basis=self.basis)

    def fetch_actions(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> ActionHistory:
        if str(symbol) in self.without_actions:
            raise SchemaChangedError("eastmoney", "another layout")
        return super().fetch_actions(symbol, start, end, fetched_at)


def ask(
    store: Store,
    adaptor: Recording,
    rows: int,
    start: dt.date = START,
    fetcher: type[Fetcher] = Fetcher,
    **wish: object,
) -> UpdateResult:
    clock = Clock(sessions()[rows - 1])
    asked = Wish(SYMBOLS, start, **wish)
    using = fetcher(clock, seed=0, load=lambda _: adaptor)
    return update_store(store, asked, using, clock, Silent())


def day_of(row: int) -> dt.date:
    day: dt.date = sessions()[row].astype(dt.date)
    return day


def test_what_is_kept_from_an_earlier_day_is_asked_for_from_there(store: Store) -> None:
    ask(store, Watched(), 20)
    second = Watched()
    result = ask(store, second, 23, start=day_of(15))
    assert second.spans == {(START, day_of(22))}
    assert {(each.change, each.added) for each in result.outcomes} == {("grown", 3)}
    third = Watched()
    assert ask(store, third, 23, start=day_of(18)).current == tuple(map(str, SYMBOLS))
    fourth = Watched()
    ask(store, fourth, 23, start=dt.date(2023, 12, 1))
    assert fourth.spans == {(dt.date(2023, 12, 1), day_of(22))}


def test_a_security_held_back_is_asked_for_again(store: Store) -> None:
    ask(store, Recording(), 20)
    state = store.state()
    entry = the_entry(store, "600003.SH")
    (bars,) = store_bars(store, "600003.SH")
    give(store, Offer(bars, entry.since, entry.until, (ERROR,)))
    assert store.state().version == state.version + 1
    again = Recording()
    result = ask(store, again, 20)
    assert again.asked == ["600003.SH"]
    assert len(result.current) == len(SYMBOLS) - 1
    assert not store.state().catalog.held_of("600003.SH")


def store_bars(store: Store, symbol: str) -> list[Bars]:
    return [bars for (each, _, _), bars in held_in(store).items() if each == symbol]


def test_starting_anew_asks_for_what_is_current_from_its_first_day(store: Store) -> None:
    ask(store, Recording(), 20)
    again = Watched()
    result = ask(store, again, 20, start=day_of(15), start_anew=True)
    assert sorted(again.asked) == sorted(map(str, SYMBOLS))
    assert again.spans == {(START, day_of(19))}
    assert result.current == ()
    assert {each.change for each in result.outcomes} == {"replaced"}


class Generous(Fetcher):
    """A fetcher that hands on more days than it was asked for."""

    def bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, only: str | None = None
    ) -> Answer[Bars]:
        return super().bars(symbol, start, end + dt.timedelta(days=9), only)


def test_bars_of_days_that_were_not_asked_for_are_left_out(store: Store) -> None:
    assert ask(store, Recording(), 20, fetcher=Generous).complete
    found = held_in(store).values()
    assert len(found) == len(SYMBOLS)
    for bars in found:
        assert bars.dates.tolist() == sessions()[:20].tolist()


def interrupt(store: Store) -> list[str]:
    """Stop an update after five securities and return them."""
    first = Recording()
    first.stop_at = 5
    with pytest.raises(KeyboardInterrupt):
        ask(store, first, 20)
    assert len(first.asked) == 5
    return first.asked


def test_what_one_upstream_is_asked_for_is_not_taken_from_another_update(store: Store) -> None:
    interrupt(store)
    second = Recording()
    assert ask(store, second, 20, only="eastmoney").complete
    assert sorted(second.asked) == sorted(map(str, SYMBOLS))


def test_a_damaged_file_kept_aside_is_fetched_again(store: Store, tmp_path: Path) -> None:
    asked = interrupt(store)
    files = {path.stem: path for path in (tmp_path / "cache" / "spool").rglob("*.json")}
    assert sorted(files) == sorted(asked)
    altered, cut, other, emptied, whole = asked
    content = json.loads(files[altered].read_text(encoding="utf-8"))
    content["bars"]["close"][0] += 1.0
    files[altered].write_text(json.dumps(content), encoding="utf-8")
    files[cut].write_bytes(files[cut].read_bytes()[:100])
    files[other].write_text("[]", encoding="utf-8")
    files[emptied].write_text("{}", encoding="utf-8")
    second = Recording()
    assert ask(store, second, 20).complete
    assert sorted(second.asked) == sorted(set(map(str, SYMBOLS)) - {whole})
    (bars,) = store_bars(store, altered)
    assert bars.close[0] == 10 + int(altered[:6]) % 100


def test_actions_that_could_not_be_had_are_asked_for_again_on_resuming(store: Store) -> None:
    first = Watched()
    first.without_actions = {"600001.SH"}
    first.stop_at = 5
    with pytest.raises(KeyboardInterrupt):
        ask(store, first, 20)
    second = Watched()
    second.without_actions = {"600001.SH"}
    result = ask(store, second, 20)
    assert "600001.SH" in first.asked
    assert "600001.SH" in second.asked
    assert "600000.SH" not in second.asked
    assert set(result.failures) == {"600001.SH"}
    assert "corporate actions not" in result.failures["600001.SH"]
    assert not result.complete


def test_the_raw_series_stays_where_only_adjusted_bars_can_be_had(store: Store) -> None:
    ask(store, Recording(), 20)
    adjusted = Watched()
    adjusted.basis = "multiplicative"
    result = ask(store, adjusted, 23)
    assert set(result.failures) == set(map(str, SYMBOLS))
    assert "only multiplicative bars" in result.failures["600000.SH"]
    assert not result.complete
    found = held_in(store)
    assert len(found["600000.SH", "raw", "eastmoney"]) == 20
    assert len(found["600000.SH", "multiplicative", "eastmoney"]) == 23
    again = Recording()
    assert ask(store, again, 23).complete
    assert sorted(again.asked) == sorted(map(str, SYMBOLS))
    assert len(held_in(store)["600000.SH", "raw", "eastmoney"]) == 23


def test_an_error_that_was_accepted_is_a_warning_and_no_other_is(store: Store) -> None:
    doubtful = Watched()
    doubtful.lots, doubtful.jumps = {"600003.SH"}, {"600004.SH"}
    for accepted, expected in (
        ((), {"600003.SH": "held", "600004.SH": "held"}),
        (("volume_in_lots",), {"600003.SH": "new", "600004.SH": "held"}),
    ):
        result = ask(store, doubtful, 60, accepted=accepted)
        changes = {each.symbol: each.change for each in result.outcomes}
        assert {symbol: changes[symbol] for symbol in expected} == expected
    told = {each.code: each.severity for each in the_entry(store, "600003.SH").findings}
    assert told == {"volume_in_lots": "warning"}
    (held,) = store.state().catalog.held_of("600004.SH")
    assert "error" in {each.severity for each in held.findings}


def test_a_bonus_that_the_dividends_list_tells_goes_before_the_other() -> None:
    joined = join_histories(
        told_actions("eastmoney", ("2024-05-17", 3.4, 0.5)),
        told_actions("yahoo", ("2024-05-17", 0.68, 0.6)),
    )
    assert [(each.cash, each.bonus) for each in joined.actions] == [(3.4, 0.5)]


# looking at it


def test_two_raw_series_are_compared_as_they_are(store: Store) -> None:
    raw, _, _ = with_bonus()
    fill(store, [raw])
    assert against(store, raw) == (1, [])
    wrong = scaled(raw, slice(50, 51), 1.02)
    checked, (finding,) = against(store, wrong)
    assert (checked, finding.code) == (1, "revised_rows")
    assert f"{raw.close[50]:g}" in finding.message
    assert f"{wrong.close[50]:g}" in finding.message


@pytest.mark.parametrize(("hour", "mainland"), [("07:59", 3), ("08:00", 4)])
def test_a_series_is_behind_by_the_sessions_that_are_over(
    store: Store, hour: str, mainland: int
) -> None:
    # 1 July was a Monday, and a holiday in Hong Kong; 10 June the Dragon Boat festival
    last = {"600519.SH": "2024-06-25", "600000.SH": "2024-06-06", "0700.HK": "2024-06-25"}
    for symbol, day in last.items():
        rows = int(np.flatnonzero(np.datetime64(day) == SESSIONS)[0]) + 1
        put(store, make_bars(symbol, slice(0, rows)))
    now = np.datetime64(f"2024-07-01T{hour}", "s")
    behind = {each.symbol: each.behind for each in describe_store(store.state(), now)}
    # after the 25th: 26, 27, 28; after 6 June: 7, 11-14, 17-21, 24-28
    assert behind == {"600519.SH": mainland, "600000.SH": 12 + mainland, "0700.HK": 3}


def test_a_series_is_stale_from_twenty_sessions_behind_on() -> None:
    series = [walk(f"{600000 + n}.SH", seed=n) for n in range(10)]
    for rows, expected in ((181, []), (180, ["stale_series"])):
        cut = [series[0].take(np.arange(rows)), *series[1:]]
        found = [finding for _, finding in check_market(cut, EXCHANGE_SESSIONS)]
        assert codes(found) == expected
    assert "20 sessions before" in found[0].message
    assert found[0].date == str(EXCHANGE_SESSIONS["XSHG"][179])


def test_amounts_stated_too_large_are_found_as_those_too_small_are() -> None:
    rows = (60, 120, 180, 240, 300, 360)
    bars = with_dividends(*((row, 0.5) for row in rows))
    (found,) = check_actions(hong_kong_actions("HKD", *((row, 3.9, 0.0) for row in rows)), bars)
    assert found.code == "dividend_currency"
    assert "0.128 times" in found.message
    assert check_actions(hong_kong_actions("HKD", *((row, 0.5, 0.0) for row in rows)), bars) == []
