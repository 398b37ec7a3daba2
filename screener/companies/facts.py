"""Fundamentals with the day on which each figure became known."""

import hashlib
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.panel import Floats
from universes import InputError
from universes.tables import read_toml

Span = Literal["session", "year_to_date", "fiscal_year", "trailing_year", "programme"]

_ITEMS_FILE = Path(__file__).parent / "facts.toml"

# units of money
AMOUNTS = ("currency", "CNY", "USD")

Texts = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Item:
    """What a figure measures.

    Attributes
    ----------
    id : str
        Such as ``pe_ttm``.
    unit : {"ratio", "fraction", "shares", "currency", "CNY", "USD"}
        Currency is the listing's; the others are for amounts stated in one of their own.
    span : {"session", "year_to_date", "fiscal_year", "trailing_year", "programme"}
        What its period is: the session it was observed at the close of; the months of a fiscal
        year up to a report's last day; the whole of one; the twelve months up to a day; or a
        buyback programme, known by its first day.
    lasts_days : int
        For so many days after its period (a programme's: after it became known) the figure is
        taken to hold.
    """

    id: str
    unit: str
    span: Span
    lasts_days: int


@cache
def list_items() -> dict[str, Item]:
    """Return every kind of figure by its id."""
    table = read_toml(_ITEMS_FILE)
    items = {}
    for name in table.names():
        row = table.table(name)
        items[name] = Item(
            name,
            row.choice("unit", ("ratio", "fraction", "shares", *AMOUNTS)),
            cast("Span", row.choice("span", get_args(Span))),
            row.count("lasts_days", largest=1000),
        )
        row.finish()
    table.faults.raise_if_any()
    return items


@dataclass(frozen=True, eq=False)
class Facts:
    """R figures, in any order.

    Attributes
    ----------
    symbol : ndarray of str, shape (R,)
        Canonical spellings.
    item : ndarray of str, shape (R,)
        Ids of `list_items`.
    period : ndarray of datetime64[D], shape (R,)
        What the figure is of; see `Item.span`: a period's last day, a programme's first.
    known : ndarray of datetime64[D], shape (R,)
        The first day at whose close it was public, on the exchange's own calendar: that of the
        announcement, or of the fetch where the source tells none. Never before the source
        shows that it was.
    value : ndarray, shape (R,)
        In the item's unit; finite.
    source : ndarray of str, shape (R,)
    """

    symbol: Texts
    item: Texts
    period: Days
    known: Days
    value: Floats
    source: Texts

    def __post_init__(self) -> None:
        """Check what every reader of figures relies on."""
        lengths = {field.name: len(getattr(self, field.name)) for field in fields(self)}
        if len(set(lengths.values())) > 1:
            raise InputError(f"the columns of figures differ in length: {lengths}")
        strange = sorted(set(self.item.tolist()) - list_items().keys())
        if strange:
            raise InputError(
                f"there is no figure {strange[0]!r}", f"write one of: {', '.join(list_items())}"
            )
        faulty = ~np.isfinite(self.value) | np.isnat(self.period) | np.isnat(self.known)
        if faulty.any():
            row = int(np.argmax(faulty))
            raise InputError(
                f"{self.item[row]} of {self.symbol[row]} lacks its value or a day",
                "leave a figure out that is not there",
            )

    def __len__(self) -> int:
        return len(self.value)

    @classmethod
    def none(cls) -> "Facts":
        """Return no figures."""
        days, texts = np.empty(0, "datetime64[D]"), np.empty(0, "U1")
        return cls(texts, texts, days, days, np.empty(0), texts)

    def take(self, rows: np.ndarray) -> "Facts":
        """Return the chosen rows, by position or by a mask of shape (R,)."""
        return Facts(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def sha256(self) -> str:
        """Hash of the figures, whatever order they come in."""
        rows = sorted(
            zip(
                self.symbol.tolist(),
                self.item.tolist(),
                self.period.astype(str).tolist(),
                self.known.astype(str).tolist(),
                (value.hex() for value in self.value.tolist()),
                self.source.tolist(),
                strict=True,
            )
        )
        return hashlib.sha256("\n".join(map("\t".join, rows)).encode()).hexdigest()


def join_facts(parts: "list[Facts]") -> Facts:
    """Return several tables of figures as one."""
    if not parts:
        return Facts.none()
    names = [field.name for field in fields(Facts)]
    return Facts(*(np.concatenate([getattr(each, name) for each in parts]) for name in names))
