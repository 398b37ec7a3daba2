"""The store: what is committed is there, whole, in every version, whoever else commits."""

import dataclasses
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.bars import FIGURES, ActionHistory, Bars
from screener.panel import CorporateAction
from screener.store.commit import commit_offers
from screener.store.errors import ConflictError, StoreError
from screener.store.lists import kept_names, kept_sessions, read_actions
from screener.store.merge import Offer, Offers, plan_update
from screener.store.series import read_bars
from screener.store.store import Store
from screener.store.upkeep import compact_store, pin_version

NOW = np.datetime64("2024-07-01T10:00:00", "s")
SESSIONS = np.arange("2024-05-06", "2024-06-29", dtype="datetime64[D]")
SESSIONS = SESSIONS[np.is_busday(SESSIONS)]


def make_bars(
    symbol: str = "300308.SZ",
    rows: slice = slice(0, 20),
    basis: str = "raw",
    source: str = "eastmoney",
    scale: float = 1.0,
) -> Bars:
    """Bars whose closes tell their place: 10.00, 10.01, ..."""
    dates = SESSIONS[rows]
    close = np.round((10 + 0.01 * np.arange(len(SESSIONS))[rows]) * scale, 2)
    volume = 1000.0 + np.arange(len(SESSIONS))[rows]
    return Bars(
        symbol, dates, close, close + 0.05, close - 0.05, close, volume, close * volume,
        "CNY", basis, source, NOW,
    )  # fmt: skip


def offer(bars: Bars) -> Offer:
    return Offer(bars, bars.dates[0], bars.dates[-1])


def put(store: Store, *bars: Bars, at: np.datetime64 = NOW, start_anew: bool = False) -> list[str]:
    """Commit bars and return what became of each."""
    offers = Offers(at, [offer(each) for each in bars])
    _, outcomes = commit_offers(store, offers, {"command": "test"}, start_anew=start_anew)
    return [outcome.change for outcome in outcomes]


def held_in(store: Store, version: int | None = None) -> dict[tuple[str, str, str], Bars]:
    """Every series that is served."""
    state = store.state(version)
    entries = [entry for entry in state.catalog.served.values() if entry.what == "bars"]
    bars = read_bars(state, entries)
    return {(e.symbol, e.basis, e.source): bars[e.id] for e in entries}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def test_what_is_committed_comes_back(store: Store) -> None:
    first, second = make_bars(), make_bars("0700.HK", slice(3, 9))
    missing = dataclasses.replace(second, amount=np.full(6, np.nan))
    assert put(store, first, missing) == ["new", "new"]
    found = held_in(store)
    assert found["300308.SZ", "raw", "eastmoney"].same_figures(first)
    assert found["0700.HK", "raw", "eastmoney"].same_figures(missing)


def test_an_empty_store_has_no_version(store: Store) -> None:
    assert not store.exists()
    assert store.state().version == -1
    assert store.updates() == []
    with pytest.raises(StoreError, match="there is no store"):
        store.state(version=3)


def test_raw_bars_grow(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    assert put(store, make_bars(rows=slice(0, 20))) == ["grown"]
    assert put(store, make_bars(rows=slice(0, 20))) == ["unchanged"]
    (bars,) = held_in(store).values()
    assert bars.same_figures(make_bars(rows=slice(0, 20)))


def test_a_hole_is_filled_when_the_vendor_has_the_row(store: Store) -> None:
    whole = make_bars(rows=slice(0, 20))
    put(store, whole.take(np.arange(20) != 7))
    assert put(store, whole) == ["grown"]
    (bars,) = held_in(store).values()
    assert bars.same_figures(whole)


def test_raw_bars_of_two_upstreams_are_one_series(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    assert put(store, make_bars(rows=slice(2, 20), source="tencent")) == ["grown"]
    ((key, bars),) = held_in(store).items()
    assert key == ("300308.SZ", "raw", "eastmoney+tencent")
    assert bars.same_figures(make_bars(rows=slice(0, 20)))


def test_an_adjusted_series_is_replaced_whole_and_kept_apart_by_source(store: Store) -> None:
    put(store, make_bars(basis="multiplicative"), make_bars(basis="multiplicative", source="sina"))
    rebased = make_bars(rows=slice(0, 22), basis="multiplicative", scale=0.9)
    assert put(store, rebased) == ["replaced"]
    found = held_in(store)
    assert found["300308.SZ", "multiplicative", "eastmoney"].same_figures(rebased)
    assert found["300308.SZ", "multiplicative", "sina"].same_figures(
        make_bars(basis="multiplicative")
    )


def test_an_older_version_stays_as_it_was(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)), make_bars("0700.HK", basis="multiplicative"))
    before = held_in(store)
    first = store.state().catalog.version
    put(store, make_bars(), make_bars("0700.HK", basis="multiplicative", scale=0.5))
    after = held_in(store, first)
    assert before.keys() == after.keys()
    assert all(before[key].same_figures(after[key]) for key in before)
    with pytest.raises(StoreError, match="no version 99"):
        store.state(version=99)


def test_the_store_is_read_as_it_stood_at_a_time(store: Store) -> None:
    later = NOW + np.timedelta64(1, "D")
    put(store, make_bars(rows=slice(0, 15)))
    put(store, make_bars(), at=later)
    assert store.state(at=NOW).catalog.version == 1
    assert store.state(at=later - np.timedelta64(1, "s")).catalog.version == 1
    assert store.state(at=later).catalog.version == 2
    with pytest.raises(StoreError, match="held nothing at"):
        store.state(at=NOW - np.timedelta64(1, "s"))


def test_each_update_is_one_commit_with_its_provenance(store: Store) -> None:
    put(store, make_bars(), make_bars("0700.HK"))
    put(store, make_bars(rows=slice(0, 22)))
    updates = store.updates()
    assert [update.version for update in updates] == [1, 2]
    assert updates[0].provenance["command"] == "test"
    assert updates[0].at == NOW
    assert "program" in updates[0].provenance


def test_a_disagreeing_row_holds_the_offer_back_with_both_values(store: Store) -> None:
    put(store, make_bars())
    offered = make_bars(rows=slice(0, 25))
    offered.close[4] = 11.5
    offered.high[4] = 11.6
    assert put(store, offered) == ["held"]
    state = store.state()
    (bars,) = held_in(store).values()
    assert bars.same_figures(make_bars())
    (entry,) = state.catalog.held_of("300308.SZ")
    held = read_bars(state, [entry], kind="held")[entry.id]
    assert held.dates.tolist() == [SESSIONS[4]]
    assert held.close.tolist() == [11.5]
    message = next(each.message for each in entry.findings if each.severity == "error")
    assert "10.04" in message
    assert "11.5" in message


def test_what_is_held_back_is_served_once_it_agrees(store: Store) -> None:
    put(store, make_bars())
    wrong = make_bars(rows=slice(0, 25))
    wrong.close[4] = wrong.high[4] = 11.5
    put(store, wrong)
    assert put(store, make_bars(rows=slice(0, 25))) == ["grown"]
    assert not store.state().catalog.held_of("300308.SZ")


def test_starting_anew_takes_the_offer_and_keeps_the_old_version(store: Store) -> None:
    put(store, make_bars())
    offered = make_bars(rows=slice(0, 25), scale=1.1)
    assert put(store, offered, start_anew=True) == ["replaced"]
    (bars,) = held_in(store).values()
    assert bars.same_figures(offered)
    (old,) = held_in(store, 1).values()
    assert old.same_figures(make_bars())


def test_too_short_an_overlap_is_held_back(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 20)))
    assert put(store, make_bars(rows=slice(11, 30))) == ["held"]
    assert put(store, make_bars(rows=slice(10, 30))) == ["grown"]


def history(*actions: CorporateAction, restated: bool = False) -> ActionHistory:
    return ActionHistory(
        "300308.SZ", actions, "CNY", "eastmoney", SESSIONS[0], SESSIONS[-1], NOW, restated
    )


def test_corporate_actions_lists_and_sessions_come_back(store: Store) -> None:
    actions = history(
        CorporateAction("300308.SZ", "2024-05-10", 0.5, 0.4, "high", 0.3, 8.0),
        CorporateAction("300308.SZ", "2024-06-10", 0.1, 0.0, "high"),
    )
    names = {("SZ", "eastmoney"): {"300308.SZ": "中际旭创"}}
    days = {("XSHG", "sina"): SESSIONS}
    commit_offers(store, Offers(NOW, [], [(actions, ())], names, days), {})
    state = store.state()
    (entry,) = state.catalog.actions_of("300308.SZ")
    assert read_actions(state, [entry])[entry.id] == actions
    assert kept_names(state) == {"300308.SZ": "中际旭创"}
    assert kept_sessions(state)["XSHG"].tolist() == SESSIONS.tolist()


def test_a_list_without_actions_is_known_to_have_none(store: Store) -> None:
    commit_offers(store, Offers(NOW, [], [(history(), ())]), {})
    state = store.state()
    (entry,) = state.catalog.actions_of("300308.SZ")
    assert read_actions(state, [entry])[entry.id] == history()


def test_a_plan_on_an_older_version_is_not_committed(store: Store) -> None:
    put(store, make_bars(rows=slice(0, 15)))
    old = store.state()
    plan = plan_update(old, Offers(NOW, [offer(make_bars())]))
    put(store, make_bars(rows=slice(0, 18)))
    with pytest.raises(ConflictError):
        store.append(plan.rows, {"at": str(NOW)}, old.version)
    (bars,) = held_in(store).values()
    assert len(bars) == 18


@settings(max_examples=15, deadline=None)
@given(
    spans=st.lists(
        st.tuples(st.integers(0, 3), st.integers(14, len(SESSIONS))), min_size=1, max_size=6
    )
)
def test_whatever_the_order_of_updates_no_row_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int]]
) -> None:
    store = Store(str(tmp_path_factory.mktemp("any") / "store"))
    expected: set[int] = set()
    for first, last in spans:
        put(store, make_bars(rows=slice(first, last)))
        expected |= set(range(first, last))
        (bars,) = held_in(store).values()
        assert bars.dates.tolist() == [SESSIONS[row] for row in sorted(expected)]


def test_compaction_keeps_every_figure_and_the_versions_reports_refer_to(store: Store) -> None:
    def day(number: int) -> np.datetime64:
        return NOW + np.timedelta64(number, "D")

    scales = [1.0, 0.9, 0.8, 0.7, 0.6]
    for number, scale in enumerate(scales):
        adjusted = make_bars(basis="multiplicative", scale=scale)
        put(store, make_bars(rows=slice(0, 15 + number)), adjusted, at=day(number))
    pin_version(store, 2, "scorecard", day(5))
    pin_version(store, 2, "scorecard", day(5))
    before = {version: held_in(store, version) for version in (2, 5)}
    first = compact_store(store, day(4), grace_hours=0)
    assert {2, 4, 5} <= set(first.kept_versions)
    assert first.files_after < first.files_before
    put(store, make_bars(rows=slice(0, 22)), at=day(10))
    put(store, make_bars(rows=slice(0, 24)), at=day(11))
    last = store.state().catalog.version
    second = compact_store(store, day(11), grace_hours=0)
    assert second.removed > 0
    for version, series in before.items():
        if version in second.kept_versions:
            after = held_in(store, version)
            assert after.keys() == series.keys()
            assert all(after[key].same_figures(series[key]) for key in series)
    assert 2 in second.kept_versions
    assert last in second.kept_versions
    assert 4 not in second.kept_versions
    with pytest.raises(StoreError, match="version 4"):
        held_in(store, 4)
    newest = held_in(store)
    assert newest["300308.SZ", "raw", "eastmoney"].same_figures(make_bars(rows=slice(0, 24)))
    assert newest["300308.SZ", "multiplicative", "eastmoney"].same_figures(
        make_bars(basis="multiplicative", scale=0.6)
    )
    assert put(store, make_bars(rows=slice(0, 26))) == ["grown"]


def run_alone(code: str, *arguments: str) -> str:
    """Run code in a process of its own and return what it printed."""
    setup = "import os, resource, signal, sys\nfrom test_store import *\n"
    done = subprocess.run(
        [sys.executable, "-c", setup + textwrap.dedent(code), *arguments],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that other users can reach; it is made writable again to be removed."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for each in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        each.chmod(0o755)
    shutil.rmtree(folder)


def test_a_folder_that_may_not_be_written_to_is_told_and_left(public_folder: Path) -> None:
    store = Store(str(public_folder / "store"))
    put(store, make_bars())
    before = held_in(store)
    for each in [public_folder, *(path for path in public_folder.rglob("*") if path.is_dir())]:
        each.chmod(0o555)
    said = run_alone(
        """
        with tempfile.TemporaryDirectory() as other:  # what is read later is read now
            for rows in (20, 22):
                put(Store(other), make_bars(rows=slice(0, rows)))
        if os.geteuid() == 0:
            os.seteuid(65534)  # root may write anywhere
        for address in (sys.argv[1], sys.argv[1] + "-new"):
            try:
                put(Store(address), make_bars(rows=slice(0, 22)))
            except StoreError as error:
                print("told:", error)
        """,
        store.address,
    )
    assert said.count("told:") == 2, said
    assert said.count("cannot be written to") == 2
    assert "SCREENER_HOME" in said
    after = held_in(store)
    assert all(after[key].same_figures(before[key]) for key in before)


def test_a_full_disk_is_told_and_the_old_state_stays(store: Store) -> None:
    put(store, make_bars())
    before = held_in(store)
    said = run_alone(
        """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))  # as a disk that fills up
        try:
            put(Store(sys.argv[1]), make_bars(rows=slice(0, 30)))
        except StoreError as error:
            print("told:", error)
        """,
        store.address,
    )
    assert said.startswith("told:"), said
    assert "cannot be written to" in said
    after = held_in(store)
    assert all(after[key].same_figures(before[key]) for key in before)
    assert put(store, make_bars(rows=slice(0, 30))) == ["grown"]


def test_bars_of_unequal_columns_are_refused() -> None:
    bars = make_bars()
    with pytest.raises(ValueError, match="differ in length"):
        dataclasses.replace(bars, volume=bars.volume[:-1])
    assert set(FIGURES) <= {field.name for field in dataclasses.fields(Bars)}
