"""Evidence of odd reports and odd prices: a clear answer or a clear refusal, never a crash."""

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from conftest import MakeReport

from backtests.evidence.case import open_case
from backtests.evidence.chance.placebo import Controls, Placebo
from backtests.evidence.chance.together import Together
from backtests.evidence.controls.pools import PoolName, Refusal
from backtests.evidence.controls.traits import past_volatility
from backtests.evidence.plain import (
    describe_coverage,
    describe_path,
    describe_pick,
    describe_split,
    describe_tests,
)
from backtests.evidence.result import Evidence
from backtests.evidence.returns import pair_returns
from backtests.evidence.trial import Trial
from backtests.evidence.verdict import Chances, judge
from backtests.evidence.weigh import weigh_evidence
from screener import Panel
from screener.calendar import load_sessions
from screener.companies.membership import SectorTables, make_sectors
from screener.companies.sector_rows import Row
from universes import InputError, RatingScale, Report, load_scale
from universes.report import Level, Publication, Theme

CSI, HSI = "000300.SH", "HSI.HK"
PUBLISHED = "2024-06-16"
ENTRY = pd.Timestamp("2024-06-17")
FEW = Trial(draws=400, band_draws=100, resamples=100, seed=3)
MAINLAND = [f"{600000 + n}.SH" for n in range(24)]
HONG_KONG = [f"{n + 1:04d}.HK" for n in range(12)]

Reported = Callable[..., Report]
Taken = Mapping[str, Sequence[str]]


@pytest.fixture(scope="session")
def prices() -> pd.DataFrame:
    """Two markets of shares that trade every day, from mid 2023 to July 2025."""
    generator = np.random.default_rng(11)
    table = {}
    for calendar, symbols in (("XSHG", [CSI, *MAINLAND]), ("XHKG", [HSI, *HONG_KONG])):
        days = load_sessions(calendar, 2023, 2025).days
        days = days[(days >= np.datetime64("2023-05-01")) & (days <= np.datetime64("2025-07-01"))]
        for symbol in symbols:
            moves = generator.normal(0.0, 0.02, len(days))
            table[symbol] = pd.Series(10 * np.exp(np.cumsum(moves)), pd.DatetimeIndex(days))
    return pd.DataFrame(table)


def panel_of(prices: pd.DataFrame) -> Panel:
    return Panel.from_frames({"price": prices, "total": prices})


def tables_of(sectors: Taken, since: dt.date | None = None) -> SectorTables:
    rows = [Row(s, sector, since, math.nan) for sector, own in sectors.items() for s in own]
    return SectorTables((make_sectors("made", "a test", dt.date(2024, 1, 1), rows),))


def spell(evidence: Evidence) -> str:
    """Spell every figure as JSON, which refuses what is no number."""
    found = [
        evidence.records(),
        [describe_tests(each) for each in evidence.judgements],
        [each.split and describe_split(each.split) for each in evidence.judgements],
        [describe_pick(each) for each in evidence.picks],
        [describe_coverage(each) for each in evidence.coverage],
        evidence.path and describe_path(evidence.path),
    ]
    return json.dumps(found, allow_nan=False)


def weigh(report: Report, prices: pd.DataFrame, sectors: SectorTables | None = None) -> Evidence:
    evidence = weigh_evidence(report, panel_of(prices), sectors, FEW)
    assert spell(evidence) == spell(weigh_evidence(report, panel_of(prices), sectors, FEW))
    return evidence


def codes_of(evidence: Evidence) -> list[str]:
    return [each.code for each in evidence.caveats]


def pools_of(evidence: Evidence) -> dict[str, Placebo]:
    return {each.pool: each for each in evidence.judgement().placebos}


# the picks


def test_a_basket_of_one_is_compared_and_not_judged(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(MAINLAND[:1], PUBLISHED), prices)
    told = evidence.judgement()
    assert (told.verdict.word, told.verdict.reason) == ("cannot_tell", "few_picks")
    assert pools_of(evidence)["market"].controls.count == 23
    others = evidence.picks[0].percentile * 23
    assert others == pytest.approx(round(others), abs=1e-9)
    # one pick is one draw from the 24 shares, itself the tie
    assert pools_of(evidence)["market"].percentile == pytest.approx((others + 0.5) / 24, abs=0.13)
    assert math.isnan(told.naive.statistic)
    assert math.isnan(told.interval.low)
    assert math.isnan(evidence.picks[0].mean_without)
    assert evidence.without_best.tolist() == pytest.approx([told.mean])


def test_picks_that_are_alike_have_a_mean_and_no_spread(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    alike = prices.assign(**{s: prices[MAINLAND[0]] * (n + 1) for n, s in enumerate(MAINLAND[:6])})
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), alike)
    told = evidence.judgement()
    assert told.mean == pytest.approx(evidence.picks[0].relative)
    assert math.isnan(told.naive.p_value)
    assert math.isnan(told.interval.low)
    assert told.correlation == pytest.approx(1.0)
    assert {round(each.mean_without, 12) for each in evidence.picks} == {round(told.mean, 12)}


@pytest.mark.parametrize("count", [5, 6, 8, 9, 10])
@pytest.mark.parametrize("gain", [0.1, 0.3, -0.2])
def test_where_all_shares_do_alike_a_basket_is_in_the_middle(
    make_report: MakeReport, prices: pd.DataFrame, count: int, gain: float
) -> None:
    """Gains that are equal on paper differ by binary arithmetic, and sums by their order."""
    level = pd.Series([round(3 + 0.7 * n, 1) for n in range(len(MAINLAND))], MAINLAND)
    after = prices.index > ENTRY
    held = prices.copy()
    held[MAINLAND] = np.where(after[:, None], (level * (1 + gain)).round(2), level)
    held[CSI] = 100.0
    held.loc[prices[CSI].isna(), [CSI, *MAINLAND]] = np.nan
    evidence = weigh(make_report(MAINLAND[:count], PUBLISHED), held[[CSI, *MAINLAND]])
    placebo = pools_of(evidence)["market"]
    assert placebo.mean == pytest.approx(gain, abs=1e-12)
    assert (placebo.percentile, placebo.p_above) == (0.5, 1.0)
    assert placebo.bars.sum() == FEW.draws


def test_a_pick_without_prices_is_counted_as_unscored_and_not_drawn_for(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report([*MAINLAND[:7], "600999.SH"], PUBLISHED), prices)
    told = evidence.judgement()
    assert (told.count, told.scored) == (8, 7)
    assert told.verdict.reason != "unscored"
    alone = weigh(make_report(MAINLAND[:7], PUBLISHED), prices)
    assert told.mean == alone.judgement().mean
    assert pools_of(evidence)["market"].percentile == pools_of(alone)["market"].percentile
    assert pools_of(evidence)["market"].controls.unlisted == 1
    missing = evidence.picks[-1]
    assert math.isnan(missing.relative)
    assert math.isnan(missing.percentile)
    assert missing.model.observations == 0
    assert np.isnan(evidence.without_best).tolist() == [False] * 7 + [True]
    assert "evidence_unscored" in codes_of(evidence)


@pytest.mark.parametrize(("missing", "reason"), [(1, "sector_unknown"), (2, "unscored")])
def test_four_fifths_of_the_picks_must_be_scored(
    make_report: MakeReport, prices: pd.DataFrame, missing: int, reason: str
) -> None:
    picks = [*MAINLAND[:5], *["600998.SH", "600999.SH"][:missing]]
    evidence = weigh(make_report(picks, PUBLISHED), prices)
    assert evidence.judgement().verdict.reason == reason


def test_picks_of_which_none_has_prices_are_unscored(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(["600998.SH", "600999.SH"], PUBLISHED), prices)
    told = evidence.judgement()
    assert (told.scored, told.verdict.reason, told.split) == (0, "unscored", None)
    assert math.isnan(told.mean)
    assert evidence.path is None
    assert evidence.coverage[0].ended == 0


def test_a_share_that_is_a_pick_twice_is_refused(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=r"600000\.SH is a pick twice"):
        weigh(make_report([*MAINLAND[:5], MAINLAND[0]], PUBLISHED), prices)


def test_a_report_without_picks_is_refused(make_report: MakeReport, prices: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="no picks"):
        weigh(make_report([], PUBLISHED), prices)


def test_picks_of_hong_kong_are_held_against_hong_kong_alone(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(HONG_KONG[:5], PUBLISHED), prices)
    alone = weigh(make_report(HONG_KONG[:5], PUBLISHED), prices[[HSI, *HONG_KONG]])
    assert evidence.records() == alone.records()
    assert [each.benchmark for each in evidence.coverage] == [HSI]
    assert pools_of(evidence)["market"].controls.count == 7
    assert {each.basket.group for each in evidence.judgements} == {"all"}


# the controls


def test_the_embedded_figures_have_no_controls_and_say_so(report: Report, snapshot: Panel) -> None:
    evidence = weigh_evidence(report, snapshot, None, FEW)
    spell(evidence)
    told = evidence.judgement()
    assert (told.verdict.reason, told.split) == ("market_no_controls", None)
    assert {each.refusal for each in told.placebos} == {"no_controls"}
    assert math.isnan(told.hits.random)
    assert told.hits.rated > told.hits.hits > 0
    assert evidence.path is not None
    assert evidence.path.draws == 0
    assert np.isnan(evidence.path.low).all()
    assert np.isfinite(evidence.path.mean[evidence.path.counted > 0]).all()
    assert {"no_controls", "weekly_returns", "inferred_date", "no_sectors"} <= {*codes_of(evidence)}
    assert math.isnan(told.corrected.statistic)


def test_fewer_controls_than_picks_are_too_few(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    even = weigh(make_report(MAINLAND[:12], PUBLISHED), prices)
    assert pools_of(even)["market"].refusal == ""
    evidence = weigh(make_report(MAINLAND[:13], PUBLISHED), prices)
    assert evidence.judgement().verdict.reason == "market_few_controls"
    placebo = pools_of(evidence)["market"]
    assert math.isnan(placebo.percentile)
    assert placebo.draws == 0
    assert placebo.controls == Controls(0, 0, 0, 0)
    assert placebo.widened == tuple(MAINLAND[:13])
    assert evidence.path is not None
    assert evidence.path.draws == 0


@pytest.mark.parametrize(("controls", "refusal"), [(2, "few_controls"), (3, "")])
def test_one_pick_needs_three_controls(
    make_report: MakeReport, prices: pd.DataFrame, controls: int, refusal: str
) -> None:
    few = prices[[CSI, *MAINLAND[: 1 + controls]]]
    evidence = weigh(make_report(MAINLAND[:1], PUBLISHED), few)
    assert pools_of(evidence)["market"].refusal == refusal


def test_controls_that_never_trade_after_publication_are_none(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    halted = prices.copy()
    halted.loc[halted.index >= ENTRY, MAINLAND[6:]] = np.nan
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), halted)
    told = evidence.judgement()
    assert (told.verdict.reason, told.split) == ("market_no_controls", None)
    assert "no_controls" not in codes_of(evidence)
    assert evidence.coverage[0].entered == 6


def test_controls_that_are_halted_after_entry_stand_at_their_last_close(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    halted = prices.copy()
    halted.loc[halted.index > ENTRY, MAINLAND[6:]] = np.nan
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), halted)
    placebo = pools_of(evidence)["market"]
    assert (placebo.controls.ended, evidence.coverage[0].ended) == (18, 18)
    exit_day = pd.Timestamp("2024-12-17")
    index = prices[CSI]
    fallen = 1.0 - float(index[exit_day]) / float(index[ENTRY])
    values = np.array([*[each.relative for each in evidence.picks], *[fallen] * 18])
    told = evidence.judgement()
    assert told.split is not None
    assert told.split.breadth == pytest.approx(values.mean(), rel=1e-12)
    assert "some_ended" in codes_of(evidence)


def test_a_share_is_late_by_the_sessions_of_its_own_market(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """Hong Kong was closed on 15 May 2024, so that it opened a day after the mainland."""
    late = prices.copy()
    late.loc["2024-05-16", HONG_KONG[11]] = np.nan
    evidence = weigh(make_report([*MAINLAND[:3], *HONG_KONG[:3]], "2024-05-14"), late)
    assert pools_of(evidence)["market"].controls.late == 1


# sectors


def test_without_sectors_the_market_is_all_there_is(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), prices)
    assert evidence.judgement().verdict.reason == "sector_unknown"
    assert "no_sectors" in codes_of(evidence)
    split = evidence.judgement().split
    assert split is not None
    assert (split.sector, split.selection, len(split.unsplit_picks)) == (0.0, 0.0, 6)
    assert {each.sector for each in evidence.picks} == {None}
    assert evidence.coverage[0].named == 0
    assert math.isnan(evidence.coverage[0].share)


def test_a_sector_of_picks_only_tells_nothing(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    tables = tables_of({"甲": MAINLAND[:6], "乙": MAINLAND[6:]})
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), prices, tables)
    assert evidence.judgement().verdict.reason == "sector_unknown"
    assert pools_of(evidence)["sector"].widened == tuple(MAINLAND[:6])
    split = evidence.judgement().split
    assert split is not None
    assert split.unsplit == pytest.approx(split.mean - split.breadth, abs=1e-15)


def test_where_all_are_of_one_sector_it_is_the_market(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), prices, tables_of({"甲": MAINLAND}))
    pools = pools_of(evidence)
    assert pools["sector"].p_above == pools["market"].p_above
    split = evidence.judgement().split
    assert split is not None
    assert (split.sector, split.unsplit) == pytest.approx((0.0, 0.0), abs=1e-15)


@pytest.mark.parametrize(("rest", "refusal"), [(2, "few_controls"), (3, "")])
def test_a_pick_without_a_sector_needs_three_shares_outside_the_others_sectors(
    make_report: MakeReport, prices: pd.DataFrame, rest: int, refusal: str
) -> None:
    tables = tables_of({"甲": MAINLAND[1 : len(MAINLAND) - rest]})
    evidence = weigh(make_report(MAINLAND[:5], PUBLISHED), prices, tables)
    placebo = pools_of(evidence)["sector"]
    assert (placebo.refusal, placebo.widened) == (refusal, (MAINLAND[0],))
    assert placebo.draws == (0 if refusal else FEW.draws)
    assert len(placebo.bars) == len(placebo.edges) - 1 if not refusal else not len(placebo.bars)


def test_a_market_of_picks_only_is_not_split(make_report: MakeReport, prices: pd.DataFrame) -> None:
    """Its average would be the picks' own."""
    bare = prices[[CSI, *MAINLAND, HSI, HONG_KONG[0]]]
    report = make_report([*MAINLAND[:5], HONG_KONG[0]], PUBLISHED)
    evidence = weigh(report, bare, tables_of({"甲": MAINLAND, "乙": HONG_KONG}))
    told = evidence.judgement()
    assert told.verdict.reason == "market_few_controls"
    assert pools_of(evidence)["market"].widened == (HONG_KONG[0],)
    assert told.split is not None
    alone = weigh(make_report(MAINLAND[:5], PUBLISHED), bare, tables_of({"甲": MAINLAND}))
    whole = alone.judgement().split
    assert whole is not None
    assert told.split.breadth == pytest.approx(whole.breadth * 5 / 6, rel=1e-12)
    assert told.split.unsplit == pytest.approx(evidence.picks[-1].relative / 6, rel=1e-12)
    assert len(told.split.unsplit_picks) == 1


@pytest.mark.parametrize(("unknown", "refusal"), [(1, ""), (2, "unknown")])
def test_a_fifth_of_the_picks_may_be_without_a_sector(
    make_report: MakeReport, prices: pd.DataFrame, unknown: int, refusal: str
) -> None:
    tables = tables_of({"甲": [*MAINLAND[unknown:5], *MAINLAND[10:]]})
    evidence = weigh(make_report(MAINLAND[:5], PUBLISHED), prices, tables)
    placebo = pools_of(evidence)["sector"]
    assert placebo.refusal == refusal
    assert placebo.widened == tuple(MAINLAND[:unknown])
    assert ("widened" in codes_of(evidence)) == (not refusal)
    assert "sectors_unknown" in codes_of(evidence)


def test_a_sector_that_begins_after_publication_is_not_known(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    day = dt.date.fromisoformat(PUBLISHED)
    report = make_report(MAINLAND[:6], PUBLISHED)
    later = weigh(report, prices, tables_of({"甲": MAINLAND}, day + dt.timedelta(1)))
    assert pools_of(later)["sector"].refusal == "unknown"
    assert later.coverage[0].named == 0
    that_day = weigh(report, prices, tables_of({"甲": MAINLAND}, day))
    assert pools_of(that_day)["sector"].refusal == ""
    assert that_day.coverage[0].named == len(MAINLAND)


def test_coverage_is_of_the_shares_that_the_tables_name(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """Shares that are priced and not named are no part of it, nor are B shares."""
    tables = tables_of({"甲": [*MAINLAND[:9], "600998.SH", "900901.SH", "200011.SZ"]})
    (told,) = weigh(make_report(MAINLAND[:6], PUBLISHED), prices, tables).coverage
    assert (told.priced, told.entered, told.named) == (24, 24, 10)
    assert told.share == pytest.approx(0.9)


# time


@pytest.mark.parametrize("as_of", ["2024-08-30", "2024-06-17", "2024-06-14", "2024-01-31"])
def test_what_is_pending_is_told_in_no_figure(
    make_report: MakeReport, prices: pd.DataFrame, as_of: str
) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    panel, day = panel_of(prices), dt.date.fromisoformat(as_of)
    evidence = weigh_evidence(report, panel, tables_of({"甲": MAINLAND}), FEW, as_of=day)
    spell(evidence)
    for told in evidence.judgements:
        assert (told.scored, told.verdict.reason, told.split) == (0, "unscored", None)
        figures = [told.mean, told.naive.p_value, told.corrected.p_value, told.hits.random]
        figures += [each.p_above for each in told.placebos]
        assert np.isnan(figures).all()
        assert {each.refusal for each in told.placebos} == {"no_controls"}
    for pick in evidence.picks:
        assert np.isnan([pick.relative, pick.share, pick.percentile, pick.model.beta]).all()
    assert np.isnan(evidence.without_best).all()
    assert evidence.coverage[0].ended is None
    assert not {"none_ended", "some_ended"} & {*codes_of(evidence)}
    assert (evidence.path is None) == (day < ENTRY.date())


def test_prices_may_begin_on_the_day_of_entry(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """Nothing is known of the past then, but the picks are entered and scored."""
    report = make_report(MAINLAND[:6], PUBLISHED)
    evidence = weigh(report, prices[ENTRY:], tables_of({"甲": MAINLAND}))
    told = evidence.judgement()
    assert (told.scored, told.verdict.reason) == (6, "no_past")
    assert evidence.coverage[0].entered == 24
    assert told.mean == pytest.approx(weigh(report, prices).judgement().mean, rel=1e-12)
    assert evidence.path is not None
    assert evidence.path.dates[0] == np.datetime64(ENTRY, "D")
    assert evidence.path.mean[0] == pytest.approx(0.0, abs=1e-15)


def test_the_last_day_that_was_read_is_told(make_report: MakeReport, prices: pd.DataFrame) -> None:
    report, panel = make_report(MAINLAND[:6], PUBLISHED), panel_of(prices)
    whole = weigh_evidence(report, panel, None, FEW)
    early = weigh_evidence(report, panel, None, FEW, as_of=dt.date(2025, 1, 18))
    assert whole.provenance["data"]["as_of"] == "2025-07-01"
    assert early.provenance["data"]["as_of"] == "2025-01-18"


def test_a_day_before_the_prices_is_refused(make_report: MakeReport, prices: pd.DataFrame) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    with pytest.raises(InputError, match="begin on"):
        weigh_evidence(report, panel_of(prices), as_of=dt.date(2020, 1, 1))


def test_prices_that_end_before_the_rating_are_scored_over_the_shorter_horizon_alone(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    trial = replace(FEW, horizons=(1, 6))
    report = make_report(MAINLAND[:6], PUBLISHED)
    panel = panel_of(prices[prices.index <= "2024-09-30"])
    evidence = weigh_evidence(report, panel, None, trial)
    short, long = evidence.judgements
    assert (short.horizon_months, short.scored, long.horizon_months, long.scored) == (1, 6, 6, 0)
    assert short.corrected.count == 6
    assert long.corrected.count == 0
    assert evidence.path is not None
    assert [months for months, _ in evidence.path.exits] == [1]
    assert evidence.path.dates[-1] == np.datetime64("2024-09-30")
    assert evidence.coverage[0].ended == 0


def test_an_inferred_date_is_said_and_a_printed_one_is_not(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    day = report.publication.date
    inferred = Publication(day, inferred=True, window=(day, day), evidence=())
    guessed = weigh(replace(report, publication=inferred), prices)
    printed = weigh(report, prices)
    assert "inferred_date" in codes_of(guessed)
    assert "inferred_date" not in codes_of(printed)
    assert guessed.records() == printed.records()


# benchmarks and bases


@pytest.mark.parametrize("until", ["2023-05-01", "2024-06-14", "2024-07-01"])
def test_without_levels_of_the_index_nothing_is_scored(
    make_report: MakeReport, prices: pd.DataFrame, until: str
) -> None:
    short = prices.copy()
    short.loc[short.index > until, CSI] = np.nan
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), short)
    told = evidence.judgement()
    assert (told.scored, told.corrected.count, told.verdict.reason) == (0, 0, "unscored")


def test_an_index_without_any_level_leaves_all_unscored(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), prices.assign(**{CSI: np.nan}))
    assert evidence.judgement().verdict.reason == "unscored"
    assert evidence.path is None or np.isnan(evidence.path.mean).all()


def test_an_index_that_is_not_there_is_refused_by_name(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=r"hold no 000300\.SH"):
        weigh(make_report(MAINLAND[:6], PUBLISHED), prices.drop(columns=CSI))


def test_one_market_without_levels_leaves_the_other_as_it_is(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(
        make_report([*MAINLAND[:8], *HONG_KONG[:2]], PUBLISHED), prices.assign(**{HSI: np.nan})
    )
    alone = weigh(make_report(MAINLAND[:8], PUBLISHED), prices)
    told = evidence.judgement()
    assert (told.count, told.scored) == (10, 8)
    assert told.mean == alone.judgement().mean
    assert pools_of(evidence)["market"].p_above == pools_of(alone)["market"].p_above
    ended = {each.benchmark: each.ended for each in evidence.coverage}
    assert ended == {CSI: 0, HSI: None}


def test_a_basis_that_no_pick_is_known_on_is_refused(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    report, panel = make_report(MAINLAND[:6], PUBLISHED), Panel.from_frames({"price": prices})
    with pytest.raises(InputError, match="no pick is known on the total basis"):
        weigh_evidence(report, panel, None, replace(FEW, basis="total"))


@pytest.mark.parametrize("shares", [MAINLAND, MAINLAND[:6]])
def test_prices_with_dividends_only_are_taken_as_such_for_all(
    make_report: MakeReport, prices: pd.DataFrame, shares: list[str]
) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    evidence = weigh_evidence(
        report, Panel.from_frames({"total": prices[[CSI, *shares]]}), None, FEW
    )
    assert (evidence.trial.basis, evidence.judgement().scored) == ("total", 6)
    assert "total_basis" in codes_of(evidence)


@pytest.mark.parametrize(("known", "basis"), [(17, "price"), (16, "total")])
def test_the_basis_is_that_on_which_nine_tenths_of_the_controls_are_known(
    make_report: MakeReport, prices: pd.DataFrame, known: int, basis: str
) -> None:
    """18 controls have a total return; 16.2 is nine tenths of them."""
    bare = prices[[CSI, *MAINLAND[: 6 + known]]]
    panel = Panel.from_frames({"price": bare, "total": prices})
    evidence = weigh_evidence(make_report(MAINLAND[:6], PUBLISHED), panel, None, FEW)
    assert evidence.trial.basis == basis
    told = {"basis_of_controls", "controls_left_out"} & {*codes_of(evidence)}
    assert told == {"basis_of_controls" if basis == "total" else "controls_left_out"}


# standards and terms


def without_hits(scale: RatingScale) -> RatingScale:
    return replace(scale, company=tuple(replace(band, hit=False) for band in scale.company))


def test_a_standard_that_promises_nothing_is_held_to_zero(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    evidence = weigh(replace(report, scale=without_hits(report.scale)), prices)
    assert evidence.promise == 0.0
    told = evidence.judgement()
    assert (told.hits.rated, told.hits.hits, told.hits.random) == (6, 0, 0.0)
    placebo = pools_of(evidence)["market"]
    # with nothing promised, as good and as bad share out the draws, ties in both
    assert placebo.p_above + placebo.p_short == pytest.approx(1.0, abs=2 / FEW.draws)


def test_picks_that_are_only_watched_have_no_hits(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED, "watch"), prices)
    told = evidence.judgement().hits
    assert (told.rated, told.hits) == (0, 0)
    assert np.isnan([told.low, told.high, told.random]).all()


@pytest.mark.parametrize(
    ("scale", "horizons"), [("soochow", (6, 12)), ("haitong_international", (12, 18))]
)
def test_the_horizons_are_those_of_the_standard(
    make_report: MakeReport, prices: pd.DataFrame, scale: str, horizons: tuple[int, ...]
) -> None:
    report = make_report(MAINLAND[:6], PUBLISHED)
    evidence = weigh_evidence(report, panel_of(prices), None, FEW, scale=load_scale(scale))
    assert evidence.trial.horizons == horizons
    assert evidence.graded_horizon == horizons[0]
    assert evidence.judgement().horizon_months == horizons[0]


@pytest.mark.parametrize(
    "faulty",
    [
        {"draws": 99},
        {"draws": 10_000_001},
        {"band_draws": 0},
        {"resamples": 99},
        {"seed": -1},
        {"seed": 2**32},
        {"workers": 0},
        {"workers": 257},
        {"horizons": (6, 3)},
        {"horizons": (0,)},
        {"horizons": (3, 3)},
    ],
)
def test_terms_that_cannot_be_are_refused(faulty: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(FEW, **faulty)  # type: ignore[arg-type]


def test_the_least_and_the_largest_terms_are_taken() -> None:
    least = Trial(draws=100, band_draws=100, resamples=100, seed=0, workers=1)
    most = Trial(draws=10_000_000, seed=2**32 - 1, workers=256)
    assert (least.draws, most.seed) == (100, 4_294_967_295)


def test_a_basket_that_was_not_judged_is_refused_with_those_that_were(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    evidence = weigh(make_report([*MAINLAND[:3], *HONG_KONG[:3]], PUBLISHED), prices)
    with pytest.raises(InputError, match="no basket 'theme x'") as refused:
        evidence.judgement("theme x")
    assert "market HSI.HK" in refused.value.remedy
    with pytest.raises(InputError, match="over 7 months"):
        evidence.judgement(months=7)


# prices that are not daily


def test_prices_of_weeks_tell_nothing_of_picks_that_moved_together(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """The last sessions of weeks, and the days on which the picks are entered and left."""
    days = prices[CSI].dropna().index.to_list()
    kept = [day for day, after in pairwise(days) if after.weekday() < day.weekday()]
    kept += [pd.Timestamp(day) for day in ("2024-06-17", "2024-12-17", "2025-06-17")]
    evidence = weigh(
        make_report(MAINLAND[:6], PUBLISHED),
        prices.loc[sorted({*kept}), [CSI, *MAINLAND]],
        tables_of({"甲": MAINLAND}),
    )
    told = evidence.judgement()
    assert (told.scored, told.verdict.reason) == (6, "no_past")
    assert np.isnan([told.together.correlation, told.together.chance]).all()
    assert math.isnan(told.corrected.statistic)
    assert {"weekly_returns", "short_past"} & {*codes_of(evidence)} == {"weekly_returns"}
    # the weeks that end after Monday 17 June 2024 and up to Tuesday 17 December
    ends = {day for day in kept if ENTRY < day <= pd.Timestamp("2024-12-13")}
    model = evidence.picks[0].model
    assert model.observations == len({day.isocalendar()[:2] for day in ends})
    assert model.alpha_annual == pytest.approx(52 * model.alpha_per_period)


def test_a_week_is_from_monday_to_sunday(prices: pd.DataFrame) -> None:
    """Three sessions of each week are kept, so that rows do not follow on each other."""
    bare = prices.loc["2024-05-13":"2024-06-07", [CSI, MAINLAND[0]]]
    bare = bare.loc[[day for day in bare.index if day.weekday() in {0, 2, 3}]]
    told = pair_returns(panel_of(bare), [MAINLAND[0]], [CSI], "price")
    assert not told.daily
    assert told.dates.astype(str).tolist() == [
        "2024-05-16",
        "2024-05-23",
        "2024-05-30",
        "2024-06-06",
    ]
    closes = [float(bare[MAINLAND[0]][day]) for day in told.dates]
    expected = [after / before - 1 for before, after in pairwise(closes)]
    assert told.own[1:, 0].tolist() == pytest.approx(expected, rel=1e-12)
    assert math.isnan(told.own[0, 0])


def test_a_short_past_is_said_where_no_basket_has_a_long_one(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    report = make_report([*MAINLAND[:5], HONG_KONG[0]], PUBLISHED)
    long, short = weigh(report, prices), weigh(report, prices["2024-05-01":])
    assert math.isnan(long.judgement("market HSI.HK").corrected.statistic)
    assert math.isfinite(long.judgement().corrected.statistic)
    assert "short_past" not in codes_of(long)
    assert "short_past" in codes_of(short)


def test_evidence_is_complete_where_all_is_scored_and_compared(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    tables = tables_of({"甲": MAINLAND})
    # of 120 shares a fifth is large enough for any six picks
    more = {f"{601000 + n}.SH": prices[MAINLAND[n % 24]] * 1.01**n for n in range(96)}
    wide = prices.assign(**more)
    assert weigh(make_report(MAINLAND[:6], PUBLISHED), wide, tables).complete
    assert not weigh(make_report([*MAINLAND[:6], "600999.SH"], PUBLISHED), wide, tables).complete
    assert not weigh(make_report(MAINLAND[:6], PUBLISHED), wide).complete


# as JSON values


def test_what_is_spelled_is_what_was_found(make_report: MakeReport, prices: pd.DataFrame) -> None:
    evidence = weigh(make_report(MAINLAND[:6], PUBLISHED), prices, tables_of({"甲": MAINLAND}))
    told, row = evidence.judgement(), evidence.records()[0]
    assert [row[name] for name in ("group", "key", "horizon_months", "pool")] == [
        "all",
        "",
        6,
        "market",
    ]
    placebo = told.placebos[0]
    assert [row[name] for name in ("mean", "median", "low", "high")] == [
        told.mean,
        told.median,
        told.interval.low,
        told.interval.high,
    ]
    assert [
        row[name] for name in ("random_mean", "random_low", "random_median", "random_high")
    ] == [
        placebo.expected,
        placebo.low,
        placebo.middle,
        placebo.high,
    ]
    assert [row[name] for name in ("percentile", "p_above", "p_short", "draws", "controls")] == [
        placebo.percentile,
        placebo.p_above,
        placebo.p_short,
        FEW.draws,
        18,
    ]
    assert len(evidence.to_frame()) == len(evidence.records()) == 2 * 3


# several themes


def test_a_theme_that_cannot_be_judged_does_not_loosen_the_others_bounds(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """One pick that beats all has a tiny p-value; it is not one of the tests side by side."""
    best = prices.copy()
    best.loc[best.index > ENTRY, MAINLAND[12]] *= 100
    whole = make_report(MAINLAND[:13], PUBLISHED)
    (theme,) = whole.themes

    def split(*parts: slice) -> tuple[Theme, ...]:
        return tuple(
            replace(theme, id=f"t{n}", picks=theme.picks[part]) for n, part in enumerate(parts)
        )

    tables = tables_of({"甲": [*MAINLAND, *HONG_KONG]})
    more = {f"60010{n}.SH": best[s] for n, s in enumerate(MAINLAND[:9])}
    best = best.assign(**more)
    three = weigh(replace(whole, themes=split(slice(6), slice(6, 12), slice(12, 13))), best, tables)
    assert three.judgement("theme t2").verdict.reason == "few_picks"
    assert math.isnan(three.judgement("theme t2").adjusted.above)
    for side in ("above", "short"):
        themes = [three.judgement(f"theme t{n}") for n in (0, 1)]
        worst = [
            max(getattr(p, f"p_{side}") for p in each.placebos if not p.refusal) for each in themes
        ]
        expected = [min(2 * min(worst), max(worst)), max(worst)]
        told = sorted(getattr(each.adjusted, side) for each in themes)
        assert told == pytest.approx(expected, rel=1e-12)


def test_baskets_are_all_picks_then_markets_themes_and_levels(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    levels: tuple[Level, ...] = ("recommend", "watch")
    made = [
        make_report([*MAINLAND[4 * n : 4 * n + 2], HONG_KONG[n]], PUBLISHED, levels[n])
        for n in (0, 1)
    ]
    themes = tuple(
        replace(each.themes[0], id=name) for each, name in zip(made, ("b", "a"), strict=True)
    )
    evidence = weigh(replace(made[0], themes=themes), prices)
    assert [(each.basket.name, each.count) for each in evidence.judgements] == 2 * [
        ("all", 6),
        ("market 000300.SH", 4),
        ("market HSI.HK", 2),
        ("theme b", 3),
        ("theme a", 3),
        ("level recommend", 3),
        ("level watch", 3),
    ]
    assert [each.horizon_months for each in evidence.judgements] == 7 * [6] + 7 * [12]


# the rule of the verdict

MANY = Together(0.1, 0.08, 0.3, 1.02)


def placebos_of(
    above: Sequence[float], short: Sequence[float], refused: Mapping[str, Refusal]
) -> list[Placebo]:
    names: tuple[PoolName, ...] = ("market", "sector", "alike")
    return [
        Placebo(pool, 0.1, Controls(50, 0, 0, 0), (), refused.get(pool, ""), p_above=a, p_short=s)
        for pool, a, s in zip(names, above, short, strict=True)
    ]


@pytest.mark.parametrize(
    ("above", "short", "verdict"),
    [
        ((0.05, 0.05, 0.05), (0.9, 0.9, 0.9), ("skilled", "above")),
        ((0.0501, 0.05, 0.05), (0.9, 0.9, 0.9), ("cannot_tell", "chance")),
        ((0.05, 0.0501, 0.05), (0.9, 0.9, 0.9), ("cannot_tell", "sector")),
        ((0.05, 0.05, 0.0501), (0.9, 0.9, 0.9), ("cannot_tell", "alike")),
        ((0.2, 0.2, 0.01), (0.9, 0.9, 0.9), ("cannot_tell", "chance")),
        ((0.01, 0.2, 0.2), (0.9, 0.9, 0.9), ("cannot_tell", "sector")),
        ((0.99, 0.99, 0.99), (0.05, 0.05, 0.05), ("unskilled", "short")),
        ((0.99, 0.99, 0.99), (0.05, 0.0501, 0.05), ("cannot_tell", "chance")),
        ((0.99, 0.99, 0.99), (0.0501, 0.01, 0.01), ("cannot_tell", "chance")),
    ],
)
def test_the_verdict_asks_every_comparison_that_was_made(
    above: tuple[float, ...], short: tuple[float, ...], verdict: tuple[str, str]
) -> None:
    told = judge(10, 10, placebos_of(above, short, {}), MANY)
    assert (told.word, told.reason) == verdict


@pytest.mark.parametrize(
    ("own", "adjusted", "verdict"),
    [
        (Chances(0.01, 0.9), Chances(0.05, 0.9), ("skilled", "above")),
        (Chances(0.01, 0.9), Chances(0.0501, 0.9), ("cannot_tell", "one_of_many")),
        (Chances(0.9, 0.01), Chances(0.9, 0.05), ("unskilled", "short")),
        (Chances(0.9, 0.01), Chances(0.9, 0.0501), ("cannot_tell", "one_of_many")),
        (Chances(0.06, 0.9), Chances(0.01, 0.9), ("cannot_tell", "chance")),
        (Chances(0.9, 0.06), Chances(0.9, 0.01), ("cannot_tell", "chance")),
    ],
)
def test_one_theme_of_several_needs_its_adjusted_chances_as_well(
    own: Chances, adjusted: Chances, verdict: tuple[str, str]
) -> None:
    comparisons = placebos_of([own.above] * 3, [own.short] * 3, {})
    told = judge(10, 10, comparisons, MANY, adjusted)
    assert (told.word, told.reason) == verdict


@pytest.mark.parametrize(
    ("refused", "verdict"),
    [
        ({"alike": "unknown"}, ("skilled", "above")),
        ({"sector": "unknown"}, ("cannot_tell", "sector_unknown")),
        ({"market": "no_controls", "sector": "no_controls"}, ("cannot_tell", "market_no_controls")),
        ({"market": "few_controls"}, ("cannot_tell", "market_few_controls")),
    ],
)
def test_the_verdict_needs_market_and_sector(
    refused: Mapping[str, Refusal], verdict: tuple[str, str]
) -> None:
    figures = [0.01 if pool not in refused else math.nan for pool in ("market", "sector", "alike")]
    told = judge(10, 10, placebos_of(figures, [0.9, 0.9, 0.9], refused), MANY)
    assert (told.word, told.reason) == verdict


@pytest.mark.parametrize(
    ("count", "scored", "together", "reason"),
    [
        (10, 8, MANY, "above"),
        (10, 7, MANY, "unscored"),
        (5, 5, MANY, "above"),
        (4, 4, MANY, "few_picks"),
        (6, 5, MANY, "above"),
        (10, 10, Together(0.4, 0.1, 0.0501, 1.5), "above"),
        (10, 10, Together(0.4, 0.1, 0.05, 1.1), "one_bet"),
        (10, 10, Together(0.4, 0.1, 0.05, 1.0999), "above"),
        (10, 10, Together(0.4), "no_past"),
    ],
)
def test_the_verdict_needs_picks_that_are_scored_and_several_bets(
    count: int, scored: int, together: Together, reason: str
) -> None:
    told = judge(count, scored, placebos_of([0.01] * 3, [0.9] * 3, {}), together)
    assert told.reason == reason
    assert (told.word == "skilled") == (reason == "above")


def test_the_chances_are_the_worst_of_the_comparisons_that_were_made() -> None:
    refused: Mapping[str, Refusal] = {"alike": "unknown"}
    told = Chances.of(placebos_of([0.01, 0.03, 0.5], [0.8, 0.7, 0.9], refused))
    assert told == Chances(0.03, 0.8)
    assert Chances.of(placebos_of([0.04, 0.03, 0.01], [0.1, 0.2, 0.3], {})) == Chances(0.04, 0.3)
    everything: Mapping[str, Refusal] = dict.fromkeys(("market", "sector", "alike"), "no_controls")
    nothing = Chances.of(placebos_of([math.nan] * 3, [math.nan] * 3, everything))
    assert math.isnan(nothing.above)
    assert math.isnan(nothing.short)


# what is known at publication


def test_sixty_returns_before_publication_are_enough(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """The first share has 61 closes up to the day, the second 60."""
    short = prices[[CSI, *MAINLAND]].dropna()
    until = short.index[short.index <= PUBLISHED]
    for symbol, closes in zip(MAINLAND, (61, 60), strict=False):
        short.loc[short.index < until[-closes], symbol] = np.nan
    report = make_report(MAINLAND[:6], PUBLISHED)
    case = open_case(report, panel_of(short), report.scale, FEW, SectorTables())
    day = np.datetime64(PUBLISHED, "D")
    volatility = past_volatility(case.panel, case.population.symbols, day, "price")
    assert np.isfinite(volatility).tolist() == [True, False, *[True] * 22]
    assert (case.alike.label >= 0).tolist() == [True, False, *[True] * 22]
    assert case.moves.known.tolist() == [True, False, *[True] * 22]
    assert np.isfinite(case.returns.scale(0).scaled).tolist() == [True, False, *[True] * 4]


def test_shares_without_a_past_are_not_drawn_to_see_whether_picks_moved_together(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """Five picks need five others; one of those has a past of a few days."""
    ten = prices[[CSI, *MAINLAND[:10]]].dropna()
    tables = tables_of({"甲": MAINLAND[:10]})
    report = make_report(MAINLAND[:5], PUBLISHED)
    assert math.isfinite(weigh(report, ten, tables).judgement().together.chance)
    ten.loc[:"2024-06-01", MAINLAND[9]] = np.nan
    told = weigh(report, ten, tables).judgement()
    assert math.isfinite(told.together.correlation)
    assert math.isnan(told.together.chance)
    assert told.verdict.reason == "no_past"


def test_the_fifths_of_a_market_are_of_one_size_and_rise_with_volatility(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """25 shares, each twice as restless as the one before; five to a fifth."""
    generator = np.random.default_rng(2)
    days = prices[CSI].dropna().index
    moves = generator.normal(0.0, 1.0, len(days))
    made = {f"{600000 + n}.SH": 10 * np.exp(np.cumsum(0.0002 * 1.2**n * moves)) for n in range(25)}
    table = pd.DataFrame({CSI: prices[CSI][days], **made}, index=days)
    report = make_report(["600000.SH"], PUBLISHED)
    case = open_case(report, panel_of(table), report.scale, FEW, SectorTables())
    labels = case.alike.label.tolist()
    assert [labels.index(each) for each in dict.fromkeys(labels)] == [0, 5, 10, 15, 20]
    assert labels == sorted(labels)


def test_shares_of_one_fifth_by_size_are_alike_where_sizes_are_known(
    make_report: MakeReport, prices: pd.DataFrame
) -> None:
    """One market has sizes, the other none; a share of the first without one is like no other."""
    rows = [
        Row(s, "甲", dt.date(2024, 1, 2), math.nan if n == 4 else float(n))
        for n, s in enumerate(MAINLAND)
    ]
    rows += [Row(s, "甲", dt.date(2024, 1, 2), math.nan) for s in HONG_KONG]
    sized = SectorTables((make_sectors("made", "a test", dt.date(2024, 1, 2), rows),))
    report = make_report([*MAINLAND[:2], *HONG_KONG[:2]], PUBLISHED)
    alike, bare = (
        open_case(report, panel_of(prices), report.scale, FEW, tables).alike.label
        for tables in (sized, SectorTables())
    )
    assert len(np.unique(bare[:12])) == len(np.unique(bare[12:])) == 5
    assert np.array_equal(alike[:12], bare[:12])
    assert (alike[12:] < 0).tolist() == [n == 4 for n in range(24)]
    known = [n for n in range(24) if n != 4]
    size = {n: rank * 5 // 23 for rank, n in enumerate(known)}
    for one in known:
        for other in known:
            same = bare[12 + one] == bare[12 + other] and size[one] == size[other]
            assert (alike[12 + one] == alike[12 + other]) == same
