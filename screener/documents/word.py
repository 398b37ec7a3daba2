"""Word files read as parts."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from screener.documents.parts import Part
from universes.errors import InputError

_MAIN = "word/document.xml"
_LARGEST_UNPACKED = 128 * 2**20
_MOST_FILES = 4_000
_HEADING = re.compile(r"(?:heading|标题|標題)\s*(\d)", re.IGNORECASE)
_ENTITY = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_HEAD = 4096


def is_word(data: bytes) -> bool:
    """Tell whether some bytes are a Word file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return _MAIN in packed.namelist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def read_word(data: bytes, name: str) -> tuple[list[Part], str, dt.date | None]:
    """Return the parts of a Word file, its title and the day it was made on.

    Raises
    ------
    InputError
        If it is damaged, or unpacks to more than a report can hold.
    """
    _check(data, name)
    from docx import Document as open_word  # noqa: N813, PLC0415 only a Word file needs it

    try:
        opened = open_word(io.BytesIO(data))
        parts = list(_read(opened))
        title = opened.core_properties.title or ""
        made = opened.core_properties.created
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 whatever a damaged file makes the library raise
        raise _damaged(name, str(error)) from None
    return parts, " ".join(title.split()), made.date() if made else None


def _check(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > _MOST_FILES or sum(e.file_size for e in entries) > _LARGEST_UNPACKED:
                raise InputError(
                    f"{name} unpacks to more than {_LARGEST_UNPACKED // 2**20} MB",
                    "save the report without its pictures",
                )
            for entry in entries:
                # the size that is declared need not be true, so what is read is limited too
                with packed.open(entry) as inside:
                    head = inside.read(_HEAD)
                    rest = len(head)
                    while chunk := inside.read(2**20):
                        rest += len(chunk)
                        if rest > max(entry.file_size, _HEAD):
                            raise _damaged(name, "it holds more than it declares")
                if entry.filename.endswith(".xml") and _ENTITY.search(head):
                    raise _damaged(name, "it declares entities")
    except (
        zipfile.BadZipFile,
        ValueError,
        OSError,
        NotImplementedError,
        EOFError,
        RuntimeError,
    ) as error:
        raise _damaged(name, str(error)) from None


def _damaged(name: str, why: str) -> InputError:
    return InputError(f"{name} is a damaged Word file: {why}", "open it and save it anew")


def _read(opened: Any) -> Iterator[Part]:  # noqa: ANN401 the library's own class is imported late
    from docx.table import Table  # noqa: PLC0415 as above

    for block in opened.iter_inner_content():
        if isinstance(block, Table):
            for row in block.rows:
                cells = list(dict.fromkeys((cell._tc, cell.text) for cell in row.cells))  # noqa: SLF001 merged cells are given again
                yield Part("row", "\t".join(" ".join(text.split()) for _, text in cells))
            continue
        style = block.style.name if block.style is not None else ""
        heading = _HEADING.match(style or "")
        if style == "Title":
            yield Part("heading", block.text, depth=1)
        elif heading:
            yield Part("heading", block.text, depth=int(heading[1]))
        else:
            yield Part("item" if "List" in (style or "") else "paragraph", block.text)
