"""The only TOML reader: a file is read key by key and all its faults are collected."""

import datetime as dt
import re
import stat
import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from universes.errors import Fault, FaultyFileError, InputError
from universes.text import Text

T = TypeVar("T")
KeyPath = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")
# control characters, and those that take no room or turn the direction of a line
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_LAYOUT = dict.fromkeys(map(ord, "\n\f\t"))
_LARGEST_FILE, _LARGEST_NUMBER, _LARGEST_COUNT = 4 * 2**20, 1e9, 120


def read_toml(path: Path) -> "Table":
    """Read a TOML file as its top table.

    Raises
    ------
    FaultyFileError
        If the path is missing, a directory, unreadable, not UTF-8, empty or not TOML.
    """
    text = _read_text(path)
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else None
        fault = Fault(path, "", f"not valid TOML: {error}", "mend the syntax", line)
        raise FaultyFileError([fault]) from None
    return Table(values, (), FaultList(path, _index_lines(text)))


def is_there(path: Path) -> bool:
    """Tell whether a path leads to something that can be looked at."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _read_text(path: Path) -> str:
    problem: tuple[str, str] | None = None
    text = ""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
            problem = ("this is no regular file", "name a TOML file")
        elif found.st_size > _LARGEST_FILE:
            problem = ("the file is too large", "name a TOML file")
        else:
            text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problem = ("there is no such file", "check the path")
    except IsADirectoryError:
        problem = ("this is a directory, not a TOML file", "name the file inside it")
    except PermissionError:
        problem = ("the file may not be read", "change its permissions")
    except UnicodeDecodeError as error:
        problem = (f"not UTF-8 (byte {error.start})", "save the file as UTF-8")
    except OSError as error:
        problem = (f"the file cannot be read: {error.strerror}", "check the path")
    if not problem and not text.strip():
        problem = ("the file is empty", "see the shipped files for the layout")
    if problem:
        raise FaultyFileError([Fault(path, "", *problem)])
    return text


class FaultList:
    """The faults of one file, gathered while it is read."""

    def __init__(self, path: Path, lines: dict[KeyPath, int]) -> None:
        self.path = path
        self._lines = lines
        self._faults: list[Fault] = []

    def add(self, key: KeyPath, message: str, remedy: str) -> None:
        """Note one fault; its line is that of the nearest key known to the index."""
        known = next((key[:n] for n in range(len(key), 0, -1) if key[:n] in self._lines), None)
        line = self._lines[known] if known else None
        self._faults.append(Fault(self.path, _spell(key), message, remedy, line))

    def __iter__(self) -> Iterator[Fault]:
        """Yield the faults by line."""
        return iter(sorted(self._faults, key=lambda fault: fault.line or 0))

    def raise_if_any(self) -> None:
        """Raise `FaultyFileError` with every fault noted so far."""
        if self._faults:
            raise FaultyFileError(self)


class Table:
    """One TOML table, read key by key.

    A missing or wrong value is noted in ``faults`` and a harmless stand-in is returned, so
    that reading goes on to the next fault; callers end with ``faults.raise_if_any()``.
    """

    def __init__(self, values: dict[str, Any], path: KeyPath, faults: FaultList) -> None:
        self.faults = faults
        self._values = values
        self._path = path
        self._read: set[str] = set()

    def fault(self, key: str, message: str, remedy: str) -> None:
        """Note a fault of one key of this table (of the table itself where key is empty)."""
        self.faults.add((*self._path, key) if key else self._path, message, remedy)

    def names(self) -> list[str]:
        """Return the table's keys in the file's order."""
        return list(self._values)

    def peek(self, key: str) -> object:
        """Return a value as it stands, unchecked and not counted as read; None where absent."""
        return self._values.get(key)

    def has(self, key: str) -> bool:
        """Tell whether the key is present."""
        return key in self._values

    def text(self, key: str, default: str | None = None, *, folded: bool = False) -> str:
        """Return a line of printable text; folded, it may stand on several lines of the file."""
        value: str = self._take(key, str, "text in quotes", default, "")
        value = " ".join(value.split("\n")) if folded else value
        if _UNPRINTABLE.search(value):
            self.fault(key, "the text holds control characters", "remove them")
            return ""
        if not value.strip() and default is None and key in self._values:
            self.fault(key, "the text is empty", "fill it in")
        return value

    def verbatim(self, key: str) -> str:
        r"""Return a text as it stands, with its "\n", "\f" and "\t"."""
        value: str = self._take(key, str, "text in quotes", None, "")
        if _UNPRINTABLE.search(value.translate(_LAYOUT)):
            self.fault(key, "the text holds control characters", "remove them")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        """Return a number, whole or not."""
        value = self._take(key, (int, float), "a number", default, 0.0)
        if not -_LARGEST_NUMBER <= value <= _LARGEST_NUMBER:
            self.fault(key, "the number is out of range", "write a plain number")
            return 0.0
        return float(value)

    def count(self, key: str, default: int | None = None, *, largest: int = _LARGEST_COUNT) -> int:
        """Return a whole number above zero."""
        value = self._take(key, int, "a whole number", default, 1)
        if value < 1:
            self.fault(key, f"{value} is not above zero", "write 1 or more")
        elif value > largest:
            self.fault(key, "the number is out of range", f"write {largest} or less")
            return largest
        return int(value)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Return true or false."""
        return bool(self._take(key, bool, "true or false", default, stand_in=False))

    def day(self, key: str) -> dt.date:
        """Return a date written as 2024-06-16, without quotes."""
        return self._as_day(key, self._take(key, object, "a date", None, dt.date.min))

    def time_of_day(self, key: str) -> dt.time:
        """Return a time written as 16:00:00, without quotes."""
        value: dt.time = self._take(key, dt.time, "a time", None, dt.time.min)
        return value

    def days(self, key: str, count: int | None = None) -> tuple[dt.date, ...]:
        """Return a list of dates, of exactly ``count`` where given; empty where absent."""
        values = self._take(key, list, "a list of dates", [], [])
        if key in self._values and count is not None and len(values) != count:
            self.fault(key, f"has {len(values)} dates, not {count}", "write [first, last]")
            return ()
        return tuple(self._as_day(key, value) for value in values)

    def choice(self, key: str, choices: Collection[str], default: str | None = None) -> str:
        """Return one of the given words."""
        value = self.text(key, default)
        if value not in choices and (key in self._values or default is not None):
            self.fault(key, f"{value!r} is unknown", f"write one of: {', '.join(choices)}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where absent."""
        values = self._take(key, list, "a list of texts", [], [])
        if not all(isinstance(value, str) for value in values):
            self.fault(key, "not a list of texts", "put each entry in quotes")
            return ()
        if any(_UNPRINTABLE.search(value) for value in values):
            self.fault(key, "a text holds control characters", "remove them")
            return ()
        return tuple(values)

    def bilingual(self, key: str) -> Text:
        """Return a text given as ``{ zh = "...", en = "..." }``."""
        return self._as_text(self.table(key))

    def bilinguals(self, key: str) -> tuple[Text, ...]:
        """Return a list of texts given as ``{ zh = "...", en = "..." }``."""
        return tuple(self._as_text(table) for table in self.tables(key))

    def parsed(self, key: str, parse: Callable[[str], T], *, folded: bool = False) -> T | None:
        """Return what ``parse`` makes of a text; its `InputError` becomes a fault."""
        value = self.text(key, folded=folded)
        if not value:
            return None
        try:
            return parse(value)
        except InputError as error:
            self.fault(key, error.message, error.remedy)
            return None

    def table(self, key: str) -> "Table":
        """Return a table inside this one."""
        values = self._take(key, dict, "a table", None, {})
        return Table(values, (*self._path, key), self.faults)

    def tables(self, key: str) -> list["Table"]:
        """Return an array of tables, empty where absent."""
        values = self._take(key, list, "a list of tables", [], [])
        if not all(isinstance(value, dict) for value in values):
            self.fault(key, "not a list of tables", f"write each as [[{key}]]")
            return []
        return [Table(value, (*self._path, key, n), self.faults) for n, value in enumerate(values)]

    def finish(self) -> None:
        """Note every key that was not read as unknown."""
        for key in sorted(self._values.keys() - self._read):
            known = ", ".join(sorted(self._read))
            self.fault(key, f"unknown key {key!r}", f"the keys here are: {known}")

    def _take(self, key: str, kind: Any, wanted: str, default: Any, stand_in: Any) -> Any:  # noqa: ANN401
        self._read.add(key)
        if key not in self._values:
            if default is not None:
                return default
            self.fault(key, f"the key {key!r} is missing", f"add {key} = {wanted}")
            return stand_in
        value = self._values[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            self.fault(key, f"{value!r} is not {wanted}", f"write {wanted}")
            return stand_in
        return value

    def _as_day(self, key: str, value: object) -> dt.date:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        self.fault(key, f"{value!r} is not a date", "write it as 2024-06-16, without quotes")
        return dt.date.min

    @staticmethod
    def _as_text(table: "Table") -> Text:
        text = Text(zh=table.text("zh"), en=table.text("en"))
        if table.names():
            table.finish()
        return text


def _spell(key: KeyPath) -> str:
    spelled = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in key)
    return spelled.lstrip(".")


def _index_lines(text: str) -> dict[KeyPath, int]:
    """Map each table header and plain key of a TOML text to its line.

    Keys inside inline tables are not indexed; a fault there is given the line of the key that
    holds the inline table.
    """
    lines: dict[KeyPath, int] = {}
    latest: dict[KeyPath, int] = {}
    here: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            here = ()
            parts = header[2].split(".")
            for depth, part in enumerate(parts):
                here = (*here, part)
                if depth == len(parts) - 1 and header[1] == "[[":
                    latest[here] = latest.get(here, -1) + 1
                if here in latest:
                    here = (*here, latest[here])
            lines.setdefault(here, number)
        elif key := _KEY.match(line):
            lines.setdefault((*here, key[1]), number)
    return lines
