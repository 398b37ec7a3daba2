"""What a standard says beside its bands: over which months, against which indices, of what."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from screener.drafting.standard.words import (
    any_of,
    load_words,
    numbers,
    plain_any,
    squeeze,
    texts,
)
from universes.rating import Basis
from universes.symbol import Symbol

_LONGEST = 60
_SENTENCE = re.compile(r"[。;]|\. |\n\n")
_BENCHMARK = re.compile(r"以(?P<name>[^,;。:()以]{2,16}?指数?)(?:作)?为(?:市场)?基准")


@dataclass(frozen=True)
class Horizon:
    """Months that are graded, the end of the window that is spoken of, and remarks."""

    months: int
    longest: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Patterns:
    months: re.Pattern[str]
    spans: re.Pattern[str]
    indices: re.Pattern[str]
    unkept: re.Pattern[str]
    relative: re.Pattern[str]
    total: re.Pattern[str]
    price: re.Pattern[str]


@cache
def _load_patterns() -> _Patterns:
    words = "|".join(sorted(numbers("months", "words"), key=len, reverse=True))
    number = rf"(?<![\d.a-z十])(?:\d{{1,2}}|{words})"
    unit, joint = plain_any(texts("months", "units")), plain_any(texts("months", "joints"))
    return _Patterns(
        re.compile(
            rf"(?P<first>{number}) ?(?:(?:{unit})? ?(?:{joint}) ?"
            rf"(?P<last>\d{{1,2}}|{words}))?(?: |-)?(?:{unit})"
        ),
        re.compile(plain_any(tuple(numbers("months", "spans")))),
        re.compile(any_of(load_words().indices)),
        re.compile(any_of(texts("unkept", "names"))),
        re.compile("|".join(map(re.escape, texts("returns", "relative")))),
        re.compile(any_of(texts("returns", "total"))),
        re.compile(any_of(texts("returns", "price"))),
    )


def find_spans(folded: str) -> list[tuple[int, int]]:
    """Return the spans of months that a passage names, in its order.

    Examples
    --------
    >>> find_spans("报告发布日后6至12个月内，未来六个月, next 12 months")
    [(6, 12), (6, 6), (12, 12)]
    """
    patterns, words = _load_patterns(), numbers("months", "words")
    named = numbers("months", "spans")
    said = squeeze(folded)
    found: list[tuple[int, tuple[int, int]]] = []
    for match in patterns.months.finditer(said):
        ends = [_count(match[key], words) for key in ("first", "last") if match[key]]
        found.append((match.start(), (ends[0], ends[-1])))
    found += [(m.start(), (named[m[0]], named[m[0]])) for m in patterns.spans.finditer(said)]
    return [span for _, span in sorted(found) if 0 < span[0] <= span[1] <= _LONGEST]


def _count(written: str, words: dict[str, int]) -> int:
    return words[written] if written in words else int(written)


def read_horizon(definitions: Sequence[str], around: Sequence[str]) -> Horizon | str:
    """Read which months are graded, or why that cannot be told.

    Parameters
    ----------
    definitions : sequence of str
        Of the grades, folded.
    around : sequence of str
        The other passages of the standard, folded.
    """
    own = list(dict.fromkeys(span for words in definitions for span in find_spans(words)))
    general = list(dict.fromkeys(span for words in around for span in find_spans(words)))
    spans = own or general
    if not spans:
        return "the text does not tell over how many months"
    if len(spans) > 1:
        listed = ", ".join(_spell(span) for span in spans)
        return f"the text names several spans of months: {listed}"
    months, end = spans[0]
    longest = max([end, *(last for _, last in general)])
    if months == longest:
        return Horizon(months, longest, ())
    if months == end:
        said = f"the grades speak of {months} months, the text about them of up to {longest}"
        return Horizon(months, longest, (said,))
    said = f"of {_spell(spans[0])} months the first {months} are graded"
    return Horizon(months, longest, (said,))


def _spell(span: tuple[int, int]) -> str:
    return f"{span[0]}" if span[0] == span[1] else f"{span[0]} to {span[1]}"


def read_benchmarks(section: str) -> tuple[dict[str, Symbol], tuple[str, ...]]:
    """Return the benchmark of each market that a folded standard names, and remarks."""
    indices = load_words().indices
    said = {_key_of(word): index for word, index in indices.items()}
    found = [said[_key_of(match[0])] for match in _load_patterns().indices.finditer(section)]
    benchmarks: dict[str, Symbol] = {}
    notes: list[str] = []
    # the narrower is the more exact; sorted() keeps the order of the text
    for width in (1, 2):
        for index in dict.fromkeys(index for index in found if len(index.markets) == width):
            for market in index.markets:
                kept = benchmarks.setdefault(market, index.symbol)
                if kept != index.symbol and width == _width_of(kept):
                    notes.append(
                        f"{market}: {kept} and {index.symbol} are named; the first is used"
                    )
    other = dict.fromkeys(_find_unkept(section))
    notes += [f"{name} is named as a benchmark and has no symbol here" for name in other]
    order = [market for index in indices.values() for market in index.markets]
    return {m: benchmarks[m] for m in dict.fromkeys(order) if m in benchmarks}, tuple(notes)


def _key_of(name: str) -> str:
    return "".join(name.split()).replace("-", "")


def _find_unkept(section: str) -> Iterator[str]:
    """Yield the indices of a standard that have no symbol."""
    patterns = _load_patterns()
    for match in patterns.unkept.finditer(section):
        yield squeeze(match[0])
    for match in _BENCHMARK.finditer(squeeze(section)):
        name = match["name"]
        if not patterns.indices.search(name) and not patterns.unkept.search(name):
            yield name


def _width_of(symbol: Symbol) -> int:
    return next(len(i.markets) for i in load_words().indices.values() if i.symbol == symbol)


def read_basis(section: str) -> tuple[Basis, str]:
    """Return which return a folded standard speaks of, and a remark where it does not tell."""
    patterns = _load_patterns()
    if patterns.total.search(section):
        return "total", ""
    if patterns.price.search(section):
        return "price", ""
    return "price", "the text does not tell the price change from the total return; read as price"


def is_relative(passages: Sequence[str]) -> bool:
    """Tell whether any passage speaks of returns relative to others'."""
    return any(_load_patterns().relative.search(squeeze(passage)) for passage in passages)


def split_passages(folded: str) -> Iterator[str]:
    """Yield the sentences and lines of a folded text that are not blank."""
    for passage in _SENTENCE.split(folded):
        if passage.strip():
            yield passage
