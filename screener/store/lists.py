"""Corporate actions, lists of shares and sessions: lists that are replaced whole."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from screener.bars import ActionHistory
from screener.calendar import Days
from screener.panel import CorporateAction
from screener.quality.finding import Finding
from screener.store.catalog import Entry, What, series_key
from screener.store.layout import make_rows
from screener.store.store import State

_FIGURES = ("cash", "bonus", "rights", "rights_price")

_CASH = {False: "paid", True: "restated"}

JudgedActions = tuple[ActionHistory, tuple[Finding, ...]]
Addition = tuple[Entry, pa.Table | None]


def plan_actions(
    state: State, offered: Sequence[JudgedActions], ids: Iterator[int]
) -> Iterator[Addition]:
    """Yield the entry of each list, and its rows where they are not those kept already."""
    keys = [series_key("actions", h.symbol, _CASH[h.restated], h.source) for h, _ in offered]
    served = [state.catalog.served.get(key) for key in keys]
    kept = read_actions(state, [entry for entry in served if entry])
    for (history, findings), entry in zip(offered, served, strict=True):
        days = np.array([each.ex_date for each in history.actions], dtype="datetime64[D]")
        described = replace(
            _describe("actions", history.symbol, history.source, days, history.fetched_at),
            basis=_CASH[history.restated],
            currency=history.currency,
            since=history.since,
            until=history.until,
            findings=findings,
        )
        held = any(finding.severity == "error" for finding in findings)
        if entry and not held and kept[entry.id].actions == history.actions:
            yield replace(described, id=entry.id), None
        else:
            number = next(ids)
            described = replace(described, id=number, state="held" if held else "kept")
            yield described, _write_actions(number, history)


def plan_lists(
    state: State,
    names: Mapping[tuple[str, str], Mapping[str, str]],
    sessions: Mapping[tuple[str, str], Days],
    fetched_at: np.datetime64,
    ids: Iterator[int],
) -> Iterator[Addition]:
    """Yield the entry of each list of shares and sessions, and its rows where they are new."""
    served = state.catalog.served
    for (suffix, source), listing in names.items():
        described = _describe("listing", suffix, source, np.empty(len(listing)), fetched_at)
        entry = served.get(described.key)
        same = entry and read_listing(state, entry) == dict(sorted(listing.items()))
        number = entry.id if entry and same else next(ids)
        columns = {"id": number, "symbol": list(listing), "name": list(listing.values())}
        yield replace(described, id=number), None if same else make_rows("listing", columns)
    for (calendar, source), days in sessions.items():
        described = _describe("sessions", calendar, source, days, fetched_at)
        entry = served.get(described.key)
        same = entry and np.array_equal(read_sessions(state, entry), np.sort(days))
        number = entry.id if entry and same else next(ids)
        rows = None if same else make_rows("session", {"id": number, "date": days})
        yield replace(described, id=number), rows


def read_actions(state: State, entries: Sequence[Entry]) -> dict[int, ActionHistory]:
    """Return the corporate actions of entries by id."""
    names = ["id", "date", "confidence", *_FIGURES]
    table = state.rows("action", names, [entry.id for entry in entries])
    by_id: dict[int, list[CorporateAction]] = {entry.id: [] for entry in entries}
    symbols = {entry.id: entry.symbol for entry in entries}
    for row in table.to_pylist():
        number = row.pop("id")
        ex_date = row.pop("date").isoformat()
        by_id[number].append(CorporateAction(symbol=symbols[number], ex_date=ex_date, **row))
    return {
        entry.id: ActionHistory(
            entry.symbol,
            tuple(sorted(by_id[entry.id], key=lambda each: each.ex_date)),
            entry.currency,
            entry.source,
            entry.since,
            entry.until,
            entry.fetched_at,
            restated=entry.basis == _CASH[True],
        )
        for entry in entries
    }


def read_listing(state: State, entry: Entry) -> dict[str, str]:
    """Return the names of a list of shares by symbol, in order."""
    table = state.rows("listing", ["symbol", "name"], [entry.id])
    pairs = zip(table.column("symbol").to_pylist(), table.column("name").to_pylist(), strict=True)
    return dict(sorted(pairs))


def read_sessions(state: State, entry: Entry) -> Days:
    """Return the sessions of a calendar, ascending."""
    table = state.rows("session", ["date"], [entry.id])
    return np.sort(table.column("date").to_numpy().astype("datetime64[D]"))


def kept_sessions(state: State) -> dict[str, Days]:
    """Return the sessions that vendors told, by calendar."""
    served = state.catalog.served.values()
    told = [entry for entry in served if entry.what == "sessions"]
    return {entry.symbol: read_sessions(state, entry) for entry in told}


def kept_names(state: State) -> dict[str, str]:
    """Return the names of shares by symbol, as the lists kept tell them."""
    served = state.catalog.served.values()
    told = [entry for entry in served if entry.what == "listing"]
    return {symbol: name for entry in told for symbol, name in read_listing(state, entry).items()}


def _write_actions(number: int, history: ActionHistory) -> pa.Table:
    actions = history.actions
    columns: dict[str, object] = {
        "id": np.full(len(actions), number),
        "symbol": [each.symbol for each in actions],
        "date": np.array([each.ex_date for each in actions], dtype="datetime64[D]"),
        "confidence": [each.confidence for each in actions],
        **{
            name: np.array([getattr(each, name) for each in actions], dtype=np.float64)
            for name in _FIGURES
        },
    }
    return make_rows("action", columns)


def _describe(
    what: What, symbol: str, source: str, days: np.ndarray, fetched_at: np.datetime64
) -> Entry:
    """Describe a list; ``days`` are those of its rows, or an array of their number."""
    dated = days.dtype.kind == "M" and len(days)
    nothing = np.datetime64("NaT", "D")
    first, last = (days.min(), days.max()) if dated else (nothing, nothing)
    return Entry(
        0, what, symbol, "", source, "", "kept", first, last, first, last, len(days), fetched_at, 0
    )
