"""CSV tables read record by record, with all the faults of a file and their lines."""

import csv
import io
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from universes import Fault, FaultyFileError, InputError

T = TypeVar("T")

_MOST_FAULTS = 8


class Faults:
    """The faults of one file; only so many are kept, all are counted.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._faults: list[Fault] = []
        self._count = 0

    def add(self, line: int | None, key: str, message: str, remedy: str) -> None:
        """Note a fault; see `universes.Fault`."""
        self._count += 1
        if len(self._faults) < _MOST_FAULTS:
            self._faults.append(Fault(self._path, key, message, remedy, line))

    def parse(
        self, line: int | None, key: str, text: str | None, parse: Callable[[str], T]
    ) -> T | None:
        """Return what a text says, or note what is wrong with it."""
        try:
            return parse(text or "")
        except InputError as error:
            self.add(line, key, error.message, error.remedy)
            return None

    def raise_if_any(self) -> None:
        """Raise `FaultyFileError` where anything was noted."""
        if not self._faults:
            return
        rest = self._count - len(self._faults)
        more = [Fault(self._path, "", f"{rest} more faults", "mend these first")] if rest else []
        raise FaultyFileError([*self._faults, *more])


def read_records(
    path: Path, faults: Faults, *, most_rows: int, largest: int
) -> Iterator[tuple[int, list[str]]]:
    """Yield each record of a CSV file that is not blank, with the line it ends on.

    The first is the header; a later one that has not as many cells is noted and left out.

    Parameters
    ----------
    path : Path
    faults : Faults
        Where what is wrong with the file's form is noted.
    most_rows : int
        What comes after so many below the header is not read.
    largest : int
        In bytes.

    Raises
    ------
    FaultyFileError
        If the file cannot be read as text.
    """
    width = 0
    for number, (line, cells) in enumerate(_split(_read_text(path, largest), faults)):
        width = width or len(cells)
        if number > most_rows:
            faults.add(line, "", f"more than {most_rows} rows", "bring one market at a time")
            return
        if len(cells) == width:
            yield line, cells
        else:
            message = f"{len(cells)} cells, not {width}"
            faults.add(line, "", message, "give each row a cell for every column")


def place_columns(
    names: Sequence[str], needed: Sequence[str], known: Sequence[str], faults: Faults
) -> dict[str, int]:
    """Return where each known column stands; one that is needed and missing is noted.

    Parameters
    ----------
    names : sequence of str
        The header's cells.
    needed, known : sequence of str
        The known ones include the needed ones.
    faults : Faults
    """
    for name in needed:
        if name not in names:
            listed = f"{', '.join(needed[:-1])} and {needed[-1]}"
            remedy = f"name the columns {listed} in the first line"
            faults.add(1, "", f"there is no column {name!r}", remedy)
    for name in known:
        if names.count(name) > 1:
            faults.add(1, "", f"the column {name!r} stands twice", "keep one")
    return {name: names.index(name) for name in known if name in names}


def _split(text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        faults.add(reader.line_num, "", f"no CSV: {error}", "save the table again")


def _read_text(path: Path, largest: int) -> str:
    problem: tuple[str, str] | None = None
    text = ""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            problem = ("this is a directory", "name the file inside it")
        elif not stat.S_ISREG(found.st_mode):
            problem = ("this is no regular file", "name a CSV file")
        elif found.st_size > largest:
            problem = ("the file is too large", "bring one market at a time")
        else:
            text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        problem = (f"not UTF-8 (byte {error.start})", "save it as UTF-8 CSV")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "this is no path"
        problem = (f"the file cannot be read: {reason}", "check the path")
    if "\0" in text:
        problem = ("this is no plain text", "save it as UTF-8 CSV")
    elif not problem and not text.strip():
        problem = ("the file is empty", "write a line of column names and a row for each share")
    if problem:
        raise FaultyFileError([Fault(path, "", *problem)])
    return text
