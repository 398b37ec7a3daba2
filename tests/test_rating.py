from dataclasses import replace
from pathlib import Path

import pytest

from universes import FaultyFileError, InputError, Symbol, list_scales, load_market, load_scale
from universes.rating import edges

# As the brokers print them: horizon, then each company grade with the points it begins and
# ends at, best first.
STANDARDS = {
    "soochow": (
        6,
        [
            ("buy", 15, None),
            ("overweight", 5, 15),
            ("neutral", -5, 5),
            ("underweight", -15, -5),
            ("sell", None, -15),
        ],
    ),
    "csc": (
        6,
        [
            ("buy", 15, None),
            ("overweight", 5, 15),
            ("neutral", -5, 5),
            ("underweight", -15, -5),
            ("sell", None, -15),
        ],
    ),
    "industrial": (
        12,
        [("buy", 15, None), ("overweight", 5, 15), ("neutral", -5, 5), ("underweight", None, -5)],
    ),
    "guotai_junan": (
        12,
        [
            ("overweight", 15, None),
            ("cautious_overweight", 5, 15),
            ("neutral", -5, 5),
            ("underweight", None, -5),
        ],
    ),
    "haitong_international": (
        12,
        [("outperform", 10, None), ("neutral", -10, 10), ("underperform", None, -10)],
    ),
    "hongxin": (
        6,
        [("buy", 20, None), ("hold", 5, 20), ("neutral", -5, 5), ("sell", None, -5)],
    ),
}


def test_every_shipped_scale_is_checked_here() -> None:
    assert set(list_scales()) == set(STANDARDS)


@pytest.mark.parametrize("scale_id", STANDARDS)
def test_shipped_scales_say_what_the_brokers_print(scale_id: str) -> None:
    scale = load_scale(scale_id)
    horizon, bands = STANDARDS[scale_id]
    points = [
        (
            band.grade,
            None if band.lower is None else round(100 * band.lower),
            None if band.upper is None else round(100 * band.upper),
        )
        for band in scale.company
    ]
    assert (scale.horizon_months, points) == (horizon, bands)
    assert scale.confidence == "high"


def test_soochow_names_every_benchmark() -> None:
    scale = load_scale("soochow")
    named = {market: str(symbol) for market, symbol in scale.benchmarks.items()}
    assert named == {
        "shanghai": "000300.SH",
        "shenzhen": "000300.SH",
        "beijing": "899050.BJ",
        "hongkong": "HSI.HK",
        "us": "SPX.US",
        "neeq_negotiated": "899001.NQ",
        "neeq_market_making": "899002.NQ",
    }
    assert [band.grade for band in scale.industry] == ["overweight", "neutral", "underweight"]
    assert (scale.longest_months, scale.basis) == (12, "price")


def test_a_market_the_standard_does_not_name_falls_back_on_its_usual_index() -> None:
    scale = load_scale("guotai_junan")
    assert scale.benchmark_for(load_market("hongkong")) == (Symbol.parse("HSI.HK"), False)
    assert scale.benchmark_for(load_market("shanghai")) == (Symbol.parse("000300.SH"), True)


def test_the_bound_between_grades_is_data() -> None:
    outward = [edge.belongs_up for edge in edges(load_scale("soochow").company)]
    assert outward == [False, False, True, True]
    # Industrial writes "more than 15%" and "less than -5%"
    inward = [edge.belongs_up for edge in edges(load_scale("industrial").company)]
    assert inward == [True, False, False]


@pytest.mark.parametrize(
    ("boundary", "belongs_up"),
    [
        ("inclusive", [False, False, True, True]),
        ("exclusive", [True, True, False, False]),
    ],
)
def test_the_bound_can_be_read_either_way(boundary: str, belongs_up: list[bool]) -> None:
    found = edges(load_scale("soochow").company, boundary)
    assert [edge.belongs_up for edge in found] == belongs_up


def test_an_unknown_scale_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="soochow"):
        load_scale("nobody")


@pytest.mark.parametrize(("boundary", "belongs_up"), [("inclusive", True), ("exclusive", False)])
def test_a_bound_at_zero_is_read_as_one_above(boundary: str, *, belongs_up: bool) -> None:
    better, worse = load_scale("soochow").company[:2]
    pair = (replace(better, lower=0.0), replace(worse, upper=0.0))
    (edge,) = edges(pair, boundary)
    assert edge.belongs_up is belongs_up


SCALE = """
broker = { zh = "甲", en = "A" }
source = "test"
confidence = "high"
horizon_months = 6
basis = "price"
[[company]]
grade = "good"
name = { zh = "好", en = "good" }
lower = 10
lower_included = true
hit = true
[[company]]
grade = "bad"
name = { zh = "坏", en = "bad" }
upper = 10
upper_included = false
hit = false
"""


def write(folder: Path, text: str) -> str:
    path = folder / "scale.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_scale_can_be_brought_as_a_file(tmp_path: Path) -> None:
    assert [band.grade for band in load_scale(write(tmp_path, SCALE)).company] == ["good", "bad"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("upper = 10", "upper = 12", "line 16.*company.2..upper.*overlap"),
        ("upper = 10", "upper = 8", "line 16.*leave a gap"),
        ("upper_included = false", "upper_included = true", "overlap at the bound"),
        ("lower_included = true", "lower_included = false", "leave a gap at the bound"),
        ("lower = 10", "lower = 10\nupper = 30\nupper_included = true", "best grade has an upper"),
        ("upper = 10", "upper = 10\nlower = 0\nlower_included = true", "worst grade has a lower"),
        ("upper = 10\nupper_included = false", "", "do not meet"),
        ('grade = "bad"', 'grade = "good"', "stands twice"),
        ("horizon_months = 6", "horizon_months = 0", "not above zero"),
        ("horizon_months = 6", "horizon_months = 6\nlongest_months = 3", "shorter than"),
        ('basis = "price"', 'basis = "cost"', "line 6.*write one of: price, total"),
        ('basis = "price"', 'basis = "price"\nbonus = 1', "line 7.*unknown key 'bonus'"),
        ('basis = "price"', '[benchmarks]\nmars = "HSI.HK"', "unknown market 'mars'"),
        ('basis = "price"', '[benchmarks]\nhongkong = "HSI"', "ambiguous"),
        ("lower = 10", 'lower = "ten"', "is not a number"),
        ("hit = true", "hit = 1", "not true or false"),
        ("lower = 10", "lower = nan", "out of range"),
        ("lower = 10", "lower = inf", "out of range"),
        ("lower = 10", f"lower = 1{'0' * 400}", "out of range"),
        ("lower = 10", f"lower = 1{'0' * 5000}", "not valid TOML|out of range"),
        ("horizon_months = 6", "horizon_months = 121", "out of range"),
        ("lower = 10", "lower = 10\nupper = 5\nupper_included = true", "is not below upper"),
        ('basis = "price"', '[benchmarks]\nhongkong = "0700.HK"', "0700.HK is no index"),
        ('source = "test"', f"source = {'[' * 5000}", "not valid TOML"),
    ],
)
def test_a_bad_scale_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = write(tmp_path, SCALE.replace(old, new, 1))
    with pytest.raises(FaultyFileError, match=message.replace("line ", "scale.toml:")):
        load_scale(path)
