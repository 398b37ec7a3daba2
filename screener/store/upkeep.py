"""Keeps the store small and fast, and every version that a report refers to readable."""

from dataclasses import dataclass

import numpy as np
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError

from screener.store.catalog import Catalog, write_entries
from screener.store.errors import ConflictError, StoreError
from screener.store.layout import make_rows
from screener.store.store import State, Store, explained

_TRIES = 20
_LEAST_HOURS = 24


@dataclass(frozen=True)
class Upkeep:
    """What an upkeep did.

    Attributes
    ----------
    files_before, files_after : int
        That the newest version is read from.
    removed : int
        Files that no version to be kept is read from.
    kept_versions : tuple of int
        Versions that stay readable, ascending.
    """

    files_before: int
    files_after: int
    removed: int
    kept_versions: tuple[int, ...]


def pin_version(store: Store, version: int, reason: str, at: np.datetime64) -> None:
    """Keep a version readable for good, since a report refers to it.

    Parameters
    ----------
    store : Store
    version : int
    reason : str
        What refers to it.
    at : datetime64[s]
        In UTC.
    """
    said = np.array([at], dtype="datetime64[us]")
    rows = make_rows("pin", {"batch": [version], "name": [reason], "fetched_at": said})
    for _ in range(_TRIES):
        state = store.state()
        if version in _pinned(state):
            return
        try:
            store.append(rows, {"at": str(at), "command": "pin", "version": version}, state.version)
        except ConflictError:
            continue
        return
    raise StoreError(f"version {version} could not be pinned", "run it again")


def _pinned(state: State) -> set[int]:
    return set(state.rows("pin", ["batch"]).column("batch").to_pylist())


def compact_store(store: Store, since: np.datetime64, *, grace_hours: int = _LEAST_HOURS) -> Upkeep:
    """Take superseded rows out of the newest version, join small files, remove unused ones.

    Parameters
    ----------
    store : Store
    since : datetime64[s]
        In UTC: every version committed since then stays readable, and so does the one that was
        the newest at that time, and each that is pinned.
    grace_hours : int
        Files younger than this are left, as an update under way may be writing them.
    """
    for _ in range(_TRIES):
        state = store.state()
        if state.table is None:
            raise StoreError(f"there is no store at {store.address}", "nothing to compact")
        kept = _versions_to_keep(store, since)
        before = len(state.table.file_uris())
        try:
            # on the table that the catalog was read from: what is committed since conflicts
            _drop_superseded(state.table, state.catalog)
            state.table.optimize.compact()
        except CommitFailedError:
            continue
        with explained(store.address, "compacted"):
            # only what commits have listed is removed, never a file that lies beside it
            removed = state.table.vacuum(
                retention_hours=grace_hours,
                dry_run=False,
                enforce_retention_duration=False,
                keep_versions=kept,
            )
        after = len(DeltaTable(store.address).file_uris())
        return Upkeep(before, after, len(removed), tuple(kept))
    raise StoreError(f"updates keep committing to {store.address}", "run it when they are over")


def _versions_to_keep(store: Store, since: np.datetime64) -> list[int]:
    updates = store.updates()
    recent = {update.version for update in updates if update.at >= since}
    older = [update.version for update in updates if update.at < since]
    return sorted({*recent, *older[-1:], *_pinned(store.state())})


def _drop_superseded(table: DeltaTable, catalog: Catalog) -> None:
    entries = list(dict.fromkeys([*catalog.newest.values(), *catalog.served.values()]))
    ids = ", ".join(map(str, sorted({entry.id for entry in entries})))
    superseded = f"kind NOT IN ('entry', 'pin') AND id NOT IN ({ids})"
    once = CommitProperties(max_commit_retries=0)
    table.delete(superseded, commit_properties=once)
    write_deltalake(
        table,
        write_entries(entries),
        mode="overwrite",
        schema_mode="merge",
        predicate="kind = 'entry'",
        commit_properties=once,
    )
