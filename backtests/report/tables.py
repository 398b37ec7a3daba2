"""Makes a table of rows whose columns are labelled in both languages."""

from collections.abc import Mapping, Sequence
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Column, Kind, Sheet
from universes.text import Language


def make_sheet(
    name: str,
    kinds: Mapping[str, Kind],
    rows: Sequence[Mapping[str, Any]],
    language: Language,
    *,
    grouped: bool = False,
    **values: object,
) -> Sheet:
    """Make a table of the columns that hold anything.

    Parameters
    ----------
    name : str
        Of the sheet; ``name_title`` is its title among the labels.
    kinds : mapping of str to str
        Kind of each column, whose key is its label's.
    rows : sequence of mapping
    language : {"zh", "en"}
    grouped : bool
        As of `Sheet`.
    **values : object
        The title is filled in with.
    """
    filled = [key for key in kinds if any(row.get(key) is not None for row in rows)]
    columns = [Column(key, word(key, language), kinds[key]) for key in filled]
    return Sheet(name, sentence(f"{name}_title", language, **values), columns, rows, grouped)
