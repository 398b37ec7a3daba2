"""The page that a document is written to: safe, whole in one file, the same twice."""

import base64
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pytest
from hostile import DIRECTED, TURNED, draw_chart
from hostile import make_document as make_hostile
from matplotlib.figure import Figure
from test_evidence_figures import draw_all as draw_evidence
from test_portfolio_figures import draw_all as draw_run

from backtests import map_conventions, score_picks
from backtests.figures.chart import Chart, mark, open_chart, to_png
from backtests.figures.inline import to_inline
from backtests.figures.lettering import Lettering
from backtests.fonts import LATIN_FONT
from backtests.palette import PALETTES, Colors
from backtests.report.document import Column, Document, Sheet, Toned
from backtests.report.formats import render
from backtests.report.page import render_page
from backtests.report.terminal import print_document
from screener import Panel
from universes import Report
from universes.text import Text

VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = "\"><script>alert(1)</script>'&{{ 7 * 7 }}"


class Reader(HTMLParser):
    """Reads a page into its elements, and fails where they are not nested properly."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        assert len(named) == len(attrs)
        self.elements.append((tag, named))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # only the shapes of a figure close themselves
        assert "svg" in self.open
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.setdefault(self.open[-1], []).append(data.strip())

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def make_chart(alt: str = "A bar", caption: str = "one is 1") -> Chart:
    with open_chart(Lettering("en", LATIN_FONT), 2.0, Text(alt, alt)) as (chart, axes):
        axes.barh([0], [1], hatch="/")
        axes.plot([0, 1], [0, 1], "o-", color="#ffffff")
        chart.caption = caption
    return chart


COLUMNS = [
    Column("symbol", "Symbol", "label"),
    Column("words", "Words"),
    Column("gain", "Gain", "points"),
    Column("hit", "Hit", "label"),
    Column("share", "Share", "percent"),
]
ROWS = [
    {"symbol": "Games", "gain": 0.02, "head": True},
    {"symbol": "300002.SZ", "words": "a, b", "gain": 0.161, "hit": Toned("✓", 1), "share": 0.6},
    {"symbol": "300413.SZ", "gain": -0.05, "hit": Toned("✗", -1)},
    {"symbol": "Film", "gain": 0.0, "head": True},
    {"symbol": "601595.SH", "gain": None},
]


def make_document(
    title: str = "A report", notes: tuple[str, ...] = ("first", "second"), *, grouped: bool = True
) -> Document:
    sheets = [
        Sheet("picks", "Picks", COLUMNS, ROWS, grouped=grouped),
        Sheet("empty", "Nothing here", COLUMNS, []),
    ]
    return Document("name", title, {}, sheets[0], sheets, notes)


def read(
    document: Document | None = None, figures: dict[str, Chart] | None = None
) -> tuple[str, Reader]:
    page = render_page(document or make_document(), figures or {}, "en")
    return page.decode(), Reader(page)


FIGURES = ("equity", "picks", "other")


def test_the_page_is_the_same_twice() -> None:
    pages = {
        render_page(make_document(), {key: make_chart() for key in FIGURES}, "zh") for _ in range(2)
    }
    assert len(pages) == 1


def test_the_page_asks_no_host_for_anything() -> None:
    page, reader = read(figures={key: make_chart() for key in FIGURES})
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {"link", "img", "image", "iframe", "object", "embed", "base", "form"}
    for _, attributes in reader.elements:
        assert not any(name.startswith("on") for name in attributes)
        for name, value in attributes.items():
            if name.endswith(("href", "src", "action")):
                assert value is not None
                assert value.startswith("#")
    assert all(inner.startswith("#") for inner in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    script = page[page.index("<script>") : page.index("</script>")]
    assert "//" not in page.replace("http-equiv", "").replace(script, "")
    assert not re.search(r"https?:|import|fetch|XMLHttp|eval|innerHTML", script)


def test_the_one_script_is_the_one_that_the_page_allows() -> None:
    page, reader = read()
    assert reader.of("script") == [{}]
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(each for each in reader.of("meta") if "http-equiv" in each)
    assert (policy["content"] or "").split("; ") == [
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    assert len(script.splitlines()) < 60


def test_every_reference_of_a_figure_meets_its_own_shape_only() -> None:
    page, reader = read(figures={key: make_chart() for key in FIGURES})
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r'(?:href="#|url\(#)([^")]+)', page))
    assert {name.partition("-")[0] for name in wanted} >= {"f1", "f2", "f3", "s1", "s2"}
    assert wanted <= set(ids)


def test_text_from_files_is_escaped_wherever_it_stands() -> None:
    sheet = Sheet(
        HOSTILE, HOSTILE, [Column("a", HOSTILE), Column("b", "B")], [{"a": HOSTILE, "b": HOSTILE}]
    )
    document = Document(HOSTILE, HOSTILE, {}, sheet, [sheet, sheet], (HOSTILE,))
    figures = {HOSTILE: make_chart(HOSTILE, HOSTILE), "other": make_chart(HOSTILE, HOSTILE)}
    page, reader = read(document, figures)
    assert page.count("<script") == 1
    assert "49" not in "".join(text for tag in ("h1", "td", "li") for text in reader.texts[tag])
    found = reader.texts
    for tag in ("title", "h1", "h2", "th", "td", "li", "a", "figcaption"):
        assert HOSTILE in found[tag]
    assert {each["aria-label"] for each in reader.of("svg")} == {HOSTILE}


def test_tables_say_what_their_cells_belong_to() -> None:
    page, reader = read()
    scopes = [each["scope"] for each in reader.of("th")]
    assert scopes == ["col"] * 5 + ["row"] * 5 + ["col"] * 5
    assert reader.texts["th"][:6] == ["Symbol", "Words", "Gain", "Hit", "Share", "Games"]
    assert len(reader.of("caption")) == 2
    assert reader.texts["h2"][:2] == ["Picks", "Nothing here"]
    assert [each.get("class") for each in reader.of("tr")].count("head") == 2
    # a line that stands out begins a group
    assert len(reader.of("tbody")) == 2
    assert len(Reader(render_page(make_document(grouped=False), {}, "en")).of("tbody")) == 1
    assert '<td class="text">a, b</td>' in page
    assert '<td class="number" data-value="0.6">60%</td>' in page
    # what is empty has no number to be sorted by
    assert '<td class="number"></td>' in page


def test_up_and_down_are_told_by_a_sign_as_well_as_a_colour() -> None:
    page, _ = read()
    assert '<td class="number up" data-value="0.161">+16.1</td>' in page
    assert '<td class="number down" data-value="-0.05">-5.0</td>' in page
    assert '<td class="number" data-value="0.0">+0.0</td>' in page
    assert '<td class="up">✓</td>' in page
    assert '<td class="down">✗</td>' in page


@pytest.mark.parametrize("colors", ["china", "west", "none"])
def test_the_palette_colours_up_and_down(colors: Colors) -> None:
    page = render_page(make_document(), {}, "en", colors).decode()
    palette = PALETTES[colors]
    assert f"--up: {palette.up_code}; --down: {palette.down_code};" in page


def test_a_figure_stands_over_its_sheet_or_over_all() -> None:
    figures = {"equity": make_chart("E"), "empty": make_chart("N"), "risk": make_chart("R", "")}
    page, reader = read(figures=figures)
    pictures = reader.of("svg")
    assert [each["aria-label"] for each in pictures] == ["E", "R", "N"]
    assert all(each["role"] == "group" and each["viewbox"] for each in pictures)
    assert page.index('aria-label="R"') < page.index("<table>") < page.index('aria-label="N"')
    assert page.index('aria-label="N"') < page.index("Nothing here</h2>")
    assert reader.texts["figcaption"] == ["one is 1", "one is 1"]


def test_figures_take_the_colours_of_the_page() -> None:
    page, _ = read(figures={"equity": make_chart()})
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert "currentColor" in drawing
    assert "var(--paper)" in drawing
    assert "#000000" not in drawing
    assert "#ffffff" not in drawing
    # it would hold for the whole page
    assert "<style" not in drawing


def test_the_page_names_its_language_and_its_title() -> None:
    chinese = Reader(render_page(make_document("报告"), {}, "zh"))
    _, english = read()
    assert chinese.of("html")[0]["lang"] == "zh-Hans"
    assert english.of("html")[0]["lang"] == "en"
    assert chinese.texts["title"] == chinese.texts["h1"] == ["报告"]
    assert "说明" in chinese.texts["h2"]
    assert "Notes" in english.texts["h2"]
    assert english.texts["li"] == ["first", "second"]


def test_the_contents_lead_to_every_table() -> None:
    _, reader = read()
    links = [each["href"] for each in reader.of("a")]
    assert links == [f"#{each['id']}" for each in reader.of("section")]
    assert reader.texts["a"] == ["Picks", "Nothing here"]


def test_without_notes_there_is_no_list_of_them() -> None:
    _, reader = read(make_document(notes=()))
    assert reader.of("footer") == []
    assert "Notes" not in reader.texts["h2"]


def test_a_path_that_is_no_utf8_is_spelled_by_its_escapes() -> None:
    assert b"data/\\udcff.csv" in render_page(make_document(notes=("data/\udcff.csv",)), {}, "en")


def marks_of(chart: Chart) -> list[str]:
    return re.findall(r'<g class="mark" role="img"><title>(.*?)</title>', to_inline(chart, "f1"))


def test_every_datum_of_a_figure_is_a_mark(report: Report, snapshot: Panel) -> None:
    run = zip(("equity", "drawdown", "weights", "parts", "bridge"), draw_run(), strict=True)
    names = ("placebo", "refused", "split", "unsplit", "path", "weekly")
    charts = {
        "score": score_picks(report, snapshot).plot(),
        "map": map_conventions(report.select(["games"]), snapshot).plot(),
        **dict(run),
        **dict(zip(names, draw_evidence(), strict=True)),
    }
    found = {name: marks_of(chart) for name, chart in charts.items()}
    assert {name: len(marks) for name, marks in found.items()} == {
        "score": 28,
        # two picks, the headline and 17 other values each
        "map": 36,
        # two runs, a benchmark, two indices
        "equity": 5,
        "drawdown": 2,
        # two themes and cash
        "weights": 3,
        # three prices, two currencies, three costs, three totals
        "parts": 11,
        # two returns, the execution, two costs that are not zero
        "bridge": 5,
        # bars of random baskets, and for each comparison their mean and the basket
        "placebo": 4 + 2 + 2 * 2,
        "refused": 0,
        # breadth, sector, selection, mean; the other basket has a part that is not split
        "split": 4 + 5,
        "unsplit": 0,
        # the picks, the median and the band of random baskets
        "path": 3,
        "weekly": 1,
    }
    assert "Pop Mart 9992.HK +130.5" in found["score"]
    assert "Kingnet 002517.SZ · Headline · buy" in found["map"]
    assert "Tencent 0700.HK +24.90" in found["parts"]
    assert "Tencent 0700.HK Currency -5.00" in found["parts"]
    assert "Market -10.0 – +0.0: 100 / 1,000" in found["placebo"]
    assert found["drawdown"] == ["Buy and hold -25.0%", "To the horizon -4.5%"]
    assert all(len(marks) == len(set(marks)) for marks in found.values())


def test_a_mark_is_of_a_chart() -> None:
    with pytest.raises(TypeError, match="Chart"):
        mark("a", Figure().add_subplot().axhline(0))


def test_a_chart_on_a_page_is_left_as_it_was() -> None:
    chart = draw_run()[0]
    before = to_png(chart, 40)
    first = to_inline(chart, "f1")
    assert to_inline(chart, "f1") == first
    assert to_png(chart, 40) == before


def test_letters_on_a_page_are_text_in_the_readers_fonts() -> None:
    page, _ = read(figures={"equity": make_chart()})
    drawing = page[page.index("<svg") : page.index("</svg>")]
    assert "<text" in drawing
    assert "font-family" not in drawing
    assert "@font-face" not in page


def test_what_stands_over_all_is_in_every_format() -> None:
    document = replace(
        make_document(),
        lead="What it comes to.",
        warning="Data are *stale*.",
        facts=[("Mean since publication", "+15.0"), ("Hits", "3 of 4")],
    )
    markdown = render(document, "md").decode()
    assert markdown.startswith(
        "> **Data are \\*stale\\*.**\n\n# A report\n\nWhat it comes to.\n\n"
        "**Mean since publication**: +15.0 · **Hits**: 3 of 4\n\n## Picks\n"
    )
    printed = io.StringIO()
    print_document(document, "china", printed)
    lines = [line.rstrip() for line in printed.getvalue().splitlines() if line.strip()]
    assert lines[:4] == [
        "Data are *stale*.",
        "A report",
        "What it comes to.",
        "Mean since publication: +15.0 · Hits: 3 of 4",
    ]
    book = openpyxl.load_workbook(io.BytesIO(render(document, "xlsx")))
    assert list(book["notes"].values) == [
        ("Data are *stale*.", None),
        ("What it comes to.", None),
        ("Mean since publication", "+15.0"),
        ("Hits", "3 of 4"),
        ("first", None),
        ("second", None),
    ]
    page, reader = read(document)
    assert page.index("Data are *stale*.") < page.index("<h1>") < page.index("<dl")
    assert reader.texts["dt"] == ["Mean since publication", "Hits"]
    assert reader.texts["dd"] == ["+15.0", "3 of 4"]


def test_without_a_warning_and_facts_there_is_no_room_for_them() -> None:
    page, reader = read()
    assert reader.of("dl") == []
    assert 'class="warning"' not in page
    assert render(make_document(), "md").decode().startswith("# A report\n\n## Picks\n")


def test_hostile_names_are_text_in_every_format() -> None:
    document = make_hostile()
    book = openpyxl.load_workbook(io.BytesIO(render(document, "xlsx")))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert "=1+1" in {cell.value for cell in cells}
    markdown = render(document, "md").decode()
    assert not re.search(r"(?<!\\)[<>|*]script", markdown)
    assert DIRECTED not in markdown
    # what runs from right to left is held between marks
    assert f"\u2068{TURNED}\u2069 300002.SZ" in markdown
    printed = io.StringIO()
    print_document(document, "none", printed)
    assert DIRECTED not in printed.getvalue()
    assert "abcdef" in printed.getvalue()
    page, reader = read(document, {"first": draw_chart("en")})
    assert DIRECTED not in page
    assert set(reader.texts["bdi"]) == {TURNED}
    assert f"{TURNED}\u2069 300002.SZ +1.0" in "".join(reader.texts["title"])
