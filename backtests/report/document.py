"""A result ready to be shown: the same content for a terminal, a file and a program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal[
    "text",
    "name",
    "label",
    "points",
    "percent",
    "number",
    "rate",
    "ratio",
    "money",
    "bp",
    "hundredths",
    "chance",
]
WORDS: tuple[Kind, ...] = ("text", "name", "label")


@dataclass(frozen=True)
class Toned:
    """A word that is good (1), bad (-1) or neither (0)."""

    text: str
    tone: int


@dataclass(frozen=True)
class Column:
    """A column of a sheet.

    Attributes
    ----------
    key : str
        Of the rows' mappings.
    label : str
    kind : {"text", "name", "label", "points", "percent", "number", "rate", "ratio", "money", "bp",
        "hundredths", "chance"}
        Where there is little room a text is wrapped, a name is cut short, and all else is kept
        whole. Points is a fraction shown in percentage points with its sign and coloured by
        it, hundredths the same to two decimals; rate is a fraction in percent to a tenth, bp one
        in basis points to a tenth; a chance is shown to three decimals.
    """

    key: str
    label: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Sheet:
    """A table.

    Attributes
    ----------
    name : str
        Short, for the tab of a workbook.
    title : str
    columns : sequence of Column
    rows : sequence of mapping
        A missing key or None is an empty cell; a true ``head`` marks a row to stand out.
    grouped : bool
        Whether each such row begins a group of rows.
    """

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    grouped: bool = False


def plain_sheet(
    title: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str] | None = None
) -> Sheet:
    """Return rows as a table for programs, each column under its key.

    Parameters
    ----------
    title : str
    rows : sequence of mapping
    keys : sequence of str, optional
        Left out: those of the first row.
    """
    if keys is None:
        keys = list(rows[0]) if rows else []
    return Sheet("rows", title, [Column(key, key) for key in keys], rows)


@dataclass(frozen=True)
class Document:
    """A result.

    Attributes
    ----------
    name : str
        Of its files, without ending.
    title : str
    data : dict
        What a program reads: JSON values only.
    records : Sheet
        The plain table that goes into CSV.
    sheets : sequence of Sheet
        What a person reads.
    notes : sequence of str
        Printed under the sheets.
    lead : str
        What it comes to, printed over the sheets; empty where they say it themselves.
    warning : str
        What must be known before anything is read, printed over all; empty where there is none.
    facts : sequence of (str, str)
        The few figures that matter most, each its label and the figure as it is to be shown;
        printed under the lead.
    """

    name: str
    title: str
    data: dict[str, Any]
    records: Sheet
    sheets: Sequence[Sheet]
    notes: Sequence[str] = ()
    lead: str = ""
    warning: str = ""
    facts: Sequence[tuple[str, str]] = ()


# what a number is multiplied by, and how the product is spelled
_SPELLED: dict[Kind, tuple[float, str]] = {
    "points": (100.0, "+.1f"),
    "hundredths": (100.0, "+.2f"),
    "percent": (1.0, ".0%"),
    "rate": (100.0, ".1f"),
    "ratio": (1.0, ".2f"),
    "money": (1.0, ",.2f"),
    "bp": (10_000.0, ".1f"),
    "chance": (1.0, ".3f"),
}


def show(value: object, kind: Kind) -> str:
    """Spell a cell.

    Examples
    --------
    >>> show(0.1612, "points"), show(0.6, "percent"), show(None, "points")
    ('+16.1', '60%', '')
    >>> show(-0.143, "rate"), show(1.594, "ratio"), show(1234.5, "money"), show(-0.00051, "bp")
    ('-14.3', '1.59', '1,234.50', '-5.1')
    """
    if value is None:
        return ""
    if isinstance(value, Toned):
        return value.text
    if isinstance(value, float) and kind in _SPELLED:
        factor, form = _SPELLED[kind]
        return format(factor * value, form)
    return str(value)


def tone(value: object, kind: Kind) -> int:
    """Tell whether a cell is good (1), bad (-1) or neither (0)."""
    if isinstance(value, Toned):
        return value.tone
    if isinstance(value, float) and kind in {"points", "hundredths"}:
        return (value > 0) - (value < 0)
    return 0
