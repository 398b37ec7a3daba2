"""What was sent where, one line for each part: the memory of deliveries."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from universes.errors import InputError

FILE_NAME = "deliveries.jsonl"


@dataclass(frozen=True)
class Entry:
    """What came of one part.

    Attributes
    ----------
    time : str
        UTC, to the second.
    address, service : str
        Its label, and the service's id.
    address_digest : str
        Tells one URL from another.
    folder : str
        Report id, language and week.
    report_digest : str
        Of the report's manifest.
    part, parts : int
        From 1; 0 where it failed before there were parts.
    part_digest : str
        Of the part's text; empty where there was none.
    status : {"delivered", "failed"}
    attempts : int
    reason : str
        Why it failed; empty where it was delivered.
    """

    time: str
    address: str
    service: str
    address_digest: str
    folder: str
    report_digest: str
    part: int
    parts: int
    part_digest: str
    status: str
    attempts: int
    reason: str


def read_record(record: Path) -> tuple[Entry, ...]:
    """Return what was recorded, oldest first; empty where there is no record.

    A last line that was cut short, as by a power cut, is left out: that part counts as not sent.

    Raises
    ------
    InputError
        If the record cannot be read: what was sent is not known then.
    """
    try:
        text = record.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{record}: the record cannot be read", "mend or remove it") from None
    whole, _, _ = text.rpartition("\n")
    entries = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (TypeError, ValueError):
            # the half line of a run that was cut off, with a later run's line end after it
            if line.strip() and not _is_cut(line):
                raise InputError(
                    f"{record}:{number}: no entry of a delivery", "mend or remove the line"
                ) from None
    return tuple(entries)


def append_entry(record: Path, entry: Entry) -> None:
    """Add one line, on the disk before this returns.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    record.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    with record.open("a+b") as file:
        if not _ends_whole(file):
            line = f"\n{line}"
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def delivered_parts(entries: Iterable[Entry], address: str, report: str) -> frozenset[str]:
    """Return the digests of the parts of a report that an address has."""
    return frozenset(
        entry.part_digest
        for entry in entries
        if (entry.address_digest, entry.report_digest) == (address, report)
        and entry.status == "delivered"
    )


def failed_folders(entries: Iterable[Entry]) -> dict[str, frozenset[str]]:
    """Return the folders that failed at last, oldest first, each with its addresses' digests."""
    last: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        last[entry.folder, entry.address_digest] = entry
    failed: dict[str, frozenset[str]] = {}
    for (folder, address), entry in last.items():
        if entry.status == "failed":
            failed[folder] = failed.get(folder, frozenset()) | {address}
    return failed


def _is_cut(line: str) -> bool:
    return line.startswith("{") and not line.endswith("}")


def _ends_whole(file: BinaryIO) -> bool:
    if not file.seek(0, os.SEEK_END):
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"
