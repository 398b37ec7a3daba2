"""Looking a draft through, one pick after another; each decision is written when it is made."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from screener.drafting.named import Question
from screener.drafting.questions import read_questions
from screener.files import replace_file
from universes.drafted import REVIEW_FILE, TEXT_FILE
from universes.errors import InputError
from universes.loader import load_drafted
from universes.report import PICK_LEVELS, Pick, Report, Theme
from universes.reviewed import Review, Settled, apply_review, read_review
from universes.symbol import Symbol

_CONTEXT = 160


@dataclass(frozen=True)
class PickStep:
    """A pick that is to be decided."""

    pick: Pick
    theme: Theme


Step = PickStep | Question


class Reviewing:
    """The decisions on a draft, and what is still open.

    Parameters
    ----------
    folder : Path
    everything : bool
        Whether what is only mentioned is walked as well.

    Raises
    ------
    InputError
        If there is no such draft.
    FaultyFileError
        If its files have faults.
    """

    def __init__(self, folder: Path, *, everything: bool = False) -> None:
        self.report: Report = load_drafted(folder)
        if self.report.drafted is None:
            raise InputError(f"{folder} is no draft: it was written by hand", "edit it by hand")
        self._folder = folder
        self._review = read_review(folder)
        self._text = (folder / TEXT_FILE).read_text(encoding="utf-8")
        steps: list[Step] = [
            PickStep(pick, theme) for theme in self.report.themes for pick in theme.picks
        ]
        steps += read_questions(folder)
        self.steps = [step for step in steps if everything or _drafted_level(step) in PICK_LEVELS]

    def decision(self, step: Step) -> str:
        """Return what was decided: a level, "dropped", the symbol chosen, "none", or ""."""
        if isinstance(step, PickStep):
            return self._review.levels.get(step.pick.symbol, "")
        own = next((s for s in self._review.settled if s.name == step.words), None)
        if own is None:
            return ""
        return str(own.symbol) if own.symbol else "none"

    @property
    def open(self) -> list[int]:
        """The places of the steps that are not decided."""
        return [place for place, step in enumerate(self.steps) if not self.decision(step)]

    def decide(self, step: PickStep, level: str) -> None:
        """Give a pick a level, or drop it, and write that."""
        levels = {**self._review.levels, step.pick.symbol: level}
        self._save(replace(self._review, levels=levels))

    def settle(self, step: Question, symbol: Symbol | None) -> None:
        """Say which listing an ambiguous name means, None for none of them, and write that.

        Raises
        ------
        InputError
            If the draft has that security already.
        """
        own = Settled(step.words, symbol, step.level, step.theme, step.page, step.quote)
        others = tuple(s for s in self._review.settled if s.name != step.words)
        self._save(replace(self._review, settled=(*others, own)))

    def surroundings(self, step: Step) -> tuple[str, str, str]:
        """Return the quote of a step with what stands before and behind it in the text."""
        evidence = step.pick.evidence if isinstance(step, PickStep) else step
        quote, page = (evidence.quote, evidence.page) if evidence else ("", None)
        start = max(self._text.find(quote, _start_of(self._text, page)), 0)
        end = start + len(quote)
        return self._text[max(0, start - _CONTEXT) : start], quote, self._text[end : end + _CONTEXT]

    def count(self) -> dict[str, int]:
        """Count the steps: kept, changed, dropped, settled, open."""
        counts = dict.fromkeys(("kept", "changed", "dropped", "settled", "open"), 0)
        for step in self.steps:
            decision = self.decision(step)
            if not decision:
                kind = "open"
            elif not isinstance(step, PickStep):
                kind = "settled"
            elif decision == "dropped":
                kind = "dropped"
            else:
                kind = "kept" if decision == step.pick.level else "changed"
            counts[kind] += 1
        return counts

    def _save(self, review: Review) -> None:
        apply_review(self.report.themes, review, self._folder)
        replace_file(self._folder / REVIEW_FILE, spell_review(review))
        self._review = review


def spell_review(review: Review) -> bytes:
    """Spell decisions as TOML; the same decisions give the same bytes."""
    levels = sorted((str(symbol), level) for symbol, level in review.levels.items())
    settled = sorted(review.settled, key=lambda own: own.name)
    told = {
        "decisions": [{"symbol": symbol, "level": level} for symbol, level in levels],
        "settled": [_lay_out(own) for own in settled],
    }
    return tomli_w.dumps(told).encode()


def _lay_out(own: Settled) -> dict[str, Any]:
    laid = {
        "name": own.name,
        "symbol": str(own.symbol) if own.symbol else None,
        "level": own.level,
        "theme": own.theme,
        "page": own.page,
        "quote": own.quote,
    }
    return {key: value for key, value in laid.items() if value is not None}


def _drafted_level(step: Step) -> str:
    return step.pick.level if isinstance(step, PickStep) else step.level


def _start_of(text: str, page: int | None) -> int:
    """Return where a page begins."""
    start = 0
    for _ in range((page or 1) - 1):
        start = max(text.find("\f", start) + 1, start)
    return start
