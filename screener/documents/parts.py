"""Pieces of a text put together into a document's text and blocks."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from screener.documents.document import Block, Kind
from screener.documents.limits import LONGEST_TEXT, refuse_empty, refuse_long

# what cannot be seen: control characters, marks without width, halves of pairs
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
# signs before the lines of a list, among them those that a symbol font keeps for itself
BULLETS = "-–—•■◼◆◇●○▪▶►▸‣➢✓✔☑□❑❒❖⚫⚪⬤◦»·*\ue000-\uf8ff"
# the name of a field, left in a paper by its template
FIELD = re.compile(r"\[Table_\w{1,40}\]", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    r"""A piece of a document in reading order.

    Attributes
    ----------
    kind : {"heading", "paragraph", "item", "row"}
    text : str
        May hold "\n" where it is wrapped, "\f" where a page breaks, "\t" between cells.
    page : int or None
    depth : int
        Of a heading.
    """

    kind: Kind
    text: str
    page: int | None = None
    depth: int = 0


def clean(text: str) -> str:
    r"""Return a text without what cannot be seen; lines end in "\n"."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n")
    return _UNSEEN.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n\n"))


def put_together(parts: Iterable[Part], name: str) -> tuple[str, tuple[Block, ...]]:
    """Return the text that parts make, and their blocks in it.

    Raises
    ------
    InputError
        If there is no text, or too much.
    """
    pieces: list[str] = []
    blocks: list[Block] = []
    length, page = 0, None
    for part in parts:
        own = part.text.strip()
        if not own:
            continue
        gap = _gap(page, part, blocks)
        pieces += [gap, own]
        start = length + len(gap)
        length = start + len(own)
        blocks.append(Block(part.kind, start, length, part.page, part.depth))
        page = None if part.page is None else part.page + own.count("\f")
        if length > LONGEST_TEXT:
            raise refuse_long(name)
    if not blocks:
        raise refuse_empty(name)
    return "".join([*pieces, "\n"]), tuple(blocks)


def _gap(page: int | None, part: Part, blocks: list[Block]) -> str:
    if not blocks:
        return ""
    if page is not None and part.page is not None and part.page > page:
        return "\f" * (part.page - page)
    return "\n" if part.kind == "row" and blocks[-1].kind == "row" else "\n\n"
