"""The columns of a table of recommendations, whatever a vendor heads them with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from universes import InputError
from universes.houses import fold
from universes.tables import read_toml

COLUMNS_FILE = Path(__file__).parent / "columns.toml"
_MOST_TOLD = 20
_LONGEST_TOLD = 40

Codes = npt.NDArray[np.int32]
Lines = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Cells:
    """One column of a file.

    Attributes
    ----------
    values : sequence of str
        Its distinct cells, not in order.
    codes : ndarray of int32, shape (N,)
        For each row the place of its cell among them.
    """

    values: Sequence[str]
    codes: Codes


@dataclass(frozen=True)
class Broken:
    """A row whose fields cannot be told apart, or whose bytes are no text.

    Attributes
    ----------
    line : int
    what, remedy : str
        As in `universes.InputError`.
    row : str
        As far as it can be shown.
    """

    line: int
    what: str
    remedy: str
    row: str


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a file, not yet understood.

    Attributes
    ----------
    cells : mapping of str to Cells
        By name, those of the known columns that the file has.
    line : ndarray of int64, shape (N,)
        On which each row begins; the header's is 1.
    text : callable
        Gives the text of the rows at some places.
    broken : tuple of Broken
        All other rows.
    """

    cells: Mapping[str, Cells]
    line: Lines
    text: Callable[[npt.NDArray[np.intp]], list[str]]
    broken: tuple[Broken, ...]


def place_columns(path: Path, headings: Sequence[str]) -> dict[str, int]:
    """Return where each known column stands among the headings of a file.

    Raises
    ------
    InputError
        If one that is required is missing, or one stands twice.
    """
    places: dict[str, int] = {}
    for at, heading in enumerate(headings):
        name = _list_headings().get(fold(heading))
        if name in places:
            both = f"{headings[places[name]]!r} and {heading!r}"
            raise InputError(f"{path} has two columns for {name}: {both}", "leave one of them out")
        if name:
            places[name] = at
    missing = [name for name, required in _list_required().items() if required - places.keys()]
    if missing:
        found = ", ".join(each.strip()[:_LONGEST_TOLD] for each in headings[:_MOST_TOLD])
        accepted = "; ".join(f"{name} as {', '.join(_known_as(name))}" for name in missing)
        raise InputError(
            f"{path} has no column for {' or '.join(missing)}; its headings are: {found}",
            f"head {accepted}",
        )
    return places


def count_known(headings: Iterable[str]) -> int:
    """Return how many headings are known."""
    return sum(fold(heading) in _list_headings() for heading in headings)


def _known_as(name: str) -> list[str]:
    return [heading for heading, column in _list_headings().items() if column == name]


@cache
def _list_headings() -> dict[str, str]:
    table = read_toml(COLUMNS_FILE)
    headings = {}
    for name in table.names():
        headings[fold(name)] = name
        headings.update(dict.fromkeys(map(fold, table.table(name).texts("headings")), name))
    table.faults.raise_if_any()
    return headings


@cache
def _list_required() -> dict[str, set[str]]:
    """Return for each column the names that a file must have for its sake."""
    table = read_toml(COLUMNS_FILE)
    return {name: {name} if table.table(name).flag("required") else set() for name in table.names()}
