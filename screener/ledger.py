"""The ledger's file: where it is kept, and how an entry is added to it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from screener.home import data_folder
from universes.chain import Chain, read_chain, spell_entry
from universes.errors import InputError

LEDGER_FILE = "ledger.jsonl"
_SECONDS = 20
# by which two entries are of the same score
_SCORE_KEYS = ("kind", "report", "picks", "command", "convention", "data")


def ledger_path() -> Path:
    """Return where the ledger of this machine's user is kept."""
    return data_folder() / LEDGER_FILE


def add_entry(path: Path, content: Mapping[str, Any]) -> Chain:
    """Add an entry to a ledger; a score that it holds already is not added again.

    Parameters
    ----------
    path : Path
    content : mapping
        As `universes.chain.tell_approval` and `tell_score` return it.

    Returns
    -------
    Chain
        With the entry.

    Raises
    ------
    InputError
        If the ledger is damaged, so that nothing can be added to it, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=_SECONDS):
            check_ledger(path)
            chain = read_chain(path)
            if not _is_known(chain, content):
                _append(path, spell_entry(content, chain.head))
            return read_chain(path)
    except Timeout:
        raise InputError(f"{path} is in use by another process", "try again later") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}", "check the path") from None


def check_ledger(path: Path) -> None:
    """Refuse a ledger to which nothing can be added, as it is damaged."""
    chain = read_chain(path)
    if chain.faults:
        raise InputError(
            f"{path} is damaged: {'; '.join(chain.faults)}",
            "put it back from a copy; screener ledger verify tells more",
        )


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def _is_known(chain: Chain, content: Mapping[str, Any]) -> bool:
    if content.get("kind") != "score":
        return False
    wanted = [content.get(key) for key in _SCORE_KEYS]
    return any([entry.content.get(key) for key in _SCORE_KEYS] == wanted for entry in chain.entries)
