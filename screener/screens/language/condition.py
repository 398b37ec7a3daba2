"""A rule's condition and ranking: what they say, and how each share stands to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from screener.factors.table import TEXTS
from screener.panel import Floats
from screener.screens.language.engine import TABLE, Column, finite, quote_name, run, to_sql
from screener.screens.language.kinds import gap_of, kind_of
from screener.screens.language.spelling import quote, spell
from screener.screens.language.syntax import parse_words
from screener.screens.language.terms import Term, columns_of
from screener.screens.language.words import DIRECTIONS, Known, Word, read_words, shorten
from universes import InputError

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.intp]
Outcomes = npt.NDArray[np.str_]

_OUTCOMES = np.array(["missing", "failed", "met"])
# a space keeps it apart from the columns of any rule
_ROW = "row number"


@dataclass(frozen=True)
class Part:
    """A term of a condition that must be met together with all its others.

    Attributes
    ----------
    text : str
        As SQL, in its one spelling.
    columns : tuple of str
        What it reads, sorted.
    term : Term
    """

    text: str
    columns: tuple[str, ...]
    term: Term = field(repr=False)


@dataclass(frozen=True)
class Condition:
    """Which shares a rule chooses.

    Attributes
    ----------
    text : str
        As given.
    parts : tuple of Part, length P
        Joined by AND at the top, in the order given.
    columns : tuple of str
        What they read, sorted.
    """

    text: str
    parts: tuple[Part, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Key:
    """One key of a ranking.

    Attributes
    ----------
    text : str
        The expression as SQL, without its direction.
    descending : bool
    columns : tuple of str
    term : Term
    """

    text: str
    descending: bool
    columns: tuple[str, ...]
    term: Term = field(repr=False)


@dataclass(frozen=True)
class Ranking:
    """In which order a rule puts the shares it chooses.

    Attributes
    ----------
    text : str
        As given.
    keys : tuple of Key
        A later one decides where all before it are equal.
    columns : tuple of str
        What they read, sorted.
    """

    text: str
    keys: tuple[Key, ...]
    columns: tuple[str, ...]


def parse_condition(text: str, known: Known) -> Condition:
    """Parse a condition.

    Parameters
    ----------
    text : str
        Such as ``pe_ttm BETWEEN 0 AND 15 AND NOT drawdown_52w > -0.3``.
    known : collection of str, or function of a str that tells whether it is a column

    Raises
    ------
    InputError
        If it is no condition, names what is not known, or compares what cannot be compared.

    Examples
    --------
    >>> parse_condition("pb<1 and pe_ttm between 0 and 15", {"pb", "pe_ttm"}).parts[1].text
    'pe_ttm BETWEEN 0 AND 15'
    """
    term = parse_words(read_words(text, known))
    kind = kind_of(term)
    if kind != "truth":
        name = "a number" if kind == "number" else "text"
        message = f"{quote(term)} is {name}, not a condition"
        raise InputError(message, "compare it with something, as in pe_ttm < 15")
    # a condition too long to run is refused here, where its text is at hand
    to_sql(term)
    terms = term.operands if term.operator == "and" else (term,)
    parts = tuple(Part(spell(one), columns_of(one), one) for one in terms)
    return Condition(text, parts, columns_of(term))


def parse_ranking(text: str, known: Known) -> Ranking:
    """Parse a ranking.

    Parameters
    ----------
    text : str
        Expressions with their directions, such as ``dividend_yield_ttm desc, pb asc``.
    known : collection of str, or function of a str that tells whether it is a column

    Raises
    ------
    InputError
        As `parse_condition`, and where a direction is not given.
    """
    keys = tuple(_parse_key(words) for words in _split(read_words(text, known, "ranking")))
    return Ranking(text, keys, columns_of(*(key.term for key in keys)))


def _split(words: Sequence[Word]) -> list[list[Word]]:
    """Split words at the commas outside parentheses."""
    groups: list[list[Word]] = [[]]
    depth = 0
    for word in words:
        depth += (word.text == "(") - (word.text == ")")
        if word.text == "," and not depth:
            groups.append([])
        else:
            groups[-1].append(word)
    return groups


def _parse_key(words: Sequence[Word]) -> Key:
    own, last = words[:-1], words[-1:]
    if not own or last[0].text not in DIRECTIONS or last[0].kind != "keyword":
        given = f", after {shorten(last[0].text)!r} (character {last[0].place})" if last else ""
        message = f"the ranking lacks an expression or its direction{given}"
        raise InputError(message, "write ASC or DESC after each, as in pb ASC, roe DESC")
    term = parse_words(own, "ranking")
    if kind_of(term) == "truth":
        message = f"{quote(term)} is a condition, which has no order"
        raise InputError(message, "rank by a number or text")
    if not columns_of(term):
        raise InputError(f"{quote(term)} is the same for every share", "rank by a column")
    to_sql(term)
    return Key(spell(term), last[0].text == "DESC", columns_of(term), term)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """How N shares stand to a condition of P parts.

    Attributes
    ----------
    parts : tuple of Part, length P
    passed : ndarray of bool, shape (N,)
        Every part is met.
    outcome : ndarray of str, shape (P, N)
        "met", "failed", or "missing" where it cannot be told.
    margin : ndarray, shape (P, N)
        By how much a part that compares numbers is met, in their own unit. For a > b and
        a >= b it is a - b, for a < b and a <= b it is b - a, for a = b it is -abs(a - b), for
        BETWEEN the smaller distance to its two bounds: below 0 where it fails, and 0 where the
        sides are equal, which > and < do not take. Not a number for any other part, and where
        a side is missing.
    absent : mapping of str to ndarray of bool, shape (N,)
        By column, where it is missing.
    """

    parts: tuple[Part, ...]
    passed: Flags
    outcome: Outcomes
    margin: Floats
    absent: Mapping[str, Flags]

    def missing(self, part: int, row: int) -> tuple[str, ...]:
        """Return the columns for want of which a part cannot be told for a share.

        Empty where it can be told, and where all are known but the calculation has no finite
        value, as in a division by zero.
        """
        if self.outcome[part, row] != "missing":
            return ()
        return tuple(name for name in self.parts[part].columns if self.absent[name][row])


def judge(condition: Condition, columns: Mapping[str, Column]) -> Verdicts:
    """Judge shares by a condition.

    Parameters
    ----------
    condition : Condition
    columns : mapping of str to ndarray, shape (N,)
        At least those that it reads. Numbers as floats, missing where not finite; texts as
        objects, missing where None.

    Notes
    -----
    Whatever is compared with a missing value is neither met nor failed, as in SQL: NOT of it is
    missing too, a OR b is met where one of them is, and a AND b fails where one of them does.
    """
    own = {name: columns[name] for name in condition.columns}
    count = len(next(iter(columns.values())))
    parts = condition.parts
    selected = []
    for number, part in enumerate(parts):
        selected.append(f"coalesce({to_sql(part.term)}::TINYINT, -1) AS o{number}")
        gap = gap_of(part.term)
        selected.append(f"coalesce({finite(gap)}, 'nan'::DOUBLE) AS m{number}" if gap else "")
    # a condition may read no column at all, and still is about N shares
    table = {**own, _ROW: np.arange(count)}
    given = run(_select(", ".join(filter(None, selected))), table)
    told = np.stack([given[f"o{number}"] for number in range(len(parts))])
    unknown = np.full(count, np.nan)
    margin = np.stack([given.get(f"m{number}", unknown) for number in range(len(parts))])
    return Verdicts(
        parts=parts,
        passed=(told == 1).all(axis=0),
        outcome=_OUTCOMES[told + 1],
        # -0.0 becomes 0.0
        margin=margin + 0.0,
        absent={name: _is_absent(name, values) for name, values in own.items()},
    )


def _is_absent(name: str, values: Column) -> Flags:
    if name not in TEXTS:
        return ~np.isfinite(values.astype(np.float64))
    return np.array([not isinstance(value, str) for value in values.tolist()], dtype=np.bool_)


def rank(ranking: Ranking, columns: Mapping[str, Column], passed: Flags) -> Rows:
    """Return the rows of the shares that passed, the first in rank first.

    Parameters
    ----------
    ranking : Ranking
    columns : mapping of str to ndarray, shape (N,)
        As for `judge`: at least those that it reads, and ``symbol``, which parts equal shares.
    passed : ndarray of bool, shape (N,)

    Returns
    -------
    ndarray of int
        Where a key is missing the share comes after those that have it, in either direction.
    """
    rows = np.flatnonzero(passed)
    own = {name: columns[name][rows] for name in {*ranking.columns, "symbol"}}
    directions = {True: "DESC", False: "ASC"}
    keys = [f"{finite(key.term)} {directions[key.descending]} NULLS LAST" for key in ranking.keys]
    order = ", ".join([*keys, "symbol", quote_name(_ROW)])
    sql = f"{_select(quote_name(_ROW))} ORDER BY {order}"
    return run(sql, {**own, _ROW: rows})[_ROW].astype(np.intp)


def _select(what: str) -> str:
    return f"SELECT {what} FROM {TABLE}"  # noqa: S608 - made of checked terms alone
