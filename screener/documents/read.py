"""The one way in: a file of any kind that reports come in, read as a `Document`."""

import hashlib
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from screener.documents.document import Document, Format
from screener.documents.encoding import decode
from screener.documents.limits import (
    LARGEST_FILE,
    LONGEST_TEXT,
    refuse_empty,
    refuse_long,
    refuse_size,
)
from screener.documents.parts import Part, clean, put_together
from universes.errors import InputError

if TYPE_CHECKING:
    import datetime as dt

STANDARD_INPUT = "-"

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_ENDINGS = {".html", ".htm", ".xhtml"}
_MARKDOWN_ENDINGS = {".md", ".markdown"}
_MARKDOWN = re.compile(r"(?m)^#{1,4} \S")
_OLD_WORD = b"\xd0\xcf\x11\xe0"


def read_document(path: str | Path, *, stdin: BinaryIO | None = None) -> Document:
    """Read a report.

    Parameters
    ----------
    path : str or Path
        Of a text, Markdown, HTML, PDF or Word file; "-" is standard input. What the file holds
        decides its format, and its ending only between text, Markdown and HTML.
    stdin : binary file, optional
        Needed for "-".

    Returns
    -------
    Document

    Raises
    ------
    InputError
        If it cannot be read, is too large, is encrypted or damaged, or holds no text; the
        message says what to do.
    """
    name = str(path)
    if name == STANDARD_INPUT and stdin is not None:
        data = stdin.read(LARGEST_FILE + 1)
        name = "standard input"
        if len(data) > LARGEST_FILE:
            raise refuse_size(name)
        return _read(data, STANDARD_INPUT, name, "")
    data = _read_file(Path(path))
    return _read(data, Path(path).name, name, Path(path).suffix.lower())


def _read_file(path: Path) -> bytes:
    try:
        _check_kind(path)
        return path.read_bytes()
    except InputError:
        # an error of a value as well, as a path is that cannot be one
        raise
    except FileNotFoundError:
        problem = ("there is no such file", "check the path")
    except PermissionError:
        problem = ("it may not be read", "change its permissions")
    except (OSError, ValueError) as error:
        problem = (f"it cannot be read: {error}", "check the path")
    raise InputError(f"{path}: {problem[0]}", problem[1])


def _check_kind(path: Path) -> None:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path} is a folder", "name the report's file in it")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path} is no regular file", "name a file, or - for standard input")
    if found.st_size > LARGEST_FILE:
        raise refuse_size(str(path))


def _read(data: bytes, name: str, shown: str, ending: str) -> Document:
    if not data.strip():
        raise refuse_empty(shown)
    parts: list[Part]
    title, encoding = "", ""
    made_on: dt.date | None = None
    pages: int | None = None
    form: Format
    if b"%PDF-" in data[:1024]:
        from screener.documents.pdf import read_pdf  # noqa: PLC0415 only a PDF needs its library

        form = "pdf"
        parts, title, made_on, pages = read_pdf(data, shown)
    elif data.startswith(b"PK"):
        from screener.documents.word import is_word, read_word  # noqa: PLC0415 as above

        if not is_word(data):
            raise InputError(
                f"{shown} is packed, but no Word file", "unpack it and name the report"
            )
        form = "docx"
        parts, title, made_on = read_word(data, shown)
    elif data.startswith(_OLD_WORD):
        raise InputError(f"{shown} is of an old Office format", "save it as .docx or PDF")
    else:
        form, parts, title, encoding, pages = _read_text(data, shown, ending)
    text, blocks = put_together(parts, shown)
    digest = hashlib.sha256(data).hexdigest()
    return Document(name, form, digest, text, blocks, encoding, pages, made_on, title)


def _read_text(
    data: bytes, shown: str, ending: str
) -> tuple[Format, list[Part], str, str, int | None]:
    raw, encoding = decode(data, shown)
    if len(raw) > LONGEST_TEXT * 4:
        raise refuse_long(shown)
    text = clean(raw)
    if ending in _HTML_ENDINGS or _HTML.match(text):
        from screener.documents.markup import read_html  # noqa: PLC0415 only a page needs it

        parts, title = read_html(text)
        return "html", parts, clean(title), encoding, None
    if ending in _MARKDOWN_ENDINGS or (not ending and _MARKDOWN.search(text)):
        from screener.documents.markup import read_markdown  # noqa: PLC0415 as above

        parts, title = read_markdown(text.replace("\f", "\n\n"))
        return "markdown", parts, title, encoding, None
    from screener.documents.furniture import drop_furniture, drop_unpaged  # noqa: PLC0415 as above
    from screener.documents.plain import cut  # noqa: PLC0415 as above

    paged = "\f" in text.strip("\f")
    text = drop_furniture(text) if paged else drop_unpaged(text)
    pages = text.count("\f") + 1 if paged else None
    return "text", list(cut(text, paged=paged)), "", encoding, pages
