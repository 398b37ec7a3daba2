"""The open questions of a draft as a file of its folder."""

from pathlib import Path
from typing import Any

import tomli_w

from screener.drafting.draft import Draft
from screener.drafting.named import Question
from universes.drafted import QUESTIONS_FILE
from universes.symbol import Symbol
from universes.tables import Table, read_toml


def spell_questions(draft: Draft, whole: str) -> bytes:
    """Spell the open questions of a draft as TOML.

    Parameters
    ----------
    draft : Draft
    whole : str
        The theme of what stands under none.
    """
    standard = draft.standard.notes if draft.standard and not draft.standard.shipped else ()
    told = {
        "notes": [*draft.published.notes, *standard, *draft.front.reasons],
        "ambiguous": [
            {**_lay_out(each, "name"), "theme": " ".join((each.theme or whole).split())}
            for each in draft.ambiguous
        ],
        "unnamed": [_lay_out(each, "words") for each in draft.unnamed],
    }
    return tomli_w.dumps(told, multiline_strings=False).encode()


def _lay_out(question: Question, key: str) -> dict[str, Any]:
    laid = {
        key: question.words,
        "candidates": [str(symbol) for symbol in question.candidates],
        "level": question.level,
        "page": question.page,
        "quote": question.quote,
    }
    return {name: value for name, value in laid.items() if value not in (None, [])}


def read_questions(folder: Path) -> tuple[Question, ...]:
    """Read the names of a draft that are ambiguous.

    Raises
    ------
    FaultyFileError
        If the file has faults; all of them are listed.
    """
    top = read_toml(folder / QUESTIONS_FILE)
    top.texts("notes")
    read = tuple(_read(row) for row in top.tables("ambiguous"))
    top.faults.raise_if_any()
    return read


def _read(row: Table) -> Question:
    return Question(
        words=row.text("name"),
        candidates=tuple(map(Symbol.parse, row.texts("candidates"))),
        quote=row.verbatim("quote"),
        page=row.count("page", largest=10_000) if row.has("page") else None,
        level=row.text("level"),
        theme=row.text("theme"),
    )
