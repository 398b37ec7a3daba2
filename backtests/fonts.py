"""Fonts for charts: Chinese where the machine can draw it, never empty boxes."""

from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

_LATIN = "DejaVu Sans"
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


def drawable(text: str) -> bool:
    """Tell whether matplotlib's own font, which is always there, can draw a text."""
    path = font_manager.findfont(_LATIN)
    return {ord(char) for char in text if not char.isspace()} <= _glyphs(path)


@cache
def _glyphs(path: str) -> frozenset[int]:
    return frozenset(FT2Font(path).get_charmap())
