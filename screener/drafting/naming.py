"""Every place of a document that names a security, with what is said of it there."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from screener.documents.document import Document
from screener.drafting.clauses import Cue, find_labels
from screener.drafting.dictionary import Dictionary
from screener.drafting.find import Found, find_securities
from screener.drafting.governed import BlockReader, Said
from screener.drafting.named import Context, Named, Question
from screener.drafting.newcomers import was_listed
from screener.drafting.quotes import quote_of
from screener.drafting.resolve import Resolver
from screener.drafting.sections import Placed
from screener.drafting.stated import Stated, find_stated, read_line
from screener.drafting.stated_rows import Header, read_header, read_row
from screener.drafting.themes import is_advice, is_excluded, is_only_cue, theme_of
from screener.drafting.words import load_words

_FRONT = 40
_LOOSE = 4
_ADDRESS = re.compile(r"(?:HTTPS?://|WWW\.)[^ ,;()。]+|[A-Z0-9._-]+@[A-Z0-9.-]+")


class Reader:
    """Reads a document block by block."""

    def __init__(
        self,
        document: Document,
        placed: Sequence[Placed],
        dictionary: Dictionary,
        context: Context,
    ) -> None:
        self._document = document
        self._placed = [
            each
            for each in placed
            if not any(start <= each.block.start < end for start, end in context.barred)
        ]
        self._found = {
            each.place: _drop_others(each, find_securities(each.folded.text, dictionary), context)
            for each in self._placed
        }
        title = self._title = context.title
        headings = list(dict.fromkeys(h for each in self._placed for h in each.headings))
        self._headings = headings
        self.resolver = Resolver(
            (f for found in self._found.values() for f in found), title, headings, context.earliest
        )
        self.unnamed: list[Question] = []
        self._subject = self._find_subject(dictionary)

    def _find_subject(self, dictionary: Dictionary) -> Found | None:
        """Return the one security that the title or the front's own lines are about."""
        in_title = find_securities(self._title, dictionary)
        if len({each.symbols for each in in_title}) == 1:
            return in_title[0]
        for each in self._placed[:_FRONT]:
            if each.block.kind == "row":
                continue
            found = self._found[each.place]
            coded = [f for f in found if f.by == "both"]
            if (
                len(coded) == 1
                and len(found) == 1
                and not re.search(r"[^\W\dA-Z]", _without(each.folded.text, coded[0]))
            ):
                return None if in_title else coded[0]
        return None

    def read(self) -> Iterator[Named]:
        """Yield every place that names a security."""
        carried: tuple[Cue, str] | None = None
        header: Header | None = None
        in_table = False
        pending: tuple[Placed, Cue] | None = None
        for each in self._placed:
            found = self._found[each.place]
            excluded = is_excluded(each.headings)
            if each.block.kind == "row":
                if not in_table:
                    header = read_header(each.folded.text, self._over(each))
                    in_table = True
                    if not found:
                        continue
                yield from self._read_row(each, found, header, excluded=excluded)
                continue
            in_table = False
            reader = BlockReader(each.folded.text, found, advice=self._is_advice(each))
            read = reader.read(carried[0] if carried and not excluded else None)
            if each.is_heading:
                carried = self._open_heading(each, found)
            elif read.opened:
                carried = (read.opened, reader.label_at(read.opened.start))
            elif carried and not any(s.why.startswith("words of an earlier") for s in read.said):
                carried = None
            label = carried[1] if carried else ""
            yield from self._name(each, reader, read.said, label, excluded=excluded)
            governs = any(s.why.startswith("words of an earlier") for s in read.said)
            if pending and not each.is_heading:
                # what a line opened and the next one does not fill
                self._ask(pending[0], () if governs else (pending[1],))
                pending = None
            if not excluded and not each.is_heading:
                self._ask(each, [cue for cue in read.unnamed if cue != read.opened])
                pending = (each, read.opened) if read.opened in read.unnamed else None

    def _over(self, each: Placed) -> str:
        before = [other for other in self._placed if other.place < each.place][-1:]
        texts = [before[0].folded.text] if before and before[0].block.kind != "row" else []
        return " ".join([*texts, *(heading.folded for heading in each.headings[-1:])])

    def _is_advice(self, each: Placed) -> bool:
        labels = find_labels(each.folded.text)
        return is_advice(each.headings) or any(
            label.text in load_words().get("sections", "advice") for label in labels[:1]
        )

    @staticmethod
    def _open_heading(each: Placed, found: Sequence[Found]) -> tuple[Cue, str] | None:
        cue = None if found else is_only_cue(each.headings[-1].folded)
        return (replace(cue, start=-1), "") if cue else None

    def _name(
        self, each: Placed, reader: BlockReader, said: Sequence[Said], label: str, *, excluded: bool
    ) -> Iterator[Named]:
        found = self._found[each.place]
        by_found = {id(s.found): s for s in said}
        alone = self._subject is not None
        stated = list(find_stated(each.folded.text, found, alone=alone))
        whole = read_line(each.folded.text)
        if whole and not excluded:
            level, span = whole
            stated.append(Stated(None, level, span, None, "a line that is a rating"))
        for item in found:
            own = by_found.get(id(item))
            theme = theme_of(reader.label_of(item), label, each.headings, found)
            rated = next((s for s in stated if s.found and s.found.start == item.start), None)
            asked = len(item.symbols) > 1 and reader.is_advised(item.start)
            if not own and not rated and not asked and _is_loose(item):
                continue
            yield Named(each, item, own, rated, theme, excluded)
        for rated in stated:
            subject = self._subject_of(each) if rated.found is None else None
            if subject:
                over = [h for h in each.headings if self._found.get(h.place)]
                theme = theme_of("", "", over, ())
                yield Named(each, subject, None, rated, theme, excluded, doc_wide=True)

    def _subject_of(self, each: Placed) -> Found | None:
        """Return the one security that the nearest heading names, otherwise the document's."""
        for heading in reversed(each.headings):
            found = [f for f in self._found.get(heading.place, ()) if not _is_loose(f)]
            if len({one.symbols for one in found}) == 1:
                return found[0]
            if found:
                return None
        return self._subject

    def _read_row(
        self, each: Placed, found: Sequence[Found], header: Header | None, *, excluded: bool
    ) -> Iterator[Named]:
        told = {id(s.found): s for s in read_row(each.folded.text, found, header)}
        first = each.folded.text.split("\t")[0]
        label = first if found and len(first) <= found[0].start and not first.isdigit() else ""
        for item in found:
            stated = told.get(id(item))
            column = label if stated and not stated.rating else ""
            theme = theme_of(column, "", each.headings, found)
            # a rating in a table counts wherever the table stands
            yield Named(
                each, item, None, stated, theme, excluded and not (stated and stated.rating)
            )

    def _ask(self, each: Placed, cues: Sequence[Cue]) -> None:
        text = each.folded.text
        for cue in cues:
            start, end = each.folded.place(cue.start, cue.end)
            quote = quote_of(self._document.text, each.block, start, end)
            self.unnamed.append(
                Question(text[cue.start : cue.end], (), quote, each.block.page, cue.level)
            )


def _drop_others(each: Placed, found: Sequence[Found], context: Context) -> tuple[Found, ...]:
    """Leave out what is no security here: a sector's name, an address, the broker, a newcomer."""
    nouns = load_words().get("sections", "nouns")
    text = each.folded.text
    addresses = [match.span() for match in _ADDRESS.finditer(text)]
    kept = []
    for one in found:
        listed = tuple(s for s in one.symbols if was_listed(s, context.latest))
        if not listed or any(start <= one.start < end for start, end in addresses):
            continue
        if one.by == "name" and text.startswith(nouns, one.end):
            continue
        if one.by == "name" and context.broker and context.broker.startswith(one.name):
            continue
        kept.append(replace(one, symbols=listed))
    return tuple(kept)


def _without(text: str, one: Found) -> str:
    return text[: one.start] + text[one.end :]


def is_guessed(found: Found) -> bool:
    """Tell whether a name is short for so many that one symbol is no proof."""
    return found.by == "name" and found.rank >= _LOOSE


def _is_loose(found: Found) -> bool:
    """Tell whether a name is so much a word of every day that it has to be an item of a list."""
    ordinary = found.name in load_words().get("ordinary", "words")
    return found.by == "name" and (found.rank >= _LOOSE or ordinary)
