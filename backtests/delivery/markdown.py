"""A short Markdown message as the pieces between which it may be cut.

It knows what messages are made of: headings, paragraphs, lists and tables. Anything else is text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

_HEADING = re.compile(r"#{1,6}\s")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_RULER = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)*\s*:?-+:?\s*\|?\s*")
_BAR = re.compile(r"(?<!\\)\|")

Kind = Literal["heading", "line", "item", "row", "piece"]


@dataclass(frozen=True)
class Atom:
    """What is not cut while it fits.

    Attributes
    ----------
    kind : {"heading", "line", "item", "row", "piece"}
        A piece is the rest of a line that had to be cut.
    text : str
        One line; of a list item all its lines.
    gap : int
        Line ends before it: 2 after another block, 1 within one, 0 for a piece.
    head : str
        A row's table: header and ruler; empty for others.
    table : int
        Which table a row is of; -1 for others.
    """

    kind: Kind
    text: str
    gap: int
    head: str = ""
    table: int = -1


def read_atoms(markdown: str) -> list[Atom]:
    """Return a message as atoms; blank lines beyond the first are dropped."""
    lines = [line.rstrip() for line in markdown.splitlines()]
    atoms: list[Atom] = []
    place, gap = 0, 2
    while place < len(lines):
        if not lines[place]:
            place, gap = place + 1, 2
            continue
        if _starts_table(lines, place):
            rows = _rows(lines, place, table=place)
            atoms += rows
            place += 2 + sum(atom.kind == "row" for atom in rows)
            gap = 2
            continue
        atom = _line(lines[place], gap, atoms)
        if atom:
            atoms.append(atom)
        else:
            atoms[-1] = replace(atoms[-1], text=f"{atoms[-1].text}\n{lines[place]}")
        gap = 2 if _HEADING.match(lines[place]) else 1
        place += 1
    return atoms


def join_atoms(atoms: Sequence[Atom]) -> str:
    """Return atoms as Markdown; a table begun in its middle has its header again."""
    text = ""
    table = -1
    for atom in atoms:
        headed = f"{atom.head}\n{atom.text}" if atom.head and atom.table != table else atom.text
        gap = 2 if headed is not atom.text else atom.gap
        text += "\n" * gap * bool(text) + headed
        table = atom.table
    return text


def cells_of(row: str) -> list[str]:
    """Return the cells of a row of a table, as they are written."""
    return [cell.strip() for cell in _BAR.split(row.strip().removeprefix("|"))][
        : -1 if re.search(r"(?<!\\)\|\s*$", row) else None
    ]


def row_of(cells: Sequence[str]) -> str:
    """Return cells as a row."""
    return f"| {' | '.join(cells)} |"


def _starts_table(lines: list[str], place: int) -> bool:
    below = lines[place + 1] if place + 1 < len(lines) else ""
    return "|" in lines[place] and "-" in below and "|" in below and bool(_RULER.fullmatch(below))


def _rows(lines: list[str], place: int, table: int) -> list[Atom]:
    head = f"{lines[place]}\n{lines[place + 1]}"
    rows: list[Atom] = []
    for line in lines[place + 2 :]:
        if not _BAR.search(line):
            break
        rows.append(Atom("row", line, 1 if rows else 2, head, table))
    return rows or [Atom("line", head, 2)]


def _line(line: str, gap: int, atoms: list[Atom]) -> Atom | None:
    """Return the atom that a line begins; None where it goes on with the list item above."""
    if _HEADING.match(line):
        return Atom("heading", line, 2)
    if _ITEM.match(line):
        listed = bool(atoms) and atoms[-1].kind == "item"
        return Atom("item", line, gap if listed else 2)
    if gap == 1 and atoms and atoms[-1].kind == "item":
        return None
    return Atom("line", line, gap)
