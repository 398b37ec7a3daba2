"""Whether a benchmark's ratios are told from those recorded."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
from ratios import Finding, better_of, compare, divide, record, spell_findings

RECORDED = {"ours / gather": 2.0, "ours / pandas": 0.5}


def test_a_ratio_of_times_is_that_of_the_least_ones() -> None:
    assert divide([0.3, 0.2, 9.0], [0.4, 0.8, 0.5]) == 0.5


def test_nothing_is_said_of_ratios_as_recorded_or_better() -> None:
    assert compare(RECORDED, RECORDED) == []
    assert compare({"ours / gather": 1.0, "ours / pandas": 0.1}, RECORDED) == []


@pytest.mark.parametrize(("measured", "fails"), [(2.59, False), (2.6, False), (2.61, True)])
def test_a_ratio_fails_beyond_thirty_percent(measured: float, *, fails: bool) -> None:
    found = compare({**RECORDED, "ours / gather": measured}, RECORDED)
    assert [each.name for each in found if each.fails] == ["ours / gather"] * fails


def test_each_ratio_that_is_worse_is_named_with_both_numbers() -> None:
    found = compare({"ours / gather": 4.0, "ours / pandas": 1.0}, RECORDED)
    assert spell_findings(found).splitlines() == [
        "worse: ours / gather: recorded 2, measured 4",
        "worse: ours / pandas: recorded 0.5, measured 1",
    ]


def test_what_was_recorded_and_is_not_measured_fails() -> None:
    (found,) = compare({"ours / gather": 2.0}, RECORDED)
    assert found == Finding("ours / pandas", "not measured", 0.5, None)
    assert found.fails


def test_a_new_ratio_is_told_and_does_not_fail() -> None:
    (found,) = compare({**RECORDED, "ours / bt": 1.0}, RECORDED)
    assert (found.name, found.verdict, found.fails) == ("ours / bt", "not recorded", False)


def test_of_two_runs_the_better_ratio_counts() -> None:
    again = better_of({"ours / gather": 3.0, "ours / pandas": 0.5}, {"ours / gather": 2.1})
    assert again == {"ours / gather": 2.1, "ours / pandas": 0.5}
    assert compare(again, RECORDED) == []


def test_a_record_is_of_one_class_of_machine_and_keeps_what_was_not_measured() -> None:
    before = {"small": RECORDED, "large": {"ours / gather": 9.0}}
    after = record(before, "small", {"ours / gather": 1.23456})
    assert after == {
        "large": {"ours / gather": 9.0},
        "small": {"ours / gather": 1.23, "ours / pandas": 0.5},
    }
    assert before["small"] == {"ours / gather": 2.0, "ours / pandas": 0.5}
