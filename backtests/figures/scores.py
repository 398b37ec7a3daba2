"""The figure of a scorecard."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    Lettering,
    head,
    note,
    open_chart,
)
from backtests.labels import say
from backtests.palette import PALETTES, Colors, Palette
from backtests.rows import Row
from universes.rating import Edge
from universes.text import Language, Text

_INCHES_A_BAR = 0.27
_ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.6}


def plot_rows(
    rows: Sequence[Row],
    edges: Sequence[Edge],
    title: Text,
    months: int,
    language: Language,
    caption: Text = NO_TEXT,
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
    heading = head(title, say("figure_title", months=months))
    missing = ", ".join(row.symbol for row in rows if row.relative is None)
    gaps = say("not_drawn", symbols=missing) if missing else NO_TEXT
    letters = Lettering.choose(language, [heading, caption, gaps, *(row.name for row in rows)])
    height = 1.8 + _INCHES_A_BAR * max(len(rows), 4)
    with open_chart(letters, height, heading) as (chart, axes):
        _draw_bars(axes, rows, letters, PALETTES[colors])
        for edge in edges:
            axes.axvline(100 * edge.value, color=NEUTRAL, linewidth=0.8, linestyle="--", zorder=0)
        below = letters.write(gaps) + "\n" if missing else ""
        note(axes, below + letters.write(caption))
    return chart


def _draw_bars(axes: Axes, rows: Sequence[Row], letters: Lettering, palette: Palette) -> None:
    drawn = sorted(
        (row.relative, letters.write_security(row.name, row.symbol))
        for row in rows
        if row.relative is not None
    )
    values = [100 * relative for relative, _ in drawn]
    colours = [palette.up_code if value > 0 else palette.down_code for value in values]
    bars = axes.barh([label for _, label in drawn], values, color=colours)
    axes.bar_label(bars, fmt="%+.1f", padding=3, fontsize=8, bbox=_ON_PAPER)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.margins(x=0.12, y=0.01)
