"""Daily price limits on both sides of every change, and what a faulty file of them is told."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from universes import FaultyFileError, InputError
from universes.limits import LIMITS_FILE, price_limit, read_limits, widest_limit

D = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("symbol", "day", "fraction", "free"),
    [
        ("600519.SH", "2014-01-01", 0.10, 0),
        ("600519.SH", "2023-04-09", 0.10, 0),
        ("600519.SH", "2023-04-10", 0.10, 5),
        ("000719.SZ", "2023-04-09", 0.10, 0),
        ("000719.SZ", "2023-04-10", 0.10, 5),
        ("600519.SH", "2026-07-06", 0.10, 5),
        ("300308.SZ", "2020-08-23", 0.10, 0),
        ("300308.SZ", "2020-08-24", 0.20, 5),
        ("688498.SH", "2019-07-22", 0.20, 5),
        ("920002.BJ", "2021-11-15", 0.30, 1),
        ("831445.BJ", "2024-06-17", 0.30, 1),
    ],
)
def test_a_limit_holds_from_its_day(symbol: str, day: str, fraction: float, free: int) -> None:
    limit = price_limit(symbol, D(day))
    assert limit is not None
    assert (limit.fraction, limit.free_sessions, limit.tick) == (fraction, free, 0.01)
    assert limit.verified


@pytest.mark.parametrize(
    ("symbol", "day", "fraction", "verified"),
    [
        ("600519.SH", "2026-07-05", 0.05, True),
        ("600519.SH", "2026-07-06", 0.10, False),
        ("000719.SZ", "2026-07-05", 0.05, True),
        ("000719.SZ", "2026-07-06", 0.10, False),
        ("000719.SZ", "2020-01-02", 0.05, True),
        ("300308.SZ", "2020-08-24", 0.20, True),
        ("688498.SH", "2024-06-17", 0.20, True),
        ("920002.BJ", "2024-06-17", 0.30, True),
    ],
)
def test_special_treatment_is_narrower_on_the_main_boards_until_july_2026(
    symbol: str, day: str, fraction: float, *, verified: bool
) -> None:
    limit = price_limit(symbol, D(day), special=True)
    assert limit is not None
    assert (limit.fraction, limit.verified) == (fraction, verified)


def test_the_first_session_was_held_by_the_issue_price_until_registration() -> None:
    before = price_limit("600519.SH", D("2023-04-07"))
    after = price_limit("600519.SH", D("2023-04-10"))
    assert before is not None
    assert after is not None
    assert before.first_session is not None
    assert (before.first_session.rise, before.first_session.fall) == (0.44, 0.36)
    assert after.first_session is None


@pytest.mark.parametrize(
    "symbol", ["0700.HK", "PDD.US", "000300.SH", "HSI.HK", "899002.NQ", "HKDCNY.FX"]
)
def test_hong_kong_new_york_and_indices_have_no_limits(symbol: str) -> None:
    assert price_limit(symbol, D("1990-01-02")) is None
    assert price_limit(symbol, D("2024-06-17"), special=True) is None
    assert widest_limit(symbol) == 0


@pytest.mark.parametrize(
    ("symbol", "day", "first"),
    [
        ("600519.SH", "2013-12-31", "2014-01-01"),
        ("300308.SZ", "2013-12-31", "2014-01-01"),
        ("688498.SH", "2019-07-21", "2019-07-22"),
        ("920002.BJ", "2021-11-14", "2021-11-15"),
    ],
)
def test_a_day_before_the_record_is_refused(symbol: str, day: str, first: str) -> None:
    with pytest.raises(InputError, match=f"not known on {day}; begin on {first}"):
        price_limit(symbol, D(day))


@pytest.mark.parametrize("symbol", ["510300.SH", "900901.SH", "200002.SZ", "831445.NQ"])
def test_a_board_that_is_not_recorded_is_refused_and_not_taken_for_free(symbol: str) -> None:
    with pytest.raises(InputError, match=f"no price limits are recorded for {symbol}"):
        price_limit(symbol, D("2024-06-17"))
    assert widest_limit(symbol) == 0


def test_any_spelling_is_read() -> None:
    assert price_limit("sz300308", D("2024-06-17")) == price_limit("300308.SZ", D("2024-06-17"))


def test_the_widest_limit_is_that_of_all_time() -> None:
    symbols = ("600519.SH", "688498.SH", "000719.SZ", "300308.SZ", "920002.BJ")
    assert [widest_limit(symbol) for symbol in symbols] == [0.1, 0.2, 0.1, 0.2, 0.3]


BOARDS = {
    "600519.SH": ("SH", "main"),
    "688498.SH": ("SH", "star"),
    "000719.SZ": ("SZ", "main"),
    "300308.SZ": ("SZ", "chinext"),
    "920002.BJ": ("BJ", "bse"),
}
SHIPPED = LIMITS_FILE.read_text(encoding="utf-8")


@given(
    symbol=st.sampled_from(sorted(BOARDS)),
    day=st.dates(D("2021-11-15"), D("2030-12-31")),
    special=st.booleans(),
)
def test_limits_are_those_that_a_plain_walk_through_the_file_finds(
    symbol: str, day: dt.date, *, special: bool
) -> None:
    suffix, board = BOARDS[symbol]
    held = None
    for row in tomllib.loads(SHIPPED)[suffix][board]:
        if row["from"] <= day:
            held = row["special"] if special and "special" in row else row
    limit = price_limit(symbol, day, special=special)
    assert held is not None
    assert limit is not None
    assert limit.fraction == pytest.approx(held["percent"] / 100, rel=1e-12)
    assert (limit.verified, limit.source) == (held["verified"], held["source"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[HK]", "[XX]", "unknown exchange 'XX'"),
        ("SZ.chinext", "SZ.chinxt", "SZ has no board 'chinxt'"),
        ('unlimited = ["main"]', 'unlimited = ["gem"]', "has no board 'gem'"),
        ("from = 2023-04-10", "from = 2014-01-01", "is not after the row before"),
        ("from = 2020-08-24", 'from = "2020-08-24"', "is not a date"),
        ("percent = 30", "percent = 0", "0% is no limit"),
        ("percent = 30", "percent = 100", "100% is no limit"),
        ("rise_percent = 44", "rise_percent = -44", "-44% is no limit"),
        ("free_sessions = 1", "free_sessions = 1.5", "1.5 is no count of sessions"),
        ("free_sessions = 1", "free_sessions = -1", "-1 is no count of sessions"),
        ("tick = 0.01", "tick = 0", "is not above zero"),
        ("percent = 30", "percent = 30\nroof = 1", "unknown key 'roof'"),
        ("percent = 30\nfree", "free", "the key 'percent' is missing"),
        ("special = { percent = 5, ", "special = { percent = 5, x = 1, ", "unknown key 'x'"),
        ('source = "BSE trading rules"', "", "the key 'source' is missing"),
        ("[HK]", "[NQ]\nneeq = []\n[HK]", "the board has no limits"),
    ],
)
def test_a_fault_of_the_file_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SHIPPED
    path = tmp_path / "limits.toml"
    path.write_text(SHIPPED.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=said):
        read_limits(path)


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "limits.toml"
    faulty = SHIPPED.replace("percent = 30", "percent = 0").replace("[HK]", "[XX]")
    path.write_text(faulty, encoding="utf-8")
    with pytest.raises(FaultyFileError) as caught:
        read_limits(path)
    assert len(caught.value.faults) == 2
