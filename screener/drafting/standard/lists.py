"""The lists of grades in a text, and whether each is of companies or of industries."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from screener.drafting.standard.bands import Interval, read_interval, trim
from screener.drafting.standard.ladder import Entry
from screener.drafting.standard.words import HAN, any_of, line_at, load_words, spell, squeeze, texts
from universes.text import Text

Kind = Literal["company", "industry", "both"]

# how far from a word that tells of ratings a list may stand, and how far its grades may be apart
_BEFORE, _BEHIND, _APART = 300, 1600, 700
_LONGEST_DEFINITION = 320
_CODE = re.compile(r"(?<!\d)(?:[036489]\d{5}(?!\d)|\d{1,6}[. ](?:s[hzs]|hk|us|ch|bj)(?![a-z]))")


@dataclass
class GradeList:
    """Grades that stand together.

    Attributes
    ----------
    kind : {"company", "industry", "both"} or None
        What is graded, None where the text does not tell.
    entries : list of Entry
    """

    kind: Kind | None
    entries: list[Entry] = field(default_factory=list)

    @property
    def figures(self) -> list[Interval]:
        """The intervals that could be read."""
        return [entry.interval for entry in self.entries if entry.interval]

    @property
    def complete(self) -> bool:
        """Whether it reaches without bound both ways."""
        ends = self.figures
        return any(end.upper is None for end in ends) and any(end.lower is None for end in ends)


@dataclass(frozen=True)
class _Token:
    """A word that begins a grade, heads a list or ends a definition."""

    start: int
    end: int
    kind: Kind | None
    name: Text | None


@dataclass(frozen=True)
class _Patterns:
    anchor: re.Pattern[str]
    grade: re.Pattern[str]
    behind: re.Pattern[str]
    behind_en: re.Pattern[str]
    beginning_en: re.Pattern[str]
    other: re.Pattern[str]
    heading: re.Pattern[str]
    company: re.Pattern[str]
    kinds: tuple[re.Pattern[str], re.Pattern[str]]


@cache
def _load_patterns() -> _Patterns:
    words = load_words()
    company, industry = any_of(texts("kinds", "company")), any_of(texts("kinds", "industry"))
    company_en, industry_en = (any_of(texts("kinds", key)) for key in ("company_en", "industry_en"))
    ratings, ratings_en = any_of(texts("kinds", "ratings")), any_of(texts("kinds", "ratings_en"))
    joint, titles = any_of(texts("kinds", "joints")), any_of(texts("kinds", "titles"))
    one, one_en = f"(?:{company}|{industry})", f"(?:{company_en}|{industry_en})"
    beginnings = any_of(texts("names", "beginnings"))
    starts = any_of(texts("names", "beginnings_en"))
    return _Patterns(
        re.compile("|".join(map(spell, texts("section", "anchors")))),
        re.compile(rf"(?P<zh>{any_of(words.chinese)})|(?P<en>{any_of(words.english)})"),
        re.compile(
            r"""["”』」》】)\]]?\s*(?:评[ \n]?级)?\s*"""
            rf"(?:[:=—(<>≥≤±+\-/|\t\n\d]|$|[a-z]|{beginnings})"
        ),
        re.compile(
            r"""["”)\]]?[ \n]*(?:\([^()]{1,24}\)[ \n]*)?(?:ratings?)?[ ]*"""
            r"(?:[:=—\-<>≥≤±+|(\t\n\d]|$|  )"
        ),
        re.compile(rf"""["”)]?\s+(?:{starts})(?![a-z])"""),
        re.compile(any_of(texts("names", "none"))),
        re.compile(
            rf"(?:(?<![{HAN}])(?P<first>{one})(?:[ \n]?(?:{joint})[ \n]?(?P<second>{one}))?"
            rf"[ \n]?(?:的[ \n]?)?(?:{ratings})(?:(?![{HAN}])|(?={titles}))"
            rf"|(?<![a-z])(?P<first_en>{one_en})\s+(?:(?:{joint})\s+(?P<second_en>{one_en})\s+)?"
            rf"(?:{ratings_en})(?![a-z]))"
        ),
        re.compile(f"{company}|{company_en}"),
        (
            re.compile("|".join(map(re.escape, texts("kinds", "company_words")))),
            re.compile("|".join(map(re.escape, texts("kinds", "industry_words")))),
        ),
    )


def find_lists(text: str, folded: str) -> Iterator[list[GradeList]]:
    """Yield the lists of grades of a text, those that stand together at once.

    Parameters
    ----------
    text, folded : str
        As it stands, and as `fold_case` returns it.
    """
    tokens: list[_Token] = []
    for start, end in _find_windows(folded):
        tokens += _find_tokens(text, folded, start, end)
    for run in _part(tokens):
        lists = _group(folded, run)
        if lists:
            yield lists


def _find_windows(folded: str) -> Iterator[tuple[int, int]]:
    """Yield the places about words that tell of ratings."""
    start, end = 0, -1
    for found in _load_patterns().anchor.finditer(folded):
        if found.start() - _BEFORE > end:
            if end > 0:
                yield start, end
            start = max(0, found.start() - _BEFORE)
        end = min(len(folded), found.end() + _BEHIND)
    if end > 0:
        yield start, end


def _find_tokens(text: str, folded: str, start: int, end: int) -> list[_Token]:
    patterns = _load_patterns()
    tokens = [
        _Token(found.start(), found.end(), None, name)
        for found in patterns.grade.finditer(folded, start, end)
        if (name := _read_name(text, folded, found))
    ]
    tokens += [
        _Token(found.start(), found.end(), None, None)
        for found in patterns.other.finditer(folded, start, end)
    ]
    tokens += [
        _Token(found.start(), found.end(), _kind_of(found), None)
        for found in patterns.heading.finditer(folded, start, end)
        if found["first"] or _begins(folded, found.start())
    ]
    tokens.sort(key=lambda token: (token.start, -token.end))
    # a word inside another one is none of its own
    apart: list[_Token] = []
    for token in tokens:
        if not apart or token.start >= apart[-1].end:
            apart.append(token)
    return _drop_translations(folded, apart)


def _read_name(text: str, folded: str, found: re.Match[str]) -> Text | None:
    """Return a grade's name where its word stands so that a definition may follow."""
    patterns, words = _load_patterns(), load_words()
    # a table of securities rates them, and defines nothing
    if _CODE.search(line_at(folded, found.start())):
        return None
    word = " ".join(squeeze(found[0]).replace("-", " ").split())
    if found["zh"]:
        near = folded[max(0, found.start() - 3) : found.start()]
        bare = near.replace("\n", "").rstrip(" ")
        # a list of words in prose
        if re.search(rf"[{HAN}]、\Z", near):
            return None
        parted = not re.search(rf"[{HAN}]\Z", near) or bare.endswith("评级")
        if parted and patterns.behind.match(folded, found.end()):
            return Text(word, words.chinese[word])
        return None
    if not _begins(folded, found.start()) or re.match(r"[a-z]", folded[found.end() :][:1]):
        return None
    follows = patterns.behind_en.match(folded, found.end()) or (
        text[found.start()].isupper() and patterns.beginning_en.match(folded, found.end())
    )
    return Text(words.english[word], word) if follows else None


def _begins(folded: str, place: int) -> bool:
    """Tell whether a word stands at the beginning of a line, a cell or a clause."""
    near = folded[max(0, place - 8) : place].rstrip(" \"“'*#•●-·(")
    return not near or near[-1] in "\n\t.;:,)%|/。、]"


def _kind_of(found: re.Match[str]) -> Kind:
    if found["second"] or found["second_en"]:
        return "both"
    own = found["first"] or found["first_en"]
    return "company" if _load_patterns().company.fullmatch(own) else "industry"


def _drop_translations(folded: str, tokens: Sequence[_Token]) -> list[_Token]:
    """Leave out a grade's word that only repeats the one before it in the other language."""
    kept: list[_Token] = []
    for token in tokens:
        before = kept[-1] if kept else None
        repeats = (
            before
            and before.name
            and token.name
            and not folded[before.end : token.start].strip(" \n\t/|(-")
            and folded[before.start].isascii() != folded[token.start].isascii()
        )
        if not repeats:
            kept.append(token)
    return kept


def _part(tokens: Sequence[_Token]) -> Iterator[list[_Token]]:
    """Yield the tokens that stand together."""
    run: list[_Token] = []
    for token in tokens:
        if run and token.start - run[-1].end > _APART:
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def _group(folded: str, run: Sequence[_Token]) -> list[GradeList]:
    lists: list[GradeList] = []
    heading: Kind | None = None
    for token, behind in zip(run, [*run[1:], None], strict=True):
        if token.kind:
            heading = token.kind
        elif token.name:
            end = behind.start if behind else len(folded)
            last = not (behind and behind.name)
            entry = _read_entry(folded, token, end, last=last)
            if not lists or _is_next(lists[-1], entry, heading):
                lists.append(GradeList(heading))
            elif heading and lists[-1].kind is None:
                # the heading of a table's rows may stand beside the middle one
                lists[-1].kind = heading
            lists[-1].entries.append(entry)
            heading = None
    lists = [each for each in lists if len(each.entries) > 1]
    for each in lists:
        each.kind = each.kind or _tell_kind(each.entries)
    return lists


def _read_entry(folded: str, token: _Token, end: int, *, last: bool) -> Entry:
    end = min(end, token.end + _LONGEST_DEFINITION)
    definition = folded[token.end : end]
    lead = len(definition) - len(definition.lstrip())
    stop = definition.find("\n\n", lead)
    definition = definition if stop < 0 else definition[:stop]
    name = token.name or Text("", "")
    # what a word is put in marks with is not of its definition
    said = trim(definition).lstrip('"”』」》】)] :=')
    definition = trim(definition) if last else definition
    size = len(definition.rstrip())
    return Entry(name, read_interval(said), definition, token.start, token.end + size)


def _is_next(last: GradeList, entry: Entry, heading: Kind | None) -> bool:
    """Tell whether an entry begins another list."""
    if heading and last.kind and heading != last.kind:
        return True
    if any(entry.name.zh == other.name.zh for other in last.entries):
        return True
    if not last.complete:
        # a list in words before one in figures
        return bool(entry.interval and not last.figures and len(last.entries) > 1)
    return entry.interval is None or any(map(entry.interval.overlaps, last.figures))


def _tell_kind(entries: Sequence[Entry]) -> Kind | None:
    """Return what the definitions speak of; the word that each has first counts."""
    company, industry = _load_patterns().kinds
    votes = 0
    for entry in entries:
        said = squeeze(entry.definition)
        first, second = company.search(said), industry.search(said)
        if first and (not second or first.start() < second.start()):
            votes += 1
        elif second:
            votes -= 1
    if votes == 0:
        return None
    return "company" if votes > 0 else "industry"


def spans_of(lists: Sequence[GradeList]) -> tuple[int, int]:
    """Return where lists begin and end in the text."""
    entries = [entry for each in lists for entry in each.entries]
    return min(entry.start for entry in entries), max(entry.end for entry in entries)
