"""Lines through time, each told apart by its colour, its dashes, its marks and its label."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num

from backtests.figures.chart import INK, NEUTRAL, Signed, mark
from backtests.figures.lettering import Lettering
from backtests.labels import say
from backtests.palette import Colors
from screener.calendar import Days
from screener.panel import Floats
from universes.text import Text

# of middling lightness: three times as light or dark as white and as a dark page are
HUES = (
    "#2a7fbf",
    "#d1571b",
    "#1a936f",
    "#a95aa1",
    "#a8790f",
    "#3d9bc1",
    "#d6517d",
    "#6b7de0",
)
_GREYS = ("#5f666d", "#8a9198")
_DASHES: tuple[Any, ...] = ("-", (0, (6, 1.5)), (0, (2.5, 1)), (0, (6, 1.5, 1.5, 1.5)))
_MARKS = "os^DvPXp"
_THIN_DASHES: tuple[Any, ...] = ((0, (4, 2)), (0, (1, 1.2)), (0, (4, 1.5, 1, 1.5)))
_LINE_HEIGHT = 0.165
_ROOM_AROUND = 1.3
_LEAST_HEIGHT = 4.4
_DAYS = ["%Y", "%Y-%m", "%m-%d", "%m-%d", "%m-%d", "%m-%d"]
# where, in widths of the axes, a label's sample and its words begin
_SAMPLE, _WORDS = (1.025, 1.065), 1.075


@dataclass(frozen=True)
class Line:
    """A series through time.

    Attributes
    ----------
    name : Text
    number : str
        Said with the name.
    dates : ndarray of datetime64[D], shape (T,)
    values : ndarray, shape (T,)
        As drawn.
    aside : bool
        Drawn thinly, as something to compare with.
    """

    name: Text
    number: str
    dates: Days
    values: Floats
    aside: bool = False


def height_for(lines: Sequence[Line]) -> float:
    """Return the height, in inches, of a chart with room for the labels of its lines."""
    return max(_LEAST_HEIGHT, _ROOM_AROUND + 1.1 * _LINE_HEIGHT * len(lines))


def draw_lines(
    axes: Axes, lines: Sequence[Line], letters: Lettering, colors: Colors, *, sparse: bool
) -> None:
    """Draw lines, with their labels beside the axes in the order in which they end.

    Parameters
    ----------
    axes : Axes
    lines : sequence of Line
        All begin on one day.
    letters : Lettering
    colors : {"china", "west", "none"}
        ``none``: greys.
    sparse : bool
        Whether to mark the days that values are known of.
    """
    styles = _choose_styles(lines, colors, sparse=sparse)
    for line, style in zip(lines, styles, strict=True):
        label = letters.write_name(line.name)
        (drawn,) = axes.plot(count_days(line.dates), line.values, label=label, **style)
        mark(letters.tell(line.name, line.number), drawn)
    axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
    lay_out_dates(axes, lines[0].dates[0], max(line.dates[-1] for line in lines))
    axes.set_ylim(*axes.get_ylim())
    axes.tick_params(labelsize=8)
    axes.yaxis.set_major_formatter(Signed())
    axes.grid(axis="y", color=NEUTRAL, alpha=0.3, linewidth=0.6)
    _label_ends(axes, lines, styles, letters)


def lay_out_dates(axes: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Let the time axis run from the first to the last day, dates written in figures."""
    low, high = count_days(np.array([first, last]))
    axes.set_xlim(low - 0.015 * (high - low), high)
    locator = AutoDateLocator("UTC", minticks=3, maxticks=9)  # type: ignore[no-untyped-call]
    formatter = ConciseDateFormatter(  # type: ignore[no-untyped-call]
        locator, "UTC", _DAYS, zero_formats=_DAYS, show_offset=False
    )
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(formatter)


def count_days(days: Days) -> Floats:
    """Return days as matplotlib counts them."""
    return np.asarray(date2num(days), np.float64)  # type: ignore[no-untyped-call]


def mark_decision(axes: Axes, day: np.datetime64, letters: Lettering) -> None:
    """Mark the day at whose close the first decision was made."""
    (place,) = count_days(np.array([day]))
    axes.axvline(place, color=INK, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    axes.annotate(
        letters.write(say("figure_decided", day=day)),
        xy=(place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 4),
        textcoords="offset points",
        fontsize=7,
        annotation_clip=False,
    )


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Move places apart until each is a gap or more from the next, from 0 to 1 where they fit.

    Parameters
    ----------
    wanted : sequence of float
        From 0 to 1, descending.
    gap : float

    Examples
    --------
    >>> [round(place, 2) for place in spread([0.9, 0.88, 0.1, 0.0, 0.0], 0.1)]
    [0.9, 0.8, 0.2, 0.1, 0.0]
    """
    places: list[float] = []
    for place in wanted:
        places.append(min(place, places[-1] - gap) if places else place)
    for n in reversed(range(len(places))):
        below = places[n + 1] + gap if n + 1 < len(places) else 0.0
        places[n] = max(places[n], below)
    return places


def _choose_styles(lines: Sequence[Line], colors: Colors, *, sparse: bool) -> list[dict[str, Any]]:
    hues = _GREYS if colors == "none" else HUES
    styles: list[dict[str, Any]] = []
    main = aside = 0
    for line in lines:
        if line.aside:
            dashes = _THIN_DASHES[aside % len(_THIN_DASHES)]
            styles.append(
                {"color": NEUTRAL if aside else INK, "linestyle": dashes, "linewidth": 1.0}
            )
            aside += 1
            continue
        style = {
            "color": hues[main % len(hues)],
            "linestyle": _DASHES[(main + main // len(HUES)) % len(_DASHES)],
            "linewidth": 1.0 if sparse else 1.2,
        }
        marks = {"marker": _MARKS[main % len(_MARKS)], "markersize": 2.6}
        styles.append(style | marks if sparse else style)
        main += 1
    return styles


def _label_ends(
    axes: Axes, lines: Sequence[Line], styles: Sequence[dict[str, Any]], letters: Lettering
) -> None:
    low, high = axes.get_ylim()
    ends = [float(line.values[-1] - low) / (high - low) for line in lines]
    order = sorted(range(len(lines)), key=lambda n: -ends[n])
    gap = _LINE_HEIGHT / (height_for(lines) - _ROOM_AROUND)
    places = spread([ends[n] for n in order], gap)
    last = max(line.dates[-1] for line in lines)
    for n, place in zip(order, places, strict=True):
        line, style = lines[n], styles[n]
        whole = line.dates[-1] == last
        if whole:
            _lead(axes, line, place, style["color"])
        axes.plot(_SAMPLE, (place, place), transform=axes.transAxes, clip_on=False, **style)
        name = letters.cut(line.name)
        named = name if whole else say("figure_until", name=name, day=line.dates[-1])
        axes.annotate(
            f"{letters.write(named)} {line.number}",
            xy=(_WORDS, place),
            xycoords="axes fraction",
            fontsize=7.5,
            va="center",
            annotation_clip=False,
        )


def _lead(axes: Axes, line: Line, place: float, color: str) -> None:
    """Draw a hairline from the end of a line to its label."""
    axes.annotate(
        "",
        xy=(count_days(line.dates)[-1], line.values[-1]),
        xytext=(_SAMPLE[0], place),
        textcoords="axes fraction",
        annotation_clip=False,
        arrowprops={
            "arrowstyle": "-",
            "color": color,
            "linewidth": 0.5,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )
