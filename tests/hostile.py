"""A page whose every text means harm: markup, formulas, endless and turned names."""

from functools import partial

from backtests.figures.chart import Chart, head, mark, note, open_chart
from backtests.figures.lettering import Lettering, readers_fonts
from backtests.report.document import Column, Document, Sheet
from backtests.report.page import render_page
from universes.text import Language, Text

HOSTILE = "\"><script>alert(1)</script>'&{{ 7 * 7 }} $x^2$"
TURNED = "שלום עולם"
DIRECTED = "\u202e"
LONG = "x" * 2000
NAMES = (HOSTILE, TURNED, f"abc{DIRECTED}def", LONG, "=1+1")
SYMBOL = "300002.SZ"


def make_document() -> Document:
    columns = [
        Column("symbol", HOSTILE, "label"),
        Column("name", "Name", "name"),
        Column("gain", "Gain", "points"),
        Column("words", HOSTILE),
    ]
    rows = [
        {"symbol": name, "name": name, "gain": n / 10, "words": name}
        for n, name in enumerate(NAMES)
    ]
    sheets = [Sheet("first", LONG, columns, rows), Sheet("second", HOSTILE, columns, rows)]
    return Document(
        name="hostile",
        title=f"{HOSTILE} {TURNED}",
        data={},
        records=sheets[0],
        sheets=sheets,
        notes=[f"{name} {SYMBOL} +5.0 (2)" for name in NAMES],
        lead=f"{TURNED} {SYMBOL} +5.0, {HOSTILE}, {LONG}",
        warning=f"{HOSTILE} {DIRECTED}{LONG}",
        facts=[(name, "+1.0") for name in NAMES],
    )


def draw_chart(language: Language) -> Chart:
    texts = [Text(name, name) for name in NAMES]
    letters = Lettering.choose(language, texts)
    title = head(texts[0], texts[3])
    with open_chart(letters, 3.0, title) as (chart, axes):
        bars = axes.barh(range(len(NAMES)), range(1, len(NAMES) + 1))
        axes.set_yticks(range(len(NAMES)), [letters.write_security(t, SYMBOL) for t in texts])
        for text, bar in zip(texts, bars, strict=True):
            mark(letters.tell(text, SYMBOL, "+1.0"), bar)
        note(axes, letters.write_name(texts[0]))
        chart.caption = HOSTILE
    return chart


def make_page(language: Language) -> bytes:
    draw = partial(draw_chart, language)
    with readers_fonts():
        figures = {"first": draw(), HOSTILE: draw()}
    return render_page(make_document(), figures, language)
