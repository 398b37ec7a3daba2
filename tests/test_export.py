"""What is written is read back to the same figures, or is not written at all."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as stn

from screener import Panel, load_prices
from screener.bars import BAR_BASES, FIGURES, Bars
from screener.panel import CorporateAction
from screener.sources.files import read_files
from screener.tasks.export import write_export
from universes import InputError

HEADER = "symbol,date,open,high,low,close,volume,amount,currency,basis,source,fetched_at"
FETCHED = np.datetime64("2025-08-26T03:00:00")


def make_bars(
    symbol: str = "0700.HK", dates: Sequence[str] = ("2024-06-14", "2024-06-17"), **told: object
) -> Bars:
    column = 0.1 * np.arange(1.0, len(dates) + 1.0)
    column[:1] += 0.2  # 0.30000000000000004, which fifteen digits do not give back
    figures = dict.fromkeys(FIGURES, column)
    stated = {
        "currency": "HKD",
        "basis": "raw",
        "source": "eastmoney",
        "fetched_at": FETCHED,
    }
    return Bars(
        symbol=symbol,
        dates=np.array(dates, dtype="datetime64[D]"),
        **{**figures, **stated, **told},  # type: ignore[arg-type] # checked by Bars' readers
    )


def read_back(path: Path) -> list[Bars]:
    got = read_files(path, source=None, basis=None, fetched_at=np.datetime64("1990-01-01"))
    assert not got.skipped
    assert not got.notes
    return got.bars


def assert_equal(mine: Bars, other: Bars) -> None:
    for each in fields(Bars):
        np.testing.assert_array_equal(getattr(mine, each.name), getattr(other, each.name))


ENDINGS = pytest.mark.parametrize("ending", [".csv", ".parquet"])


@ENDINGS
def test_bars_are_read_back_as_they_were(tmp_path: Path, ending: str) -> None:
    gap = np.array([np.nan, 5e-324])
    bars = [
        make_bars(volume=gap, amount=np.array([1e300, np.nan])),
        make_bars(basis="additive", source='odd, "quoted"', fetched_at=np.datetime64("2001-02-03")),
        make_bars("300308.SZ", ["2024-06-17", "2024-06-14"], currency="USD"),
    ]
    path = tmp_path / "deep" / f"bars{ending}"
    write_export(iter(bars), path)
    for mine, other in zip(bars, read_back(path), strict=True):
        assert_equal(mine, other)


def test_the_columns_are_the_stores_own(tmp_path: Path) -> None:
    bars = make_bars(open=np.array([np.nan, 0.5]))
    write_export([bars], tmp_path / "bars.csv")
    lines = (tmp_path / "bars.csv").read_text(encoding="utf-8").replace('"', "").splitlines()
    assert lines[0] == HEADER
    x = "0.30000000000000004"
    assert lines[1] == (
        f"0700.HK,2024-06-14,,{x},{x},{x},{x},{x},HKD,raw,eastmoney,2025-08-26 03:00:00Z"
    )
    write_export([bars], tmp_path / "bars.parquet")
    table = pq.read_table(tmp_path / "bars.parquet")
    assert table.column_names == HEADER.split(",")
    assert table["open"].null_count == 1
    assert str(table.schema.field("date").type) == "date32[day]"
    assert str(table.schema.field("fetched_at").type) == "timestamp[ms, tz=UTC]"


@st.composite
def many_bars(draw: st.DrawFn) -> list[Bars]:
    keys = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["0700.HK", "300308.SZ", "PDD.US"]), st.sampled_from(BAR_BASES)
            ),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    made = []
    for symbol, basis in keys:
        length = draw(st.integers(1, 8))
        dates = draw(st.lists(st.dates(), min_size=length, max_size=length))
        number = st.floats(allow_infinity=False)
        figures = {name: draw(stn.arrays(np.float64, length, elements=number)) for name in FIGURES}
        moment = np.datetime64(draw(st.datetimes().map(lambda each: each.replace(microsecond=0))))
        told = {"basis": basis, "fetched_at": moment.astype("datetime64[s]"), **figures}
        made.append(make_bars(symbol, [day.isoformat() for day in dates], **told))
    return made


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bars=many_bars(), ending=st.sampled_from([".csv", ".parquet"]))
def test_any_bars_are_read_back_as_they_were(tmp_path: Path, bars: list[Bars], ending: str) -> None:
    path = tmp_path / f"bars{ending}"
    write_export(bars, path)
    for mine, other in zip(bars, read_back(path), strict=True):
        assert_equal(mine, other)


@ENDINGS
def test_many_rows_are_written_in_batches(tmp_path: Path, ending: str) -> None:
    dates = np.arange("1900-01-01", "2010-01-01", dtype="datetime64[D]").astype(str).tolist()
    symbols = ["0700.HK", "9988.HK", "1024.HK", "9618.HK", "3690.HK"]
    bars = [make_bars(symbol, dates) for symbol in symbols]
    path = tmp_path / f"bars{ending}"
    write_export(iter(bars), path)
    if ending == ".parquet":
        assert pq.ParquetFile(path).num_row_groups == 2
    for mine, other in zip(bars, read_back(path), strict=True):
        assert_equal(mine, other)


@ENDINGS
def test_a_break_leaves_what_stood_there(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"bars{ending}"
    path.write_text("what stood there", encoding="utf-8")
    dates = np.arange("1500-01-01", "2010-01-01", dtype="datetime64[D]").astype(str).tolist()

    def breaking() -> Iterator[Bars]:
        yield make_bars(dates=dates)  # more than is written at once
        raise ConnectionError

    with pytest.raises(ConnectionError):
        write_export(breaking(), path)
    assert path.read_text(encoding="utf-8") == "what stood there"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end it in \.csv or \.parquet"):
        write_export([make_bars()], tmp_path / "bars.xlsx")
    with pytest.raises(InputError, match="no bars to write"):
        write_export([], tmp_path / "bars.csv")
    with pytest.raises(InputError, match="no bars to write"):
        write_export([make_bars(dates=())], tmp_path / "bars.csv")
    assert not list(tmp_path.iterdir())


# panels


def same_panel(mine: Panel, other: Panel) -> None:
    assert mine.sha256 == other.sha256
    assert other.symbols == mine.symbols
    np.testing.assert_array_equal(mine.dates, other.dates)
    assert mine.prices.keys() == other.prices.keys()
    for key, matrix in mine.prices.items():
        np.testing.assert_array_equal(matrix, other.prices[key])


def test_the_snapshot_is_read_back_from_its_export(snapshot: Panel, tmp_path: Path) -> None:
    write_export(snapshot, tmp_path / "wide")
    other = load_prices(source=tmp_path / "wide")
    columns = other.columns(snapshot.symbols)
    np.testing.assert_array_equal(snapshot.dates, other.dates)
    assert sorted(snapshot.symbols) == list(other.symbols)
    for basis in ("price", "total"):
        mine = snapshot.matrix("close", basis)
        np.testing.assert_array_equal(mine, other.matrix("close", basis)[:, columns])
    assert other.actions == snapshot.actions
    names = sorted(path.name for path in (tmp_path / "wide").iterdir())
    assert names == ["closes_price.csv", "closes_total.csv", "corporate_actions.csv"]


PRICES = stn.arrays(
    np.float64,
    (3, 2),
    elements=st.floats(1e-300, 1e300) | st.just(np.nan),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(prices=st.tuples(PRICES, PRICES, PRICES, PRICES))
def test_any_panel_is_read_back_as_it_was(tmp_path: Path, prices: tuple[np.ndarray, ...]) -> None:
    days = pd.to_datetime(["2024-06-14", "2024-06-17", "2024-06-18"])
    tables = [pd.DataFrame(matrix, days, ["0700.HK", "300308.SZ"]) for matrix in prices]
    panel = Panel.from_frames(
        {"price": tables[0], "total": tables[1]}, {"price": tables[2], "total": tables[3]}
    )
    write_export(panel, tmp_path / "wide")
    same_panel(panel, load_prices(source=tmp_path / "wide"))


def small_panel(*actions: CorporateAction, opens: bool = False) -> Panel:
    table = pd.DataFrame({"0700.HK": [1.5]}, pd.to_datetime(["2024-06-14"]))
    return Panel.from_frames({"price": table}, {"price": table} if opens else None, None, actions)


def test_a_panel_is_spelled_plainly(tmp_path: Path) -> None:
    paid = CorporateAction("0700.HK", "2024-05-17", 0.1 + 0.2, 0.0, "high, as announced")
    write_export(small_panel(paid), tmp_path)
    assert (tmp_path / "closes_price.csv").read_text() == "date,0700.HK\n2024-06-14,1.5\n"
    assert (tmp_path / "corporate_actions.csv").read_text() == (
        "symbol,ex_date,cash_per_share,bonus_ratio,confidence\n"
        '0700.HK,2024-05-17,0.30000000000000004,0.0,"high, as announced"\n'
    )


def test_rights_are_written_where_somebody_had_any(tmp_path: Path) -> None:
    actions = (
        CorporateAction("0700.HK", "2024-05-17", 0.0, 0.0, "high", 0.3, 2.5),
        CorporateAction("0700.HK", "2024-05-20", 3.4, -0.8, "low"),
    )
    write_export(small_panel(*actions), tmp_path)
    (history,) = read_files(
        tmp_path / "corporate_actions.csv", source=None, basis=None, fetched_at=FETCHED
    ).actions
    assert history.actions == actions


def test_a_stale_table_is_not_left_beside_new_ones(tmp_path: Path) -> None:
    write_export(small_panel(opens=True), tmp_path)
    with pytest.raises(InputError, match=r"holds opens_price\.csv, which would be read beside"):
        write_export(small_panel(), tmp_path)
    write_export(small_panel(opens=True), tmp_path)


def test_a_panel_without_closes_is_refused(tmp_path: Path) -> None:
    panel = small_panel(opens=True)
    opens = Panel(
        panel.dates, panel.symbols, {("open", "price"): panel.matrix("open", "price")}, panel.origin
    )
    with pytest.raises(InputError, match="the panel has no closes"):
        write_export(opens, tmp_path)


@pytest.mark.market
def test_the_market_data_are_read_back_from_their_export(
    market_folder: Path, tmp_path: Path
) -> None:
    path = market_folder / "hk_daily.parquet"
    bars = read_files(path, source="public", basis="multiplicative", fetched_at=FETCHED).bars
    assert len(bars) == 503
    for ending in (".csv", ".parquet"):
        write_export(bars, tmp_path / f"hk{ending}")
        for mine, other in zip(bars, read_back(tmp_path / f"hk{ending}"), strict=True):
            assert_equal(mine, other)
