"""A draft written as a folder that `universes.load_report` reads."""

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from screener.drafting.dictionary import Dictionary
from screener.drafting.draft import Draft
from screener.drafting.named import DraftPick
from screener.drafting.questions import spell_questions
from screener.drafting.standard.read import spell_scale
from screener.files import replace_file, replace_folder
from universes.content import content_hash, hash_each
from universes.drafted import NAMES_FILE, QUESTIONS_FILE, TEXT_FILE
from universes.errors import InputError
from universes.names import NAMES_FILE as SHIPPED_NAMES
from universes.names import SecurityName
from universes.rating import list_scales, load_scale
from universes.report import PICK_LEVELS

MAIN_FILE = "report.toml"
SCALE_FILE = "standard.toml"
_PUBLISHED = re.compile(r"(?m)^(\[published\]\ndate = )\S+\ninferred = true\n")
_MENTIONS = "mentions"
_OTHERS = {"zh": "其他提及", "en": "Other mentions"}
_UNKNOWN = {"zh": "未知", "en": "unknown"}
_TOLD = {"zh": "原文：“{quote}”", "en": "{says}: “{quote}”"}


@dataclass(frozen=True)
class Given:
    """What a person says of a report beside its text.

    Attributes
    ----------
    published : date or None
        When it came out.
    scale : str
        Id of a rating standard, or the path of one; empty: the text's own.
    """

    published: dt.date | None = None
    scale: str = ""


def spell_draft(
    draft: Draft,
    dictionary: Dictionary,
    rows: Sequence[SecurityName],
    program: str,
    given: Given | None = None,
) -> dict[str, bytes]:
    """Spell a draft as the files of its folder.

    Parameters
    ----------
    draft : Draft
    dictionary : Dictionary
        That it was read with.
    rows : sequence of SecurityName
        What of the dictionary is not shipped.
    program : str
        Which wrote it.
    given : Given, optional
        What a person says where the text is silent, or in its place.

    Returns
    -------
    dict of str to bytes
        By the name of the file; the same draft gives the same bytes.

    Raises
    ------
    InputError
        If it has no pick, or its day or its rating standard cannot be told, so that no report
        could be made of it; or if a pick stands on words that the text does not have.
    """
    given = given or Given()
    _check(draft, dictionary)
    text = draft.document.text.encode()
    themes = _group(draft)
    files = {
        f"{stem}.toml": _spell_theme(title, picks, dictionary) for stem, title, picks in themes
    }
    scale = given.scale or _choose_scale(draft)
    if given.scale.endswith(".toml"):
        # copied, so that the folder stands by itself
        load_scale(given.scale)
        scale, files[SCALE_FILE] = SCALE_FILE, Path(given.scale).read_bytes()
    elif given.scale:
        load_scale(given.scale)
    elif scale == SCALE_FILE and draft.standard and draft.standard.scale:
        files[SCALE_FILE] = spell_scale(draft.standard.scale)
    published = {"date": given.published} if given.published else _lay_out_published(draft)
    main = _lay_out_main(draft, text, rows, program)
    main |= {"scale": scale, "themes": [stem for stem, _, _ in themes], "published": published}
    files[MAIN_FILE] = _spell(main)
    files[TEXT_FILE] = text
    files[QUESTIONS_FILE] = spell_questions(draft, _whole(draft))
    used = {pick.symbol for pick in draft.picks}
    named = [row for row in rows if row.symbol in used]
    if named:
        listed = [{"symbol": str(row.symbol), "name": row.zh or row.en} for row in named]
        files[NAMES_FILE] = _spell({"names": listed})
    return files


def write_draft(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a draft as a folder, or put them in the place of an earlier one.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        replace_folder(folder, files)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror}", "name another folder with --out"
        ) from None


def set_published(folder: Path, window: tuple[dt.date, ...], day: dt.date) -> None:
    """Write into a draft the day that a person names.

    Parameters
    ----------
    folder : Path
    window : tuple of date
        The first and the last day that the text allows; empty where it tells none.
    day : date

    Raises
    ------
    InputError
        If the day lies outside the window, or the report prints its day.
    """
    if window and not window[0] <= day <= window[1]:
        raise InputError(
            f"{day} lies outside the window that the text tells, {window[0]} to {window[1]}",
            "name a day in it, or mend report.toml and its evidence",
        )
    path = folder / MAIN_FILE
    written = path.read_text(encoding="utf-8")
    changed = _PUBLISHED.sub(rf"\g<1>{day}\n", written, count=1)
    if changed == written:
        raise InputError(f"{path} tells its day already", "mend it by hand")
    replace_file(path, changed.encode())


def hash_names(rows: Sequence[SecurityName]) -> str:
    """Return the hash of the names that are looked for: those shipped, and rows beside them."""
    shipped = hashlib.sha256(SHIPPED_NAMES.read_bytes()).hexdigest()
    beside = [[str(row.symbol), row.zh, row.en, list(row.also)] for row in rows]
    return content_hash([shipped, beside]) if rows else shipped


def _check(draft: Draft, dictionary: Dictionary) -> None:
    name = draft.document.name
    if not any(pick.level in PICK_LEVELS for pick in draft.picks):
        raise InputError(
            f"no pick was found in {name}: {len(draft.picks)} securities are only mentioned, "
            f"{len(draft.ambiguous)} names are ambiguous, {len(draft.unnamed)} lists hold none",
            "see --format json for what was read, or write the universe file by hand",
        )
    text = draft.document.text
    for pick in draft.picks:
        if pick.symbol not in dictionary.names or not pick.quote or pick.quote not in text:
            raise InputError(f"{pick.symbol} has no ground in {name}", "report this fault")


def _group(draft: Draft) -> list[tuple[str, str, list[DraftPick]]]:
    """Return the picks by theme, each with its file's stem and its title."""
    whole = _whole(draft)
    titles = list(dict.fromkeys(p.theme or whole for p in draft.picks if p.level in PICK_LEVELS))
    groups: dict[str, list[DraftPick]] = {title: [] for title in titles}
    others: list[DraftPick] = []
    for pick in draft.picks:
        groups.get(pick.theme or whole, others).append(pick)
    width = len(str(len(groups)))
    themes = [
        (f"theme_{number:0{max(width, 2)}d}", title, picks)
        for number, (title, picks) in enumerate(groups.items(), 1)
    ]
    return [*themes, (_MENTIONS, "", others)] if others else themes


def _whole(draft: Draft) -> str:
    """Return the theme of what stands under none."""
    return draft.front.title or draft.document.name


def _spell_theme(title: str, picks: Sequence[DraftPick], dictionary: Dictionary) -> bytes:
    return _spell(
        {
            "title": _both(title) if title else _OTHERS,
            "section": picks[0].section if title else "",
            "picks": [_lay_out_pick(pick, dictionary) for pick in picks],
        }
    )


def _lay_out_pick(pick: DraftPick, dictionary: Dictionary) -> dict[str, Any]:
    named = dictionary.names[pick.symbol]
    laid: dict[str, Any] = {
        "symbol": str(pick.symbol),
        "name": {"zh": named.zh or named.en, "en": named.en or named.zh},
        "level": pick.level,
        "section": pick.section,
        "words": pick.words,
        "page": pick.page,
        "quote": pick.quote,
        "confidence": pick.confidence,
        "reasons": list(pick.reasons),
        "rating": pick.rating,
        "target": pick.target,
    }
    return {
        key: value for key, value in laid.items() if value not in (None, "") or key == "section"
    }


def _lay_out_main(
    draft: Draft, text: bytes, rows: Sequence[SecurityName], program: str
) -> dict[str, Any]:
    front, document, broker = draft.front, draft.document, draft.broker
    return {
        "title": _both(front.title or document.name),
        "broker": {"zh": broker.zh, "en": broker.en} if broker else dict(_UNKNOWN),
        "house": _both(front.house or front.broker),
        "drafted": {
            "file": document.name,
            "sha256": document.sha256,
            "text_sha256": hash_each({"": text})[""],
            "names_sha256": hash_names(rows),
            "program": program,
            "authors": list(front.authors),
        },
    }


def _choose_scale(draft: Draft) -> str:
    standard = draft.standard
    if standard and standard.shipped:
        return standard.shipped
    if standard and standard.scale:
        return SCALE_FILE
    why = "; ".join(standard.notes) if standard else "the text holds none"
    raise InputError(
        f"the rating standard of {draft.document.name} cannot be read: {why}",
        f"name one with --scale: {', '.join(list_scales())}, or a TOML file of yours",
    )


def _lay_out_published(draft: Draft) -> dict[str, Any]:
    published = draft.published
    if published.date:
        return {"date": published.date}
    if published.window is None:
        raise InputError(
            f"{draft.document.name} tells neither when it came out nor between which days",
            "name the day with --published",
        )
    evidence = [
        {
            key: told.format(quote=" ".join(each.quote.split()), says=each.says)
            for key, told in _TOLD.items()
        }
        for each in published.evidence
    ]
    # the last day of the window is the one on which nothing is known too early
    return {
        "date": published.window[1],
        "inferred": True,
        "window": list(published.window),
        "evidence": evidence,
    }


def _both(text: str) -> dict[str, str]:
    plain = " ".join(text.split())
    return {"zh": plain, "en": plain} if plain else dict(_UNKNOWN)


def _spell(content: dict[str, Any]) -> bytes:
    return tomli_w.dumps(content).encode()
