"""Figures of results. Each returns a matplotlib Figure and shows or saves nothing."""

import io
from collections.abc import Sequence
from textwrap import fill

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from backtests.fonts import LATIN_FONT, chinese_font, legible
from backtests.labels import sentence
from backtests.palette import PALETTES, Colors, Palette
from backtests.rows import Row
from universes.rating import Edge
from universes.text import Language, Text

_NEUTRAL = "#9aa0a6"
_INCHES_A_BAR = 0.27
_WIDEST = 100
_FILE_DPI, _NOTEBOOK_DPI = 144, 64
_ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
_NO_CAPTION = Text("", "")


class Chart(Figure):
    """A figure that shows itself in a notebook, with no need of pyplot and its global state."""

    def _repr_png_(self) -> bytes:
        return to_png(self, _NOTEBOOK_DPI)


def plot_rows(
    rows: Sequence[Row],
    edges: Sequence[Edge],
    title: Text,
    months: int,
    language: Language,
    caption: Text = _NO_CAPTION,
    colors: Colors = "china",
) -> Chart:
    """Draw the relative return of each scored pick as a bar, best at the top.

    Parameters
    ----------
    rows : sequence of Row
        Of one horizon; those without a score are named under the chart, not drawn.
    edges : sequence of Edge
        The bounds between grades, drawn as lines.
    title : Text
        Of the report.
    months : int
        The horizon.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    caption : Text
        Printed under the chart.
    colors : {"china", "west", "none"}
        China: red is up.

    Returns
    -------
    Chart
    """
    lines = [sentence("figure_title", each, months=months) for each in ("zh", "en")]
    heading = Text(
        zh=f"{fill(title.zh, _WIDEST // 2)}\n{lines[0]}",
        en=f"{fill(title.en, _WIDEST)}\n{lines[1]}",
    )
    texts = [heading.zh, caption.zh, *(row.name.zh for row in rows)]
    font = chinese_font(texts) if language == "zh" else None
    language = "zh" if font else "en"
    with mpl.rc_context({"font.family": [font or LATIN_FONT], "axes.unicode_minus": False}):
        figure = Chart(figsize=(9, 1.8 + _INCHES_A_BAR * max(len(rows), 4)), layout="tight")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        _draw_bars(axes, rows, language, PALETTES[colors])
        for edge in edges:
            axes.axvline(100 * edge.value, color=_NEUTRAL, linewidth=0.8, linestyle="--", zorder=0)
        figure.suptitle(_plain(heading.get(language), language), fontsize=10, x=0.01, ha="left")
        missing = ", ".join(row.symbol for row in rows if row.relative is None)
        gaps = sentence("not_drawn", language, symbols=missing) + "\n" if missing else ""
        below = gaps + _plain(caption.get(language), language)
        axes.set_xlabel(below, fontsize=7, loc="left")
    return figure


def _draw_bars(axes: Axes, rows: Sequence[Row], language: Language, palette: Palette) -> None:
    drawn = sorted(
        (row.relative, _label(row, language)) for row in rows if row.relative is not None
    )
    values = [100 * relative for relative, _ in drawn]
    colours = [palette.up_code if value > 0 else palette.down_code for value in values]
    bars = axes.barh([label for _, label in drawn], values, color=colours)
    axes.bar_label(bars, fmt="%+.1f", padding=3, fontsize=8, bbox=_ON_WHITE)
    axes.axvline(0, color="black", linewidth=0.8)
    axes.margins(x=0.12, y=0.01)
    axes.spines[["top", "right"]].set_visible(False)


def to_png(figure: Figure, dpi: int = _FILE_DPI) -> bytes:
    """Spell a figure as PNG; the same figure gives the same bytes."""
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def _label(row: Row, language: Language) -> str:
    name = row.name.get(language)
    known = language == "zh" or name == legible(name)
    return f"{_plain(name, language)}  {row.symbol}" if known else row.symbol


def _plain(text: str, language: Language) -> str:
    """Keep to characters that can be drawn, and dollar signs from beginning mathematics."""
    text = text if language == "zh" else legible(text)
    return text.replace("$", r"\$")
