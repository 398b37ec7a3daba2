"""The shipped report on the embedded figures, held against three oracles: numbers worked out
beforehand, a naive scorer that shares no code with the product, and daily market data."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import naive_scorer
import numpy as np
import pandas as pd
import pytest

from backtests import Convention, Scorecard, score_picks
from backtests.summary import Summary
from screener import Panel, load_prices
from screener.snapshot import SNAPSHOT_FILE
from universes import Report, load_report

PUBLISHED = dt.date(2024, 6, 16)


@pytest.fixture(scope="session")
def card(report: Report, snapshot: Panel) -> Scorecard:
    return score_picks(report, snapshot)


def points(card: Scorecard, months: int = 6) -> dict[str, float]:
    return {
        row.symbol: 100 * row.relative
        for row in card.rows
        if row.horizon_months == months and row.relative is not None
    }


def grades(card: Scorecard, months: int = 6) -> dict[str, str | None]:
    return {row.symbol: row.grade for row in card.rows if row.horizon_months == months}


def test_the_headline(card: Scorecard) -> None:
    total = card.total(6)
    assert (total.count, total.scored) == (28, 28)
    assert total.mean == pytest.approx(0.150, abs=0.0005)
    assert total.grades == {
        "buy": 12,
        "overweight": 5,
        "neutral": 2,
        "underweight": 5,
        "sell": 4,
    }
    expected = {
        "9992.HK": 130.5,
        "000681.SZ": 121.3,
        "3690.HK": 26.0,
        "0700.HK": -4.2,
        "9690.HK": -27.8,
        "300308.SZ": -22.5,
    }
    found = points(card)
    assert {symbol: round(found[symbol], 1) for symbol in expected} == expected
    dates = {(row.entry_date, row.exit_date) for row in card.rows if row.horizon_months == 6}
    assert dates == {(dt.date(2024, 6, 17), dt.date(2024, 12, 17))}


def naive_closes(basis: str) -> naive_scorer.Closes:
    content = json.loads(SNAPSHOT_FILE.read_text(encoding="utf-8"))
    days = [dt.date.fromisoformat(day) for day in content["dates"]]
    columns = {**content["price"], **content[basis]}
    return {
        symbol: {day: close for day, close in zip(days, column, strict=True) if close is not None}
        for symbol, column in columns.items()
    }


@pytest.mark.parametrize("basis", ["price", "total"])
@pytest.mark.parametrize("months", [1, 3, 6, 9, 12])
def test_every_score_agrees_with_the_naive_scorer(
    report: Report, snapshot: Panel, basis: str, months: int
) -> None:
    closes = naive_closes(basis)
    convention = Convention(basis=basis, horizons=(months,))
    card = score_picks(report, snapshot, convention)
    naive = [
        naive_scorer.golden_row(closes, pick, PUBLISHED, months, basis)
        for pick in naive_scorer.PICKS
    ]
    for row, expected in zip(card.rows, naive, strict=True):
        assert row.symbol == expected["symbol"]
        assert str(row.entry_date) == expected["entry_date"]
        assert str(row.exit_date) == expected["exit_date"]
        assert row.own_return == pytest.approx(expected["return"], abs=1e-14)
        assert row.benchmark_return == pytest.approx(expected["benchmark_return"], abs=1e-14)
        assert row.relative == pytest.approx(expected["relative"], abs=1e-14)
        assert row.grade == expected["grade"]
    check_summaries(card, naive, months)


def check_summaries(card: Scorecard, naive: list[naive_scorer.GoldenRow], months: int) -> None:
    total = card.total(months)
    assert (total.mean, total.median) == pytest.approx(naive_scorer.mean_and_median(naive))
    assert total.grades == naive_scorer.count_grades(naive)
    assert (total.hits, total.rated) == naive_scorer.count_hits(naive)
    themes: Iterator[Summary] = (s for s in card.summaries if s.group == "theme")
    for summary, (theme, (mean, grade)) in zip(
        themes, naive_scorer.theme_views(naive).items(), strict=True
    ):
        assert summary.key == theme
        assert summary.mean == pytest.approx(mean)
        assert summary.industry_grade == grade


def test_dividends_flip_three_publishers(report: Report, snapshot: Panel, card: Scorecard) -> None:
    total = score_picks(report, snapshot, Convention(basis="total"))
    before, after = grades(card), grades(total)
    flipped = {
        symbol: (before[symbol], after[symbol])
        for symbol in before
        if before[symbol] != after[symbol]
    }
    assert flipped == {
        "601900.SH": ("neutral", "overweight"),
        "000719.SZ": ("underweight", "neutral"),
        "601801.SH": ("underweight", "neutral"),
    }
    assert "mixed" in {caveat.code for caveat in total.caveats}
    assert "mixed" not in {caveat.code for caveat in card.caveats}
    assert all(row.mixed for row in total.rows)


def test_in_october_two_horizons_are_scored(report: Report, snapshot: Panel) -> None:
    card = score_picks(report, snapshot, as_of=dt.date(2024, 10, 1))
    statuses = {(row.horizon_months, row.status) for row in card.rows}
    assert statuses == {
        (1, "scored"),
        (3, "scored"),
        (6, "pending"),
        (9, "pending"),
        (12, "pending"),
    }


@pytest.mark.parametrize("basis", ["price", "total"])
@pytest.mark.parametrize("as_of", ["2024-06-17", "2024-10-01", "2024-12-17", "2025-03-20"])
def test_nothing_after_the_as_of_date_is_read(
    report: Report, snapshot: Panel, basis: str, as_of: str
) -> None:
    day = np.datetime64(as_of)
    later = snapshot.dates > day
    corrupted = {}
    for key, matrix in snapshot.prices.items():
        changed = matrix.copy()
        changed[later] = np.where(np.isnan(changed[later]), 7.0, changed[later] * 1000)
        changed[later, ::3] = np.nan
        corrupted[key] = changed
    other = Panel(snapshot.dates, snapshot.symbols, corrupted, snapshot.origin, snapshot.actions)
    assert other.sha256 != snapshot.sha256
    convention = Convention(basis=basis)
    cards = [
        score_picks(report, panel, convention, as_of=dt.date.fromisoformat(as_of)).to_dict()
        for panel in (snapshot, other)
    ]
    assert json.dumps(cards[0]) == json.dumps(cards[1])


def test_mentions_are_never_counted_as_picks(snapshot: Panel) -> None:
    everyone = load_report().select(levels=["recommend", "watch", "mention"])
    card = score_picks(everyone, snapshot)
    assert card.total(6).count == 28
    mentions = [row for row in card.rows if row.level == "mention"]
    assert len(mentions) == 9 * 5
    assert {row.status for row in mentions} == {"unscored"}
    levels = {s.key: s.count for s in card.summaries if s.group == "level"}
    assert levels == {"recommend": 20, "watch": 8, "mention": 9}


def test_another_order_of_the_columns_changes_nothing(
    report: Report, snapshot: Panel, card: Scorecard
) -> None:
    back = slice(None, None, -1)
    prices = {key: matrix[:, back].copy() for key, matrix in snapshot.prices.items()}
    turned = Panel(snapshot.dates, snapshot.symbols[back], prices, snapshot.origin)
    assert score_picks(report, turned).rows == card.rows


# Daily data


@pytest.fixture(scope="session")
def daily(
    market_folder: Path,
    reference_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
    report: Report,
) -> Panel:
    """Daily closes of the picks as a folder of tables, the price basis derived by the product."""
    symbols = [str(pick.symbol) for pick in report.picks]
    bars = pd.concat(
        pd.read_parquet(market_folder / name, columns=["symbol", "date", "close"])
        for name in ("cn_daily.parquet", "hk_daily.parquet", "index_daily.parquet")
    )
    bars = bars[bars["symbol"].isin([*symbols, "000300.SH", "HSI.HK"])]
    bars = bars[pd.to_datetime(bars["date"]) >= "2024-01-01"]
    table = bars.pivot_table(index="date", columns="symbol", values="close")
    table.index = pd.to_datetime(table.index).strftime("%Y-%m-%d")
    folder = tmp_path_factory.mktemp("daily")
    table.to_csv(folder / "closes_total.csv", index_label="date")
    actions = reference_folder / "corporate_actions.csv"
    (folder / "corporate_actions.csv").write_bytes(actions.read_bytes())
    return load_prices(source=folder)


@pytest.mark.market
@pytest.mark.parametrize("months", [1, 3, 6, 9, 12])
def test_daily_data_give_the_same_grades(
    report: Report, card: Scorecard, daily: Panel, months: int
) -> None:
    found = score_picks(report, daily)
    assert grades(found, months) == grades(card, months)


@pytest.mark.market
def test_daily_data_give_the_same_headline_to_a_tenth_of_a_point(
    report: Report, card: Scorecard, daily: Panel
) -> None:
    for months in (1, 3, 6, 9, 12):
        found = points(score_picks(report, daily), months)
        assert found == pytest.approx(points(card, months), abs=0.1)
