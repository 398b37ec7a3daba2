"""The securities that a document names, each with the best evidence for its level."""

from collections.abc import Sequence
from dataclasses import replace

from screener.documents.document import Document
from screener.drafting.dictionary import Dictionary
from screener.drafting.folding import Folded
from screener.drafting.named import Context, DraftPick, Named, Question
from screener.drafting.naming import Reader, is_guessed
from screener.drafting.quotes import quote_of
from screener.drafting.sections import Heading, Placed
from universes.report import Level
from universes.symbol import Symbol

Answer = tuple[tuple[DraftPick, ...], tuple[Question, ...], tuple[Question, ...]]

_KINDS = ("", ", a further name", ", a short form", ", its English name", ", a short form")
_BESIDE = 12


def read_picks(
    document: Document, placed: Sequence[Placed], dictionary: Dictionary, context: Context
) -> Answer:
    """Read the picks and the open questions of a document.

    Parameters
    ----------
    document : Document
    placed : sequence of Placed
    dictionary : Dictionary
    context : Context

    Returns
    -------
    tuple of DraftPick
        Each security once, in the order in which they are first named.
    tuple of Question
        Names that are open.
    tuple of Question
        Words of advice with no security found.
    """
    reader = Reader(document, placed, dictionary, context)
    named = list(reader.read())
    by_symbol: dict[Symbol, list[DraftPick]] = {}
    asked: dict[tuple[str, tuple[Symbol, ...]], Question] = {}
    for each in named:
        symbol, why = reader.resolver.resolve(each.found, _near(each), each.placed.headings)
        level = _level(each)
        # what would be a guess is asked about, and only told where nothing hangs on it
        guess = level != "mention" and (is_guessed(each.found) or each.found.conflict)
        if symbol and not guess:
            pick = _pick(document.text, each, symbol, why, level)
            by_symbol.setdefault(symbol, []).append(pick)
            continue
        candidates = (*each.found.symbols, *each.found.conflict)
        known = asked.get((each.found.name, candidates))
        if known is None or (known.level == "mention" and level != "mention"):
            question = _question(document.text, each, candidates, level)
            asked[each.found.name, candidates] = question
    picks = tuple(_merge(found) for found in by_symbol.values())
    return picks, tuple(asked.values()), tuple(reader.unnamed)


def _near(each: Named) -> str:
    """Return the label and the brackets beside a name."""
    label = each.said.label if each.said else ""
    if each.doc_wide:
        return label
    end = each.found.end
    behind = each.placed.folded.text[end : end + _BESIDE]
    bracket = behind.split(")")[0] if behind.startswith(("(", " (")) else ""
    return f"{label} {bracket}"


def _level(each: Named) -> Level:
    if each.excluded:
        return "mention"
    if each.stated and each.stated.level:
        return each.stated.level
    return each.said.level if each.said else "mention"


def _question(text: str, each: Named, candidates: tuple[Symbol, ...], level: Level) -> Question:
    start, end = each.placed.folded.place(each.found.start, each.found.end)
    block = each.placed.block
    quote = quote_of(text, block, start, end)
    return Question(each.found.name, candidates, quote, block.page, level, each.theme)


def _pick(text: str, each: Named, symbol: Symbol, why: str, level: Level) -> DraftPick:
    folded, block = each.placed.folded, each.placed.block
    stated = each.stated
    span = (each.found.start, each.found.end)
    if each.doc_wide and stated:
        # the subject is named elsewhere; what is quoted is said of it here
        span = stated.rating or stated.target or (0, len(folded.text))
    deciding = each.said.words if each.said and not each.excluded else span
    if stated and stated.rating and not each.said and not each.excluded:
        deciding = stated.rating
    start, end = folded.place(*span)
    first, last = folded.place(*deciding)
    heading = each.placed.headings[-1] if each.placed.headings else None
    return DraftPick(
        symbol=symbol,
        level=level,
        theme=each.theme,
        section=_section(heading),
        page=block.page,
        words=" ".join(text[first:last].split()) or " ".join(text[start:end].split()),
        quote=quote_of(text, block, min(start, first), max(end, last)),
        confidence=_confidence(each, why, level),
        reasons=_reasons(each, why),
        rating=_cut(text, folded, stated.rating if stated else None),
        target=_cut(text, folded, stated.target if stated else None),
    )


def _cut(text: str, folded: Folded, span: tuple[int, int] | None) -> str:
    if not span:
        return ""
    start, end = folded.place(*span)
    return " ".join(text[start:end].split())


def _section(heading: Heading | None) -> str:
    return (heading.number or heading.text) if heading else ""


def _reasons(each: Named, why: str) -> tuple[str, ...]:
    found = each.found
    reasons = [
        {
            "both": "its name and its code stand together",
            "code": "found by its code",
            "name": f"found by its name {found.name!r}{_KINDS[found.rank]}",
        }[found.by]
    ]
    if found.conflict:
        meant = " or ".join(map(str, found.conflict))
        reasons.append(f"the name beside the code is that of {meant}")
    if why:
        reasons.append(f"of several listings this one: {why}")
    if each.excluded:
        return (*reasons, "named in a part that advises nothing")
    reasons += [each.stated.why] if each.stated else []
    reasons += [each.said.why] if each.said else []
    if not each.said and not each.stated:
        reasons.append("no words that advise govern it")
    return tuple(reasons)


def _confidence(each: Named, why: str, level: Level) -> str:
    found = each.found
    doubts = (found.by == "name" and found.rank > 1) + bool(why) + 2 * bool(found.conflict)
    if level != "mention" and each.said:
        # who prints the code behind an ordinary verb means the security
        doubts += each.said.weak and found.by != "both"
    return ("high", "medium", "low")[min(doubts, 2)]


def _merge(found: Sequence[DraftPick]) -> DraftPick:
    """Return the first evidence of the strongest kind, with what the others add."""
    rated = [each for each in found if each.rating]
    listed = [each for each in found if each.level != "mention" and not each.rating]
    best = (listed or [each for each in rated if each.level != "mention"] or list(found))[0]
    if not best.theme:
        themes = (each.theme for each in found if each.theme and each.level != "mention")
        best = replace(best, theme=next(themes, ""))
    if len({each.level for each in listed}) > 1:
        best = replace(
            best,
            reasons=(*best.reasons, "elsewhere the document gives it another level"),
            confidence="low" if best.confidence == "low" else "medium",
        )
    rating = best.rating or next((each.rating for each in rated), "")
    target = best.target or next((each.target for each in found if each.target), "")
    return replace(best, rating=rating, target=target)
