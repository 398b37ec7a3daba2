"""Figures of a weekly report: this week, since publication, and the way there."""

from collections.abc import Sequence

import numpy as np

from backtests.figures.bars import Bar, plot_bars
from backtests.figures.chart import NO_TEXT, Chart, head, open_chart, spell_points
from backtests.figures.lettering import Lettering
from backtests.figures.lines import Line, draw_lines, height_for
from backtests.labels import say, term
from backtests.palette import Colors
from backtests.weekly.standing import Course, Standing
from universes import Theme
from universes.rating import Edge
from universes.text import Language, Text


def plot_moves(
    standings: Sequence[Standing],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw each pick's relative return over the week.

    Parameters
    ----------
    standings : sequence of Standing
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is up.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        A mark for each pick that has a move; the others are named under it.
    """
    bars = [Bar(each.pick.name, str(each.pick.symbol), each.week.relative) for each in standings]
    return plot_bars(bars, head(heading, say("figure_moves")), language, colors)


def plot_since(
    standings: Sequence[Standing],
    edges: Sequence[Edge],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw each pick's relative return since its entry, and the bounds between grades.

    Parameters
    ----------
    standings, language, colors, heading
        As of `plot_moves`.
    edges : sequence of Edge

    Returns
    -------
    Chart
        A mark for each pick that can be told.
    """
    bars = [Bar(each.pick.name, str(each.pick.symbol), each.since.relative) for each in standings]
    return plot_bars(bars, head(heading, say("figure_since")), language, colors, edges)


def plot_course(
    course: Course,
    themes: Sequence[Theme],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the mean relative return of all picks and of each theme, week by week.

    Parameters
    ----------
    course : Course
        Of which two weeks or more can be told.
    themes : sequence of Theme
        Give the lines their names.
    language, colors, heading
        As of `plot_moves`.

    Returns
    -------
    Chart
        A mark for each line that two weeks or more can be told of.
    """
    dates = np.array([week.last for week in course.weeks], dtype="datetime64[D]")
    named = [(term("figure_mean_all"), course.mean)]
    if len(themes) > 1:
        named += [(theme.title, course.themes[theme.id]) for theme in themes]
    lines = []
    for name, mean in named:
        known = np.isfinite(mean)
        if known.sum() > 1:
            values = 100 * mean[known]
            lines.append(Line(name, spell_points(mean[known][-1]), dates[known], values))
    title = head(heading, say("figure_course"))
    letters = Lettering.choose(language, [title, *(line.name for line in lines)])
    with open_chart(letters, height_for(lines), title) as (chart, axes):
        draw_lines(axes, lines, letters, colors, sparse=len(dates) < _FEW)
    return chart


# points are marked where there are so few of them
_FEW = 12
