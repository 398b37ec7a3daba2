"""What every figure is made of: a chart, its panels, its marks, its spelling as PNG and SVG."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from textwrap import fill
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import ScalarFormatter

from backtests.figures.lettering import CUT, Lettering
from universes.text import Text

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# a page puts its own colours of text and of background in the place of these two
INK, PAPER = "#000000", "#ffffff"
NEUTRAL = "#9aa0a6"
NO_TEXT = Text("", "")
_WIDTH = 9
_WIDEST = 100
_MOST_LINES = 3
_FILE_DPI, _NOTEBOOK_DPI = 144, 64
_MARGINS = ("left", "right", "bottom", "top", "wspace", "hspace")
_UNDATED: dict[str, str | None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))


class Chart(Figure):
    """A figure that shows itself in a notebook, with no need of pyplot and its global state.

    Attributes
    ----------
    alt : str
        What it shows, for those who cannot see it.
    caption : str
        Its main numbers in words; not drawn.
    letters : Lettering
        What it is written in.
    marks : dict of str to str
        What each mark stands for, by the id of its artist; as `mark` put them.
    points : dict of str to list of str
        The same for each point of an artist of several; as `mark_points` put them.
    """

    def __init__(self, size: tuple[float, float], letters: Lettering) -> None:
        super().__init__(figsize=size, layout="tight")
        self.alt = ""
        self.caption = ""
        self.letters = letters
        self.marks: dict[str, str] = {}
        self.points: dict[str, list[str]] = {}

    def _repr_png_(self) -> bytes:
        return to_png(self, _NOTEBOOK_DPI)


def mark(text: str, artist: Artist, *over: Artist) -> None:
    """Say what a bar, a point, a cell or a line stands for; a page tells it where it is pointed at.

    Parameters
    ----------
    text : str
        Such as a name and a number.
    artist : Artist
        Of a `Chart`.
    over : Artist
        What else is drawn for it, upon it.
    """
    chart = _chart_of(artist)
    number = len(chart.marks) + 1
    artist.set_gid(f"mark-{number}")
    chart.marks[f"mark-{number}"] = text
    for place, each in enumerate(over, 1):
        each.set_gid(f"over-{number}-{place}")


def mark_points(texts: Sequence[str], line: Line2D) -> None:
    """Say what each point of a line that is drawn as points only stands for, as `mark`."""
    chart = _chart_of(line)
    gid = f"points-{len(chart.points) + 1}"
    line.set_gid(gid)
    chart.points[gid] = list(texts)


def _chart_of(artist: Artist) -> Chart:
    chart = artist.get_figure()
    if not isinstance(chart, Chart):
        raise TypeError("only what is drawn on a Chart can be marked")
    return chart


class Signed(ScalarFormatter):
    """Numbers of an axis with their sign, by a hyphen that every font has."""

    def __init__(self) -> None:
        super().__init__(useOffset=False, useMathText=False)
        self.set_scientific(False)

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Spell a number; zero has no sign."""
        return ("+" if x > 0 else "") + super().__call__(x, pos)

    @staticmethod
    def fix_minus(s: str) -> str:
        """Leave the hyphen as it is."""
        return s


def spell_points(value: float) -> str:
    """Spell a fraction in percentage points, with its sign.

    Examples
    --------
    >>> spell_points(0.1234), spell_points(-0.0001)
    ('+12.3', '+0.0')
    """
    return f"{100 * value:+z.1f}"


def fold(text: Text, width: int, most: int | None = None) -> Text:
    """Break the lines of a text where they are long.

    Parameters
    ----------
    text : Text
    width : int
        Latin letters on a line; Chinese ones are twice as wide.
    most : int, optional
        Lines that each may be broken into; what is longer is cut.
    """
    zh, en = (
        "\n".join(
            fill(line, letters, max_lines=most, placeholder=CUT) for line in lines.splitlines()
        )
        for lines, letters in ((text.zh, width // 2), (text.en, width))
    )
    return Text(zh, en)


def head(heading: Text, title: Text) -> Text:
    """Return the lines over a figure: a heading above its title, folded where they are long."""
    lines = [each for each in (heading, title) if each.en]
    return fold(join_lines(lines), _WIDEST, _MOST_LINES)


def join_lines(texts: Sequence[Text]) -> Text:
    """Return texts one under another."""
    return Text("\n".join(each.zh for each in texts), "\n".join(each.en for each in texts))


@contextmanager
def open_chart(letters: Lettering, height: float, title: Text) -> Iterator[tuple[Chart, Axes]]:
    """Begin a chart; what is drawn inside the block is drawn in its lettering.

    Parameters
    ----------
    letters : Lettering
    height : float
        Inches.
    title : Text
        Printed over the chart, and its ``alt``.
    """
    with open_panels(letters, height, title) as (chart, (axes,)):
        yield chart, axes


@contextmanager
def open_panels(
    letters: Lettering,
    height: float,
    title: Text,
    rows: int = 1,
    columns: int = 1,
    *,
    share_y: bool = False,
) -> Iterator[tuple[Chart, list[Axes]]]:
    """Begin a chart of several panels, row by row, that share the scale of their x axes.

    Parameters
    ----------
    letters, height, title
        As of `open_chart`.
    rows, columns : int
    share_y : bool
        Whether they share the scale of their y axes as well.
    """
    with settings(letters.settings):
        chart = Chart((_WIDTH, height), letters)
        FigureCanvasAgg(chart)
        grid = chart.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False)
        for axes in grid.flat:
            axes.spines[["top", "right"]].set_visible(False)
        chart.suptitle(letters.write(title), fontsize=10, x=0.01, ha="left")
        chart.alt = title.get(letters.language).replace("\n", " · ")
        yield chart, list(grid.flat)


@contextmanager
def settings(own: "dict[RcKeyType, Any]") -> Iterator[None]:
    """Draw by matplotlib's own settings but for these, whatever other libraries have set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(own)
        yield


def note(axes: Axes, text: str) -> None:
    """Print a text, which can be drawn, under a chart."""
    axes.set_xlabel(text, fontsize=7, loc="left")


def note_below(chart: Chart, text: str) -> None:
    """Print a text, which can be drawn, under all panels of a chart."""
    chart.supxlabel(text, fontsize=7, x=0.01, ha="left")


def to_png(figure: Figure, dpi: int = _FILE_DPI) -> bytes:
    """Spell a figure as PNG; the same figure gives the same bytes."""
    with _laid_out(figure, dpi):
        return _draw_png(figure)


def to_svg(figure: Figure) -> bytes:
    """Spell a figure as SVG; the same figure gives the same bytes.

    Letters are drawn as shapes, so that it looks the same on a machine without the font.
    """
    with _laid_out(figure, _FILE_DPI):
        return _draw_svg(figure)


def to_files(figure: Figure) -> tuple[bytes, bytes]:
    """Spell a figure as `to_png` and as `to_svg`, which takes less time together."""
    with _laid_out(figure, _FILE_DPI):
        return _draw_png(figure), _draw_svg(figure)


@contextmanager
def keep_layout(figure: Figure, dpi: int) -> Iterator[None]:
    """Let a figure be laid out otherwise inside the block; then put all back as it was."""
    canvas, before, engine = figure.canvas, figure.dpi, figure.get_layout_engine()
    margins = {name: getattr(figure.subplotpars, name) for name in _MARGINS}
    figure.dpi = dpi
    try:
        yield
    finally:
        figure.dpi = before
        figure.set_canvas(canvas)
        figure.set_layout_engine(engine)
        figure.subplots_adjust(**margins)


@contextmanager
def _laid_out(figure: Figure, dpi: int) -> Iterator[None]:
    """Lay a figure out once, as a picture, however often it is drawn inside the block."""
    own = figure.letters.settings if isinstance(figure, Chart) else {}
    with settings(own), keep_layout(figure, dpi):
        FigureCanvasAgg(figure)
        engine = figure.get_layout_engine()
        if engine:
            engine.execute(figure)
            figure.set_layout_engine("none")
        yield


def _draw_png(figure: Figure) -> bytes:
    out = io.BytesIO()
    canvas = cast("FigureCanvasAgg", figure.canvas)
    canvas.print_png(out, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return out.getvalue()


def _draw_svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "sector-screener", "svg.fonttype": "path"}):
        canvas = FigureCanvasSVG(figure)
        canvas.print_svg(out, metadata=_UNDATED)  # type: ignore[no-untyped-call]
    # matplotlib repeats each text in a comment beside its shapes
    return re.sub(rb"\s*<!--.*?-->", b"", out.getvalue(), flags=re.DOTALL)
