"""Pages opened in a browser: silent, asking nothing, fitting, sortable, with their marks.

A page to be looked at is added to PAGES; its pictures are kept in results/screenshots.
"""

import contextlib
import io
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hostile import DIRECTED, HOSTILE, LONG, TURNED, make_page
from matplotlib import get_data_path
from test_figures import make_font
from test_rank_cli import given, list_rows, make_market, write_table

from backtests.cli.app import main
from backtests.report.document import Column, Document, Sheet, Toned
from backtests.report.page import render_page
from universes.text import Language

playwright = pytest.importorskip(
    "playwright.sync_api", reason="playwright is not installed: make test installs it"
)

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SCREENSHOTS = ROOT / "results" / "screenshots"
PHONE, DESK = (390, 844), (1280, 900)
# a sheet of A4 in CSS pixels
SHEET_WIDTH = 794

# arguments of the command line that writes a folder with a page
PAGES: dict[str, tuple[str, ...]] = {
    "backtest": ("backtest", "--lang", "zh"),
    "evidence": ("evidence", "--lang", "en"),
    "weekly": ("report", "weekly", "--as-of", "2024-12-20", "--lang", "zh"),
}
# a ranking writes its own page and one for each source; it takes a made market
SHOWN = (*PAGES, "ranking", "source")


def count_backtest(folder: Path) -> list[int]:
    """Count what the page's charts have to show, in the order of the page."""
    told = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    runs, first = told["strategies"], told["strategies"][0]
    steps = [first["bridge"]["execution"], *first["bridge"]["costs"].values()]
    parts = [
        (pick["price_gain"] + pick["dividend_gain"], pick["currency_gain"], pick["costs"])
        for pick in first["contributions"]
    ]
    return [
        # the benchmark of the first, and the two markets' indices
        len(runs) + 1 + 2,
        len(runs),
        # the themes and cash
        len(first["themes"]) + 1,
        # from the paper return to that after costs
        2 + sum(value != 0 for value in steps),
        # each part and the total
        sum(value != 0 for values in parts for value in values) + len(parts),
    ]


def count_evidence(folder: Path) -> list[int]:  # noqa: ARG001
    # the embedded prices hold no shares to compare with; the path of the picks is left
    return [0, 0, 1]


def count_weekly(folder: Path) -> list[int]:
    told = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    moves, standings = (
        sum(pick[span]["relative"] is not None for pick in told["picks"])
        for span in ("week", "since")
    )
    return [
        # all picks and each theme
        1 + len(told["course"]["themes"]),
        moves,
        standings,
        # the benchmark of the first strategy, and the two markets' indices
        len(told["portfolio"]) + 1 + 2,
    ]


def count_ranking(folder: Path) -> list[int]:
    told = json.loads((folder / "ranking.json").read_text(encoding="utf-8"))
    ranked = [each for each in told["sources"] if each["horizon_months"] == told["at"]]
    # each grade given and earned by any call of any source; all are graded by one standard
    pairs = {
        (given["grade"], earned)
        for each in ranked
        for given in each["calibration"]
        for earned, calls in given["earned"].items()
        if calls
    }
    # the average source has a line
    return [1 + len(ranked), len(pairs)]


def count_source(folder: Path) -> list[int]:  # noqa: ARG001
    # its page has tables only
    return []


MARKS: Mapping[str, Callable[[Path], list[int]]] = {
    "backtest": count_backtest,
    "evidence": count_evidence,
    "weekly": count_weekly,
    "ranking": count_ranking,
    "source": count_source,
}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page that the program writes for each of SHOWN."""
    found = {}
    for name, arguments in PAGES.items():
        out = tmp_path_factory.mktemp(name)
        write_pages(arguments, out)
        (found[name],) = out.rglob("*.html")
    folder = tmp_path_factory.mktemp("ranking")
    make_market(folder)
    table = write_table(folder / "ratings.csv", list_rows())
    write_pages(("rank", str(table), *given(folder)), folder / "results")
    (found["ranking"],) = folder.rglob("index.html")
    found["source"] = next(folder.rglob("sources/先知证券-*.html"))
    return found


def write_pages(arguments: Sequence[str], out: Path) -> None:
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setattr(sys, "argv", ["screener", *arguments, "--out", str(out)])
        with pytest.raises(SystemExit) as stopped:
            main()
    assert not stopped.value.code


@dataclass
class Opened:
    """A page in a browser, and all that it said and asked for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self, script: str, value: object = None) -> Any:  # noqa: ANN401
        return self.page.evaluate(script, value)


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[..., Any]]:
    """Start a browser, each with the fonts of one set of folders, or with the machine's."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if not program:
        pytest.skip("chromium is not installed: apt-get install chromium")
    # the sandbox needs a user that is not root
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:

        def launch(font_config: Path | None = None) -> Any:  # noqa: ANN401
            named = {"FONTCONFIG_FILE": str(font_config)} if font_config else {}
            return driver.chromium.launch(
                executable_path=program, args=flags, env={**os.environ, **named}
            )

        yield launch


@pytest.fixture(scope="session")
def browser(start: Callable[..., Any]) -> Iterator[Any]:
    browser = start()
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:  # noqa: ANN401
    """Open a file and hold what it says and asks for against it when the test ends."""
    yield from open_in(browser)


def open_in(browser: Any) -> Iterator[Open]:  # noqa: ANN401
    every: list[tuple[Any, Opened]] = []

    def call(path: Path, size: tuple[int, int] = DESK, **options: Any) -> Opened:  # noqa: ANN401
        width, height = size
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.said.append(message.text))
        opened.page.on("pageerror", lambda error: opened.said.append(str(error)))
        opened.page.on("dialog", lambda dialog: opened.said.append(dialog.message))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.page.goto(path.as_uri())
        every.append((context, opened))
        return opened

    yield call
    for context, opened in every:
        asked = [url for url in opened.asked if url != opened.page.url.partition("#")[0]]
        context.close()
        assert (opened.said, asked) == ([], [])


def widest(opened: Opened) -> int:
    width: int = opened.run(
        "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    )
    return width


COLOURS = """(() => {
  const style = getComputedStyle(document.body);
  return [style.backgroundColor, style.color].map(
    (each) => each.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0));
})()"""


@pytest.mark.parametrize("name", SHOWN)
def test_a_page_fits_phone_and_desk_in_light_and_dark(
    open_page: Open, files: dict[str, Path], name: str
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    opened = open_page(files[name])
    for width, height in (PHONE, DESK):
        opened.page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            opened.page.emulate_media(color_scheme=scheme)
            assert widest(opened) <= width
            paper, ink = opened.run(COLOURS)
            assert (paper > ink) == (scheme == "light")
            assert abs(paper - ink) > 400
            path = SCREENSHOTS / f"{name}-{width}-{scheme}.png"
            opened.page.screenshot(path=path, full_page=True)


@pytest.mark.parametrize("name", SHOWN)
def test_every_chart_has_a_mark_for_each_datum(
    open_page: Open, files: dict[str, Path], name: str
) -> None:
    opened = open_page(files[name])
    found = opened.run(
        "[...document.querySelectorAll('svg')].map(svg => svg.querySelectorAll('g.mark').length)"
    )
    assert found == MARKS[name](files[name].parent)
    titles = opened.run("[...document.querySelectorAll('.mark > title')].map(t => t.textContent)")
    assert len(titles) == sum(found)
    assert all(any(char.isdigit() for char in title) for title in titles)


def test_a_mark_is_told_where_it_is_pointed_at(open_page: Open, files: dict[str, Path]) -> None:
    opened = open_page(files["backtest"])
    chart = opened.page.locator("svg").last
    chart.scroll_into_view_if_needed()
    bar = chart.locator(".mark").filter(has_text="9992.HK").first
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    told = opened.run(
        "([x, y]) => document.elementFromPoint(x, y).closest('.mark').firstChild.textContent",
        [box["x"] + box["width"] / 3, box["y"] + box["height"] / 2],
    )
    assert told.startswith("泡泡玛特 9992.HK 价格与股息（增） +")


def test_a_page_is_whole_on_a_sheet_of_paper(open_page: Open, files: dict[str, Path]) -> None:
    for name in SHOWN:
        opened = open_page(files[name], (SHEET_WIDTH, 1123))
        opened.page.emulate_media(media="print")
        right = opened.run(
            "Math.max(...[...document.querySelectorAll('td, th, svg')]"
            ".map(each => each.getBoundingClientRect().right))"
        )
        assert right <= SHEET_WIDTH
        assert opened.run(
            "[...document.querySelectorAll('th button')]"
            ".every(each => getComputedStyle(each, '::after').content === 'none')"
        )


def test_a_weekly_report_is_small_and_whole(open_page: Open, files: dict[str, Path]) -> None:
    assert files["weekly"].stat().st_size < 2_000_000
    opened = open_page(files["weekly"])
    assert opened.page.locator("section").count() == 12
    moves = opened.page.locator("section").first
    symbols = "tbody th"
    before = moves.locator(symbols).all_text_contents()
    moves.locator("thead button").nth(2).click()
    after = moves.locator(symbols).all_text_contents()
    assert sorted(before) == sorted(after)
    assert before != after


def test_a_ranking_is_sorted_by_value_and_leads_to_its_sources_and_back(
    open_page: Open, files: dict[str, Path]
) -> None:
    opened = open_page(files["ranking"])
    told = json.loads((files["ranking"].parent / "ranking.json").read_text(encoding="utf-8"))
    table = opened.page.locator("#s1")
    for head, key in (("Mean", "mean"), ("Hit rate", "hit_rate"), ("n", "n")):
        ranked = [each for each in told["sources"] if each["horizon_months"] == told["at"]]
        table.locator("th button").filter(has_text=re.compile(f"^{head}$")).click()
        expected = [each["source"] for each in sorted(ranked, key=lambda each: each[key])]
        assert table.locator("tbody th").all_inner_texts() == expected
    table.get_by_role("link", name="先知证券").click()
    assert opened.page.locator("h1").inner_text().startswith("先知证券")
    opened.page.locator("nav a").first.click()
    # the other page, and this one again, and nothing else
    pages = [files[name].as_uri() for name in ("ranking", "source", "ranking")]
    assert opened.asked == pages
    opened.asked.clear()


def test_without_scripts_all_is_there(open_page: Open, files: dict[str, Path]) -> None:
    plain = open_page(files["backtest"], java_script_enabled=False)
    scripted = open_page(files["backtest"])
    assert plain.page.locator("button").count() == 0
    assert scripted.page.locator("th button").count() > 20
    for tag in ("table", "figcaption", "footer"):
        texts = [each.page.locator(tag).all_text_contents() for each in (plain, scripted)]
        assert texts[0] == texts[1] != []


# --- tables ---------------------------------------------------------------------------------

COLUMNS = [
    Column("name", "Name", "name"),
    Column("gain", "Gain", "points"),
    Column("hit", "Hit", "label"),
]
TOTAL = {"name": "Total", "gain": 0.02, "head": True}
# as text +120.0 stands before +16.1, and 10 before 9
LOOSE = [
    {"name": "beta", "gain": 0.161, "hit": Toned("b", 1)},
    {"name": "Alpha", "gain": -0.05, "hit": Toned("a", -1)},
    {"name": "gamma", "gain": None},
    {"name": "delta 10", "gain": 1.2, "hit": Toned("c", 1)},
    {"name": "delta 9", "gain": "unscored"},
]
GROUPED = [TOTAL, *LOOSE, {"name": "Film", "gain": 9.0, "head": True}, *LOOSE[:2]]


@pytest.fixture
def open_tables(open_page: Open, tmp_path: Path) -> Callable[..., Opened]:
    def call(
        rows: Sequence[Mapping[str, Any]], language: Language = "en", *, grouped: bool = False
    ) -> Opened:
        sheet = Sheet("rows", "Rows", COLUMNS, rows, grouped=grouped)
        path = tmp_path / "tables.html"
        path.write_bytes(render_page(Document("d", "T", {}, sheet, [sheet]), {}, language))
        return open_page(path)

    return call


def names(opened: Opened) -> list[str]:
    found: list[str] = opened.page.locator("tbody th").all_inner_texts()
    return found


def press(opened: Opened, head: str) -> list[str]:
    opened.page.get_by_role("button", name=head).click()
    return names(opened)


def test_numbers_are_sorted_by_value_and_what_is_empty_stays_last(
    open_tables: Callable[..., Opened],
) -> None:
    opened = open_tables([TOTAL, *LOOSE])
    before = names(opened)
    assert press(opened, "Gain") == ["Total", "Alpha", "beta", "delta 10", "delta 9", "gamma"]
    assert press(opened, "Gain") == ["Total", "delta 10", "beta", "Alpha", "delta 9", "gamma"]
    assert press(opened, "Gain") == before


def test_words_are_sorted_as_in_the_language_of_the_page(
    open_tables: Callable[..., Opened],
) -> None:
    opened = open_tables([TOTAL, *LOOSE])
    assert press(opened, "Name") == ["Total", "Alpha", "beta", "delta 9", "delta 10", "gamma"]
    assert press(opened, "Hit") == ["Total", "Alpha", "beta", "delta 10", "gamma", "delta 9"]
    # by sound, ali, baidu, tengxun; by their code they stand the other way round
    chinese = open_tables([{"name": name} for name in ("腾讯", "百度", "阿里")], "zh")
    assert press(chinese, "Name") == ["阿里", "百度", "腾讯"]


def test_rows_are_sorted_within_their_group(open_tables: Callable[..., Opened]) -> None:
    opened = open_tables(GROUPED, grouped=True)
    assert opened.page.locator("tbody").count() == 2
    assert press(opened, "Gain") == [
        *("Total", "Alpha", "beta", "delta 10", "delta 9", "gamma"),
        *("Film", "Alpha", "beta"),
    ]


def test_a_row_that_stands_out_keeps_its_place_anywhere(
    open_tables: Callable[..., Opened],
) -> None:
    opened = open_tables([*LOOSE[:2], TOTAL, *LOOSE[2:]])
    assert press(opened, "Name") == ["Alpha", "beta", "Total", "delta 9", "delta 10", "gamma"]


def test_a_table_is_sorted_from_the_keyboard_and_says_how(
    open_tables: Callable[..., Opened],
) -> None:
    opened = open_tables(LOOSE)
    opened.page.get_by_role("button", name="Gain").focus()
    told = []
    for key in ("Enter", "Space", "Enter"):
        opened.page.keyboard.press(key)
        told.append(
            opened.run(
                "[...document.querySelectorAll('thead th')].map(each => each.ariaSort ?? '')"
            )
        )
    assert told == [["", "ascending", ""], ["", "descending", ""], ["", "", ""]]
    press(opened, "Gain")
    press(opened, "Name")
    assert opened.page.locator("th[aria-sort]").all_inner_texts() == ["Name"]


def test_a_wide_table_scrolls_in_its_box_and_its_first_column_stays(
    open_page: Open, files: dict[str, Path]
) -> None:
    opened = open_page(files["evidence"], PHONE)
    found = opened.run(
        "(() => { const box = [...document.querySelectorAll('.wide')]"
        ".find(each => each.querySelector('table') && each.scrollWidth > each.clientWidth + 100);"
        " const left = (tag) => box.querySelector(tag).getBoundingClientRect().left;"
        " const before = [left('tbody th'), left('tbody td')]; box.scrollLeft = 100;"
        " return [before, [left('tbody th'), left('tbody td')],"
        " getComputedStyle(box).backgroundAttachment]; })()"
    )
    (head, cell), (head_after, cell_after), shades = found
    assert head_after == head
    assert cell_after == cell - 100
    # the shade at the edges is fixed, and the paper that hides it moves with the table
    assert shades == "local, local, scroll, scroll"


# --- letters --------------------------------------------------------------------------------

CONFIG = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>{folders}<cachedir>{cache}</cachedir></fontconfig>"""
OUTSIDE = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const own = text.getBoundingClientRect();
    return own.left < box.left || own.right > box.right
      || own.top < box.top || own.bottom > box.bottom;
  }).map(text => text.textContent);
})"""


@pytest.fixture(scope="session", params=["latin only", "with Chinese"])
def other_fonts(
    request: pytest.FixtureRequest,
    start: Callable[..., Any],
    files: dict[str, Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Any, bool]]:
    """A browser on a machine that has matplotlib's font only, or one of whole squares as well."""
    home = tmp_path_factory.mktemp("fonts")
    places = [Path(get_data_path()) / "fonts" / "ttf"]
    chinese = request.param == "with Chinese"
    if chinese:
        page = (files["backtest"]).read_text(encoding="utf-8")
        letters = sorted({char for char in page if char >= "\u2e80"})
        make_font(home / "squares.ttf", "Noto Sans CJK SC", "".join(letters), width=1000)
        places.append(home)
    config = home / "fonts.conf"
    listed = "".join(f"<dir>{place}</dir>" for place in places)
    config.write_text(CONFIG.format(folders=listed, cache=home / "cache"), encoding="utf-8")
    browser = start(config)
    yield browser, chinese
    browser.close()


def test_no_letter_of_a_chart_is_cut_off_whatever_fonts_the_reader_has(
    other_fonts: tuple[Any, bool], files: dict[str, Path]
) -> None:
    browser, chinese = other_fonts
    opening = open_in(browser)
    opened = next(opening)(files["backtest"])
    for width, height in (PHONE, DESK):
        opened.page.set_viewport_size({"width": width, "height": height})
        assert opened.page.locator("svg text", has_text="买入并持有").count() >= 2
        assert opened.run(OUTSIDE) == []
    # the two machines do differ
    width = opened.run(
        "(() => { const text = [...document.querySelectorAll('svg text')]"
        ".find(each => each.textContent.startsWith('泡泡玛特'));"
        " return text.getSubStringLength(0, 4) / text.getAttribute('font-size'); })()"
    )
    assert (width > 3.9) == chinese
    list(opening)


def test_letters_outside_the_chart_would_be_found(open_page: Open, files: dict[str, Path]) -> None:
    opened = open_page(files["backtest"])
    opened.run("document.querySelector('svg text').setAttribute('x', '-40')")
    assert len(opened.run(OUTSIDE)) == 1


# --- names that mean harm -------------------------------------------------------------------


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "index.html"
    path.write_bytes(make_page("en"))
    return path


def test_hostile_and_endless_names_are_text_and_fit(open_page: Open, hostile: Path) -> None:
    opened = open_page(hostile, PHONE)
    assert widest(opened) <= PHONE[0]
    assert opened.page.locator("script").count() == 1
    for tag in ("h1", "h2", ".lead", ".warning", "dt", "th", "td", "li", "figcaption", "title"):
        texts = opened.page.locator(tag).all_text_contents()
        assert any(HOSTILE in text for text in texts), tag
    assert opened.page.locator("td").filter(has_text=LONG).count() >= 1
    assert opened.run(OUTSIDE) == []
    heights = opened.run(
        "[...document.querySelectorAll('.facts > div')].map(each => each.offsetHeight)"
    )
    assert max(heights) < 250


def test_names_from_right_to_left_turn_nothing_beside_them_round(
    open_page: Open, hostile: Path
) -> None:
    opened = open_page(hostile)
    assert DIRECTED not in opened.page.content()
    for tag in (".lead", "footer li", "svg text"):
        found = opened.run(
            "([tag, name, first, last]) => {"
            " const root = [...document.querySelectorAll(tag)]"
            ".find(each => each.textContent.includes(name) && each.textContent.includes(last));"
            " const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);"
            " const nodes = []; while (walk.nextNode()) nodes.push(walk.currentNode);"
            " return [name, first, last].map(words => { for (const node of nodes) {"
            " const at = node.data.indexOf(words); if (at < 0) continue;"
            " const range = document.createRange(); range.setStart(node, at);"
            " range.setEnd(node, at + words.length);"
            " const box = range.getBoundingClientRect(); return [box.left, box.right]; } }); }",
            [tag, TURNED, "300002.", "SZ"],
        )
        (name, name_ends), (first, first_ends), (last, last_ends) = found
        assert first_ends <= last + 1, tag
        # in a figure the symbol stands before such a name
        assert last_ends <= name + 1 if tag == "svg text" else name_ends <= first + 1, tag
