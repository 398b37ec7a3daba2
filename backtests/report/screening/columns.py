"""How factors are headed and spelled in a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backtests.labels import word
from backtests.report.document import Column, Kind
from screener.factors.catalogue import Unit, unit_of
from screener.factors.table import TEXTS, FactorTable
from universes.text import Language

_KINDS: Mapping[Unit, Kind] = {
    "fraction": "rate",
    "ratio": "ratio",
    "number": "number",
    "index": "ratio",
    "currency": "money",
}
_TEXT_KINDS: Mapping[str, Kind] = {"name": "name", "sector": "text"}


def factor_columns(names: Sequence[str], language: Language) -> list[Column]:
    """Return a column for each factor or text named."""
    # a factor goes by its id, which is what a rule calls it
    return [
        Column(name, word(f"screen_{name}", language) if name in TEXTS else name, _kind(name))
        for name in names
    ]


def read_row(table: FactorTable, row: int, names: Sequence[str]) -> dict[str, Any]:
    """Return the cells of a share as JSON values; what is not known is None."""
    return {name: _plain(table.column(name)[row], name) for name in names}


def _plain(value: Any, name: str) -> str | float | int | None:  # noqa: ANN401
    if isinstance(value, str) or value is None:
        return value
    if np.isnan(value):
        return None
    number = float(value)
    return int(number) if unit_of(name) == "number" and number.is_integer() else number


def _kind(name: str) -> Kind:
    return _TEXT_KINDS.get(name, "label") if name in TEXTS else _KINDS[unit_of(name)]
