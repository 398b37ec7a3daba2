"""The ledger of approvals and scores: a chain in which each line holds the hash of the one before.

It proves that picks were fixed before their results: an entry can be neither changed nor left
out without a break, and whoever keeps the last hash elsewhere finds a chain that was cut off or
written anew.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from universes.content import content_hash
from universes.errors import InputError
from universes.report import PICK_LEVELS, Report
from universes.seal import APPROVAL_FILE, Approval, read_seal, spell_approval

FIRST = "0" * 64
_KINDS = ("approval", "score")


@dataclass(frozen=True)
class Entry:
    """One line of the chain.

    Attributes
    ----------
    kind : {"approval", "score"}
    at : str
        Date and time in UTC.
    sha256 : str
        Of the line without it.
    content : mapping
        The whole line, as JSON values.
    """

    kind: str
    at: str
    sha256: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Chain:
    """A chain and what is wrong with it.

    Attributes
    ----------
    entries : tuple of Entry
        Up to the first line that cannot be read.
    faults : tuple of str
        In English, each naming its line.
    """

    entries: tuple[Entry, ...]
    faults: tuple[str, ...]

    @property
    def head(self) -> str:
        """The hash of the last entry: who keeps it elsewhere can prove the whole chain."""
        return self.entries[-1].sha256 if self.entries else FIRST


def hash_picks(report: Report) -> str:
    """Return the hash of what is graded: symbols, levels, themes, publication and standard.

    Mentions have no part in it, so a report without them has the same.
    """
    published = report.publication
    picks = sorted(
        [str(pick.symbol), pick.level, theme.id]
        for theme in report.themes
        for pick in theme.picks
        if pick.level in PICK_LEVELS
    )
    days = [published.date, *published.window]
    return content_hash([picks, days, published.inferred, report.scale.sha256])


def tell_approval(
    report: Report, approval: Approval, folder: Path, reviewed: tuple[int, int]
) -> dict[str, Any]:
    """Return the entry of an approval; ``reviewed`` tells how many picks, of how many, were seen.

    It is back-filled where it was made after the last day on which the report can have come
    out, counted in the time zone of China's and Hong Kong's exchanges, which is the strict one
    of those that picks have: there the day ends first.
    """
    published = report.publication
    first, last = published.window or (published.date, published.date)
    if not published.inferred:
        first = last = published.date
    day = (approval.when + dt.timedelta(hours=8)).date()
    return {
        "kind": "approval",
        "at": approval.when.isoformat(),
        "report": report.sha256,
        "picks": hash_picks(report),
        "seal": approval.content,
        "approval": hashlib.sha256(spell_approval(approval)).hexdigest(),
        "folder": str(folder.resolve()),
        "source": report.drafted.sha256 if report.drafted else "",
        "who": approval.who,
        "reviewed": list(reviewed),
        "published": [first.isoformat(), last.isoformat()],
        "back_filled": day > last,
    }


def tell_score(
    report: Report, command: str, convention: object, data: str, at: str
) -> dict[str, Any]:
    """Return the entry of a score: of which picks, on which prices, by which convention."""
    return {
        "kind": "score",
        "at": at,
        "report": report.sha256,
        "picks": hash_picks(report),
        "command": command,
        "convention": content_hash(convention),
        "data": data,
    }


def spell_entry(content: Mapping[str, Any], previous: str) -> bytes:
    """Spell a line of the chain."""
    bare = {key: value for key, value in content.items() if key != "sha256"} | {
        "previous": previous
    }
    return _spell({**bare, "sha256": _hash(bare)})


def read_chain(path: Path) -> Chain:
    """Read a chain and check it line by line.

    Raises
    ------
    InputError
        If the file cannot be read; one that is not there is an empty chain.
    """
    try:
        raw = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check the path") from None
    entries: list[Entry] = []
    faults: list[str] = []
    previous = FIRST
    lines = raw.split(b"\n")
    if lines.pop():
        faults.append(f"line {len(lines) + 1}: it is cut off")
    for number, line in enumerate(lines, 1):
        content = _parse(line)
        problem = _find_problem(line, content, previous)
        if problem:
            faults.append(f"line {number}: {problem}")
        if content is None:
            previous = ""
            continue
        previous = str(content["sha256"])
        entries.append(Entry(str(content["kind"]), str(content["at"]), previous, content))
    return Chain(tuple(entries), tuple(faults))


def verify_folders(chain: Chain, folders: Sequence[Path] = ()) -> tuple[list[str], list[str]]:
    """Check the folders that were approved, and that each score follows an approval.

    Parameters
    ----------
    chain : Chain
    folders : sequence of Path
        Only these; empty for all that the chain names.

    Returns
    -------
    list of str
        Faults.
    list of str
        What could not be checked: folders that are gone.
    """
    faults: list[str] = []
    notes: list[str] = []
    approved: set[str] = set()
    latest: dict[str, Entry] = {}
    for entry in chain.entries:
        picks = str(entry.content.get("picks"))
        if entry.kind == "approval":
            approved.add(picks)
            latest[str(entry.content.get("folder"))] = entry
        elif picks not in approved:
            faults.append(f"the score of {entry.at} has no approval of the same picks before it")
    wanted = [str(folder.resolve()) for folder in folders] or list(latest)
    for name in wanted:
        if name not in latest:
            faults.append(f"{name}: the ledger holds no approval of it")
        elif not Path(name).is_dir():
            notes.append(f"{name}: approved at {latest[name].at}, and no longer there")
        else:
            faults += [f"{name}: {change}" for change in _compare(Path(name), latest[name])]
    return faults, notes


def _compare(folder: Path, entry: Entry) -> list[str]:
    seal = read_seal(folder)
    if seal.state == "draft":
        return [f"{APPROVAL_FILE} is gone"]
    changes = list(seal.changes)
    if seal.approval and seal.approval.content != entry.content.get("seal") and not changes:
        changes.append(f"it was approved again at {seal.approval.when}, which the ledger lacks")
    elif seal.approval and not changes:
        own = hashlib.sha256(spell_approval(seal.approval)).hexdigest()
        if own != entry.content.get("approval"):
            changes.append(f"{APPROVAL_FILE} is not the one that the ledger holds")
    return changes


def _find_problem(line: bytes, content: dict[str, Any] | None, previous: str) -> str:
    if content is None:
        return "it is no entry"
    bare = {key: value for key, value in content.items() if key != "sha256"}
    if content["sha256"] != _hash(bare) or _spell(content) != line + b"\n":
        return "it was altered"
    if content["previous"] != previous:
        return "it does not follow the line before it: one was removed, inserted or moved"
    return ""


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(content, dict) and {"kind", "at", "previous", "sha256"} <= content.keys()
    return content if whole and content["kind"] in _KINDS else None


def _hash(bare: Mapping[str, Any]) -> str:
    return hashlib.sha256(_spell(bare)).hexdigest()


def _spell(content: Mapping[str, Any]) -> bytes:
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{plain}\n".encode()
