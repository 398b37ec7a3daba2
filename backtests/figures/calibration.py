"""The figure of what each grade given earned."""

from collections.abc import Mapping, Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from backtests.figures.chart import INK, NO_TEXT, Chart, head, mark, note, open_chart
from backtests.figures.lettering import Lettering
from backtests.figures.shades import is_bright, mix
from backtests.labels import say
from backtests.palette import PALETTES, Colors
from backtests.ranking.pooled import StandardCount, shipped_standard
from backtests.ranking.result import BandCount
from universes import RatingScale
from universes.text import Language, Text

_INCHES_AROUND, _INCHES_A_GRADE, _LEAST_ROWS = 1.7, 0.42, 2
# on a page the paper turns dark and the bars do not, so what is written in them has its own ink
_DARK, _LIGHT, _MIDDLE = "#15181b", "#fdfdfe", "#e3e6e9"
_GREYS = ("#3f454b", "#f0f2f3")
# parts that are narrower, in percent, have no room for their number
_LEAST_TOLD = 6


def plot_calibration(
    count: StandardCount,
    months: int,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the shares of the grades that each grade given earned, best at the top.

    Parameters
    ----------
    count : StandardCount
    months : int
        The horizon.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is good. ``none``: the darker the better.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        A stacked bar in percent for each grade given to a scored call, with a mark for each
        part; the part that earned just the grade given is framed.
    """
    own = shipped_standard(count.scale)
    names = _name_grades(count, own)
    broker = own.broker if own else Text(count.scale, count.scale)
    title = head(heading, say("ranking_figure_calibration", standard=broker, months=months))
    given = [each for each in count.grades if any(each.earned.values())]
    below = say("ranking_figure_calibration_key")
    letters = Lettering.choose(language, [title, below, *names.values()])
    height = _INCHES_AROUND + _INCHES_A_GRADE * max(len(given), _LEAST_ROWS)
    with open_chart(letters, height, title) as (chart, axes):
        hues = _choose_hues(list(names), colors)
        for row, each in enumerate(given):
            _draw_grade(axes, row, each, names, hues, letters)
        labels = [f"{letters.write(names[g.grade])}  {sum(g.earned.values()):,}" for g in given]
        axes.set_yticks(range(len(given)), labels)
        axes.set_ylim(len(given) - 0.4, -0.6)
        axes.set_xlim(0, 100)
        axes.tick_params(labelsize=8)
        _add_legend(axes, names, hues, letters)
        note(axes, letters.write(below))
    return chart


def _name_grades(count: StandardCount, own: RatingScale | None) -> dict[str, Text]:
    """Return the standard's words for its grades; their ids where it is not shipped."""
    words = {band.grade: band.name for band in (own.company if own else ())}
    return {
        each.grade: words.get(each.grade, Text(each.grade, each.grade)) for each in count.grades
    }


def _choose_hues(grades: Sequence[str], colors: Colors) -> dict[str, str]:
    """Return a colour for each grade: the further from the middle, the stronger."""
    palette, last = PALETTES[colors], max(len(grades) - 1, 1)
    hues = {}
    for place, grade in enumerate(grades):
        height = 1 - 2 * place / last
        side = palette.up_code if height > 0 else palette.down_code
        mixed = mix(side, _MIDDLE, abs(height))
        hues[grade] = mix(*_GREYS, 1 - place / last) if colors == "none" else mixed
    return hues


def _draw_grade(
    axes: Axes,
    row: int,
    count: BandCount,
    names: Mapping[str, Text],
    hues: Mapping[str, str],
    letters: Lettering,
) -> None:
    calls, left = sum(count.earned.values()), 0.0
    for grade, number in count.earned.items():
        width = 100 * number / calls
        if not number:
            continue
        kept = grade == count.grade
        (bar,) = axes.barh(
            row,
            width,
            left=left,
            color=hues[grade],
            edgecolor=INK if kept else hues[grade],
            linewidth=1.4 if kept else 0,
            zorder=2 if kept else 1,
        )
        over = [_write_share(axes, left + width / 2, row, width, hues[grade])]
        own = letters.language
        told = f"{names[count.grade].get(own)} → {names[grade].get(own)}"
        mark(f"{told}: {width:.0f}% ({number:,} / {calls:,})", bar, *over)
        left += width


def _write_share(axes: Axes, x: float, row: int, width: float, hue: str) -> Artist:
    bright = is_bright(hue)
    return axes.text(
        x,
        row,
        f"{width:.0f}" if width >= _LEAST_TOLD else "",
        ha="center",
        va="center",
        fontsize=7.5,
        color=_DARK if bright else _LIGHT,
        zorder=3,
    )


def _add_legend(
    axes: Axes, names: Mapping[str, Text], hues: Mapping[str, str], letters: Lettering
) -> None:
    axes.legend(
        handles=[
            Patch(facecolor=hues[grade], label=letters.write(name)) for grade, name in names.items()
        ],
        ncols=len(names),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=7.5,
        handlelength=1.2,
        columnspacing=1.2,
    )
