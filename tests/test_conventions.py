"""The convention map, held against one score at a time, a naive map, and cases worked by hand."""

import dataclasses
import datetime as dt
import itertools
import json
from collections import Counter
from pathlib import Path
from statistics import fmean, median
from typing import Any

import naive_conventions
import numpy as np
import pandas as pd
import pytest
from conftest import MakePanel, MakeReport
from naive_conventions import Tables
from test_scoring import INDEX, SHARE, YEAR, flat, sessions

from backtests import Convention, ConventionMap, map_conventions, score_picks
from backtests.conventions.readings import DIMENSIONS, list_readings
from backtests.conventions.remarks import count_kept
from backtests.outcome import Outcome
from backtests.report.conventions import lay_out_conventions
from screener import Panel, load_prices
from screener.origin import Origin
from universes import RatingScale, Report, load_report, load_scale
from universes.report import Publication
from universes.text import Text

CHOICES = ("entry", "relative", "basis", "boundary", "horizon_months", "published")


@pytest.fixture(scope="module")
def shipped(report: Report, snapshot: Panel) -> ConventionMap:
    return map_conventions(report, snapshot)


def with_window(report: Report, first: str, last: str) -> Report:
    window = (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    evidence = (Text("甲", "A"),)
    date = Publication(report.publication.date, inferred=True, window=window, evidence=evidence)
    return dataclasses.replace(report, publication=date)


def on_scale(scale: str, **changes: object) -> RatingScale:
    return dataclasses.replace(load_scale(scale), **changes)


# The whole map, cell by cell


def test_every_cell_of_the_map_is_what_scoring_alone_says(
    shipped: ConventionMap, report: Report, snapshot: Panel
) -> None:
    rows = {(row["symbol"], *(row[name] for name in CHOICES)): row for row in shipped.records()}
    assert len(rows) == 1176 * 28
    readings = itertools.product(
        naive_conventions.ENTRIES,
        naive_conventions.RELATIVES,
        naive_conventions.BASES,
        naive_conventions.BOUNDARIES,
        [dt.date(2024, 6, day) for day in range(15, 22)],
    )
    for *choices, day in readings:
        convention = Convention(*choices, horizons=tuple(range(6, 13)))
        card = score_picks(report.published_on(day), snapshot, convention)
        for expected in card.records():
            key = (expected["symbol"], *choices, expected["horizon_months"], day.isoformat())
            found = rows.pop(key)
            found["relative"] = found.pop("relative_return")
            shared = found.keys() & expected.keys()
            assert {name: found[name] for name in shared} == {n: expected[n] for n in shared}
            assert len(shared) == 15
    assert not rows


PICKS = ("300308.SZ", "601900.SH", "0700.HK", "688702.SH")


@pytest.fixture(scope="module")
def walks() -> dict[tuple[str, str], pd.DataFrame]:
    """Random closes and opens of four picks and their indices, with halts and missing opens."""
    random = np.random.default_rng(7)
    mainland, hong_kong = (sessions("2024-05-06", "2025-05-30", c) for c in ("XSHG", "XHKG"))
    series: dict[tuple[str, str], dict[str, pd.Series]] = {
        (field, basis): {} for field in ("close", "open") for basis in ("price", "total")
    }
    for symbol in (*PICKS, INDEX, "H00300.CSI", "HSI.HK"):
        days = hong_kong if symbol.endswith(".HK") else mainland
        close = pd.Series(50 * np.exp(random.normal(0, 0.03, len(days)).cumsum()), index=days)
        total = close * np.linspace(1, 1.1, len(days))
        for basis, level in (("price", close), ("total", total)):
            series["close", basis][symbol] = level
            series["open", basis][symbol] = level * np.exp(random.normal(0, 0.01, len(days)))
    tables = {key: pd.DataFrame(columns).sort_index() for key, columns in series.items()}
    for (field, _), table in tables.items():
        # halted over the window; halted too long after it; an open that was not handed down
        table.loc["2024-06-14":"2024-06-20", "601900.SH"] = np.nan
        table.loc["2024-06-19":"2024-07-10", "688702.SH"] = np.nan
        table.loc["2024-12-10":"2024-12-20", "300308.SZ"] = np.nan
        if field == "open":
            table.loc["2024-06-18", "0700.HK"] = np.nan
    return tables


def make_walks_panel(walks: dict[tuple[str, str], pd.DataFrame]) -> Panel:
    dated = {key: table.set_axis(pd.to_datetime(table.index)) for key, table in walks.items()}
    by_field = {
        name: {basis: table for (field, basis), table in dated.items() if field == name}
        for name in ("close", "open")
    }
    return Panel.from_frames(by_field["close"], by_field["open"])


def naive_tables(tables: dict[tuple[str, str], pd.DataFrame], picks: list[str]) -> Tables:
    """As a naive reader takes them; an index is its own level, the one on the price basis."""

    def read(field: str, basis: str) -> dict[str, dict[dt.date, float]]:
        found = {}
        for symbol in tables[field, basis].columns:
            is_index = symbol in {INDEX, "HSI.HK", "H00300.CSI"}
            column = tables[field, "price" if is_index else basis][symbol].dropna()
            found[symbol] = {dt.date.fromisoformat(day): value for day, value in column.items()}
        return found

    has_total = "H00300.CSI" in tables["close", "price"]
    mainland = {"price": INDEX, "total": "H00300.CSI" if has_total else INDEX}
    benchmarks = {
        basis: {pick: "HSI.HK" if pick.endswith(".HK") else mainland[basis] for pick in picks}
        for basis in ("price", "total")
    }
    return Tables(
        {basis: read("close", basis) for basis in ("price", "total")},
        {basis: read("open", basis) for basis in ("price", "total")},
        benchmarks,
    )


def check_against_the_naive_map(found: ConventionMap, tables: Tables) -> Counter[str]:
    """Compare every cell; return how many are scored and not, by entry."""
    dates = [day.date() for day in pd.date_range("2024-06-15", "2024-06-21")]
    rows = {(row["symbol"], *(row[name] for name in CHOICES)): row for row in found.records()}
    counts: Counter[str] = Counter()
    for pick in found.picks:
        symbol = str(pick.pick.symbol)
        returns: dict[tuple[object, ...], float | None] = {}
        for reading in naive_conventions.list_readings(range(6, 13), dates):
            row = rows.pop((symbol, *reading[:5], reading[5].isoformat()))
            *choices, boundary, months, day = reading
            key = (*choices, months, day)
            if key not in returns:
                returns[key] = naive_conventions.relative_return(tables, symbol, reading)
            expected = returns[key]
            counts[f"{reading[0]} {'told' if expected is not None else 'missing'}"] += 1
            if expected is None:
                assert (row["grade"], row["relative_return"]) == (None, None)
                assert row["status"] != "scored"
            else:
                assert row["relative_return"] == pytest.approx(expected, abs=1e-12)
                assert row["grade"] == naive_conventions.grade(expected, boundary)
    assert not rows
    return counts


def test_every_cell_agrees_with_a_naive_map(
    walks: dict[tuple[str, str], pd.DataFrame], make_report: MakeReport
) -> None:
    report = with_window(make_report(PICKS, "2024-06-16"), "2024-06-15", "2024-06-21")
    found = map_conventions(report, make_walks_panel(walks))
    counts = check_against_the_naive_map(found, naive_tables(walks, list(PICKS)))
    assert sum(counts.values()) == 1176 * 4
    # both are there in number, or the comparison would show nothing
    assert min(counts.values()) > 100
    mixed = {row["symbol"] for row in found.records() if row["mixed"]}
    assert mixed == {"0700.HK"}
    assert {row["basis"] for row in found.records() if row["mixed"]} == {"total"}
    assert {(row["basis"], row["benchmark"]) for row in found.records()} == {
        ("price", INDEX),
        ("total", "H00300.CSI"),
        ("price", "HSI.HK"),
        ("total", "HSI.HK"),
    }


def test_a_window_shows_the_first_and_the_last_of_its_entries(
    walks: dict[tuple[str, str], pd.DataFrame], make_report: MakeReport
) -> None:
    # 601900.SH is halted up to the 20th, the others are not
    report = with_window(make_report(PICKS, "2024-06-16"), "2024-06-15", "2024-06-20")
    window = lay_out_conventions(map_conventions(report, make_walks_panel(walks)), "en").sheets[2]
    entered = {row["date"]: row["entered"] for row in window.rows}
    assert entered["2024-06-16"] == "2024-06-17–2024-06-21"
    assert entered["2024-06-20"] == "2024-06-21"


@pytest.mark.market
def test_every_cell_on_daily_prices_agrees_with_a_naive_map(
    market_folder: Path, reference_folder: Path, tmp_path: Path, report: Report
) -> None:
    symbols = [str(pick.symbol) for pick in report.picks]
    bars = pd.concat(
        pd.read_parquet(
            market_folder / name,
            columns=["symbol", "date", "open", "close"],
            filters=[("symbol", "in", [*symbols, INDEX, "HSI.HK"])],
        )
        for name in ("cn_daily.parquet", "hk_daily.parquet", "index_daily.parquet")
    )
    bars["date"] = pd.to_datetime(bars["date"]).dt.strftime("%Y-%m-%d")
    bars = bars[bars["date"].between("2024-05-01", "2025-08-31")]
    for field in ("close", "open"):
        table = bars.pivot_table(index="date", columns="symbol", values=field)
        table.to_csv(tmp_path / f"{field}s_total.csv", index_label="date")
    actions = reference_folder / "corporate_actions.csv"
    (tmp_path / "corporate_actions.csv").write_bytes(actions.read_bytes())
    panel = load_prices(source=tmp_path)
    found = map_conventions(report, panel)
    days = panel.dates.astype(str).tolist()
    tables = {
        (field, basis): pd.DataFrame(panel.levels(field, basis), days, panel.symbols)
        for field in ("close", "open")
        for basis in ("price", "total")
    }
    counts = check_against_the_naive_map(found, naive_tables(tables, symbols))
    assert sum(counts.values()) == 1176 * 28
    # what the embedded figures lack is told by daily ones
    assert counts["next_close told"] == counts["previous_close told"] == 392 * 28
    assert counts["next_open told"] > 300 * 28


# The shipped report on the embedded figures


def test_the_headline_is_the_scorecards(
    shipped: ConventionMap, report: Report, snapshot: Panel
) -> None:
    card = score_picks(report, snapshot, Convention(horizons=(6,)))
    assert [(str(each.pick.symbol), each.headline.grade) for each in shipped.picks] == [
        (row.symbol, row.grade) for row in card.rows
    ]
    assert [each.headline.relative for each in shipped.picks] == [r.relative for r in card.rows]
    # a pick's readings stand together
    assert len({row["symbol"] for row in shipped.records()[:1176]}) == 1
    marked = [row for row in shipped.records() if row["headline"]]
    assert [(row["symbol"], row["grade"]) for row in marked] == [
        (row.symbol, row.grade) for row in card.rows
    ]
    assert shipped.basket is not None
    assert shipped.basket.headline == pytest.approx(card.total(6).mean, abs=1e-14)


def flips(found: ConventionMap, dimension: str, value: object) -> dict[str, tuple[str, str]]:
    return {
        str(pick.pick.symbol): (str(pick.headline.grade), str(each.cell.grade))
        for pick in found.picks
        for each in pick.flips
        if (each.dimension, each.value) == (dimension, value)
    }


def test_dividends_alone_flip_three_publishers(shipped: ConventionMap) -> None:
    assert flips(shipped, "basis", "total") == {
        "601900.SH": ("neutral", "overweight"),
        "000719.SZ": ("underweight", "neutral"),
        "601801.SH": ("underweight", "neutral"),
    }
    assert flips(shipped, "boundary", "exclusive") == {}


def test_pop_mart_after_six_months_is_a_buy_under_every_reading(shipped: ConventionMap) -> None:
    own = [
        row
        for row in shipped.records()
        if row["symbol"] == "9992.HK" and row["horizon_months"] == 6 and row["status"] == "scored"
    ]
    assert {row["grade"] for row in own} == {"buy"}
    assert all(1.1 < row["relative_return"] < 1.4 for row in own)
    differences = [row["relative_return"] for row in own if row["relative"] == "difference"]
    assert all(1.2 < value < 1.4 for value in differences)
    (pick,) = (each for each in shipped.picks if str(each.pick.symbol) == "9992.HK")
    assert pick.agreement == 1


def test_what_the_embedded_figures_cannot_tell_is_counted_and_said(shipped: ConventionMap) -> None:
    told = {
        (sway.dimension, str(each.value)): each.scored
        for sway in shipped.sways
        for each in sway.choices
        if each.scored < each.count
    }
    assert told == {
        ("entry", "next_open"): 0,
        ("horizon", "8"): 0,
        ("date", "2024-06-17"): 0,
        ("date", "2024-06-18"): 0,
        ("date", "2024-06-19"): 0,
        ("date", "2024-06-21"): 0,
    }
    (entry,) = (sway for sway in shipped.sways if sway.dimension == "entry")
    opens = next(each for each in entry.choices if each.value == "next_open")
    assert [(gap.outcome, str(gap.about), gap.count) for gap in opens.gaps] == [
        (Outcome.NO_OPEN, "2024-06-17", 28)
    ]
    assert (opens.cells, opens.cells_scored, opens.mean) == (28 * 392, 0, None)
    said = [each.get("en") for each in shipped.caveats]
    assert "Entry (next open): 0 of 28 picks can be told." in said
    assert {c.value for sway in shipped.sways for c in sway.choices if c.mixed} == {"total"}
    assert not shipped.complete


def test_saturday_and_sunday_lead_to_the_same_entry_and_count_twice(
    shipped: ConventionMap,
) -> None:
    (dates,) = (sway for sway in shipped.sways if sway.dimension == "date")
    saturday, sunday = dates.choices[:2]
    assert saturday.entry_days == sunday.entry_days == (dt.date(2024, 6, 17),)
    assert saturday.mean == sunday.mean
    assert (sunday.headline, saturday.headline, saturday.changed) == (True, False, 0)
    (said,) = (each for each in shipped.caveats if each.code == "map_same_entry")
    assert "2024-06-15, 2024-06-16" in said.get("zh")


def test_the_window_is_told_day_by_day(
    shipped: ConventionMap, report: Report, snapshot: Panel
) -> None:
    (dates,) = (sway for sway in shipped.sways if sway.dimension == "date")
    assert [str(each.value) for each in dates.choices] == [
        f"2024-06-{day}" for day in range(15, 22)
    ]
    for each in dates.choices:
        assert isinstance(each.value, dt.date)
        card = score_picks(report.published_on(each.value), snapshot, Convention(horizons=(6,)))
        total = card.total(6)
        assert each.mean == pytest.approx(total.mean)
        assert (each.grades, each.rated, each.hits) == (total.grades, total.rated, total.hits)
        assert set(each.entry_days) == {row.entry_date for row in card.rows} - {None}


def test_nothing_after_the_as_of_date_is_read(report: Report, snapshot: Panel) -> None:
    day = dt.date(2025, 3, 20)
    later = snapshot.dates > np.datetime64(day)
    prices = {}
    for key, matrix in snapshot.prices.items():
        prices[key] = matrix.copy()
        prices[key][later] *= 1000
    other = dataclasses.replace(snapshot, prices=prices)
    assert other.sha256 != snapshot.sha256
    told = [map_conventions(report, panel, as_of=day) for panel in (snapshot, other)]
    assert json.dumps(told[0].to_dict()) == json.dumps(told[1].to_dict())
    assert told[0].records() == told[1].records()


# What is made of the map, from its records alone


def scored_rows(found: ConventionMap) -> list[dict[str, Any]]:
    return [row for row in found.records() if row["status"] == "scored"]


def test_agreement_grades_and_range_are_those_of_the_records(shipped: ConventionMap) -> None:
    rows = scored_rows(shipped)
    for pick in shipped.picks:
        own = [row for row in rows if row["symbol"] == str(pick.pick.symbol)]
        grades = Counter(row["grade"] for row in own)
        values = [row["relative_return"] for row in own]
        assert (pick.readings, pick.scored) == (1176, len(own))
        assert pick.agreement == grades[pick.headline.grade] / len(own)
        assert {grade: count for grade, count in pick.grades.items() if count} == grades
        assert list(pick.grades) == ["buy", "overweight", "neutral", "underweight", "sell"]
        assert (pick.low, pick.median, pick.high) == (min(values), median(values), max(values))


def pairs_by_choice(
    rows: list[dict[str, Any]], name: str
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every two rows of a pick that differ in one choice alone."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in rows:
        key = (row["symbol"], *(row[other] for other in CHOICES if other != name))
        groups.setdefault(key, []).append(row)
    return [pair for group in groups.values() for pair in itertools.combinations(group, 2)]


def test_how_much_a_choice_matters_is_counted_over_pairs(shipped: ConventionMap) -> None:
    rows = scored_rows(shipped)
    for sway, name in zip(shipped.sways, CHOICES, strict=True):
        pairs = pairs_by_choice(rows, name)
        changed = sum(first["grade"] != second["grade"] for first, second in pairs)
        assert (sway.pairs, sway.changed) == (len(pairs), changed)
        assert sway.share == changed / len(pairs)


def test_the_basket_is_that_of_the_readings_that_score_all_of_its_picks(
    shipped: ConventionMap,
) -> None:
    by_reading: dict[tuple[Any, ...], list[float]] = {}
    for row in scored_rows(shipped):
        key = tuple(row[name] for name in CHOICES)
        by_reading.setdefault(key, []).append(row["relative_return"])
    means = {key: fmean(values) for key, values in by_reading.items() if len(values) == 28}
    basket = shipped.basket
    assert basket is not None
    assert (basket.picks, basket.readings, basket.scored) == (28, 1176, len(means))
    # readings that score some of the picks are there, and left out
    assert len(means) < len(by_reading)
    assert basket.low == pytest.approx(min(means.values()))
    assert basket.high == pytest.approx(max(means.values()))
    assert basket.median == pytest.approx(median(means.values()))
    assert basket.above == fmean(value > 0 for value in means.values())
    rows = [
        {"symbol": "", **dict(zip(CHOICES, key, strict=True)), "mean": mean}
        for key, mean in means.items()
    ]
    moves = {}
    for sway, name in zip(shipped.sways, CHOICES, strict=True):
        gaps = [
            abs(first["mean"] - second["mean"]) for first, second in pairs_by_choice(rows, name)
        ]
        assert sway.move == pytest.approx(fmean(gaps), abs=1e-15)
        moves[sway.dimension] = fmean(gaps)
    assert basket.moved_by == max(moves, key=lambda each: moves[each]) == "horizon"
    # an exact zero: the bounds between grades move no mean
    assert shipped.sways[DIMENSIONS.index("boundary")].move == 0


# Cases worked by hand


def test_a_bound_that_is_met_exactly_belongs_to_either_side(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    # +15 points under both entries with closes
    later = [day for day in YEAR if day > "2024-06-17"]
    prices = {**flat(YEAR, 100.0), **flat(later, 115.0)}
    panel = make_panel({SHARE: prices, INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE], "2024-06-16")
    scale = on_scale("soochow", longest_months=6)
    (pick,) = map_conventions(report, panel, scale).picks
    assert (pick.headline.grade, pick.readings, pick.scored) == ("buy", 24, 16)
    assert pick.agreement == 0.5
    assert pick.grades == {"buy": 8, "overweight": 8, "neutral": 0, "underweight": 0, "sell": 0}
    assert [(each.dimension, each.value, each.cell.grade) for each in pick.flips] == [
        ("boundary", "exclusive", "overweight")
    ]
    assert (pick.low, pick.median, pick.high) == pytest.approx((0.15, 0.15, 0.15))
    sways = map_conventions(report, panel, scale).sways
    assert {sway.dimension: sway.share for sway in sways} == {
        "entry": 0.0,
        "relative": 0.0,
        "basis": 0.0,
        "boundary": 1.0,
        "horizon": None,
        "date": None,
    }


def test_the_boundary_of_the_headline_is_the_scales_own(report: Report) -> None:
    for scale, expected in {"soochow": "inclusive", "industrial": "exclusive"}.items():
        readings = list_readings(report, load_scale(scale))
        assert readings.boundary == ("inclusive", "exclusive")
        assert readings.headline("boundary") == expected
    # 15 is a buy, 5 is not yet overweight: neither one nor the other
    soochow = load_scale("soochow")
    bands = list(soochow.company)
    bands[1] = dataclasses.replace(bands[1], lower_included=False)
    bands[2] = dataclasses.replace(bands[2], upper_included=True)
    odd = dataclasses.replace(soochow, company=tuple(bands))
    readings = list_readings(report, odd)
    assert readings.boundary == ("inclusive", "exclusive", "scale")
    assert readings.headline("boundary") == "scale"


def test_a_scale_with_its_own_bounds_is_read_in_three_ways(report: Report, snapshot: Panel) -> None:
    soochow = load_scale("soochow")
    bands = list(soochow.company)
    bands[1] = dataclasses.replace(bands[1], lower_included=False)
    bands[2] = dataclasses.replace(bands[2], upper_included=True)
    odd = dataclasses.replace(soochow, company=tuple(bands))
    found = map_conventions(report, snapshot, odd)
    assert found.cells.grade.shape == (3, 2, 2, 3, 7, 7, 28)
    assert found.sways[3].choices[2].headline


def test_a_report_whose_date_is_printed_has_no_window(report: Report, snapshot: Panel) -> None:
    printed = report.published_on(dt.date(2024, 6, 14))
    found = map_conventions(printed, snapshot)
    assert found.readings.date == (dt.date(2024, 6, 14),)
    assert {pick.readings for pick in found.picks} == {1176 // 7}
    dates = found.sways[DIMENSIONS.index("date")]
    assert (dates.pairs, dates.share, dates.move) == (0, None, None)
    assert not any(each.dimension == "date" for pick in found.picks for each in pick.variations)
    assert "map_same_entry" not in {each.code for each in found.caveats}


def test_one_pick_is_a_map_of_its_own(report: Report, snapshot: Panel) -> None:
    theme = dataclasses.replace(report.themes[0], picks=report.themes[0].picks[:1])
    alone = map_conventions(dataclasses.replace(report, themes=(theme,)), snapshot)
    assert [str(each.pick.symbol) for each in alone.picks] == ["300418.SZ"]
    assert alone.basket is not None
    assert (alone.basket.picks, alone.basket.headline) == (1, alone.picks[0].headline.relative)


def test_a_pick_does_not_hang_on_the_others(
    shipped: ConventionMap, report: Report, snapshot: Panel
) -> None:
    games = map_conventions(report.select(["games"]), snapshot)
    symbols = {str(each.pick.symbol) for each in games.picks}
    assert games.records() == [row for row in shipped.records() if row["symbol"] in symbols]
    assert list(games.picks) == [e for e in shipped.picks if str(e.pick.symbol) in symbols]


def test_a_scale_without_a_longer_window_has_one_horizon(report: Report, snapshot: Panel) -> None:
    found = map_conventions(report, snapshot, load_scale("hongxin"))
    assert found.readings.horizon == (6,)
    assert found.sways[DIMENSIONS.index("horizon")].share is None


def test_a_scale_of_total_returns_has_its_headline_on_them(report: Report, snapshot: Panel) -> None:
    scale = load_scale("haitong_international")
    found = map_conventions(report, snapshot, scale)
    assert found.readings.headline("basis") == "total"
    assert found.readings.horizon == tuple(range(12, 19))
    card = score_picks(report, snapshot, Convention(basis="total", horizons=(12,)), scale)
    assert [each.headline.relative for each in found.picks] == [r.relative for r in card.rows]
    # from 14 months on the embedded figures have ended
    pending = {row["horizon_months"] for row in found.records() if row["status"] == "pending"}
    assert pending >= {15, 16, 17, 18}
    assert [each.code for each in found.caveats].count("mixed") == 1


def test_before_the_horizon_ends_no_agreement_is_told(report: Report, snapshot: Panel) -> None:
    found = map_conventions(report, snapshot, as_of=dt.date(2024, 10, 1))
    assert {each.headline.outcome for each in found.picks} == {Outcome.PENDING_EXIT}
    assert {(each.scored, each.agreement, each.low) for each in found.picks} == {(0, None, None)}
    assert found.basket is None
    assert {sway.share for sway in found.sways} == {None}
    assert {sway.move for sway in found.sways} == {None}
    codes = [each.code for each in found.caveats]
    assert "map_kept" not in codes
    (said,) = (each for each in found.caveats if each.code == "map_no_headline")
    assert "All picks" in said.get("en")
    assert "2024-12-17" in said.get("zh")


def test_a_headline_without_a_score_has_no_agreement_though_others_have_one(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    # halted from the 17th of June on for twelve sessions: the close before it is there
    first = YEAR.index("2024-06-17")
    halted = YEAR[first : first + 12]
    prices = {day: price for day, price in flat(YEAR, 10.0).items() if day not in halted}
    panel = make_panel({SHARE: prices, "300394.SZ": flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE, "300394.SZ"], "2024-06-16")
    found = map_conventions(report, panel, on_scale("soochow", longest_months=6))
    halt, other = found.picks
    assert (halt.headline.outcome, halt.agreement) == (Outcome.HALTED, None)
    # previous close, two relatives, two bases, two bounds
    assert (halt.scored, halt.grades["neutral"], halt.low) == (8, 8, 0.0)
    assert [each.changed for each in halt.variations] == [None] * len(halt.variations)
    assert (other.agreement, other.scored) == (1.0, 16)
    # the basket is of the pick that the headline scores
    assert found.basket is not None
    assert (found.basket.picks, found.basket.scored, found.basket.moved_by) == (1, 16, None)
    said = {each.code: each.get("en") for each in found.caveats}
    assert said["map_kept"].startswith("1 of 1 picks")
    assert SHARE in said["map_no_headline"]
    before, _, after = found.sways[0].choices
    assert (before.scored, before.changed, after.scored) == (2, 0, 1)
    gaps = [each.get("en") for each in found.caveats if each.code == "map_gap"]
    assert "Entry (next close): 1 of 2 picks can be told." in gaps


def test_a_pick_without_prices_is_missing_and_never_zero(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    panel = make_panel({SHARE: flat(YEAR, 10.0), INDEX: flat(YEAR, 5.0)})
    found = map_conventions(make_report([SHARE, "300394.SZ"], "2024-06-16"), panel)
    own = [row for row in found.records() if row["symbol"] == "300394.SZ"]
    assert {(row["reason_code"], row["relative_return"]) for row in own} == {("no_prices", None)}
    assert (found.picks[1].scored, found.picks[1].agreement) == (0, None)
    assert found.basket is not None
    assert found.basket.picks == 1


def test_prices_on_one_basis_leave_the_other_missing(make_report: MakeReport) -> None:
    days = np.array(YEAR, dtype="datetime64[D]")
    closes = np.tile([10.0, 5.0], (len(days), 1))
    panel = Panel(days, (SHARE, INDEX), {("close", "price"): closes}, Origin("made", ""))
    found = map_conventions(make_report([SHARE], "2024-06-16"), panel)
    statuses = {(row["basis"], row["reason_code"]) for row in found.records()}
    assert ("total", "no_prices") in statuses
    assert ("total", "") not in statuses
    assert ("price", "") in statuses


def test_a_pick_that_keeps_its_grade_nearly_always_does_not_keep_it(
    shipped: ConventionMap,
) -> None:
    keeps = [each for each in shipped.picks if each.agreement == 1]
    nearly = dataclasses.replace(keeps[0], agreement=0.999)
    mention = dataclasses.replace(keeps[1].pick, level="mention")
    aside = dataclasses.replace(keeps[1], pick=mention)
    assert count_kept(keeps) == (7, 7)
    assert count_kept([nearly, *keeps[1:]]) == (6, 7)
    assert count_kept([keeps[0], aside, *keeps[2:]]) == (6, 6)


def test_a_mention_with_prices_moves_no_number_of_the_picks(
    make_panel: MakePanel, make_report: MakeReport
) -> None:
    days = [day for day in YEAR if day > "2024-06-17"]
    risen = {**flat(YEAR, 10.0), **flat(days, 11.5)}
    panel = make_panel({SHARE: flat(YEAR, 10.0), "300394.SZ": risen, INDEX: flat(YEAR, 5.0)})
    report = make_report([SHARE, "300394.SZ"], "2024-06-16")
    theme = report.themes[0]
    mention = dataclasses.replace(theme.picks[1], level="mention")
    themes = (dataclasses.replace(theme, picks=(theme.picks[0], mention)),)
    alone = map_conventions(make_report([SHARE], "2024-06-16"), panel)
    beside = map_conventions(dataclasses.replace(report, themes=themes), panel)
    # at +15 points the bound decides its grade
    assert beside.picks[1].agreement == 0.5
    assert beside.sways == alone.sways
    assert beside.basket == alone.basket


def test_mentions_are_graded_and_never_counted(snapshot: Panel) -> None:
    everyone = load_report().select(levels=["recommend", "watch", "mention"])
    found = map_conventions(everyone, snapshot)
    assert len(found.picks) == 37
    assert {each.count for sway in found.sways for each in sway.choices} == {28}
    assert found.basket is not None
    assert found.basket.picks == 28
    said = {each.code: each.get("en") for each in found.caveats}
    assert said["map_kept"].startswith("7 of 28 picks")
    assert "map_no_headline" not in said
