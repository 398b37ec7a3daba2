"""Writes the old binary kind of workbook (.xls), which no library at hand writes."""

import datetime as dt
import struct
from collections.abc import Sequence

Cell = str | float | dt.date | None

_SECTOR = 512
_SMALLEST_STREAM = 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_EPOCH = dt.date(1899, 12, 30)
_DATE_STYLE = 1


def xls_book(rows: Sequence[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet: text, numbers and dates as a spreadsheet program keeps them."""
    return _contain(_stream(rows))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _begin(what: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, what, 0x0DBB, 0x07CC, 0, 6))


def _stream(rows: Sequence[Sequence[Cell]]) -> bytes:
    # the second style shows a number as a date (built-in format 14)
    styles = b"".join(_record(0x00E0, struct.pack("<HH16x", 0, form)) for form in (0, 14))
    head = _begin(0x0005) + _record(0x0042, struct.pack("<H", 1200)) + styles
    end = _record(0x000A, b"")
    name = b"\x06\x00Sheet1"
    start = len(head) + 4 + 6 + len(name) + len(end)
    listed = _record(0x0085, struct.pack("<IBB", start, 0, 0) + name)
    widest = max(len(row) for row in rows)
    size = _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, widest, 0))
    cells = b"".join(
        _cell(at, column, value) for at, row in enumerate(rows) for column, value in enumerate(row)
    )
    return head + listed + end + _begin(0x0010) + size + cells + end


def _cell(row: int, column: int, value: Cell) -> bytes:
    if value is None:
        return b""
    if isinstance(value, str):
        text = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
        return _record(0x0204, struct.pack("<HHH", row, column, 0) + text)
    if isinstance(value, dt.date):
        days = float((value - _EPOCH).days)
        return _record(0x0203, struct.pack("<HHHd", row, column, _DATE_STYLE, days))
    return _record(0x0203, struct.pack("<HHHd", row, column, 0, value))


def _contain(stream: bytes) -> bytes:
    """Put a stream into the container that such files are."""
    sectors = -(-max(len(stream), _SMALLEST_STREAM) // _SECTOR)
    stream = stream.ljust(sectors * _SECTOR, b"\0")
    chain = [_TABLE, _END, *range(3, 2 + sectors), _END]
    assert len(chain) <= _SECTOR // 4
    table = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    folder = (
        _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    ).ljust(_SECTOR, b"\0")
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, 1, 1, 0, _SMALLEST_STREAM, _END, 0, _END, 0, 0),
    )
    return head.ljust(_SECTOR, b"\xff") + table + folder + stream


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    spelled = name.encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII36xIQ", spelled, len(spelled) + 2, kind, 1, _FREE, _FREE, child, first, size
    )
