"""Which listing a name means, where several bear it and the text tells."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from screener.drafting.find import Found
from screener.drafting.newcomers import was_listed
from screener.drafting.sections import Heading
from screener.drafting.words import load_words
from universes.symbol import Symbol

_MARKET_OF = {"SH": "A", "SZ": "A", "BJ": "A", "HK": "HK", "US": "US"}


@dataclass(frozen=True)
class Scope:
    """A stretch of text that may tell a market, and how it is called in a reason."""

    text: str
    name: str


class Resolver:
    """Chooses between listings by the codes and the markets that a document names."""

    def __init__(
        self,
        found: Iterable[Found],
        title: str,
        headings: Sequence[Heading],
        earliest: dt.date | None,
    ) -> None:
        self._earliest = earliest
        self._coded: dict[str, set[Symbol]] = defaultdict(set)
        for each in found:
            if each.by == "both":
                self._coded[each.name].update(each.symbols)
        self._title = title
        self._headings = headings

    def resolve(
        self, found: Found, near: str, over: Sequence[Heading]
    ) -> tuple[Symbol | None, str]:
        """Return the security meant and why, or None where nothing tells.

        Parameters
        ----------
        found : Found
        near : str
            The label and the brackets beside the name, folded.
        over : sequence of Heading
            That the name stands under, the outermost first.
        """
        if len(found.symbols) == 1:
            return found.symbols[0], ""
        coded = self._coded.get(found.name, set()) & set(found.symbols)
        if len(coded) == 1:
            return coded.pop(), "its code stands beside the same name elsewhere"
        for scope in self._scopes(near, over):
            told = _markets_in(scope.text)
            fitting = [each for each in found.symbols if _MARKET_OF[each.suffix] in told]
            if len(told) == 1 and len(fitting) == 1:
                return fitting[0], f"{scope.name} tells the market"
        listed = [each for each in found.symbols if was_listed(each, self._earliest)]
        if self._earliest and len(listed) == 1:
            why = f"no other was listed on {self._earliest}, the first day this can have come out"
            return listed[0], why
        return None, ""

    def _scopes(self, near: str, over: Sequence[Heading]) -> Iterable[Scope]:
        yield Scope(near, "what stands beside the name")
        for heading in reversed(over):
            yield Scope(heading.folded, "its heading")
        if over:
            top = over[0]
            later = [
                each.place
                for each in self._headings
                if each.rank == top.rank and each.place > top.place
            ]
            end = min(later, default=None)
            inside = [
                each.folded for each in self._headings
                if each.place >= top.place and (end is None or each.place < end)
            ]  # fmt: skip
            yield Scope(" ".join(inside), "a heading of the same section")
        yield Scope(self._title, "the title")


def _markets_in(text: str) -> set[str]:
    words = load_words()
    return {market for market in ("A", "HK", "US") if words.pattern("markets", market).search(text)}
