"""Opens the store at a version, reads its rows, and commits new ones whole."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from pyarrow import dataset

from screener.home import store_address
from screener.store.catalog import Catalog, read_entries
from screener.store.errors import ConflictError, StoreError
from screener.store.layout import PARTITION, Kind, schema

_PROVENANCE = "screener"
_NEVER = "interval 36500 days"
# old versions are what reports refer to: only `screener.store.upkeep` takes any away
_CONFIGURATION = {
    "delta.logRetentionDuration": _NEVER,
    "delta.deletedFileRetentionDuration": _NEVER,
    "delta.enableExpiredLogCleanup": "false",
}
_ROWS_A_GROUP = 131_072
_ROWS_AT_ONCE = 65_536
_HOW_TO_FILL = "fill one with screener data update, or screener data import PATH"


@dataclass(frozen=True)
class Update:
    """One commit: what was done, when, with what.

    Attributes
    ----------
    version : int
    at : datetime64[s]
        In UTC.
    provenance : dict
        As the command gave it: program version, command, sources, file hashes, counts.
    """

    version: int
    at: np.datetime64
    provenance: dict[str, Any]


class Store:
    """A store at an address.

    Parameters
    ----------
    address : str, optional
        A folder, or an object store's address such as ``s3://bucket/prices``, which takes its
        credentials from the environment. Left out: `screener.home.store_address`.
    """

    def __init__(self, address: str | None = None) -> None:
        given = address or store_address()
        self.address = given if "://" in given else str(Path(given).expanduser().absolute())

    def exists(self) -> bool:
        """Tell whether anything was ever committed here."""
        with explained(self.address, "read"):
            if DeltaTable.is_deltatable(self.address):
                return True
            try:
                DeltaTable(self.address)
            except TableNotFoundError as error:
                if "Unknown scheme" in str(error):
                    raise OSError(str(error)) from None
            return False

    def state(self, version: int | None = None, at: np.datetime64 | None = None) -> "State":
        """Return the store as it stands, or stood.

        Parameters
        ----------
        version : int, optional
        at : datetime64, optional
            In UTC: the last update at or before it.

        Raises
        ------
        StoreError
            If there is no such version, or the store cannot be read.
        """
        if not self.exists():
            if version is not None or at is not None:
                raise StoreError(f"there is no store at {self.address}", _HOW_TO_FILL)
            return State(self.address, None)

        if at is not None:
            version = self._version_at(at)
        with explained(self.address, "read"):
            newest = DeltaTable(self.address)
            if version is None or version == newest.version():
                return State(self.address, newest)
            if not 0 <= version <= newest.version():
                raise StoreError(
                    f"the store has no version {version}",
                    f"its versions are 0 to {newest.version()}: screener data status",
                )
            return State(self.address, DeltaTable(self.address, version=version))

    def updates(self) -> list[Update]:
        """Return every commit that changed what is served, oldest first."""
        if not self.exists():
            return []

        with explained(self.address, "read"):
            commits = DeltaTable(self.address).history()
        found = []
        for commit in reversed(commits):
            if _PROVENANCE in commit:
                provenance = json.loads(commit[_PROVENANCE])
                at = np.datetime64(provenance["at"], "s")
                found.append(Update(commit["version"], at, provenance))
        return found

    def append(self, rows: pa.Table, provenance: Mapping[str, Any], after: int) -> int:
        """Commit rows, all or none.

        Parameters
        ----------
        rows : Table
            In the layout of `screener.store.layout`.
        provenance : mapping
            JSON types; ``at`` is the time in UTC, ISO 8601.
        after : int
            The version they were planned on; -1 for a new store.

        Returns
        -------
        int
            The version made.

        Raises
        ------
        ConflictError
            If another process committed since; nothing was written.
        StoreError
            If the store cannot be written to; what it held is intact.
        """
        text = json.dumps(dict(provenance), ensure_ascii=False, sort_keys=True)
        with explained(self.address, "written to"):
            if after < 0:
                self._create()
                after = 0
            table = DeltaTable(self.address)
            if table.version() != after:
                raise ConflictError
            try:
                write_deltalake(
                    table,
                    rows.to_reader(_ROWS_AT_ONCE),
                    mode="append",
                    # a store made by an older version lacks columns
                    schema_mode="merge",
                    # no retry: rows planned on one version are never laid on another
                    commit_properties=CommitProperties({_PROVENANCE: text}, max_commit_retries=0),
                    writer_properties=WriterProperties(
                        compression="ZSTD", max_row_group_size=_ROWS_A_GROUP
                    ),
                )
            except CommitFailedError as error:
                if DeltaTable(self.address).version() == after:
                    raise OSError(str(error)) from error
                raise ConflictError from None
        return after + 1

    def _create(self) -> None:

        if "://" not in self.address:
            Path(self.address).mkdir(parents=True, exist_ok=True)
        try:
            DeltaTable.create(
                self.address,
                schema(),
                mode="error",
                partition_by=[PARTITION],
                configuration=_CONFIGURATION,
            )
        except DeltaError:
            if not DeltaTable.is_deltatable(self.address):
                raise
            raise ConflictError from None  # another process was first

    def _version_at(self, at: np.datetime64) -> int:
        before = [update for update in self.updates() if update.at <= at]
        if not before:
            raise StoreError(
                f"the store held nothing at {at}", "screener data status lists its updates"
            )
        return before[-1].version


@contextlib.contextmanager
def explained(address: str, done: str) -> Iterator[None]:
    """Turn what the store's library raises into a `StoreError` that says what to do."""
    try:
        yield
    except (DeltaError, OSError) as error:
        reason = str(error).splitlines()[0]
        raise StoreError(
            f"the store at {address} cannot be {done}: {reason}",
            "what it held is intact; check the folder's permissions and free space, or set"
            " SCREENER_HOME to another folder",
        ) from error


class State:
    """One version of the store; it never changes.

    Parameters
    ----------
    address : str
    table : DeltaTable or None
        None where nothing was committed yet.
    """

    def __init__(self, address: str, table: DeltaTable | None) -> None:
        self.address = address
        self.table = table
        self._dataset: dataset.Dataset | None = None

    @property
    def version(self) -> int:
        """The version's number; -1 where nothing was committed yet."""
        return -1 if self.table is None else self.table.version()

    @cached_property
    def catalog(self) -> Catalog:
        """Which series there are."""
        return Catalog(read_entries(self.rows("entry")))

    def rows(
        self,
        kind: Kind,
        names: Sequence[str] | None = None,
        ids: Sequence[int] | None = None,
        first: np.datetime64 | None = None,
        last: np.datetime64 | None = None,
        only: dataset.Expression | None = None,
    ) -> pa.Table:
        """Return rows of one kind, superseded ones included unless ids are given.

        Parameters
        ----------
        kind : str
        names : sequence of str, optional
            Columns; left out: all.
        ids : sequence of int, optional
            Of the series wanted.
        first, last : datetime64[D], optional
            Days wanted, both included.
        only : Expression, optional
            What else must hold of a row.
        """
        if self.table is None:
            empty = schema().empty_table()
            return empty if names is None else empty.select(list(names))

        wanted = dataset.field(PARTITION) == kind
        if ids is not None:
            wanted &= dataset.field("id").isin(pa.array(ids, pa.int64()))
        if first is not None:
            wanted &= dataset.field("date") >= first.astype(object)
        if last is not None:
            wanted &= dataset.field("date") <= last.astype(object)
        if only is not None:
            wanted &= only
        columns = None if names is None else list(names)
        try:
            if self._dataset is None:
                self._dataset = self.table.to_pyarrow_dataset()
            return self._dataset.to_table(columns=columns, filter=wanted)
        except (OSError, pa.ArrowException) as error:
            raise StoreError(
                f"version {self.version} of the store cannot be read: {str(error)[:200]}",
                "its files were removed or damaged; read another version (screener data status)",
            ) from error
