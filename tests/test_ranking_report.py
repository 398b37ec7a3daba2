"""What a ranking looks like: its tables, pages, figures and files, of sources made up by hand."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backtests.caveats import Caveat
from backtests.ranking.result import BandCount, By, Pooled, Ranking, SourceScore

GRADES = ("buy", "overweight", "neutral", "underweight", "sell")
AT, HORIZONS = 6, (1, 6)
FIRST = dt.date(2024, 1, 2)

SCORE = SourceScore(
    source="东吴证券",
    house="东吴证券",
    author="",
    scale="soochow",
    own_standard=True,
    horizon_months=AT,
    rank=1,
    ratings=30,
    calls=24,
    scored=20,
    pending=3,
    unscored=1,
    n=18,
    bullish_share=0.9,
    hits=11,
    hit_rate=11 / 18,
    hit_low=0.386,
    hit_high=0.797,
    mean=0.0512,
    dates=17,
    t=2.31,
    p=0.034,
    shrunk=0.0331,
    shrunk_low=-0.0012,
    shrunk_high=0.0674,
    targets=10,
    targets_untold=2,
    target_at=3,
    target_before=5,
    calibration=(
        BandCount("buy", {"buy": 4, "overweight": 2, "neutral": 1, "underweight": 1, "sell": 2}, 0.4),
        BandCount("overweight", dict(zip(GRADES, (1, 4, 2, 1, 0), strict=True)), 0.5),
        BandCount("neutral", dict(zip(GRADES, (0, 1, 1, 0, 0), strict=True)), 0.5),
        BandCount("underweight", dict.fromkeys(GRADES, 0), None),
        BandCount("sell", dict.fromkeys(GRADES, 0), None),
    ),
    market_percentile=0.9825,
    market_p=0.018,
    sector_percentile=0.961,
    sector_p=0.0395,
    selection=0.0274,
    selection_t=2.02,
    selection_p=0.0291,
    verdict="skilled",
    reason="above",
)
UNTOLD: dict[str, Any] = dict.fromkeys(
    (
        *("hit_rate", "hit_low", "hit_high", "mean", "t", "p"),
        *("shrunk", "shrunk_low", "shrunk_high"),
        *("market_percentile", "market_p", "sector_percentile", "sector_p"),
        *("selection", "selection_t", "selection_p", "rank"),
    )
)
CALL: dict[str, Any] = {
    "line": 2,
    "date": FIRST.isoformat(),
    "symbol": "300002.SZ",
    "name": "神州泰岳",
    "market": "shenzhen",
    "sector": "计算机",
    "rating": "强烈推荐",
    "grade": "buy",
    "stance": 1,
    "reiterations": 0,
    "until": "2024-07-02",
    "closed_on": None,
    "entry_date": "2024-01-03",
    "exit_date": "2024-07-02",
    "return": 0.12,
    "benchmark": "000300.SH",
    "benchmark_return": 0.02,
    "relative": 0.1,
    "x": 0.1,
    "grade_earned": "overweight",
    "hit": True,
    "status": "scored",
    "reason_code": "",
    "about": None,
    "target": 12,
    "target_at": False,
    "target_before": True,
    "link": "javascript:alert(1)",
}
PENDING = {
    **CALL,
    **dict.fromkeys(
        ("return", "benchmark_return", "relative", "x", "grade_earned", "hit", "target_at")
    ),
    "target": None,
    "target_before": None,
    "status": "pending",
    "reason_code": "pending_exit",
    "about": "2024-08-02",
    "exit_date": "2024-08-02",
    "date": "2024-02-02",
    "reiterations": 2,
}
CAVEATS = (
    Caveat("ranking_common_standard", {"count": 12, "houses": 3, "scale": "soochow"}),
    Caveat("ranking_survivorship"),
    Caveat("ranking_total_targets"),
    Caveat("ranking_overlap"),
    Caveat("ranking_rejected", {"count": 5}),
    Caveat("ranking_no_authors", {"count": 4}),
    Caveat("ranking_independence"),
    Caveat("ranking_rows_left_out", {"count": 7}),
    Caveat("ranking_sectors_dated", {"dated": "2024-12-31"}),
    Caveat("advice"),
)


def name_source(score: SourceScore, name: str, **values: Any) -> SourceScore:  # noqa: ANN401
    return replace(score, source=name, house=name, **values)


SOURCES = (
    SCORE,
    name_source(SCORE, "Industrial", rank=2, shrunk=0.01, verdict="cannot_tell", reason="chance"),
    name_source(
        SCORE,
        "中信建投",
        rank=3,
        scale="csc",
        mean=-0.08,
        shrunk=-0.05,
        shrunk_low=-0.09,
        shrunk_high=-0.01,
        selection=-0.04,
        market_percentile=0.011,
        sector_percentile=0.02,
        verdict="worse_than_chance",
        reason="below",
    ),
    name_source(SCORE, "Nobody", **UNTOLD, n=0, scored=0, verdict="cannot_tell", reason="few_calls"),
)


def make_ranking(
    sources: tuple[SourceScore, ...] = SOURCES,
    rows: Mapping[str, list[dict[str, Any]]] | None = None,
    by: By = "house",
    title: str = "ratings",
) -> Ranking:
    ranked = sum(each.rank is not None for each in sources)
    return Ranking(
        title=title,
        by=by,
        at=AT,
        horizons=HORIZONS,
        scores=tuple(
            replace(each, horizon_months=months) for months in HORIZONS for each in sources
        ),
        pooled=tuple(
            Pooled(months, ranked, max(ranked - 1, 0), 0.0123, 0.031, 0.02, 0.25)
            for months in HORIZONS
        ),
        rows={each.source: [PENDING, CALL] for each in sources} if rows is None else rows,
        rejected={"unknown_rating": 3, "duplicate": 2},
        accepted=120,
        caveats=CAVEATS,
        provenance={"version": "1", "table": {"sha256": "0" * 64}},
    )
