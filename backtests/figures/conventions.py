"""The figure of a convention map: each pick's grade with one choice changed at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from backtests.conventions.names import name_dimension, name_values
from backtests.conventions.picks import PickMap
from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    head,
    mark,
    note,
    open_chart,
)
from backtests.figures.lettering import Lettering
from backtests.figures.shades import is_bright, mix
from backtests.labels import say, term
from backtests.palette import PALETTES, Colors
from universes import Band, Report
from universes.text import Language, Text

_INCHES_A_ROW, _INCHES_A_COLUMN = 0.25, 0.29
_INCHES_ABOVE, _INCHES_BESIDE, _LEAST_WIDTH, _MOST_WIDTH = 3.2, 3.4, 9.0, 60.0
_GAP, _INSET = 0.4, 0.1
_UNDER_THE_LEGEND = 22
# on a page the paper turns dark and the cells do not, so what is written in them has its own ink
_DARK, _LIGHT, _MIDDLE = "#15181b", "#fdfdfe", "#e3e6e9"
_GREYS = ("#3f454b", "#f0f2f3")
_WEAKEST = 0.35
_WORDS = ("map_headline", "map_agreement", "map_cannot_tell", "map_differs")


@dataclass(frozen=True)
class _Shade:
    """How a grade is drawn: its colour, its sign for those who cannot tell them apart, its name."""

    colour: str
    sign: str
    name: Text


@dataclass(frozen=True)
class _Square:
    """One cell: a grade or None where it cannot be told, and whether it is not the headline's."""

    grade: str | None
    differs: bool


def plot_map(
    picks: Sequence[PickMap],
    report: Report,
    bands: Sequence[Band],
    language: Language,
    caption: Text = NO_TEXT,
    colors: Colors = "china",
) -> Chart:
    """Draw the grade of each pick with one choice changed at a time.

    Parameters
    ----------
    picks : sequence of PickMap
        All with the same variations.
    report : Report
        Theirs: its title and its themes.
    bands : sequence of Band
        Best first.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    caption : Text
        Printed under the chart.
    colors : {"china", "west", "none"}
        China: red is good. ``none``: the darker the better.

    Returns
    -------
    Chart
        Picks down, by theme; the headline and then every other value across, one at a time. A
        frame marks a grade that differs from the headline's, hatching one that cannot be told;
        at the right stands the percentage of all readings told that agree.
    """
    title = head(report.title, say("map_figure_title"))
    columns = _list_columns(picks[0])
    names = [each.pick.name for each in picks] + [theme.title for theme in report.themes]
    words = [*map(term, _WORDS), *(band.name for band in bands)]
    letters = Lettering.choose(language, [title, caption, *columns, *words, *names])
    height = _INCHES_ABOVE + _INCHES_A_ROW * (len(picks) + len(report.themes))
    with open_chart(letters, height, title) as (chart, axes):
        width = _INCHES_BESIDE + _INCHES_A_COLUMN * len(columns)
        chart.set_figwidth(min(max(_LEAST_WIDTH, width), _MOST_WIDTH))
        shades, places = _choose_shades(bands, colors), _place_columns(picks[0])
        named = list(zip(places, columns, strict=True))
        labels = _draw_rows(axes, picks, report, named, shades, letters)
        _label_rows(axes, labels)
        _label_columns(axes, places, columns, letters)
        _explain(axes, bands, shades, letters)
        note(axes, letters.write(caption))
        axes.xaxis.labelpad = _UNDER_THE_LEGEND
        chart.caption = caption.get(letters.language).replace("\n", " ")
    return chart


def _list_columns(pick: PickMap) -> list[Text]:
    """Return the words over each column of squares."""
    names = [term("map_headline")]
    for each in pick.variations:
        choice, value = name_dimension(each.dimension), name_values(each.dimension, [each.value])
        names.append(Text(f"{choice.zh} {value.zh}", f"{choice.en}: {value.en}"))
    return names


def _place_columns(pick: PickMap) -> list[float]:
    """Place the columns of squares, with a gap before each dimension."""
    places = [0.0]
    before = None
    for each in pick.variations:
        places.append(places[-1] + 1 + (_GAP if each.dimension != before else 0))
        before = each.dimension
    return places


def _choose_shades(bands: Sequence[Band], colors: Colors) -> dict[str, _Shade]:
    """Return a shade for each grade: the further from zero, the stronger."""
    good = [band.grade for band in bands if band.lower is not None and band.lower >= 0]
    bad = [band.grade for band in reversed(bands) if band.upper is not None and band.upper <= 0]
    palette = PALETTES[colors]
    shades = {band.grade: _Shade(_MIDDLE, "0", band.name) for band in bands}
    for side, colour, sign in ((good, palette.up_code, "+"), (bad, palette.down_code, "-")):
        for place, grade in enumerate(side):
            share = 1 - (1 - _WEAKEST) * place / max(len(side) - 1, 1)
            mixed, signs = mix(colour, _LIGHT, share), sign * (len(side) - place)
            shades[grade] = replace(shades[grade], colour=mixed, sign=signs)
    if colors == "none":
        for place, band in enumerate(bands):
            share = 1 - place / max(len(bands) - 1, 1)
            shades[band.grade] = replace(shades[band.grade], colour=mix(*_GREYS, share))
    return shades


def _draw_rows(
    axes: Axes,
    picks: Sequence[PickMap],
    report: Report,
    columns: Sequence[tuple[float, Text]],
    shades: dict[str, _Shade],
    letters: Lettering,
) -> list[tuple[str, bool]]:
    """Draw the squares; return the label of each row, and whether it is that of a theme."""
    labels: list[tuple[str, bool]] = []
    for theme in report.themes:
        labels.append((letters.write_name(theme.title), True))
        for each in (pick for pick in picks if pick.theme == theme.id):
            row = len(labels)
            for (place, column), square in zip(columns, _list_squares(each), strict=True):
                shown = _draw_square(axes, place, row, square, shades)
                name = shades[square.grade].name if square.grade else term("map_cannot_tell")
                told = letters.tell(each.pick.name, str(each.pick.symbol))
                mark(f"{told} · {letters.tell(column)} · {letters.tell(name)}", *shown)
            if each.headline.grade:
                # a hundred is written only where all agree
                agree = str(100 * each.grades[each.headline.grade] // each.scored)
                axes.text(columns[-1][0] + 1.9, row, agree, fontsize=7, ha="right", va="center")
            labels.append((letters.write_security(each.pick.name, str(each.pick.symbol)), False))
    return labels


def _label_rows(axes: Axes, labels: Sequence[tuple[str, bool]]) -> None:
    axes.set_yticks(range(len(labels)), [label for label, _ in labels], fontsize=8)
    for tick, (_, is_theme) in zip(axes.get_yticklabels(), labels, strict=True):
        if is_theme:
            # larger and not bold, as a Chinese font may have one weight only
            tick.set_fontsize(10)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(length=0)


def _list_squares(pick: PickMap) -> list[_Square]:
    varied = [_Square(each.cell.grade, bool(each.changed)) for each in pick.variations]
    return [_Square(pick.headline.grade, differs=False), *varied]


def _draw_square(
    axes: Axes, x: float, y: int, square: _Square, shades: dict[str, _Shade]
) -> list[Artist]:
    """Draw a square, its sign and its frame; return them."""
    if square.grade is None:
        return [axes.add_patch(_blank(x, y))]
    shade = shades[square.grade]
    cell = Rectangle(
        (x - 0.5, y - 0.5), 1, 1, facecolor=shade.colour, edgecolor=PAPER, linewidth=0.8
    )
    sign = axes.text(x, y, shade.sign, fontsize=6, color=_ink_on(shade), ha="center", va="center")
    shown: list[Artist] = [axes.add_patch(cell), sign]
    if square.differs:
        side = 1 - 2 * _INSET
        corner = (x - side / 2, y - side / 2)
        frame = Rectangle(corner, side, side, fill=False, edgecolor=_ink_on(shade))
        shown.append(axes.add_patch(frame))
    return shown


def _blank(x: float = 0, y: float = 0) -> Rectangle:
    return Rectangle(
        (x - 0.5, y - 0.5), 1, 1, facecolor=PAPER, edgecolor=NEUTRAL, hatch="////", linewidth=0
    )


def _ink_on(shade: _Shade) -> str:
    return _DARK if is_bright(shade.colour) else _LIGHT


def _label_columns(
    axes: Axes, places: Sequence[float], names: Sequence[Text], letters: Lettering
) -> None:
    agree = places[-1] + 1.5
    labels = [letters.write(name) for name in (*names, term("map_agreement"))]
    axes.xaxis.tick_top()
    axes.set_xticks(
        [*places, agree], labels, fontsize=7, rotation=60, ha="left", rotation_mode="anchor"
    )
    axes.set_xlim(-0.6, agree + 0.6)
    axes.spines[:].set_visible(False)


def _explain(
    axes: Axes, bands: Sequence[Band], shades: dict[str, _Shade], letters: Lettering
) -> None:
    handles: list[Patch] = [
        Patch(
            facecolor=shades[band.grade].colour,
            label=f"{letters.write(band.name)} ({shades[band.grade].sign})",
        )
        for band in bands
    ]
    handles.append(
        Patch(
            facecolor=PAPER,
            edgecolor=NEUTRAL,
            hatch="////",
            linewidth=0,
            label=letters.write(term("map_cannot_tell")),
        )
    )
    framed = Patch(fill=False, edgecolor=INK, label=letters.write(term("map_differs")))
    axes.legend(
        handles=[*handles, framed],
        loc="upper right",
        bbox_to_anchor=(1, 0),
        ncols=len(handles) + 1,
        fontsize=7,
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
    )
