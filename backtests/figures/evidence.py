"""The figure of a basket among random ones."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from backtests.evidence.chance.placebo import Placebo
from backtests.evidence.entries import Judgement
from backtests.evidence.names import name_basket
from backtests.figures.chart import (
    INK,
    NO_TEXT,
    Chart,
    Signed,
    fold,
    head,
    join_lines,
    mark,
    note_below,
    open_panels,
    spell_points,
)
from backtests.figures.lettering import Lettering
from backtests.labels import say, term
from backtests.palette import PALETTES, Colors, Palette
from screener.panel import Floats
from universes import Theme
from universes.text import Language, Text

_INCHES_AROUND, _INCHES_A_COMPARISON, _INCHES_A_REFUSAL = 1.3, 1.3, 0.5
_RANDOM = "#c3c8cd"
_MARGIN = 0.03
_NOTE_ACROSS = 170


def plot_placebo(
    judgement: Judgement,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
    themes: Sequence[Theme] = (),
) -> Chart:
    """Draw where a basket stands among random ones, for each way to draw them.

    Parameters
    ----------
    judgement : Judgement
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is up.
    heading : Text
        Printed over the title.
    themes : sequence of Theme
        Of the report; without them a theme is called by its id.

    Returns
    -------
    Chart
        A panel for each comparison, all on one scale in percentage points of relative return:
        the random baskets by their mean, the lowest and the highest 5% darker, and the basket
        as a line. A panel whose comparison was refused says why.
    """
    months, placebos = judgement.horizon_months, judgement.placebos
    name = name_basket(judgement.basket, themes)
    title = head(heading, say("figure_placebo", basket=name, months=months))
    told = [_tell_placebo(each, judgement) for each in placebos]
    beside = [_describe_pool(each) for each in placebos]
    drawn = [each for each in placebos if not each.refusal]
    below = fold(say("figure_placebo_key"), _NOTE_ACROSS) if drawn else NO_TEXT
    letters = Lettering.choose(language, [title, below, *told, *beside])
    high = _INCHES_A_COMPARISON if drawn else _INCHES_A_REFUSAL
    height = _INCHES_AROUND + high * len(placebos)
    with open_panels(letters, height, title, rows=len(placebos)) as (chart, panels):
        _scale(panels[-1], drawn)
        for axes, each, words, pool in zip(panels, placebos, told, beside, strict=True):
            _draw_placebo(axes, each, words, letters, PALETTES[colors])
            axes.set_ylabel(letters.write(pool), rotation=0, ha="right", va="center", fontsize=8)
        note_below(chart, letters.write(below))
        chart.caption = "; ".join(
            _sum_up(each, words).get(letters.language)
            for each, words in zip(placebos, told, strict=True)
        )
    return chart


def write_refusal(axes: Axes, words: str) -> None:
    """Write, in place of a drawing, why there is none."""
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", fontsize=8)
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="x", length=0)
    axes.set_yticks([])


def _tell_placebo(placebo: Placebo, judgement: Judgement) -> Text:
    """Return what a panel says in words: the basket's place, or why there is none."""
    if not judgement.scored:
        return say("figure_refused_unscored")
    if placebo.refusal == "unknown":
        return say(f"figure_refused_unknown_{placebo.pool}")
    if placebo.refusal:
        return say(f"figure_refused_{placebo.refusal}")
    return say("figure_placebo_beat", mean=spell_points(placebo.mean), share=_spell_share(placebo))


def _spell_share(placebo: Placebo) -> str:
    """Spell the share of random baskets that were beaten; all or none only where it is so."""
    spelled = f"{100 * placebo.percentile:.1f}"
    if spelled == "100.0" and placebo.percentile < 1:
        return ">99.9"
    return "<0.1" if spelled == "0.0" and placebo.percentile > 0 else spelled


def _sum_up(placebo: Placebo, told: Text) -> Text:
    pool = term(f"compared_{placebo.pool}")
    if placebo.refusal:
        return say("figure_placebo_refused", pool=pool, told=told)
    return say(
        "figure_placebo_told",
        pool=pool,
        told=told,
        draws=f"{placebo.draws:,}",
        expected=spell_points(placebo.expected),
        low=spell_points(placebo.low),
        high=spell_points(placebo.high),
    )


def _describe_pool(placebo: Placebo) -> Text:
    lines = [term(f"compared_{placebo.pool}")]
    if not placebo.refusal:
        lines.append(term("figure_pool_count", count=f"{placebo.controls.count:,}"))
        lines.append(_tell_expected(placebo))
    return join_lines(lines)


def _tell_expected(placebo: Placebo) -> Text:
    return term("figure_pool_mean", expected=spell_points(placebo.expected))


def _scale(axes: Axes, drawn: Sequence[Placebo]) -> None:
    """Let the axis, which all panels share, hold every random basket, the basket and zero."""
    axes.tick_params(labelsize=8)
    if not drawn:
        axes.set_xticks([])
        return
    places = np.concatenate([[0.0], *([each.mean, *each.edges] for each in drawn)])
    low, high = 100 * places.min(), 100 * places.max()
    axes.set_xlim(low - _MARGIN * (high - low), high + _MARGIN * (high - low))
    axes.xaxis.set_major_formatter(Signed())


def _draw_placebo(
    axes: Axes, placebo: Placebo, told: Text, letters: Lettering, palette: Palette
) -> None:
    words = letters.write(told)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if placebo.refusal:
        write_refusal(axes, words)
        return
    random = _draw_bars(axes, placebo, placebo.edges, _RANDOM)
    _mark_bars(random, placebo, letters.tell(term(f"compared_{placebo.pool}")))
    _draw_bars(axes, placebo, np.minimum(placebo.edges, placebo.low), palette.down_code)
    _draw_bars(axes, placebo, np.maximum(placebo.edges, placebo.high), palette.up_code)
    axes.axvline(0, color=INK, linewidth=0.8)
    expected = axes.axvline(
        100 * placebo.expected, color=INK, linewidth=1.0, linestyle=(0, (1, 1.5))
    )
    mark(letters.tell(_tell_expected(placebo)), expected)
    place = 100 * placebo.mean
    mark(letters.tell(told), axes.axvline(place, color=INK, linewidth=2.0))
    low, high = axes.get_xlim()
    left = place > (low + high) / 2
    axes.annotate(
        words,
        xy=(place, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="right" if left else "left",
        fontsize=8,
    )


def _draw_bars(axes: Axes, placebo: Placebo, edges: Floats, color: str) -> BarContainer:
    """Draw the random baskets between edges, which are the histogram's or a part of them."""
    width = 100 * np.diff(edges)
    shown = width > 0
    left, bars = 100 * edges[:-1][shown], placebo.bars[shown]
    return axes.bar(left, bars, width[shown], align="edge", color=color, linewidth=0)


def _mark_bars(bars: BarContainer, placebo: Placebo, pool: str) -> None:
    for bar, count in zip(bars, placebo.bars, strict=True):
        if count:
            low, high = bar.get_x(), bar.get_x() + bar.get_width()
            mark(f"{pool} {low:+z.1f} – {high:+z.1f}: {count:,} / {placebo.draws:,}", bar)
