"""The figure of an event path: the relative return from before publication to the horizons."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from backtests.evidence.chance.paths import EventPath
from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    fold,
    head,
    join_lines,
    mark,
    note,
    open_chart,
    spell_points,
)
from backtests.figures.lettering import Lettering
from backtests.figures.lines import Line, count_days, draw_lines, height_for, spread
from backtests.labels import say, term
from backtests.palette import Colors
from universes import InputError
from universes.text import Language, Text

# days between closes above which, at the median, closes in between are not known
_LONGEST_STEP = np.timedelta64(4, "D")
_BAND_ALPHA, _VEIL_ALPHA = 0.3, 0.6
_OVER_LINES = 2.2  # and under the frame
# points above the axes, so that no label of an exit lies on that of the entry
_EXITS_LIFT, _ENTRY_LIFT = 3, 13
_LEAST_APART = 0.055
_NOTE_ACROSS = 160


def plot_path(
    path: EventPath,
    published: dt.date,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the picks' mean relative return day by day, with that of random baskets.

    Parameters
    ----------
    path : EventPath
    published : date
        Of the report; the first row after it is that of the first entry.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        ``none`` draws in greys.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        In percentage points: the picks, and the median and the 5th to 95th percentile of the
        random baskets, or below the chart that there are none. Rows before entry are paler, the
        exit of each horizon is marked, and so is every close where some between are not known.

    Raises
    ------
    InputError
        If the path ends by the day of publication.
    """
    entry = _find_entry(path, published)
    title = head(heading, say("figure_path"))
    lines = _list_lines(path)
    below = _explain(path, entry)
    entered = say("figure_path_entry", published=published, day=path.dates[entry])
    marks = [term("months", months=months) for months, _ in path.exits]
    texts = [title, below, entered, *marks, *(line.name for line in lines)]
    letters = Lettering.choose(language, texts)
    with open_chart(letters, height_for(lines), title) as (chart, axes):
        if path.draws:
            low, high = 100 * path.low, 100 * path.high
            days = count_days(path.dates)
            band = axes.fill_between(days, low, high, color=NEUTRAL, alpha=_BAND_ALPHA, linewidth=0)
            mark(letters.tell(_tell_band(path)), band)
        draw_lines(axes, lines, letters, colors, sparse=_is_sparse(path))
        _veil(axes, path, entry)
        _mark(axes, path.dates[entry], letters.write(entered))
        _mark_exits(axes, path, letters)
        note(axes, letters.write(below))
        chart.caption = "; ".join(_tell(path, letters.language))
    return chart


def _find_entry(path: EventPath, published: dt.date) -> int:
    entry = int(np.searchsorted(path.dates, np.datetime64(published, "D"), side="right"))
    if entry == len(path.dates):
        raise InputError(
            f"the path ends on {path.dates[-1]}, and its report was published on {published}",
            "give the day of publication of the report that the path is of",
        )
    return entry


def _list_lines(path: EventPath) -> list[Line]:
    count = int(path.counted[-1])
    picks = term("figure_path_picks", count=count)
    lines = [Line(picks, spell_points(path.mean[-1]), path.dates, 100 * path.mean)]
    if path.draws:
        name, number = term("figure_path_random"), spell_points(path.middle[-1])
        lines.append(Line(name, number, path.dates, 100 * path.middle, aside=True))
    return lines


def _explain(path: EventPath, entry: int) -> Text:
    sentences = [_tell_band(path) if path.draws else say("figure_path_alone")]
    if entry:
        sentences.append(say("figure_path_before"))
    if path.counted.min() < path.counted[-1]:
        values = {"least": path.counted.min(), "most": path.counted[-1]}
        sentences.append(say("figure_path_counted", **values))
    if _is_sparse(path):
        sentences.append(say("figure_sparse"))
    return fold(join_lines(sentences), _NOTE_ACROSS)


def _tell_band(path: EventPath) -> Text:
    return say(
        "figure_path_band",
        draws=f"{path.draws:,}",
        low=spell_points(path.low[-1]),
        high=spell_points(path.high[-1]),
    )


def _is_sparse(path: EventPath) -> bool:
    return len(path.dates) > 1 and bool(np.median(np.diff(path.dates)) > _LONGEST_STEP)


def _veil(axes: Axes, path: EventPath, entry: int) -> None:
    """Lay paper over what is before entry, so that it is paler in any colours."""
    left, _ = axes.get_xlim()
    (right,) = count_days(path.dates[entry : entry + 1])
    if entry:
        axes.axvspan(left, right, color=PAPER, alpha=_VEIL_ALPHA, linewidth=0, zorder=_OVER_LINES)


def _mark(axes: Axes, day: np.datetime64, words: str) -> None:
    (place,) = count_days(np.array([day]))
    axes.axvline(place, color=INK, linewidth=0.8, linestyle=(0, (3, 2)))
    axes.annotate(
        words,
        xy=(place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, _ENTRY_LIFT),
        textcoords="offset points",
        fontsize=7,
    )


def _mark_exits(axes: Axes, path: EventPath, letters: Lettering) -> None:
    if not path.exits:
        return
    low, high = axes.get_xlim()
    days = count_days(np.array([day for _, day in path.exits]))
    from_right = [float(high - day) / (high - low) for day in days]
    places = spread(from_right, _LEAST_APART)
    for (months, _), day, place in zip(path.exits, days, places, strict=True):
        axes.axvline(day, color=NEUTRAL, linewidth=0.8, linestyle=(0, (1, 1.5)))
        axes.annotate(
            letters.write(term("months", months=months)),
            xy=(1 - place, 1),
            xycoords="axes fraction",
            xytext=(0, _EXITS_LIFT),
            textcoords="offset points",
            ha="center",
            fontsize=7,
        )


def _tell(path: EventPath, language: Language) -> Iterator[str]:
    """Yield the numbers at each exit and, where it is another day, at the end."""
    ends = [(term("months", months=months), day) for months, day in path.exits]
    if not ends or ends[-1][1] != path.dates[-1]:
        ends.append((Text(str(path.dates[-1]), str(path.dates[-1])), path.dates[-1]))
    for name, day in ends:
        row = int(np.searchsorted(path.dates, day, side="right")) - 1
        values = {"when": name, "mean": spell_points(path.mean[row])}
        if path.draws:
            values |= {
                "middle": spell_points(path.middle[row]),
                "low": spell_points(path.low[row]),
                "high": spell_points(path.high[row]),
            }
        key = "figure_path_told" if path.draws else "figure_path_told_alone"
        yield say(key, **values).get(language)
