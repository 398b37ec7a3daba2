"""Prices as they were printed: in panels, folders of tables and the store."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from raw_folder import INDICES, write_raw_folder
from test_serve import DAYS, actions_of, bars_of, fill

from backtests import score_picks
from screener import Panel, load_prices
from screener.adjust import restate
from screener.store.bases import choose_series, embedded_actions
from screener.store.serve import serve_panel
from screener.store.store import Store
from universes import InputError, Report
from universes.rating import BASES

ACTIONS = "symbol,ex_date,cash_per_share,bonus_ratio,confidence\n"
# 20, then 1 in cash and ten for ten: 9.5 is the ex-price, 0.475 of the close before, 0.5 without
# the cash; 0.5 of 10 in cash after that leaves 0.95
RAW = "date,300308\n2024-06-17,20\n2024-06-18,9.6\n2024-06-19,10\n2024-06-20,9.8\n"
PAID = f"{ACTIONS}300308,2024-06-18,1,1,high\n300308,2024-06-20,0.5,0,high\n"


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def write(**tables: str) -> Path:
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def column(panel: Panel, symbol: str, quote: str, name: str = "close") -> list[float]:
    return panel.matrix(name, quote)[:, panel.columns([symbol])[0]].tolist()


# Panels


def two_days(symbol: str, values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({symbol: values}, pd.to_datetime(["2024-06-17", "2024-06-18"]))


@pytest.mark.parametrize("symbol", ["000300.SH", "HKDCNY.FX"])
@pytest.mark.parametrize("kept", ["price", "total", "raw"])
def test_an_index_or_a_rate_is_its_own_level_on_every_quote(symbol: str, kept: str) -> None:
    panel = Panel.from_frames({kept: two_days(symbol, [0.9, 0.8])})
    for quote in ("price", "total", "raw"):
        assert panel.levels("close", quote)[:, 0].tolist() == [0.9, 0.8]
    assert panel.carried(symbol, panel.dates).tolist() == [0.9, 0.8]


def test_a_share_stands_only_on_what_is_kept() -> None:
    panel = Panel.from_frames({"raw": two_days("0700.HK", [381.2, 380.0])})
    assert panel.levels("close", "raw")[:, 0].tolist() == [381.2, 380.0]
    assert np.isnan(panel.levels("close", "price")).all()
    assert np.isnan(panel.levels("close", "total")).all()
    assert panel.holds("0700.HK")


def test_of_several_levels_of_an_index_the_one_on_the_price_basis_counts() -> None:
    symbol = "000300.SH"
    panel = Panel.from_frames(
        {
            "raw": two_days(symbol, [3.0, 3.0]),
            "total": two_days(symbol, [2.0, 2.0]),
            "price": two_days(symbol, [1.0, np.nan]),
        }
    )
    for quote in ("price", "total", "raw"):
        assert panel.levels("close", quote)[:, 0].tolist() == [1.0, 2.0]


def test_raw_prices_count_in_a_panels_hash_and_are_checked() -> None:
    price = two_days("0700.HK", [381.2, 380.0])
    bare = Panel.from_frames({"price": price})
    quoted = Panel.from_frames({"price": price, "raw": price})
    other = Panel.from_frames({"price": price, "raw": price * 2})
    assert len({bare.sha256, quoted.sha256, other.sha256}) == 3
    with pytest.raises(InputError, match=r"the close of 0700\.HK on 2024-06-18 is 0\.0"):
        Panel.from_frames({"price": price, "raw": two_days("0700.HK", [381.2, 0.0])})


# Folders


def test_both_bases_are_derived_from_raw_closes(folder: Callable[..., Path]) -> None:
    opens = "date,300308\n2024-06-17,19\n2024-06-18,9.4\n2024-06-20,9.9\n"
    source = folder(closes_raw=RAW, opens_raw=opens, corporate_actions=PAID)
    panel = load_prices(source=source, raw=True)
    assert column(panel, "300308.SZ", "raw") == [20, 9.6, 10, 9.8]
    assert column(panel, "300308.SZ", "price") == pytest.approx([10, 9.6, 10, 9.8])
    total = [20 * 0.475 * 0.95, 9.6 * 0.95, 10 * 0.95, 9.8]
    assert column(panel, "300308.SZ", "total") == pytest.approx(total)
    for quote, factors in {
        "raw": [1, 1, 1],
        "price": [0.5, 1, 1],
        "total": [0.475 * 0.95, 0.95, 1],
    }.items():
        found = np.array(column(panel, "300308.SZ", quote, "open"))
        expected = [own * by for own, by in zip([19, 9.4, 9.9], factors, strict=True)]
        assert found[[0, 1, 3]].tolist() == pytest.approx(expected)
        assert np.isnan(found[2])


def test_cash_beside_raw_closes_is_restated_for_later_bonuses(
    folder: Callable[..., Path],
) -> None:
    # 1 was paid on a close of 10, then ten for ten: the list says 0.5
    raw = "date,300308\n2024-06-17,10\n2024-06-18,9\n2024-06-19,4.5\n"
    listed = f"{ACTIONS}300308,2024-06-18,0.5,0,high\n300308,2024-06-19,0,1,high\n"
    panel = load_prices(source=folder(closes_raw=raw, corporate_actions=listed))
    assert column(panel, "300308.SZ", "price") == pytest.approx([5, 4.5, 4.5])
    assert column(panel, "300308.SZ", "total") == pytest.approx([4.5, 4.5, 4.5])
    assert [each.cash for each in panel.actions] == [0.5, 0]
    assert [each.cash for each in restate(panel.actions, back=True)] == [1, 0]


@pytest.mark.parametrize("name", ["closes_raw", "opens_raw"])
def test_raw_prices_without_corporate_actions_are_refused(
    folder: Callable[..., Path], name: str
) -> None:
    tables = {"closes_price": RAW, "closes_total": RAW, name: RAW}
    with pytest.raises(InputError, match=r"holds raw prices without corporate_actions\.csv"):
        load_prices(source=folder(**tables))


def test_raw_closes_that_miss_the_session_before_an_ex_date_are_refused(
    folder: Callable[..., Path],
) -> None:
    sparse = RAW.replace("2024-06-19,10\n", "")
    source = folder(closes_raw=sparse, corporate_actions=PAID)
    with pytest.raises(InputError, match="close of 2024-06-19, before the ex-date 2024-06-20"):
        load_prices(source=source)
    # a row of opens is no close
    folder(opens_raw=RAW)
    with pytest.raises(InputError, match="close of 2024-06-19, before the ex-date 2024-06-20"):
        load_prices(source=source)


def test_closes_that_are_brought_beside_raw_ones_stand_as_they_are(
    folder: Callable[..., Path],
) -> None:
    given = "date,300308\n2024-06-17,1\n2024-06-18,2\n2024-06-19,3\n2024-06-20,4\n"
    tables = {"closes_raw": RAW, "corporate_actions": PAID, "closes_total": given}
    panel = load_prices(source=folder(**tables), raw=True)
    assert column(panel, "300308.SZ", "total") == [1, 2, 3, 4]
    # from the raw closes, not from the total ones
    assert column(panel, "300308.SZ", "price") == pytest.approx([10, 9.6, 10, 9.8])
    panel = load_prices(source=folder(closes_price=given), raw=True)
    for quote in BASES:
        assert column(panel, "300308.SZ", quote) == [1, 2, 3, 4]
    assert column(panel, "300308.SZ", "raw") == [20, 9.6, 10, 9.8]


def test_bases_derived_from_raw_closes_can_be_cut_at_an_earlier_day(
    folder: Callable[..., Path],
) -> None:
    source = folder(closes_raw=RAW, corporate_actions=PAID)
    cut = load_prices(source=source, end="2024-06-18", raw=True)
    assert column(cut, "300308.SZ", "raw") == [20, 9.6]
    # what was paid later scales both days alike
    price, total = (column(cut, "300308.SZ", basis) for basis in BASES)
    assert price[1] / price[0] == pytest.approx(9.6 / 10)
    assert total[1] / total[0] == pytest.approx(9.6 / 9.5)


def test_indices_and_rates_stand_among_raw_closes_as_their_own_levels(
    folder: Callable[..., Path],
) -> None:
    rows = ["20,3541.5,0.929", "9.6,3545.6,", "10,3550,", "9.8,3540,"]
    days = ["2024-06-17", "2024-06-18", "2024-06-19", "2024-06-20"]
    body = "".join(f"{day},{row}\n" for day, row in zip(days, rows, strict=True))
    source = folder(closes_raw=f"date,300308,000300.SH,HKDCNY.FX\n{body}", corporate_actions=PAID)
    panel = load_prices(source=source, raw=True)
    for quote in (*BASES, "raw"):
        assert column(panel, "000300.SH", quote) == [3541.5, 3545.6, 3550, 3540]
        assert column(panel, "HKDCNY.FX", quote)[0] == 0.929
        assert np.isnan(column(panel, "HKDCNY.FX", quote)[1:]).all()


def test_raw_prices_are_loaded_only_where_they_are_asked_for(
    folder: Callable[..., Path],
) -> None:
    source = folder(closes_raw=RAW, corporate_actions=PAID)
    plain = load_prices(source=source)
    assert set(plain.prices) == {("close", "price"), ("close", "total")}
    asked = load_prices(source=source, raw=True, basis="total", fields=("close",))
    assert set(asked.prices) == {("close", "total"), ("close", "raw")}
    assert column(asked, "300308.SZ", "raw") == [20, 9.6, 10, 9.8]


def test_the_snapshot_keeps_no_raw_prices_but_of_indices_and_the_rate() -> None:
    plain = load_prices(source="snapshot")
    panel = load_prices(source="snapshot", raw=True)
    assert plain.prices.keys() == {("close", "price"), ("close", "total")}
    raw = panel.matrix("close", "raw")
    own = panel.columns(["000300.SH", "HSI.HK", "HKDCNY.FX"])
    np.testing.assert_array_equal(raw[:, own], panel.matrix("close", "price")[:, own])
    assert np.isnan(np.delete(raw, own, axis=1)).all()
    assert panel.origin == plain.origin


def test_the_exchange_rate_is_never_scored_nor_shown(report: Report, snapshot: Panel) -> None:
    card = score_picks(report, snapshot)
    assert not any("FX" in row.symbol for row in card.rows)
    assert not any("FX" in (row.benchmark or "") for row in card.rows)
    kept = [n for n, symbol in enumerate(snapshot.symbols) if symbol != "HKDCNY.FX"]
    prices = {key: matrix[:, kept].copy() for key, matrix in snapshot.prices.items()}
    without = dataclasses.replace(
        snapshot, symbols=tuple(snapshot.symbols[n] for n in kept), prices=prices
    )
    assert score_picks(report, without).rows == card.rows


# The store


def test_raw_bars_of_known_actions_are_served_as_printed(store: Store) -> None:
    known = actions_of("300308.SZ", (1, 1.0, 1.0), (3, 0.5, 0.0))
    fill(store, [bars_of("300308.SZ", [20.0, 10.0, 10.0, 9.8])], [known])
    panel = serve_panel(store.state(), raw=True)
    for name in ("close", "open"):
        assert column(panel, "300308.SZ", "raw", name) == [20.0, 10.0, 10.0, 9.8]
    assert ("close", "raw") not in serve_panel(store.state()).prices


def test_raw_days_beyond_the_known_actions_stay_empty(store: Store) -> None:
    known = actions_of("600519.SH", since=DAYS[1], until=DAYS[2])
    fill(store, [bars_of("600519.SH", [10.0, 11.0, 12.0, 13.0])], [known])
    panel = serve_panel(store.state(), raw=True)
    np.testing.assert_array_equal(column(panel, "600519.SH", "raw"), [np.nan, 11, 12, np.nan])
    (chosen,) = choose_series(store.state(), ["600519.SH"], BASES)
    assert chosen.lacks_days("raw")


@pytest.mark.parametrize("basis", ["raw", "multiplicative", "split_adjusted"])
@pytest.mark.parametrize("known", [True, False])
def test_what_has_no_raw_prices_is_missing_without_an_error_or_a_note(
    store: Store, basis: str, *, known: bool
) -> None:
    told = [actions_of("600519.SH")] if known else []
    fill(store, [bars_of("600519.SH", [10.0] * 4, basis), bars_of("HSI.HK", [1.0] * 4)], told)
    plain, panel = serve_panel(store.state()), serve_panel(store.state(), raw=True)
    served = known and basis == "raw"
    assert np.isfinite(column(panel, "600519.SH", "raw")).all() == served
    assert np.isnan(column(panel, "600519.SH", "raw")).all() != served
    assert panel.origin.notes == plain.origin.notes


def test_an_index_and_a_rate_are_always_served_raw(store: Store) -> None:
    fill(store, [bars_of("000300.SH", [1.0, 2.0, 3.0, 4.0]), bars_of("HKDCNY.FX", [0.9] * 4)])
    panel = serve_panel(store.state(), raw=True)
    assert column(panel, "000300.SH", "raw") == [1.0, 2.0, 3.0, 4.0]
    assert column(panel, "HKDCNY.FX", "raw") == [0.9] * 4


def test_raw_comes_beside_a_single_basis(store: Store) -> None:
    fill(store, [bars_of("300308.SZ", [20.0, 10.0, 10.0, 9.8])], [actions_of("300308.SZ")])
    panel = load_prices(["300308"], source=store.address, basis="price", raw=True)
    assert list(panel.prices) == [
        ("close", "price"),
        ("open", "price"),
        ("close", "raw"),
        ("open", "raw"),
    ]
    with pytest.raises(InputError, match=r"serves no prices of 600519\.SH"):
        load_prices(["600519"], source=store.address, basis="price", raw=True)


def test_asking_for_raw_prices_chooses_no_other_series(store: Store) -> None:
    # the adjusted series is far longer, so it is the one that is served
    long = bars_of("600519.SH", [9.0, 9.1, 9.2, 9.3], "multiplicative")
    short = bars_of("600519.SH", [10.0, 10.0, 10.0, 10.0]).take(np.array([3]))
    fill(store, [long, short], [actions_of("600519.SH")])
    plain, panel = serve_panel(store.state()), serve_panel(store.state(), raw=True)
    for basis in BASES:
        np.testing.assert_array_equal(panel.matrix("close", basis), plain.matrix("close", basis))
    assert column(panel, "600519.SH", "total") == [9.0, 9.1, 9.2, 9.3]
    assert np.isnan(column(panel, "600519.SH", "raw")).all()


def test_no_index_and_no_rate_wants_corporate_actions(store: Store) -> None:
    # the snapshot, which holds both, begins after the first of these days
    early = np.array(["2024-05-30", "2024-05-31", "2024-06-11", "2024-06-12"], "datetime64[D]")
    bars = [
        dataclasses.replace(bars_of(symbol, [1.0, 2.0, 3.0, 4.0]), dates=early)
        for symbol in ("000300.SH", "HKDCNY.FX")
    ]
    fill(store, bars)
    panel = serve_panel(store.state(), raw=True)
    for quote in (*BASES, "raw"):
        assert np.isfinite(panel.matrix("close", quote)).all()
    assert panel.origin.notes == ()
    assert "HKDCNY.FX" not in embedded_actions(["HKDCNY.FX", "300308.SZ"])


# The larger market data

A_SHARES = [
    "000681.SZ",
    "000719.SZ",
    "001330.SZ",
    "002315.SZ",
    "002517.SZ",
    "002739.SZ",
    "300002.SZ",
    "300308.SZ",
    "300364.SZ",
    "300394.SZ",
    "300413.SZ",
    "300418.SZ",
    "300502.SZ",
    "300624.SZ",
    "601019.SH",
    "601595.SH",
    "601801.SH",
    "601900.SH",
    "601928.SH",
    "603096.SH",
    "688498.SH",
    "688702.SH",
]
# seven paid nothing, and 000681.SZ so little that its closes hardly moved off the grid
ON_THE_GRID = [
    "000681.SZ",
    "001330.SZ",
    "002739.SZ",
    "300002.SZ",
    "300364.SZ",
    "300418.SZ",
    "300624.SZ",
    "688702.SH",
]
HONG_KONG = ["0700.HK", "1357.HK", "3690.HK", "9626.HK", "9690.HK", "9992.HK"]
START, END = "2024-06-07", "2025-08-22"


@pytest.fixture(scope="module")
def printed(
    market_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Panel, dict[str, "pd.Series[float]"]]:
    assert market_folder.is_dir()
    folder = tmp_path_factory.mktemp("raw")
    distances = write_raw_folder(folder, [*A_SHARES, *HONG_KONG], START, END)
    return load_prices(source=folder, raw=True), distances


@pytest.mark.market
def test_the_printed_closes_won_back_lie_on_the_grid_of_ticks(
    printed: tuple[Panel, dict[str, "pd.Series[float]"]], snapshot: Panel
) -> None:
    """The file's A-shares are rounded to 0.01 after adjusting, its Hong Kong shares to 0.0001.

    An A-share's close before an ex-date is therefore known to a tick only; from its last
    ex-date on it is exact.
    """
    _, distances = printed
    near = {symbol: float((own < 0.2).mean()) for symbol, own in distances.items()}
    assert sorted(symbol for symbol in A_SHARES if near[symbol] >= 0.99) == ON_THE_GRID
    assert min(near[symbol] for symbol in HONG_KONG) == 1.0
    for symbol in A_SHARES:
        last = max((a.ex_date for a in snapshot.actions if a.symbol == symbol), default=START)
        assert distances[symbol].loc[last:].max() < 1e-6


@pytest.mark.market
@pytest.mark.parametrize("basis", BASES)
def test_the_bases_derived_from_printed_closes_are_the_snapshots(
    printed: tuple[Panel, dict[str, "pd.Series[float]"]], snapshot: Panel, basis: str
) -> None:
    panel, _ = printed
    symbols = [*A_SHARES, *HONG_KONG, *INDICES]
    rows = np.searchsorted(panel.dates, snapshot.dates)
    np.testing.assert_array_equal(panel.dates[rows], snapshot.dates)
    mine = panel.levels("close", basis)[rows][:, panel.columns(symbols)]
    theirs = snapshot.levels("close", basis)[:, snapshot.columns(symbols)]
    for symbol, own, other in zip(symbols, mine.T, theirs.T, strict=True):
        known = np.isfinite(other)
        np.testing.assert_array_equal(np.isfinite(own), known)
        ratio = own[known] / other[known]
        # the file goes on, past an ex-date of 1357.HK: another level, the same returns
        off = np.abs(ratio / ratio[-1] - 1)
        # one close of 601801.SH, of about 7, comes out on the tick beside the snapshot's
        assert off.max() < (0.0015 if symbol == "601801.SH" else 0.001), symbol
        assert np.count_nonzero(off >= 0.001) <= 1
    assert panel.levels("close", "raw")[:, panel.columns(["HKDCNY.FX"])[0]][
        np.isin(panel.dates, np.array(["2024-06-17", "2024-12-17", "2025-06-17"], "M8[D]"))
    ].tolist() == [0.929, 0.937, 0.915]
