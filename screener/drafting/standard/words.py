"""The words of rating standards, made ready for searching."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from universes.symbol import Symbol
from universes.tables import Table, read_toml

STANDARD_FILE = Path(__file__).parent / "standard.toml"
HAN = "一-鿿"

_HAN_SIGN = re.compile(f"[{HAN}]")
# what NFKC changes among the signs that reports use: blanks, full-width forms
_CHANGED = ((0xA0, 0xA1), (0x2000, 0x200B), (0x3000, 0x3001), (0xFF01, 0xFF5F))
_SIGNS = {
    **dict.fromkeys("\f\v\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    "\r": " ",
    **dict.fromkeys("‐‑‒–−﹣", "-"),
    **dict.fromkeys("―─", "—"),
    **dict.fromkeys("∼〜˜", "~"),
    **dict.fromkeys("﹪", "%"),
}  # fmt: skip


@dataclass(frozen=True)
class Index:
    """An index that standards name, and the markets it is a benchmark of."""

    symbol: Symbol
    markets: tuple[str, ...]


@dataclass(frozen=True)
class Words:
    """What is looked for in folded texts.

    Attributes
    ----------
    top : Table
        The whole file, for words that a single module needs.
    chinese : mapping of str to str
        Chinese words for grades, each with the English one.
    english : mapping of str to str
        English words for grades, each with the Chinese one.
    indices : mapping of str to Index
        By the names they are called.
    """

    top: Mapping[str, Table]
    chinese: Mapping[str, str]
    english: Mapping[str, str]
    indices: Mapping[str, Index]


@cache
def load_words() -> Words:
    """Load the shipped words."""
    table = read_toml(STANDARD_FILE)
    chinese = _read_pairs(table.table("grades"))
    english = {en: zh for zh, en in reversed(chinese.items())}
    english |= _read_pairs(table.table("grades_en"))
    indices: dict[str, Index] = {}
    for row in table.tables("benchmarks"):
        index = Index(Symbol.parse(row.text("symbol")), row.texts("markets"))
        indices |= dict.fromkeys(row.texts("names"), index)
    keys = ("section", "kinds", "bounds", "returns", "months", "names", "unkept")
    words = Words({key: table.table(key) for key in keys}, chinese, english, indices)
    table.faults.raise_if_any()
    return words


def _read_pairs(table: Table) -> dict[str, str]:
    return {word: table.text(word) for word in table.names()}


def texts(key: str, *names: str) -> tuple[str, ...]:
    """Return the words of some lists of one table of the file, together."""
    table = load_words().top[key]
    return tuple(word for name in names for word in table.texts(name))


def numbers(key: str, name: str) -> dict[str, int]:
    """Return the words of one list that stand for numbers."""
    table = load_words().top[key].table(name)
    return {word: table.count(word) for word in table.names()}


@cache
def _load_signs() -> dict[int, str]:
    letters = read_toml(STANDARD_FILE).table("letters")
    pairs = zip(letters.text("traditional"), letters.text("simplified"), strict=True)
    codes = (code for first, end in _CHANGED for code in range(first, end))
    plain = {code: unicodedata.normalize("NFKC", chr(code)).lower() for code in codes}
    signs = {code: sign for code, sign in plain.items() if len(sign) == 1}
    signs |= {ord(sign): sign.lower() for sign in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    signs |= {ord(sign): new for sign, new in _SIGNS.items()}
    return signs | {ord(old): new for old, new in pairs}


def fold_case(text: str) -> str:
    """Return a text with plain signs, small and simplified letters, each at its old place.

    Examples
    --------
    >>> fold_case("買入：－5%～15％ BUY")
    '买入:-5%~15% buy'
    """
    return text.translate(_load_signs())


def spell(word: str) -> str:
    """Return the pattern of a word that may be broken over lines, or set wide."""
    if _HAN_SIGN.search(word):
        return r"[ \n]{0,6}".join(re.escape(sign) for sign in word if sign != " ")
    return r"[\s-]{1,2}".join(re.escape(part) for part in word.split())


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of some words, the longest first."""
    return "|".join(spell(word) for word in sorted(words, key=len, reverse=True))


def plain_any(words: Sequence[str]) -> str:
    """Return the pattern of any of some words as they stand in squeezed text."""
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(
        rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w[0].isascii() and w[0].isalpha() else re.escape(w)
        for w in ordered
    )


def squeeze(text: str) -> str:
    r"""Return a folded text without its breaks, and without blanks beside Chinese letters.

    Examples
    --------
    >>> squeeze("相对 基准\n涨幅 5 %\n~ 1\n5%")
    '相对基准涨幅5%~15%'
    """
    joined = re.sub(r"(?<=[\d.])[ \t]*\n[ \t]*(?=[\d.%])", "", text)
    joined = " ".join(joined.split())
    joined = re.sub(rf"(?<=[{HAN},;:、。(~%]) | (?=[{HAN},;:、。)~%])", "", joined)
    return re.sub(r"(?<![a-z\d]) (?=\d)", "", joined)


def line_at(text: str, place: int) -> str:
    """Return the line in which a place stands."""
    end = text.find("\n", place)
    return text[text.rfind("\n", 0, place) + 1 : end if end >= 0 else len(text)]
