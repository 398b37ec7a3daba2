"""Fundamentals in the store: as of any day, what was known by then, whatever came later."""

import datetime as dt
import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from deltalake import CommitProperties, DeltaTable, write_deltalake
from hypothesis import given, settings
from hypothesis import strategies as st
from test_store import NOW, held_in, make_bars, offer
from test_store import put as put_bars

from screener import load_prices
from screener.companies.facts import Facts, join_facts
from screener.market_data import load_market_data
from screener.store import store as store_module
from screener.store.commit import commit_offers
from screener.store.facts import plan_facts, read_facts
from screener.store.merge import Offers, plan_update
from screener.store.store import Store
from screener.store.upkeep import compact_store, pin_version
from screener.store.versions import Versions, choose_versions
from screener.tasks.export import export_store
from screener.tasks.selection import select_symbols
from screener.tasks.status import describe_facts, describe_store
from universes import InputError

SHARE = "300308.SZ"
DAY = np.timedelta64(1, "D")
LATER = NOW + 30 * DAY
NEW_COLUMNS = {"item", "known", "value"}

Row = tuple[str, float]


def facts(
    *rows: Row,
    symbol: str = SHARE,
    item: str = "roe",
    period: str = "2023-12-31",
    source: str = "vendor",
) -> Facts:
    """Versions of one figure: the day each became known, and its value."""
    return Facts(
        np.full(len(rows), symbol),
        np.full(len(rows), item),
        np.full(len(rows), period, dtype="datetime64[D]"),
        np.array([known for known, _ in rows], dtype="datetime64[D]"),
        np.array([value for _, value in rows], dtype=np.float64),
        np.full(len(rows), source),
    )


def put(store: Store, *parts: Facts, at: np.datetime64 = NOW) -> list[tuple[str, str, int]]:
    """Commit figures and return what became of each source's."""
    _, outcomes = commit_offers(store, Offers(at, facts=join_facts([*parts])), {"command": "test"})
    return [(each.source, each.change, each.added) for each in outcomes]


def kept(store: Store, version: int | None = None, **chosen: object) -> list[Row]:
    """The versions kept: the day each became known, and its value."""
    found = read_facts(store.state(version), **chosen)  # type: ignore[arg-type]
    return list(zip(found.known.astype(str).tolist(), found.value.tolist(), strict=True))


def as_of(store: Store, day: str) -> float | None:
    """The value of the one figure that is kept, as of a day."""
    found = kept(store, known_until=np.datetime64(day))
    return found[-1][1] if found else None


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    return Store()


def test_what_is_committed_comes_back_in_order(store: Store) -> None:
    parts = [
        facts(("2024-04-20", 0.12), symbol="300413.SZ"),
        facts(("2024-06-12", 15.5), item="pe_ttm", period="2024-06-12", source="other"),
        facts(("2024-04-18", -0.07)),
        facts(("2023-04-19", 0.1), period="2022-12-31"),
    ]
    assert put(store, *parts) == [("other", "new", 1), ("vendor", "new", 3)]
    found = read_facts(store.state())
    assert found.sha256 == join_facts(parts).sha256
    assert found.symbol.tolist() == [SHARE, SHARE, SHARE, "300413.SZ"]
    assert found.item.tolist() == ["pe_ttm", "roe", "roe", "roe"]
    assert found.period.astype(str).tolist()[1:3] == ["2022-12-31", "2023-12-31"]
    assert found.source.tolist() == ["other", "vendor", "vendor", "vendor"]


def test_a_reader_chooses_securities_items_periods_and_the_day(store: Store) -> None:
    put(
        store,
        facts(("2024-04-18", 1.0)),
        facts(("2023-04-18", 2.0), period="2022-12-31"),
        facts(("2024-04-20", 3.0), symbol="300413.SZ", item="pb", period="2024-04-20"),
    )
    assert kept(store, symbols=[SHARE]) == [("2023-04-18", 2.0), ("2024-04-18", 1.0)]
    assert kept(store, items=["pb"]) == [("2024-04-20", 3.0)]
    assert kept(store, since=np.datetime64("2023-12-31"), items=["roe"]) == [("2024-04-18", 1.0)]
    assert kept(store, known_until=np.datetime64("2024-04-17")) == [("2023-04-18", 2.0)]
    assert kept(store, symbols=[]) == []
    assert kept(store, symbols=["0700.HK"]) == []


def test_the_same_twice_adds_nothing(store: Store) -> None:
    both = [facts(("2024-04-18", 1.0)), facts(("2024-06-12", 9.0), item="pb", period="2024-06-12")]
    assert put(store, *both) == [("vendor", "new", 2)]
    assert put(store, *both, at=LATER) == [("vendor", "unchanged", 0)]
    assert put(store, both[0], both[0], at=LATER) == [("vendor", "unchanged", 0)]
    assert put(store, facts(("2024-05-20", 1.0)), at=LATER) == [("vendor", "unchanged", 0)]
    (entry,) = store.state().catalog.facts
    assert (entry.rows, entry.fetched_at) == (2, LATER)


def test_a_restatement_counts_from_its_own_announcement(store: Store) -> None:
    put(store, facts(("2024-04-18", 1.0)))
    assert put(store, facts(("2024-05-10", 2.0)), at=LATER) == [("vendor", "grown", 1)]
    assert kept(store) == [("2024-04-18", 1.0), ("2024-05-10", 2.0)]
    assert [as_of(store, day) for day in ("2024-04-17", "2024-05-09", "2024-05-10")] == [None, 1, 2]


@pytest.mark.parametrize("told", ["2024-04-18", "2024-03-01"])
def test_one_that_is_told_for_no_later_day_counts_from_the_fetch(store: Store, told: str) -> None:
    put(store, facts(("2024-04-18", 1.0)))
    put(store, facts((told, 2.0)), at=LATER)
    assert kept(store) == [("2024-04-18", 1.0), ("2024-07-31", 2.0)]
    assert as_of(store, "2024-07-30") == 1.0
    assert put(store, facts((told, 2.0)), at=LATER + DAY) == [("vendor", "unchanged", 0)]


def test_one_that_is_taken_back_is_a_restatement_too(store: Store) -> None:
    for days, value in enumerate((1.0, 2.0, 1.0)):
        put(store, facts(("2024-04-18", value)), at=NOW + days * DAY)
    assert kept(store) == [("2024-04-18", 1.0), ("2024-07-02", 2.0), ("2024-07-03", 1.0)]


@pytest.mark.parametrize(
    ("symbol", "fetched", "day"),
    [
        ("0700.HK", "2024-07-01T15:59:59", "2024-07-01"),
        ("0700.HK", "2024-07-01T16:00:00", "2024-07-02"),  # midnight in Hong Kong
        ("PDD.US", "2024-07-02T02:00:00", "2024-07-02"),  # ten in the evening in New York
    ],
)
def test_the_day_of_a_fetch_is_no_earlier_than_at_the_exchange(
    store: Store, symbol: str, fetched: str, day: str
) -> None:
    put(store, facts(("2024-04-18", 1.0), symbol=symbol))
    put(store, facts(("2024-04-18", 2.0), symbol=symbol), at=np.datetime64(fetched, "s"))
    assert kept(store)[-1] == (day, 2.0)


def test_of_two_told_on_one_day_the_later_counts_and_the_earlier_stays_in_its_version(
    store: Store,
) -> None:
    for value in (1.0, 2.0, 3.0):
        put(store, facts(("2024-07-01", value), item="pe_ttm", period="2024-07-01"))
    assert [kept(store, version) for version in (1, 2, 3)] == [
        [("2024-07-01", 1.0)],
        [("2024-07-01", 2.0)],
        [("2024-07-01", 3.0)],
    ]
    compact_store(store, NOW)
    assert kept(store) == [("2024-07-01", 3.0)]


def test_a_restatement_is_never_known_before_what_it_restates(store: Store) -> None:
    put(store, facts(("2024-08-20", 1.0)), at=NOW)
    put(store, facts(("2024-08-19", 2.0)), at=NOW + DAY)
    assert kept(store) == [("2024-08-20", 2.0)]
    assert kept(store, 1) == [("2024-08-20", 1.0)]


def test_an_earlier_day_is_added_only_for_the_value_that_is_kept_first(store: Store) -> None:
    put(store, facts(("2024-04-18", 1.0), ("2024-05-10", 2.0)))
    # that day it was not known yet that it would be restated to 2
    assert put(store, facts(("2024-04-01", 2.0))) == [("vendor", "unchanged", 0)]
    put(store, facts(("2024-04-01", 1.0), ("2024-05-10", 2.0)))
    assert kept(store) == [("2024-04-01", 1.0), ("2024-04-18", 1.0), ("2024-05-10", 2.0)]


def test_a_history_is_kept_whole_and_offered_again_adds_nothing(store: Store) -> None:
    history = facts(
        ("2024-03-01", 1.0), ("2024-04-01", 2.0), ("2024-05-01", 2.0), ("2024-06-01", 1.0)
    )
    assert put(store, history) == [("vendor", "new", 3)]
    expected = [("2024-03-01", 1.0), ("2024-04-01", 2.0), ("2024-06-01", 1.0)]
    assert kept(store) == expected
    assert put(store, history, at=LATER) == [("vendor", "unchanged", 0)]
    assert kept(store) == expected


def test_the_history_of_what_is_kept_is_added_before_and_after_it_but_not_within(
    store: Store,
) -> None:
    put(store, facts(("2024-03-01", 2.0), ("2024-05-01", 4.0)))
    january, march, april, may, june, july = (
        (f"2024-0{month}-01", value)
        for month, value in zip((1, 3, 4, 5, 6, 7), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), strict=True)
    )
    told = facts(january, march, april, may, june, july)
    assert put(store, told, at=LATER) == [("vendor", "grown", 3)]
    # as of April 2 was found before, so it still is
    assert kept(store) == [january, march, may, june, july]


def test_a_history_that_contradicts_what_is_kept_first_is_left_out(store: Store) -> None:
    put(store, facts(("2024-03-01", 2.0)))
    put(store, facts(("2024-01-01", 7.0), ("2024-02-01", 8.0)), at=LATER)
    assert kept(store) == [("2024-03-01", 2.0), ("2024-07-31", 8.0)]


def test_sources_are_kept_apart(store: Store) -> None:
    put(store, facts(("2024-04-18", 1.0), source="a"))
    assert put(store, facts(("2024-04-18", 2.0), source="b"), at=LATER) == [("b", "new", 1)]
    assert kept(store) == [("2024-04-18", 1.0), ("2024-04-18", 2.0)]
    assert [entry.source for entry in store.state().catalog.facts] == ["a", "b"]


def test_a_source_that_contradicts_itself_is_refused_and_nothing_is_kept(store: Store) -> None:
    both = [facts(("2024-04-18", 1.5)), facts(("2024-04-18", 1.25))]
    said = (
        "roe of 300308.SZ for 2023-12-31, known on 2024-04-18 from vendor, is both 1.25 and 1.5;"
        " keep one of them"
    )
    with pytest.raises(InputError) as refused:
        put(store, facts(("2024-04-18", 1.0), symbol="0700.HK"), *both)
    assert str(refused.value) == said
    assert not store.exists()


def test_figures_come_beside_bars_in_one_commit(store: Store) -> None:
    bars = make_bars()
    version, outcomes = commit_offers(
        store, Offers(NOW, [offer(bars)], facts=facts(("2024-04-18", 1.0))), {}
    )
    assert version == 1
    assert [(each.symbol, each.change) for each in outcomes] == [("", "new"), (SHARE, "new")]
    state = store.state()
    assert state.catalog.symbols == [SHARE]
    assert [each.symbol for each in describe_store(state, NOW)] == [SHARE]
    assert [str(each) for each in select_symbols(state, (), (), kept=True)] == [
        SHARE,
        "HKDCNY.FX",
        "USDCNY.FX",
    ]


def test_an_export_of_bars_leaves_figures_out(store: Store, tmp_path: Path) -> None:
    bars = make_bars()
    commit_offers(store, Offers(NOW, [offer(bars)], facts=facts(("2024-04-18", 1.0))), {})
    rows, (path,) = export_store(store.state(), tmp_path / "bars.csv", None, None)
    assert rows == len(bars)
    assert len(path.read_text(encoding="utf-8").splitlines()) == rows + 1


def test_compaction_keeps_every_version_of_a_figure_and_pinned_stores(store: Store) -> None:
    put(store, facts(("2024-04-18", 1.0)))
    put(store, facts(("2024-05-10", 2.0)))
    pin_version(store, 1, "a report", NOW)
    for number in range(6):
        put(store, facts(("2024-06-01", float(number)), symbol="0700.HK", source=f"s{number}"))
    before = read_facts(store.state()).sha256
    done = compact_store(store, LATER, grace_hours=0)
    assert done.files_after < done.files_before
    assert read_facts(store.state()).sha256 == before
    assert kept(store, 1) == [("2024-04-18", 1.0)]
    assert put(store, facts(("2024-05-10", 2.0)), at=LATER) == [("vendor", "unchanged", 0)]


def test_what_another_process_commits_first_is_planned_upon(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, facts(("2024-04-18", 1.0)))
    state, other = store.state(), iter([facts(("2024-04-18", 2.0))])
    plain = Store.append

    def late(self: Store, *arguments: object) -> int:
        for each in other:
            put(store, each, at=LATER)
        return plain(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(store_module.Store, "append", late)
    assert put(store, facts(("2024-04-18", 2.0)), at=LATER) == [("vendor", "unchanged", 0)]
    assert kept(store) == [("2024-04-18", 1.0), ("2024-07-31", 2.0)]
    assert kept(store, state.version) == [("2024-04-18", 1.0)]


def test_nothing_offered_adds_no_series(store: Store) -> None:
    assert list(plan_facts(store.state(), Facts.none(), NOW, itertools.count(1))) == []


@pytest.fixture
def old_store(store: Store) -> Store:
    """A store made before figures were kept: its table lacks their columns."""
    rows = plan_update(store.state(), Offers(NOW, [offer(make_bars())])).rows
    rows = rows.select([name for name in rows.column_names if name not in NEW_COLUMNS])
    said = json.dumps({"at": str(NOW), "command": "update"})
    DeltaTable.create(store.address, rows.schema, partition_by=["kind"])
    write_deltalake(
        store.address, rows, mode="append", commit_properties=CommitProperties({"screener": said})
    )
    return store


def columns_of(store: Store) -> set[str]:
    return {field.name for field in DeltaTable(store.address).schema().fields}


def test_an_older_store_is_read_as_ever_and_has_no_figures(old_store: Store) -> None:
    assert not columns_of(old_store) & NEW_COLUMNS
    assert len(read_facts(old_store.state())) == 0
    assert describe_facts(read_facts(old_store.state())) == []
    assert load_prices([SHARE], source="store").symbols == (SHARE,)


def test_an_older_store_takes_figures_and_its_versions_stay_readable(old_store: Store) -> None:
    bars = held_in(old_store)
    assert put(old_store, facts(("2024-04-18", 1.0))) == [("vendor", "new", 1)]
    assert columns_of(old_store) >= NEW_COLUMNS
    assert kept(old_store) == [("2024-04-18", 1.0)]
    assert kept(old_store, 1) == []
    for version in (1, 2):
        assert [
            each.same_figures(held_in(old_store, version)[key]) for key, each in bars.items()
        ] == [True]


@pytest.mark.parametrize("upkeep", ["compact", "pin", "bars"])
def test_an_older_store_is_kept_up_as_ever(old_store: Store, upkeep: str) -> None:
    (before,) = held_in(old_store).values()
    if upkeep == "compact":
        compact_store(old_store, NOW)
    elif upkeep == "pin":
        pin_version(old_store, 1, "a report", NOW)
    else:
        assert put_bars(old_store, make_bars()) == ["unchanged"]
    (after,) = held_in(old_store).values()
    assert after.same_figures(before)
    put(old_store, facts(("2024-04-18", 1.0)))
    assert kept(old_store) == [("2024-04-18", 1.0)]


def test_figures_are_loaded_with_the_prices_of_the_same_version(store: Store) -> None:
    put_bars(store, make_bars())
    put(store, facts(("2024-04-18", 1.0)), facts(("2024-05-18", 2.0), symbol="0700.HK"))
    put(store, facts(("2024-05-20", 3.0)), at=LATER)
    loaded = load_market_data(source="store")
    assert sorted(loaded.facts.value.tolist()) == [1.0, 2.0, 3.0]
    assert sorted(load_market_data(source="store", version=2).facts.value.tolist()) == [1.0, 2.0]
    assert load_market_data(source="store", at=str(NOW)).facts.value.tolist() == [2.0, 1.0]
    last = dt.date(2024, 5, 17)
    assert load_market_data(last=last, source=store.address).facts.value.tolist() == [1.0]
    assert len(load_market_data(source="snapshot").facts) == 0


def test_what_is_kept_is_described_by_item_and_source(store: Store) -> None:
    put(
        store,
        facts(("2024-04-18", 1.0), ("2024-05-18", 2.0)),
        facts(("2023-04-18", 1.0), period="2022-12-31"),
        facts(("2024-04-02", 1.0), symbol="0700.HK"),
        facts(("2024-06-12", 9.0), item="pb", period="2024-06-12", source="b"),
        facts(("2024-06-11", 9.0), item="pb", period="2024-06-11", source="a"),
    )
    told = [
        (each.item, each.source, each.securities, each.figures, each.restated)
        for each in describe_facts(read_facts(store.state()))
    ]
    assert told == [("pb", "a", 1, 1, 0), ("pb", "b", 1, 1, 0), ("roe", "vendor", 2, 3, 1)]
    roe = describe_facts(read_facts(store.state()))[-1]
    assert [str(day) for day in (roe.first, roe.last, roe.known)] == [
        "2022-12-31",
        "2023-12-31",
        "2024-05-18",
    ]


Kept = list[tuple[int, int, float]]
Told = dict[int, float]


def naive_choice(kept: Kept, offered: Told, fetched: int) -> list[tuple[int, float]]:
    """What is added of one figure, worked out version by version."""
    rows = sorted(offered.items())
    ordered = sorted(kept)
    added: list[tuple[int, float]] = []
    leads = restated = False
    first = last = (-99, -99, float("nan"))
    if ordered and rows:
        first, last = ordered[0], ordered[-1]
        then = [value for known, value in rows if known <= first[0]]
        leads = then[-1:] == [first[2]]
        restated = rows[-1][0] <= last[0] and rows[-1][1] != last[2]
    for place, (known, value) in enumerate(rows):
        before = rows[place - 1] if place else None
        if known > last[0]:
            led_by = before[1] if before and before[0] > last[0] else last[2]
            added += [(known, value)] if value != led_by else []
        elif known < first[0] and leads and (not before or before[1] != value):
            added.append((known, value))
    return [*added, (max(fetched, last[0]), rows[-1][1])] if restated else added


def found(kept: Kept, day: int) -> float | None:
    by_then = [row for row in sorted(kept) if row[0] <= day]
    return by_then[-1][2] if by_then else None


values = st.sampled_from([1.0, 2.0, 3.0])
offers = st.lists(
    st.dictionaries(st.integers(0, 3), st.dictionaries(st.integers(0, 9), values, min_size=1)),
    min_size=1,
    max_size=5,
)


def versions(by_figure: dict[int, Kept]) -> Versions:
    # the latest first, as rows of a store come in any order
    rows = [(figure, *row) for figure, own in by_figure.items() for row in own][::-1]
    columns = [np.array([row[n] for row in rows], dtype=np.int64) for n in range(3)]
    return Versions(*columns, np.array([row[3] for row in rows], dtype=np.float64))


@settings(max_examples=200)
@given(offers)
def test_versions_are_chosen_as_one_by_one(told: list[dict[int, Told]]) -> None:
    kept: dict[int, Kept] = {}
    for batch, offered in enumerate(told):
        fetched = 5 + batch // 2
        rows = versions({f: [(k, 0, v) for k, v in own.items()] for f, own in offered.items()})
        for again in (False, True):
            fetch = np.full(len(rows.figure), fetched)
            places, known = choose_versions(versions(kept), rows, fetch)
            chosen: dict[int, list[tuple[int, float]]] = {}
            for figure, day, value in zip(
                rows.figure[places], known, rows.value[places], strict=True
            ):
                chosen.setdefault(int(figure), []).append((int(day), float(value)))
            if again:
                assert chosen == {}
                continue
            for figure, own in offered.items():
                before = list(kept.get(figure, []))
                added = chosen.get(figure, [])
                assert sorted(added) == sorted(naive_choice(before, own, fetched))
                after = before + [(day, batch, value) for day, value in added]
                assert found(after, 999) == own[max(own)], "what the source says now"
                last = max((row[0] for row in before), default=-1)
                for day in range(fetched):
                    dated = any(last < row <= day for row in own)
                    was = found(before, day)
                    assert was is None or dated or found(after, day) == was
                kept[figure] = after
