"""Fonts for charts: Chinese where the machine can draw it, never empty boxes."""

import unicodedata
from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

LATIN_FONT = "DejaVu Sans"
_REGULAR = 400
_MEASURED_SIZE, _FIXED_POINT = 100, 2**16
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Hiragino Sans GB",
    "Heiti SC",
    "Microsoft YaHei",
    "SimHei",
    "DengXian",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Droid Sans Fallback",
    "Arial Unicode MS",
)


def chinese_font(texts: Iterable[str]) -> str | None:
    """Return the name of an installed font that can draw all of the texts, or None.

    Parameters
    ----------
    texts : iterable of str
        Each character of each is looked up in the font itself.
    """
    wanted = {ord(char) for text in texts for char in text if not char.isspace()}
    installed = {entry.name: entry.fname for entry in font_manager.fontManager.ttflist}
    names = [name for name in _CHINESE if name in installed]
    return next((name for name in names if wanted <= _glyphs(installed[name])), None)


def weight_of(name: str) -> int:
    """Return the weight, of those that an installed font has, that is nearest to the regular 400.

    Asked for another, matplotlib would complain.
    """
    found = [entry.weight for entry in font_manager.fontManager.ttflist if entry.name == name]
    return min(
        (weight for weight in found if isinstance(weight, int)),
        key=lambda weight: abs(weight - _REGULAR),
        default=_REGULAR,
    )


def legible(text: str) -> str:
    """Replace what matplotlib's own font, which is always there, cannot draw by a question mark.

    Examples
    --------
    >>> legible("Kunlun 昆仑")
    'Kunlun ??'
    """
    glyphs = _glyphs(_own_file())
    return "".join(char if char.isspace() or ord(char) in glyphs else "?" for char in text)


def estimate_width(text: str) -> float:
    """Return how wide a line is in a font that is not known, at most, as a rule.

    Parameters
    ----------
    text : str
        A line.

    Returns
    -------
    float
        In units of the font's size: one for each wide letter, such as a Chinese one, and for
        the others their width in matplotlib's own font, which is a wide one.
    """
    return sum(map(_estimate_letter, text))


@cache
def _estimate_letter(char: str) -> float:
    if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0.0
    font = _own_font()
    if unicodedata.east_asian_width(char) in {"W", "F"} or ord(char) not in font.get_charmap():
        return 1.0
    return float(font.load_char(ord(char)).linearHoriAdvance / _FIXED_POINT / _MEASURED_SIZE)


@cache
def _own_file() -> str:
    # whatever weight the figure that is being drawn asks for
    wanted = font_manager.FontProperties(family=[LATIN_FONT], weight=_REGULAR)
    return str(font_manager.findfont(wanted))


@cache
def _own_font() -> FT2Font:
    font = FT2Font(_own_file())
    font.set_size(_MEASURED_SIZE, 72)
    return font


@cache
def _glyphs(path: str) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())
