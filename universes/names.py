"""What listed shares are called: the shipped dictionary of names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from universes.errors import Fault, FaultyFileError, InputError
from universes.exchange import list_exchanges
from universes.symbol import Symbol

NAMES_FILE = Path(__file__).parent / "names.json"
_KINDS = ("share", "fund")
_KEYS = {"zh", "en", "also"}
# a name that is empty, or has a blank at either end
_BLANK = re.compile(r"(?m)^$|^ | $")
_LAYOUT = "see the shipped file for the layout"


@dataclass(frozen=True)
class SecurityName:
    """What a share or a fund is called.

    Attributes
    ----------
    symbol : Symbol
    zh : str
        Short Chinese name as listed, in simplified characters, with the exchange's marks such
        as ``-W`` or ``*ST``; empty where none is known.
    en : str
        Short English name; empty where none is known.
    also : tuple of str
        Further names: those it was listed under before, and short ones in common use.
    """

    symbol: Symbol
    zh: str
    en: str
    also: tuple[str, ...]


@cache
def load_names() -> tuple[SecurityName, ...]:
    """Return the shipped names, by the spelling of their symbols.

    Examples
    --------
    >>> next(found.zh for found in load_names() if str(found.symbol) == "0700.HK")
    '腾讯控股'
    """
    return read_names(NAMES_FILE)


def read_names(path: Path) -> tuple[SecurityName, ...]:
    """Read a file of names, in its order.

    Raises
    ------
    FaultyFileError
        If the file cannot be read or names no sources; if a symbol is none of a share's or a
        fund's in its canonical spelling; or if an entry has no name, an unknown key, a blank
        or repeated name, or a character that cannot be printed. Each symbol at fault is named.
    """
    entries = _read_entries(path)
    # looking at them one by one takes as long as all the rest
    if not (_spell_soundly(entries) and _name_soundly(entries)):
        faults = [Fault(path, *problem) for problem in _find_problems(entries)]
        if faults:
            raise FaultyFileError(faults)
    symbols = [Symbol(*symbol.split(".")) for symbol in entries]
    zh = [entry.get("zh", "") for entry in entries.values()]
    en = [entry.get("en", "") for entry in entries.values()]
    also = [tuple(entry.get("also", ())) for entry in entries.values()]
    return tuple(map(SecurityName, symbols, zh, en, also))


def _read_entries(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        fault = Fault(path, "", f"the names cannot be read: {error}", "install the package anew")
        raise FaultyFileError([fault]) from None
    parts = content if isinstance(content, dict) else {}
    sources, entries = parts.get("sources"), parts.get("names")
    if set(parts) != {"names", "sources"} or not _are_texts(sources):
        raise FaultyFileError([Fault(path, "sources", "no sources are named", _LAYOUT)])
    if not isinstance(entries, dict) or not entries:
        raise FaultyFileError([Fault(path, "names", "no names are given", _LAYOUT)])
    return entries


def _are_texts(values: object) -> bool:
    return isinstance(values, list) and bool(values) and all(map(_is_name, values))


def _spell_soundly(entries: dict[str, Any]) -> bool:
    """Tell at a stroke whether each symbol is a share's or a fund's in its own spelling."""
    codes: dict[str, list[str]] = {}
    for symbol in entries:
        code, _, suffix = symbol.rpartition(".")
        codes.setdefault(suffix, []).append(code)
    return all(
        _spell_range(suffix).fullmatch("\n".join([*listed, ""])) for suffix, listed in codes.items()
    )


def _name_soundly(entries: dict[str, Any]) -> bool:
    """Tell at a stroke whether each entry is laid out as it should and its names are names."""
    found = entries.values()
    if set(map(type, found)) != {dict} or not set().union(*found) <= _KEYS:
        return False
    further = [entry for entry in found if "also" in entry]
    lists = [entry["also"] for entry in further]
    if not set(map(type, lists)) <= {list} or not all(lists):
        return False
    names = [entry[key] for entry in found for key in ("zh", "en") if key in entry]
    names += chain.from_iterable(lists)
    return (
        set(map(type, names)) == {str}
        and "".join(names).isprintable()
        and not _BLANK.search("\n".join(names))
        and all("zh" in entry or "en" in entry for entry in found)
        and not any(map(_repeats, further))
    )


def _find_problems(entries: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for symbol, entry in entries.items():
        if problem := _check_symbol(symbol) or _check_entry(entry):
            yield symbol, *problem


@cache
def _spell_range(suffix: str) -> re.Pattern[str]:
    """Return what matches lines of codes of an exchange's shares and funds."""
    exchange = list_exchanges().get(suffix)
    if not exchange:
        return re.compile("(?!)")
    ranges = "|".join(f"(?:{known.pattern})" for known in exchange.codes if known.kind in _KINDS)
    # no code is all zeros; one wider than the exchange's own has none before it
    none = rf"0+\n|0\d{{{exchange.digits or 1}}}"
    return re.compile(rf"(?:(?!{none})(?:{ranges})\n)*")


def _check_symbol(spelling: str) -> tuple[str, str] | None:
    try:
        symbol = Symbol.parse(spelling)
    except InputError as error:
        return error.message, error.remedy
    if str(symbol) != spelling:
        return f"{spelling!r} is not the canonical spelling", f"write {symbol}"
    if symbol.kind not in _KINDS:
        return f"{spelling} is of another kind: {symbol.kind}", "leave it out"
    return None


def _check_entry(entry: object) -> tuple[str, str] | None:
    if not isinstance(entry, dict) or not entry or not entry.keys() <= _KEYS:
        return "an entry has zh, en and also, and nothing else", _LAYOUT
    own = [entry[key] for key in ("zh", "en") if key in entry]
    if not own:
        return "neither a Chinese nor an English name", "give one"
    also = entry.get("also")
    if "also" in entry and not (also and isinstance(also, list)):
        return "further names are a list of names", _LAYOUT
    names = own + also if also else own
    if not all(map(_is_name, names)):
        return "a name is blank, no text or not printable", "mend it or leave it out"
    if also and _repeats(entry):
        return "a name is given twice", "leave one out"
    return None


def _repeats(entry: dict[str, Any]) -> bool:
    """Tell whether a further name is one of the others."""
    also = set(entry["also"])
    return len(also) < len(entry["also"]) or entry.get("zh") in also or entry.get("en") in also


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value.strip() == value != ""
