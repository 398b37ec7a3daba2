"""A document read as the draft of a report: what it names, where, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from screener.documents.document import Document
from screener.drafting.dictionary import Dictionary
from screener.drafting.folding import fold
from screener.drafting.front.read import Front, read_front
from screener.drafting.named import Context, DraftPick, Question
from screener.drafting.picks import read_picks
from screener.drafting.publication.read import Dated, find_publication
from screener.drafting.sections import place_blocks
from screener.drafting.standard.read import Standard, find_standard
from universes.houses import load_houses
from universes.text import Text


@dataclass(frozen=True)
class Draft:
    """What was read from a document.

    Attributes
    ----------
    document : Document
    front : Front
    broker : Text or None
        Who published it, where the front tells.
    published : Dated
    standard : Standard or None
        The house's rating standard; None where the text prints none.
    picks : tuple of DraftPick
        In the order in which they are first named; mentions included.
    ambiguous : tuple of Question
        Names that several listings bear, where nothing tells which is meant.
    unnamed : tuple of Question
        Words of a recommendation with no security found behind them.
    """

    document: Document
    front: Front
    broker: Text | None
    published: Dated
    standard: Standard | None
    picks: tuple[DraftPick, ...]
    ambiguous: tuple[Question, ...]
    unnamed: tuple[Question, ...]


def read_draft(document: Document, dictionary: Dictionary) -> Draft:
    """Read a document by rules.

    Parameters
    ----------
    document : Document
    dictionary : Dictionary
        Of the securities that can be found.

    Returns
    -------
    Draft
        Every symbol is one of the dictionary's, every quote a part of the document's text.
    """
    front = read_front(document)
    broker = _name_broker(front.broker)
    standard = find_standard(document.text, broker)
    published = find_publication(document, front.title)
    window = published.window or (published.date, published.date)
    context = Context(
        title=fold(front.title).text,
        broker=fold(front.broker).text,
        earliest=window[0],
        latest=window[1],
        barred=((standard.start, standard.end),) if standard and standard.scale else (),
    )
    picks, ambiguous, unnamed = read_picks(document, place_blocks(document), dictionary, context)
    return Draft(document, front, broker, published, standard, picks, ambiguous, unnamed)


def _name_broker(broker: str) -> Text | None:
    if not broker:
        return None
    house = load_houses().find(broker)
    return house.name if house else Text(broker, broker)


def count_levels(picks: Sequence[DraftPick]) -> dict[str, int]:
    """Count picks by level."""
    levels = [pick.level for pick in picks]
    return {level: levels.count(level) for level in ("recommend", "watch", "mention")}
