"""What a scheduled run is to do: the weekly report's command line."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from universes import InputError, list_reports, load_report
from universes.content import content_hash
from universes.tables import is_there
from universes.text import Language

DEFAULT_OUT = "weekly"

_ID_DIGITS = 8
_NAMED = {None, "store", "snapshot"}
# control characters, halves of characters, and what ends a line or a paragraph
_BREAKING = {"Cc", "Cs", "Zl", "Zp"}


@dataclass(frozen=True)
class Job:
    """A weekly report that is written again and again.

    Attributes
    ----------
    report : str
        The id of a shipped report, or a path.
    out : str
        The folder written to.
    language : "zh" or "en"
    data : str or None
        As ``--data`` takes it; None leaves it to the command.
    deliver, update : bool
        Whether the report is sent, and whether the store is brought up to date first.
    """

    report: str
    out: str
    language: Language
    data: str | None = None
    deliver: bool = True
    update: bool = True

    @property
    def id(self) -> str:
        """Tells jobs on one machine apart: a hash of report, folder and language."""
        return content_hash([self.report, self.out, self.language])[:_ID_DIGITS]

    @property
    def command(self) -> tuple[str, ...]:
        """The command line, without the program."""
        update = ("--update",) if self.update else ()
        deliver = ("--deliver",) if self.deliver else ()
        where = ("--report", self.report, "--out", self.out, "--lang", self.language)
        data = () if self.data is None else ("--data", self.data)
        return ("report", "weekly", *update, "--catch-up", *deliver, *where, *data)

    def on_machine(self) -> "Job":
        """Return the job with its paths from the root: a scheduled run starts elsewhere.

        Raises
        ------
        InputError
            If there is no such report, or a path cannot stand in a line of a file.
        """
        load_report(self.report)
        report = self.report if self.report in list_reports() else _from_root(self.report)
        data, out = self.data, _from_root(self.out)
        if data not in _NAMED and "://" not in str(data):
            _refuse_missing(str(data))
            data = _from_root(str(data))
        refuse_breaking((report, out, data or ""))
        refuse_secrets("--data", data or "")
        if is_there(Path(out)) and not Path(out).is_dir():
            raise InputError(f"{out} is a file", "name a folder by --out")
        return Job(report, out, self.language, data, self.deliver, self.update)

    def in_repository(self) -> "Job":
        """Return the job with its paths as they are in a checkout of the current folder.

        Raises
        ------
        InputError
            If there is no such report, or a path leads out of the folder, is hidden, or has a
            character that the workflow or its artifacts give a meaning of their own.
        """
        load_report(self.report)
        data = self.data
        if data not in _NAMED:
            _refuse_missing(str(data))
            data = _inside(str(data))
        report = self.report if self.report in list_reports() else _inside(self.report)
        return Job(report, _inside(self.out), self.language, data, self.deliver, self.update)


def _from_root(path: str) -> str:
    return str(Path(path).absolute())


def _refuse_missing(data: str) -> None:
    if not is_there(Path(data)):
        raise InputError(f"there is nothing at {data!a}", "write store, snapshot or a path")


def refuse_breaking(texts: Iterable[str]) -> None:
    """Refuse characters that end a line, or that no text file can hold.

    Raises
    ------
    InputError
        If a text has one.
    """
    for text in texts:
        if any(unicodedata.category(character) in _BREAKING for character in text):
            raise InputError(
                f"{text!a} has a line break or another character that does not show",
                "rename the file or folder",
            )


def refuse_secrets(name: str, address: str) -> None:
    """Refuse an object store's address with a user's name or password in it.

    Raises
    ------
    InputError
        If it has one; the message does not repeat it.
    """
    if "://" in address and "@" in urlsplit(address).netloc:
        raise InputError(
            f"{name} holds a user's name or password, which would be written to a file",
            "give the credentials as the object store's own variables or file",
        )


def _inside(path: str) -> str:
    plain = PurePosixPath(path)
    if not all(re.fullmatch(r"\w[\w +,.=@-]*", part) for part in plain.parts) or not plain.parts:
        raise InputError(
            f"{path!a} cannot be named in a workflow",
            "name a folder or file below the current one, by letters, digits, spaces and +,.=@-_ "
            "alone, no part of it beginning with a dot",
        )
    return str(plain)
