"""Makes the files of a weekly report."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from backtests.labels import say
from backtests.palette import Colors
from backtests.report.folder import Figures, draw_figures
from backtests.report.formats import render, to_json
from backtests.report.weekly.layout import lay_out_weekly
from backtests.report.weekly.message import write_message
from backtests.weekly.result import Weekly
from universes.content import hash_each
from universes.rating import edges
from universes.text import Language

if TYPE_CHECKING:
    from backtests.figures.chart import Chart


def make_files(
    weekly: Weekly, command: str, language: Language, colors: Colors = "china"
) -> dict[str, bytes]:
    """Return the files of a weekly report, by path inside its folder.

    The same week gives the same bytes. ``report`` in four formats is the whole, ``message.md``
    the short of it for chat, ``figures`` hold the charts, and ``manifest.json`` the hash of each.

    Parameters
    ----------
    weekly : Weekly
    command : str
        What makes it again.
    language : {"zh", "en"}
    colors : {"china", "west", "none"}
        China: red is up.
    """
    from backtests.figures.chart import to_png  # noqa: PLC0415 - matplotlib is slow
    from backtests.report.page import render_page  # noqa: PLC0415

    document = lay_out_weekly(weekly, command, language)
    shown, kept = draw_figures(list_figures(weekly, language, colors))
    figures = {f"figures/{name}.png": to_png(chart) for name, chart in kept.items()}
    files = {
        "report.html": render_page(document, shown, language, colors),
        "report.json": render(document, "json"),
        "report.md": render(document, "md"),
        "report.xlsx": render(document, "xlsx"),
        "message.md": render(write_message(document, weekly, language), "md"),
        **figures,
    }
    return {**files, "manifest.json": to_json(_list_files(weekly, files, command, language))}


def list_figures(weekly: Weekly, language: Language, colors: Colors) -> Figures:
    """Return what draws each figure, under the name of the table it belongs to."""
    from backtests.figures.portfolio import plot_equity  # noqa: PLC0415 - matplotlib is slow
    from backtests.figures.weekly import plot_course, plot_moves, plot_since  # noqa: PLC0415

    report, bounds = weekly.report, edges(weekly.scale.company, "scale")
    title = say(
        "figure_week",
        week=weekly.week.name,
        broker=report.broker,
        published=report.publication.date,
    )
    picks, look = weekly.picks, (language, colors, title)
    figures: dict[str, Callable[[], Chart]] = {}
    if weekly.course.has_line:
        figures["course"] = partial(plot_course, weekly.course, report.themes, *look)
    figures["moves"] = partial(plot_moves, picks, *look)
    figures["scorecard"] = partial(plot_since, picks, bounds, *look)
    if weekly.portfolio:
        figures["portfolio"] = partial(plot_equity, weekly.portfolio.runs, *look)
    return figures


def _list_files(
    weekly: Weekly, files: Mapping[str, bytes], command: str, language: Language
) -> dict[str, Any]:
    return {
        "report": weekly.report.id,
        "week": weekly.week.name,
        "language": language,
        "complete": weekly.complete,
        "problems": [each.code for each in weekly.problems],
        **weekly.provenance,
        "command": command,
        "files": hash_each(files),
    }
