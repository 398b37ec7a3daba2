"""PDFs read as parts, by a process of its own that may neither grow nor run without end."""

import datetime as dt
import json
import re
import subprocess
import sys
from typing import Any

from screener.documents.limits import MOST_PAGES, refuse_long
from screener.documents.parts import Part
from universes.errors import InputError

# a page takes a hundredth of a second; what takes longer than this was made to
_SECONDS = 60
_REFUSED = {
    "password": ("is encrypted", "open it with its password and save it without one"),
    "pages": (f"has more than {MOST_PAGES:,} pages", "save the report's own pages"),
    "none": (
        "has pages but no text: it is a scan",
        "run text recognition over it first, such as ocrmypdf, and draft what that writes",
    ),
    "damaged": ("is a damaged PDF", "download it again, or print it to a new PDF"),
}
_DAY = re.compile(r"D?:?(\d{4})(\d\d)(\d\d)")


def read_pdf(data: bytes, name: str) -> tuple[list[Part], str, dt.date | None, int]:
    """Return the parts of a PDF, its title, the day it was made on and how many pages it has.

    Raises
    ------
    InputError
        If it is encrypted, damaged, a scan or too large, or takes more memory or time than a
        report does.
    """
    told = _ask(data, name)
    if told.get("refused") == "long":
        raise refuse_long(name)
    if told.get("refused"):
        what, remedy = _REFUSED[told["refused"]]
        raise InputError(f"{name} {what}", remedy)
    parts = [Part(*row) for row in told["parts"]]
    return parts, told["title"], _read_day(told["made_on"]), told["pages"]


def _ask(data: bytes, name: str) -> dict[str, Any]:
    # native code reads the file, so it is kept apart from the rest
    command = [sys.executable, "-m", "screener.documents.pdf_worker"]
    try:
        done = subprocess.run(  # noqa: S603 our own module
            command, input=data, capture_output=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{name} takes more than {_SECONDS} seconds to read", "print it to a new PDF"
        ) from None
    if done.returncode:
        what, remedy = _REFUSED["damaged"]
        raise InputError(f"{name} {what}, or needs more memory than a report does", remedy)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _read_day(text: str) -> dt.date | None:
    found = _DAY.match(text)
    try:
        return dt.date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
