"""Plans what an update adds to the store: what grows, what is replaced, what is held back.

Nothing is written here. The plan rests on one version of the store; where another process
commits first it is made again on what that left.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pyarrow as pa

from screener.bars import Bars
from screener.calendar import Days
from screener.companies.facts import Facts
from screener.quality.compare import compare_bars
from screener.quality.finding import Finding
from screener.store.catalog import Entry, series_key, write_entries
from screener.store.facts import plan_facts
from screener.store.layout import Kind
from screener.store.lists import Addition, JudgedActions, plan_actions, plan_lists
from screener.store.series import read_bars, write_bars
from screener.store.store import State

Change = Literal["new", "grown", "replaced", "unchanged", "held"]


@dataclass(frozen=True)
class Offer:
    """Bars that a source gave, and what the quality rules say of them.

    Attributes
    ----------
    bars : Bars
    since, until : datetime64[D]
        The days asked for, both included.
    findings : tuple of Finding
        One of severity error holds the series back.
    """

    bars: Bars
    since: np.datetime64
    until: np.datetime64
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Offers:
    """Everything one update brings.

    Attributes
    ----------
    fetched_at : datetime64[s]
        In UTC.
    bars : sequence of Offer
        At most one for each symbol, basis and source.
    actions : sequence of (ActionHistory, findings)
        A finding of severity error holds the list back.
    names : mapping of (suffix, source) to names by symbol
    sessions : mapping of (calendar, source) to days
    facts : Facts
        See `screener.store.versions.choose_versions`.
    """

    fetched_at: np.datetime64
    bars: Sequence[Offer] = ()
    actions: Sequence[JudgedActions] = ()
    names: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    sessions: Mapping[tuple[str, str], Days] = field(default_factory=dict)
    facts: Facts = field(default_factory=Facts.none)


@dataclass(frozen=True)
class Outcome:
    """What became of one series that was offered.

    Attributes
    ----------
    symbol, basis, source : str
        Symbol and basis are empty for the figures of a source, which are one series.
    change : {"new", "grown", "replaced", "unchanged", "held"}
    added : int
        Rows that were not there before.
    last : datetime64[D]
        Of the rows served from now on; not a time where there are none.
    findings : tuple of Finding
    """

    symbol: str
    basis: str
    source: str
    change: Change
    added: int
    last: np.datetime64
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Plan:
    """The rows that an update appends, and what became of each series.

    Attributes
    ----------
    rows : Table
    outcomes : tuple of Outcome
        Of the bars, by symbol, and before them of the figures.
    """

    rows: pa.Table
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True)
class _Step:
    """What one offer adds: an entry, and bars to serve or to hold back."""

    entry: Entry
    kind: Kind
    bars: Bars
    change: Change


def plan_update(state: State, offers: Offers, *, start_anew: bool = False) -> Plan:
    """Plan what an update appends.

    Parameters
    ----------
    state : State
    offers : Offers
    start_anew : bool
        Take raw bars in place of those that are kept, without comparing them; what is
        replaced stays in the older versions.
    """
    catalog = state.catalog
    ids = itertools.count(catalog.next_id)
    keys = [series_key("bars", b.symbol, b.basis, b.source) for b in (o.bars for o in offers.bars)]
    served = [catalog.served.get(key) for key in keys]
    kept = _read_kept(state, offers.bars, served)
    steps = []
    for offer, entry in zip(offers.bars, served, strict=True):
        before = kept[entry.id] if entry and not start_anew else None
        steps.append(_plan_bars(offer, entry, before, ids))
    others = [
        *plan_actions(state, offers.actions, ids),
        *plan_lists(state, offers.names, offers.sessions, offers.fetched_at, ids),
    ]
    facts = [*plan_facts(state, offers.facts, offers.fetched_at, ids)]
    others += facts
    entries = [step.entry for step in steps] + [entry for entry, _ in others]
    batch = max(state.version, 0) + 1
    rows = [
        *(
            write_bars(kind, {s.entry.id: s.bars for s in steps if s.kind == kind and len(s.bars)})
            for kind in ("bar", "held")
        ),
        *(table for _, table in others if table is not None),
        write_entries([replace(entry, batch=batch) for entry in entries]),
    ]
    outcomes = [_conclude(step, entry) for step, entry in zip(steps, served, strict=True)]
    outcomes += [_conclude_facts(each, catalog.served.get(each[0].key)) for each in facts]
    return Plan(
        pa.concat_tables(rows), tuple(sorted(outcomes, key=lambda each: (each.symbol, each.basis)))
    )


def _read_kept(
    state: State, offers: Sequence[Offer], served: Sequence[Entry | None]
) -> dict[int, Bars]:
    """Read what the offers overlap with, all of an adjusted series."""
    entries = [entry for entry in served if entry]
    adjusted = any(entry.basis != "raw" for entry in entries)
    days = [offer.bars.dates.min() for offer in offers if len(offer.bars)]
    return read_bars(state, entries, first=None if adjusted or not days else min(days))


def _plan_bars(offer: Offer, entry: Entry | None, kept: Bars | None, ids: Iterator[int]) -> _Step:
    findings = offer.findings
    rows = offer.bars
    if entry and kept is not None:
        compared = compare_bars(kept, offer.bars, kept_rows=entry.rows)
        findings = (*findings, *compared.findings)
        if any(each.severity == "error" for each in compared.findings):
            rows = offer.bars.take(np.isin(offer.bars.dates, compared.dates))
    described = _describe(replace(offer, findings=findings), rows)
    if any(each.severity == "error" for each in findings):
        return _Step(replace(described, id=next(ids), state="held"), "held", rows, "held")
    if not entry or kept is None:
        change: Change = "replaced" if entry else "new"
        return _Step(replace(described, id=next(ids)), "bar", rows, change)
    if offer.bars.basis != "raw":
        if kept.same_figures(offer.bars):
            nothing = rows.take(np.zeros(len(rows), dtype=np.bool_))
            return _Step(replace(described, id=entry.id), "bar", nothing, "unchanged")
        return _Step(replace(described, id=next(ids)), "bar", rows, "replaced")
    return _grow(described, entry, rows.take(~np.isin(rows.dates, kept.dates)))


def _grow(described: Entry, entry: Entry, added: Bars) -> _Step:
    """Add rows to a raw series."""
    days = np.array([entry.first, entry.last, *added.dates[:1], *added.dates[-1:]])
    grown = replace(
        described,
        id=entry.id,
        source="+".join(sorted({*entry.source.split("+"), *described.source.split("+")})),
        first=days.min(),
        last=days.max(),
        since=min(entry.since, described.since),
        until=max(entry.until, described.until),
        rows=entry.rows + len(added),
    )
    return _Step(grown, "bar", added, "grown" if len(added) else "unchanged")


def _describe(offer: Offer, rows: Bars) -> Entry:
    bars = offer.bars
    nothing = np.datetime64("NaT", "D")
    return Entry(
        id=0,
        what="bars",
        symbol=bars.symbol,
        basis=bars.basis,
        source=bars.source,
        currency=bars.currency,
        state="kept",
        first=rows.dates.min() if len(rows) else nothing,
        last=rows.dates.max() if len(rows) else nothing,
        since=offer.since,
        until=offer.until,
        rows=len(rows),
        fetched_at=bars.fetched_at,
        batch=0,
        findings=offer.findings,
    )


def _conclude(step: _Step, before: Entry | None) -> Outcome:
    entry, held = step.entry, step.change == "held"
    last = (before.last if before else np.datetime64("NaT", "D")) if held else entry.last
    added = 0 if held else len(step.bars)
    return Outcome(
        entry.symbol, entry.basis, entry.source, step.change, added, last, entry.findings
    )


def _conclude_facts(addition: Addition, before: Entry | None) -> Outcome:
    entry, rows = addition
    change: Change = "new" if not before else "grown" if rows else "unchanged"
    added = len(rows) if rows else 0
    return Outcome("", "", entry.source, change, added, entry.last, ())
