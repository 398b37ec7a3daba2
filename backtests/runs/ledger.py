"""Keeps the ledger of runs: which week was written, from which data, and how it ended."""

import datetime as dt
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from backtests.runs.job import Key
from screener.files import replace_file
from universes import InputError

LEDGER_NAME = "ledger.jsonl"

Outcome: TypeAlias = Literal["complete", "incomplete", "failed"]


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes
    ----------
    report, language, week, as_of, settings
        Of the `backtests.runs.job.Job`.
    data : dict
        Which data the week was made from, as JSON reads it; empty where it failed.
    files : str
        SHA-256 over the names and contents of the files; empty where it failed.
    names : tuple of str
        The files' paths inside the folder, sorted; empty where it failed.
    outcome : {"complete", "incomplete", "failed"}
        Incomplete: written, and marked as lacking data. Failed: not written, and what stood there
        left as it was.
    problems : tuple of str
        Codes of what was lacking, or the message of the error.
    finished_at : str
        When it first came to this, in UTC, as ISO 8601.
    """

    report: str
    language: str
    week: str
    as_of: dt.date
    settings: str
    data: dict[str, Any]
    files: str
    names: tuple[str, ...]
    outcome: Outcome
    problems: tuple[str, ...]
    finished_at: str

    @property
    def key(self) -> Key:
        """What it is of: report, language and week."""
        return self.report, self.language, self.week

    def says_as(self, other: "Entry") -> bool:
        """Whether another says the same, at whatever time."""
        return replace(other, finished_at=self.finished_at) == self


_KINDS = {
    "report": str,
    "language": str,
    "week": str,
    "as_of": str,
    "settings": str,
    "data": dict,
    "files": str,
    "names": list,
    "outcome": str,
    "problems": list,
    "finished_at": str,
}
_OUTCOMES = ("complete", "incomplete", "failed")


@dataclass(frozen=True)
class Ledger:
    """Every state that weeks have been in.

    Attributes
    ----------
    entries : tuple of Entry
        Oldest first; what holds of a week is the last entry of its key.
    lines : tuple of bytes
        The entries as they are spelled in the file.
    """

    entries: tuple[Entry, ...] = ()
    lines: tuple[bytes, ...] = ()

    @cached_property
    def _by_key(self) -> dict[Key, list[Entry]]:
        found: dict[Key, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.key, []).append(entry)
        return found

    def newest(self, key: Key) -> Entry | None:
        """Return what holds of a week, or None where it was never run."""
        found = self._by_key.get(key)
        return found[-1] if found else None

    def names(self, key: Key) -> set[str]:
        """Return every file that runs have written into a week's folder."""
        return {name for entry in self._by_key.get(key, ()) for name in entry.names}

    def add(self, entry: Entry) -> "Ledger":
        """Return a ledger with one more entry."""
        return Ledger((*self.entries, entry), (*self.lines, _spell(entry)))


def read_ledger(out: Path) -> Ledger:
    """Read the ledger of a folder.

    It is replaced whole with each entry, so that no killed run leaves half a line: a damaged one
    comes from elsewhere, such as an editor or a copy cut short.

    Parameters
    ----------
    out : Path
        The folder that weeks are written into; it may be missing.

    Returns
    -------
    Ledger
        Empty where none is kept yet.

    Raises
    ------
    InputError
        If the file cannot be read, or a line of it is damaged; it names the first such line.
    """
    path = out / LEDGER_NAME
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Ledger()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}", "let it be read, or move it away"
        ) from None
    lines = {number: line.strip() for number, line in enumerate(content.split(b"\n"), start=1)}
    kept = {number: line for number, line in lines.items() if line}
    entries = tuple(_parse(line, number, path) for number, line in kept.items())
    return Ledger(entries, tuple(kept.values()))


def write_ledger(ledger: Ledger, out: Path) -> None:
    """Write the ledger of a folder, whole or not at all.

    Raises
    ------
    OSError
        As `screener.files.replace_file`.
    """
    replace_file(out / LEDGER_NAME, b"".join(line + b"\n" for line in ledger.lines))


def _spell(entry: Entry) -> bytes:
    fields = {**asdict(entry), "as_of": entry.as_of.isoformat()}
    text = json.dumps(fields, ensure_ascii=False, allow_nan=False)
    # a path that is no UTF-8 is spelled by its escapes, which JSON reads as such
    return text.encode(errors="backslashreplace")


def _parse(line: bytes, number: int, path: Path) -> Entry:
    try:
        fields = json.loads(line)
        _check(fields)
        return Entry(
            **{
                **fields,
                "as_of": dt.date.fromisoformat(fields["as_of"]),
                "names": tuple(fields["names"]),
                "problems": tuple(fields["problems"]),
            }
        )
    except ValueError:
        raise InputError(
            f"{path}:{number}: the line is damaged, it is no entry of a ledger",
            "delete the line, and its week is made again, or bring back the file from a copy",
        ) from None


def _check(fields: object) -> None:
    """Raise ValueError where a line has not the fields of an entry."""
    if not isinstance(fields, dict) or fields.keys() != _KINDS.keys():
        raise ValueError
    texts = [*fields["names"], *fields["problems"]] if _fit(fields) else [None]
    if not all(isinstance(text, str) for text in texts) or fields["outcome"] not in _OUTCOMES:
        raise ValueError


def _fit(fields: dict[str, Any]) -> bool:
    return all(isinstance(fields[name], kind) for name, kind in _KINDS.items())
