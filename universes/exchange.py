"""Who lists a code: spelling, kind of security, calendar, currency, time zone."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from universes.tables import Table, read_toml
from universes.text import Text

MARKETS_FILE = Path(__file__).parent / "markets.toml"


@dataclass(frozen=True)
class CodeRange:
    """The codes of one kind of security on an exchange."""

    pattern: str
    kind: str
    board: str


@dataclass(frozen=True)
class Exchange:
    """An exchange, or an index publisher that trades on one's calendar.

    Attributes
    ----------
    id : str
        The suffix of its symbols, such as ``SZ``.
    name : Text
    aliases : tuple of str
        Other spellings of the suffix.
    digits : int
        Width to which a numeric code is filled with zeros; 0 where codes are letters.
    price_decimals : int
        Of the smallest tick; 0 where it is not kept.
    calendar : str
        Name in exchange_calendars.
    currency : str
        ISO 4217.
    timezone : str
        IANA name.
    final_at : time
        Local time from which a session's daily bar no longer changes.
    codes : tuple of CodeRange
        The first that matches a code decides its kind and board.
    """

    id: str
    name: Text
    aliases: tuple[str, ...]
    digits: int
    price_decimals: int
    calendar: str
    currency: str
    timezone: str
    final_at: dt.time
    codes: tuple[CodeRange, ...]

    def find(self, code: str) -> CodeRange | None:
        """Return the range that a code falls in, or None."""
        return next((known for known in self.codes if re.fullmatch(known.pattern, code)), None)


@cache
def markets_table() -> Table:
    """Return the shipped markets file."""
    return read_toml(MARKETS_FILE)


@cache
def list_exchanges() -> dict[str, Exchange]:
    """Return every exchange by its suffix."""
    table = markets_table().table("exchanges")
    exchanges = {suffix: _read_exchange(suffix, table.table(suffix)) for suffix in table.names()}
    table.faults.raise_if_any()
    return exchanges


@cache
def suffixes() -> dict[str, str]:
    """Return the suffix meant by each spelling of an exchange."""
    return {
        spelling: exchange.id
        for exchange in list_exchanges().values()
        for spelling in (exchange.id, *exchange.aliases)
    }


def _read_exchange(suffix: str, table: Table) -> Exchange:
    exchange = Exchange(
        id=suffix,
        name=table.bilingual("name"),
        aliases=table.texts("aliases"),
        digits=int(table.number("digits")),
        price_decimals=int(table.number("price_decimals")),
        calendar=table.text("calendar"),
        currency=table.text("currency"),
        timezone=table.text("timezone"),
        final_at=table.time_of_day("final_at"),
        codes=tuple(_read_range(row) for row in table.tables("codes")),
    )
    table.finish()
    return exchange


def _read_range(table: Table) -> CodeRange:
    known = CodeRange(table.text("pattern"), table.text("kind"), table.text("board"))
    table.finish()
    return known
