"""An update asks once, keeps what it got, and says what it did not get."""

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from zygote import SYMBOLS, Adaptor, Clock, Silent, sessions

from screener.bars import ActionHistory, Bars
from screener.calendar import load_sessions
from screener.panel import CorporateAction
from screener.sources.errors import BlockedError
from screener.sources.failover import Fetcher
from screener.store.lists import kept_sessions, read_actions
from screener.store.series import read_bars
from screener.store.store import Store
from screener.tasks.actions import join_histories
from screener.tasks.finality import last_final_session
from screener.tasks.selection import select_symbols
from screener.tasks.update import UpdateResult, Wish, update_store
from universes import InputError, Symbol
from universes.exchange import list_exchanges

START = dt.date(2024, 1, 2)


class Recording(Adaptor):
    """An upstream that counts what it is asked, and can be told to stop or to fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.stop_at = -1
        self.broken: set[str] = set()
        self.actions: tuple[CorporateAction, ...] = ()

    def fetch_bars(
        self, symbol: Symbol, start: dt.date, end: dt.date, fetched_at: np.datetime64
    ) -> Bars:
        if len(self.asked) == self.stop_at:
            raise KeyboardInterrupt
        if str(symbol) in self.broken:
            raise BlockedError("eastmoney", "403")
        self.asked.append(str(symbol))
        return super().fetch_bars(symbol, start, end, fetched_at)

    def fetch_listing(self, suffix: str) -> dict[str, str]:
        assert suffix == "SH"
        return {"600000.SH": "浦发银行", "600519.SH": "贵州茅台"}

    def fetch_sessions(self, calendar: str) -> np.ndarray:
        assert calendar == "XSHG"
        return np.append(sessions(), np.datetime64("2099-01-05"))


def run(store: Store, adaptor: Recording, rows: int, **wish: object) -> UpdateResult:
    clock = Clock(sessions()[rows - 1])
    fetcher = Fetcher(clock, seed=0, load=lambda _: adaptor)
    asked = Wish(SYMBOLS, START, **wish)
    return update_store(store, asked, fetcher, clock, Silent())


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    return Store()


def test_an_update_fetches_bars_and_actions_and_commits_once(store: Store) -> None:
    result = run(store, Recording(), 20)
    assert result.complete
    assert result.version == 1
    assert {each.change for each in result.outcomes} == {"new"}
    state = store.state()
    assert len(state.catalog.symbols) == len(SYMBOLS)
    (listed,) = state.catalog.actions_of("600000.SH")
    assert read_actions(state, [listed])[listed.id].actions == ()
    (update,) = store.updates()
    assert set(update.provenance["upstreams"]) == set(map(str, SYMBOLS))
    assert any("eastmoney" in each for each in update.provenance["upstreams"]["600000.SH"])


def test_the_next_update_asks_for_the_whole_window_and_adds_what_is_new(store: Store) -> None:
    run(store, Recording(), 20)
    result = run(store, Recording(), 23)
    assert {(each.change, each.added) for each in result.outcomes} == {("grown", 3)}
    state = store.state()
    for entry in state.catalog.served.values():
        if entry.what == "bars":
            bars = read_bars(state, [entry])[entry.id]
            assert bars.dates.tolist() == sessions()[:23].tolist()


def test_what_is_current_is_not_asked_for(store: Store) -> None:
    run(store, Recording(), 20)
    again = Recording()
    result = run(store, again, 20)
    assert again.asked == []
    assert result.version is None
    assert len(result.current) == len(SYMBOLS)


def test_an_interrupted_update_leaves_the_store_and_goes_on_where_it_stopped(store: Store) -> None:
    first = Recording()
    first.stop_at = 5
    with pytest.raises(KeyboardInterrupt):
        run(store, first, 20)
    assert not store.exists()
    second = Recording()
    assert run(store, second, 20).complete
    assert len(first.asked) == 5
    assert sorted(first.asked + second.asked) == sorted(map(str, SYMBOLS))
    third = Recording()
    run(store, third, 21)
    assert len(third.asked) == len(SYMBOLS), "what was kept aside is of an older session"


def test_what_cannot_be_had_is_named_and_the_rest_committed(store: Store) -> None:
    adaptor = Recording()
    adaptor.broken = {"600003.SH"}
    result = run(store, adaptor, 20)
    assert not result.complete
    # the first block opens every circuit, so those after it are not asked
    assert "600003.SH" in result.failures
    assert result.version == 1
    assert "600000.SH" in store.state().catalog.served_symbols


def test_the_bar_of_a_session_under_way_is_not_kept(store: Store) -> None:
    clock = Clock(sessions()[19])
    clock._now -= np.timedelta64(4, "h")  # noqa: SLF001 - 14:00 in Shanghai
    fetcher = Fetcher(clock, seed=0, load=lambda _: Recording())
    update_store(store, Wish(SYMBOLS, START), fetcher, clock, Silent())
    state = store.state()
    assert {entry.last for entry in state.catalog.served.values() if entry.what == "bars"} == {
        sessions()[18]
    }


def test_lists_and_sessions_are_fetched_on_request(store: Store) -> None:
    run(store, Recording(), 20, lists=True)
    state = store.state()
    assert np.datetime64("2099-01-05") in kept_sessions(state)["XSHG"]
    chosen = select_symbols(state, [], ["SH"], kept=False)
    assert list(map(str, chosen)) == ["600000.SH", "600519.SH"]
    with pytest.raises(InputError, match="no list of the shares of 'HK'"):
        select_symbols(state, [], ["HK"], kept=False)


def test_what_is_kept_from_vendors_is_updated_again(store: Store) -> None:
    run(store, Recording(), 20)
    chosen = select_symbols(store.state(), ["0700.HK"], [], kept=True)
    assert {"0700.HK", "HKDCNY.FX", "600000.SH"} <= set(map(str, chosen))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2024-06-17T07:59:59", "2024-06-14"),  # 15:59 in Shanghai, a Monday
        ("2024-06-17T08:00:00", "2024-06-17"),
        ("2024-06-16T12:00:00", "2024-06-14"),
        ("2024-06-10T12:00:00", "2024-06-07"),  # the Dragon Boat festival
    ],
)
def test_a_session_is_final_once_its_bar_no_longer_changes(now: str, expected: str) -> None:
    found = last_final_session(list_exchanges()["SH"], np.datetime64(now, "s"))
    assert str(found) == expected


def test_beyond_the_calendar_the_error_says_what_to_upgrade() -> None:
    exchange = list_exchanges()["SH"]
    known = load_sessions("XSHG", 2024, 2099).known_until
    now = known.astype("datetime64[s]") + np.timedelta64(60 * 24 + 12, "h")
    with pytest.raises(InputError, match="upgrade exchange-calendars"):
        last_final_session(exchange, now)
    told = known + np.arange(59, 62).astype("timedelta64[D]")
    assert last_final_session(exchange, now, told) == told[1]


def actions(source: str, *told: tuple[str, float, float]) -> ActionHistory:
    listed = tuple(CorporateAction("0700.HK", day, cash, new, "high") for day, cash, new in told)
    span = (np.datetime64("2024-01-01", "D"), np.datetime64("2024-12-31", "D"))
    return ActionHistory("0700.HK", listed, "HKD", source, *span, np.datetime64("2024-12-31", "s"))


def test_splits_of_one_list_are_joined_to_the_dividends_of_another() -> None:
    joined = join_histories(
        actions("eastmoney", ("2024-05-17", 3.4, 0.0), ("2024-09-02", 0.0, 1.0)),
        dataclasses.replace(
            actions("yahoo", ("2024-05-17", 0.68, 0.0), ("2024-07-01", 0.0, 4.0)),
            until=np.datetime64("2024-11-30", "D"),
        ),
    )
    assert [(each.ex_date, each.cash, each.bonus) for each in joined.actions] == [
        ("2024-05-17", 3.4, 0.0),
        ("2024-07-01", 0.0, 4.0),
        ("2024-09-02", 0.0, 1.0),
    ]
    assert joined.source == "eastmoney+yahoo"
    assert str(joined.until) == "2024-11-30"
