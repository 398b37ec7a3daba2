"""What the store serves: on which basis, adjusted how, and what it refuses by name."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from test_store import NOW, SESSIONS, history, make_bars, offer

from screener import load_prices
from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction, Panel
from screener.store.commit import commit_offers
from screener.store.merge import Offers
from screener.store.serve import serve_panel
from screener.store.store import Store
from universes import InputError

DAYS = SESSIONS[:4]


def bars_of(symbol: str, closes: list[float], basis: str = "raw", source: str = "file") -> Bars:
    close = np.array(closes)
    return dataclasses.replace(
        make_bars(symbol, slice(0, 4), basis, source),
        open=close,
        high=close,
        low=close,
        close=close,
    )


def actions_of(symbol: str, *actions: tuple[int, float, float], **told: object) -> ActionHistory:
    """Corporate actions on sessions by their place: (place, cash, bonus)."""
    listed = [
        CorporateAction(symbol, str(DAYS[place]), cash, bonus, "high")
        for place, cash, bonus in actions
    ]
    return dataclasses.replace(history(*listed), symbol=symbol, **told)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def fill(store: Store, bars: list[Bars], actions: list[ActionHistory] | None = None) -> None:
    judged = [(each, ()) for each in actions or []]
    commit_offers(store, Offers(NOW, [offer(each) for each in bars], judged), {})


def closes(store: Store, symbol: str, basis: str) -> list[float]:
    panel = serve_panel(store.state(), [symbol])
    return panel.matrix("close", basis)[:, 0].tolist()


def test_raw_closes_are_adjusted_on_read(store: Store) -> None:
    # 20 the day before ten for ten and 1 in cash: 20/10 = half on price, (20 - 1)/2/20 on total;
    # then 10 in cash terms 0.5 before a plain dividend: nothing on price, 9.5/10 on total
    bars = bars_of("300308.SZ", [20.0, 10.0, 10.0, 9.8])
    fill(store, [bars], [actions_of("300308.SZ", (1, 1.0, 1.0), (3, 0.5, 0.0))])
    assert closes(store, "300308.SZ", "price") == pytest.approx([10.0, 10.0, 10.0, 9.8])
    total = [20 * 0.475 * 0.95, 10 * 0.95, 10 * 0.95, 9.8]
    assert closes(store, "300308.SZ", "total") == pytest.approx(total)


def test_a_rights_issue_moves_both_bases(store: Store) -> None:
    # three for ten at 8 on a close of 10: (10 + 0.3 * 8) / 1.3 = 9.538...
    rights = CorporateAction("300308.SZ", str(DAYS[2]), 0.0, 0.0, "high", 0.3, 8.0)
    fill(store, [bars_of("300308.SZ", [10.0, 10.0, 9.6, 9.7])], [history(rights)])
    ratio = (10 + 0.3 * 8) / 1.3 / 10
    for basis in ("price", "total"):
        expected = [10 * ratio, 10 * ratio, 9.6, 9.7]
        assert closes(store, "300308.SZ", basis) == pytest.approx(expected)


def test_raw_bars_of_unknown_actions_are_refused_by_name(store: Store) -> None:
    fill(store, [bars_of("600519.SH", [20.0, 10.0, 10.0, 9.8])])
    panel = serve_panel(store.state())
    assert np.isnan(panel.matrix("close", "price")).all()
    assert any("600519.SH" in note.en for note in panel.origin.notes)
    with pytest.raises(InputError, match=r"No price basis for 600519\.SH"):
        serve_panel(store.state(), bases=("price",))


def test_days_beyond_the_known_actions_stay_empty(store: Store) -> None:
    known = actions_of("600519.SH", since=DAYS[1], until=DAYS[2])
    fill(store, [bars_of("600519.SH", [10.0, 11.0, 12.0, 13.0])], [known])
    np.testing.assert_array_equal(closes(store, "600519.SH", "price"), [np.nan, 11, 12, np.nan])


def test_a_total_basis_is_kept_and_the_price_basis_derived_where_actions_are_known(
    store: Store,
) -> None:
    # 10 and 0.5 in cash: the total basis has 9.5 before it
    total = bars_of("600519.SH", [9.5, 9.5, 9.6, 9.7], "multiplicative")
    unknown = bars_of("600000.SH", [9.5, 9.5, 9.6, 9.7], "multiplicative")
    restated = actions_of("600519.SH", (2, 0.5, 0.0), restated=True)
    fill(store, [total, unknown], [restated])
    assert closes(store, "600519.SH", "total") == [9.5, 9.5, 9.6, 9.7]
    assert closes(store, "600519.SH", "price") == pytest.approx([10.0, 10.0, 9.6, 9.7])
    assert np.isnan(closes(store, "600000.SH", "price")).all()
    assert closes(store, "600000.SH", "total") == [9.5, 9.5, 9.6, 9.7]


def test_the_picks_actions_are_known_from_the_snapshot(store: Store) -> None:
    days = np.array(["2024-06-24", "2024-06-25", "2024-06-26", "2024-06-27"], "datetime64[D]")
    bars = dataclasses.replace(
        bars_of("000719.SZ", [10.0, 10.2, 10.3, 10.4], "multiplicative"), dates=days
    )
    fill(store, [bars])
    price = closes(store, "000719.SZ", "price")
    # 0.42 in cash on 2024-06-26: the close of the 25th was 10.2 + 0.42
    assert price[1] == pytest.approx(10.62)
    assert price[0] == pytest.approx(round(10.0 / (1 - 0.42 / 10.62), 2))
    assert price[2:] == [10.3, 10.4]


def test_split_adjusted_closes_are_the_price_basis(store: Store) -> None:
    bars = bars_of("0700.HK", [10.0, 10.0, 9.6, 9.7], "split_adjusted", "yahoo")
    fill(store, [bars], [actions_of("0700.HK", (2, 0.5, 4.0), restated=True, source="yahoo")])
    assert closes(store, "0700.HK", "price") == [10.0, 10.0, 9.6, 9.7]
    # 0.5 for each of the old shares, of which one became five: the close before was 50
    total = [10 * (1 - 0.5 / 50), 10 * (1 - 0.5 / 50), 9.6, 9.7]
    assert closes(store, "0700.HK", "total") == pytest.approx(total)


def test_additive_prices_are_never_served(store: Store) -> None:
    fill(store, [bars_of("600519.SH", [10.0, 11.0, 12.0, 13.0], "additive")])
    with pytest.raises(InputError, match=r"serves no prices of 600519\.SH"):
        serve_panel(store.state(), ["600519.SH"])


def test_an_index_is_its_own_level_on_either_basis(store: Store) -> None:
    fill(store, [bars_of("000300.SH", [3500.0, 3510.0, 3520.0, 3530.0])])
    for basis in ("price", "total"):
        assert closes(store, "000300.SH", basis) == [3500.0, 3510.0, 3520.0, 3530.0]


def test_cash_is_turned_between_paid_and_restated() -> None:
    # 1 paid before ten for ten is 0.5 for each share there is now
    paid = actions_of("300308.SZ", (1, 1.0, 0.0), (2, 0.3, 1.0), (3, 0.2, 0.0))
    restated = dataclasses.replace(paid, actions=paid.as_restated(), restated=True)
    assert [each.cash for each in restated.actions] == pytest.approx([0.5, 0.3, 0.2])
    assert [each.cash for each in restated.as_paid()] == pytest.approx([1.0, 0.3, 0.2])


def test_each_calendar_keeps_its_own_sessions(store: Store) -> None:
    hong_kong = bars_of("HSI.HK", [1.0, 2.0, 3.0, 4.0])
    mainland = bars_of("000300.SH", [1.0, 2.0, 3.0, 4.0]).take(np.array([0, 3]))
    fill(store, [hong_kong, mainland])
    panel = serve_panel(store.state())
    assert panel.dates.tolist() == DAYS.tolist()
    np.testing.assert_array_equal(
        panel.matrix("close", "price")[:, panel.columns(["000300.SH"])[0]], [1, np.nan, np.nan, 4]
    )


def test_a_benchmark_is_carried_forward_and_never_backward(store: Store) -> None:
    fill(store, [bars_of("HSI.HK", [1.0, 2.0, 3.0, 4.0])])
    panel = serve_panel(store.state())
    day = np.timedelta64(1, "D")
    asked = np.array([DAYS[0] - day, DAYS[0], DAYS[3], DAYS[3] + 15 * day, DAYS[3] + 16 * day])
    np.testing.assert_array_equal(panel.carried("HSI.HK", asked), [np.nan, 1, 4, 4, np.nan])
    gap = panel.dates[1:2]
    thinned = Panel(
        panel.dates,
        panel.symbols,
        {("close", "price"): np.array([[1.0], [np.nan], [3.0], [4.0]])},
        panel.origin,
    )
    assert thinned.carried("HSI.HK", gap).tolist() == [1.0]
    with pytest.raises(InputError, match=r"hold no 0700\.HK"):
        panel.carried("0700.HK", asked)


def test_prices_are_loaded_by_symbol_day_basis_and_version(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(Path(store.address).parent))
    fill(store, [bars_of("300308.SZ", [20.0, 10.0, 10.0, 9.8])], [actions_of("300308.SZ")])
    fill(store, [bars_of("HSI.HK", [1.0, 2.0, 3.0, 4.0])])
    panel = load_prices(["sz300308"], str(DAYS[1]), str(DAYS[2]), basis="price")
    assert panel.symbols == ("300308.SZ",)
    assert panel.dates.tolist() == DAYS[1:3].tolist()
    assert list(panel.prices) == [("close", "price"), ("open", "price")]
    closes_alone = load_prices(["300308"], fields=("close",))
    assert list(closes_alone.prices) == [("close", "price"), ("close", "total")]
    assert panel.origin.source == "store, version 2"
    assert load_prices(version=1).symbols == ("300308.SZ",)
    assert load_prices(at=str(NOW)).symbols == ("300308.SZ", "HSI.HK")
    with pytest.raises(InputError, match="no version 9"):
        load_prices(version=9)
    with pytest.raises(InputError, match="is not a date"):
        load_prices(start="yesterday")


def test_without_what_is_needed_the_snapshot_is_loaded_instead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(Path(store.address).parent))
    fill(store, [bars_of("HSI.HK", [1.0, 2.0, 3.0, 4.0])])
    assert load_prices(["HSI.HK"]).origin.source == "store, version 1"
    assert load_prices(["HSI.HK", "0700.HK"]).origin.source == "snapshot"
    chosen = load_prices(["HSI.HK", "0700.HK"], source="store")
    assert chosen.symbols == ("HSI.HK",)
    assert any("0700.HK" in note.en for note in chosen.origin.notes)
    with pytest.raises(InputError, match="has no versions"):
        load_prices(source="snapshot", version=1)


def test_a_basis_the_snapshot_lacks_is_refused() -> None:
    panel = load_prices(["000300.SH", "0700.HK"], basis="total", source="snapshot")
    assert np.isfinite(panel.matrix("close", "total")).any(axis=0).all()


def test_the_same_content_has_the_same_hash_and_another_has_another(store: Store) -> None:
    fill(store, [bars_of("HSI.HK", [1.0, 2.0, 3.0, 4.0])])
    first = serve_panel(store.state()).origin.sha256
    fill(store, [bars_of("000300.SH", [1.0, 2.0, 3.0, 4.0])])
    state = store.state()
    assert serve_panel(state, ["HSI.HK"]).origin.sha256 == first
    assert serve_panel(state).origin.sha256 != first


def test_of_all_that_is_kept_what_is_not_known_is_left_out_and_named(store: Store) -> None:
    known = bars_of("600519.SH", [10.0, 10.0, 9.6, 9.7])
    fill(store, [known, bars_of("600000.SH", [9.5] * 4)], [actions_of("600519.SH")])
    panel = serve_panel(store.state(), bases=("price",))
    assert panel.symbols == ("600519.SH",)
    assert any("600000.SH" in note.en for note in panel.origin.notes)
    with pytest.raises(InputError, match=r"No price basis for 600000\.SH"):
        serve_panel(store.state(), ["600519.SH", "600000.SH"], bases=("price",))
    with pytest.raises(InputError, match=r"serves no prices of 0700\.HK"):
        serve_panel(store.state(), ["600519.SH", "0700.HK"], bases=("price",))


def test_a_derived_price_basis_is_not_given_as_of_an_earlier_day(store: Store) -> None:
    total = bars_of("600519.SH", [9.5, 9.5, 9.6, 9.7], "multiplicative")
    fill(store, [total], [actions_of("600519.SH", (2, 0.5, 0.0))])
    assert serve_panel(store.state(), end=DAYS[3]).matrix("close", "price")[0, 0] == 10.0
    early = serve_panel(store.state(), end=DAYS[2])
    assert np.isnan(early.matrix("close", "price")).all()
    assert early.matrix("close", "total")[:, 0].tolist() == [9.5, 9.5, 9.6]
    assert any("600519.SH" in note.en and "later" in note.en for note in early.origin.notes)
    with pytest.raises(InputError, match=r"600519\.SH"):
        serve_panel(store.state(), ["600519.SH"], end=DAYS[2], bases=("price",))


def test_a_short_list_of_actions_hides_no_longer_series(store: Store) -> None:
    raw = bars_of("600519.SH", [10.0, 10.0, 10.0, 10.0])
    total = bars_of("600519.SH", [9.0, 9.1, 9.2, 9.3], "multiplicative")
    fill(store, [raw, total], [actions_of("600519.SH", since=DAYS[3], until=DAYS[3])])
    panel = serve_panel(store.state(), bases=("total",))
    assert panel.matrix("close", "total")[:, 0].tolist() == [9.0, 9.1, 9.2, 9.3]


def test_the_list_of_actions_that_covers_most_is_used(store: Store) -> None:
    bars = bars_of("600519.SH", [10.0, 10.0, 10.0, 10.0], source="eastmoney")
    short = actions_of("600519.SH", until=DAYS[1], source="eastmoney")
    long = actions_of("600519.SH", (3, 1.0, 0.0), source="sina")
    fill(store, [bars], [short, long])
    assert closes(store, "600519.SH", "total") == pytest.approx([9.0, 9.0, 9.0, 10.0])


def test_days_left_empty_for_want_of_actions_are_told(store: Store) -> None:
    fill(
        store,
        [bars_of("600519.SH", [10.0, 11.0, 12.0, 13.0])],
        [actions_of("600519.SH", since=DAYS[1], until=DAYS[2])],
    )
    notes = serve_panel(store.state()).origin.notes
    assert any("600519.SH" in note.en and "part of its days" in note.en for note in notes)


def test_where_no_source_is_named_the_one_that_lacks_less_is_read(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    kept, gone, embedded = "600519.SH", "601318.SH", "300308.SZ"
    fill(store, [bars_of(kept, [10.0] * 4, "multiplicative")])
    assert load_prices([kept, gone]).origin.version == 1, "the snapshot lacks both"
    assert load_prices([kept, embedded]).origin.version is None, "each lacks one of the two"
    assert load_prices([embedded]).origin.source == "snapshot"


def test_highs_and_what_was_traded_are_served_where_they_are_asked_for(store: Store) -> None:
    bars = make_bars("600519.SH", slice(0, 4), "multiplicative", "file")
    restated = make_bars("0700.HK", slice(0, 4), "split_adjusted", "yahoo")
    fill(store, [bars, restated])
    panel = serve_panel(store.state(), names=("close", "high"), traded=True)
    column = panel.symbols.index("600519.SH")
    assert panel.matrix("high", "total")[:, column].tolist() == bars.high.tolist()
    assert panel.traded["volume"][:, column].tolist() == bars.volume.tolist()
    assert panel.traded["amount"][:, column].tolist() == bars.amount.tolist()
    # Yahoo's volumes are in the shares of today, not of the day
    assert np.isnan(panel.traded["volume"][:, 1 - column]).all()
    assert serve_panel(store.state()).traded == {}
