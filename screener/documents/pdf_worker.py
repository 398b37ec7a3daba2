"""The process that reads a PDF: bytes come in, its parts go out as JSON."""

import ctypes
import json
import sys
from collections.abc import Iterator
from typing import Any

from screener.documents.limits import LONGEST_TEXT, MOST_PAGES
from screener.documents.parts import clean
from screener.documents.pdf_layout import Segment, lay_out

Box = tuple[float, float, float, float]

_MOST_MEMORY = 2 * 2**30
_MOST_SECONDS = 50
# of the height of a letter: how far apart letters of one segment may stand
_JUMP, _DROP = 1.0, 0.5
_LINE_ENDS = {0, 10, 13, 0xFFFE, 0xFFFF}
_HYPHEN = 2
# how far a letter reaches from its base line, as a share of its font's height
_BELOW, _ABOVE = 0.15, 0.75


def main() -> None:
    """Read a PDF from standard input and print what it holds."""
    _limit()
    json.dump(_read(sys.stdin.buffer.read()), sys.stdout)


def _limit() -> None:
    try:
        import resource  # noqa: PLC0415 not every system has it
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, _MOST_MEMORY), (resource.RLIMIT_CPU, _MOST_SECONDS)):
        resource.setrlimit(kind, (most, most))


def _read(data: bytes) -> dict[str, Any]:
    import pypdfium2 as pdfium  # noqa: PLC0415 after the limits are set

    try:
        opened = pdfium.PdfDocument(data)
        count = len(opened)
    except pdfium.PdfiumError as error:
        return {"refused": "password" if "assword" in str(error) else "damaged"}
    if not count:
        return {"refused": "damaged"}
    if count > MOST_PAGES:
        return {"refused": "pages"}
    pages, letters = [], 0
    for number in range(count):
        try:
            page = opened[number]
            segments = list(_read_segments(pdfium.raw, page.get_textpage()))
        except pdfium.PdfiumError:
            # a page that cannot be shown holds nothing to read
            segments = []
        letters += sum(len(segment.text) for segment in segments)
        if letters > LONGEST_TEXT:
            return {"refused": "long"}
        pages.append(segments)
    if not letters:
        return {"refused": "none"}
    told = opened.get_metadata_dict()
    parts = [[part.kind, part.text, part.page, part.depth] for part in lay_out(pages)]
    title = " ".join(clean(told.get("Title", "")).split())
    return {"parts": parts, "title": title, "made_on": told.get("CreationDate", ""), "pages": count}


def _read_segments(raw: Any, textpage: Any) -> Iterator[Segment]:  # noqa: ANN401 the library's
    """Yield the letters of a page that stand together on a line."""
    handle = textpage.raw
    loose = raw.FS_RECTF()
    across, along = ctypes.c_double(), ctypes.c_double()
    letters: list[str] = []
    box = (0.0, 0.0, 0.0, 0.0)
    size = 0.0
    for place in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, place)
        # the box of the font, as a letter's own has no height where the font is not embedded
        if code in _LINE_ENDS or not raw.FPDFText_GetLooseCharBox(handle, place, loose):
            continue
        raw.FPDFText_GetCharOrigin(handle, place, across, along)
        sign = chr(code) if code != _HYPHEN else "-"
        own = max(loose.top - loose.bottom, 1.0)
        here = (loose.left, along.value - _BELOW * own, loose.right, along.value + _ABOVE * own)
        if sign.isspace():
            if letters and not letters[-1].isspace():
                letters.append(" ")
            continue
        if letters and not _is_beside(box, here, max(size, own)):
            yield Segment("".join(letters).strip(), *box, size)
            letters = []
        if not letters:
            box, size = here, own
        letters.append(sign)
        low, high = tuple(map(min, box, here)), tuple(map(max, box, here))
        box = (low[0], low[1], high[2], high[3])
        size = max(size, own)
    if letters:
        yield Segment("".join(letters).strip(), *box, size)


def _is_beside(box: Box, here: Box, size: float) -> bool:
    """Tell whether a letter goes on with a segment."""
    low, high = max(box[1], here[1]), min(box[3], here[3])
    same_line = high > low - 0.1 * size or abs(box[1] - here[1]) < _DROP * size
    return same_line and -0.5 * size <= here[0] - box[2] <= _JUMP * size


if __name__ == "__main__":
    main()
