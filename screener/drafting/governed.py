"""Which securities of a block the words before, behind and beside them make picks."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from screener.drafting.clauses import (
    ENUMERATOR,
    Cue,
    Label,
    find_cues,
    find_labels,
    is_generic,
    skip_brackets,
)
from screener.drafting.find import Found
from screener.drafting.lists import ListReader, Run
from screener.drafting.words import load_words
from universes.report import Level

_FEWEST = 2
_LAST = re.compile(r"[,、](?:我们)?(建议(?:重点|积极|持续)?关注|值得(?:重点)?关注)\Z")


@dataclass(frozen=True)
class Said:
    """What a block says of one security.

    Attributes
    ----------
    found : Found
    level : {"recommend", "watch", "mention"}
    words : tuple of two int
        Where the words that decide it stand in the block.
    label : str
        The label that it stands behind, empty where none tells a theme.
    why : str
        In English.
    weak : bool
        Whether the words are ordinary ones, or stand away from the name.
    """

    found: Found
    level: Level
    words: tuple[int, int]
    label: str
    why: str
    weak: bool = False


@dataclass(frozen=True)
class Read:
    """What one block says.

    Attributes
    ----------
    said : tuple of Said
    opened : Cue or None
        Words at its end that govern the blocks that follow.
    unnamed : tuple of Cue
        Words that govern a list in which no security was found.
    """

    said: tuple[Said, ...]
    opened: Cue | None
    unnamed: tuple[Cue, ...]


class BlockReader:
    """Reads one block: a cue, the list that it governs, the next cue."""

    def __init__(self, text: str, found: Sequence[Found], *, advice: bool) -> None:
        self._text = text
        self._found = list(found)
        self._advice = advice
        self._cues = find_cues(text, found)
        self._lists = ListReader(text, found, self._cues)
        self._labels = find_labels(text)

    def read(self, carried: Cue | None = None) -> Read:
        """Read the block.

        Parameters
        ----------
        carried : Cue, optional
            Words of an earlier block that govern what this one begins with.
        """
        said: dict[Found, Said] = {}
        unnamed = []
        opened = None
        for cue in self._cues:
            run = self._lists.read(cue.end, cue)
            for each in self._tell(cue, run):
                said.setdefault(each.found, each)
            if not run.items:
                opened = cue if self._is_open(cue) else opened
                bare = self._text[cue.end : cue.end + 1] not in ("《", "的")
                unnamed += [cue] if bare and not cue.weak else []
        governing = carried or self._run_in()
        if governing:
            self._add(said, self._read_carried(governing))
        self._add(said, self._read_after())
        if self._advice:
            self._add(said, self._read_labels())
        self._add(said, self._read_marks())
        told = tuple(sorted(said.values(), key=lambda s: s.found.start))
        used = [each.words for each in told]
        left = [c for c in unnamed if not any(a <= c.start and c.end <= b for a, b in used)]
        return Read(told, opened, tuple(left))

    def _run_in(self) -> Cue | None:
        """Return the words of advice that are the whole first sentence, as a heading is."""
        first = self._cues[0] if self._cues else None
        if first and not first.start and re.match(r"。|\. ", self._text[first.end :]):
            return replace(first, start=-1)
        return None

    @staticmethod
    def _add(said: dict[Found, Said], more: Iterator[Said]) -> None:
        for each in more:
            said.setdefault(each.found, each)

    def _tell(self, cue: Cue, run: Run) -> Iterator[Said]:
        words = self._text[cue.start : cue.end]
        contrast = cue.plain and any(level == "watch" for level, _ in run.marks.values())
        level: Level = "recommend" if contrast and len(run.marks) < len(run.items) else cue.level
        for item in run.items:
            label = self.label_of(item)
            if item in run.marks:
                own, span = run.marks[item]
                yield Said(item, own, span, label, "a mark in brackets behind the name")
            else:
                why = f"the words {words!r} govern a list"
                if level != cue.level:
                    why += ", in which others bear a weaker mark"
                yield Said(item, level, (cue.start, cue.end), label, why, cue.weak)

    def _read_carried(self, cue: Cue) -> Iterator[Said]:
        start = 0
        numbered = ENUMERATOR.match(self._text)
        start = numbered.end() if numbered else start
        first = self._labels[0] if self._labels else None
        if first and first.start == start and not self._lists.next_from(first.start, first.end):
            start = first.end
        run = self._lists.read(start, replace(cue, weak=True, start=-1, end=start))
        # under a heading that is a cue alone, a name with its code is an item wherever it stands
        coded = [each for each in self._found if cue.start < 0 and each.by != "name"]
        for item in dict.fromkeys([*run.items, *coded]):
            level, span = run.marks.get(item, (cue.level, (0, 0)))
            yield Said(item, level, span, self.label_of(item), "words of an earlier line govern it")

    def _read_labels(self) -> Iterator[Said]:
        """Yield what stands in a list behind a label alone, under a heading of advice."""
        words = load_words()
        aside = (*words.get("sections", "aside"), *words.get("sections", "excluded"))
        for label in self._labels:
            denied = any(word in label.text for word in words.get("sections", "denied"))
            if denied or label.text in aside or self._lists.next_from(label.start, label.end):
                continue
            cue = Cue(label.start, label.end, "recommend", weak=True, plain=True)
            run = self._lists.read(label.end, cue)
            if not run.items or run.items[0].start > label.end + 1:
                continue
            if not re.match(r"[ ]?(?:$|等|ETC|[。;,、.])", self._text[run.end :]):
                continue
            for item in run.items:
                level, span = run.marks.get(item, ("recommend", (label.start, label.end - 1)))
                why = "listed without a qualifier behind a label, under a heading of advice"
                yield Said(item, level, span, self.label_of(item), why, weak=True)

    def _read_after(self) -> Iterator[Said]:
        words = load_words()
        yield from self._read_ends()
        for key, level in (("after_recommend", "recommend"), ("after", "watch")):
            for match in words.pattern("cues", key).finditer(self._text):
                run = self._lists.read_before(match.start())
                close = run and not self._text[run[-1].end : match.start()].strip()
                if key == "after" and not (self._advice and (close or len(run) >= _FEWEST)):
                    continue
                why = f"the words {match[0]!r} follow a list"
                for item in run:
                    own: Level = "recommend" if level == "recommend" else "watch"
                    yield Said(item, own, match.span(), self.label_of(item), why, weak=True)

    def _read_marks(self) -> Iterator[Said]:
        """Yield what a mark in brackets behind its name alone speaks of."""
        for item in self._found:
            end, notes = skip_brackets(self._text, item.end)
            mark = self._lists.read_mark(item, end, notes)
            if mark:
                why = "a mark in brackets behind the name"
                yield Said(item, mark[0], mark[1], self.label_of(item), why)

    def _read_ends(self) -> Iterator[Said]:
        """Yield what a sentence begins with and advises to watch at its end."""
        for match in re.finditer(r"[^。;]+", self._text):
            inside = [each for each in self._found if match.start() <= each.start < match.end()]
            cue = _LAST.search(match[0])
            if not (inside and cue and self._leads(match.start(), inside)):
                continue
            span = (match.start() + cue.start(1), match.start() + cue.end(1))
            for item in inside:
                why = f"its sentence ends in {cue[1]!r}"
                yield Said(item, "watch", span, self.label_of(item), why, weak=True)

    def _leads(self, start: int, inside: Sequence[Found]) -> bool:
        """Tell whether a sentence is about what it names: one list that it begins with, or a code.

        A list of several has to stand right at its begin.
        """
        first, last = inside[0], inside[-1]
        lead = self._text[start : first.start]
        if first.start == last.start:
            return len(lead) <= 1 or (first.by == "both" and not re.search("[,:]", lead))
        return len(lead) <= 1 and self._lists.read_before(last.end)[:1] == [first]

    def is_advised(self, place: int) -> bool:
        """Tell whether words of advice stand right before a place."""
        return any(cue.end == place for cue in self._cues)

    def label_at(self, place: int) -> str:
        """Return the last label before a place that tells a theme."""
        for label in reversed([each for each in self._labels if each.end <= place]):
            inside = self._lists.next_from(label.start, label.end)
            if not is_generic(label.text) and not inside and not self._is_cue(label):
                return label.text
        return ""

    def label_of(self, item: Found) -> str:
        """Return the last label before a security that tells a theme."""
        return self.label_at(item.start)

    def _is_cue(self, label: Label) -> bool:
        return any(label.start <= cue.start and cue.end <= label.end for cue in self._cues)

    def _is_open(self, cue: Cue) -> bool:
        """Tell whether a block ends in words that govern what follows it."""
        rest = self._text[cue.end :]
        filler = load_words().pattern("cues", "fillers")
        return bool(
            re.fullmatch(rf"[ ]?(?:(?:{filler.pattern})[ ]?)*[^,。;:]{{0,12}}[:—-]?", rest)
        ) and (rest.endswith((":", "—")) or not rest)
