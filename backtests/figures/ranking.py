"""The figure of a ranking: the sources with their intervals."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from matplotlib.axes import Axes

from backtests.figures.chart import (
    INK,
    NEUTRAL,
    NO_TEXT,
    Chart,
    Signed,
    fold,
    head,
    join_lines,
    mark,
    note_below,
    open_chart,
    spell_points,
)
from backtests.figures.evidence import write_refusal
from backtests.figures.lettering import Lettering
from backtests.fonts import LATIN_FONT, chinese_font
from backtests.labels import say, term
from backtests.palette import PALETTES, Colors
from backtests.ranking.pooled import best_and_worst
from backtests.ranking.result import Ranking, SourceScore, Word
from universes.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.artist import Artist

_INCHES_AROUND, _INCHES_A_SOURCE = 1.9, 0.25
_LEAST_ROWS = 4
_DRAWN_OF_AN_END = 20
_NOTE_ACROSS = 170
_UNTOLD = "#6f7a86"
_SIGNS: Mapping[Word, str] = {"skilled": "^", "worse_than_chance": "v", "cannot_tell": "o"}


def plot_ranking(
    ranking: Ranking,
    language: Language = "en",
    colors: Colors = "china",
    heading: Text = NO_TEXT,
) -> Chart:
    """Draw the shrunken mean of each source with its interval, best at the top.

    Parameters
    ----------
    ranking : Ranking
    language : {"zh", "en"}
        Chinese falls back to English where no installed font can draw it.
    colors : {"china", "west", "none"}
        China: red is skilled.
    heading : Text
        Printed over the title.

    Returns
    -------
    Chart
        A mark for each source at the horizon ranked at, in percentage points; its shape tells
        the verdict, a fainter one the mean before shrinking. Of more than 40 sources the best
        and the worst 20 are drawn, and a line below says so.
    """
    best, worst = best_and_worst(ranking.ranked, _DRAWN_OF_AN_END)
    title = head(heading, say("ranking_figure_title", months=ranking.at))
    ranked = sum(each.rank is not None for each in ranking.ranked)
    below = _explain(ranked - len(best) - len(worst)) if best else say("ranking_figure_empty")
    names = [Text(each.source, each.source) for each in (*best, *worst)]
    letters = _choose_letters(language, [title, below], names)
    # an empty place parts the worst from the best
    drawn: list[SourceScore | None] = [*best, *([None, *worst] if worst else [])]
    height = _INCHES_AROUND + _INCHES_A_SOURCE * max(len(drawn), _LEAST_ROWS)
    with open_chart(letters, height, title) as (chart, axes):
        if not best:
            write_refusal(axes, letters.write(below))
            axes.set_xticks([])
            return chart
        _draw_average(axes, ranking)
        for row, each in enumerate(drawn):
            if each:
                _draw_source(axes, row, each, letters, colors)
        _lay_out_rows(axes, drawn, letters)
        note_below(chart, letters.write(below))
        chart.caption = _sum_up(best[0], (worst or best)[-1]).get(letters.language)
    return chart


def _choose_letters(language: Language, texts: Sequence[Text], names: Sequence[Text]) -> Lettering:
    """Return lettering that has the letters of names too, which may be Chinese in English text."""
    letters = Lettering.choose(language, [*texts, *names])
    if letters.language == language == "en":
        font = chinese_font(text.en for text in (*texts, *names))
        written = letters.font == LATIN_FONT and Lettering.choose("en", names).font == LATIN_FONT
        return letters if written or not font else Lettering("en", font)
    return letters


def _explain(left_out: int) -> Text:
    lines = [say("ranking_figure_key")]
    if left_out:
        lines.append(say("ranking_figure_left_out", count=_DRAWN_OF_AN_END, more=left_out))
    return fold(join_lines(lines), _NOTE_ACROSS)


def _draw_average(axes: Axes, ranking: Ranking) -> None:
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    mu = next(each.mu for each in ranking.pooled if each.horizon_months == ranking.at)
    if mu is not None:
        line = axes.axvline(100 * mu, color=NEUTRAL, linewidth=1.0, linestyle=(0, (1, 1.5)))
        mark(spell_points(mu), line)


def _draw_source(
    axes: Axes, row: int, score: SourceScore, letters: Lettering, colors: Colors
) -> None:
    palette = PALETTES[colors]
    hues: Mapping[Word, str] = {
        "skilled": palette.up_code,
        "worse_than_chance": palette.down_code,
        "cannot_tell": _UNTOLD,
    }
    hue, sign = hues[score.verdict], _SIGNS[score.verdict]
    over: list[Artist] = []
    if score.shrunk_low is not None and score.shrunk_high is not None:
        ends = [100 * score.shrunk_low, 100 * score.shrunk_high]
        over += axes.plot(ends, [row, row], color=hue, linewidth=1.2, zorder=2)
    if score.mean is not None:
        over += axes.plot([100 * score.mean], [row], "|", color=NEUTRAL, markersize=9, zorder=2)
    if score.shrunk is not None:
        size = 5 if score.verdict == "cannot_tell" else 7
        (dot,) = axes.plot([100 * score.shrunk], [row], sign, color=hue, markersize=size, zorder=3)
        told = _tell(score).get(letters.language)
        mark(letters.tell(Text(score.source, score.source), told), dot, *over)


def _tell(score: SourceScore) -> Text:
    return say(
        "ranking_figure_told",
        mean=_spell(score.shrunk),
        low=_spell(score.shrunk_low),
        high=_spell(score.shrunk_high),
        raw=_spell(score.mean),
        verdict=term(f"ranking_verdict_{score.verdict}"),
    )


def _spell(value: float | None) -> str:
    return "-" if value is None else spell_points(value)


def _lay_out_rows(axes: Axes, drawn: Sequence[SourceScore | None], letters: Lettering) -> None:
    labels = [
        letters.write_security(Text(each.source, each.source), f"#{each.rank} n={each.n}")
        if each
        else "···"
        for each in drawn
    ]
    axes.set_yticks(range(len(drawn)), labels)
    axes.set_ylim(len(drawn) - 0.4, -0.6)
    axes.tick_params(labelsize=8)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=NEUTRAL, alpha=0.2, linewidth=0.6)
    axes.xaxis.set_major_formatter(Signed())


def _sum_up(best: SourceScore, worst: SourceScore) -> Text:
    spelled = [f"{each.source} {_spell(each.shrunk)}" for each in (best, worst)]
    return say("ranking_figure_caption", best=spelled[0], worst=spelled[1])
