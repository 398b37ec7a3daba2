"""Codes that an exchange changed: what a share is called now."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from universes.symbol import Symbol
from universes.tables import Table, read_toml

RENAMES_FILE = Path(__file__).parent / "renames.toml"
_FEWEST_SOURCES = 2


@dataclass(frozen=True)
class Rename:
    """A share's change of code.

    Attributes
    ----------
    old, new : Symbol
    since : date
        First session under the new code.
    confidence : str
        How sure the pair is; the file names the sources.
    """

    old: Symbol
    new: Symbol
    since: dt.date
    confidence: str


@dataclass(frozen=True)
class _Exchange:
    retired: re.Pattern[str]
    since: dt.date
    renames: dict[Symbol, Rename]


def find_rename(symbol: Symbol) -> Rename | None:
    """Return the change of a code, or None where none is recorded.

    A new code is never worked out from the old one's digits.

    Examples
    --------
    >>> found = find_rename(Symbol.parse("870508.BJ"))
    >>> str(found.new), str(found.since)
    ('920608.BJ', '2025-10-09')
    """
    exchange = _list_exchanges().get(symbol.suffix)
    return exchange.renames.get(symbol) if exchange else None


def explain_old_code(symbol: Symbol) -> str:
    """Say what became of a code that is out of use; empty for one that is not."""
    exchange = _list_exchanges().get(symbol.suffix)
    if not exchange or not exchange.retired.fullmatch(symbol.code):
        return ""
    found = find_rename(symbol)
    if found:
        return f"{symbol} has been {found.new} since {found.since}"
    return (
        f"codes such as {symbol.code} were retired on {exchange.since}, "
        f"and the exchange's table has no new one for it"
    )


@cache
def _list_exchanges() -> dict[str, _Exchange]:
    return read_renames(RENAMES_FILE)


def read_renames(path: Path) -> dict[str, _Exchange]:
    """Read a file of changed codes, by exchange.

    Raises
    ------
    FaultyFileError
        If an old code is outside the retired range, a new one is no symbol of the exchange,
        or two become one; or if fewer than two sources are named.
    """
    table = read_toml(path)
    found = {suffix: _read_exchange(suffix, table.table(suffix)) for suffix in table.names()}
    table.faults.raise_if_any()
    return found


def _read_exchange(suffix: str, table: Table) -> _Exchange:
    retired = re.compile(table.text("retired"))
    confidence = table.text("confidence")
    if len(table.texts("sources")) < _FEWEST_SOURCES:
        table.fault("sources", "one source proves nothing", f"name {_FEWEST_SOURCES} or more")
    renames: dict[Symbol, Rename] = {}
    taken: set[Symbol] = set()
    for change in table.tables("changes"):
        since = change.day("since")
        codes = change.table("codes")
        for code in codes.names():
            old = Symbol(code, suffix)
            new = codes.parsed(code, lambda text: Symbol.parse(f"{text}.{suffix}"))
            if not retired.fullmatch(code):
                codes.fault(code, "the code is none of those retired", "mend it, or the range")
            elif new in taken:
                codes.fault(code, "another row has this new code", "leave one of them out")
            elif new:
                renames[old] = Rename(old, new, since, confidence)
                taken.add(new)
        change.finish()
    exchange = _Exchange(retired, table.day("since"), renames)
    table.finish()
    return exchange
