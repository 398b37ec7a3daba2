"""Texts made comparable: plain signs, capital and simplified letters, no breaks inside a word."""

import re
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache

HAN = "一-鿿㐀-䶿"

_HAN_SIGN = re.compile(f"[{HAN}]")
_BLANK = re.compile(r"\s+")
# what markup leaves in a plain text: emphasis about a word
_MARKUP = re.compile(r"\*\*|__|``?")
_FIRST_CIRCLED, _LAST_CIRCLED = "①⑳"
_SIGNS = str.maketrans(
    dict.fromkeys("‐‑‒–−﹣", "-")
    | dict.fromkeys("∼〜˜", "~")
    | dict.fromkeys("“”„‟″「」『』", '"')
    | dict.fromkeys("‘’‚‛′", "'")
    | dict.fromkeys("【〔〖［", "[")
    | dict.fromkeys("】〕〗］", "]")
    | dict.fromkeys("﹑､", "、")
    | dict.fromkeys("•·‧∙・", "·")
)


@dataclass(frozen=True)
class Folded:
    """A stretch of a text as it is compared.

    Attributes
    ----------
    text : str
        Width, case and script folded; blanks run together, and none beside a Chinese letter.
    places : tuple of int
        For each character of ``text``, and for its end, where it stands in the whole text.
    """

    text: str
    places: tuple[int, ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` stands in the whole text."""
        return self.places[start], (self.places[end - 1] + 1 if end > start else self.places[end])

    def find(self, place: int) -> int:
        """Return the first character of ``text`` that stands at a place or behind it."""
        return bisect_left(self.places, place)


def fold(text: str, start: int = 0, end: int | None = None) -> Folded:
    r"""Fold a part of a text.

    Examples
    --------
    >>> fold("騰訊\n控股（００７００）  Tencent  Holdings").text
    '腾讯控股(00700) TENCENT HOLDINGS'
    """
    end = len(text) if end is None else end
    hidden = {n for found in _MARKUP.finditer(text, start, end) for n in range(*found.span())}
    signs: list[str] = []
    places: list[int] = []
    for place in range(start, end):
        if place in hidden:
            continue
        for sign in _fold_sign(text[place]):
            if sign == " " and (not signs or signs[-1] == " " or _HAN_SIGN.match(signs[-1])):
                continue
            if signs and signs[-1] == " " and _HAN_SIGN.match(sign):
                signs.pop()
                places.pop()
            signs.append(sign)
            places.append(place)
    return Folded("".join(signs), (*places, end))


def fold_name(name: str) -> str:
    """Return a name as it stands in folded text."""
    return fold(name).text.strip()


@cache
def _fold_sign(sign: str) -> str:
    if sign in "\t\v":
        # the cells of a row stay apart
        return "\t"
    if _FIRST_CIRCLED <= sign <= _LAST_CIRCLED:
        return f"({ord(sign) - ord(_FIRST_CIRCLED) + 1})"
    plain = unicodedata.normalize("NFKC", sign).upper().translate(_SIGNS)
    plain = _BLANK.sub(" ", plain)
    return "".join(map(_simplify, plain))


def _simplify(letter: str) -> str:
    if not _HAN_SIGN.match(letter):
        return letter
    # a single letter, as phrases would change the number of letters
    return str(_load_converter().convert(letter))


@cache
def _load_converter():  # type: ignore[no-untyped-def]  # noqa: ANN202
    from opencc import OpenCC  # noqa: PLC0415 only a text in Chinese needs it

    return OpenCC("t2s")
