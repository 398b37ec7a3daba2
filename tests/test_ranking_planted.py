"""Sources whose skill is planted: the ranking finds it, and finds none where there is none."""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, spearmanr

from backtests.ranking.rank import rank_sources
from backtests.ranking.result import Ranking
from backtests.ranking.terms import RankTerms
from screener.ratings.table import read_ratings
from universes import load_scale

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
from planted import MONTHS, Planted, make_walks, plant

RATINGS, SOURCES = 8_000, 40


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ranking, Planted]:
    panel, sectors = make_walks(2)
    table = plant(panel, list(panel.symbols[1:]), RATINGS, SOURCES, 3)
    path = tmp_path_factory.mktemp("planted") / "ratings.csv"
    table.write(path)
    day = panel.dates[-1].astype(dt.date)
    ratings, _ = read_ratings(path, day, common=load_scale("soochow"))
    terms = RankTerms(horizons=(MONTHS,), basis="total", draws=500)
    return rank_sources(ratings, panel, sectors, terms), table


def test_the_order_planted_is_recovered(planted: tuple[Ranking, Planted]) -> None:
    ranking, table = planted
    means = [ranking.score_of(name).shrunk for name in table.skill]
    found = spearmanr(means, list(table.skill.values())).statistic
    # no order can be told among those without skill, which are half
    assert found > 0.8


def test_sources_without_skill_are_called_skilled_no_more_often_than_allowed(
    planted: tuple[Ranking, Planted],
) -> None:
    ranking, table = planted
    called = [name for name in table.skill if ranking.score_of(name).verdict == "skilled"]
    wrong = [name for name in called if not table.skill[name]]
    assert len(called) > SOURCES // 8
    # 5% of those called are allowed; more than this comes of it in one of a thousand tables
    assert len(wrong) <= binom.ppf(0.999, len(called), 0.05)


def test_without_skill_the_chances_are_even(planted: tuple[Ranking, Planted]) -> None:
    ranking, table = planted
    chances = [ranking.score_of(name).market_p for name, skill in table.skill.items() if not skill]
    # twenty of them, evenly from 0 to 1
    assert 0.3 < np.mean([each for each in chances if each is not None]) < 0.7
