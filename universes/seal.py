"""The seal of a report that was drafted by a program: who approved it, when, and of which bytes."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from universes.content import hash_each
from universes.errors import Fault, FaultyFileError, InputError

APPROVAL_FILE = "approval.toml"
State = Literal["draft", "approved", "changed"]

_LINE = re.compile(r'^(\w+) = (.+)$|^("(?:[^"\\]|\\.)*") = "([0-9a-f]{64})"$')
_HEADER = "# Written by screener universe approve; whoever changes a file of the folder breaks it."
_KEYS = ("who", "when", "content")


@dataclass(frozen=True)
class Approval:
    """What a person signed.

    Attributes
    ----------
    who : str
    when : datetime
        In UTC, to the second.
    files : mapping of str to str
        The hash of each file of the folder, this one aside.
    """

    who: str
    when: dt.datetime
    files: Mapping[str, str]

    @property
    def content(self) -> str:
        """The SHA-256 of the names and hashes of all files."""
        listed = "".join(f"{name}\n{self.files[name]}\n" for name in sorted(self.files))
        return hashlib.sha256(listed.encode()).hexdigest()


@dataclass(frozen=True)
class Seal:
    """Whether a folder is as it was approved.

    Attributes
    ----------
    state : {"draft", "approved", "changed"}
    approval : Approval or None
        None of a draft, and where its file is damaged.
    changes : tuple of str
        Each file that is not as it was, in English.
    """

    state: State
    approval: Approval | None
    changes: tuple[str, ...]


def hash_folder(folder: Path) -> dict[str, str]:
    """Return the hash of each file of a folder, its approval aside.

    Raises
    ------
    InputError
        If one cannot be read, or if it holds a folder or anything else that is no file.
    """
    files = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.is_symlink() or not path.is_file():
                raise InputError(f"{path} is no file", "move it away: the folder is sealed whole")
            if path.name != APPROVAL_FILE:
                files[path.name] = path.read_bytes()
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}", "check the path") from None
    return hash_each(files)


def spell_approval(approval: Approval) -> bytes:
    """Spell an approval as TOML; the same approval gives the same bytes."""
    lines = [
        _HEADER,
        f"who = {json.dumps(approval.who, ensure_ascii=False)}",
        f'when = "{approval.when.isoformat()}"',
        f'content = "{approval.content}"',
        "",
        "[files]",
        *(
            f'{json.dumps(name, ensure_ascii=False)} = "{approval.files[name]}"'
            for name in sorted(approval.files)
        ),
    ]
    return ("\n".join(lines) + "\n").encode()


def read_seal(folder: Path) -> Seal:
    """Tell whether a folder was approved, and whether it is still what was approved.

    A byte that is changed anywhere is found: of the approval's own file as well, as that has
    one spelling only.
    """
    path = folder / APPROVAL_FILE
    if not path.exists():
        return Seal("draft", None, ())
    approval = _read_approval(path)
    if approval is None:
        return Seal("changed", None, (f"{APPROVAL_FILE} was altered",))
    now = hash_folder(folder)
    changes = [
        *(
            f"{name} was altered"
            for name in now
            if approval.files.get(name, now[name]) != now[name]
        ),
        *(f"{name} was added" for name in now if name not in approval.files),
        *(f"{name} is gone" for name in approval.files if name not in now),
    ]
    return Seal("changed" if changes else "approved", approval, tuple(sorted(changes)))


def _read_approval(path: Path) -> Approval | None:
    try:
        content = path.read_bytes()
        approval = _parse(content.decode())
    except OSError as error:
        fault = Fault(path, "", f"cannot be read: {error.strerror}", "check its permissions")
        raise FaultyFileError([fault]) from None
    except (ValueError, KeyError):
        return None
    return approval if spell_approval(approval) == content else None


def _parse(text: str) -> Approval:
    values: dict[str, str] = {}
    files: dict[str, str] = {}
    for line in text.splitlines():
        found = _LINE.match(line)
        if found and found[1] in _KEYS:
            values[found[1]] = json.loads(found[2])
        elif found and found[3]:
            files[json.loads(found[3])] = found[4]
    return Approval(values["who"], dt.datetime.fromisoformat(values["when"]), files)
