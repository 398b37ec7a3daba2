"""Figures of where a portfolio's return comes from: contributions, the bridge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    PAPER,
    Chart,
    Signed,
    head,
    mark,
    mark_points,
    note,
    open_chart,
)
from backtests.figures.lettering import Lettering
from backtests.labels import say, term
from backtests.palette import PALETTES, Colors, Palette
from backtests.portfolio.entries import Bridge, Contribution
from backtests.portfolio.result import Run
from screener.panel import Floats
from universes.text import Language, Text

_INCHES_A_BAR, _INCHES_A_STEP = 0.25, 0.36
_LEAST_BARS = 4
_TOTALS = "#6f7a86"
# currency and costs are hatched, so that they are told apart in grey as well
_PARTS = {"currency_gain": ("#6b7de0", "////"), "costs": ("#a8790f", "xxxx")}
_GREY_PARTS = {"currency_gain": ("#b3b9bf", "////"), "costs": ("#5f666d", "xxxx")}
# steps that fill less of the axis than this are drawn on a part of it
_LEAST_SHARE = 0.2


def plot_contributions(
    run: Run,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw what each pick added to the return, best at the top.

    Parameters
    ----------
    run : Run
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is up.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        Bars in percentage points of the initial cash: price and dividends, currency, costs;
        what adds stands right of zero and what takes away left of it. A mark and a number
        tell the total.
    """
    picks = sorted(run.contributions, key=lambda pick: (pick.total, pick.key))
    title = head(heading, say("figure_contributions", strategy=run.strategy.title))
    known = [term(key) for key in ("figure_up", "figure_down", *_PARTS, "total_gain")]
    names = [each.name for each in (*picks, *run.themes)]
    letters = Lettering.choose(language, [title, *known, *names])
    height = 1.6 + _INCHES_A_BAR * max(len(picks), _LEAST_BARS)
    with open_chart(letters, height, title) as (chart, axes):
        _draw_contributions(axes, picks, letters, colors)
        chart.caption = ", ".join(
            f"{theme.name.get(letters.language)} {100 * theme.total:+.1f}" for theme in run.themes
        )
    return chart


def plot_bridge(
    run: Run,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the way from the paper return over each step to the return after costs.

    Parameters
    ----------
    run, language, colors, heading
        As of `plot_contributions`.

    Returns
    -------
    Chart
        Bars in percent of the initial cash, steps of zero left out; a step is labelled in
        basis points. Where all steps together are short beside the return, the axis shows
        only the part that they lie on, and a line below says so.
    """
    steps = _list_steps(run.bridge)
    title = head(heading, say("figure_bridge", strategy=run.strategy.title))
    texts = [title, say("figure_cut"), term("figure_points", value=""), *(s.name for s in steps)]
    letters = Lettering.choose(language, texts)
    height = 1.4 + _INCHES_A_STEP * len(steps)
    with open_chart(letters, height, title) as (chart, axes):
        _draw_steps(axes, steps, letters, PALETTES[colors])
        if _cut_axis(axes, steps):
            note(axes, letters.write(say("figure_cut")))
        chart.caption = ", ".join(
            f"{step.name.get(letters.language)} {_number(step).get(letters.language)}"
            for step in steps
        )
    return chart


def _draw_contributions(
    axes: Axes, picks: Sequence[Contribution], letters: Lettering, colors: Colors
) -> None:
    palette, parts = PALETTES[colors], _GREY_PARTS if colors == "none" else _PARTS
    rows = np.arange(len(picks))
    own = np.array([100 * (pick.price + pick.dividends) for pick in picks])
    shown = {"currency_gain": [100 * pick.currency for pick in picks]}
    shown["costs"] = [100 * pick.costs for pick in picks]
    hues = [palette.up_code if value > 0 else palette.down_code for value in own]
    bars = axes.barh(rows, own, color=hues, label="price")
    _mark_parts(bars, picks, own, ("figure_up", "figure_down"), letters)
    right, left = np.maximum(own, 0.0), np.minimum(own, 0.0)
    for key, values in shown.items():
        hue, hatch = parts[key]
        width = np.array(values)
        start = np.where(width > 0, right, left)
        bars = axes.barh(
            rows, width, left=start, color=hue, hatch=hatch, edgecolor=PAPER, lw=0, label=key
        )
        _mark_parts(bars, picks, width, (key, key), letters)
        right, left = right + np.maximum(width, 0.0), left + np.minimum(width, 0.0)
    totals = [100 * pick.total for pick in picks]
    (points,) = axes.plot(totals, rows, "D", color=INK, ms=3, markeredgecolor=PAPER, mew=0.5)
    told = [letters.tell(pick.name, pick.key, f"{100 * pick.total:+.2f}") for pick in picks]
    mark_points(told, points)
    for row, total in enumerate(totals):
        at = right[row] if total >= 0 else left[row]
        _write_beside(axes, at, row, f"{total:+.2f}", right=total >= 0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(rows, [letters.write_security(pick.name, pick.key) for pick in picks])
    axes.tick_params(labelsize=8)
    axes.xaxis.set_major_formatter(Signed())
    axes.use_sticky_edges = False
    axes.margins(x=0.12, y=0.01)
    _explain_parts(axes, palette, parts, letters)


def _mark_parts(
    bars: BarContainer,
    picks: Sequence[Contribution],
    values: Floats,
    words: tuple[str, str],
    letters: Lettering,
) -> None:
    """Mark the bars of a part by its words for what adds and for what takes away."""
    for bar, pick, value in zip(bars, picks, values, strict=True):
        if value:
            part = term(words[int(value < 0)]).get(letters.language)
            mark(letters.tell(pick.name, pick.key, part, f"{value:+.2f}"), bar)


def _explain_parts(
    axes: Axes, palette: Palette, parts: Mapping[str, tuple[str, str]], letters: Lettering
) -> None:
    handles: list[Patch | Line2D] = [
        Patch(color=palette.up_code, label=letters.write(term("figure_up"))),
        Patch(color=palette.down_code, label=letters.write(term("figure_down"))),
    ]
    for key, (hue, hatch) in parts.items():
        label = letters.write(term(key))
        handles.append(Patch(facecolor=hue, hatch=hatch, edgecolor=PAPER, lw=0, label=label))
    total = letters.write(term("total_gain"))
    handles.append(Line2D([], [], marker="D", color=INK, markersize=3, ls="", label=total))
    axes.legend(
        handles=handles,
        ncols=len(handles),
        loc="lower left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=7.5,
        handlelength=1.2,
        columnspacing=1.2,
    )


@dataclass(frozen=True)
class _Step:
    """A bar of the bridge, in percent of the initial cash."""

    name: Text
    start: float
    width: float
    whole: bool

    @property
    def end(self) -> float:
        return self.start + self.width


def _list_steps(bridge: Bridge) -> list[_Step]:
    named = {"execution": bridge.execution}
    named |= {f"code_{code}": cost for code, cost in bridge.costs.items()}
    kept = {key: 100 * value for key, value in named.items() if value}
    paper = _Step(term("paper"), 0.0, 100 * bridge.paper, whole=True)
    after = _Step(term("after_costs"), 0.0, 100 * bridge.after_costs, whole=True)
    starts = accumulate(kept.values(), initial=paper.end)
    steps = [
        _Step(term(key), start, width, whole=False)
        for (key, width), start in zip(kept.items(), starts, strict=False)
    ]
    return [paper, *steps, after]


def _number(step: _Step) -> Text:
    if step.whole:
        return Text(f"{step.width:+.2f}%", f"{step.width:+.2f}%")
    points = 100 * step.width
    return term("figure_points", value=f"{points:+.1f}" if abs(points) >= 1 else f"{points:+.2g}")


def _draw_steps(axes: Axes, steps: Sequence[_Step], letters: Lettering, palette: Palette) -> None:
    for row, step in enumerate(steps):
        hue = palette.up_code if step.width > 0 else palette.down_code
        (bar,) = axes.barh(row, step.width, left=step.start, color=_TOTALS if step.whole else hue)
        mark(letters.tell(step.name, _number(step).get(letters.language)), bar)
        at = max(step.start, step.end) if step.end >= 0 else min(step.start, step.end)
        _write_beside(axes, at, row, letters.write(_number(step)), right=step.end >= 0)
        if row + 1 < len(steps):
            axes.plot([step.end] * 2, [row, row + 1], color=NEUTRAL, linewidth=0.7, zorder=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(steps)), [letters.write(step.name) for step in steps])
    axes.invert_yaxis()
    axes.tick_params(labelsize=8)
    axes.xaxis.set_major_formatter(Signed())
    axes.use_sticky_edges = False
    axes.margins(x=0.15, y=0.02)


def _cut_axis(axes: Axes, steps: Sequence[_Step]) -> bool:
    """Show only the part of the axis that short steps lie on; tell whether it was cut."""
    ends = [step.end for step in steps]
    low, high = min(ends), max(ends)
    span, longest = high - low, max(abs(low), abs(high))
    if not 0 < span < _LEAST_SHARE * longest:
        return False
    up = low > 0
    axes.set_xlim(low - span * (0.25 if up else 0.4), high + span * (0.4 if up else 0.25))
    edge = 0.015 if up else 0.985
    for row in (0, len(steps) - 1):
        for shift in (0.0, 0.008):
            across = [edge + shift - 0.004, edge + shift + 0.004]
            axes.plot(
                across,
                [row + 0.5, row - 0.5],
                transform=axes.get_yaxis_transform(),
                color=PAPER,
                linewidth=1.5,
            )
    return True


def _write_beside(axes: Axes, at: float, row: int, text: str, *, right: bool) -> None:
    axes.annotate(
        text,
        xy=(at, row),
        xytext=(4 if right else -4, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=7.5,
    )
