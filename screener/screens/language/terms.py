"""A rule as a tree of terms."""

from collections.abc import Iterator
from dataclasses import dataclass

from screener.screens.language.words import Constant

COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")
ARITHMETIC = ("+", "-", "*", "/")


@dataclass(frozen=True)
class Term:
    """An operator and what it works on.

    Attributes
    ----------
    operator : str
        "column", "constant", an operator in small letters, or a function. The operands of "case"
        are a condition and a value in turn, and last the value of ELSE, if any.
    operands : tuple of Term
    value : float, str or bool, optional
        A column's name, or a constant.
    written : str
        A number as it was written.
    """

    operator: str
    operands: tuple["Term", ...] = ()
    value: Constant | None = None
    written: str = ""


def walk(term: Term) -> Iterator[Term]:
    """Yield a term and all terms inside it."""
    yield term
    for operand in term.operands:
        yield from walk(operand)


def columns_of(*terms: Term) -> tuple[str, ...]:
    """Return the names of the columns that terms read, sorted."""
    inside = (inner for term in terms for inner in walk(term))
    return tuple(sorted({str(inner.value) for inner in inside if inner.operator == "column"}))
