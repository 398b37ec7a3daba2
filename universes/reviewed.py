"""What a person decided when looking a draft through: kept, changed, dropped, or settled."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from universes.drafted import REVIEW_FILE, DraftChecker, PickEvidence
from universes.errors import InputError
from universes.market import market_of
from universes.names import load_names
from universes.report import LEVELS, Level, Pick, Theme
from universes.symbol import Symbol
from universes.tables import Table, read_toml
from universes.text import Text

DROPPED = "dropped"
_CHOICES = (*LEVELS, DROPPED)
_WHY = "a person chose it among the listings that bear the name"


@dataclass(frozen=True)
class Settled:
    """What a person made of a name that several listings bear.

    Attributes
    ----------
    name : str
        As the report writes it.
    symbol : Symbol or None
        None where none of the listings is a pick.
    level : {"recommend", "watch", "mention"}
    theme : str
        Title of the theme that it stands under.
    page : int or None
    quote : str
        Part of the report's text, exactly.
    """

    name: str
    symbol: Symbol | None
    level: str
    theme: str
    page: int | None
    quote: str


@dataclass(frozen=True)
class Review:
    """All decisions on a draft.

    Attributes
    ----------
    levels : dict of Symbol to str
        The level that each pick is to have, or "dropped".
    settled : tuple of Settled
    """

    levels: dict[Symbol, str] = field(default_factory=dict)
    settled: tuple[Settled, ...] = ()


def read_review(folder: Path, checker: DraftChecker | None = None) -> Review:
    """Read the decisions on a draft; a draft that nobody looked at has none.

    Parameters
    ----------
    folder : Path
    checker : DraftChecker, optional
        Holds what was settled against the report's text and the names that are known.

    Raises
    ------
    FaultyFileError
        If its file has faults; all of them are listed.
    """
    path = folder / REVIEW_FILE
    if not path.exists():
        return Review()
    top = read_toml(path)
    levels: dict[Symbol, str] = {}
    for row in top.tables("decisions"):
        symbol = row.parsed("symbol", Symbol.parse)
        level = row.choice("level", _CHOICES)
        row.finish()
        if symbol in levels:
            row.fault("symbol", f"{symbol} is decided twice", "remove one")
        if symbol:
            levels[symbol] = level
    settled = tuple(_read_settled(row, checker) for row in top.tables("settled"))
    top.finish()
    top.faults.raise_if_any()
    return Review(levels, settled)


def _read_settled(row: Table, checker: DraftChecker | None) -> Settled:
    own = Settled(
        name=row.text("name"),
        symbol=row.parsed("symbol", Symbol.parse) if row.has("symbol") else None,
        level=row.choice("level", LEVELS),
        theme=row.text("theme"),
        page=row.count("page", largest=10_000) if row.has("page") else None,
        quote=row.verbatim("quote"),
    )
    row.finish()
    if checker and own.symbol:
        checker.check(row, own.symbol, _evidence(own))
    return own


def apply_review(themes: Sequence[Theme], review: Review, folder: Path) -> tuple[Theme, ...]:
    """Return the themes as they were decided to be; one that is left without picks is left out.

    Raises
    ------
    InputError
        If a decision is about a security that the draft does not have, or a name was settled as
        one that it has already.
    """
    drafted = {pick.symbol for theme in themes for pick in theme.picks}
    unknown = sorted(str(symbol) for symbol in review.levels.keys() - drafted)
    chosen = [own.symbol for own in review.settled if own.symbol]
    doubled = sorted({str(own) for own in chosen if own in drafted or chosen.count(own) > 1})
    if unknown or doubled:
        told = f"is about {', '.join(unknown)}, which the draft has not" if unknown else ""
        told = told or f"settles a name as {', '.join(doubled)}, which the draft has already"
        raise InputError(f"{folder / REVIEW_FILE} {told}", "remove that table from it")
    decided = [_decide(theme, review.levels) for theme in themes]
    for own in review.settled:
        if own.symbol:
            _add(decided, own, own.symbol)
    return tuple(theme for theme in decided if theme.picks)


def _decide(theme: Theme, levels: dict[Symbol, str]) -> Theme:
    picks = [(pick, levels.get(pick.symbol, pick.level)) for pick in theme.picks]
    kept = tuple(replace(pick, level=cast("Level", to)) for pick, to in picks if to != DROPPED)
    return replace(theme, picks=kept)


def _add(themes: list[Theme], own: Settled, symbol: Symbol) -> None:
    pick = Pick(
        symbol,
        market_of(symbol),
        _name(own),
        cast("Level", own.level),
        "",
        own.name,
        _evidence(own),
    )
    for place, theme in enumerate(themes):
        if theme.title.zh == own.theme:
            themes[place] = replace(theme, picks=(*theme.picks, pick))
            return
    title = Text(own.theme, own.theme)
    number = sum(theme.id.startswith("settled_") for theme in themes) + 1
    fresh = Theme(f"settled_{number:02d}", title, "", "none", Text("", ""), (), (), (pick,))
    themes.append(fresh)


def _name(own: Settled) -> Text:
    for known in load_names():
        if known.symbol == own.symbol:
            return Text(known.zh or known.en, known.en or known.zh)
    return Text(own.name, own.name)


def _evidence(own: Settled) -> PickEvidence:
    return PickEvidence(own.page, own.quote, "high", (_WHY,), "", "")
