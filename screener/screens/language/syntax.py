"""From words to terms, by the grammar of DuckDB's own parser.

The parser is given keywords, signs and functions that rules have, and a stand-in for every
column and constant; nothing that a user wrote reaches it as it was written. Its answer is read
node by node, and a node that no rule has is refused.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from screener.screens.language.engine import serialize
from screener.screens.language.spelling import quote
from screener.screens.language.terms import ARITHMETIC, Term
from screener.screens.language.words import FUNCTIONS, Rule, Word, shorten
from universes import InputError

Node = Mapping[str, Any]

_DEEPEST = 60
_BEFORE = "SELECT 1 WHERE ( "
_STAND_IN = re.compile("c[0-9]+")
_COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}
_CONJUNCTIONS = {"CONJUNCTION_AND": "and", "CONJUNCTION_OR": "or"}
_OPERATORS = {
    "OPERATOR_IS_NULL": "is null",
    "OPERATOR_COALESCE": "coalesce",
    "COMPARE_IN": "in",
}
# each is NOT of another; newer parsers write two of them so themselves
_NEGATED = {"OPERATOR_IS_NOT_NULL": "is null", "COMPARE_NOT_IN": "in"}
_OPPOSITES = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_LIKE = {"~~": False, "!~~": True}


def parse_words(words: Sequence[Word], rule: Rule = "condition") -> Term:
    """Parse the words of one expression.

    Raises
    ------
    InputError
        If they are no expression, or one that rules do not have.
    """
    pieces = [_stand_in(word, number) for number, word in enumerate(words, start=1)]
    answer = _parse(f"{_BEFORE}{' '.join(pieces)} )")
    if answer["error"]:
        raise _unreadable(words, pieces, answer, rule)
    return read_tree(answer["statements"][0]["node"]["where_clause"], words)


def read_tree(node: Node, words: Sequence[Word]) -> Term:
    """Read the parser's tree of an expression.

    Parameters
    ----------
    node : mapping
        As DuckDB serializes it. A whole number N stands for word N, and so does a column named
        cN, which is thus a column or a constant.
    words : sequence of Word

    Raises
    ------
    InputError
        If it has what rules do not have, or is nested too deeply.
    """
    return _Reader(words).read(node, 1)


def _parse(sql: str) -> Node:
    try:
        return cast("Node", json.loads(serialize(sql)))
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> InputError:
    return InputError(f"terms nest more than {_DEEPEST} deep", "split the rule")


def _stand_in(word: Word, number: int) -> str:
    if isinstance(word.value, bool | str) or word.kind == "column":
        return f"c{number}"
    # as a number, since the parser takes a sign before it as a part of it
    return str(number) if word.kind == "constant" else word.text


def _unreadable(
    words: Sequence[Word], pieces: Sequence[str], answer: Node, rule: Rule
) -> InputError:
    remedy = "check what stands there and before it"
    # of what is well formed and means nothing, such as 0 < a < 1, the parser tells no position
    if "position" not in answer:
        return InputError(f"the {rule} cannot be read", answer["error_message"].splitlines()[0])
    place = len(_BEFORE)
    for word, piece in zip(words, pieces, strict=True):
        if place >= int(answer["position"]):
            where = f"{shorten(word.text)!r} (character {word.place})"
            return InputError(f"the {rule} cannot be read at {where}", remedy)
        place += len(piece) + 1
    return InputError(f"the {rule} ends too early, after {shorten(words[-1].text)!r}", "finish it")


class _Reader:
    """Reads the parser's nodes as terms, with words for the stand-ins."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self._readers: dict[str, Callable[[Node, int], Term]] = {
            "BETWEEN": self._read_between,
            "CASE": self._read_case,
            "COLUMN_REF": self._read_column,
            "COMPARISON": self._read_comparison,
            "CONJUNCTION": self._read_conjunction,
            "CONSTANT": self._read_constant,
            "FUNCTION": self._read_function,
            "OPERATOR": self._read_operator,
        }

    def read(self, node: Node, depth: int) -> Term:
        if depth > _DEEPEST:
            raise _too_deep()
        reader = self._readers.get(node["class"])
        if reader is None or node.get("alias"):
            raise _foreign(node)
        return reader(node, depth + 1)

    def _read_all(self, nodes: Sequence[Node], depth: int) -> tuple[Term, ...]:
        return tuple(self.read(node, depth) for node in nodes)

    def _read_between(self, node: Node, depth: int) -> Term:
        parts = [node["input"], node["lower"], node["upper"]]
        return Term("between", self._read_all(parts, depth))

    def _read_case(self, node: Node, depth: int) -> Term:
        parts = [
            part for case in node["case_checks"] for part in (case["when_expr"], case["then_expr"])
        ]
        # a CASE without ELSE comes with NULL in its place
        if not _is_null(node["else_expr"]):
            parts.append(node["else_expr"])
        return Term("case", self._read_all(parts, depth))

    def _read_column(self, node: Node, _: int) -> Term:
        name, *others = node["column_names"]
        if others:
            raise _foreign(node)
        if not _STAND_IN.fullmatch(name):
            message = f"the keyword {name!r} stands where a column or a value is needed"
            raise InputError(message, "check what stands there and before it")
        word = self._words[int(name.removeprefix("c")) - 1]
        if word.kind == "column":
            return Term("column", (), word.text)
        return Term("constant", (), word.value, word.text)

    def _read_comparison(self, node: Node, depth: int) -> Term:
        if node["type"] not in _COMPARISONS:
            raise _foreign(node)
        sides = self._read_all([node["left"], node["right"]], depth)
        return Term(_COMPARISONS[node["type"]], sides)

    def _read_conjunction(self, node: Node, depth: int) -> Term:
        operator = _CONJUNCTIONS[node["type"]]
        terms: list[Term] = []
        for term in self._read_all(node["children"], depth):
            terms.extend(term.operands if term.operator == operator else [term])
        return Term(operator, tuple(terms))

    def _read_constant(self, node: Node, _: int) -> Term:
        if _is_null(node):
            message = "NULL stands where a value is needed, and nothing equals it"
            raise InputError(message, "write IS NULL or IS NOT NULL")
        number = int(node["literal"]["text"] if "literal" in node else node["value"]["value"])
        word = self._words[abs(number) - 1]
        value = cast("float", word.value)
        if number > 0:
            return Term("constant", (), value, word.text)
        return Term("constant", (), 0.0 - value, f"-{word.text}")

    def _read_function(self, node: Node, depth: int) -> Term:
        name = node["function_name"]
        if name == "row":
            raise InputError("a list stands where one value is needed", "a list follows IN only")
        if node["schema"] or node["distinct"] or node["filter"] or node["order_bys"]["orders"]:
            raise _foreign(node)
        operands = self._read_all(_arguments(node), depth)
        if name in _LIKE:
            like = Term("like", operands)
            return _negate(like) if _LIKE[name] else like
        if name == "-" and len(operands) == 1:
            return Term("negate", operands)
        if name not in {*ARITHMETIC, *FUNCTIONS}:
            raise _foreign(node)
        if name in ARITHMETIC and len(operands) == 1:
            raise InputError(f"{name} stands before {quote(operands[0])} alone", "leave it out")
        return Term(name, operands)

    def _read_operator(self, node: Node, depth: int) -> Term:
        kind = node["type"]
        if kind not in {"OPERATOR_NOT", *_OPERATORS, *_NEGATED}:
            raise _foreign(node)
        operands = self._read_all(node["children"], depth)
        if kind == "OPERATOR_NOT":
            return _negate(*operands)
        if kind in _NEGATED:
            return _negate(Term(_NEGATED[kind], operands))
        return Term(_OPERATORS[kind], operands)


def _negate(term: Term) -> Term:
    # the parsers before 2.0 do so themselves, and a rule should not read differently on each
    if term.operator == "not":
        return term.operands[0]
    if term.operator in _OPPOSITES:
        return Term(_OPPOSITES[term.operator], term.operands)
    return Term("not", (term,))


def _arguments(node: Node) -> Sequence[Node]:
    # the parser of 2.0 wraps each argument, as it may have a name
    if "arguments" not in node:
        return list(node["children"])
    if any(argument["name"] for argument in node["arguments"]):
        raise _foreign(node)
    return [argument["expression"] for argument in node["arguments"]]


def _is_null(node: Node) -> bool:
    if node["class"] != "CONSTANT":
        return False
    if "literal" in node:
        return bool(node["literal"]["kind"] == "NULL_LITERAL")
    return bool(node["value"]["is_null"])


def _foreign(node: Node) -> InputError:
    name = node.get("function_name") or node["type"].rpartition("_")[2]
    remedy = "write it with comparisons, AND, OR, NOT and the functions of rules"
    return InputError(f"{name.lower()} is not part of the rule language", remedy)
