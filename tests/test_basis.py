"""On which basis returns are measured where none is asked for."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Run

from backtests.basis import usual_basis
from screener import Panel
from universes import Symbol

PICKS = [f"30000{n}.SZ" for n in range(10)]


def make_panel(on_price: int, on_total: int) -> Panel:
    days = pd.DatetimeIndex(["2024-06-14", "2024-06-17"])
    tables = {
        basis: pd.DataFrame(10.0, days, PICKS[:count])
        for basis, count in (("price", on_price), ("total", on_total))
    }
    return Panel.from_frames(tables)


@pytest.mark.parametrize(
    ("on_price", "on_total", "expected"),
    [(10, 10, "price"), (9, 10, "price"), (8, 10, "total"), (0, 10, "total"), (10, 2, "price")],
)
def test_price_is_usual_unless_most_picks_are_known_on_total_alone(
    on_price: int, on_total: int, expected: str
) -> None:
    panel = make_panel(on_price, on_total)
    assert usual_basis(panel, map(Symbol.parse, PICKS)) == expected


def test_picks_without_prices_leave_the_basis_as_it_is() -> None:
    assert usual_basis(make_panel(2, 2), [Symbol.parse("600519.SH")]) == "price"


def test_the_command_grades_all_alike_and_says_so(run: Run, tmp_path: Path) -> None:
    days = pd.bdate_range("2024-06-03", "2024-07-31")
    rises = np.linspace(10.0, 12.0, len(days))
    closes = pd.DataFrame({"300413.SZ": rises, "001330.SZ": rises, "000300.SH": 5.0}, days)
    closes.rename_axis("date").to_csv(tmp_path / "closes_total.csv", date_format="%Y-%m-%d")
    asked = ("score", "--theme", "film", "--data", str(tmp_path), "--horizon", "1", "-f", "json")
    told = run(*asked).json
    assert told["provenance"]["convention"]["basis"] == "total"
    assert {row["status"] for row in told["rows"] if row["symbol"] != "002739.SZ"} == {"scored"}
    (said,) = (each["text"] for each in told["caveats"] if each["code"] == "no_price_basis")
    assert "Of 2 picks" in said
    kept = run(*asked, "--basis", "price").json
    assert {row["status"] for row in kept["rows"]} == {"unscored"}
