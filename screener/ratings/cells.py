"""What single cells of a table of recommendations say."""

import datetime as dt
import math
import re
import unicodedata
from typing import NamedTuple

from screener.sources.files.columns import MISSING

LONGEST_HORIZON = 120
_MISSING = {*(word.casefold() for word in MISSING), "<na>", "nat", "无", "無"}
_LONGEST_MISSING = max(map(len, _MISSING))
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SECOND = dt.timedelta(seconds=1)
_OLDEST = 1900
_LARGEST = 1e9
_HOUR, _DAY = 3600, 86400

_MOMENT = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d\d)(\d\d))"
    r"(?:[T ] *(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)? *(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)
_NUMBER = re.compile(r"\+?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"(\d{1,3})(\.0+)?", re.ASCII)
_SERIAL = re.compile(r"\d{5}(\.\d+)?", re.ASCII)
_PARTED = re.compile("[,，、;；]")
# of C0 and C1 all that do not count as blanks
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")


class Moment(NamedTuple):
    """When something was.

    Attributes
    ----------
    day : int
        Since 1970-01-01, in UTC where the offset is told, and otherwise where it was.
    seconds : int or None
        Since 1970-01-01 in UTC; None where the offset is not told.
    """

    day: int
    seconds: int | None


def is_missing(text: str) -> bool:
    """Tell whether a cell says nothing."""
    plain = text.strip()
    return len(plain) <= _LONGEST_MISSING and plain.casefold() in _MISSING


def is_printable(text: str) -> bool:
    """Tell whether a cell is free of control characters."""
    return _CONTROL.search(text) is None


def squeeze(text: str) -> str:
    """Return a text with its blanks run together; empty where it says nothing."""
    plain = " ".join(text.split())
    return "" if is_missing(plain) else plain


def read_authors(text: str) -> str:
    """Return the authors of a rating joined by 、, each once, in the order written."""
    names = (squeeze(name) for name in _PARTED.split(text))
    return "、".join(dict.fromkeys(name for name in names if name))


def read_moment(text: str) -> Moment | None:
    """Return a day, or a moment, or None where the text is neither."""
    found = _MOMENT.fullmatch(_plain(text))
    if not found:
        return None
    year, *dates, offset = found.groups()
    month, day = (int(part) for part in dates[:-3] if part)
    hour, minute, second = (int(part or 0) for part in dates[-3:])
    try:
        told = dt.datetime(int(year), month, day, hour, minute, second, tzinfo=dt.UTC)
    except ValueError:
        return None
    if told.year < _OLDEST:
        return None
    seconds = (told - _EPOCH) // _SECOND
    if not offset:
        return Moment(seconds // _DAY, None)
    ahead = _read_offset(offset)
    if ahead is None:
        return None
    return Moment((seconds - ahead) // _DAY, seconds - ahead)


def advise_date(text: str) -> str:
    """Return what to do about a cell that is no day."""
    if _SERIAL.fullmatch(_plain(text)):
        return "it may be a spreadsheet's count of days: give the column the format of dates"
    return "write it as 2024-06-17, or with its offset as 2024-06-17T12:15:00Z"


def read_price(text: str) -> float:
    """Return a positive number, NaN for a cell that says nothing, or 0.0 for what is neither."""
    plain = _plain(text)
    if is_missing(plain):
        return math.nan
    if not _NUMBER.fullmatch(plain):
        return 0.0
    value = float(plain)
    return value if value <= _LARGEST else 0.0


def read_months(text: str) -> int:
    """Return months from 1 to 120, 0 for a cell that says nothing, or -1 for what is neither."""
    plain = _plain(text)
    if is_missing(plain):
        return 0
    found = _WHOLE.fullmatch(plain)
    months = int(found[1]) if found else 0
    return months if 1 <= months <= LONGEST_HORIZON else -1


def _plain(text: str) -> str:
    text = text.strip()
    return text if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _read_offset(text: str) -> int | None:
    """Return seconds ahead of UTC, or None where nowhere is so far."""
    if text in "Zz":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 14 or minutes > 59:  # noqa: PLR2004 - the clock's own numbers
        return None
    ahead = hours * _HOUR + minutes * 60
    return -ahead if text[0] == "-" else ahead
