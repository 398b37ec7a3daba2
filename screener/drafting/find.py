"""Where a folded text names securities: by name, by code, or by both together."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from screener.drafting.codes import Code, find_codes
from screener.drafting.dictionary import Dictionary, Form
from screener.drafting.words import load_words
from universes.symbol import Symbol

_SHORT = 2
_LISTED, _ENGLISH = 0, 3
_LONGEST_EDGE = 24
# classes of shares that exchanges mark; some only in Hong Kong
_CLASS = re.compile(r" ?- ?(W|S|SW|SS|B|U|UW|WD)(?![A-Z0-9])")
_CLASS_ZH = re.compile(r"-[A-Z]{1,2}$")
_HONG_KONG = frozenset(("W", "S", "SW", "SS", "B"))
# what may stand between a name and its code
_BETWEEN = re.compile(
    r'[ \t]?["\]]?[ \t]?(?:[AH]股)?[(\[]?[ \t]?(?:股票代码|证券代码|代码)?[:：]?[ \t]?'
)
_BETWEEN_CODES = re.compile(r"[ /,、;|]{1,3}")
_CLOSING = re.compile(r"[ ]?[)\]]")


@dataclass(frozen=True)
class Found:
    """A place that names a security.

    Attributes
    ----------
    start, end : int
        ``folded[start:end]`` is the name, its code and the brackets between them.
    name : str
        As it stands, folded; the code where only that stands there.
    symbols : tuple of Symbol
        What it can mean: one, or several that it leaves open.
    by : {"both", "code", "name"}
    rank : int
        Of the name's form, as `Form` counts it; 0 of a code.
    conflict : tuple of Symbol
        What the name means where the code beside it is another's.
    """

    start: int
    end: int
    name: str
    symbols: tuple[Symbol, ...]
    by: str
    rank: int
    conflict: tuple[Symbol, ...] = ()


def find_securities(folded: str, dictionary: Dictionary) -> tuple[Found, ...]:
    """Find what a folded text names, in its order, none overlapping another.

    Parameters
    ----------
    folded : str
        As `folding.fold` returns it.
    dictionary : Dictionary

    Returns
    -------
    tuple of Found
        Every symbol is one of the dictionary's.
    """
    codes = list(find_codes(folded, dictionary))
    taken = [(code.start, code.end) for code in codes]
    names = [
        _read_class(folded, start, form)
        for start, form in dictionary.find(folded)
        if not any(first < start + len(form.text) and start < last for first, last in taken)
    ]
    joined = _join(folded, names, codes, dictionary)
    return tuple(_drop_chance(folded, joined, dictionary))


def _read_class(folded: str, start: int, form: Form) -> Found:
    """Return the place of a name with the class of share that is hung on it."""
    end = start + len(form.text)
    hung = _CLASS.match(folded, end)
    if not hung:
        return Found(start, end, form.text, form.symbols, "name", form.rank)
    abroad = hung[1] in _HONG_KONG
    fitting = tuple(s for s in form.symbols if (s.suffix == "HK") == abroad)
    return Found(start, hung.end(), form.text, fitting or form.symbols, "name", form.rank)


def _join(
    folded: str, names: list[Found], codes: list[Code], dictionary: Dictionary
) -> list[Found]:
    """Join each name with the codes beside it; codes that stand alone follow by themselves."""
    found: list[Found] = []
    free = sorted(codes, key=lambda code: code.start)
    for name in names:
        mine = [c for c in _follow(folded, name.end, free) if not c.bare or _agree(c, name)]
        before = [c for c in free if c.end <= name.start and _is_before(folded, c, name)][-1:]
        if before and _agree(before[0], name) and not any(_agree(c, name) for c in mine):
            mine = before
        elif "\t" in folded[name.end : mine[0].start] if mine else False:
            # a code in the next cell may be of another column
            mine = [c for c in mine if _agree(c, name)]
        free = [code for code in free if code not in mine]
        found.extend(_merge(folded, name, mine, dictionary))
    alone = [code for code in free if not code.bare]
    found += [Found(c.start, c.end, folded[c.start : c.end], c.symbols, "code", 0) for c in alone]
    return sorted(found, key=lambda each: (each.start, -each.end))


def _agree(code: Code, name: Found) -> bool:
    return any(symbol in name.symbols for symbol in code.symbols)


def _follow(folded: str, place: int, codes: Sequence[Code]) -> list[Code]:
    """Return the codes right behind a place, parted by slashes or commas."""
    mine: list[Code] = []
    for code in codes:
        if code.start < place:
            continue
        gap = folded[place : code.start]
        if not (_BETWEEN_CODES if mine else _BETWEEN).fullmatch(gap):
            break
        mine.append(code)
        place = code.end
    return mine


def _is_before(folded: str, code: Code, name: Found) -> bool:
    return bool(
        re.fullmatch(r"[)\]]?[ \t]{0,2}|[)\]]?[ ]?[-:,/][ ]?", folded[code.end : name.start])
    )


def _merge(folded: str, name: Found, codes: list[Code], dictionary: Dictionary) -> Iterator[Found]:
    """Yield what a name and its codes mean together: one for each code, or a conflict."""
    if not codes:
        yield name
        return
    agreed: list[Symbol] = []
    foreign: list[Symbol] = []
    for code in codes:
        same = [s for s in code.symbols if s in name.symbols or _is_twin(s, name, dictionary)]
        # beside a code that agrees, one that names its exchange is another listing
        same = same or ([] if code.bare or not agreed else list(code.symbols))
        (agreed if same else foreign).extend(same or code.symbols)
    if not agreed and all(code.bare for code in codes):
        # a number in brackets need not be a code
        yield name
        return
    start = min(name.start, codes[0].start)
    end = max(name.end, codes[-1].end)
    closing = _CLOSING.match(folded, end)
    opened = re.search(r"[(\[]", folded[name.end : codes[-1].start]) if codes else None
    end = closing.end() if closing and opened else end
    if agreed:
        for symbol in dict.fromkeys(agreed):
            yield replace(name, start=start, end=end, symbols=(symbol,), by="both")
        return
    yield replace(
        name, start=start, end=end, symbols=tuple(dict.fromkeys(foreign)), by="code",
        conflict=name.symbols,
    )  # fmt: skip


def _is_twin(symbol: Symbol, name: Found, dictionary: Dictionary) -> bool:
    """Tell whether a security is listed by the Chinese name of what a name means elsewhere."""
    own, *others = (
        _CLASS_ZH.sub("", dictionary.names[each].zh) for each in (symbol, *name.symbols)
    )
    return bool(own) and own in others


def _drop_chance(folded: str, found: Sequence[Found], dictionary: Dictionary) -> Iterator[Found]:
    """Leave out short and ordinary names that stand inside running words."""
    edges = {each.start for each in found} | {each.end for each in found}
    for each in found:
        form = dictionary.forms.get(each.name)
        if each.by != "name" or form is None or _is_sound(folded, each, form, edges):
            yield each


def _is_sound(folded: str, each: Found, form: Form, edges: set[int]) -> bool:
    ordinary = each.name in load_words().get("ordinary", "words")
    if not form.is_han:
        return form.rank != _ENGLISH or not ordinary
    if len(each.name) > _SHORT and not ordinary:
        return True
    before, behind = _edges()
    left = each.start == 0 or before.search(folded, max(0, each.start - _LONGEST_EDGE), each.start)
    right = each.end == len(folded) or behind.match(folded, each.end)
    if ordinary or form.rank != _LISTED:
        return bool(left or each.start in edges - {each.start}) and bool(right)
    return bool(left or right)


@cache
def _edges() -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = load_words()
    lead = [*words.get("ordinary", "before"), *words.get("cues", "recommend")]
    lead += [*words.get("cues", "watch"), *words.get("cues", "openers")]
    before = re.compile(rf"(?:[^\w一-鿿]|[A-Z0-9]|{'|'.join(map(re.escape, lead))})\Z")
    following = words.get("ordinary", "following")
    behind = re.compile(rf"[^\w一-鿿]|[A-Z0-9]|{'|'.join(map(re.escape, following))}")
    return before, behind
