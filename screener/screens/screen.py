"""A rule as a file: which shares, on what condition, in which order, how many."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from screener.factors.catalogue import list_factors, list_relations
from screener.factors.table import TEXTS
from screener.screens.language.condition import Condition, Ranking, parse_condition, parse_ranking
from universes import InputError
from universes.content import content_hash
from universes.rating import BASES, Basis
from universes.tables import Table, is_there, read_toml
from universes.text import Text

SCREENS_FOLDER = Path(__file__).parent
_LARGEST_LIMIT = 10_000


@dataclass(frozen=True)
class Screen:
    """A rule that chooses shares by their factors.

    Attributes
    ----------
    id : str
        The name of its file.
    title, note : Text
    universe : tuple of str
        Ids of markets, and ids or paths of reports, whose picks are meant; empty for every
        share there are prices of.
    where : Condition
    rank : Ranking
        Equal ones stand by symbol.
    limit : int or None
        How many are chosen at most.
    show : tuple of str
        Factors shown beside those that the rule names.
    basis : {"total", "price"}
        Of the closes that the factors rest on.
    """

    id: str
    title: Text
    note: Text
    universe: tuple[str, ...]
    where: Condition
    rank: Ranking
    limit: int | None
    show: tuple[str, ...]
    basis: Basis

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it names, in order, each once."""
        named = (*self.where.columns, *self.rank.columns, *self.show)
        return tuple(dict.fromkeys(named))

    @property
    def rule(self) -> dict[str, Any]:
        """What it chooses by, as JSON values, in one spelling whatever the layout of its file."""
        return {
            "universe": list(self.universe),
            "where": [part.text for part in self.where.parts],
            "rank": [f"{key.text} {'DESC' if key.descending else 'ASC'}" for key in self.rank.keys],
            "limit": self.limit,
            "basis": self.basis,
        }

    @property
    def sha256(self) -> str:
        """Hash of its rule."""
        return content_hash(self.rule)

    def changed(
        self,
        universe: Sequence[str] = (),
        where: str | None = None,
        rank: str | None = None,
        limit: int | None = None,
        basis: Basis | None = None,
    ) -> "Screen":
        """Return the screen with parts of its rule replaced; what is left out stays.

        Its note is left out where it argues for another rule or other shares.

        Raises
        ------
        InputError
            If a part is not one.
        """
        if limit is not None and not 1 <= limit <= _LARGEST_LIMIT:
            raise InputError(f"a limit of {limit}", f"write 1 to {_LARGEST_LIMIT}")
        if basis is not None and basis not in BASES:
            raise InputError(f"unknown basis {basis!r}", f"write one of: {', '.join(BASES)}")
        argued = not universe and where is None and rank is None
        return dataclasses.replace(
            self,
            title=self.title
            if argued
            else Text(f"{self.title.zh}（已改）", f"{self.title.en}, changed"),
            note=self.note if argued else Text("", ""),
            universe=tuple(universe) or self.universe,
            where=self.where if where is None else parse_condition(where, is_column),
            rank=self.rank if rank is None else parse_ranking(rank, is_column),
            limit=self.limit if limit is None else limit,
            basis=self.basis if basis is None else basis,
        )


def is_column(name: str) -> bool:
    """Tell whether a rule may name a column: a text, a factor, a place among peers."""
    return name in TEXTS or name in list_factors() or name in list_relations()


@cache
def list_screens() -> tuple[str, ...]:
    """Return the ids of the shipped screens."""
    return tuple(sorted(path.stem for path in SCREENS_FOLDER.glob("*.toml")))


def load_screen(screen: str | Path) -> Screen:
    """Load a screen.

    Parameters
    ----------
    screen : str or Path
        The id of a shipped one, or the path of a TOML file.

    Raises
    ------
    InputError
        If there is no such screen.
    FaultyFileError
        If its file has faults; all are listed.

    Examples
    --------
    >>> load_screen("ai_apps_bottom").where.columns
    ('drawdown_26w', 'halted_sessions', 'rise_26w', 'sector')
    """
    if str(screen) in list_screens():
        path = SCREENS_FOLDER / f"{screen}.toml"
    else:
        path = Path(screen)
        if path.suffix != ".toml" or not is_there(path):
            raise InputError(
                f"there is no screen {str(screen)[:120]!r}",
                f"write one of: {', '.join(list_screens())}, or the path of a .toml file",
            )
    table = read_toml(path)
    where = table.parsed("where", lambda text: parse_condition(text, is_column), folded=True)
    rank = table.parsed("rank", lambda text: parse_ranking(text, is_column))
    read = Screen(
        id=path.stem,
        title=table.bilingual("title"),
        note=table.bilingual("note") if table.has("note") else Text("", ""),
        universe=table.texts("universe"),
        where=cast("Condition", where),
        rank=cast("Ranking", rank),
        limit=table.count("limit", largest=_LARGEST_LIMIT) if table.has("limit") else None,
        show=_read_show(table),
        basis=cast("Basis", table.choice("basis", BASES, "total")),
    )
    table.finish()
    table.faults.raise_if_any()
    return read


def _read_show(table: Table) -> tuple[str, ...]:
    names = table.texts("show")
    for name in names:
        if not is_column(name):
            table.fault("show", f"there is no factor {name!r}", "screener factors lists them")
    return names
