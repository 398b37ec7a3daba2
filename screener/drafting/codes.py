"""Codes of securities as reports print them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from screener.drafting.dictionary import Dictionary
from universes.errors import InputError
from universes.exchange import list_exchanges, suffixes
from universes.renames import find_rename
from universes.symbol import Symbol

# what Bloomberg and Reuters hang on a code, by exchange
_TERMINAL = {
    "HK": "HK",
    "US": "US",
    "UW": "US",
    "UN": "US",
    "UQ": "US",
    "O": "US",
    "N": "US",
    "OQ": "US",
}
_MAINLAND = ("CH", "C1", "C2")
# what stands before a colon and a code, by how it begins; what is longer comes first
_EXCHANGES = {
    "SSE": "SH", "SZSE": "SZ", "SEHK": "HK", "N": "US", "HK": "HK", "SH": "SH", "SZ": "SZ",
}  # fmt: skip
_NUMBER = r"\d{1,6}"
_TICKER = r"[A-Z]{1,5}"


@dataclass(frozen=True)
class Code:
    """A code in a text.

    Attributes
    ----------
    start, end : int
        Where it stands.
    symbols : tuple of Symbol
        What it can mean, all of the dictionary.
    bare : bool
        Whether it names no exchange, so that it means something beside a name only.
    """

    start: int
    end: int
    symbols: tuple[Symbol, ...]
    bare: bool


def find_codes(folded: str, dictionary: Dictionary) -> Iterator[Code]:
    """Yield the codes of a folded text, in its order."""
    for found in _pattern().finditer(folded):
        group = found.lastgroup or ""
        symbols = tuple(sorted(_read(group, found, dictionary)))
        if symbols:
            whole = f"{group}_all"
            start, end = found.span(whole) if whole in found.groupdict() else found.span()
            yield Code(start, end, symbols, bare=group == "bare")


@cache
def _pattern() -> re.Pattern[str]:
    known = "|".join(sorted(suffixes(), key=len, reverse=True))
    terminal = "|".join(sorted([*_TERMINAL, *_MAINLAND], key=len, reverse=True))
    exchanges = r"NASDAQ(?:GS|GM)?|NYSE(?: AMERICAN)?|HKEX|SEHK|HKG|SSE|SZSE|SH|SZ|HK"
    return re.compile(
        rf"(?<![A-Z0-9.])(?:"
        rf"(?:(?P<exchange>{exchanges})[ ]?[:：][ ]?(?P<exchanged>(?:{_NUMBER}|{_TICKER})))"
        rf"|(?P<dotted>(?:{_NUMBER}|{_TICKER})[ ]?\.[ ]?(?:{known}|{terminal}))"
        rf"|(?P<prefixed>(?:SH|SZ|BJ|HK)\.?\d{{4,6}})"
        rf"|(?P<spaced>(?:{_NUMBER}|{_TICKER})[ ](?:{terminal}))"
        rf"|(?P<bare>\d{{3,6}}|(?<=[(\[/])[A-Z]{{1,5}}(?=[)\]/,])|(?<=\t)[A-Z]{{1,5}}(?=\t))"
        rf")(?![A-Z0-9]|\.\d|[%％])"
    )


def _read(group: str, found: re.Match[str], dictionary: Dictionary) -> Iterator[Symbol]:
    """Yield the symbols that a match can mean."""
    text = found[0].replace(" ", "") if group != "spaced" else found[0]
    if group == "exchanged":
        place, code = found["exchange"], found["exchanged"]
        ending = next(end for start, end in _EXCHANGES.items() if place.startswith(start))
        yield from _try(f"{code}.{ending}", dictionary)
    elif group in {"spaced", "dotted"}:
        code, _, ending = text.rpartition(" " if group == "spaced" else ".")
        if ending in _MAINLAND:
            yield from _try_all(code, ("SH", "SZ", "BJ"), dictionary)
        else:
            yield from _try(f"{code}.{_TERMINAL.get(ending, ending)}", dictionary)
    elif group == "prefixed":
        yield from _try(text, dictionary)
    else:
        yield from _try_all(text, tuple(list_exchanges()), dictionary)


def _try_all(code: str, endings: tuple[str, ...], dictionary: Dictionary) -> Iterator[Symbol]:
    for ending in endings:
        yield from _try(f"{code}.{ending}", dictionary)


def _try(spelling: str, dictionary: Dictionary) -> Iterator[Symbol]:
    try:
        symbol = Symbol.parse(spelling)
    except InputError:
        return
    change = find_rename(symbol)
    symbol = change.new if change else symbol
    if symbol in dictionary.names:
        yield symbol
