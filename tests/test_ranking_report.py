"""What a ranking looks like: its tables, pages, figures and files, of sources made up by hand."""

import csv
import dataclasses
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import openpyxl
import pytest
from conftest import ROOT
from hostile import NAMES
from matplotlib.patches import Rectangle
from rich.cells import cell_len
from test_page import Reader

from backtests.caveats import Caveat
from backtests.figures.calibration import plot_calibration
from backtests.figures.chart import Chart, to_png, to_svg
from backtests.figures.ranking import plot_ranking
from backtests.labels import word
from backtests.ranking.pooled import StandardCount, best_and_worst, pool_grades
from backtests.ranking.result import BandCount, Pooled, Ranking, SourceScore, Word
from backtests.ranking.terms import By
from backtests.ranking.years import YearScore, by_year
from backtests.report.document import Document, Sheet, Toned
from backtests.report.formats import render
from backtests.report.ranking.folder import name_page, write_ranking
from backtests.report.ranking.pages import lay_out_ranking, lay_out_source
from backtests.report.terminal import print_document
from screener.ratings.rejections import REASONS
from universes import InputError
from universes.text import Language, Text

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SCHEMA = json.loads((ROOT / "docs" / "ranking.schema.json").read_text(encoding="utf-8"))
CHECKER = jsonschema.Draft202012Validator(SCHEMA)
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
        BandCount(
            "buy", {"buy": 4, "overweight": 2, "neutral": 1, "underweight": 1, "sell": 2}, 0.4
        ),
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
    Caveat(
        "ranking_common_standard",
        {
            "count": 12,
            "houses": Text(zh="甲、乙", en="A, B"),
            "scale": Text(zh="东吴证券", en="Soochow"),
        },
    ),
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


HASH = "0" * 64
PROVENANCE = {
    "version": "1",
    "table": {"ratings": 120, "sha256": HASH},
    "scales": [{"id": "soochow", "sha256": HASH, "horizon_months": 6}],
    "terms": {
        "by": "house",
        "at": AT,
        "horizons": HORIZONS,
        "entry": "next_close",
        "relative": "difference",
        "basis": "total",
        "markets": (),
        "sectors": ("计算机",),
        "since": None,
        "until": "2024-12-31",
        "draws": 2000,
        "seed": 1,
    },
    "sectors": {"schemes": ["shenwan"], "sha256": HASH},
    "data": {
        "source": "store",
        "sha256": HASH,
        "rows_sha256": HASH,
        "first": "2023-01-03",
        "last": "2024-12-31",
        "as_of": "2024-12-31",
        "notes": [{"zh": "注", "en": "note"}],
    },
}


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
    name_source(
        SCORE, "Nobody", **UNTOLD, n=0, scored=0, verdict="cannot_tell", reason="few_calls"
    ),
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
        provenance=PROVENANCE,
    )


def make_many(count: int) -> Ranking:
    """Sources ranked from 1, their means a tenth of a point apart."""
    return make_ranking(
        tuple(
            name_source(SCORE, f"House {n}", rank=n, shrunk=0.1 - n / 1000)
            for n in range(1, count + 1)
        )
    )


def sheet_of(document: Document, name: str) -> Sheet:
    (found,) = [sheet for sheet in document.sheets if sheet.name == name]
    return found


def plain(value: object) -> object:
    return value.text if isinstance(value, Toned) else value


# --- sums -----------------------------------------------------------------------------------


def test_years_are_summed_up_newest_first() -> None:
    old = {**CALL, "date": "2022-12-31"}
    rows = [
        PENDING,
        {**CALL, "x": 0.1, "hit": True},
        {**CALL, "x": -0.4, "hit": False},
        # a neutral call counts as a call and in nothing else
        {**CALL, "stance": 0, "x": 9.0, "hit": None},
        {**old, "status": "unscored", "x": None, "hit": None},
    ]
    assert by_year(rows) == (
        YearScore(year=2024, calls=4, n=2, hits=1, hit_rate=0.5, mean=pytest.approx(-0.15)),
        YearScore(year=2022, calls=1, n=0, hits=0, hit_rate=None, mean=None),
    )


def test_grades_are_added_up_by_standard_that_of_most_calls_first() -> None:
    few = (
        BandCount("buy", {"buy": 1, "sell": 2}, 1 / 3),
        BandCount("sell", {"buy": 0, "sell": 0}, None),
    )
    more = (
        BandCount("buy", {"buy": 3, "sell": 1}, 0.75),
        BandCount("sell", {"buy": 1, "sell": 4}, 0.8),
    )
    none = (BandCount("buy", {"buy": 0, "sell": 0}, None),)
    scores = [
        replace(SCORE, scale=scale, calibration=counts)
        for scale, counts in (("a", few), ("b", few), ("b", more), ("c", none), ("d", ()))
    ]
    assert pool_grades(scores) == (
        StandardCount(
            "b",
            (
                BandCount("buy", {"buy": 4, "sell": 3}, 4 / 7),
                BandCount("sell", {"buy": 1, "sell": 4}, 0.8),
            ),
        ),
        StandardCount("a", few),
    )


def test_the_best_and_the_worst_are_those_by_rank() -> None:
    scores = [replace(SCORE, rank=rank) for rank in (3, None, 1, 5, 2, 4)]
    best, worst = best_and_worst(scores, 2)
    assert ([each.rank for each in best], [each.rank for each in worst]) == ([1, 2], [4, 5])
    best, worst = best_and_worst(scores, 3)
    assert ([each.rank for each in best], worst) == ([1, 2, 3, 4, 5], ())


# --- words ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_its_sentence(language: Language) -> None:
    reasons = SCHEMA["$defs"]["source"]["properties"]["reason"]["enum"]
    verdicts: dict[str, Word] = {"above": "skilled", "below": "worse_than_chance"}
    told = set()
    for each in reasons:
        verdict = verdicts.get(each, "cannot_tell")
        score = replace(SCORE, reason=each, verdict=verdict)
        document = lay_out_source(make_ranking((score,)), SCORE.source, language)
        assert "{" not in document.lead
        assert document.lead.lower().startswith(word(f"ranking_verdict_{verdict}", language))
        told.add(document.lead)
    assert len(told) == len(reasons) == 9


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_to_reject_a_row_has_its_words(language: Language) -> None:
    rejected = {reason: n for n, reason in enumerate(REASONS, 1)}
    document = lay_out_ranking(replace(make_ranking(), rejected=rejected), language)
    rows = sheet_of(document, "rejected").rows
    # most first
    assert [row["rows"] for row in rows] == list(range(len(REASONS), 0, -1))
    assert len({row["why_rejected"] for row in rows}) == len(REASONS)
    assert set(SCHEMA["properties"]["rejected"]["propertyNames"]["enum"]) == set(REASONS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_caveat_is_filled_in(language: Language) -> None:
    notes = lay_out_ranking(make_ranking(), language).notes
    assert len(set(notes)) == len(CAVEATS)
    assert not any("{" in note for note in notes)
    chinese = [bool(re.search("[\u4e00-\u9fff]", note)) for note in notes]
    assert all(chinese) if language == "zh" else not any(chinese)


def test_the_lead_counts_the_verdicts() -> None:
    ranking = make_ranking()
    english, chinese = (lay_out_ranking(ranking, language) for language in ("en", "zh"))
    assert english.lead == (
        "The ratings of 4 houses, 120 in all, make 96 calls. "
        "At 6 months, skilled: 1; worse than chance: 1; cannot tell: 2."
    )
    assert chinese.lead.startswith("4家机构的120条评级合为96个观点。按6个月计，1家机构有能力")
    assert dict(english.facts) == {
        "Ratings": "120",
        "Rows not scored": "5",
        "Calls": "96",
        "Scored": "60",
        "Judged": "2",
        "Average source (points)": "+1.2",
        "Spread of sources (s.d., points)": "3.1",
    }


def test_a_verdict_is_told_with_its_reasons_and_its_place() -> None:
    lead = lay_out_source(make_ranking(), SCORE.source, "en").lead
    assert lead == (
        "Skilled. It beat 98.2% of random draws from the same markets and 96.1% of those from the "
        "same sectors, with p-values of 5% or less when adjusted for the 2 houses judged; choosing "
        "the shares added +2.7 points a call, with a p-value of 0.029 once overlapping horizons "
        "are allowed for. By the shrunken mean it is number 1 of 3 houses."
    )
    nobody = lay_out_source(make_ranking(), "Nobody", "en").lead
    assert nobody == ("Cannot tell. Scored calls that are not neutral: 0; a verdict takes 10.")


def test_authors_are_called_analysts() -> None:
    ranking = make_ranking(
        (replace(SCORE, source="东吴证券 / 张良卫", author="张良卫"),), by="analyst"
    )
    document = lay_out_ranking(ranking, "en")
    assert "analysts" in document.title
    assert "1 analysts" in document.lead
    assert document.sheets[0].columns[0].label == "Analyst"


def test_a_source_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="no source 'Anybody'"):
        lay_out_source(make_ranking(), "Anybody", "en")


# --- tables ---------------------------------------------------------------------------------


def test_a_source_is_told_as_it_was_given() -> None:
    document = lay_out_ranking(make_ranking(), "en", wide=True)
    first = {key: plain(value) for key, value in sheet_of(document, "sources").rows[0].items()}
    assert first["house"] == "东吴证券"
    assert first["standard"] == "Soochow Securities"
    assert first["hit_interval"] == "39–80%"
    assert first["shrunk_interval"] == "-0.1 … +6.7"
    for key in ("rank", "n", "hit_rate", "mean", "shrunk", "t", "bullish_share", "selection"):
        assert first[key] == getattr(SCORE, key)
    for key in ("market_percentile", "sector_percentile"):
        assert first[key] == getattr(SCORE, key)
    assert first["verdict"] == "skilled"
    verdicts = [row["verdict"].tone for row in sheet_of(document, "sources").rows]
    assert verdicts == [1, 0, -1, 0]
    targets = sheet_of(document, "targets").rows[0]
    assert (targets["target_at_share"], targets["target_before_share"]) == (0.3, 0.5)
    assert targets["targets_untold"] == 2


def test_a_common_standard_is_said_to_be_one() -> None:
    ranking = make_ranking((replace(SCORE, own_standard=False),))
    wide, narrow = (lay_out_ranking(ranking, "en", wide=wide) for wide in (True, False))
    assert sheet_of(wide, "sources").rows[0]["standard"] == "Soochow Securities (common)"
    assert sheet_of(narrow, "chance").rows[0]["graded_by"] == "common"


def test_grades_stand_by_standard_in_its_own_words() -> None:
    document = lay_out_ranking(make_ranking(), "zh")
    pooled = sheet_of(document, "calibration_1")
    assert "东吴证券" in pooled.title
    assert [column.label for column in pooled.columns] == [
        *("给出", "观点数", "得买入", "得增持", "得中性", "得减持", "得卖出", "名副其实")
    ]
    # three sources of ten calls that were given buy
    assert [plain(value) for value in pooled.rows[0].values()] == ["买入", 30, 12, 6, 3, 3, 6, 0.4]
    assert "中信建投" in sheet_of(document, "calibration_2").title


def test_a_standard_of_a_file_is_told_by_its_ids() -> None:
    document = lay_out_ranking(make_ranking((replace(SCORE, scale="mine"),)), "zh")
    pooled = sheet_of(document, "calibration_1")
    assert [plain(row["given"]) for row in pooled.rows] == list(GRADES)
    assert "mine" in pooled.title


def test_other_horizons_are_grouped() -> None:
    sheet = sheet_of(lay_out_ranking(make_ranking(), "en"), "horizons")
    assert sheet.grouped
    assert [row["house"] for row in sheet.rows] == ["1 mo", *(each.source for each in SOURCES)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_of_100_columns_shows_every_figure(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    named = name_source(SOURCES[2], "东方财富证券研究所（海外市场及互联网研究组）", mean=-0.8765)
    out = Terminal()
    document = lay_out_ranking(make_ranking((*SOURCES[:2], named)), language)
    print_document(document, "none", out)
    lines = re.sub("\x1b\\[[0-9;]*m", "", out.getvalue()).splitlines()
    assert max(cell_len(line.rstrip()) for line in lines) <= 100
    for shown in ("-87.6", "-9.0 … -1.0", "39–80%", "0.029", "+2.7"):
        assert any(shown in line for line in lines)
    for sheet in document.sheets:
        for column in sheet.columns:
            assert any(column.label in line for line in lines)


def test_of_many_sources_a_terminal_shows_both_ends_and_says_so() -> None:
    narrow, wide = (lay_out_ranking(make_many(43), "en", wide=wide) for wide in (False, True))
    expected = [*range(1, 21), *range(24, 44)]
    shown = narrow.sheets[0]
    assert [row["rank"] for row in shown.rows] == expected
    assert "the best and the worst 20 houses (3 others in" in shown.title
    assert [row["rank"] for row in wide.sheets[0].rows] == list(range(1, 44))
    whole = lay_out_ranking(make_many(40), "en").sheets[0]
    assert [row["rank"] for row in whole.rows] == list(range(1, 41))
    assert "others" not in whole.title


def test_the_plain_table_has_a_row_for_each_source_and_horizon() -> None:
    rows = list(
        csv.DictReader(io.StringIO(render(lay_out_ranking(make_ranking(), "en"), "csv").decode()))
    )
    assert [(row["source"], row["horizon_months"]) for row in rows] == [
        (each.source, str(months)) for months in HORIZONS for each in SOURCES
    ]
    assert "calibration" not in rows[0]
    assert (rows[0]["shrunk"], rows[3]["shrunk"]) == ("0.0331", "")


# --- a source -------------------------------------------------------------------------------


def test_calls_are_told_one_by_one() -> None:
    calls = sheet_of(lay_out_source(make_ranking(), SCORE.source, "en"), "calls")
    pending, scored = ({key: plain(value) for key, value in row.items()} for row in calls.rows)
    assert scored["held"] == "2024-01-03 – 2024-07-02"
    assert (scored["rating"], scored["grade"], scored["grade_earned"]) == (
        *("强烈推荐", "buy", "overweight"),
    )
    assert (scored["return"], scored["relative"], scored["hit"]) == (0.12, 0.1, "✓")
    assert (scored["target"], scored["note"]) == (12.0, "target met on the way")
    assert pending["note"] == "the horizon ends on 2024-08-02; reiterated 2 times"
    assert (pending["return"], pending["relative"], pending["hit"]) == (None, None, None)
    unscored = {**PENDING, "status": "unscored", "reason_code": "closed", "closed_on": "2024-01-02"}
    rows = {SCORE.source: [unscored, {**CALL, "target_at": True}, {**CALL, "target_before": False}]}
    calls = sheet_of(lay_out_source(make_ranking(rows=rows), SCORE.source, "en"), "calls")
    notes = [row["note"] for row in calls.rows]
    assert notes[0].startswith("turned by 2024-08-02")
    assert notes[0].endswith("; reiterated 2 times; turned 2024-01-02")
    assert notes[1:] == ["target met at the end", "target not met"]


def test_of_many_calls_the_newest_are_told_and_where_the_others_are() -> None:
    rows = {SCORE.source: [{**CALL, "line": n} for n in range(502)]}
    document = lay_out_source(make_ranking(rows=rows), SCORE.source, "en")
    assert len(sheet_of(document, "calls").rows) == 500
    said = "The newest 500 calls are listed here; calls.parquet has 2 more."
    assert document.notes[0] == said
    # the year counts them all
    assert sheet_of(document, "years").rows[0]["calls"] == 502
    rows = {SCORE.source: rows[SCORE.source][:500]}
    assert said not in lay_out_source(make_ranking(rows=rows), SCORE.source, "en").notes


def test_a_source_is_told_at_every_horizon() -> None:
    document = lay_out_source(make_ranking(), SCORE.source, "en")
    for name in ("figures", "comparison", "targets_each"):
        assert [row["months"] for row in sheet_of(document, name).rows] == ["1 mo", "6 mo"]
    given = sheet_of(document, "calibration").rows
    assert [row["calls"] for row in given] == [10, 8, 2, 0, 0]
    assert "Graded by the standard of Soochow Securities." in document.notes


# --- as JSON --------------------------------------------------------------------------------


def test_json_follows_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    for language in LANGUAGES:
        data = json.loads(render(lay_out_ranking(make_ranking(), language), "json"))
        CHECKER.validate(data)
    assert len(data["rows"]) == 2 * len(SOURCES)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("by",), "broker"),
        (("sources", 0, "hit_rate"), 1.5),
        (("sources", 0, "verdict"), "lucky"),
        (("sources", 0, "calibration", 0, "kept"), "0.4"),
        (("rows", 0, "stance"), 2),
        (("rows", 0, "date"), "2024"),
        (("rejected", "bad_luck"), 1),
        (("provenance", "data", "sha256"), "0"),
        (("pooled", 0, "tau"), -1),
        (("sources", 0, "more"), 1),
    ],
)
def test_the_schema_refuses_what_is_not_so(place: tuple[Any, ...], value: object) -> None:
    data = json.loads(render(lay_out_ranking(make_ranking(), "en"), "json"))
    part = data
    for each in place[:-1]:
        part = part[each]
    part[place[-1]] = value
    assert not CHECKER.is_valid(data)


def test_the_schema_names_every_field_of_a_source() -> None:
    fields = {field.name for field in dataclasses.fields(SourceScore)}
    assert set(SCHEMA["$defs"]["source"]["required"]) == fields
    for name, value in SCHEMA["$defs"].items():
        if value.get("type") == "object":
            assert value["additionalProperties"] is False, name
            assert set(value["required"]) == set(value["properties"]), name


# --- the folder -----------------------------------------------------------------------------

HOSTILE_NAMES = (
    *NAMES,
    "../../etc/passwd",
    "..",
    "a/b",
    "a\\b",
    "CON",
    "😀",
    "\x00",
    "A",
    "a",
    "Ａ",
)


def make_hostile() -> Ranking:
    sources = tuple(
        name_source(SCORE, name, rank=rank, scale="soochow")
        for rank, name in enumerate(HOSTILE_NAMES, 1)
    )
    text = NAMES[0]
    row = {**CALL, **dict.fromkeys(("symbol", "name", "rating", "sector", "link"), text)}
    return make_ranking(sources, {name: [row] for name in HOSTILE_NAMES}, title=f"{text}/../x")


@pytest.fixture(scope="module", params=LANGUAGES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("ranking")
    return write_ranking(
        make_hostile(), out, request.param, "china", {"by": "house"}, b"calls", b"bad"
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ranking without mischief, nothing given with it."""
    return write_ranking(make_ranking(), tmp_path_factory.mktemp("a"), "en", "china", {})


def test_a_name_of_a_page_is_safe_whatever_the_text() -> None:
    names = [name_page(each) for each in (*HOSTILE_NAMES, "", "x" * 2001, "\ud800")]
    # on a system that cannot tell capitals from small letters too
    assert len({name.lower() for name in names}) == len(names)
    for name in names:
        assert re.fullmatch("[0-9A-Za-z\u4e00-\u9fff-]+", name)
        assert len(name.encode()) < 200
    assert name_page("东吴证券").startswith("东吴证券-")
    assert name_page("东吴证券") == name_page("东吴证券")


def test_the_folder_holds_every_file_and_its_hash(folder: Path) -> None:
    assert re.fullmatch("ranking-house-6-[0-9a-f]{12}", folder.name)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    tables = {"ranking.json", "ranking.csv", "report.md", "report.xlsx"}
    figures = {
        f"figures/{name}.{end}" for name in ("ranking", "calibration_1") for end in ("png", "svg")
    }
    pages = {f"sources/{name_page(name)}.html" for name in HOSTILE_NAMES}
    assert files == {
        *("index.html", "manifest.json", "calls.parquet", "rejected.csv"),
        *tables,
        *figures,
        *pages,
    }
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == files - {"manifest.json"}
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert manifest["arguments"] == {"by": "house"}


def test_every_link_leads_to_a_page_and_back(folder: Path) -> None:
    index = Reader((folder / "index.html").read_bytes())
    links = [str(each["href"]) for each in index.of("a")]
    away = [link for link in links if not link.startswith("#")]
    assert len(away) == len(set(away)) == len(HOSTILE_NAMES)
    assert [unquote(link) for link in away] == [
        f"sources/{name_page(name)}.html" for name in HOSTILE_NAMES
    ]
    for link in away:
        page = folder / unquote(link)
        assert page.resolve().is_relative_to(folder.resolve())
        reader = Reader(page.read_bytes())
        back = [
            str(each["href"]) for each in reader.of("a") if not str(each["href"]).startswith("#")
        ]
        assert back == ["../index.html"]


def test_a_page_leads_to_the_source_that_its_link_is_written_on(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    found = re.findall(r'<a href="(sources/[^"]*)">(.*?)</a>', page)
    assert [name for _, name in found] == [each.source for each in SOURCES]
    for link, name in found:
        assert f"<h1>{name} (ratings)</h1>" in (written / unquote(link)).read_text(encoding="utf-8")
    assert not (written / "calls.parquet").exists()


def test_a_source_without_calls_has_no_page(tmp_path: Path) -> None:
    ranking = make_ranking((SCORE, name_source(SCORE, "Nobody", **UNTOLD, calls=0)))
    folder = write_ranking(ranking, tmp_path, "en", "china", {})
    assert [path.name for path in (folder / "sources").iterdir()] == [
        f"{name_page(SCORE.source)}.html"
    ]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert page.count('<a href="sources/') == 1
    assert '<th scope="row">Nobody</th>' in page


def test_the_pages_of_many_sources_list_fewer_calls(tmp_path: Path) -> None:
    # 400 sources, of 60,000 calls on all pages: 150 on each
    many = make_many(400)
    first = many.ranked[0].source
    rows = {first: [CALL] * 160}
    ranking = replace(many, rows=rows, scores=many.ranked, horizons=(AT,))
    folder = write_ranking(ranking, tmp_path, "en", "china", {})
    assert len(list((folder / "sources").iterdir())) == 400
    page = (folder / "sources" / f"{name_page(first)}.html").read_text(encoding="utf-8")
    assert page.count('<th scope="row">2024-01-02</th>') == 150
    assert "The newest 150 calls are listed here; calls.parquet has 10 more." in page


def test_no_text_becomes_markup_on_any_page(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        assert page.count("<script") == 1
        assert "alert(1)</script" not in page
        assert "javascript:" not in page
        reader = Reader(path.read_bytes())
        for _, attributes in reader.elements:
            assert not any(name.startswith("on") for name in attributes)


def test_numbers_of_the_page_are_sorted_by_value(written: Path) -> None:
    page = (written / "index.html").read_text(encoding="utf-8")
    table = page[page.index('<section id="s1">') :]
    body = table[table.index("<tbody>") : table.index("</tbody>")]
    rows = [re.findall(r'data-value="([^"]*)"', row) for row in body.split("</tr>")[:-1]]
    numbers = ("rank", "n", "shrunk", "mean", "market_percentile", "sector_percentile", "selection")
    for row, score in zip(rows[:3], SOURCES[:3], strict=True):
        expected = [
            float(getattr(score, key)) for key in (*numbers, "hit_rate", "t", "bullish_share")
        ]
        assert [float(value) for value in row] == expected
    # of a source without a score only its counts are there to be sorted by
    assert [float(value) for value in rows[3]] == [0.0, 0.9]


def test_the_same_ranking_gives_the_same_files(written: Path, tmp_path: Path) -> None:
    again = write_ranking(make_ranking(), tmp_path, "en", "china", {})
    first, second = (
        {path.relative_to(each): path.read_bytes() for path in each.rglob("*") if path.is_file()}
        for each in (written, again)
    )
    assert first == second


def test_a_workbook_opens(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "report.xlsx")
    assert book.sheetnames[0] == "sources"
    assert book["sources"].cell(2, 1).value == HOSTILE_NAMES[0]


# --- figures --------------------------------------------------------------------------------


def labels(chart: Chart) -> list[str]:
    return [label.get_text() for label in chart.axes[0].get_yticklabels()]


def test_sources_are_drawn_with_their_intervals() -> None:
    chart = plot_ranking(make_ranking((SOURCES[1], SOURCES[2], SOURCES[3])))
    axes = chart.axes[0]
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    for row, score in enumerate(SOURCES[1:3]):
        for value in (score.shrunk, score.mean):
            assert ([pytest.approx(100 * (value or 0))], [row]) in lines
        ends = [pytest.approx(100 * (end or 0)) for end in (score.shrunk_low, score.shrunk_high)]
        assert (ends, [row, row]) in lines
    # zero and the average source
    assert [xs[0] for xs, ys in lines if ys == [0, 1]] == [0, pytest.approx(1.23)]
    # the best at the top; without a score nothing is drawn; what cannot be written is left out
    assert labels(chart) == ["Industrial  #2 n=18", "#3 n=18"]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    assert list(chart.marks.values()) == [
        "+1.2",
        "Industrial +1.0 (-0.1 to +6.7), before shrinking +5.1; cannot tell",
        "中信建投 -5.0 (-9.0 to -1.0), before shrinking -8.0; worse than chance",
    ]


def test_a_verdict_is_told_by_a_shape_as_well_as_a_colour() -> None:
    axes = plot_ranking(make_ranking()).axes[0]
    shapes = [line.get_marker() for line in axes.lines if line.get_marker() in list("^vo")]
    assert shapes == ["^", "o", "v"]


def test_of_many_sources_both_ends_are_drawn_and_it_is_said() -> None:
    chart = plot_ranking(make_many(45))
    assert labels(chart)[0] == "House 1  #1 n=18"
    assert labels(chart)[19:22] == ["House 20  #20 n=18", "···", "House 26  #26 n=18"]
    assert len(labels(chart)) == 41
    assert "5 between them are not" in chart.get_supxlabel()
    assert len(labels(plot_ranking(make_many(40)))) == 40
    assert "between them" not in plot_ranking(make_many(40)).get_supxlabel()


def test_a_ranking_of_nobody_says_so() -> None:
    chart = plot_ranking(make_ranking((SOURCES[3],)))
    assert [text.get_text() for text in chart.axes[0].texts] == ["No call is scored"]
    assert to_png(chart)


@pytest.mark.parametrize("colors", ["china", "none"])
def test_shares_of_the_grades_earned_are_stacked(colors: Any) -> None:  # noqa: ANN401
    (pooled,) = pool_grades([SCORE])
    chart = plot_calibration(pooled, AT, colors=colors)
    axes = chart.axes[0]
    bars = [patch for patch in axes.patches if isinstance(patch, Rectangle)]
    shares = [(round(bar.get_x(), 6), round(bar.get_width(), 6)) for bar in bars]
    # of ten calls of buy: 4, 2, 1, 1, 2; of eight of overweight: 1, 4, 2, 1; of two of neutral
    assert shares == [
        *((0, 40), (40, 20), (60, 10), (70, 10), (80, 20)),
        *((0, 12.5), (12.5, 50), (62.5, 25), (87.5, 12.5)),
        *((0, 50), (50, 50)),
    ]
    # grades that were never given are left out
    assert labels(chart) == ["buy  10", "overweight  8", "neutral  2"]
    framed = [n for n, bar in enumerate(bars) if bar.get_linewidth()]
    assert framed == [0, 6, 10]
    assert next(iter(chart.marks.values())) == "buy → buy: 40% (4 / 10)"
    assert len({bar.get_facecolor() for bar in bars}) == 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_drawn(language: Language) -> None:
    chart = plot_ranking(make_hostile(), language, heading=Text(NAMES[0], NAMES[3]))
    assert to_png(chart)
    assert b"<script" not in to_svg(chart)
    (pooled,) = pool_grades([replace(SCORE, scale=NAMES[0])])
    assert to_png(plot_calibration(pooled, AT, language))
