"""The services a report can be sent to: what each shows, takes and answers."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast

from universes.tables import Table, read_toml
from universes.text import Text

_FILE = Path(__file__).parent / "services.toml"

Counts = Literal["json_bytes", "utf8_bytes", "utf16_visible", "utf16_escaped"]
Format = Literal["markdown", "text", "html"]
Tables = Literal["lines", "block", "html"]

_COUNTS = ("json_bytes", "utf8_bytes", "utf16_visible", "utf16_escaped")
_FORMATS = ("markdown", "text", "html")
_TABLES = ("lines", "block", "html")
_TITLES = ("apart", "within")
_LARGEST_LIMIT = 10**6


@dataclass(frozen=True)
class Service:
    """What one service shows, takes and answers.

    Attributes
    ----------
    id : str
    name : Text
    schemes : tuple of str
        What its addresses begin with.
    limit : int or None
        The most one message may hold, in the unit of ``counts``; None for no limit.
    counts : {"json_bytes", "utf8_bytes", "utf16_visible", "utf16_escaped"}
    format : {"markdown", "text", "html"}
        What it is given.
    tables : {"lines", "block", "html"}
        How a table is written for it.
    title_apart : bool
        Whether the title has a field of its own.
    guard : str
        Characters that get a backslash outside code.
    answer : tuple of str
        Where its answer says whether the message was taken; empty for mail.
    busy : tuple of str
        Codes of answers that pass by themselves.
    pause : float
        Seconds between two parts.
    attach : tuple of str
        Files of the report that go with the message.
    options : tuple of str
        What may stand after the ``?`` of an address.
    """

    id: str
    name: Text
    schemes: tuple[str, ...]
    limit: int | None
    counts: Counts
    format: Format
    tables: Tables
    title_apart: bool
    guard: str
    answer: tuple[str, ...]
    busy: tuple[str, ...]
    pause: float
    attach: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class Sending:
    """How often a part is tried, and the seconds waited: the first time, and how they grow."""

    attempts: int
    first_wait: float
    growth: float


@cache
def load_services() -> dict[str, Service]:
    """Return every service by the scheme of its addresses."""
    table = _read().table("services")
    services = [_service(name, table.table(name)) for name in table.names()]
    table.faults.raise_if_any()
    return {scheme: service for service in services for scheme in service.schemes}


@cache
def load_sending() -> Sending:
    """Return how a part is tried again."""
    table = _read().table("sending")
    sending = Sending(table.count("attempts"), table.number("first_wait"), table.number("growth"))
    table.finish()
    table.faults.raise_if_any()
    return sending


@cache
def phrase(key: str) -> Text:
    """Return words that a message may hold beside the report's own."""
    table = _read().table("words")
    text = table.bilingual(key)
    table.faults.raise_if_any()
    return text


def _read() -> Table:
    return read_toml(_FILE)


def _service(name: str, table: Table) -> Service:
    limited = table.has("limit")
    service = Service(
        id=name,
        name=table.bilingual("name"),
        schemes=table.texts("schemes"),
        limit=table.count("limit", largest=_LARGEST_LIMIT) if limited else None,
        counts=cast("Counts", table.choice("counts", _COUNTS, None if limited else "utf8_bytes")),
        format=cast("Format", table.choice("format", _FORMATS)),
        tables=cast("Tables", table.choice("tables", _TABLES)),
        title_apart=table.choice("title", _TITLES) == "apart",
        guard=table.text("guard", ""),
        answer=table.texts("answer"),
        busy=table.texts("busy"),
        pause=table.number("pause"),
        attach=table.texts("attach"),
        options=table.texts("options"),
    )
    # for those who mend the file
    table.text("source")
    table.text("verified")
    table.finish()
    return service
