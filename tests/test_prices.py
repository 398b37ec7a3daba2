"""Snapshot, folders of tables, panels and the way from total to price basis."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests import Convention, score_picks
from screener import Panel, load_prices
from screener.adjust import dividend_factors, price_from_total
from screener.panel import CorporateAction
from screener.snapshot import SNAPSHOT_FILE, read_snapshot, rebuild_snapshot
from universes import InputError, load_report


def test_the_snapshot_holds_what_it_says(snapshot: Panel) -> None:
    assert len(snapshot.symbols) == 31
    assert len(snapshot.dates) == 76
    assert [str(day) for day in snapshot.dates[[0, -1]]] == ["2024-06-07", "2025-08-22"]
    assert len(snapshot.actions) == 33
    assert len(snapshot.origin.notes) == 5
    # closing levels that the exchanges published
    day = np.flatnonzero(snapshot.dates == np.datetime64("2024-06-17"))[0]
    for symbol, close in {"0700.HK": 381.2, "9992.HK": 39.2, "1357.HK": 2.44}.items():
        assert snapshot.matrix("close", "price")[day, snapshot.columns([symbol])[0]] == close


@pytest.mark.parametrize("basis", ["price", "total"])
def test_the_snapshot_carries_the_reference_figures(
    reference_folder: Path, snapshot: Panel, basis: str
) -> None:
    table = pd.read_csv(reference_folder / f"closes_{basis}.csv", index_col="date")
    if basis == "total":
        table = table.drop(columns=["000300.SH", "HSI.HK"])
    mine = snapshot.matrix("close", basis)[:, snapshot.columns(table.columns)]
    assert snapshot.dates.astype(str).tolist() == table.index.tolist()
    np.testing.assert_array_equal(mine, table.to_numpy())


def test_the_snapshot_can_be_rebuilt_to_the_byte(reference_folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(SNAPSHOT_FILE, tmp_path / "snapshot.json"))
    rebuild_snapshot(reference_folder, copy)
    assert copy.read_bytes() == SNAPSHOT_FILE.read_bytes()


def test_the_snapshot_holds_three_exchange_rates_and_says_so(snapshot: Panel) -> None:
    (column,) = snapshot.columns(["HKDCNY.FX"])
    rates = snapshot.matrix("close", "price")[:, column]
    known = np.isfinite(rates)
    days = snapshot.dates[known].astype(str).tolist()
    assert dict(zip(days, rates[known].tolist(), strict=True)) == {
        "2024-06-17": 0.929,
        "2024-12-17": 0.937,
        "2025-06-17": 0.915,
    }
    note = snapshot.origin.notes[-1]
    assert "three days only" in note.en
    assert "三日" in note.zh
    assert np.isnan(snapshot.matrix("close", "total")[:, column]).all()


RATED = "date,300308,HKDCNY.FX\n2024-06-17,10,0.93\n2024-06-18,11,\n2024-06-19,12,0.92\n"


def test_a_rate_in_the_folder_takes_the_place_of_the_kept_one(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copy(SNAPSHOT_FILE, tmp_path / "snapshot.json"))
    rebuild_snapshot(folder(closes_price=RATED), copy)
    content = json.loads(copy.read_text(encoding="utf-8"))
    assert content["price"]["HKDCNY.FX"] == [0.93, None, 0.92]
    assert list(content["total"]) == ["300308.SZ"]
    assert read_snapshot(copy).symbols == ("300308.SZ", "HKDCNY.FX")


def test_a_rate_without_a_row_to_stand_on_is_not_dropped(
    folder: Callable[..., Path], tmp_path: Path
) -> None:
    copy = Path(shutil.copy(SNAPSHOT_FILE, tmp_path / "snapshot.json"))
    before = copy.read_bytes()
    with pytest.raises(InputError, match=r"no row for 2024-12-17, a day on which HKDCNY\.FX"):
        rebuild_snapshot(folder(closes_price="date,300308\n2024-06-17,10\n2025-06-17,1\n"), copy)
    assert copy.read_bytes() == before


def test_a_changed_figure_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "snapshot.json"
    text = SNAPSHOT_FILE.read_text(encoding="utf-8")
    assert text.count("381.2,") == 1
    path.write_text(text.replace("381.2,", "381.3,"), encoding="utf-8")
    with pytest.raises(InputError, match="does not match its hash"):
        read_snapshot(path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sha256": "x"}', "\x00", "null"])
def test_what_is_no_snapshot_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "snapshot.json"
    path.write_text(text)
    with pytest.raises(InputError, match="is not a snapshot"):
        load_prices(source=path)


def test_missing_prices_are_refused_with_the_choices() -> None:
    with pytest.raises(InputError, match=r"closes_price\.csv"):
        load_prices(source="nowhere")


def test_the_cut_panel_forgets_all_later_rows(snapshot: Panel) -> None:
    cut = snapshot.until(np.datetime64("2024-10-01"))
    assert str(cut.dates[-1]) == "2024-09-30"
    assert cut.matrix("close", "price").shape == (len(cut.dates), 31)
    assert cut.sha256 != snapshot.sha256
    with pytest.raises(InputError, match="the data begin on 2024-06-07"):
        snapshot.until(np.datetime64("2020-01-01"))


def test_a_panel_cannot_be_written_to(snapshot: Panel) -> None:
    with pytest.raises(ValueError, match="read-only"):
        snapshot.matrix("close", "price")[0, 0] = 1.0


@pytest.mark.parametrize("bad", [0.0, -1.0, np.inf])
def test_a_panel_refuses_what_is_no_price(bad: float) -> None:
    table = pd.DataFrame({"0700.HK": [1.0, bad]}, pd.to_datetime(["2024-06-14", "2024-06-17"]))
    with pytest.raises(InputError, match=r"the close of 0700\.HK on 2024-06-17 is"):
        Panel.from_frames({"price": table})


def test_a_panel_refuses_a_date_given_twice() -> None:
    table = pd.DataFrame({"0700.HK": [1.0, 2.0]}, pd.to_datetime(["2024-06-14", "2024-06-14"]))
    with pytest.raises(InputError, match="stands in two rows"):
        Panel.from_frames({"price": table})


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    def write(**tables: str) -> Path:
        for name, text in tables.items():
            (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_folder_of_tables_is_read(folder: Callable[..., Path]) -> None:
    panel = load_prices(
        source=folder(
            closes_price="date,sz300308,00700\n2024-06-18,11,\n2024-06-17,10,381.2\n",
            opens_price="date,300308\n2024-06-17,9.5\n",
        )
    )
    assert panel.symbols == ("0700.HK", "300308.SZ")
    assert panel.dates.astype(str).tolist() == ["2024-06-17", "2024-06-18"]
    np.testing.assert_array_equal(panel.matrix("close", "price"), [[381.2, 10], [np.nan, 11]])
    np.testing.assert_array_equal(panel.matrix("open", "price"), [[np.nan, 9.5], [np.nan, np.nan]])
    assert np.isnan(panel.matrix("close", "total")).all()


ACTIONS = "symbol,ex_date,cash_per_share,bonus_ratio,confidence\n"


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({}, "holds neither closes_price.csv nor"),
        ({"closes_price": "day,300308\n"}, "first column is not 'date'"),
        ({"closes_price": "date,300308\n2024-06-17,ten\n"}, "could not convert"),
        ({"closes_price": "date,300308\n17/06/2024,10\n"}, "closes_price.csv: line 2 has no date"),
        ({"closes_price": "date,700\n2024-06-17,10\n"}, "'700' is ambiguous"),
        ({"closes_price": "date,300308,300308.SZ\n2024-06-17,10,11\n"}, "two columns"),
        ({"closes_price": ""}, "cannot be read"),
        (
            {"closes_total": "date,300308\n2024-06-17,1\n", "corporate_actions": "a,b\n1,2\n"},
            "columns a, b are of no known layout; bring a table of corporate actions",
        ),
    ],
)
def test_a_faulty_folder_is_refused(
    folder: Callable[..., Path], tables: dict[str, str], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_prices(source=folder(**tables))


TOTAL = "date,300308\n2024-06-17,10\n2024-06-18,10\n2024-06-19,10\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("300308,2024-06-18,,0,high", "line 2: cash_per_share nan is no amount"),
        ("300308,2024-06-18,-5,0,high", "line 2: cash_per_share -5.0 is no amount"),
        ("300308,2024-06-18,inf,0,high", "line 2: cash_per_share 'inf' is no number"),
        ("300308,2024-06-18,1,-1,high", "line 2: bonus_ratio -1.0 is no amount"),
        ("300308,2024-06-18,one,0,high", "line 2: cash_per_share 'one' is no number"),
        ("300308,2024,1,0,high", "line 2: ex_date '2024' is no date"),
        ("300308,,1,0,high", "line 2: there is no ex_date"),
        ("300308,2024-06-18,1,0,high\nsz300308,2024-06-18,1,0,high", "line 3: 300308.SZ has a row"),
        ("700,2024-06-18,1,0,high", "line 2: '700' is ambiguous"),
    ],
)
def test_a_faulty_corporate_action_is_refused_with_its_line(
    folder: Callable[..., Path], row: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_prices(source=folder(closes_total=TOTAL, corporate_actions=f"{ACTIONS}{row}\n"))


def test_without_corporate_actions_the_price_basis_is_not_derived(
    folder: Callable[..., Path],
) -> None:
    panel = load_prices(source=folder(closes_total=TOTAL))
    assert np.isnan(panel.matrix("close", "price")).all()
    assert not panel.derived


def test_a_table_without_rows_says_that_nothing_was_paid(folder: Callable[..., Path]) -> None:
    panel = load_prices(source=folder(closes_total=TOTAL, corporate_actions=ACTIONS))
    assert panel.matrix("close", "price").tolist() == [[10.0], [10.0], [10.0]]


def test_the_price_basis_is_not_derived_from_weekly_closes(
    reference_folder: Path, tmp_path: Path
) -> None:
    for name in ("closes_total.csv", "corporate_actions.csv"):
        shutil.copy(reference_folder / name, tmp_path)
    with pytest.raises(InputError, match=r"the close of .*, before the ex-date .* is missing"):
        load_prices(source=tmp_path)


def test_a_derived_price_basis_is_not_cut_at_an_earlier_day(folder: Callable[..., Path]) -> None:
    panel = load_prices(source=folder(closes_total=TOTAL, corporate_actions=ACTIONS))
    with pytest.raises(InputError, match="derived from closes after 2024-06-18"):
        panel.until(np.datetime64("2024-06-18"))
    assert panel.until(np.datetime64("2024-06-19")).sha256 == panel.sha256


def test_the_price_basis_is_derived_from_dividends(folder: Callable[..., Path]) -> None:
    # Raw closes 10, then 8.90 without the dividend of 1, then 4.5 after one new share for each
    # held, then 4.4 without 0.1. By hand: total = raw times the factors of all later events,
    # (1 - 0.1/4.5), 1/2 for the bonus, (1 - 1/10).
    last, first = 1 - 0.1 / 4.5, 1 - 1 / 10
    total = [10 * first / 2 * last, 8.9 / 2 * last, 4.5 * last, 4.4]
    days = ["2024-06-17", "2024-06-18", "2024-06-19", "2024-06-20"]
    rows = "\n".join(f"{day},{close!r}" for day, close in zip(days, total, strict=True))
    panel = load_prices(
        source=folder(
            closes_total=f"date,300308\n{rows}\n",
            # cash is per share as restated for the later bonus: 1 before it is 0.5 after
            corporate_actions=f"{ACTIONS}300308,2024-06-18,0.5,0,high\n"
            "300308,2024-06-19,0,1,high\n300308,2024-06-20,0.1,0,high\n",
        )
    )
    derived = panel.matrix("close", "price")[:, 0]
    np.testing.assert_allclose(derived, [5.0, 4.45, 4.5, 4.4], rtol=1e-12)


def test_only_prices_that_the_exchange_printed_are_rounded_to_its_tick() -> None:
    days = np.array(["2024-06-13", "2024-06-14", "2024-06-17"], dtype="datetime64[D]")
    actions = [
        CorporateAction("300394.SZ", day, 0.0, 0.4, "high") for day in ("2024-06-14", "2024-06-17")
    ]
    prices = np.array([10.123, 10.123, 10.123])
    found = price_from_total(prices, np.ones(3), days, actions, 2)
    assert found.tolist() == [10.123, 10.123, 10.12]
    assert price_from_total(prices, np.ones(3), days, [], 2).tolist() == [10.12, 10.12, 10.12]
    assert price_from_total(prices, np.ones(3), days, [], 0).tolist() == prices.tolist()


def test_an_index_in_a_table_of_total_closes_serves_as_it_is(folder: Callable[..., Path]) -> None:
    rows = "2024-06-17,10,5\n2024-07-17,12,5.5\n"
    panel = load_prices(source=folder(closes_total=f"date,300308,000300.SH\n{rows}"))
    themes = load_report().select(["optical_modules"])
    for basis, relative in {"total": 0.1, "price": None}.items():
        convention = Convention(basis=basis, horizons=(1,))
        card = score_picks(themes, panel, convention)
        row = next(row for row in card.rows if row.symbol == "300308.SZ")
        assert row.relative == (None if relative is None else pytest.approx(relative))


def test_cash_is_counted_before_the_bonus_of_the_same_day() -> None:
    # 0.5 on a close of 97.5, and 4 new shares for 10 held: reference price (97.5 - 0.5) / 1.4
    days = np.array(["2025-06-06", "2025-06-09"], dtype="datetime64[D]")
    total = np.array([97.0 / 1.4, 70.0])
    paid = CorporateAction("300394.SZ", "2025-06-09", 0.5, 0.4, "high")
    np.testing.assert_allclose(dividend_factors(days, total, [paid]), [97.0 / 97.5, 1.0])


@given(
    st.lists(st.floats(5, 50), min_size=3, max_size=12),
    st.lists(st.floats(0.01, 2), min_size=1, max_size=4),
)
def test_dividends_taken_out_come_back(closes: list[float], dividends: list[float]) -> None:
    """Adjusting raw closes forward by the textbook and back by the code gives them again."""
    days = np.datetime64("2024-01-01") + np.arange(len(closes), dtype="timedelta64[D]")
    total = np.array(closes)
    actions = []
    for place, cash in enumerate(dividends[: len(closes) - 1], start=1):
        actions.append(CorporateAction("300308.SZ", str(days[place]), cash, 0.0, "high"))
        total[:place] *= 1 - cash / closes[place - 1]
    np.testing.assert_allclose(total / dividend_factors(days, total, actions), closes, rtol=1e-9)


def test_each_note_is_in_both_languages() -> None:
    notes = json.loads(SNAPSHOT_FILE.read_text(encoding="utf-8"))["notes"]
    assert all(note["zh"] and note["en"] for note in notes)
