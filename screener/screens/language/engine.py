"""The terms of a rule worked out for every share, by DuckDB behind locked doors.

The database is in memory, has one table, and may neither read a file nor load an extension; its
settings are locked. The SQL it runs is written here from checked terms.
"""

from collections.abc import Mapping
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from screener.factors.table import TEXTS
from screener.screens.language.spelling import spell_constant
from screener.screens.language.terms import ARITHMETIC, COMPARISONS, Term
from universes import InputError

if TYPE_CHECKING:
    import duckdb

Column = npt.NDArray[Any]

TABLE = "shares"
_LONGEST_SQL = 50_000
_SETTINGS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "memory_limit": "256MB",
    "threads": "1",
    "lock_configuration": "true",
}
# they may overflow, and power of a negative number may not exist
_RISKY = frozenset({*ARITHMETIC, "power", "round"})


@cache
def _open() -> "duckdb.DuckDBPyConnection":
    import duckdb  # noqa: PLC0415 - takes a tenth of a second

    return duckdb.connect(":memory:", config=dict(_SETTINGS))


def serialize(sql: str) -> str:
    """Return the parser's tree of a SELECT, or its error, as JSON."""
    with closing(_open().cursor()) as cursor:
        ((answer,),) = cursor.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()
    return str(answer)


def run(sql: str, columns: Mapping[str, Column]) -> dict[str, Column]:
    """Run a SELECT over the columns as the table `TABLE`.

    Parameters
    ----------
    sql : str
        Made of `to_sql`; it gives no missing values.
    columns : mapping of str to ndarray, shape (N,)
        Numbers, where one that is not finite is missing, or texts, where None is.
    """
    import pyarrow as pa  # noqa: PLC0415 - slow, and needed for conditions only

    arrays = {}
    for name, values in columns.items():
        if name in TEXTS:
            arrays[name] = pa.array(values.astype(object), pa.string(), from_pandas=True)
        else:
            numbers = values.astype(np.float64)
            arrays[name] = pa.array(numbers, mask=~np.isfinite(numbers))
    with closing(_open().cursor()) as cursor:
        cursor.register(TABLE, pa.table(arrays))
        return cast("dict[str, Column]", cursor.execute(sql).fetchnumpy())


def to_sql(term: Term) -> str:
    """Return a checked term as the SQL that is run.

    Notes
    -----
    Numbers are double precision throughout. What has no finite value, such as x / 0 or ln(-1),
    is NULL and never an error, so that one share cannot end the screen of all.

    Raises
    ------
    InputError
        If the SQL grows too long, which deep nesting can make it.
    """
    sql = _WRITERS.get(term.operator, _write_function)(term)
    if len(sql) > _LONGEST_SQL:
        raise InputError("the rule nests calculations too deeply", "split it, or simplify it")
    return sql


def quote_name(name: str) -> str:
    """Return a column's name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def finite(term: Term, also: str = "") -> str:
    """Return a term as SQL, NULL where it has no finite value.

    Parameters
    ----------
    term : Term
    also : str
        What else it must meet, such as "> 0e0".
    """
    sql = to_sql(term)
    needs = [f"isfinite({sql})"] if term.operator in _RISKY else []
    if also:
        needs.append(f"{sql} {also}")
    return f"(CASE WHEN {' AND '.join(needs)} THEN {sql} END)" if needs else sql


def _write_column(term: Term) -> str:
    return quote_name(str(term.value))


def _write_constant(term: Term) -> str:
    if isinstance(term.value, float):
        text = repr(term.value)
        # without an exponent DuckDB would read a decimal
        return f"({text if 'e' in text else text + 'e0'})"
    return spell_constant(term)


def _write_arithmetic(term: Term) -> str:
    left, right = term.operands
    # what is not finite stays so through +, - and *, and on the left of /; so is x / 0 itself
    divisor = finite(right) if term.operator == "/" else to_sql(right)
    return f"({to_sql(left)} {term.operator} {divisor})"


def _write_negate(term: Term) -> str:
    return f"(-{finite(term.operands[0])})"


def _write_comparison(term: Term) -> str:
    left, right = map(finite, term.operands)
    return f"({left} {term.operator.upper()} {right})"


def _write_conjunction(term: Term) -> str:
    return f"({f' {term.operator.upper()} '.join(map(to_sql, term.operands))})"


def _write_not(term: Term) -> str:
    return f"(NOT {to_sql(term.operands[0])})"


def _write_is_null(term: Term) -> str:
    return f"({finite(term.operands[0])} IS NULL)"


def _write_between(term: Term) -> str:
    value, low, high = map(finite, term.operands)
    return f"({value} BETWEEN {low} AND {high})"


def _write_in(term: Term) -> str:
    value, *items = map(finite, term.operands)
    return f"({value} IN ({', '.join(items)}))"


def _write_case(term: Term) -> str:
    texts = [finite(operand) for operand in term.operands]
    pairs = zip(texts[0::2], texts[1::2], strict=False)
    cases = [f"WHEN {when} THEN {then}" for when, then in pairs]
    last = [f"ELSE {texts[-1]}"] if len(texts) % 2 else []
    return f"({' '.join(['CASE', *cases, *last, 'END'])})"


def _write_round(term: Term) -> str:
    digits = term.operands[1].value if len(term.operands) > 1 else 0.0
    return f"round({finite(term.operands[0])}, {int(digits or 0)})"


def _write_root(term: Term) -> str:
    least = "> 0e0" if term.operator == "ln" else ">= 0e0"
    return f"{term.operator}({finite(term.operands[0], least)})"


def _write_extreme(term: Term) -> str:
    # DuckDB's own passes over what is missing
    texts = [finite(operand) for operand in term.operands]
    known = " AND ".join(f"{text} IS NOT NULL" for text in texts)
    return f"(CASE WHEN {known} THEN {term.operator}({', '.join(texts)}) END)"


def _write_function(term: Term) -> str:
    return f"{term.operator}({', '.join(map(finite, term.operands))})"


_WRITERS = {
    "column": _write_column,
    "constant": _write_constant,
    **dict.fromkeys(ARITHMETIC, _write_arithmetic),
    "negate": _write_negate,
    **dict.fromkeys((*COMPARISONS, "like"), _write_comparison),
    **dict.fromkeys(("and", "or"), _write_conjunction),
    "not": _write_not,
    "is null": _write_is_null,
    "between": _write_between,
    "in": _write_in,
    "case": _write_case,
    "round": _write_round,
    **dict.fromkeys(("ln", "sqrt"), _write_root),
    **dict.fromkeys(("greatest", "least"), _write_extreme),
}
