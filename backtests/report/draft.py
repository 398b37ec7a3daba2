"""Lays out the draft of a report: what was read, and what a person has to settle."""

from typing import Any

from backtests.labels import caveat, sentence, word
from backtests.report.document import Column, Document, Kind, Sheet, plain_sheet
from screener.drafting.dictionary import Dictionary
from screener.drafting.draft import Draft, count_levels
from screener.drafting.named import DraftPick, Question
from universes.report import PICK_LEVELS
from universes.text import Language

_PICKS: dict[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "level": "label",
    "theme": "text",
    "section": "label",
    "page": "label",
    "confidence": "label",
    "deciding_words": "name",
    "stated_rating": "label",
    "stated_target": "label",
}
_MENTIONS: dict[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "section": "label",
    "quote": "text",
}
_QUESTIONS: dict[str, Kind] = {
    "named_as": "label",
    "reason": "text",
    "candidates": "text",
    "quote": "text",
}
_LONGEST_QUOTE = 80


def lay_out_draft(
    draft: Draft, dictionary: Dictionary, folder: str, language: Language
) -> Document:
    """Return a draft as a document.

    Parameters
    ----------
    draft : Draft
    dictionary : Dictionary
        For the names of its securities.
    folder : str
        Where it was written.
    language : {"zh", "en"}
    """
    records = [_record(pick, dictionary, language) for pick in draft.picks]
    title = draft.front.title or draft.document.name
    return Document(
        name="draft",
        title=sentence("draft_title", language, title=title),
        data=_tell(draft, folder, records),
        records=plain_sheet(word("picks", language), records),
        sheets=_sheets(draft, records, language),
        notes=_explain(draft, folder, language),
        facts=_list_facts(draft, title, language),
    )


def _record(pick: DraftPick, dictionary: Dictionary, language: Language) -> dict[str, Any]:
    named = dictionary.names[pick.symbol]
    both = (named.zh, named.en) if language == "zh" else (named.en, named.zh)
    return {
        "symbol": str(pick.symbol),
        "name": both[0] or both[1],
        "level": pick.level,
        "theme": pick.theme,
        "section": pick.section,
        "page": pick.page,
        "confidence": pick.confidence,
        "words": pick.words,
        "rating": pick.rating,
        "target": pick.target,
        "quote": pick.quote,
        "reasons": "; ".join(pick.reasons),
    }


def _tell(draft: Draft, folder: str, records: list[dict[str, Any]]) -> dict[str, Any]:
    published, standard = draft.published, draft.standard
    return {
        "file": draft.document.name,
        "sha256": draft.document.sha256,
        "folder": folder,
        "title": draft.front.title,
        "broker": draft.front.broker,
        "house": draft.front.house,
        "authors": list(draft.front.authors),
        "published": published.date.isoformat() if published.date else None,
        "window": [day.isoformat() for day in published.window] if published.window else None,
        "evidence": [{"quote": e.quote, "says": e.says} for e in published.evidence],
        "scale": (standard.shipped or None) if standard else None,
        "picks": records,
        "ambiguous": [_tell_question(each) for each in draft.ambiguous],
        "unnamed": [_tell_question(each) for each in draft.unnamed],
        "notes": _list_notes(draft),
    }


def _tell_question(question: Question) -> dict[str, Any]:
    return {
        "words": question.words,
        "candidates": [str(symbol) for symbol in question.candidates],
        "quote": question.quote,
        "page": question.page,
        "level": question.level,
    }


def _sheets(draft: Draft, records: list[dict[str, Any]], language: Language) -> list[Sheet]:
    picks = [row for row in records if row["level"] in PICK_LEVELS]
    mentions = [row for row in records if row["level"] not in PICK_LEVELS]
    levels = count_levels(draft.picks)
    sheets = [
        Sheet(
            "picks",
            sentence("draft_picks_title", language, **levels),
            _columns(_PICKS, language),
            [_show(row, language) for row in picks],
        )
    ]
    if mentions:
        title = sentence("draft_mentions_title", language, count=len(mentions))
        rows = [{**row, "quote": _shorten(row["quote"])} for row in mentions]
        sheets.append(Sheet("mentions", title, _columns(_MENTIONS, language), rows))
    hanging = [each for each in draft.ambiguous if each.level in PICK_LEVELS]
    idle = [each for each in draft.ambiguous if each.level not in PICK_LEVELS]
    asked = [
        *(_ask(each, "draft_ambiguous", language) for each in hanging),
        *(_ask(each, "draft_unnamed", language) for each in draft.unnamed),
        *(_ask(each, "draft_ambiguous_mention", language) for each in idle),
    ]
    if asked:
        count = len(asked) - len(idle)
        title = sentence("draft_questions_title", language, open=len(asked), count=count)
        sheets.append(Sheet("questions", title, _columns(_QUESTIONS, language), asked))
    return sheets


def _columns(kinds: dict[str, Kind], language: Language) -> list[Column]:
    return [Column(key, word(key, language), kind) for key, kind in kinds.items()]


def _show(row: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        **row,
        "level": word(row["level"], language),
        "confidence": word(f"confidence_{row['confidence']}", language),
        "deciding_words": row["words"],
        "stated_rating": row["rating"],
        "stated_target": row["target"],
    }


def _ask(question: Question, key: str, language: Language) -> dict[str, Any]:
    return {
        "named_as": question.words,
        "reason": sentence(key, language),
        "candidates": " ".join(map(str, question.candidates)),
        "quote": _shorten(question.quote),
    }


def _shorten(quote: str) -> str:
    plain = " ".join(quote.split())
    return plain if len(plain) <= _LONGEST_QUOTE else f"{plain[:_LONGEST_QUOTE]}…"


def _list_facts(draft: Draft, title: str, language: Language) -> list[tuple[str, str]]:
    return [
        (word("draft_title_fact", language), title),
        (word("draft_broker_fact", language), draft.front.house or draft.front.broker or "-"),
        (word("draft_published_fact", language), _spell_published(draft, language)),
        (word("draft_scale_fact", language), _spell_scale(draft, language)),
        (
            word("draft_picks_fact", language),
            sentence("draft_count", language, **count_levels(draft.picks)),
        ),
    ]


def _spell_published(draft: Draft, language: Language) -> str:
    published = draft.published
    if published.date:
        return published.date.isoformat()
    if not published.window:
        return sentence("draft_no_window", language)
    first, last = published.window
    return sentence("draft_no_date", language, first=first, last=last)


def _spell_scale(draft: Draft, language: Language) -> str:
    standard = draft.standard
    if standard and standard.shipped:
        return sentence("draft_same_scale", language, scale=standard.shipped)
    key = "draft_own_scale" if standard and standard.scale else "draft_no_scale"
    return sentence(key, language)


def _list_notes(draft: Draft) -> list[str]:
    standard = draft.standard.notes if draft.standard and not draft.standard.shipped else ()
    return [*draft.published.notes, *standard]


def _explain(draft: Draft, folder: str, language: Language) -> tuple[str, ...]:
    notes = [caveat("draft_note", language, note=note) for note in _list_notes(draft)]
    return (
        *notes,
        caveat("draft_by_rules", language),
        caveat("draft_next", language, folder=folder),
        caveat("advice", language),
    )
