"""The lines of a document as they are compared, and which of them stand at its front and end."""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from screener.documents.document import Block, Document
from universes.tables import read_toml

_LETTERS_FILE = Path(__file__).parent / "lines.toml"
# where the front page ends in a format without pages, and in one whose first page never ends
_FRONT_BLOCKS = 40
_FRONT_LINES = 150
_BACK_BLOCKS = 15
# what NFKC changes among the signs that reports use: blanks, radicals, full-width forms
_CHANGED = ((0xA0, 0xA1), (0x2000, 0x200B), (0x2E80, 0x3001), (0xF900, 0xFB00), (0xFF01, 0xFF65))
_LOW_LINE = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


@dataclass(frozen=True)
class Line:
    """A line of a block, without the blanks at its ends.

    Attributes
    ----------
    start : int
        Its place in the document's text.
    text : str
        As it stands.
    folded : str
        Of the same length, as `fold_signs` returns it.
    block : Block
        That it stands in.
    place : int
        Of that block, counted from 0.
    """

    start: int
    text: str
    folded: str
    block: Block
    place: int


@cache
def _load_signs() -> dict[int, str]:
    letters = read_toml(_LETTERS_FILE)
    traditional, simplified = letters.text("traditional"), letters.text("simplified")
    if len(traditional) != len(simplified):
        letters.fault("simplified", "is not as long as traditional", "pair the letters")
    letters.finish()
    letters.faults.raise_if_any()
    codes = (code for first, end in _CHANGED for code in range(first, end))
    plain = {code: unicodedata.normalize("NFKC", chr(code)) for code in codes}
    signs = {code: sign for code, sign in plain.items() if len(sign) == 1 and sign != chr(code)}
    signs |= {ord(sign): "\n" for sign in _LOW_LINE}
    return signs | {ord(old): new for old, new in zip(traditional, simplified, strict=True)}


def fold_signs(text: str) -> str:
    """Return a text with plain signs and simplified letters, each at its old place.

    Full-width forms and radicals become what NFKC makes of them where that is a single sign,
    traditional letters of the words that the rules name become simplified, and whatever ends a
    line or a page becomes a line feed.

    Examples
    --------
    >>> fold_signs("發佈日期：２０２４年６⽉")
    '发布日期:2024年6月'
    """
    return text.translate(_load_signs())


def read_lines(document: Document, folded: str) -> tuple[Line, ...]:
    """Return every line of a document that is not blank, in its order."""
    lines = []
    for place, block in enumerate(document.blocks):
        start = block.start
        for piece in folded[block.start : block.end].split("\n"):
            bare = piece.strip()
            first = start + len(piece) - len(piece.lstrip())
            if bare:
                text = document.text[first : first + len(bare)]
                lines.append(Line(first, text, bare, block, place))
            start += len(piece) + 1
    return tuple(lines)


def select_front(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines of the first page, or of the first blocks where there are no pages."""
    if not lines:
        return ()
    page = lines[0].block.page
    front = lines[:_FRONT_LINES]
    if page is None:
        first = lines[0].place
        return tuple(line for line in front if line.place < first + _FRONT_BLOCKS)
    return tuple(line for line in front if line.block.page == page)


def select_back(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Return the lines of the last blocks, where a house prints its name and address."""
    return tuple(line for line in lines if line.place > lines[-1].place - _BACK_BLOCKS)
