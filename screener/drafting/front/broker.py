"""Which broker publishes a document, and which of its departments signs it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from screener.drafting.front.words import FRONT_FILE
from screener.drafting.lines import Line
from universes.houses import load_houses
from universes.tables import read_toml

Kind = Literal["itself", "licence", "imprint", "standard", "named", "publisher", "alone", "source"]

_HAN_RUN = re.compile(r"[一-鿿]*$")
_ENGLISH_RUN = re.compile(r"(?:[A-Z][\w&.'-]*(?: (?:of|and|&))? ){1,6}$")
_YEAR_MARK = re.compile(r"[\s\d:©,-]*$")
_QUOTED = re.compile(
    r"""\W{0,4}?(?:["“「'‘](?P<quoted>[^"”」'’\n]{1,20})["”」'’]|(?P<bare>[^\W\d_]+))"""
)
_LONGEST_RUN, _LONGEST_ENGLISH, _LONGEST_STANDARD = 16, 60, 40
# behind a department its desk, or that it compiled the paper
_DESK = re.compile(r"(?:[\s·|]+[^\s:,]{1,10}|编[制写]?)?")
_SENTENCE_END = re.compile(r"[。\n]|\. ")
# below it nothing is certain enough to name a broker
_ENOUGH = 3
# what a kind of evidence adds, how many of its kind are counted, and what it is called
_EVIDENCE: dict[Kind, tuple[int, int, str]] = {
    "itself": (6, 1, "its registered name is followed by what it calls itself"),
    "licence": (5, 1, "it is said to be licensed to advise"),
    "imprint": (4, 1, "its department stands on a line of its own"),
    "standard": (4, 1, "a rating standard is called by its name"),
    "named": (2, 1, "its registered name is shortened in the text"),
    "publisher": (3, 1, "it is said to publish or to own the report"),
    "alone": (3, 1, "its name stands on a line of its own"),
    "source": (1, 3, "notes on sources name its department"),
}


@dataclass(frozen=True)
class Signed:
    """The broker and the department of a document, empty where the text does not tell them.

    Attributes
    ----------
    broker : str
        The Chinese name of a house that is known, otherwise as the text has it.
    house : str
        The department, as the text has it.
    reasons : tuple of str
    """

    broker: str
    house: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Words:
    mention: re.Pattern[str]
    lead: re.Pattern[str]
    department: re.Pattern[str]
    kind: re.Pattern[str]
    licence: re.Pattern[str]
    hereinafter: re.Pattern[str]
    source: re.Pattern[str]
    standards: tuple[str, ...]
    publishers: tuple[str, ...]
    common: tuple[str, ...]
    itself: frozenset[str]
    anyone: frozenset[str]


@dataclass(frozen=True)
class _Mention:
    """A name that stands before a company's form, a department, or ends as brokers' names do."""

    start: int
    name: str
    end: int
    tail: str


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _load_words() -> _Words:
    top = read_toml(FRONT_FILE)
    own, house = top.table("broker"), top.table("house")
    kinds, kinds_en = _any(own.texts("kinds")), _any(own.texts("kinds_en"))
    forms, forms_en = _any(own.texts("forms")), _any(own.texts("forms_en"))
    parts, parts_en = _any(house.texts("departments")), _any(house.texts("departments_en"))
    words = _Words(
        re.compile(
            rf"(?P<form>(?:\([一-鿿]{{2,4}}\))?(?:{forms}))|(?P<part>{parts})|(?P<kind>{kinds})"
            rf"|(?<= )(?:(?P<form_en>{forms_en})|(?P<part_en>{parts_en})|(?P<kind_en>{kinds_en}))"
            r"(?![A-Za-z])"
        ),
        re.compile(rf".*(?:{_any(own.texts('leads'))})"),
        re.compile(rf"(?:{parts})|(?:{parts_en})"),
        re.compile(rf"(?:{kinds}|{kinds_en})$"),
        re.compile(_any(own.texts("licences")), re.IGNORECASE),
        re.compile(rf"\s*[(,]?\s*(?:{_any(own.texts('hereinafter'))})", re.IGNORECASE),
        re.compile(rf"(?:{_any(own.texts('sources'))})\s*:", re.IGNORECASE),
        own.texts("standards"),
        own.texts("publishers"),
        own.texts("common"),
        frozenset(own.texts("itself")),
        frozenset(own.texts("anyone")),
    )
    for table in (own, house):
        table.finish()
    top.faults.raise_if_any()
    return words


def read_signature(text: str, folded: str, outer: Sequence[Line]) -> Signed:
    """Read who publishes a document from what it says of itself.

    Parameters
    ----------
    text, folded : str
        The document's text, as it stands and as `fold_signs` returns it.
    outer : sequence of Line
        Those of the front and of the back.
    """
    mentions = list(_find_mentions(folded))
    alone = (found for line in outer for found in _find_alone_in(line.folded))
    counts: Counter[tuple[str, Kind]] = Counter()
    surfaces: dict[str, Counter[str]] = {}
    for name, kind in (*_weigh(folded, mentions), *alone):
        counts[_key_of(name), kind] += 1
        surfaces.setdefault(_key_of(name), Counter())[name] += 1
    scores: Counter[str] = Counter()
    for (key, kind), count in counts.items():
        weight, most, _ = _EVIDENCE[kind]
        scores[key] += weight * min(count, most)
    for key in [key for key in scores if _is_bare(key, counts, surfaces[key])]:
        del scores[key]
    best = scores.most_common(2)
    if not best or best[0][1] < _ENOUGH:
        return Signed("", "", ("broker: nothing in the text says who publishes it",))
    if len(best) > 1 and best[0][1] == best[1][1]:
        names = " and ".join(repr(_show(surfaces[key])) for key, _ in best)
        return Signed("", "", (f"broker: {names} are equally likely",))
    key = best[0][0]
    found = [_EVIDENCE[kind][2] for own, kind in counts if own == key]
    name = _show(surfaces[key])
    house, why = _find_house(text, folded, mentions, key, outer)
    known = load_houses().find(name)
    broker = known.name.zh if known else _restore(text, folded, name)
    return Signed(broker, house, (f"broker: {', '.join(found)}", why))


def _is_bare(key: str, counts: Counter[tuple[str, Kind]], names: Counter[str]) -> bool:
    """Tell whether only a department speaks for a name that need not be one of a broker."""
    kinds = {kind for own, kind in counts if own == key}
    ends = _load_words().common
    whole = any(
        _is_broker(name) or (len(name) > len(key) and name.endswith(ends)) for name in names
    )
    return kinds == {"imprint"} and not whole


def _is_broker(name: str) -> bool:
    return bool(_load_words().kind.search(name)) or load_houses().find(name) is not None


def _find_mentions(folded: str) -> Iterator[_Mention]:
    words = _load_words()
    for found in words.mention.finditer(folded):
        group = str(found.lastgroup)
        named = found.end() if group.startswith("kind") else found.start()
        if group.endswith("_en"):
            near = folded[max(0, found.start() - _LONGEST_ENGLISH) : found.start()]
            run = _ENGLISH_RUN.search(near)
            size = len(run[0]) if run else 0
        else:
            near = folded[max(0, found.start() - _LONGEST_RUN) : found.start()]
            size = len(words.lead.sub("", _HAN_RUN.findall(near)[0]))
        start = found.start() - size
        name = folded[start:named].strip(" ,")
        if size > 1 and len(name) > 1:
            yield _Mention(start, name, found.end(), group.removesuffix("_en"))


def _weigh(folded: str, mentions: Sequence[_Mention]) -> Iterator[tuple[str, Kind]]:
    """Yield the names of brokers with what speaks for each."""
    words = _load_words()
    for own in mentions:
        broker = _is_broker(own.name)
        line = folded[folded.rfind("\n", 0, own.start) + 1 : own.start]
        if own.tail == "form":
            yield from _weigh_form(folded, own, broker=broker)
        if not broker:
            continue
        if own.tail == "part" and words.source.search(line):
            yield own.name, "source"
        elif _YEAR_MARK.sub("", line[-_LONGEST_ENGLISH:]).casefold().endswith(words.publishers):
            yield own.name, "publisher"
        rest = folded[own.end : own.end + _LONGEST_STANDARD].partition("\n")[0]
        if own.tail == "kind" and not line.strip() and rest.startswith(words.standards):
            yield own.name, "standard"


def _weigh_form(folded: str, own: _Mention, *, broker: bool) -> Iterator[tuple[str, Kind]]:
    """Yield what the words behind a registered name say of it."""
    words = _load_words()
    rest = _SENTENCE_END.split(folded[own.end : own.end + 120], maxsplit=1)[0]
    said = words.hereinafter.match(rest)
    quoted = _QUOTED.match(rest, said.end()) if said else None
    short = ((quoted["quoted"] or quoted["bare"]).strip() if quoted else "").casefold()
    whole = rest[said.start() : quoted.end()].strip(' (,"“').casefold() if said and quoted else ""
    itself = short in words.itself or whole in words.itself
    named = broker and quoted and quoted["quoted"] and len(short) > 1 and not itself
    name = quoted["quoted"].strip() if named and quoted else own.name
    if itself and (broker or short not in words.anyone):
        yield name, "itself"
    if named:
        yield name, "named"
    if broker and words.licence.search(rest):
        yield name, "licence"


def is_broker_line(folded: str) -> bool:
    """Tell whether a folded line is the name of a broker, a registered name or a department."""
    return any(True for _ in _find_alone_in(folded))


def _find_alone_in(folded: str) -> Iterator[tuple[str, Kind]]:
    words = _load_words()
    if len(folded) > _LONGEST_ENGLISH:
        return
    if load_houses().find(folded):
        yield folded, "alone"
        return
    for own in _find_mentions(folded):
        if own.start or not _DESK.fullmatch(folded, own.end):
            continue
        if own.tail == "part":
            yield own.name, "imprint"
        elif words.kind.search(own.name) or own.tail == "form":
            yield own.name, "alone"


def _find_house(
    text: str, folded: str, mentions: Sequence[_Mention], key: str, outer: Sequence[Line]
) -> tuple[str, str]:
    """Return the department of a broker that the text names best, and why."""
    words = _load_words()
    ranked: list[tuple[int, int, _Mention]] = []
    for own in mentions:
        if own.tail == "part" and _key_of(own.name) == key:
            first, end = folded.rfind("\n", 0, own.start) + 1, folded.find("\n", own.end)
            line = folded[first : end if end >= 0 else None].strip()
            alone = line == folded[own.start : own.end]
            source = bool(words.source.search(folded, first, own.start))
            ranked.append((0 if alone else 2 if source else 1, own.start, own))
    if ranked:
        rank, _, own = min(ranked, key=lambda entry: entry[:2])
        where = ("on a line of its own", "in a sentence", "in notes on sources")[rank]
        return text[own.start : own.end].strip(), f"house: it stands {where}"
    for place in outer:
        if words.department.fullmatch(place.folded):
            return place.text, "house: it stands on a line of its own, without its broker"
    return "", "house: the text names no department of the broker"


def _key_of(name: str) -> str:
    """Return what names of one broker have in common."""
    house = load_houses().find(name)
    if house:
        return house.id
    key = name.casefold()
    for end in _load_words().common:
        key = key.removesuffix(end) if len(key) > len(end) + 1 else key
    return key


def _show(names: Counter[str]) -> str:
    """Return the commonest of a broker's names, one with its kind before one without."""
    kind = _load_words().kind
    return max(names, key=lambda name: (bool(kind.search(name)), names[name], name))


def _restore(text: str, folded: str, name: str) -> str:
    place = folded.find(name)
    return text[place : place + len(name)]
