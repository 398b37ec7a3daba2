"""The one spelling of a rule, whatever way it was written."""

import re
from collections.abc import Callable

from screener.screens.language.terms import ARITHMETIC, COMPARISONS, Term
from screener.screens.language.words import DIRECTIONS, FUNCTIONS, KEYWORDS, shorten

_OR, _AND, _NOT, _COMPARE, _ADD, _MULTIPLY, _NEGATE, _ATOM = range(1, 9)
_BINDS: dict[str, int] = {
    "or": _OR,
    "and": _AND,
    "not": _NOT,
    **dict.fromkeys((*COMPARISONS, "between", "in", "is null", "like"), _COMPARE),
    **dict.fromkeys(("+", "-"), _ADD),
    **dict.fromkeys(("*", "/"), _MULTIPLY),
    "negate": _NEGATE,
}
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def spell(term: Term) -> str:
    """Return a term as SQL: keywords in capitals, few parentheses."""
    return _SPELLERS.get(term.operator, _spell_test)(term)


def spell_constant(term: Term) -> str:
    """Return a constant as SQL, a number as it was written."""
    if isinstance(term.value, str):
        return "'" + term.value.replace("'", "''") + "'"
    return str(term.value).upper() if isinstance(term.value, bool) else term.written


def quote(term: Term) -> str:
    """Return a term as a message names it, cut short where long."""
    return shorten(spell(term))


def _wrap(term: Term, tightest: int) -> str:
    text = spell(term)
    binds = _BINDS.get(term.operator, _NEGATE if text.startswith("-") else _ATOM)
    return f"({text})" if binds < tightest else text


def _spell_column(term: Term) -> str:
    name = str(term.value)
    if _PLAIN_NAME.fullmatch(name) and name.upper() not in KEYWORDS | DIRECTIONS:
        return name
    return '"' + name.replace('"', '""') + '"'


def _spell_function(term: Term) -> str:
    return f"{term.operator}({', '.join(map(spell, term.operands))})"


def _spell_case(term: Term) -> str:
    texts = [spell(operand) for operand in term.operands]
    pairs = zip(texts[0::2], texts[1::2], strict=False)
    cases = [f"WHEN {when} THEN {then}" for when, then in pairs]
    last = [f"ELSE {texts[-1]}"] if len(texts) % 2 else []
    return " ".join(["CASE", *cases, *last, "END"])


def _spell_negate(term: Term) -> str:
    return f"-{_wrap(term.operands[0], _ATOM)}"


def _spell_not(term: Term) -> str:
    (inner,) = term.operands
    if inner.operator in {"between", "in", "is null", "like"}:
        return _spell_test(inner, "NOT ")
    return f"NOT {_wrap(inner, _COMPARE)}"


def _spell_conjunction(term: Term) -> str:
    # AND inside OR reads better in parentheses, though it needs none
    return f" {term.operator.upper()} ".join(_wrap(inner, _NOT) for inner in term.operands)


def _spell_arithmetic(term: Term) -> str:
    left, right = term.operands
    own = _BINDS[term.operator]
    return f"{_wrap(left, own)} {term.operator} {_wrap(right, own + 1)}"


def _spell_test(term: Term, negation: str = "") -> str:
    first, *rest = [_wrap(operand, _ADD) for operand in term.operands]
    if term.operator == "between":
        return f"{first} {negation}BETWEEN {rest[0]} AND {rest[1]}"
    if term.operator == "in":
        return f"{first} {negation}IN ({', '.join(rest)})"
    if term.operator == "is null":
        return f"{first} IS {negation}NULL"
    return f"{first} {negation}{term.operator.upper()} {rest[0]}"


_SPELLERS: dict[str, Callable[[Term], str]] = {
    "column": _spell_column,
    "constant": spell_constant,
    "case": _spell_case,
    "negate": _spell_negate,
    "not": _spell_not,
    **dict.fromkeys(("and", "or"), _spell_conjunction),
    **dict.fromkeys(ARITHMETIC, _spell_arithmetic),
    **dict.fromkeys(FUNCTIONS, _spell_function),
}
