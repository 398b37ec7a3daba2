"""The language and the font that figures are written in."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from backtests.direction import split_runs, without_controls
from backtests.fonts import LATIN_FONT, chinese_font, estimate_width, legible, weight_of
from universes.text import Language, Text

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

CUT = "..."
# in units of the font's size
_LONGEST_NAME = 24.0
_WEIGHTS: tuple["RcKeyType", ...] = (
    "font.weight",
    "axes.titleweight",
    "axes.labelweight",
    "figure.titleweight",
    "figure.labelweight",
)
_READERS_FONTS = ContextVar("_READERS_FONTS", default=False)


@dataclass(frozen=True)
class Lettering:
    """The language and the font that a figure is written in.

    Attributes
    ----------
    language : {"zh", "en"}
    font : str or None
        None where no font of this machine can draw all of it, so that only a page can show it.
    """

    language: Language
    font: str | None

    @classmethod
    def choose(cls, language: Language, texts: Iterable[Text]) -> "Lettering":
        """Return Chinese lettering where a font can draw all of the texts, and else English.

        Under `readers_fonts` it is in the language asked for in any case.
        """
        own = [text.get(language) for text in texts]
        if language == "zh":
            font = chinese_font(own)
        else:
            font = LATIN_FONT if all(map(_is_legible, own)) else None
        if font or _READERS_FONTS.get():
            return cls(language, font)
        return cls("en", LATIN_FONT)

    @property
    def settings(self) -> "dict[RcKeyType, Any]":
        """Of matplotlib, by which all is written in the font, and nothing that it may not have."""
        if self.font in {None, LATIN_FONT}:
            return {"font.family": [LATIN_FONT]}
        weights: dict[RcKeyType, Any] = dict.fromkeys(_WEIGHTS, weight_of(str(self.font)))
        return {"font.family": [self.font], "axes.unicode_minus": False, **weights}

    def write(self, text: Text) -> str:
        """Return a text as it can be drawn, its dollar signs kept from beginning mathematics."""
        own = without_controls(text.get(self.language))
        return (legible(own) if self.font == LATIN_FONT else own).replace("$", r"\$")

    def write_name(self, name: Text) -> str:
        """Return a name as `write`, cut where it would leave no room for the drawing."""
        return self.write(self.cut(name))

    def cut(self, name: Text) -> Text:
        """Return a name, cut where it would leave no room for the drawing."""
        return Text(_cut(name.zh), _cut(name.en))

    def write_security(self, name: Text, symbol: str) -> str:
        """Return a security's name and symbol; the symbol alone where the name has no letters."""
        own = name.get(self.language)
        if self.font == LATIN_FONT and not _is_legible(own):
            return symbol
        written = self.write_name(name)
        # what stands first gives the whole its direction
        turned = len(split_runs(own)) > 1
        return f"{symbol}  {written}" if turned else f"{written}  {symbol}"

    def tell(self, name: Text, *more: str) -> str:
        """Return a name, whole, and what is said with it; for a page, not to be drawn."""
        return " ".join([name.get(self.language), *more])


def _is_legible(text: str) -> bool:
    return text == legible(text)


def _cut(name: str) -> str:
    if estimate_width(name) <= _LONGEST_NAME:
        return name
    kept = name
    while estimate_width(kept + CUT) > _LONGEST_NAME:
        kept = kept[:-1]
    return kept.rstrip() + CUT


@contextmanager
def readers_fonts() -> Iterator[None]:
    """Draw figures for a page, whose reader has the fonts of the language asked for.

    Such a figure cannot be spelled as PNG where its letters have no font.
    """
    token = _READERS_FONTS.set(True)
    try:
        yield
    finally:
        _READERS_FONTS.reset(token)
