"""Takes files into the store: reads, examines, commits once."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from screener.bars import ActionHistory, BarBasis, Bars
from screener.sources.files.imported import Note, Skipped
from screener.sources.files.reader import read_files
from screener.store.commit import commit_offers
from screener.store.merge import Offers, Outcome
from screener.store.store import Store
from screener.tasks.intake import examine, known_of
from universes import Symbol


@dataclass(frozen=True)
class ImportResult:
    """What an import did.

    Attributes
    ----------
    version : int
        Of the store.
    outcomes : tuple of Outcome
        Of the series of bars.
    names : int
        Securities whose name the files tell.
    skipped : tuple of Skipped
        What was not taken.
    notes : tuple of Note
        What the files do not say and was taken for granted.
    """

    version: int
    outcomes: tuple[Outcome, ...]
    names: int
    skipped: tuple[Skipped, ...]
    notes: tuple[Note, ...]

    @property
    def complete(self) -> bool:
        """Whether every series was taken and is served."""
        return not self.skipped and all(each.change != "held" for each in self.outcomes)


def import_files(
    store: Store,
    path: Path,
    now: np.datetime64,
    *,
    source: str | None = None,
    basis: BarBasis | None = None,
    exchange: str | None = None,
    start_anew: bool = False,
    accepted: Collection[str] = (),
) -> ImportResult:
    """Take the files of a folder, or one file, into the store.

    Parameters
    ----------
    store : Store
    path : Path
    now : datetime64[s]
        In UTC.
    source, basis, exchange
        See `screener.sources.files.reader.read_files`.
    start_anew : bool
        Take raw bars in place of those that are kept, without comparing them.
    accepted : collection of str
        See `screener.tasks.intake.examine`.

    Raises
    ------
    InputError
        If nothing can be read, or the store cannot be written to.
    """
    found = read_files(path, source=source, basis=basis, fetched_at=now, exchange=exchange)
    as_of = now.astype("datetime64[D]")
    told = {each.symbol for each in found.actions}
    offered = {each.symbol for each in found.bars}
    # bars that come along are compared with the kept ones when they are committed
    known = known_of(store.state(), told | offered, told - offered)
    histories = [_extend(each, known.bars.get(each.symbol)) for each in found.actions]
    bars, actions = examine(found.bars, histories, as_of, known, accepted=accepted)
    lists = _by_exchange(found.names, source or "file")
    provenance = {
        "command": "import",
        "files": {each.name: _hash(each) for each in _files_of(path)},
        "basis": basis,
        "source": source,
        "accepted": sorted(accepted),
    }
    offers = Offers(now, bars, actions, lists)
    version, outcomes = commit_offers(store, offers, provenance, start_anew=start_anew)
    return ImportResult(
        version, outcomes, len(found.names), tuple(found.skipped), tuple(found.notes)
    )


def _extend(history: ActionHistory, kept: Bars | None) -> ActionHistory:
    """Let a list that comes alone cover the bars that are kept: it states all of its security."""
    if kept is None or not len(kept):
        return history
    return replace(
        history,
        since=min(history.since, kept.dates[0]),
        until=max(history.until, kept.dates[-1]),
    )


def _by_exchange(names: dict[str, str], source: str) -> dict[tuple[str, str], dict[str, str]]:
    lists: dict[tuple[str, str], dict[str, str]] = {}
    for symbol, name in names.items():
        lists.setdefault((Symbol.parse(symbol).suffix, source), {})[symbol] = name
    return lists


def _files_of(path: Path) -> list[Path]:
    inside = sorted(path.iterdir()) if path.is_dir() else [path]
    return [each for each in inside if each.is_file() and not each.name.startswith(".")]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
