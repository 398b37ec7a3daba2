"""Figures of companies in the store: each with the day it became known, none ever changed."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from screener.calendar import Days
from screener.companies.facts import Facts, Texts
from screener.store.catalog import Entry
from screener.store.layout import make_rows
from screener.store.lists import Addition
from screener.store.store import State
from screener.store.versions import Numbers, Versions, choose_versions, last_of_same, same_as_before
from universes import InputError, Symbol

_COLUMNS = ("id", "symbol", "item", "date", "known", "value", "batch")


def check_facts(facts: Facts) -> None:
    """Make sure that no source says two things of one figure on one day.

    Raises
    ------
    InputError
        If one does; the first is named with both values.
    """
    (figure,), known = _number(_as_table(facts)), facts.known.astype(np.int64)
    _, (source,) = _encode(pa.array(facts.source))
    order = np.lexsort((facts.value, known, figure, source))
    again = same_as_before(source[order], figure[order], known[order])
    again[1:] &= np.diff(facts.value[order]) != 0
    if again.any():
        at = int(np.argmax(again))
        one, other = order[at - 1], order[at]
        raise InputError(
            f"{facts.item[one]} of {facts.symbol[one]} for {facts.period[one]}, known on"
            f" {facts.known[one]} from {facts.source[one]}, is both {facts.value[one]:.15g} and"
            f" {facts.value[other]:.15g}",
            "keep one of them",
        )


def plan_facts(
    state: State, offered: Facts, fetched_at: np.datetime64, ids: Iterator[int]
) -> Iterator[Addition]:
    """Yield the entry of each source's figures, and the rows that `choose_versions` adds.

    Parameters
    ----------
    state : State
    offered : Facts
    fetched_at : datetime64[s]
        In UTC.
    ids : iterator of int
        Not in use.

    Raises
    ------
    InputError
        If a source says two things of one figure on one day.
    """
    if not len(offered):
        return
    check_facts(offered)
    entries = {entry.source: entry for entry in state.catalog.facts}
    for source in sorted(set(offered.source.tolist())):
        part, entry = offered.take(offered.source == source), entries.get(source)
        added = _choose(part, _read_kept(state, entry, part), fetched_at)
        number = entry.id if entry else next(ids)
        batch = max(state.version, 0) + 1
        rows = _write_facts(added, number, fetched_at, batch) if len(added) else None
        yield _describe(number, source, added, fetched_at, entry), rows


def read_facts(
    state: State,
    symbols: Sequence[str] | None = None,
    known_until: np.datetime64 | None = None,
    items: Sequence[str] | None = None,
    since: np.datetime64 | None = None,
) -> Facts:
    """Return the figures that are kept, by symbol, item, period, and as they became known.

    Parameters
    ----------
    state : State
    symbols : sequence of str, optional
        Canonical spellings; left out: all.
    known_until : datetime64[D], optional
        Only what was known by then.
    items : sequence of str, optional
        Ids of `screener.companies.facts.list_items`; left out: all.
    since : datetime64[D], optional
        Only figures of this period or a later one.

    Returns
    -------
    Facts
        Every version; of those that a source told on one day the one told last.
    """
    entries = state.catalog.facts
    if not entries:
        return Facts.none()
    conditions = [
        pc.field(name).isin(pa.array(chosen, pa.string()))
        for name, chosen in (("symbol", symbols), ("item", items))
        if chosen is not None
    ]
    if known_until is not None:
        conditions.append(pc.field("known") <= known_until.astype(object))
    only = reduce(and_, conditions) if conditions else None
    ids = [entry.id for entry in entries]
    return _as_facts(state.rows("fact", _COLUMNS, ids, since, only=only), entries)


def _as_facts(table: pa.Table, entries: Sequence[Entry]) -> Facts:
    (figure,), known = _number(table), _days(table, "known")
    own = {entry.id: place for place, entry in enumerate(entries)}
    ids, place = np.unique(table.column("id").to_numpy(), return_inverse=True)
    source = np.array([own[number] for number in ids.tolist()], dtype=np.int64)[place]
    order = np.lexsort((table.column("batch").to_numpy(), source, known, figure))
    rows = order[last_of_same(figure[order], known[order].astype(np.int64), source[order])]
    texts, (symbol,) = _encode(table.column("symbol"))
    items, (item,) = _encode(table.column("item"))
    return Facts(
        texts[symbol[rows]],
        items[item[rows]],
        _days(table, "date")[rows],
        known[rows],
        table.column("value").to_numpy()[rows],
        np.array([entry.source for entry in entries])[source[rows]],
    )


def _choose(offered: Facts, kept: pa.Table, fetched_at: np.datetime64) -> Facts:
    """Return what is to be added of one source's figures."""
    before, now = _number(kept, _as_table(offered))
    rows, known = choose_versions(
        Versions(
            before,
            _days(kept, "known").astype(np.int64),
            kept.column("batch").to_numpy(),
            kept.column("value").to_numpy(),
        ),
        Versions(now, offered.known.astype(np.int64), np.zeros_like(now), offered.value),
        _days_of_fetch(offered.symbol, fetched_at),
    )
    return replace(offered.take(rows), known=known.astype("datetime64[D]"))


def _read_kept(state: State, entry: Entry | None, offered: Facts) -> pa.Table:
    """Read the versions kept of what is offered, and of others between."""
    if entry is None:
        return make_rows("fact", {"id": np.empty(0, dtype=np.int64)})
    symbols, _ = _encode(pa.array(offered.symbol))
    only = pc.field("symbol").isin(pa.array(symbols))
    span = offered.period.min(), offered.period.max()
    return state.rows("fact", _COLUMNS, [entry.id], *span, only=only)


def _describe(
    number: int, source: str, added: Facts, fetched_at: np.datetime64, before: Entry | None
) -> Entry:
    """Describe a source's figures with what is added to them; there are some."""
    ends = [before.first, before.last] if before else []
    days = np.concatenate([np.array(ends, dtype="datetime64[D]"), added.period])
    first, last = days.min(), days.max()
    rows = len(added) + (before.rows if before else 0)
    return Entry(
        number, "facts", "", "", source, "", "kept", first, last, first, last, rows, fetched_at, 0
    )


def _write_facts(facts: Facts, number: int, fetched_at: np.datetime64, batch: int) -> pa.Table:
    columns = {
        "id": np.full(len(facts), number),
        "symbol": facts.symbol,
        "item": facts.item,
        "date": facts.period,
        "known": facts.known,
        "value": facts.value,
        "fetched_at": np.full(len(facts), fetched_at, "datetime64[us]"),
        "batch": batch,
    }
    return make_rows("fact", columns)


def _days_of_fetch(symbols: Texts, fetched_at: np.datetime64) -> Numbers:
    """Return the day of a moment, in UTC or at the security's exchange, whichever is later."""
    moment = fetched_at.astype(dt.datetime).replace(tzinfo=dt.UTC)
    texts, (place,) = _encode(pa.array(symbols))
    days = [
        max(moment.date(), moment.astimezone(ZoneInfo(exchange.timezone)).date())
        for exchange in (Symbol.parse(text).exchange for text in texts.tolist())
    ]
    return np.array(days, dtype="datetime64[D]").astype(np.int64)[place]


def _as_table(facts: Facts) -> pa.Table:
    columns = {"symbol": facts.symbol, "item": facts.item, "date": facts.period}
    return pa.table({name: pa.array(column) for name, column in columns.items()})


def _number(*tables: pa.Table) -> list[Numbers]:
    """Give the figures of tables numbers, ascending by symbol, item and period."""
    days = [_days(table, "date").astype(np.int64) for table in tables]
    symbol = _encode(*(table.column("symbol") for table in tables))[1]
    items, item = _encode(*(table.column("item") for table in tables))
    whole = np.concatenate(days)
    first, span = (whole.min(), np.ptp(whole) + 1) if len(whole) else (0, 1)
    return [
        (one * len(items) + other) * span + day - first
        for one, other, day in zip(symbol, item, days, strict=True)
    ]


def _encode(*columns: pa.Array | pa.ChunkedArray) -> tuple[Texts, list[Numbers]]:
    """Return the different texts of columns, ascending, and where each row's stands."""
    chunks = [chunk for each in columns for chunk in getattr(each, "chunks", [each])]
    whole = pa.chunked_array(chunks, pa.string()).combine_chunks().dictionary_encode()
    texts = np.array(whole.dictionary.to_pylist(), dtype=np.str_)
    order = np.argsort(texts)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    ends = np.cumsum([len(each) for each in columns])[:-1]
    return texts[order], np.split(ranks[whole.indices.to_numpy()], ends)


def _days(table: pa.Table, name: str) -> Days:
    days: Days = table.column(name).to_numpy().astype("datetime64[D]")
    return days
