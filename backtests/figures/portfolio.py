"""Figures of a portfolio through time: equity, drawdowns, weights."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from backtests.figures.chart import (
    INK,
    NO_TEXT,
    PAPER,
    Chart,
    head,
    mark,
    note,
    open_chart,
)
from backtests.figures.lettering import Lettering
from backtests.figures.lines import (
    Line,
    count_days,
    draw_lines,
    height_for,
    lay_out_dates,
    mark_decision,
)
from backtests.labels import say, term
from backtests.measures.equity import drawdowns
from backtests.palette import Colors
from backtests.portfolio.result import Run
from screener.calendar import Days
from screener.panel import Floats
from universes import Symbol
from universes.market import describe_benchmark
from universes.text import Language, Text

# light and dark by turns, so that neighbours differ in grey as well
_BANDS = (
    "#2f6fa8",
    "#e3a857",
    "#2e7d62",
    "#d99bbd",
    "#6a5a9e",
    "#8cc3de",
    "#8a5a33",
    "#b9b45a",
)
_GREY_BANDS = ("#5f666d", "#b3b9bf")
_CASH = "#c3c8cd"
_HATCHES = ("", "//", "..", "xx")
_HEIGHT = 4.4


def plot_equity(
    runs: Sequence[Run],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the executable equity of each run, the first's benchmark and every index.

    Parameters
    ----------
    runs : sequence of Run
        One or more of one backtest.
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        ``none`` draws in greys.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        Lines in percent of the initial cash, zero at the decision. Where a bar spans several
        sessions, marks stand at the closes that are known.
    """
    longest = max((run.curve for run in runs), key=lambda curve: len(curve.dates))
    first = runs[0].curve
    compared = {term("figure_blended"): (first.dates, first.benchmark)}
    for symbol, level in longest.indices.items():
        compared[describe_benchmark(Symbol.parse(symbol)).name] = (longest.dates, level)
    lines = [
        *(_gain(run.strategy.title, run.curve.dates, run.curve.equity) for run in runs),
        *(_gain(name, dates, level, aside=True) for name, (dates, level) in compared.items()),
    ]
    return _draw(runs, lines, head(heading, say("figure_equity")), language, colors)


def plot_drawdowns(
    runs: Sequence[Run],
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw how far the executable equity of each run is below its highest so far.

    Parameters
    ----------
    runs, language, colors, heading
        As of `plot_equity`.

    Returns
    -------
    Chart
        Lines in percent of the highest equity so far, zero or less; the number beside a name
        is the deepest.
    """
    lines = []
    for run in runs:
        values = 100 * drawdowns(run.curve.equity)
        deepest = f"{values.min():+.1f}%"
        lines.append(Line(run.strategy.title, deepest, run.curve.dates, values))
    return _draw(runs, lines, head(heading, say("figure_drawdowns")), language, colors)


def plot_weights(
    run: Run,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the weight of each theme and of cash through time, stacked up to the whole.

    Parameters
    ----------
    run : Run
    language, colors, heading
        As of `plot_equity`.

    Returns
    -------
    Chart
        Bands in percent of the equity, in the order of the themes, cash on top.
    """
    bands = _weigh_themes(run)
    title = head(heading, say("figure_weights", strategy=run.strategy.title))
    notes = _note_on([run])
    letters = Lettering.choose(language, [title, notes, *bands, _decided(run)])
    with open_chart(letters, _HEIGHT, title) as (chart, axes):
        _stack(axes, run, bands, letters, colors)
        note(axes, letters.write(notes))
        chart.caption = ", ".join(
            f"{name.get(letters.language)} {weights[-1]:.1f}%" for name, weights in bands.items()
        )
    return chart


def _gain(name: Text, dates: Days, level: Floats, *, aside: bool = False) -> Line:
    values = 100 * (level / level[0] - 1.0)
    return Line(name, f"{values[-1]:+.1f}%", dates, values, aside)


def _draw(
    runs: Sequence[Run], lines: Sequence[Line], title: Text, language: Language, colors: Colors
) -> Chart:
    notes = _note_on(runs)
    texts = [title, notes, say("figure_until", name="", day=""), _decided(runs[0])]
    letters = Lettering.choose(language, [*texts, *(line.name for line in lines)])
    with open_chart(letters, height_for(lines), title) as (chart, axes):
        draw_lines(axes, lines, letters, colors, sparse=_is_sparse(runs))
        mark_decision(axes, runs[0].curve.dates[0], letters)
        note(axes, letters.write(notes))
        chart.caption = ", ".join(
            f"{line.name.get(letters.language)} {line.number}" for line in lines
        )
    return chart


def _is_sparse(runs: Sequence[Run]) -> bool:
    return any(bool((run.curve.sessions > 1).any()) for run in runs)


def _note_on(runs: Sequence[Run]) -> Text:
    return say("figure_sparse") if _is_sparse(runs) else NO_TEXT


def _decided(run: Run) -> Text:
    return say("figure_decided", day=run.curve.dates[0])


def _weigh_themes(run: Run) -> dict[Text, Floats]:
    """Return the weights through time in percent, by the name of a theme, cash at the end."""
    curve = run.curve
    theme_of = {pick.key: pick.theme for pick in run.contributions}
    themes = np.array([theme_of[symbol] for symbol in curve.symbols])
    bands = {
        theme.name: 100 * curve.value[:, themes == theme.key].sum(axis=1) / curve.equity
        for theme in run.themes
    }
    return bands | {term("figure_cash"): 100 * curve.cash / curve.equity}


def _stack(
    axes: Axes, run: Run, bands: Mapping[Text, Floats], letters: Lettering, colors: Colors
) -> None:
    fills = _GREY_BANDS if colors == "none" else _BANDS
    days = count_days(run.curve.dates)
    below = np.zeros(len(days))
    for n, (name, weights) in enumerate(bands.items()):
        cash = n == len(bands) - 1
        band = axes.fill_between(
            days,
            below,
            below + weights,
            facecolor=_CASH if cash else fills[n % len(fills)],
            hatch=_HATCHES[n // len(fills) % len(_HATCHES)],
            edgecolor=PAPER,
            linewidth=0.6,
            label=letters.write_name(name),
        )
        mark(letters.tell(name, f"{weights[-1]:.1f}%"), band)
        below = below + weights
        if _is_sparse([run]) and not cash:
            axes.plot(days, below, ".", color=INK, markersize=1.6, alpha=0.6)
    lay_out_dates(axes, run.curve.dates[0], run.curve.dates[-1])
    axes.set_ylim(0, 100)
    axes.tick_params(labelsize=8)
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc="upper left",
        bbox_to_anchor=(1.01, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=7.5,
    )
    mark_decision(axes, run.curve.dates[0], letters)
