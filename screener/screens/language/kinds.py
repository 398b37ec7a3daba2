"""What the terms of a rule give: a number, text, or a condition; and whether they fit."""

from typing import Literal

from screener.factors.table import TEXTS
from screener.screens.language.spelling import quote
from screener.screens.language.terms import ARITHMETIC, COMPARISONS, Term
from screener.screens.language.words import Constant
from universes import InputError

Kind = Literal["number", "text", "truth"]

_NAMES: dict[Kind, str] = {"number": "a number", "text": "text", "truth": "a condition"}
_TAKES: dict[str, Kind] = {
    **dict.fromkeys((*ARITHMETIC, "negate"), "number"),
    **dict.fromkeys(("abs", "greatest", "least", "ln", "power", "round", "sqrt"), "number"),
    **dict.fromkeys(("contains", "ends_with", "like", "starts_with"), "text"),
    **dict.fromkeys(("and", "or", "not"), "truth"),
}
_GIVES_TRUTH = frozenset(
    {*COMPARISONS, "and", "or", "not", "between", "in", "is null", "like"}
    | {"contains", "ends_with", "starts_with"}
)
# how many operands, at least and at most
_COUNTS: dict[str, tuple[int, float]] = {
    **dict.fromkeys(("abs", "ln", "sqrt"), (1, 1)),
    **dict.fromkeys((*ARITHMETIC, "power", "contains", "ends_with", "starts_with"), (2, 2)),
    **dict.fromkeys(("coalesce", "greatest", "least"), (2, float("inf"))),
    "round": (1, 2),
}
_MOST_WILDCARDS = 2
_MOST_DIGITS = 9


def kind_of(term: Term) -> Kind:
    """Return what a term gives, having checked that all its operands fit.

    Raises
    ------
    InputError
        If an operand is of another kind than its operator takes, or there are too few or many.
    """
    if term.operator == "column":
        return "text" if term.value in TEXTS else "number"
    if term.operator == "constant":
        return _kind_of_constant(term.value)
    kinds = [kind_of(operand) for operand in term.operands]
    _check_number_of_operands(term)
    if term.operator in _TAKES:
        for operand, kind in zip(term.operands, kinds, strict=True):
            _require(operand, kind, _TAKES[term.operator], term)
    _check_details(term, kinds)
    if term.operator in _GIVES_TRUTH:
        return "truth"
    return kinds[1] if term.operator == "case" else kinds[0]


def gap_of(term: Term) -> Term | None:
    """Return by how much a term is met, as a term; None where it compares no numbers.

    Below 0 where it fails; 0 where its sides are equal.
    """
    if term.operator not in {">", ">=", "<", "<=", "=", "between"}:
        return None
    if kind_of(term.operands[0]) != "number":
        return None
    if term.operator == "between":
        value, low, high = term.operands
        return Term("least", (Term("-", (value, low)), Term("-", (high, value))))
    left, right = term.operands
    if term.operator == "=":
        return Term("negate", (Term("abs", (Term("-", (left, right)),)),))
    return Term("-", (left, right) if term.operator in {">", ">="} else (right, left))


def _kind_of_constant(value: Constant | None) -> Kind:
    if isinstance(value, bool):
        return "truth"
    return "text" if isinstance(value, str) else "number"


def _check_number_of_operands(term: Term) -> None:
    least, most = _COUNTS.get(term.operator, (1, float("inf")))
    if not least <= len(term.operands) <= most:
        wanted = f"{least}" if least == most else f"{least} or more"
        if term.operator == "round":
            wanted = "1 or 2"
        message = f"{term.operator} takes {wanted} operand(s), not {len(term.operands)}"
        raise InputError(message, f"mend {quote(term)}")


def _require(operand: Term, kind: Kind, wanted: Kind, term: Term) -> None:
    if kind != wanted:
        name = "a minus sign" if term.operator == "negate" else term.operator.upper()
        message = f"{quote(operand)} is {_NAMES[kind]}, but {name} takes {_NAMES[wanted]}"
        raise InputError(message, f"mend {quote(term)}")


def _check_details(term: Term, kinds: list[Kind]) -> None:
    if term.operator in {*COMPARISONS, "between", "in"}:
        _check_alike(term.operands, kinds, term)
        if kinds[0] == "truth":
            message = f"{quote(term)} compares conditions"
            raise InputError(message, "join conditions by AND and OR")
    elif term.operator == "coalesce":
        _check_alike(term.operands, kinds, term)
    elif term.operator == "case":
        _check_case(term, kinds)
    elif term.operator == "like":
        _check_like(term)
    elif term.operator == "round":
        _check_digits(term)


def _check_alike(operands: tuple[Term, ...], kinds: list[Kind], term: Term) -> None:
    for operand, kind in zip(operands, kinds, strict=True):
        if kind != kinds[0]:
            first = f"{quote(operands[0])} is {_NAMES[kinds[0]]}"
            message = f"{first} and {quote(operand)} is {_NAMES[kind]} in {quote(term)}"
            raise InputError(message, "compare numbers with numbers, and text with text in quotes")


def _check_case(term: Term, kinds: list[Kind]) -> None:
    pairs = len(kinds) // 2
    for place in range(0, 2 * pairs, 2):
        _require(term.operands[place], kinds[place], "truth", term)
    values = [place for place in range(len(kinds)) if place % 2 or place == 2 * pairs]
    _check_alike(tuple(term.operands[n] for n in values), [kinds[n] for n in values], term)


def _check_like(term: Term) -> None:
    text, pattern = term.operands
    if text.operator != "column" or pattern.operator != "constant":
        message = f"LIKE compares a column with a text in quotes, which {quote(term)} does not"
        raise InputError(message, "write it as in name LIKE '%传媒%'")
    # beside _ each % multiplies the ways in which a text may be tried
    if "_" in str(pattern.value) and str(pattern.value).count("%") > _MOST_WILDCARDS:
        message = f"the pattern {quote(pattern)} has more than {_MOST_WILDCARDS} % beside _"
        raise InputError(message, "join several by AND")


def _check_digits(term: Term) -> None:
    digits = term.operands[1].value if len(term.operands) > 1 else 0.0
    if not isinstance(digits, float) or digits % 1 or abs(digits) > _MOST_DIGITS:
        message = f"round takes a whole number of digits, not {quote(term.operands[1])}"
        raise InputError(message, f"write {-_MOST_DIGITS} to {_MOST_DIGITS}")
