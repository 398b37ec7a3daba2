"""The figure of a scorecard."""

from collections.abc import Sequence

from backtests.figures.bars import Bar, plot_bars
from backtests.figures.chart import NO_TEXT, Chart, head
from backtests.labels import say
from backtests.palette import Colors
from backtests.rows import Row
from universes.rating import Edge
from universes.text import Language, Text


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
    bars = [Bar(row.name, row.symbol, row.relative) for row in rows]
    return plot_bars(bars, heading, language, colors, edges, caption)
