"""The rows of a CSV file as bytes: which lines belong together, and in which encoding each is."""

import codecs
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from universes import InputError
from universes.houses import Houses

# the encodings of East Asian text whose commas, quotation marks and line ends are those of ASCII
GB, BIG5 = "gb18030", "big5hkscs"
_NAMED = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": GB,
    "gbk": GB,
    "gb2312": GB,
    "big5": BIG5,
    "big5hkscs": BIG5,
    "cp950": BIG5,
}
_BLOCK = 2**16
_COMMA, _QUOTE, _BREAK, _SPACE, _TAB = b',"\n \t'
# a row that a quotation mark leaves open is looked for no further
_MOST_LINES = 64
_FIELD = rb'(?:"(?:[^"]++|"")*+"|[^",\n][^,\n]*+|)'
_CLOSED = re.compile(rb"%b(?:,%b)*+" % (_FIELD, _FIELD))
_OPEN = re.compile(rb'(?:%b,)*+"(?:[^"]++|"")*+' % _FIELD)

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]


def name_encoding(name: str) -> str:
    """Return the codec of an encoding's name.

    Raises
    ------
    InputError
        If it is none of those that tables come in.
    """
    try:
        return _NAMED[codecs.lookup(name).name]
    except (LookupError, ValueError):
        raise InputError(
            f"unknown encoding {name!r}", "write one of: utf-8, utf-16, gb18030, gbk, big5"
        ) from None


def as_bytes(content: bytes, encoding: str | None) -> tuple[bytes, bool]:
    """Return a text file with line ends of one byte, and whether it had to be UTF-16.

    Where it was, it is UTF-8 now, with U+FFFD for what could not be read.
    """
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if encoding is not None:
        wide = encoding.startswith("utf-16")
    if wide:
        text = content.decode(encoding or "utf-16", "replace")
        content = text.removeprefix("\ufeff").encode()
    content = content.removeprefix(codecs.BOM_UTF8)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return content if content.endswith(b"\n") else content + b"\n", wide


def split_record(text: str) -> list[str]:
    """Return the fields of one row, line breaks in them as blanks."""
    if '"' not in text:
        return text.split(",")
    cells = next(csv.reader([text], strict=True))
    return [cell.replace("\n", " ") for cell in cells] if "\n" in text else cells


class Lines:
    """The lines of a text, each ended by one byte.

    Attributes
    ----------
    content : bytes
    starts, ends : ndarray of int64, shape (L,)
        Each line's first byte, and that of its end.
    fields : ndarray of int64, shape (L,)
        Fields in each, right where it is regular.
    regular : ndarray of bool, shape (L,)
        Whether each quotation mark encloses a field or stands doubled in one, all on this line:
        then the line is a row, unless one that began above goes on.
    blank : ndarray of bool, shape (L,)
        Whether nothing but blanks and commas is there.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        buffer = np.frombuffer(content, np.uint8)
        self.ends: Places = np.flatnonzero(buffer == _BREAK)
        self.starts: Places = np.concatenate([[0], self.ends[:-1] + 1])
        self.regular: Flags = np.ones(len(self.starts), np.bool_)
        commas = np.flatnonzero(buffer == _COMMA)
        spaces = np.flatnonzero((buffer == _SPACE) | (buffer == _TAB))
        counts = self._count(commas)
        self.blank: Flags = self.ends - self.starts == counts + self._count(spaces)
        self.fields: Places = 1 + counts
        marks = np.flatnonzero(buffer == _QUOTE)
        self._quotes: Places = self._count(marks)
        if len(marks):
            self._weigh_quotes(buffer, marks, commas)

    def __len__(self) -> int:
        return len(self.starts)

    def span(self, first: int, last: int) -> bytes:
        """Return some lines without the end of the last."""
        return self.content[self.starts[first] : self.ends[last]]

    def find_foreign(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are no UTF-8, by number."""
        return self._find(_is_utf8)

    def find_beyond_ascii(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that hold more than ASCII, by number."""
        return self._find(bytes.isascii)

    def _find(self, plain: Callable[[bytes], bool]) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not plain; a block of plain lines is looked at as a whole."""
        for first, last in self._blocks():
            block = self.span(first, last)
            if not plain(block):
                for n, line in enumerate(block.split(b"\n"), first):
                    if not plain(line):
                        yield n, line

    def _count(self, places: Places) -> Places:
        """Return how many of some sorted places are on each line."""
        return np.diff(np.searchsorted(places, self.ends), prepend=0)

    def join(self, width: int) -> Iterator[tuple[int, int, str]]:
        """Yield each row that begins on a line that is not regular: its first and last line.

        Parameters
        ----------
        width : int
            Fields of the header. An open quotation mark takes in the lines below up to the one
            that closes it only where they make a row of so many fields together; otherwise the
            line stands alone.

        Yields
        ------
        first, last : int
        fault : str
            What is wrong with the row; empty where it is sound.
        """
        quoted = np.flatnonzero(self._quotes)
        free = 0
        for first in np.flatnonzero(~self.regular).tolist():
            if first < free:
                continue
            last, fault = self._close(first, width, quoted)
            free = last + 1
            yield first, last, fault

    def _close(self, first: int, width: int, quoted: Places) -> tuple[int, str]:
        place = int(np.searchsorted(quoted, first, "right"))
        for last in (first, *quoted[place : place + _MOST_LINES].tolist()):
            if last - first > _MOST_LINES:
                break
            text = self.span(first, last)
            if _CLOSED.fullmatch(text):
                count = len(split_record(text.decode("latin-1")))
                if count == width:
                    return last, ""
                if last == first:
                    return first, tell_width(count, width)
                break
            if not _OPEN.fullmatch(text):
                break
        return first, "a quotation mark is out of place"

    def _blocks(self) -> Iterator[tuple[int, int]]:
        """Yield the first and last lines of blocks of some size."""
        cuts = np.searchsorted(self.starts, np.arange(0, len(self.content), _BLOCK))
        firsts = np.unique(cuts[cuts < len(self)])
        yield from zip(firsts.tolist(), [*(firsts[1:] - 1).tolist(), len(self) - 1], strict=True)

    def _weigh_quotes(self, buffer: npt.NDArray[np.uint8], marks: Places, commas: Places) -> None:
        """Find the lines that are not regular, and take off the commas inside of fields."""
        begun = np.cumsum(self._quotes) - self._quotes
        line = np.repeat(np.arange(len(self)), self._quotes)
        opening = (np.arange(len(marks)) - begun[line]) % 2 == 0
        # before the first byte stands, in effect, the last: the end of a line
        beside = buffer[np.where(opening, marks - 1, marks + 1)]
        self.regular[self._quotes % 2 == 1] = False
        self.regular[line[~np.isin(beside, (_COMMA, _QUOTE, _BREAK))]] = False
        line = np.repeat(np.arange(len(self)), self.fields - 1)
        inside = (np.searchsorted(marks, commas) - begun[line]) % 2 == 1
        self.fields -= np.bincount(line[inside], minlength=len(self))


def tell_width(count: int, width: int) -> str:
    """Say that a row has more or fewer fields than the header."""
    return f"{count} fields, not {width}"


class Decoder:
    """Reads rows that are no UTF-8.

    Parameters
    ----------
    encodings : sequence of str
        To be tried, in order.
    houses : Houses
        Knows which readings are words.
    rating, house : int
        Where these columns stand.
    """

    def __init__(self, encodings: Sequence[str], houses: Houses, rating: int, house: int) -> None:
        self._encodings = encodings
        self._houses = houses
        self._rating = rating
        self._house = house
        self._orders: dict[tuple[bytes, bytes], Sequence[str]] = {}

    def decode(self, row: bytes) -> str | None:
        """Return a row as text, or None where it is none in any of the encodings.

        Where several can read it, that one counts in which the rating is a known word, or
        failing that the house a known one, or failing that the first.
        """
        for encoding in self._order(row):
            text = read(row, encoding)
            if text is not None:
                return text
        return None

    def expect(self, row: bytes) -> str:
        """Return the encoding that is tried first; empty where there is none to try."""
        return next(iter(self._order(row)), "")

    def show(self, row: bytes) -> str:
        """Return a row as text as far as it goes; bytes that are none are escaped."""
        readings = (read(row, encoding) for encoding in ("utf-8", *self._encodings))
        found = next((text for text in readings if text is not None), None)
        return row.decode(errors="backslashreplace") if found is None else found

    def _order(self, row: bytes) -> Sequence[str]:
        if len(self._encodings) <= 1:
            return self._encodings
        cells = row.split(b",") if b'"' not in row else _split_bytes(row)
        rating, house = cells[self._rating], cells[self._house]
        found = self._orders.get((rating, house))
        if found is None:
            found = self._orders[rating, house] = self._sort(rating, house)
        return found

    def _sort(self, rating: bytes, house: bytes) -> list[str]:
        """Return the encodings that can read two cells, the best known reading first."""
        found = []
        for encoding in self._encodings:
            word, name = read(rating, encoding), read(house, encoding)
            if word is not None and name is not None:
                unknown = not self._houses.is_word(word), self._houses.find(name) is None
                found.append((unknown, encoding))
        return [encoding for _, encoding in sorted(found, key=itemgetter(0))]


def _split_bytes(row: bytes) -> list[bytes]:
    return [cell.encode("latin-1") for cell in split_record(row.decode("latin-1"))]


def read(row: bytes, encoding: str) -> str | None:
    """Return bytes as text, or None where they are none in an encoding."""
    try:
        return row.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True
