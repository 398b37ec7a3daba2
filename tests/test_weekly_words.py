"""What a weekly report says: hand-worked weeks of the snapshot, both languages, hostile names."""

import copy
import csv
import datetime as dt
import io
import json
import re
import statistics
import tomllib
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import openpyxl
import pytest
from conftest import ROOT, Run
from test_weekly_cli import CHECKER, HALF, HONGKONG, MAINLAND, write_prices, write_report

from backtests.portfolio.simulate import securities_to_trade, simulate_portfolio
from backtests.portfolio.strategy.strategies import load_strategies
from backtests.report.document import Document, Sheet
from backtests.report.formats import render
from backtests.report.run_folder import list_tables
from backtests.report.weekly import folder as folder_module
from backtests.report.weekly.folder import make_files
from backtests.report.weekly.layout import lay_out_weekly
from backtests.report.weekly.maker import Asked, WeeklyMaker
from backtests.report.weekly.message import write_message
from backtests.weekly.compose import compose_week
from backtests.weekly.result import Weekly
from screener import Panel, load_prices
from universes import Report, load_claims, load_report
from universes.text import Language, Text

LANGUAGES: tuple[Language, ...] = ("zh", "en")
SNAPSHOT = json.loads((ROOT / "screener" / "data" / "snapshot.json").read_text("utf-8"))
CLOSES = {
    symbol: {day: close for day, close in zip(SNAPSHOT["dates"], own, strict=True) if close}
    for symbol, own in SNAPSHOT["price"].items()
}
# the day asked for, and the last closes on the mainland and in Hong Kong, before and at the end
DAYS = {
    "2024-W25": ("2024-06-21", ("2024-06-14", "2024-06-21"), ("2024-06-14", "2024-06-21")),
    # National Day: one session on the mainland, four in Hong Kong
    "2024-W40": ("2024-10-04", ("2024-09-27", "2024-09-30"), ("2024-09-27", "2024-10-04")),
    # the horizon ends on Tuesday
    "2024-W51": ("2024-12-22", ("2024-12-13", "2024-12-20"), ("2024-12-13", "2024-12-20")),
    # Spring Festival: one session on the mainland, a day and a half in Hong Kong
    "2025-W05": ("2025-02-02", ("2025-01-24", "2025-01-27"), ("2025-01-24", "2025-01-28")),
}
CUT, STALE = "2024-W40-to-2024-10-02", "2025-W36"
OTHERS = {CUT: "2024-10-02", STALE: "2025-09-05"}
HEADLINES = {
    "2024-W25": """\
In the week to 2024-06-21 the 28 picks moved -3.1% on average, -2.2 points against benchmark; \
best was Bilibili (+16.8%), worst Shanghai Film (-16.0%).
Since publication the 28 picks came to -1.3 points against benchmark on average, 3 at a grade that \
keeps the promise so far, with 177 days to the horizon of 6 months.
截至2024-06-21的一周，28个标的平均-3.1%，相对基准-2.2个百分点；\
最好哔哩哔哩（+16.8%），最差上海电影（-16.0%）。
发布以来28个标的平均相对基准-1.3个百分点，其中3个目前达到承诺，距6个月期限177天。""",
    "2024-W40": """\
In the week to 2024-10-04 the 28 picks moved +13.7% on average, +4.8 points against benchmark; \
best was Bilibili (+30.8%), worst Tuhu (+3.8%).
Since publication the 28 picks came to -0.6 points against benchmark on average, 7 at a grade that \
keeps the promise so far, with 72 days to the horizon of 6 months.
截至2024-10-04的一周，28个标的平均+13.7%，相对基准+4.8个百分点；\
最好哔哩哔哩（+30.8%），最差途虎（+3.8%）。
发布以来28个标的平均相对基准-0.6个百分点，其中7个目前达到承诺，距6个月期限72天。""",
    "2024-W51": """\
In the week to 2024-12-20 the 28 picks moved -0.7% on average, -0.4 points against benchmark; \
best was Centec (+29.2%), worst Bona Film (-18.1%).
The horizon of 6 months ended on 2024-12-17: the 28 picks came to +15.0 points against benchmark \
on average, 12 of 20 recommendations kept the promise, and whether that is skill: cannot tell.
截至2024-12-20的一周，28个标的平均-0.7%，相对基准-0.4个百分点；\
最好盛科通信（+29.2%），最差博纳影业（-18.1%）。
6个月期限已于2024-12-17届满，28个标的平均相对基准+15.0个百分点，\
20个推荐中12个兑现承诺，是否凭能力：无法判断。""",
    "2025-W05": """\
In the week to 2025-01-28 the 28 picks moved +0.5% on average, +0.7 points against benchmark; \
best was Meitu (+33.5%), worst TFC Optical (-11.6%).
The horizon of 6 months ended on 2024-12-17: the 28 picks came to +15.0 points against benchmark \
on average, 12 of 20 recommendations kept the promise, and whether that is skill: cannot tell.
截至2025-01-28的一周，28个标的平均+0.5%，相对基准+0.7个百分点；\
最好美图（+33.5%），最差天孚通信（-11.6%）。
6个月期限已于2024-12-17届满，28个标的平均相对基准+15.0个百分点，\
20个推荐中12个兑现承诺，是否凭能力：无法判断。""",
}
# counted in the snapshot by hand; with the horizon 28 six-month scores come, and final grades
CHANGES = {
    "2024-W25": {},
    "2024-W40": {"grade": 9, "high": 24, "action": 1},
    "2024-W51": {"grade": 5, "scored": 28, "high": 4, "action": 1},
    "2025-W05": {"high": 3},
}
SECTIONS = {
    "moves", "benchmarks", "changes", "scorecard", "summary", "portfolio", "verdict",
    "conventions", "claims", "freshness", "method", "trace",
}  # fmt: skip
STRATEGIES = {"Buy and hold": "buy_and_hold", "To the horizon": "horizon"}
FIRST, DUE = "2024-06-17", dt.date(2024, 12, 17)
CHINESE = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")

Documents = dict[tuple[str, Language], Document]


@pytest.fixture(scope="module")
def maker() -> WeeklyMaker:
    return WeeklyMaker(Asked(data="snapshot"))


@pytest.fixture(scope="module")
def weeks(maker: WeeklyMaker) -> dict[str, Weekly]:
    asked = {name: day for name, (day, *_) in DAYS.items()} | OTHERS
    found = {name: maker.compose(dt.date.fromisoformat(day)) for name, day in asked.items()}
    assert {name: weekly.week.name for name, weekly in found.items()} == {n: n for n in asked}
    return found


@pytest.fixture(scope="module")
def documents(weeks: dict[str, Weekly], maker: WeeklyMaker) -> Documents:
    return {
        (name, language): lay_out_weekly(weekly, maker.command(weekly), language)
        for name, weekly in weeks.items()
        for language in LANGUAGES
    }


def sheet_of(document: Document, name: str) -> Sheet:
    (found,) = (sheet for sheet in document.sheets if sheet.name == name)
    return found


def ends_of(symbol: str, name: str) -> tuple[str, str]:
    _, mainland, hongkong = DAYS[name]
    return hongkong if symbol.endswith(".HK") else mainland


def index_of(symbol: str) -> str:
    return "HSI.HK" if symbol.endswith(".HK") else "000300.SH"


def gain(symbol: str, start: str, end: str) -> float:
    return float(CLOSES[symbol][end] / CLOSES[symbol][start] - 1)


# figures worked by hand


@pytest.mark.parametrize("name", DAYS)
def test_the_headline_is_two_sentences_with_figures_worked_by_hand(
    documents: Documents, name: str
) -> None:
    english, chinese = documents[name, "en"], documents[name, "zh"]
    told = (*english.data["headline"], *chinese.data["headline"])
    assert list(told) == HEADLINES[name].splitlines()
    assert english.lead == " ".join(told[:2])
    assert chinese.lead == "".join(told[2:])
    assert len(re.findall(r"[.!?](?:\s|$)", english.lead)) == 2
    assert chinese.lead.count("。") == 2


@pytest.mark.parametrize("name", DAYS)
def test_the_tiles_hold_the_means_of_the_closes(
    documents: Documents, report: Report, name: str
) -> None:
    symbols = [str(pick.symbol) for pick in report.picks]
    own = [gain(symbol, *ends_of(symbol, name)) for symbol in symbols]
    relative = [
        gain(symbol, *ends_of(symbol, name)) - gain(index_of(symbol), *ends_of(symbol, name))
        for symbol in symbols
    ]
    since = [
        gain(symbol, FIRST, end) - gain(index_of(symbol), FIRST, end)
        for symbol in symbols
        for end in [ends_of(symbol, name)[1]]
    ]
    expected = {
        "Mean this week": f"{100 * statistics.fmean(own):+.1f}%",
        "Against benchmarks": f"{100 * statistics.fmean(relative):+.1f}",
        "Relative since publication": f"{100 * statistics.fmean(since):+.1f}",
        "Evidence": "cannot tell",
        "Prices until": max(DAYS[name][1][1], DAYS[name][2][1]),
    }
    if name < "2024-W51":
        left = (DUE - dt.date.fromisoformat(documents[name, "en"].data["week"]["last"])).days
        expected["To the horizon"] = f"{left} days"
    else:
        expected |= {"Mean after 6 months": "+15.0", "Promises kept": "12/20"}
    facts = dict(documents[name, "en"].facts)
    assert re.fullmatch(r"[+-]\d+\.\d%", facts.pop("Portfolio (Buy and hold)"))
    assert facts == expected
    chinese = dict(documents[name, "zh"].facts)
    assert chinese["本周平均"] == expected["Mean this week"]
    assert len(chinese) == len(expected) + 1


@pytest.mark.parametrize("name", DAYS)
def test_benchmarks_move_by_their_own_closes(documents: Documents, name: str) -> None:
    told = {each["symbol"]: each for each in documents[name, "en"].data["benchmarks"]}
    assert list(told) == ["000300.SH", "HSI.HK"]
    for symbol, each in told.items():
        start, end = ends_of(symbol, name)
        assert (each["week"]["from"], each["week"]["to"]) == (start, end)
        assert each["week"]["own"] == pytest.approx(gain(symbol, start, end), abs=1e-12)
        assert each["since"]["own"] == pytest.approx(gain(symbol, FIRST, end), abs=1e-12)


@pytest.mark.parametrize("name", DAYS)
def test_days_are_counted_from_sunday_to_the_horizon(documents: Documents, name: str) -> None:
    data = documents[name, "zh"].data
    sunday = dt.date.fromisoformat(data["week"]["last"])
    assert sunday.isoweekday() == 7
    ended = sunday >= DUE
    for pick in data["picks"]:
        assert (pick["due"], pick["days_left"]) == ("2024-12-17", max((DUE - sunday).days, 0))
        assert (pick["final"] is not None) == ended
        if ended:
            symbol = pick["symbol"]
            final = gain(symbol, FIRST, "2024-12-17") - gain(index_of(symbol), FIRST, "2024-12-17")
            assert pick["final"]["relative"] == pytest.approx(final, abs=1e-12)


@pytest.mark.parametrize("name", DAYS)
def test_changes_are_those_counted_by_hand(documents: Documents, name: str) -> None:
    for language in LANGUAGES:
        document = documents[name, language]
        assert Counter(each["kind"] for each in document.data["changes"]) == CHANGES[name]
        rows = len(sheet_of(document, "changes").rows)
        assert rows == max(sum(CHANGES[name].values()), 1)
    actions = [each for each in documents[name, "en"].data["changes"] if each["kind"] == "action"]
    monday, sunday = (documents[name, "en"].data["week"][key] for key in ("monday", "last"))
    shares = {each["symbol"] for each in documents[name, "en"].data["picks"]}
    assert [(each["symbol"], each["ex_date"], each["cash"]) for each in actions] == [
        (each["symbol"], each["ex_date"], each["cash"])
        for each in SNAPSHOT["actions"]
        if monday <= each["ex_date"] <= sunday and each["symbol"] in shares
    ]


def test_the_portfolios_week_is_that_of_the_backtest(
    documents: Documents, report: Report, whole_panel: Panel
) -> None:
    panel = whole_panel.until(np.datetime64("2024-10-06"))
    test = simulate_portfolio(report, panel, load_strategies(["buy_and_hold", "horizon"]))
    rows = list(csv.DictReader(io.StringIO(list_tables(test, "en")["equity.csv"].decode())))
    for shown in sheet_of(documents["2024-W40", "en"], "portfolio").rows:
        own = [row for row in rows if row["strategy"] == STRATEGIES[shown["strategy"]]]
        before = [row for row in own if row["date"] < "2024-09-30"][-1]
        assert (before["date"], own[-1]["date"]) == ("2024-09-27", "2024-10-04")
        for key, column in (("run_week", "equity"), ("run_week_benchmark", "benchmark")):
            moved = float(own[-1][column]) / float(before[column]) - 1
            assert shown[key] == pytest.approx(moved, abs=1e-12)


# every form


def test_every_week_follows_the_schema_in_both_languages(
    documents: Documents, weeks: dict[str, Weekly]
) -> None:
    jsonschema.Draft202012Validator.check_schema(CHECKER.schema)
    for name, weekly in weeks.items():
        chinese, english = (
            json.loads(render(documents[name, language], "json")) for language in LANGUAGES
        )
        CHECKER.validate(english)
        # what the schema asks of a text is the same in every language
        assert shape_of(chinese) == shape_of(english)
        for language, data in (("zh", chinese), ("en", english)):
            assert data["complete"] == (name in DAYS)
            own = weekly.to_dict(language)
            assert json.loads(json.dumps(own, allow_nan=False)) == own
            assert data | own == data
            assert {sheet.name for sheet in documents[name, language].sheets} == SECTIONS


def shape_of(value: Any) -> Any:  # noqa: ANN401
    """JSON values whose sentences are put aside; codes, days and numbers stand."""
    if isinstance(value, dict):
        return {key: shape_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape_of(each) for each in value]
    if isinstance(value, str) and not re.fullmatch(r"[a-z0-9_]*|[0-9A-Z.-]+", value):
        return "text"
    return value


def test_the_schema_names_every_value_it_allows() -> None:
    """A part of a report that the schema does not name is refused, however deep it lies."""

    def objects(schema: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        children = list(schema.values()) if isinstance(schema, dict) else schema
        found = [schema] if isinstance(schema, dict) and schema.get("type") == "object" else []
        nested = [each for each in children if isinstance(each, dict | list)]
        return found + [each for child in nested for each in objects(child)]

    found = objects(CHECKER.schema)
    assert len(found) > 30
    assert [each for each in found if "additionalProperties" not in each] == []
    by_key = [each for each in found if each["additionalProperties"] is not False]
    # what is named by ids: costs, benchmarks, grades, themes, weights
    assert all("properties" not in each or "blended" in each["required"] for each in by_key)
    closed = [each for each in found if each["additionalProperties"] is False]
    assert all(set(each["required"]) == set(each["properties"]) for each in closed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_is_short_and_holds_what_is_new(
    documents: Documents, weeks: dict[str, Weekly], language: Language
) -> None:
    for name, weekly in weeks.items():
        document = documents[name, language]
        message = write_message(document, weekly, language)
        text = render(message, "md").decode()
        assert len(text.encode()) < 12_000
        moves, benchmarks, changes, portfolio = message.sheets
        assert re.findall("^## (.*)$", text, re.MULTILINE) == [
            re.sub(r"([\\*_`|<>\[\]])", r"\\\1", sheet.title) for sheet in message.sheets
        ]
        assert all(sentence in text for sentence in document.data["headline"])
        assert (name in DAYS) == (not text.startswith("> **"))
        assert text.rstrip().splitlines()[-1].startswith("- ")
        themes = len(weekly.report.themes)
        known = sum(each.week.own is not None for each in weekly.picks)
        assert len(moves.rows) == 1 + themes + min(known, 6)
        assert len(benchmarks.rows) == 2
        kinds = {each["kind"] for each in document.data["changes"]}
        assert len(changes.rows) == max(len(kinds), 1)
        told = {each["symbol"] for each in document.data["changes"] if "symbol" in each}
        if 0 < len(told) <= 8:
            names = {str(each.pick.symbol): each.pick.name.get(language) for each in weekly.picks}
            assert all(names[symbol] in text for symbol in told)
        assert len(portfolio.rows) == 2


def test_a_message_names_the_best_and_the_worst_of_the_week(
    documents: Documents, weeks: dict[str, Weekly], report: Report
) -> None:
    for name in DAYS:
        message = write_message(documents[name, "en"], weeks[name], "en")
        gains = {
            f"{pick.name.en} {pick.symbol}": gain(
                str(pick.symbol), *ends_of(str(pick.symbol), name)
            )
            for pick in report.picks
        }
        ranked = sorted(gains, key=gains.__getitem__, reverse=True)
        rows = message.sheets[0].rows[-6:]
        assert [row["name"] for row in rows] == [*ranked[:3], *ranked[-3:]]
        assert [row["week_own"] for row in rows] == pytest.approx(
            [gains[each] for each in (*ranked[:3], *ranked[-3:])], abs=1e-12
        )


@pytest.mark.parametrize("name", [*DAYS, STALE])
def test_the_workbook_has_a_sheet_for_each_section_and_numbers_in_it(
    documents: Documents, name: str
) -> None:
    document = documents[name, "zh"]
    book = openpyxl.load_workbook(io.BytesIO(render(document, "xlsx")))
    assert book.sheetnames == [*(sheet.name for sheet in document.sheets), "rows", "notes"]
    for sheet in document.sheets:
        found = list(book[sheet.name].iter_rows())
        assert [cell.value for cell in found[0]] == [column.label for column in sheet.columns]
        assert len(found) == len(sheet.rows) + 1
        for cells, row in zip(found[1:], sheet.rows, strict=True):
            for cell, column in zip(cells, sheet.columns, strict=True):
                value = row.get(column.key)
                assert cell.data_type != "f"
                if isinstance(value, int | float):
                    assert cell.data_type == "n"
                    assert cell.value == pytest.approx(value, rel=1e-14)
    notes = [row[0].value for row in book["notes"].iter_rows()]
    assert notes[: 1 + (name == STALE)] == [
        each for each in (document.warning, document.lead) if each
    ]


# both languages


def weekly_labels() -> dict[str, dict[str, str]]:
    """The labels that stand under a heading of the weekly report, by key."""
    text = (ROOT / "backtests" / "labels.toml").read_text("utf-8")
    table = tomllib.loads(text)
    keys = []
    ours = False
    for line in text.splitlines():
        if line.startswith(("#", "[")):
            ours = "weekly report" in line
        elif ours and (key := re.match(r"(\w+) = ", line)):
            keys.append(key[1])
    merged = {key: value for group in table.values() for key, value in group.items()}
    return {key: merged[key] for key in keys}


def test_every_label_of_the_report_is_there_in_both_languages() -> None:
    labels = weekly_labels()
    assert len(labels) > 100
    for key, both in labels.items():
        assert set(both) == {"zh", "en"}, key
        named = [sorted(re.findall(r"{\w*}", both[language])) for language in LANGUAGES]
        if key != "week_and_more":
            assert named[0] == named[1], key
        words = [re.sub(r"{\w*}", "", both[language]) for language in LANGUAGES]
        assert not CHINESE.search(words[1]), key
        if re.search(r"\w", words[1]):
            assert CHINESE.search(words[0]), key
            assert words[0] != words[1], key


def shown_in(document: Document) -> list[tuple[str, str]]:
    """Every text that a reader sees, and where."""
    texts = [("title", document.title), ("lead", document.lead), ("warning", document.warning)]
    texts += [("fact", part) for fact in document.facts for part in fact]
    texts += [("note", note) for note in document.notes]
    for sheet in document.sheets:
        texts.append((sheet.name, sheet.title))
        texts += [(sheet.name, column.label) for column in sheet.columns]
        for row in sheet.rows:
            cells = [row.get(column.key) for column in sheet.columns]
            texts += [(sheet.name, getattr(cell, "text", cell)) for cell in cells if cell]
    return [(place, text) for place, text in texts if isinstance(text, str)]


@pytest.mark.parametrize("name", [*DAYS, CUT, STALE])
def test_an_english_report_has_no_chinese_but_names(
    documents: Documents, report: Report, name: str
) -> None:
    names = {pick.name.both for pick in report.picks}
    strange = [
        (place, text)
        for place, text in shown_in(documents[name, "en"])
        if CHINESE.search(text) and text not in names
    ]
    assert strange == []


@pytest.mark.parametrize("name", [*DAYS, CUT, STALE])
def test_a_chinese_report_has_no_english_sentence(
    documents: Documents, report: Report, name: str
) -> None:
    names = sorted((pick.name.en for pick in report.picks), key=len, reverse=True)
    strange = []
    for place, text in shown_in(documents[name, "zh"]):
        left = re.sub(r"screener [\w .=/:-]+|--[\w-]+( [A-Z]+)?", "", text)
        for each in names:
            left = left.replace(each, "")
        # three words in a row are more than a name
        if re.search(r"[A-Za-z]{2,}(?:[ ,][ ]?[a-z]{2,}){2,}", left):
            strange.append((place, text))
    assert strange == []
    for sheet in documents[name, "zh"].sheets:
        assert CHINESE.search(sheet.title), sheet.title


def test_chinese_sentences_stand_without_a_space_between_them(documents: Documents) -> None:
    for name in (CUT, STALE):
        warning = documents[name, "zh"].warning
        assert "行情止于" in warning
        assert not re.search(r"[。；] ", warning)


# in Python


def frozen(panel: Panel) -> list[bytes]:
    bases = [(field, basis) for field in ("close",) for basis in ("price", "total")]
    arrays = [panel.matrix(field, basis) for field, basis in bases]
    return [np.asarray(panel.dates).tobytes(), *(array.tobytes() for array in arrays)]


@pytest.fixture(scope="module")
def whole_panel(report: Report) -> Panel:
    needed, also = securities_to_trade(report, report.scale, "CNY")
    return load_prices(needed, also=also, source="snapshot", raw=True)


def data_of(weekly: Weekly) -> dict[str, Any]:
    data = copy.deepcopy(lay_out_weekly(weekly, "screener", "en").data)
    del data["provenance"]["data"]["sha256"]
    if data["provenance"]["evidence"]:
        del data["provenance"]["evidence"]["data"]["sha256"]
    return data


@pytest.mark.parametrize("name", ["2024-W25", "2024-W51", CUT])
def test_nothing_after_the_week_is_read(report: Report, whole_panel: Panel, name: str) -> None:
    day = dt.date.fromisoformat((OTHERS | {key: own[0] for key, own in DAYS.items()})[name])
    ledger = load_claims()
    whole = compose_week(report, whole_panel, day, ledger)
    cut = whole_panel.until(np.datetime64(whole.week.last, "D"))
    assert len(cut.dates) < len(whole_panel.dates)
    needed, also = securities_to_trade(report, report.scale, "CNY")
    end = whole.week.last.isoformat()
    loaded = load_prices(needed, end=end, also=also, source="snapshot", raw=True)
    expected = data_of(whole)
    assert data_of(compose_week(report, cut, day, ledger)) == expected
    assert data_of(compose_week(report, loaded, day, ledger)) == expected
    others = compose_week(report, cut, day, ledger, controls=whole_panel)
    assert data_of(others) == expected


def test_nothing_that_is_handed_in_is_changed(whole_panel: Panel) -> None:
    report, ledger = load_report().select(), load_claims()
    before = copy.deepcopy(report), copy.deepcopy(ledger), frozen(whole_panel)
    weekly = compose_week(report, whole_panel, dt.date(2024, 10, 4), ledger)
    assert (report, ledger, frozen(whole_panel)) == before
    told = copy.deepcopy(weekly.to_dict("zh"))
    document = lay_out_weekly(weekly, "screener", "zh")
    first, second = ([render(document, form) for form in ("json", "md", "xlsx")] for _ in range(2))
    assert first == second
    assert weekly.to_dict("zh") == told
    assert (report, ledger, frozen(whole_panel)) == before
    assert document.data["provenance"]["claims"] == {"sha256": ledger.sha256}


# names that mean harm

SCRIPT = "<script>alert(1)</script>"
LONG = "很长" * 1000
ARABIC = "abc שלום عربي +1"
TURNED = "abc\u202edef\nשלום"
NAMES = {
    MAINLAND: (SCRIPT, "<img src=x onerror=alert(2)>"),
    HALF: ("\"引号\" '单' & | x", "\"quoted\" 'one' & | `x` *y* _z_"),
    HONGKONG: (LONG, "x" * 2000),
    "PDD.US": (ARABIC, TURNED),
    "600000.SH": ("=cmd()😀", "=cmd|' /C calc'!A0"),
}
THEME = "[x](javascript:alert(3))"


def turn_names(report: Report) -> Report:
    """Give the report what no file may hold: names with marks that turn what follows."""
    (theme,) = report.themes
    picks = tuple(replace(pick, name=Text(*NAMES[str(pick.symbol)])) for pick in theme.picks)
    return replace(report, themes=(replace(theme, picks=picks),))


def test_a_file_with_marks_that_turn_the_text_is_refused(run: Run, tmp_path: Path) -> None:
    path = write_report(tmp_path / "mine.toml")
    path.write_text(path.read_text("utf-8").replace("Share 1", r"Share \u202e1"), encoding="utf-8")
    done = run("report", "weekly", "--report", str(path), "--as-of", "2024-07-05")
    assert done.code == 2
    assert "control characters" in done.err


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> dict[Language, dict[str, bytes]]:
    """A weekly report of which every name means harm, with its figures."""
    folder = tmp_path_factory.mktemp("hostile")

    def spell(zh: str, en: str) -> str:
        quoted = [json.dumps(each, ensure_ascii=False) for each in (zh, en)]
        return f"{{ zh = {quoted[0]}, en = {quoted[1]} }}"

    parts = [
        f"title = {spell(SCRIPT, SCRIPT)}\nbroker = {spell(ARABIC, THEME)}",
        'house = { zh = "所", en = "I" }\nscale = "soochow"\n[published]\ndate = 2024-06-16',
        f'[[themes]]\nid = "one"\ntitle = {spell(THEME, THEME)}\nsection = "1"',
        f"argument = {spell(SCRIPT, SCRIPT)}",
    ]
    for symbol, (zh, en) in NAMES.items():
        name = spell(zh, ARABIC if en == TURNED else en)
        parts += [
            f'[[themes.picks]]\nsymbol = "{symbol}"\nname = {name}\nlevel = "recommend"',
            f"section = {json.dumps(SCRIPT)}\nwords = {json.dumps(SCRIPT)}",
        ]
    path = folder / "hostile.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    asked = Asked(report=str(path), data=str(write_prices(folder / "prices")))
    made = WeeklyMaker(asked)
    made.report = turn_names(made.report)
    weekly = made.compose(dt.date(2024, 7, 5))
    # the tables lack one share, so that names stand in the warning's reach too
    assert [each.code for each in weekly.problems] == ["missing_prices"]
    draw = folder_module.list_figures
    found: dict[Language, dict[str, bytes]] = {}
    # drawn in one language, which has every name and theme in two figures
    for language, drawn in (("zh", ("course", "moves")), ("en", ())):
        with pytest.MonkeyPatch.context() as patch:
            figures = {
                name: each
                for name, each in draw(weekly, language, "china").items()
                if name in drawn
            }
            patch.setattr(folder_module, "list_figures", lambda *_, figures=figures: figures)
            found[language] = make_files(weekly, f"screener {SCRIPT}", language)
    return found


class Live(HTMLParser):
    """Gathers what a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.dangers: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        if tag == "script":
            self.scripts.append("")
        if tag in {"img", "iframe", "object", "embed", "base", "form", "link"}:
            self.dangers.append((tag, "", ""))
        for name, value in attrs:
            follows = name in {"href", "src", "xlink:href", "action"}
            if name.startswith("on") or (follows and not (value or "").startswith("#")):
                self.dangers.append((tag, name, value))

    def handle_endtag(self, _: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.text.append(data)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_of_hostile_names_runs_nothing_but_its_own_script(
    hostile: dict[Language, dict[str, bytes]], language: Language
) -> None:
    page = hostile[language]["report.html"].decode()
    live = Live()
    live.feed(page)
    live.close()
    own = (ROOT / "backtests" / "report" / "templates" / "page.js").read_text("utf-8")
    assert [script.strip() for script in live.scripts] == [own.strip()]
    assert live.dangers == []
    seen = "".join(live.text)
    assert SCRIPT in seen
    assert THEME in seen
    assert "\u202e" not in page
    assert len(page) < 2_000_000
    assert page.count("<svg") == (2 if language == "zh" else 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["report.md", "message.md"])
def test_markdown_of_hostile_names_is_text(
    hostile: dict[Language, dict[str, bytes]], language: Language, name: str
) -> None:
    text = hostile[language][name].decode()
    assert r"\<script\>alert(1)\</script\>" in text
    assert r"\[x\](javascript:alert(3))" in text
    # the warning's own mark is the only one
    assert text.startswith("> ")
    assert not re.search(r"(?<!\\)[<>\[\]`]", text[2:])
    assert "\u202e" not in text
    tables = [part for part in text.split("\n\n") if part.startswith("|")]
    assert len(tables) == text.count("\n## ")
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workbook_of_hostile_names_holds_them_as_text(
    hostile: dict[Language, dict[str, bytes]], language: Language
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(hostile[language]["report.xlsx"]))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert all(cell.data_type in {"s", "n"} for cell in cells)
    assert all(cell.hyperlink is None for cell in cells)
    held = {cell.value for cell in cells}
    assert {"=cmd()😀", "=cmd|' /C calc'!A0", SCRIPT} <= held


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_holds_hostile_names_as_they_were_given(
    hostile: dict[Language, dict[str, bytes]], language: Language
) -> None:
    data = json.loads(hostile[language]["report.json"])
    CHECKER.validate(data)
    place = LANGUAGES.index(language)
    assert {each["symbol"]: (each["name_zh"], each["name_en"]) for each in data["picks"]} == NAMES
    assert {each["symbol"]: each["name"] for each in data["picks"]} == {
        symbol: names[place] for symbol, names in NAMES.items()
    }
    assert data["provenance"]["command"] == f"screener {SCRIPT}"
    manifest = json.loads(hostile[language]["manifest.json"])
    assert sorted(manifest["files"]) == sorted(set(hostile[language]) - {"manifest.json"})
