"""The words of a rule: known, counted and balanced before a parser sees any of it."""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise
from typing import Literal

from screener.factors.catalogue import list_factors, list_relations
from screener.factors.table import TEXTS
from universes import InputError

Known = Collection[str] | Callable[[str], bool]
Rule = Literal["condition", "ranking"]
Constant = float | str | bool

KEYWORDS = frozenset(
    {"AND", "BETWEEN", "CASE", "ELSE", "END", "IN", "IS", "LIKE", "NOT", "NULL", "OR", "THEN"}
    | {"WHEN", "TRUE", "FALSE"}
)
DIRECTIONS = frozenset({"ASC", "DESC"})
FUNCTIONS = (
    "abs",
    "coalesce",
    "contains",
    "ends_with",
    "greatest",
    "least",
    "ln",
    "power",
    "round",
    "sqrt",
    "starts_with",
)
_MOST_CHARACTERS = 4000
_LARGEST_NUMBER = 1e15
_DEEPEST = 30
_MOST_WORDS = 400
_LONGEST_SHOWN = 60
_EXAMPLES = {"condition": "pe_ttm < 15", "ranking": "dividend_yield_ttm DESC"}

_WORD = re.compile(
    r"""
      (?P<space>[ \t\r\n]+)
    | (?P<comment>--|/\*)
    | (?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![\w.]))
    | (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")+")
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?!\w))
    | (?P<sign><=|>=|<>|!=|==|[<>=+\-*/(),])
    """,
    re.VERBOSE,
)
_HINTS = {
    "%": "write 5% as 0.05",
    "&": "write AND",
    "|": "write OR",
    "!": "write NOT, or <> for unequal",
    ";": "give one rule, without a semicolon",
    ".": "name a column alone, without a table",
    "^": "write power(x, 2)",
    "'": "close the quotes; a quote inside them is written twice",
    '"': "put text in single quotes",
}


@dataclass(frozen=True)
class Word:
    """A word or sign of a rule.

    Attributes
    ----------
    kind : {"keyword", "function", "column", "constant", "sign"}
    text : str
        As written; a keyword in capitals, a column without its quotes.
    place : int
        Its first character in the rule, counted from 1.
    value : float, str or bool, optional
        Of a constant.
    """

    kind: Literal["keyword", "function", "column", "constant", "sign"]
    text: str
    place: int
    value: Constant | None = None


def read_words(text: str, known: Known, rule: Rule = "condition") -> tuple[Word, ...]:
    """Read a rule as words.

    Parameters
    ----------
    text : str
    known : collection of str, or function of a str that tells whether it is a column
    rule : {"condition", "ranking"}
        What it is: only a ranking has directions, and errors name it.

    Raises
    ------
    InputError
        If it is empty or too long, has a character, name or function that rules do not have, a
        number too large, or parentheses that do not match or nest too deeply.
    """
    if len(text) > _MOST_CHARACTERS:
        message = f"the {rule} has {len(text)} characters"
        raise InputError(message, f"write {_MOST_CHARACTERS} or fewer")
    keywords = KEYWORDS | DIRECTIONS if rule == "ranking" else KEYWORDS
    words = []
    place = 0
    while place < len(text):
        found = _match(text, place)
        if found.lastgroup != "space":
            words.append(_to_word(found, known, keywords))
        place = found.end()
    if not words:
        raise InputError(f"the {rule} is empty", f"write one such as {_EXAMPLES[rule]}")
    for before, word in pairwise(words):
        _check_neighbours(before, word)
    _check_parentheses(words)
    _check_count(words, rule)
    return tuple(words)


def _match(text: str, place: int) -> re.Match[str]:
    found = _WORD.match(text, place)
    if found is None:
        raise _strange_character(text, place)
    if found.lastgroup == "comment":
        message = f"{found[0]!r} at character {place + 1} would begin a comment"
        raise InputError(message, "leave comments out, and write - -1 as + 1")
    if found.lastgroup in {"text", "quoted"}:
        hidden = next((char for char in found[0] if _is_hidden(char)), None)
        if hidden is not None:
            raise _hidden_character(hidden, place + found[0].index(hidden))
    return found


def _is_hidden(char: str) -> bool:
    """Tell whether a character shows nothing of itself: controls, surrogates, unassigned."""
    return unicodedata.category(char)[0] == "C" or unicodedata.category(char) in {"Zl", "Zp"}


def _hidden_character(char: str, place: int) -> InputError:
    return InputError(
        f"character {place + 1} is U+{ord(char):04X}, which is not shown", "remove it"
    )


def _strange_character(text: str, place: int) -> InputError:
    char = text[place]
    if _is_hidden(char):
        return _hidden_character(char, place)
    if char.isdigit():
        return InputError(f"the number at character {place + 1} cannot be read", "write it as 0.05")
    message = f"{char!r} at character {place + 1} is not part of the rule language"
    return InputError(message, _HINTS.get(char) or _suggest_sign(char))


def _suggest_sign(char: str) -> str:
    plain = unicodedata.normalize("NFKC", char).strip()
    if char.isascii():
        return "its signs are + - * / = <> < <= > >= ( ) and the comma"
    if plain.isascii() and plain:
        return f"write {plain}, in half width"
    return "put text in single quotes, as in sector = '传媒'"


def _to_word(found: re.Match[str], known: Known, keywords: Collection[str]) -> Word:
    text, place = found[0], found.start() + 1
    match found.lastgroup:
        case "sign":
            word = Word("sign", text, place)
        case "text":
            word = Word("constant", text, place, text[1:-1].replace("''", "'"))
        case "number":
            word = Word("constant", text, place, _to_number(text))
        case "quoted":
            word = _to_column(text[1:-1].replace('""', '"'), place, known)
        case _ if text.upper() in keywords:
            word = _to_keyword(text.upper(), place)
        case _ if found.string[found.end() :].lstrip(" \t\r\n").startswith("("):
            word = _to_function(text, place)
        case _:
            word = _to_column(text, place, known)
    return word


def _to_number(text: str) -> float:
    number = float(text)
    if number > _LARGEST_NUMBER:
        raise InputError(f"the number {shorten(text)} is too large", "write 1e15 or less")
    return number


def _to_keyword(text: str, place: int) -> Word:
    if text in {"TRUE", "FALSE"}:
        return Word("constant", text, place, text == "TRUE")
    return Word("keyword", text, place)


def _to_function(text: str, place: int) -> Word:
    name = text.lower()
    if name not in FUNCTIONS:
        message = f"there is no function {shorten(text)!r} in the rule language"
        raise InputError(message, f"the functions are: {', '.join(FUNCTIONS)}")
    return Word("function", name, place)


def _to_column(name: str, place: int, known: Known) -> Word:
    if known(name) if callable(known) else name in known:
        return Word("column", name, place)
    message = f"there is no column or keyword {shorten(name)!r} (character {place})"
    near = _find_near(name, known)
    remedy = f"did you mean {' or '.join(near)}?" if near else "screener factors lists the columns"
    raise InputError(message, remedy)


def _find_near(name: str, known: Known) -> list[str]:
    if callable(known):
        every = (*TEXTS, *list_factors(), *list_relations())
        names: Collection[str] = [column for column in every if known(column)]
    else:
        names = known
    return get_close_matches(name[:_LONGEST_SHOWN].lower(), names, n=3)


def _check_count(words: Collection[Word], rule: Rule) -> None:
    count = sum(word.kind != "constant" and word.text != "," for word in words)
    if count > _MOST_WORDS:
        message = f"the {rule} has {count} names, operators and parentheses"
        raise InputError(message, f"write {_MOST_WORDS} or fewer; IN takes a list")


def _check_neighbours(before: Word, word: Word) -> None:
    if before.text == "(" and word.text == ")":
        message = f"nothing stands before the ')' at character {word.place}"
        raise InputError(message, "fill it in")
    if before.text == "IN" and before.kind == "keyword" and word.text != "(":
        message = f"IN (character {before.place}) lacks its list"
        raise InputError(message, "write the list in parentheses, as in sector IN ('传媒', '通信')")
    if before.kind in {"column", "constant"} and word.text == "(":
        message = f"{shorten(before.text)!r} (character {before.place}) is no function"
        raise InputError(message, f"the functions are: {', '.join(FUNCTIONS)}")


def _check_parentheses(words: Collection[Word]) -> None:
    opened: list[int] = []
    for word in words:
        if word.text == "(":
            opened.append(word.place)
            if len(opened) > _DEEPEST:
                message = f"parentheses nest more than {_DEEPEST} deep"
                raise InputError(message, "split the rule")
        elif word.text == ")":
            if not opened:
                message = f"the ')' at character {word.place} closes nothing"
                raise InputError(message, "remove it, or open it before")
            opened.pop()
    if opened:
        message = f"the '(' at character {opened[-1]} is not closed"
        raise InputError(message, "close it with ')'")


def shorten(text: str) -> str:
    """Return a text as a message shows it, cut short where long."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
