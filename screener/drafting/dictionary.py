"""The names that securities go by in reports, found in folded text."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from screener.drafting.folding import HAN, fold_name
from screener.drafting.words import load_words
from universes.names import SecurityName
from universes.symbol import Symbol

# what an exchange hangs on a name: weighted votes, no profit yet, secondary listing, biotech
_CLASS = re.compile(r" ?- ?(?:W|S|SW|SS|WD|U|UW|B|P|D)$|(?<=[一-鿿])A$")
# what it sets before one: special treatment, no reform yet, first days, no dividend
_WARNING = re.compile(r"^(?:\*?ST|S\*?ST|PT|XD|XR|DR)(?=[A-Z一-鿿])")
_BRACKETED = re.compile(r"\([^()]*\)$")
_HAN_NAME = re.compile(f"[{HAN}]")
_SHORTEST, _SHORTEST_UNWARNED, _SHORTEST_LATIN = 2, 3, 3
_INDEXED = 2


@dataclass(frozen=True)
class Form:
    """A spelling of a name.

    Attributes
    ----------
    text : str
        Folded.
    rank : int
        0 as listed, marks of the exchange aside; 1 a further name; 2 what is left without the
        word for its kind of company; 3 an English name. The lower, the surer.
    symbols : tuple of Symbol
        Of the securities it can mean, in order.
    """

    text: str
    rank: int
    symbols: tuple[Symbol, ...]

    @property
    def is_han(self) -> bool:
        """Whether it holds a Chinese letter."""
        return bool(_HAN_NAME.search(self.text))


@dataclass(frozen=True, eq=False)
class Dictionary:
    """Securities by symbol, and by each form of their names.

    Attributes
    ----------
    names : dict of Symbol to SecurityName
    forms : dict of str to Form
    """

    names: dict[Symbol, SecurityName]
    forms: dict[str, Form]
    _lengths: dict[str, tuple[int, ...]]

    def find(self, folded: str) -> Iterator[tuple[int, Form]]:
        """Yield each form with its place, the longest at each place, none in another."""
        place = 0
        while place < len(folded):
            form = self._match(folded, place)
            if form:
                yield place, form
                place += len(form.text)
            else:
                place += 1

    def _match(self, folded: str, place: int) -> Form | None:
        for length in self._lengths.get(folded[place : place + _INDEXED], ()):
            form = self.forms.get(folded[place : place + length])
            if form and _stands_alone(folded, place, place + length):
                return form
        return None


def _stands_alone(folded: str, start: int, end: int) -> bool:
    """Tell whether neither end of a match cuts a Latin word or a number."""
    before, after = folded[start - 1 : start], folded[end : end + 1]
    cut_before = _is_latin(before) and _is_latin(folded[start])
    return not cut_before and not (_is_latin(after) and _is_latin(folded[end - 1]))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def build_dictionary(names: Iterable[SecurityName]) -> Dictionary:
    """Build a dictionary from names; where two rows have one symbol both count."""
    known: dict[Symbol, SecurityName] = {}
    meant: dict[str, dict[Symbol, int]] = defaultdict(dict)
    for name in names:
        known.setdefault(name.symbol, name)
        for text, rank in _list_forms(name):
            ranks = meant[text]
            ranks[name.symbol] = min(rank, ranks.get(name.symbol, rank))
    forms = {text: _choose(text, ranks) for text, ranks in meant.items()}
    lengths: dict[str, set[int]] = defaultdict(set)
    for text in forms:
        lengths[text[:_INDEXED]].add(len(text))
    ordered = {key: tuple(sorted(found, reverse=True)) for key, found in lengths.items()}
    return Dictionary(known, forms, ordered)


def _choose(text: str, ranks: dict[Symbol, int]) -> Form:
    """Keep whom a form means most surely, and who bears it on other exchanges."""
    best = min(ranks.values())
    kinds = load_words().stripped
    kept = [symbol for symbol, rank in ranks.items() if rank <= max(best, kinds.surely)]
    return Form(text, best, tuple(sorted(kept)))


def _list_forms(name: SecurityName) -> Iterator[tuple[str, int]]:
    bare = _strip_marks(fold_name(name.zh)) if name.zh else ""
    if name.zh:
        yield fold_name(name.zh), 0
        yield bare, 0
    further = [_strip_marks(fold_name(text)) for text in name.also]
    for text in further:
        yield text, 1
    for text in (bare, *further):
        yield from _strip_kind(text)
    english = _strip_marks(fold_name(name.en))
    if len(english) >= _SHORTEST_LATIN:
        yield english, 3


def _strip_marks(text: str) -> str:
    plain = _CLASS.sub("", text).strip()
    without = _WARNING.sub("", plain)
    return without if len(without) >= _SHORTEST_UNWARNED else plain


def _strip_kind(text: str) -> Iterator[tuple[str, int]]:
    """Yield a name without the word for its kind of company, where that leaves a name."""
    words = load_words().stripped
    text = _BRACKETED.sub("", text)
    for ending, rank in words.endings:
        left = text.removesuffix(ending)
        if left != text and len(left) >= _SHORTEST and left not in words.unnamed:
            yield left, rank
            return


@cache
def _load_shipped() -> Dictionary:
    from universes.names import load_names  # noqa: PLC0415 read when the first text asks for it

    return build_dictionary(load_names())


def load_dictionary(rows: Iterable[SecurityName] = ()) -> Dictionary:
    """Return the shipped dictionary, with some rows more where given."""
    further = tuple(rows)
    if not further:
        return _load_shipped()
    return build_dictionary((*_load_shipped().names.values(), *further))
