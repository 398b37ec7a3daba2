"""What reading files gives, and what the user said of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from screener.bars import ActionHistory, BarBasis, Bars
from screener.panel import CorporateAction
from universes import InputError, Symbol


@dataclass(frozen=True)
class Skipped:
    """Something that was not taken.

    Attributes
    ----------
    path : Path
    what : str
        The symbol as the file spells it; empty where it is the whole file.
    reason : str
    """

    path: Path
    what: str
    reason: str


@dataclass(frozen=True)
class Note:
    """Something the reader of the bars should know.

    Attributes
    ----------
    message : str
    paths : tuple of Path
        Every file it is true of.
    """

    message: str
    paths: tuple[Path, ...]

    def __str__(self) -> str:
        """Lead the message with the first file and the number of the others."""
        more = f" and {len(self.paths) - 1} more" if len(self.paths) > 1 else ""
        return f"{self.paths[0].name}{more}: {self.message}"


@dataclass(frozen=True, eq=False)
class Imported:
    """What a file or folder holds.

    Attributes
    ----------
    bars : list of Bars
        One for each symbol, basis, source and currency, in the order found. The rows keep the
        file's order. Where several files hold one series its rows follow each other in the
        order of the files' names. The columns are read-only slices of the file's whole
        columns, so a single one kept keeps all of them in memory.
    actions : list of ActionHistory
        None for a share of which the files say nothing.
    names : dict of str to str
        The name of a symbol.
    skipped : list of Skipped
        Each file, or symbol in a file, that was not taken.
    notes : list of Note
    """

    bars: list[Bars]
    actions: list[ActionHistory]
    names: dict[str, str]
    skipped: list[Skipped]
    notes: list[Note]


@dataclass(frozen=True)
class Declared:
    """What the user said of the files; a column of a file that says otherwise is right."""

    source: str
    basis: BarBasis | None
    fetched_at: np.datetime64
    exchange: str | None

    def find_symbol(self, text: str) -> Symbol:
        """Read a symbol; the declared exchange settles what the spelling leaves open."""
        try:
            return Symbol.parse(text)
        except InputError:
            if self.exchange is None:
                raise
            return Symbol.parse(f"{text.strip()}.{self.exchange}")


@dataclass(frozen=True)
class Listed:
    """The corporate actions of one symbol in a table of them."""

    symbol: str
    currency: str
    actions: tuple[CorporateAction, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """What one file holds, gathered while it is read."""

    bars: list[Bars] = field(default_factory=list)
    actions: list[ActionHistory] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Found") -> None:
        """Take in what another part of the file holds."""
        self.bars.extend(other.bars)
        self.actions.extend(other.actions)
        self.listed.extend(other.listed)
        self.names.update(other.names)
        self.notes.extend(other.notes)
        self.refused.update(other.refused)


def parse_all(
    spellings: Iterable[str], declared: Declared, refused: dict[str, str]
) -> list[Symbol | None]:
    """Read each spelling once; one that is no symbol is None, and its reason noted."""
    parsed: list[Symbol | None] = []
    for spelling in spellings:
        try:
            parsed.append(declared.find_symbol(spelling))
        except InputError as error:
            parsed.append(None)
            refused[spelling] = str(error)
    return parsed
