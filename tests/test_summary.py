import pytest
from conftest import MakePanel, MakeReport
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from backtests import Convention, score_picks
from backtests.summary import wilson_interval
from universes import load_scale


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_wilson_interval_is_scipys(case: tuple[int, int]) -> None:
    hits, count = case
    theirs = binomtest(hits, count).proportion_ci(method="wilson")
    assert wilson_interval(hits, count) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


@pytest.mark.parametrize("count", [1, 3, 7, 20, 499])
def test_the_interval_of_none_and_of_all_ends_at_the_edge(count: int) -> None:
    assert wilson_interval(0, count)[0] == 0.0
    assert wilson_interval(count, count)[1] == 1.0


DAYS = {"2024-06-14": 10.0, "2024-06-17": 10.0}


def test_a_summary_worked_by_hand(make_panel: MakePanel, make_report: MakeReport) -> None:
    # After a month the index stands still and the shares have made +20, +6, -6 and -20 points.
    ends = {"300308.SZ": 12.0, "300394.SZ": 10.6, "601019.SH": 9.4, "0700.HK": 8.0}
    closes = {symbol: {**DAYS, "2024-07-17": end} for symbol, end in ends.items()}
    index = {**DAYS, "2024-07-17": 10.0}
    panel = make_panel({**closes, "000300.SH": index, "HSI.HK": index})
    card = score_picks(make_report(list(ends), "2024-06-16"), panel, Convention(horizons=(1,)))
    total = card.total(1)
    assert total.mean == pytest.approx(0.0, abs=1e-12)
    assert total.median == pytest.approx(0.0, abs=1e-12)
    assert (total.hits, total.rated, total.hit_rate) == (2, 4, 0.5)
    assert total.grades == {"buy": 1, "overweight": 1, "neutral": 0, "underweight": 1, "sell": 1}
    theme = next(summary for summary in card.summaries if summary.group == "theme")
    assert (theme.industry_view, theme.industry_grade) == ("overweight", "neutral")
    markets = {s.key: (s.count, s.mean) for s in card.summaries if s.group == "market"}
    assert markets == {
        "shenzhen": (2, pytest.approx(0.13)),
        "shanghai": (1, pytest.approx(-0.06)),
        "hongkong": (1, pytest.approx(-0.20)),
    }


@pytest.mark.parametrize(
    ("scale", "grade", "hit"),
    [
        ("soochow", "buy", True),
        ("hongxin", "hold", True),  # 5 to 20 points
        ("industrial", "buy", True),
        ("guotai_junan", "overweight", True),
        ("haitong_international", "outperform", True),
    ],
)
def test_each_standard_grades_by_its_own_bands(
    make_panel: MakePanel, make_report: MakeReport, scale: str, grade: str, *, hit: bool
) -> None:
    closes = {**DAYS, "2024-07-17": 11.8}
    panel = make_panel({"300308.SZ": closes, "000300.SH": {**DAYS, "2024-07-17": 10.0}})
    report = make_report(["300308.SZ"], "2024-06-16", "recommend", scale)
    card = score_picks(report, panel, Convention(horizons=(1,)))
    assert (card.rows[0].grade, card.rows[0].hit) == (grade, hit)
    assert list(card.total(1).grades) == [band.grade for band in load_scale(scale).company]


def test_a_standard_without_industry_bands_gives_themes_no_grade(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({"300308.SZ": {**DAYS}, "000300.SH": {**DAYS}})
    report = make_report(["300308.SZ"], "2024-06-16", "recommend", "csc")
    card = score_picks(report, panel, Convention(horizons=(1,)))
    theme = next(summary for summary in card.summaries if summary.group == "theme")
    assert (theme.industry_grade, theme.mean, theme.pending) == (None, None, 1)


@pytest.mark.parametrize(("boundary", "grade"), [("scale", "overweight"), ("exclusive", "neutral")])
def test_the_boundary_holds_for_industries_too(
    make_panel: MakePanel, make_report: MakeReport, boundary: str, grade: str
) -> None:
    panel = make_panel(
        {"300308.SZ": {**DAYS, "2024-07-17": 10.5}, "000300.SH": {**DAYS, "2024-07-17": 10.0}}
    )
    convention = Convention(horizons=(1,), boundary=boundary)
    card = score_picks(make_report(["300308.SZ"], "2024-06-16"), panel, convention)
    assert card.rows[0].grade == grade
    theme = next(summary for summary in card.summaries if summary.group == "theme")
    assert theme.industry_grade == grade


@pytest.mark.parametrize(
    ("horizons", "graded"),
    [((1, 3, 6, 9, 12), 6), ((1, 3), 3), ((9, 12), 9), ((3, 9), 3), ((12,), 12)],
)
def test_the_graded_horizon_is_the_standards_or_the_nearest(
    make_panel: MakePanel, make_report: MakeReport, horizons: tuple[int, ...], graded: int
) -> None:
    panel = make_panel({"300308.SZ": DAYS, "000300.SH": DAYS})
    report = make_report(["300308.SZ"], "2024-06-16")
    assert score_picks(report, panel, Convention(horizons=horizons)).graded_horizon == graded


def test_coverage_is_told_where_it_is_not_whole(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    closes = {**DAYS, "2024-07-17": 10.0}
    panel = make_panel({"300308.SZ": closes, "000300.SH": closes})
    report = make_report(["300308.SZ", "300394.SZ"], "2024-06-16")
    card = score_picks(report, panel, Convention(horizons=(1, 3)))
    found = [dict(caveat.values) for caveat in card.caveats if caveat.code == "coverage"]
    assert found == [
        {"horizons": "1", "count": 2, "scored": 1, "pending": 0, "unscored": 1},
        {"horizons": "3", "count": 2, "scored": 0, "pending": 1, "unscored": 1},
    ]
    assert "one_date" in {caveat.code for caveat in card.caveats}


@pytest.mark.parametrize(("published", "expired"), [("2020-06-30", False), ("2020-07-01", True)])
def test_a_standard_is_in_force_until_its_last_day(
    make_panel: MakePanel, make_report: MakeReport, published: str, *, expired: bool
) -> None:
    panel = make_panel({"0700.HK": {"2020-07-02": 1.0}, "HSI.HK": {"2020-07-02": 1.0}})
    report = make_report(["0700.HK"], published, "watch", "haitong_international")
    codes = {caveat.code for caveat in score_picks(report, panel).caveats}
    assert ("expired_scale" in codes) is expired


def test_caveats_follow_from_what_was_scored(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({"0700.HK": {**DAYS}, "HSI.HK": {**DAYS}})
    for scale, expected in {
        "guotai_junan": {"default_benchmark"},
        "haitong_international": {"default_benchmark", "expired_scale", "scale_basis"},
        "soochow": set(),
    }.items():
        card = score_picks(make_report(["0700.HK"], "2024-06-16", "watch", scale), panel)
        codes = {caveat.code for caveat in card.caveats}
        always = {"source", "price_basis", "survivorship", "advice"}
        assert codes == always | expected
