"""The words of a document that prove what a draft says."""

import re

from screener.documents.document import Block

_WHOLE, _ROOM = 240, 100
_END = re.compile(r"[。！？；\f]|[.!?] ")


def quote_of(text: str, block: Block, start: int, end: int) -> str:
    """Return the part of a text that is quoted for ``text[start:end]`` of one of its blocks.

    The block where it is short, otherwise the sentences that hold the place, otherwise what
    stands around it; always exactly as the text has it.
    """
    start, end = max(start, block.start), min(max(end, start + 1), block.end)
    if block.end - block.start <= _WHOLE:
        return text[block.start : block.end]
    near = max(block.start, start - _WHOLE)
    first = max((found.end() for found in _END.finditer(text, near, start)), default=near)
    last = _END.search(text, end, min(block.end, end + _WHOLE))
    until = last.end() if last else min(block.end, end + _WHOLE)
    if until - first > _WHOLE:
        first, until = max(first, start - _ROOM), min(until, end + _ROOM)
    return text[first:until].strip()
