"""Lists of securities in a block: where one begins, how it goes on, where it ends."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from screener.drafting.clauses import (
    ENUMERATOR,
    SEPARATOR,
    STOP,
    Cue,
    is_delimited,
    skip_brackets,
)
from screener.drafting.find import Found
from screener.drafting.words import load_words
from universes.report import Level

_LEAD, _WEAK_LEAD, _GAP, _COMMA_GAP, _AFTER_GAP = 40, 12, 30, 12, 12
_ETC = re.compile(r"[ ]?(?:等(?!等)|ETC\.?)")
_CLAUSE = re.compile(r"[,。;!?:]|\.[ ]")
_OPENS = re.compile(r"[ ]?[:(\[\"'、,-]*[ ]?")
Mark = tuple[Level, tuple[int, int]]


@dataclass
class Run:
    """A list of securities.

    Attributes
    ----------
    items : list of Found
    marks : dict of Found to Mark
        Of those that bear a mark of their own: its level, and where it stands.
    end : int
        Behind the last item and its brackets.
    """

    items: list[Found] = field(default_factory=list)
    marks: dict[Found, Mark] = field(default_factory=dict)
    end: int = 0


class ListReader:
    """Reads lists in one block."""

    def __init__(self, text: str, found: Sequence[Found], cues: Sequence[Cue]) -> None:
        self._text = text
        self._found = list(found)
        self._starts = [each.start for each in found]
        self._begins = [cue.start for cue in cues]

    def read(self, place: int, cue: Cue) -> Run:
        """Read the list that begins at a place."""
        run = Run(end=place)
        item = self._first(place, cue)
        limit = self._next_cue(place)
        while item and item.start < limit:
            run.items.append(item)
            end, said = skip_brackets(self._text, item.end)
            mark = self.read_mark(item, end, said)
            if mark:
                run.marks[item] = mark
                limit = self._next_cue(end)
            run.end = end
            item = self._twin(item) or self._following(end, limit)
        return run

    def _twin(self, item: Found) -> Found | None:
        """Return the next security that the same place names, if it names several."""
        places = range(bisect_left(self._starts, item.start), len(self._found))
        mine = next((n for n in places if self._found[n] is item), len(self._found))
        behind = self._found[mine + 1 : mine + 2]
        return behind[0] if behind and behind[0].start == item.start else None

    def _next_cue(self, place: int) -> int:
        first = bisect_left(self._begins, place)
        return self._begins[first] if first < len(self._begins) else len(self._text)

    def read_before(self, place: int) -> list[Found]:
        """Return the list that ends right before a place."""
        run: list[Found] = []
        for item in reversed([each for each in self._found if each.end <= place]):
            end, _ = skip_brackets(self._text, item.end)
            gap = self._text[end:place]
            if run and not SEPARATOR.fullmatch(gap):
                break
            if not run and (len(gap) > _AFTER_GAP or _CLAUSE.search(gap)):
                break
            run.insert(0, item)
            place = item.start
        return run

    def next_from(self, place: int, limit: int) -> Found | None:
        """Return the first security between two places, if there is one."""
        first = bisect_left(self._starts, place)
        found = self._found[first] if first < len(self._found) else None
        return found if found and found.start < limit else None

    def read_mark(self, item: Found, end: int, said: Sequence[str]) -> Mark | None:
        """Return the mark that a security bears in the brackets behind it, if it bears one."""
        words = load_words()
        for note in said:
            parts = re.split(r"[ ]?[,、;/|][ ]?", note.strip(' "'))
            levels: tuple[Level, ...] = ("watch", "recommend", "mention")
            for level in levels:
                if any(part in words.get("marks", level) for part in parts):
                    start = self._text.index(note, item.start, end)
                    return level, (start, start + len(note))
        return None

    def _first(self, place: int, cue: Cue) -> Found | None:
        item = self.next_from(place, len(self._text))
        if not item:
            return None
        lead = self._text[place : item.start]
        filler = load_words().pattern("cues", "fillers")
        bare = lead
        while found := re.match(rf"[ ]?(?:{filler.pattern})|{_OPENS.pattern}(?<=.)", bare):
            bare = bare[found.end() :]
            if not found[0]:
                break
        # who prints its code means the security, whatever is said of it next
        coded = item.by == "both"
        if cue.weak:
            after, _ = skip_brackets(self._text, item.end)
            if len(bare) > _WEAK_LEAD or not (coded or is_delimited(self._text, item.end)):
                return None
            possessed = not coded and self._is_possessed(after)
            return None if _CLAUSE.search(bare) or possessed else item
        if (not coded and self._is_possessed(item.end)) or len(
            self._strip_enumerated(bare)
        ) > _LEAD:
            return None
        return item if self._is_lead(bare) else None

    def _is_possessed(self, place: int) -> bool:
        return self._text.startswith(("的", "'S "), place)

    @staticmethod
    def _strip_enumerated(lead: str) -> str:
        return re.sub(rf"^(?:{ENUMERATOR.pattern})?[^,。;:]{{0,24}}:", "", lead)

    @staticmethod
    def _is_lead(lead: str) -> bool:
        """Tell whether a list may begin behind these words: one clause, or an example's opener."""
        openers = load_words().pattern("cues", "openers")
        rest = re.sub(rf"[,;:](?={openers.pattern})", "", lead)
        # a colon, a dash or a bracket may stand right before the list
        rest = re.sub(r"[:(\[\"'—-]+[ ]?$", "", rest)
        rest = re.sub(rf"^(?:{ENUMERATOR.pattern})?[^,。;:]{{0,24}}:", "", rest)
        return not _CLAUSE.search(rest)

    def _following(self, place: int, limit: int) -> Found | None:
        """Return the item that follows the end of another in the same list, if one does."""
        if end := _ETC.match(self._text, place):
            return self._after_ending(end.end(), limit)
        item = self.next_from(place, limit)
        return item if item and self._is_joined(self._text[place : item.start], item) else None

    def _is_joined(self, gap: str, item: Found) -> bool:
        """Tell whether what stands between two securities keeps them in one list."""
        alone = is_delimited(self._text, item.end)
        if numbered := re.match(rf"[ ]?[)。]?[;。,]?[ ]?(?:{ENUMERATOR.pattern})", gap):
            return self._is_numbered(gap[numbered.end() :], item)
        if re.fullmatch(r"[ ]?\)?[ ]?;[ ]?[^,。;:]{1,16}[:(]", gap):
            return alone
        separated = SEPARATOR.match(gap, 1 if gap.startswith(")") else 0)
        if not separated:
            return not gap.strip(" []\"'")
        rest = gap[separated.end() :]
        # whom it sells to, buys from or is held against is in another list
        related = load_words().pattern("sections", "relations").search(rest)
        if STOP.search(rest) or len(rest) > _GAP or related:
            return False
        if "," in separated[0] or "," in rest:
            return len(rest) <= _COMMA_GAP and "," not in rest and alone
        return not self._is_possessed(item.end)

    def _after_ending(self, place: int, limit: int) -> Found | None:
        """Go on behind the word that ends a list, where an enumeration or a conjunction does."""
        item = self.next_from(place, limit)
        gap = self._text[place : item.start] if item else ""
        found = re.match(rf"[^,。;:]{{0,16}}[;。,][ ]?(?:{ENUMERATOR.pattern}|以及|及|和)", gap)
        if item and found and self._is_numbered(gap[found.end() :], item):
            return item
        if item and re.fullmatch(r"[^,。;:]{0,16};[ ]?[^,。;:]{1,16}:", gap):
            return item if is_delimited(self._text, item.end) else None
        return None

    def _is_numbered(self, gap: str, item: Found) -> bool:
        openers = load_words().pattern("cues", "openers")
        rest = re.sub(rf"[,](?={openers.pattern})", "", re.sub(r"^[^,。;:]{0,24}:", "", gap))
        short = len(rest) <= _LEAD and not _CLAUSE.search(rest)
        return short and is_delimited(self._text, item.end)
