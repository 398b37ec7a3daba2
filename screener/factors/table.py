"""The factors of every share on one day, as a table."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from screener.factors.catalogue import Peers, list_relations, unit_of
from screener.factors.peers import place_among
from screener.panel import Floats
from universes import Symbol
from universes.rating import Basis

if TYPE_CHECKING:
    import pandas as pd

Texts = npt.NDArray[np.object_]

TEXTS = ("symbol", "name", "market", "board", "sector")


@dataclass(frozen=True, eq=False)
class FactorTable:
    """What was known of N shares at the close of a day.

    Attributes
    ----------
    day : date
    basis : {"price", "total"}
        Of the closes that the factors rest on.
    symbols : tuple of str, length N
        In order.
    texts : mapping of str to ndarray of object, shape (N,)
        Of `TEXTS`: what tells one share from another; None where it is not known.
    values : mapping of str to ndarray, shape (N,)
        By factor, in the catalogue's order; not a number where it is not known.
    told_after : bool
        Whether any sector is from a table drawn up after the day that tells no days of change.
    """

    day: dt.date
    basis: Basis
    symbols: tuple[str, ...]
    texts: Mapping[str, Texts]
    values: Mapping[str, Floats]
    told_after: bool
    _places: dict[str, Floats] = field(init=False, repr=False, default_factory=dict)

    def __len__(self) -> int:
        return len(self.symbols)

    def numbers(self, name: str) -> Floats:
        """Return a factor, or a place among peers such as ``pe_ttm_pct_sector``; shape (N,).

        Raises
        ------
        InputError
            If there is no such factor.
        """
        relation = list_relations().get(name)
        if relation is None:
            unit_of(name)
            return self.values[name]
        if name not in self._places:
            own, groups = self.values[relation.factor], self._groups(relation.peers)
            self._places[name] = place_among(own, groups, relation.standing)
        return self._places[name]

    def column(self, name: str) -> Floats | Texts:
        """Return a column by its name, a text or a factor; shape (N,)."""
        return self.texts[name] if name in TEXTS else self.numbers(name)

    def columns(self, names: Iterable[str]) -> dict[str, Floats | Texts]:
        """Return several columns by name."""
        return {name: self.column(name) for name in names}

    def to_frame(self, names: Sequence[str] | None = None) -> "pd.DataFrame":
        """Return columns as a DataFrame, one row for each symbol.

        Parameters
        ----------
        names : sequence of str, optional
            Left out: the texts and all factors.
        """
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        chosen = [*TEXTS[1:], *self.values] if names is None else names
        index = pd.Index(self.symbols, name="symbol")
        return pd.DataFrame(self.columns(chosen), index=index)

    def _groups(self, peers: Peers) -> npt.NDArray[np.intp]:
        """Return a number for each share's group of peers, shape (N,); -1 for none."""
        numbers: dict[tuple[str, str], int] = {}
        groups = np.full(len(self), -1, dtype=np.intp)
        for n, (symbol, sector) in enumerate(zip(self.symbols, self.texts["sector"], strict=True)):
            calendar = Symbol.parse(symbol).exchange.calendar
            if peers == "market":
                groups[n] = numbers.setdefault((calendar, ""), len(numbers))
            elif sector is not None:
                groups[n] = numbers.setdefault((calendar, sector), len(numbers))
        return groups
