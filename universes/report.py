"""A broker's report: what it recommended, in its own words, and when."""

import dataclasses
import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from universes.content import content_hash
from universes.drafted import Drafted, PickEvidence, refuse
from universes.errors import InputError
from universes.market import Market
from universes.rating import RatingScale
from universes.seal import Seal
from universes.symbol import Symbol
from universes.text import Text

Level = Literal["recommend", "watch", "mention"]
LEVELS: tuple[Level, ...] = ("recommend", "watch", "mention")
PICK_LEVELS: tuple[Level, ...] = ("recommend", "watch")
VIEWS = ("overweight", "neutral", "underweight", "none")


@dataclass(frozen=True)
class Pick:
    """A security that a report names.

    Attributes
    ----------
    symbol : Symbol
    market : Market
        Where it is listed; decides its benchmark.
    name : Text
    level : {"recommend", "watch", "mention"}
        What the report says of it; a mention is never counted as a pick.
    section : str
        Where the report says it.
    words : str
        The report's own words that decide the level.
    evidence : PickEvidence or None
        Of a drafted report; otherwise None.
    """

    symbol: Symbol
    market: Market
    name: Text
    level: Level
    section: str
    words: str
    evidence: PickEvidence | None = None


@dataclass(frozen=True)
class Theme:
    """A group of picks that share an argument.

    Attributes
    ----------
    id : str
    title : Text
    section : str
        Where the report makes the argument.
    industry_view : str
        The report's view of the whole theme: overweight, neutral, underweight or none.
    argument : Text
    catalysts, risks : tuple of Text
    picks : tuple of Pick
        In the report's order.
    """

    id: str
    title: Text
    section: str
    industry_view: str
    argument: Text
    catalysts: tuple[Text, ...]
    risks: tuple[Text, ...]
    picks: tuple[Pick, ...]


@dataclass(frozen=True)
class Publication:
    """When a report came out.

    Attributes
    ----------
    date : date
    inferred : bool
        True where the report does not print it.
    window : tuple of two dates, or empty
        The first and last day it can have come out.
    evidence : tuple of Text
        What the window follows from.
    """

    date: dt.date
    inferred: bool
    window: tuple[dt.date, ...]
    evidence: tuple[Text, ...]


@dataclass(frozen=True)
class Report:
    """A report with its themes, its picks and the standard it is graded by.

    Attributes
    ----------
    id : str
    title, broker, house : Text
        The house is the department that signs.
    publication : Publication
    scale : RatingScale
    themes : tuple of Theme
        In the report's order.
    drafted : Drafted or None
        From what a program drafted it; None of a report that a person wrote.
    seal : Seal or None
        Whether a drafted report was approved; None of a report that a person wrote.
    """

    id: str
    title: Text
    broker: Text
    house: Text
    publication: Publication
    scale: RatingScale
    themes: tuple[Theme, ...]
    drafted: Drafted | None = None
    seal: Seal | None = None

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Every security named, in the report's order, mentions included."""
        return tuple(pick for theme in self.themes for pick in theme.picks)

    @property
    def sha256(self) -> str:
        """Hash of everything in the report and its scale, independent of file layout."""
        content = dataclasses.asdict(dataclasses.replace(self, seal=None))
        # what only a drafted report has does not enter the hash of others
        for pick in (pick for theme in content["themes"] for pick in theme["picks"]):
            if pick["evidence"] is None:
                del pick["evidence"]
        kept = {key: value for key, value in content.items() if value is not None}
        return content_hash(kept)

    def require_approval(self) -> None:
        """Let only what a person answers for be graded.

        Raises
        ------
        InputError
            If the report was drafted by a program and nobody has approved it as it is.
        """
        if self.seal and self.seal.state != "approved":
            raise refuse(self.id, self.seal)

    def select(
        self, themes: Collection[str] = (), levels: Collection[str] = PICK_LEVELS
    ) -> "Report":
        """Return the report with some themes and levels only.

        Parameters
        ----------
        themes : collection of str
            Theme ids; empty for all.
        levels : collection of str
            Of recommend, watch and mention.

        Raises
        ------
        InputError
            If a theme or level is unknown, or nothing is left.
        """
        known = [theme.id for theme in self.themes]
        for theme_id in themes:
            if theme_id not in known:
                raise InputError(f"unknown theme {theme_id!r}", f"write one of: {', '.join(known)}")
        for level in levels:
            if level not in LEVELS:
                raise InputError(f"unknown level {level!r}", f"write one of: {', '.join(LEVELS)}")
        kept = tuple(
            dataclasses.replace(theme, picks=tuple(p for p in theme.picks if p.level in levels))
            for theme in self.themes
            if not themes or theme.id in themes
        )
        kept = tuple(theme for theme in kept if theme.picks)
        if not kept:
            raise InputError(
                f"no pick of {self.id} is left by these themes and levels",
                "ask for other themes or levels",
            )
        return dataclasses.replace(self, themes=kept)

    def published_on(self, day: dt.date) -> "Report":
        """Return the report as if it had come out on another day."""
        if day == self.publication.date:
            return self
        given = Publication(day, inferred=False, window=(), evidence=())
        return dataclasses.replace(self, publication=given)
