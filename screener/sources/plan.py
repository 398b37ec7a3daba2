"""Whom to ask for what, in which order, and how gently: `sources.toml` as a value."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from screener.sources.limits import Limits, Span, read_limits, read_span
from universes import InputError, Symbol
from universes.tables import Table, read_toml

Job = Literal[
    "bars",
    "actions",
    "fundamentals",
    "buybacks",
    "listing",
    "sessions",
    "reports",
    "programmes",
    "ratings",
    "ratings_day",
]
Names = tuple[str, ...]
Kinds = Mapping[tuple[str, str], Names]

SOURCES_FILE = Path(__file__).parent / "sources.toml"
_BY_SYMBOL: tuple[Job, ...] = ("bars", "actions", "fundamentals", "buybacks", "ratings")
MAINLAND = "CN"
_OVERRIDES = "symbols"
_MINUTE = 60.0


@dataclass(frozen=True)
class Retry:
    """How often a dropped call is tried again, and how long to wait before the first time."""

    times: int
    wait: Span


@dataclass(frozen=True)
class CanaryPlan:
    """What an upstream is asked to tell "unknown here" from "silently blocked".

    Attributes
    ----------
    symbols : mapping of (suffix, kind) to Symbols
        In the order tried.
    start, end : date
        The window asked for, in which each of them traded.
    good_for : float
        Seconds for which an answer counts.
    rated : tuple of Symbol
        Shares that have ratings, asked for where there are none of another, whatever its kind.
    rated_day : date
        On which ratings were published.
    """

    symbols: Mapping[tuple[str, str], tuple[Symbol, ...]]
    start: dt.date
    end: dt.date
    good_for: float
    rated: tuple[Symbol, ...]
    rated_day: dt.date


@dataclass(frozen=True)
class Plan:
    """The limits of every upstream and the order in which they are asked.

    Attributes
    ----------
    limits : mapping of upstream to Limits
    retry : Retry
    canary : CanaryPlan
    by_kind : mapping of job to upstreams by (suffix, kind)
        The jobs bars, actions, fundamentals, buybacks and ratings.
    by_symbol : mapping of job to upstreams by canonical spelling
        Where a security has an order of its own.
    by_key : mapping of job to upstreams by key
        The jobs listing (key: suffix), sessions (key: calendar), reports, programmes and
        ratings_day (key: country).
    """

    limits: Mapping[str, Limits]
    retry: Retry
    canary: CanaryPlan
    by_kind: Mapping[Job, Kinds]
    by_symbol: Mapping[Job, Mapping[str, Names]]
    by_key: Mapping[Job, Mapping[str, Names]]

    def order_for(self, job: Job, symbol: Symbol) -> Names:
        """Return whom to ask about a security, first choice first; empty where nobody is known."""
        kind = (symbol.suffix, symbol.kind)
        return self.by_symbol[job].get(str(symbol)) or self.by_kind[job].get(kind, ())

    def order_of(self, job: Job, key: str) -> Names:
        """Return whom to ask for a job of no single security; see `Plan` for the keys.

        Raises
        ------
        InputError
            If nobody is known to answer.
        """
        if key not in self.by_key[job]:
            known = ", ".join(self.by_key[job])
            raise InputError(f"no upstream is known for the {job} of {key!r}", f"known: {known}")
        return self.by_key[job][key]


@cache
def load_plan() -> Plan:
    """Return the shipped plan."""
    return read_plan(SOURCES_FILE)


def read_plan(path: Path) -> Plan:
    """Read a plan.

    Raises
    ------
    FaultyFileError
        If a range is none, an upstream has no limits, or a kind of security has no canary.
    """
    table = read_toml(path)
    upstreams = table.table("upstreams")
    limits = {name: read_limits(upstreams.table(name)) for name in upstreams.names()}
    canary = _read_canary(table.table("canary"))
    by_kind: dict[Job, Kinds] = {}
    by_symbol: dict[Job, dict[str, Names]] = {}
    by_key: dict[Job, dict[str, Names]] = {}
    order = table.table("order")
    for job in get_args(Job):
        rows = order.table(job)
        if job in _BY_SYMBOL:
            by_symbol[job] = _read_overrides(rows, limits, canary)
            by_kind[job] = _read_kinds(rows, limits, canary)
        else:
            by_key[job] = {key: _read_names(rows, key, limits) for key in rows.names()}
    order.finish()
    plan = Plan(limits, _read_retry(table.table("retry")), canary, by_kind, by_symbol, by_key)
    table.finish()
    table.faults.raise_if_any()
    return plan


def _read_retry(table: Table) -> Retry:
    retry = Retry(table.count("times"), read_span(table, "wait_seconds"))
    table.finish()
    return retry


def _read_canary(table: Table) -> CanaryPlan:
    symbols = table.table("symbols")
    by_kind = {}
    for suffix in symbols.names():
        kinds = symbols.table(suffix)
        for kind in kinds.names():
            by_kind[suffix, kind] = _read_symbols(kinds, kind)
    start, end = table.days("window", 2) or (dt.date.min, dt.date.min)
    good_for = _MINUTE * table.number("good_for_minutes")
    rated = table.table("ratings")
    shares = _read_symbols(rated, "symbols")
    if not shares:
        rated.fault("symbols", "no share is named", "name shares that have ratings")
    canary = CanaryPlan(by_kind, start, end, good_for, shares, rated.day("day"))
    rated.finish()
    table.finish()
    return canary


def _read_symbols(table: Table, key: str) -> tuple[Symbol, ...]:
    found = []
    for text in table.texts(key):
        try:
            found.append(Symbol.parse(text))
        except InputError as error:
            table.fault(key, error.message, error.remedy)
    return tuple(found)


def _read_overrides(
    rows: Table, limits: Mapping[str, Limits], canary: CanaryPlan
) -> dict[str, Names]:
    if not rows.has(_OVERRIDES):
        return {}
    table = rows.table(_OVERRIDES)
    found = {}
    for key in table.names():
        try:
            symbol = Symbol.parse(key)
        except InputError as error:
            table.fault(key, error.message, error.remedy)
            continue
        found[str(symbol)] = _read_names(table, key, limits)
        _check_canary(table, key, (symbol.suffix, symbol.kind), canary)
    return found


def _read_kinds(rows: Table, limits: Mapping[str, Limits], canary: CanaryPlan) -> Kinds:
    found = {}
    for suffix in rows.names():
        if suffix == _OVERRIDES:
            continue
        kinds = rows.table(suffix)
        for kind in kinds.names():
            found[suffix, kind] = _read_names(kinds, kind, limits)
            _check_canary(kinds, kind, (suffix, kind), canary)
    return found


def _check_canary(table: Table, key: str, kind: tuple[str, str], canary: CanaryPlan) -> None:
    if not canary.symbols.get(kind):
        table.fault(key, "has no canary", f"add {'.'.join(kind)} to [canary.symbols]")


def _read_names(table: Table, key: str, limits: Mapping[str, Limits]) -> Names:
    names = table.texts(key)
    for name in names:
        if name not in limits:
            table.fault(key, f"{name!r} has no limits", f"write one of: {', '.join(limits)}")
    return names
