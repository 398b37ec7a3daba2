"""What every figure is made of: a chart, its lettering, its spelling as PNG and SVG."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import ScalarFormatter

from backtests.fonts import LATIN_FONT, chinese_font, legible
from universes.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

# a page puts its own colours of text and of background in the place of these two
INK, PAPER = "#000000", "#ffffff"
NEUTRAL = "#9aa0a6"
NO_TEXT = Text("", "")
_WIDTH = 9
_WIDEST = 100
_FILE_DPI, _NOTEBOOK_DPI = 144, 64
_UNDATED: dict[str, str | None] = dict.fromkeys(("Date", "Creator", "Format", "Type"))


class Chart(Figure):
    """A figure that shows itself in a notebook, with no need of pyplot and its global state.

    Attributes
    ----------
    alt : str
        What it shows, for those who cannot see it.
    caption : str
        Its main numbers in words; not drawn.
    """

    alt: str = ""
    caption: str = ""

    def _repr_png_(self) -> bytes:
        return to_png(self, _NOTEBOOK_DPI)


@dataclass(frozen=True)
class Lettering:
    """The language and the font that a figure is written in.

    Attributes
    ----------
    language : {"zh", "en"}
    font : str
    """

    language: Language
    font: str

    @classmethod
    def choose(cls, language: Language, texts: Iterable[Text]) -> "Lettering":
        """Return Chinese lettering where a font can draw all of the texts, and else English."""
        font = chinese_font(text.zh for text in texts) if language == "zh" else None
        return cls("zh", font) if font else cls("en", LATIN_FONT)

    def write(self, text: Text) -> str:
        """Return a text as it can be drawn, its dollar signs kept from beginning mathematics."""
        own = text.get(self.language)
        return (own if self.language == "zh" else legible(own)).replace("$", r"\$")

    def write_security(self, name: Text, symbol: str) -> str:
        """Return a security's name and symbol; the symbol alone where the name has no letters."""
        own = name.get(self.language)
        known = self.language == "zh" or own == legible(own)
        return f"{self.write(name)}  {symbol}" if known else symbol


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


def fold(text: Text, width: int) -> Text:
    """Break the lines of a text where they are long.

    Parameters
    ----------
    text : Text
    width : int
        Latin letters on a line; Chinese ones are twice as wide.
    """
    zh, en = (
        "\n".join(fill(line, letters) for line in lines.splitlines())
        for lines, letters in ((text.zh, width // 2), (text.en, width))
    )
    return Text(zh, en)


def head(heading: Text, title: Text) -> Text:
    """Return the lines over a figure: a heading above its title, folded where they are long."""
    lines = [each for each in (heading, title) if each.en]
    return fold(join_lines(lines), _WIDEST)


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
    with _settings({"font.family": [letters.font], "axes.unicode_minus": False}):
        chart = Chart(figsize=(_WIDTH, height), layout="tight")
        FigureCanvasAgg(chart)
        grid = chart.subplots(rows, columns, sharex=True, sharey=share_y, squeeze=False)
        for axes in grid.flat:
            axes.spines[["top", "right"]].set_visible(False)
        chart.suptitle(letters.write(title), fontsize=10, x=0.01, ha="left")
        chart.alt = title.get(letters.language).replace("\n", " · ")
        yield chart, list(grid.flat)


@contextmanager
def _settings(own: "dict[RcKeyType, Any]") -> Iterator[None]:
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
    out = io.BytesIO()
    with _settings({}):
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()


def to_svg(figure: Figure) -> bytes:
    """Spell a figure as SVG; the same figure gives the same bytes.

    Letters are drawn as shapes, so that it looks the same on a machine without the font.
    """
    out = io.BytesIO()
    with _settings({"svg.hashsalt": "sector-screener", "svg.fonttype": "path"}):
        figure.savefig(out, format="svg", metadata=_UNDATED)
    # matplotlib repeats each text in a comment beside its shapes
    return re.sub(rb"\s*<!--.*?-->", b"", out.getvalue(), flags=re.DOTALL)
