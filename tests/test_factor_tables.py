"""Wilder's index against the two worked tables that are printed most."""

import naive_factors as naive
import numpy as np
import pytest

from screener.factors.trend import rsi

# ChartSchool of StockCharts, "Relative Strength Index (RSI)": the closes of its spreadsheet and
# the column of the 14-day index, as reprinted with the tests of PyAlgoTrade and others
# fmt: off
CHARTSCHOOL = (
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826,
    45.8931, 46.0328, 45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
    46.2122, 46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672,
    43.4205, 42.6628, 43.1314,
)
CHARTSCHOOL_RSI = (
    70.53278948, 66.31856181, 66.54982994, 69.40630534, 66.35516906, 57.97485571, 62.92960675,
    63.25714756, 56.05929872, 62.37707144, 54.70757308, 50.42277441, 39.98982315, 41.46048198,
    41.86891609, 45.46321245, 37.30404209, 33.07952299, 37.77295211,
)
# the daily worksheet of Wilder (1978), New Concepts in Technical Trading Systems, section VI; he
# cut every step to two decimals, so his index is up to 0.53 off. Left out are the days on which
# two reprints of it differ
WORKSHEET = (
    54.80, 56.80, 57.85, 59.85, 60.57, 61.10, 62.17, 60.60, 62.35, 62.15, 62.35, 61.45, 62.80,
    61.37, 62.50, 62.57, 60.80, 59.37, 60.35, 62.35, 62.17, 62.55, 64.55, 64.37, 65.30, 64.42,
    62.90, 61.60, 62.05, 60.05, 59.70, 60.90, 60.25, 58.27, 58.70, 57.72, 58.10, 58.20,
)
WORKSHEET_RSI = (
    74.36, 74.55, 65.75, 59.68, 61.98, 66.44, 65.75, 67.00, None, None, None, None, 60.78, 55.56,
    56.71, 49.49, 48.19, 52.38, 50.00, 43.50, 45.36, 42.53, 44.13,
)
# fmt: on


@pytest.mark.parametrize("day", range(len(CHARTSCHOOL_RSI)))
def test_the_index_of_fourteen_closes_is_that_of_chartschool(day: int) -> None:
    expected = pytest.approx(CHARTSCHOOL_RSI[day], abs=1e-8)
    assert naive.wilder_rsi(CHARTSCHOOL[: 15 + day], 14) == expected
    assert rsi(np.array(CHARTSCHOOL), 14)[14 + day] == expected


@pytest.mark.parametrize("day", [n for n, each in enumerate(WORKSHEET_RSI) if each is not None])
def test_the_index_of_fourteen_closes_is_that_of_wilders_worksheet(day: int) -> None:
    expected = pytest.approx(WORKSHEET_RSI[day], abs=0.55)
    assert naive.wilder_rsi(WORKSHEET[: 15 + day], 14) == expected
    assert rsi(np.array(WORKSHEET), 14)[14 + day] == expected


def test_there_is_no_index_before_the_fifteenth_close() -> None:
    assert np.isnan(rsi(np.array(CHARTSCHOOL), 14)[:14]).all()
    assert naive.wilder_rsi(CHARTSCHOOL[:14], 14) is None
