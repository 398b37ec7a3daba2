"""Conditions by the plainest means: one share at a time, None where a value is missing."""

import math
from decimal import ROUND_HALF_UP, Decimal
from fnmatch import fnmatchcase
from typing import Any

Value = float | str | bool | None
Row = dict[str, Value]
Tree = tuple[Any, ...]

ORDERS = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
SUMS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "power": math.pow,
    "abs": abs,
    "neg": lambda a: -a,
    "ln": math.log,
    "sqrt": math.sqrt,
    "greatest": max,
    "least": min,
}


def write(tree: Tree) -> str:  # noqa: PLR0911 - a case each
    """Write a tree as SQL with parentheses around everything."""
    head, *rest = tree
    if head == "col":
        return str(rest[0])
    if head == "const":
        return write_constant(rest[0])
    if head == "round":
        return f"round({write(rest[0])}, {rest[1]})"
    if head == "like":
        return f"({write(rest[0])} LIKE '{rest[1]}')"
    texts = [write(part) for part in rest]
    if head in {*ORDERS, "+", "-", "*", "/", "and", "or"}:
        return f"({f' {head} '.join(texts)})"
    shapes = {
        "neg": "(- {})",
        "not": "(NOT {})",
        "null": "({} IS NULL)",
        "known": "({} IS NOT NULL)",
        "between": "({} BETWEEN {} AND {})",
        "outside": "({} NOT BETWEEN {} AND {})",
        "case": "(CASE WHEN {} THEN {} ELSE {} END)",
        "if": "(CASE WHEN {} THEN {} END)",
    }
    if head in shapes:
        return shapes[head].format(*texts)
    if head in {"in", "not in"}:
        return f"({texts[0]} {head.upper()} ({', '.join(texts[1:])}))"
    return f"{head}({', '.join(texts)})"


def write_constant(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def invert(truth: Value) -> Value:
    return None if truth is None else not truth


def compare(sign: str, a: Value, b: Value) -> Value:
    return None if a is None or b is None else ORDERS[sign](a, b)


def every(truths: list[Value]) -> Value:
    if False in truths:
        return False
    return None if None in truths else True


def round_half_away(value: float, digits: int) -> float:
    unit = 10.0 ** abs(digits)
    scaled = value * unit if digits > 0 else value / unit
    if not math.isfinite(scaled):
        return value
    whole = abs(scaled)
    if whole < 1e20:
        whole = float(Decimal(whole).quantize(Decimal(1), ROUND_HALF_UP))
    whole = math.copysign(whole, scaled)
    return whole / unit if digits > 0 else whole * unit


def calculate(head: str, values: list[Any]) -> Value:
    """Work out a sum; None where something is missing or the sum is no finite number."""
    if None in values:
        return None
    try:
        found = SUMS[head](*values)
    except (ValueError, ZeroDivisionError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def evaluate(tree: Tree, row: Row) -> Value:  # noqa: PLR0911 - a case each
    """Work out a tree for one share."""
    head, *rest = tree
    if head == "col":
        return row[rest[0]]
    if head == "const":
        return rest[0]
    if head in {"case", "if"}:
        if evaluate(rest[0], row) is True:
            return evaluate(rest[1], row)
        return evaluate(rest[2], row) if head == "case" else None
    if head == "round":
        value = evaluate(rest[0], row)
        return None if value is None else round_half_away(value, rest[1])
    if head == "like":
        text = evaluate(rest[0], row)
        pattern = rest[1].replace("%", "*").replace("_", "?")
        return None if text is None else fnmatchcase(text, pattern)
    values = [evaluate(part, row) for part in rest]
    if head in SUMS:
        return calculate(head, values)
    return judge_plainly(head, values)


def judge_plainly(head: str, values: list[Any]) -> Value:  # noqa: PLR0911 - a case each
    first, *others = values
    if head in ORDERS:
        return compare(head, first, others[0])
    if head == "coalesce":
        return next((value for value in values if value is not None), None)
    if head == "and":
        return every(values)
    if head == "or":
        return invert(every([invert(value) for value in values]))
    if head == "not":
        return invert(first)
    if head in {"null", "known"}:
        return (first is None) == (head == "null")
    if head in {"between", "outside"}:
        inside = every([compare(">=", first, others[0]), compare("<=", first, others[1])])
        return inside if head == "between" else invert(inside)
    if head in {"in", "not in"}:
        outside = every([compare("<>", first, other) for other in others])
        return outside if head == "not in" else invert(outside)
    if None in values:
        return None
    tests = {
        "contains": lambda text, part: part in text,
        "starts_with": str.startswith,
        "ends_with": str.endswith,
    }
    return tests[head](first, others[0])


def simplify(tree: Tree) -> Tree:
    """Leave out NOT where its operand can be turned round."""
    pairs = {"not": None, "outside": "between", "known": "null", "not in": "in"}
    pairs |= {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
    if tree[0] != "not":
        return tree
    inner = simplify(tree[1])
    if inner[0] not in pairs:
        return ("not", inner)
    return inner[1] if inner[0] == "not" else (pairs[inner[0]], *inner[1:])


def margin(tree: Tree, row: Row) -> float:
    """Return by how much a comparison of numbers is met; not a number for anything else."""
    head, *rest = tree
    if head not in {"=", "<", "<=", ">", ">=", "between"}:
        return math.nan
    values = [evaluate(part, row) for part in rest]
    if not all(isinstance(value, float) for value in values):
        return math.nan
    a, *others = values
    if head == "between":
        gaps = [a - others[0], others[1] - a]
        found = min(gaps) if all(map(math.isfinite, gaps)) else math.nan
    elif head == "=":
        found = -abs(a - others[0])
    else:
        found = a - others[0] if head in {">", ">="} else others[0] - a
    return found if math.isfinite(found) else math.nan
