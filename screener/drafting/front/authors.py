"""Who wrote a document, by the labels and the licences beside the names on its front."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from screener.drafting.front.words import FRONT_FILE
from screener.drafting.lines import Line
from universes.tables import read_toml

_HAN_NAME = re.compile(r"(?<![一-鿿])(?:[一-鿿] {1,3}[一-鿿]|[一-鿿]{2,4})(?![一-鿿])")
_LICENCE = re.compile(r"(?<![A-Za-z0-9])(?:S\d{13}|[A-Z]{3}\d{3})(?![A-Za-z0-9])")
_WORD = r"(?:[A-Z][a-z]+(?:[-'][A-Z]?[a-z]+)*|[A-Z]\.|[A-Z]{2,12}|[OD]'[A-Z][a-z]+|Mc[A-Z][a-z]+)"
_ENGLISH_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{1,3}}")
_ENGLISH_PART = re.compile(r"(?:(?! and | {3})[^,;/|&\t()])+")
_IN_BRACKETS = re.compile(rf"\s?\([^()]{{0,12}}{_LICENCE.pattern}")
_ADDRESS_BEHIND = re.compile(r"(?:,? (?:CFA|CPA|FRM|PhD))?\s+\S+@\S+")
_ADDRESSES = re.compile(r"(?:\S+@\S+\s*)+")
_LONGEST_LABELLED = 12
_REACH = re.compile(r"@|\d{4}")
_LONGEST_LINE = 200
_MOST_AUTHORS = 30
_SINGLE, _COMPOUND = (2, 3), (3, 4)
Span = tuple[int, int]


@dataclass(frozen=True)
class _Words:
    label: re.Pattern[str]
    label_en: re.Pattern[str]
    certificate: re.Pattern[str]
    contact: re.Pattern[str]
    shared: tuple[str, ...]
    not_names: frozenset[str]
    not_names_en: frozenset[str]
    surnames: frozenset[str]


@cache
def _load_words() -> _Words:
    top = read_toml(FRONT_FILE)
    own = top.table("authors")
    han, english, certificates, contacts = (
        "|".join(map(re.escape, sorted(own.texts(key), key=len, reverse=True)))
        for key in ("labels", "labels_en", "certificates", "contacts")
    )
    words = _Words(
        re.compile(rf"(?:^\W{{0,3}}|(?<=[\s|()、,/]))(?:{han})(?:\(.{{1,6}}\))?\s*:?\s*"),
        re.compile(rf"^\W{{0,3}}(?:{english})(?:\([sS]\))?\s*(?::\s*|\t|$)", re.IGNORECASE),
        re.compile(rf"(?:{certificates})", re.IGNORECASE),
        re.compile(contacts, re.IGNORECASE),
        own.texts("shared_labels"),
        frozenset(own.texts("not_names")),
        frozenset(own.texts("not_names_en")),
        frozenset(own.text("surnames", folded=True).split()),
    )
    own.finish()
    top.faults.raise_if_any()
    return words


def has_author_mark(folded: str) -> bool:
    """Tell whether a folded line names an author by a label or a licence."""
    words = _load_words()
    labelled = words.label.match(folded) or words.label_en.match(folded)
    if not labelled and len(folded) <= _LONGEST_LABELLED:
        labelled = words.label.search(folded)
    return bool(labelled or words.certificate.match(folded) or _LICENCE.search(folded))


def read_authors(lines: Sequence[Line]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the authors in their order, each once, and for each the reason.

    Those who sell are left out, assistants are not.

    Parameters
    ----------
    lines : sequence of Line
        Those of the front page.

    Returns
    -------
    names : tuple of str
        As the text has them, without blanks inside Chinese ones.
    reasons : tuple of str
    """
    found: dict[str, tuple[str, str]] = {}
    selling = False
    for place, line in enumerate(lines):
        labelled = has_author_mark(line.folded)
        if len(line.folded) > _LONGEST_LINE or _load_words().contact.search(line.folded):
            selling = not labelled
            continue
        if selling and (not labelled or line.folded.startswith(_load_words().shared)):
            continue
        selling = False
        following = lines[place + 1 : place + 3]
        for own, (start, end), why in _read_line(line, following):
            name = _tidy(own.text[start:end])
            key = _tidy(own.folded[start:end])
            if len(found) < _MOST_AUTHORS:
                found.setdefault(key, (name, f"author {name}: {why}"))
    return tuple(name for name, _ in found.values()), tuple(why for _, why in found.values())


def _read_line(line: Line, below: Sequence[Line]) -> Iterator[tuple[Line, Span, str]]:
    """Yield the names that a line's labels and licences point to."""
    words = _load_words()
    following = below[0] if below else None
    labels = [*words.label.finditer(line.folded)] or [*words.label_en.finditer(line.folded)]
    for label, after in zip(labels, [*labels[1:], None], strict=False):
        why = f"labelled {label[0].strip(' :')}"
        heads = [*_head_name(line, label.start())] or [*_name_before(line, label.start())]
        yield from ((line, span, why) for span in heads)
        until = after.start() if after else len(line.folded)
        spans = list(_find_names(line, label.end(), until))
        yield from ((line, span, why) for span in spans)
        if following and not spans and label.end() == len(line.folded) and _is_names(following):
            spans = list(_find_names(following, 0, len(following.folded)))
            yield from ((following, span, why) for span in spans)
    for found in _HAN_NAME.finditer(line.folded):
        if _is_name(found[0]) and _IN_BRACKETS.match(line.folded, found.end()):
            yield line, found.span(), "its licence stands in brackets behind it"
    licence = _LICENCE.search(line.folded) or words.certificate.search(line.folded)
    if licence:
        why = "a licence stands beside it"
        yield from ((line, span, why) for span in _head_name(line, licence.start()))
    elif _is_names(line) and _meets_licence(below):
        why = "a licence stands below it"
        yield from ((line, span, why) for span in _find_names(line, 0, len(line.folded)))
    elif not labels and (named := _ENGLISH_NAME.match(line.folded)):
        if _ADDRESS_BEHIND.fullmatch(line.folded, named.end()) and _is_english_name(named[0]):
            yield line, named.span(), "an address for mail stands beside it"
    elif following and _ADDRESSES.fullmatch(following.folded) and _is_names(line):
        why = "an address for mail stands below it"
        yield from ((line, span, why) for span in _find_names(line, 0, len(line.folded)))


def _meets_licence(below: Sequence[Line]) -> bool:
    """Tell whether a licence begins the next line, or the one behind a telephone or an address."""
    certificate = _load_words().certificate
    starts = [bool(_LICENCE.match(o.folded) or certificate.match(o.folded)) for o in below]
    return any(starts[:1]) or (any(starts) and bool(_REACH.search(below[0].folded)))


def _find_names(line: Line, start: int, end: int) -> Iterator[Span]:
    han = [found for found in _HAN_NAME.finditer(line.folded, start, end) if _is_name(found[0])]
    yield from (found.span() for found in han)
    if han:
        return
    for part in _ENGLISH_PART.finditer(line.folded, start, end):
        bare = part[0].strip().removeprefix("and ").strip()
        if bare and _is_english_name(bare):
            first = part.start() + part[0].index(bare)
            yield first, first + len(bare)


def _head_name(line: Line, end: int) -> Iterator[Span]:
    """Yield the name at the head of a line, if one stands before a place of it."""
    first = next(_find_names(line, 0, end), None)
    if first and not line.folded[: first[0]].strip(" \t·|*-"):
        yield first


def _name_before(line: Line, end: int) -> Iterator[Span]:
    """Yield the name that fills the cell before a place of a row."""
    cells = line.folded[:end].rstrip().rpartition("\t")
    start = len(cells[0]) + len(cells[1])
    spans = list(_find_names(line, start, end)) if cells[1] else []
    if len(spans) == 1 and line.folded[slice(*spans[0])] == cells[2].strip():
        yield spans[0]


def _is_names(line: Line) -> bool:
    """Tell whether a line holds names and marks between them, and nothing else."""
    rest = list(line.folded)
    for start, end in _find_names(line, 0, len(rest)):
        rest[start:end] = " " * (end - start)
    left = "".join(rest).strip(" \t,、;/|&()*")
    # beside a Chinese name the same one in Latin letters
    twins = re.split(r"\s{2,}|\t", left)
    known = left.casefold() in {"", "and", "cfa", "phd", "cpa"}
    return len(left) < len(line.folded) and (known or all(map(_is_english_name, twins)))


def _is_name(text: str) -> bool:
    words = _load_words()
    name = _tidy(text)
    if name in words.not_names or name[:2] in words.not_names:
        return False
    if len(name) in _SINGLE and name[0] in words.surnames:
        return True
    return len(name) in _COMPOUND and name[:2] in words.surnames


def _is_english_name(text: str) -> bool:
    if not _ENGLISH_NAME.fullmatch(text):
        return False
    return not _load_words().not_names_en.intersection(text.casefold().split())


def _tidy(name: str) -> str:
    return " ".join(name.split()) if name.isascii() else "".join(name.split())
