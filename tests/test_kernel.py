import calendar
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtests.kernel import grade_indices, least_return, relative_returns
from screener.calendar import add_months
from universes import load_scale
from universes.rating import Boundary, edges

GRADES = ("sell", "underweight", "neutral", "overweight", "buy")


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2023-08-31", 6, "2024-02-29"),
        ("2022-08-31", 6, "2023-02-28"),
        ("2024-11-30", 3, "2025-02-28"),
        ("2024-06-17", 12, "2025-06-17"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-12-31", 2, "2025-02-28"),
    ],
)
def test_month_ends(day: str, months: int, expected: str) -> None:
    assert add_months(np.array([day], "datetime64[D]"), [months]) == np.datetime64(expected)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 120))
def test_months_are_added_as_on_a_wall_calendar(day: dt.date, months: int) -> None:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    expected = dt.date(year, month + 1, min(day.day, last))
    assert add_months(np.array([day], "datetime64[D]"), [months])[0, 0] == np.datetime64(expected)


def test_no_day_stays_no_day() -> None:
    assert np.isnat(add_months(np.array(["NaT"], "datetime64[D]"), [6])).all()


@pytest.mark.parametrize(
    ("points", "boundary", "grade"),
    [
        # the convention's reading: the grade further from zero owns the bound
        (15, "scale", "buy"),
        (5, "scale", "overweight"),
        (-5, "scale", "underweight"),
        (-15, "scale", "sell"),
        (14.999999, "scale", "overweight"),
        (4.999999, "scale", "neutral"),
        (-4.999999, "scale", "neutral"),
        (-14.999999, "scale", "underweight"),
        (0, "scale", "neutral"),
        # read as more than 15 points, the bound left out
        (15, "exclusive", "overweight"),
        (5, "exclusive", "neutral"),
        (-5, "exclusive", "neutral"),
        (-15, "exclusive", "underweight"),
        (15.000001, "exclusive", "buy"),
        (-15.000001, "exclusive", "sell"),
    ],
)
def test_bounds(points: float, boundary: str, grade: str) -> None:
    bounds = edges(load_scale("soochow").company, boundary)
    assert GRADES[grade_indices(np.array([points / 100]), bounds)[0]] == grade


@pytest.mark.parametrize(
    ("own", "benchmark", "grade"),
    [
        # On paper exactly on a bound; in binary a hair below it (1.15 - 1 is 0.1499999999999999).
        ((100, 115), (100, 100), "buy"),
        ((100, 120), (100, 105), "buy"),
        ((20, 21), (3000, 3000), "overweight"),
        ((100, 95), (3000, 3000), "underweight"),
        ((100, 85), (3000, 3000), "sell"),
        ((30, 33), (20, 21), "overweight"),
        ((7, 7.7), (4000, 4600), "underweight"),
    ],
)
def test_a_bound_met_on_paper_is_met(
    own: tuple[float, float], benchmark: tuple[float, float], grade: str
) -> None:
    returns = [np.array([last]) / first - 1.0 for first, last in (own, benchmark)]
    relative = relative_returns(returns[0], returns[1], "difference")
    bounds = edges(load_scale("soochow").company)
    assert GRADES[grade_indices(relative, bounds)[0]] == grade


def test_a_hair_is_a_billionth() -> None:
    bounds = edges(load_scale("soochow").company)
    near = np.array([0.15 - 4e-10, 0.15 - 6e-10, 0.05 - 4e-10, 0.05 - 6e-10])
    found = [GRADES[index] for index in grade_indices(near, bounds)]
    assert found == ["buy", "overweight", "overweight", "neutral"]


def test_a_missing_return_has_no_grade() -> None:
    bounds = edges(load_scale("soochow").company)
    assert grade_indices(np.array([np.nan, 0.0]), bounds).tolist() == [-1, 2]


def test_the_ratio_is_what_a_pair_of_positions_earned() -> None:
    ratio = relative_returns(np.array([0.5]), np.array([0.25]), "ratio")
    assert ratio == pytest.approx([0.2])


@pytest.mark.parametrize("boundary", ["scale", "inclusive", "exclusive"])
def test_the_least_return_of_a_grade_is_the_least_that_rounds_past_its_bound(
    boundary: Boundary,
) -> None:
    for edge in edges(load_scale("soochow").company, boundary):
        least = least_return(edge)
        past = [np.round(each, 9) for each in (np.nextafter(least, -1.0), least)]
        above = [each >= edge.value if edge.belongs_up else each > edge.value for each in past]
        assert above == [False, True]


def test_inputs_are_left_as_they_were() -> None:
    relative = np.array([[0.1, np.nan]])
    relative.flags.writeable = False
    grade_indices(relative, edges(load_scale("soochow").company))
