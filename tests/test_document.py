"""How a scorecard is laid out for people."""

from collections.abc import Callable

import pytest
from conftest import MakePanel, MakeReport

from backtests import Convention, Scorecard, score_picks
from backtests.report.document import Toned
from backtests.report.scorecard import lay_out_scorecard

DAYS = {"2024-06-14": 10.0, "2024-06-17": 10.0}
# after a month +6, +20 and -20 points, and one pick without prices
ENDS = {"300394.SZ": 10.6, "300308.SZ": 12.0, "300502.SZ": 8.0}


@pytest.fixture
def score(make_panel: MakePanel, make_report: MakeReport) -> Callable[..., Scorecard]:
    closes = {symbol: {**DAYS, "2024-07-17": end} for symbol, end in ENDS.items()}
    panel = make_panel({**closes, "000300.SH": {**DAYS, "2024-07-17": 10.0}})
    report = make_report([*ENDS, "300002.SZ"], "2024-06-16")
    return lambda *horizons: score_picks(report, panel, Convention(horizons=horizons))


def test_picks_stand_best_first_under_their_theme(score: Callable[..., Scorecard]) -> None:
    theme, *picks = lay_out_scorecard(score(1), "en").sheets[0].rows
    good, bad = Toned("✓", 1), Toned("✗", -1)
    assert [(pick["symbol"], pick["grade"], pick["hit"]) for pick in picks] == [
        ("300308.SZ", Toned("buy", 1), good),
        ("300394.SZ", Toned("overweight", 1), good),
        ("300502.SZ", Toned("sell", -1), bad),
        ("300002.SZ", None, None),
    ]
    assert picks[3]["m1"] == "unscored"
    # the theme was seen overweight, and its mean is neutral
    assert theme["m1"] == pytest.approx(0.02)
    assert (theme["level"], theme["grade"], theme["hit"]) == (
        "overweight",
        Toned("neutral", 0),
        bad,
    )


def test_a_theme_is_graded_at_the_graded_horizon_only(score: Callable[..., Scorecard]) -> None:
    card = score(1, 3)
    assert card.graded_horizon == 3
    theme, *_ = lay_out_scorecard(card, "en").sheets[0].rows
    assert theme["m1"] == pytest.approx(0.02)
    assert (theme["grade"], theme["hit"]) == (None, None)


def test_each_gap_is_explained_once(score: Callable[..., Scorecard]) -> None:
    notes = lay_out_scorecard(score(1, 3), "en").notes
    assert notes[0].startswith(
        "300394.SZ, 300308.SZ, 300502.SZ (3 mo): the horizon ends on 2024-09-13"
    )
    assert notes[1].startswith("300002.SZ (1, 3 mo): the prices do not hold this security")
