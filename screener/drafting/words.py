"""The words by which the picks of a report are read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from universes.tables import Table, read_toml

WORDS_FILE = Path(__file__).parent / "words.toml"


@dataclass(frozen=True)
class Stripped:
    """What a name may lose.

    Attributes
    ----------
    endings : tuple of (str, int)
        Each with the rank of what is left.
    surely : int
        The worst rank that counts beside a better one.
    unnamed : frozenset of str
        What is left and is no name.
    """

    endings: tuple[tuple[str, int], ...]
    surely: int
    unnamed: frozenset[str]


@dataclass(frozen=True, eq=False)
class Words:
    """Lists of folded words, by table and key, and patterns of them."""

    stripped: Stripped
    lists: dict[tuple[str, str], tuple[str, ...]]

    def get(self, table: str, key: str) -> tuple[str, ...]:
        """Return one list, in the file's order."""
        return self.lists[table, key]

    @cache  # noqa: B019 there is one such object
    def pattern(self, table: str, *keys: str) -> re.Pattern[str]:
        """Return what matches any word of some lists, the longest first."""
        return re.compile(any_of(word for key in keys for word in self.lists[table, key]))


def any_of(words: Iterable[str]) -> str:
    """Return the pattern of any of some words; Latin ones match whole words only."""
    return "|".join(map(_spell, sorted(set(words), key=lambda word: (-len(word), word))))


def _spell(word: str) -> str:
    escaped = re.escape(word)
    left = r"(?<![A-Z0-9])" if word[0].isascii() and word[0].isalnum() else ""
    right = r"(?![A-Z0-9])" if word[-1].isascii() and word[-1].isalnum() else ""
    return f"{left}{escaped}{right}"


@cache
def load_words() -> Words:
    """Load the shipped words."""
    top = read_toml(WORDS_FILE)
    stripped = _read_stripped(top.table("stripped"))
    lists: dict[tuple[str, str], tuple[str, ...]] = {}
    for name in top.names():
        if name != "stripped":
            table = top.table(name)
            lists |= {(name, key): table.texts(key) for key in table.names()}
    top.faults.raise_if_any()
    return Words(stripped, lists)


def _read_stripped(table: Table) -> Stripped:
    surely = table.count("surely")
    # what is dropped less often ranks behind an English name, which is 3
    ranked = ((table.texts("kinds"), surely), (table.texts("loose"), 4))
    endings = tuple((ending, rank) for words, rank in ranked for ending in words)
    read = Stripped(endings, surely, frozenset(table.texts("unnamed")))
    table.finish()
    return read
