"""Fonts for charts: Chinese where the machine can draw it, never empty boxes."""

from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

LATIN_FONT = "DejaVu Sans"
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


def legible(text: str) -> str:
    """Replace what matplotlib's own font, which is always there, cannot draw by a question mark.

    Examples
    --------
    >>> legible("Kunlun 昆仑")
    'Kunlun ??'
    """
    glyphs = _glyphs(font_manager.findfont(LATIN_FONT))
    return "".join(char if char.isspace() or ord(char) in glyphs else "?" for char in text)


@cache
def _glyphs(path: str) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())
