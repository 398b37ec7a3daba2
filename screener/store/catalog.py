"""Which series the store holds: what is served, what is held back, how fresh each is."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from screener.quality.finding import Finding
from screener.store.layout import make_rows

What = Literal["bars", "actions", "listing", "sessions", "facts"]
State = Literal["kept", "held"]
Key = tuple[str, str, str, str]

_DAYS = ("first", "last", "since", "until")


def series_key(what: What, symbol: str, basis: str, source: str) -> Key:
    """Return what tells one series from another.

    Raw bars are the same whoever tells them, so their sources share one series; adjusted ones
    differ by vendor and are kept apart.
    """
    return (what, symbol, basis, "" if basis == "raw" else source)


@dataclass(frozen=True)
class Entry:
    """What one update said of one series.

    Attributes
    ----------
    id : int
        Of the rows it speaks of.
    what : {"bars", "actions", "listing", "sessions", "facts"}
    symbol : str
        For a list of shares the exchange's suffix, for sessions the calendar's name; empty for
        figures, as those of all securities from one source are one series.
    basis : str
        Of bars; of corporate actions whether cash is as paid or restated; else empty.
    source : str
        Upstreams or files of the rows, joined by ``+``.
    currency : str
    state : {"kept", "held"}
        held: offered, and held back for its findings.
    first, last : datetime64[D]
        Of the rows (of figures: their periods); not a time where there are none.
    since, until : datetime64[D]
        The days asked for: there are no others between them.
    rows : int
    fetched_at : datetime64[s]
        In UTC.
    batch : int
        The store's version that this was committed as.
    findings : tuple of Finding
    """

    id: int
    what: What
    symbol: str
    basis: str
    source: str
    currency: str
    state: State
    first: np.datetime64
    last: np.datetime64
    since: np.datetime64
    until: np.datetime64
    rows: int
    fetched_at: np.datetime64
    batch: int
    findings: tuple[Finding, ...] = ()

    @property
    def key(self) -> Key:
        """What a later entry takes the place of."""
        return series_key(self.what, self.symbol, self.basis, self.source)


class Catalog:
    """The entries of one version of the store.

    Parameters
    ----------
    entries : iterable of Entry
        All of them, in any order.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.newest: dict[Key, Entry] = {}
        self.served: dict[Key, Entry] = {}
        self._last_id = 0
        for entry in sorted(entries, key=lambda each: each.batch):
            self._last_id = max(self._last_id, entry.id)
            key = entry.key
            self.newest[key] = entry
            if entry.state == "kept":
                self.served[key] = entry
        self._by_symbol: dict[str, list[Entry]] = {}
        for entry in self.served.values():
            self._by_symbol.setdefault(entry.symbol, []).append(entry)
        self._held: dict[str, list[Entry]] = {}
        for entry in self.newest.values():
            if entry.state == "held":
                self._held.setdefault(entry.symbol, []).append(entry)

    @property
    def version(self) -> int:
        """The version that the newest update was committed as; 0 before the first."""
        return max((entry.batch for entry in self.newest.values()), default=0)

    @property
    def next_id(self) -> int:
        """The first id not in use."""
        return self._last_id + 1

    def bars_of(self, symbol: str) -> list[Entry]:
        """Return the series of bars served for a symbol, the freshest first."""
        found = [each for each in self._by_symbol.get(symbol, []) if each.what == "bars"]
        return sorted(found, key=lambda each: (each.last, each.rows, each.source), reverse=True)

    def actions_of(self, symbol: str) -> list[Entry]:
        """Return the lists of a symbol's corporate actions, the one that reaches latest first."""
        found = [each for each in self._by_symbol.get(symbol, []) if each.what == "actions"]
        return sorted(found, key=lambda each: (each.until, each.batch), reverse=True)

    @property
    def facts(self) -> list[Entry]:
        """The series of figures, one of each source, by source."""
        found = [each for each in self._by_symbol.get("", []) if each.what == "facts"]
        return sorted(found, key=lambda each: each.source)

    def held_of(self, symbol: str) -> list[Entry]:
        """Return what the newest offers of a symbol are held back for."""
        return self._held.get(symbol, [])

    @property
    def served_symbols(self) -> set[str]:
        """Every symbol whose bars are served."""
        return {entry.symbol for entry in self.served.values() if entry.what == "bars"}

    @property
    def symbols(self) -> list[str]:
        """Every symbol with bars, held back ones included, in order."""
        return sorted({entry.symbol for entry in self.newest.values() if entry.what == "bars"})


def write_entries(entries: Sequence[Entry]) -> pa.Table:
    """Return entries as rows of the store."""
    names = [each.name for each in fields(Entry) if each.name != "findings"]
    columns: dict[str, Any] = {name: [getattr(entry, name) for entry in entries] for name in names}
    for name in _DAYS:
        columns[name] = np.array(columns[name], dtype="datetime64[D]")
    columns["fetched_at"] = np.array(columns["fetched_at"], dtype="datetime64[us]")
    columns["findings"] = [
        json.dumps([asdict(finding) for finding in entry.findings], ensure_ascii=False)
        for entry in entries
    ]
    return make_rows("entry", columns)


def read_entries(table: pa.Table) -> list[Entry]:
    """Return the entries that rows of the store hold."""
    names = [each.name for each in fields(Entry)]
    columns = {}
    for name in names:
        column = table.column(name)
        if name in {*_DAYS, "fetched_at"}:
            unit = "datetime64[s]" if name == "fetched_at" else "datetime64[D]"
            columns[name] = list(column.to_numpy().astype(unit))
        else:
            columns[name] = column.to_pylist()
    columns["findings"] = [
        tuple(Finding(**each) for each in json.loads(text)) if text != "[]" else ()
        for text in columns["findings"]
    ]
    return [Entry(*row) for row in zip(*columns.values(), strict=True)]
