"""The figure of the parts that the mean relative returns of baskets are made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from backtests.evidence.entries import Judgement
from backtests.evidence.names import name_basket
from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    Signed,
    fold,
    head,
    join_lines,
    mark,
    note_below,
    open_panels,
)
from backtests.figures.evidence import write_refusal
from backtests.figures.lettering import Lettering
from backtests.labels import say, term
from backtests.palette import PALETTES, Colors, Palette
from universes import InputError, Theme
from universes.text import Language, Text

_PARTS = ("breadth", "sector", "selection", "unsplit", "mean")
_COLUMNS = 3
_INCHES_AROUND, _INCHES_A_SPLIT, _INCHES_A_LINE = 1.3, 1.75, 0.14
_LETTERS_ACROSS, _NOTE_ACROSS, _MOST_LINES = 96, 170, 3
_TOTALS = "#6f7a86"
_UNSPLIT_HATCH = "////"
_ON_PAPER = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.4}


def plot_split(
    judgements: Sequence[Judgement],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
    themes: Sequence[Theme] = (),
) -> Chart:
    """Draw the parts that each basket's mean relative return is made of.

    Parameters
    ----------
    judgements : sequence of Judgement
        One or more of one horizon, drawn in this order. One that is not split is named below.
    language, colors, heading, themes
        As of `evidence.plot_placebo`.

    Returns
    -------
    Chart
        A panel for each basket, all on one scale in percentage points: breadth, sector and
        selection lead from zero to the mean. What cannot be told apart as sector and selection
        is hatched.

    Raises
    ------
    InputError
        If the horizons differ.
    """
    months = sorted({each.horizon_months for each in judgements})
    if len(months) > 1:
        raise InputError(f"judgements over {months} months", "draw one horizon at a time")
    title = head(heading, say("figure_split", months=months[0]))
    named = [(name_basket(each.basket, themes), list(_list_parts(each))) for each in judgements]
    split = [(name, parts) for name, parts in named if parts]
    columns = min(len(split), _COLUMNS) or 1
    rows = -(-len(split) // columns) or 1
    across = _LETTERS_ACROSS // columns
    folded = [(fold(name, across, _MOST_LINES), parts) for name, parts in split]
    below = _explain([name for name, parts in named if not parts], split)
    words = {key: term(key) for key in _PARTS if any(key == p.key for _, ps in split for p in ps)}
    letters = Lettering.choose(
        language, [title, below, *words.values(), *(name for name, _ in named)]
    )
    height = _INCHES_AROUND + rows * (_INCHES_A_SPLIT + _INCHES_A_LINE * _count_folds(folded))
    with open_panels(letters, height, title, rows, columns, share_y=True) as (chart, panels):
        if not split:
            write_refusal(panels[0], letters.write(below))
            panels[0].set_xticks([])
            chart.caption = below.get(letters.language)
            return chart
        for axes, (name, parts) in zip(panels, folded, strict=False):
            bars = _draw_split(axes, parts, list(words), PALETTES[colors])
            for bar, part in zip(bars, parts, strict=True):
                own = words[part.key].get(letters.language)
                mark(f"{letters.tell(name)}: {own} {part.height:+z.1f}", bar)
            axes.set_title(letters.write(name), fontsize=8.5, loc="left")
        _label_parts(panels, len(split), columns, [letters.write(word) for word in words.values()])
        note_below(chart, letters.write(below))
        chart.caption = "; ".join(_tell_split(name, parts, letters) for name, parts in split)
    return chart


def _count_folds(named: Sequence[tuple[Text, object]]) -> int:
    return max((name.get(own).count("\n") for name, _ in named for own in ("zh", "en")), default=0)


@dataclass(frozen=True)
class _Part:
    """A bar of a split, in percentage points."""

    key: str
    start: float
    height: float

    @property
    def end(self) -> float:
        return self.start + self.height


def _list_parts(judgement: Judgement) -> Iterator[_Part]:
    """Yield the parts that a basket has, and its mean; nothing where it is not split."""
    split = judgement.split
    if split is None:
        return
    apart = len(split.unsplit_picks)
    values = {"breadth": split.breadth}
    if apart < judgement.scored:
        values |= {"sector": split.sector, "selection": split.selection}
    if apart:
        values["unsplit"] = split.unsplit
    starts = accumulate(values.values(), initial=0.0)
    for (key, value), start in zip(values.items(), starts, strict=False):
        yield _Part(key, 100 * start, 100 * value)
    yield _Part("mean", 0.0, 100 * split.mean)


def _explain(left_out: Sequence[Text], split: Sequence[tuple[Text, list[_Part]]]) -> Text:
    if not split:
        return say("figure_split_none")
    lines = [say("figure_split_key")]
    if any(part.key == "unsplit" for _, parts in split for part in parts):
        lines.append(say("figure_split_unsplit"))
    if left_out:
        zh, en = "、".join(each.zh for each in left_out), ", ".join(each.en for each in left_out)
        lines.append(say("figure_split_left_out", baskets=Text(zh, en)))
    return fold(join_lines(lines), _NOTE_ACROSS)


def _draw_split(
    axes: Axes, parts: Sequence[_Part], keys: Sequence[str], palette: Palette
) -> list[Artist]:
    """Draw a basket's parts, each from where the one before ends; return their bars."""
    bars: list[Artist] = []
    for n, part in enumerate(parts):
        x = keys.index(part.key)
        hue = palette.up_code if part.height > 0 else palette.down_code
        bars += axes.bar(
            x,
            part.height,
            0.7,
            bottom=part.start,
            facecolor=_TOTALS if part.key == "mean" else hue,
            hatch=_UNSPLIT_HATCH if part.key == "unsplit" else "",
            edgecolor=INK if part.key == "mean" else PAPER,
            linewidth=0.8 if part.key == "mean" else 0,
        )
        up = part.height >= 0
        axes.annotate(
            f"{part.height:+z.1f}",
            xy=(x, part.end),
            xytext=(0, 2 if up else -2),
            textcoords="offset points",
            ha="center",
            va="bottom" if up else "top",
            fontsize=7,
            bbox=_ON_PAPER,
        )
        if n + 1 < len(parts):
            following = keys.index(parts[n + 1].key)
            axes.plot([x, following], [part.end] * 2, color=NEUTRAL, linewidth=0.7, zorder=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.yaxis.set_major_formatter(Signed())
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(labelsize=7)
    axes.tick_params(axis="x", length=0)
    axes.use_sticky_edges = False
    axes.margins(x=0.03, y=0.14)
    return bars


def _label_parts(panels: Sequence[Axes], count: int, columns: int, words: Sequence[str]) -> None:
    """Name the parts under the lowest panel of each column, and take unused panels away."""
    for axes in panels[count:]:
        axes.remove()
    panels[0].set_xticks(range(len(words)), words)
    for axes in panels[max(count - columns, 0) : count]:
        axes.tick_params(labelbottom=True)


def _tell_split(name: Text, parts: Sequence[_Part], letters: Lettering) -> str:
    own = letters.language
    told = ", ".join(f"{term(part.key).get(own)} {part.height:+z.1f}" for part in parts)
    return f"{name.get(own)}: {told}"
