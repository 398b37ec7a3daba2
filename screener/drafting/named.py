"""What is told of the securities that a document names."""

import datetime as dt
from dataclasses import dataclass

from screener.drafting.find import Found
from screener.drafting.governed import Said
from screener.drafting.sections import Placed
from screener.drafting.stated import Stated
from universes.report import Level
from universes.symbol import Symbol


@dataclass(frozen=True)
class DraftPick:
    """A security that a document names.

    Attributes
    ----------
    symbol : Symbol
    level : {"recommend", "watch", "mention"}
    theme : str
        The label or the heading that it stands under; empty where none tells one.
    section : str
        Number of the heading, or its text where it has none; empty above the first.
    page : int or None
    words : str
        That decide the level; of a mention the name.
    quote : str
        Part of the document's text that holds the name.
    confidence : {"high", "medium", "low"}
    reasons : tuple of str
        In English.
    rating, target : str
        The report's own words for an explicit rating and a target price, empty where none.
    """

    symbol: Symbol
    level: Level
    theme: str
    section: str
    page: int | None
    words: str
    quote: str
    confidence: str
    reasons: tuple[str, ...]
    rating: str = ""
    target: str = ""


@dataclass(frozen=True)
class Question:
    """What a person has to settle.

    Attributes
    ----------
    words : str
        The name that is ambiguous, or the words that govern nothing.
    candidates : tuple of Symbol
    quote : str
    page : int or None
    level : str
        What it would be if it were settled.
    theme : str
        That a name stands under; empty where none tells one.
    """

    words: str
    candidates: tuple[Symbol, ...]
    quote: str
    page: int | None
    level: str
    theme: str = ""


@dataclass(frozen=True)
class Context:
    """What of a document bears on every pick.

    Attributes
    ----------
    title, broker : str
        Folded.
    earliest, latest : date or None
        The first and the last day on which it can have come out.
    barred : tuple of (int, int)
        Stretches of the text in which nothing is named.
    """

    title: str
    broker: str
    earliest: dt.date | None
    latest: dt.date | None
    barred: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Named:
    """One place that names a security, and what is said of it there."""

    placed: Placed
    found: Found
    said: Said | None
    stated: Stated | None
    theme: str
    excluded: bool
    doc_wide: bool = False
