"""Made-up reports with the picks that a careful reader finds in them, and how drafts compare."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from screener.documents.read import read_document
from screener.drafting.dictionary import load_dictionary
from screener.drafting.draft import Draft, read_draft
from screener.drafting.folding import fold

FOLDER = Path(__file__).parent / "drafts"
REPORTS = sorted(path.stem for path in FOLDER.glob("*.json"))
_ALIKE = 0.6


@dataclass
class Tally:
    """How many picks were found, invented and missed, and of those found how many are right.

    Where a reader is in doubt on the level, or no heading tells a theme, none is judged.
    """

    found: int = 0
    levelled: int = 0
    levels: int = 0
    headed: int = 0
    themes: int = 0
    invented: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.found / ((self.found + len(self.invented)) or 1)

    @property
    def recall(self) -> float:
        return self.found / ((self.found + len(self.missed)) or 1)

    def add(self, other: "Tally") -> None:
        self.found += other.found
        self.levelled += other.levelled
        self.levels += other.levels
        self.headed += other.headed
        self.themes += other.themes
        self.invented += other.invented
        self.missed += other.missed
        self.wrong += other.wrong

    def __str__(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, levels "
            f"{self.levels}/{self.levelled}, themes {self.themes}/{self.headed}; invented "
            f"{self.invented}, missed {self.missed}, of another level or theme {self.wrong}"
        )


def read_gold(name: str) -> dict[str, Any]:
    gold: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return gold


def draft_of(path: Path) -> Draft:
    return read_draft(read_document(path), load_dictionary())


def compare(name: str, draft: Draft, picks: Sequence[dict[str, Any]]) -> Tally:
    """Set a draft beside the picks that it should have: symbol, level and theme of each."""
    read = {str(pick.symbol): pick for pick in draft.picks if pick.level != "mention"}
    wanted = {pick["symbol"]: pick for pick in picks}
    tally = Tally(
        invented=[f"{name} {symbol}" for symbol in read if symbol not in wanted],
        missed=[f"{name} {symbol}" for symbol in wanted if symbol not in read],
    )
    for symbol in wanted.keys() & read.keys():
        own, right = read[symbol], wanted[symbol]
        levelled, headed = right["level"] is not None, right["theme"] is not None
        level = not levelled or own.level == right["level"]
        theme = not headed or alike(own.theme or draft.front.title, right["theme"])
        tally.found += 1
        tally.levelled += levelled
        tally.levels += levelled and level
        tally.headed += headed
        tally.themes += headed and theme
        if not (level and theme):
            tally.wrong.append(f"{name} {symbol}")
    return tally


def alike(one: str, other: str) -> bool:
    """Tell whether two headings are the same, or one holds the other, signs aside."""
    first, second = (re.sub(r"\W", "", fold(text).text) for text in (one, other))
    if not first or not second:
        return first == second
    ratio = SequenceMatcher(None, first, second).ratio()
    return first in second or second in first or ratio >= _ALIKE
