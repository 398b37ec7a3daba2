"""What a ranking says: `Ranking`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from backtests.caveats import Caveat
from backtests.ranking.terms import By
from universes import InputError

if TYPE_CHECKING:
    import pandas as pd

Word = Literal["skilled", "worse_than_chance", "cannot_tell"]

SCHEMA = "sector-screener/ranking/1"

# calls that are listed one by one; more are better read as Parquet
MOST_ROWS = 20_000


@dataclass(frozen=True)
class BandCount:
    """What the scored calls of one grade earned.

    Attributes
    ----------
    grade : str
        Id of the grade given.
    earned : mapping of str to int
        Calls by the grade earned, best first; every grade of the standard.
    kept : float or None
        The share that earned the grade given; None where there is no call.
    """

    grade: str
    earned: Mapping[str, int]
    kept: float | None


@dataclass(frozen=True)
class SourceScore:
    """One source at one horizon; docs/ranking.md defines every figure.

    Attributes
    ----------
    source : str
        The house, or house and author as ``house / author``.
    house, author : str
        The author is empty where houses are ranked.
    scale : str
        Id of the rating standard that its words are read and graded by.
    own_standard : bool
        Whether that is the house's own, and not the common one.
    horizon_months : int
    rank : int or None
        By the shrunken mean, from 1; None without a scored call.
    ratings, calls, scored, pending, unscored, n : int
    bullish_share : float
    hits : int
    hit_rate, hit_low, hit_high : float or None
    mean : float or None
        A fraction, as are the shrunken mean and the selection.
    dates : int
    t, p : float or None
    shrunk, shrunk_low, shrunk_high : float or None
    targets, targets_untold, target_at, target_before : int
        Calls with a target that could be compared, with one that could not, and those reached
        at the horizon and at any close up to it.
    calibration : tuple of BandCount
        By the grade given, best first.
    market_percentile, market_p, sector_percentile, sector_p : float or None
        Percentiles are fractions.
    selection, selection_t, selection_p : float or None
    verdict : {"skilled", "worse_than_chance", "cannot_tell"}
    reason : str
        Code of the sentence that says why.
    """

    source: str
    house: str
    author: str
    scale: str
    own_standard: bool
    horizon_months: int
    rank: int | None
    ratings: int
    calls: int
    scored: int
    pending: int
    unscored: int
    n: int
    bullish_share: float
    hits: int
    hit_rate: float | None
    hit_low: float | None
    hit_high: float | None
    mean: float | None
    dates: int
    t: float | None
    p: float | None
    shrunk: float | None
    shrunk_low: float | None
    shrunk_high: float | None
    targets: int
    targets_untold: int
    target_at: int
    target_before: int
    calibration: tuple[BandCount, ...]
    market_percentile: float | None
    market_p: float | None
    sector_percentile: float | None
    sector_p: float | None
    selection: float | None
    selection_t: float | None
    selection_p: float | None
    verdict: Word
    reason: str


@dataclass(frozen=True)
class Pooled:
    """What the sources share at one horizon.

    Attributes
    ----------
    horizon_months : int
    sources, judged : int
        Those with a scored call, and those that can be judged.
    mu, tau, day, noise : float or None
        Of docs/ranking.md, the last three as standard deviations; fractions.
    """

    horizon_months: int
    sources: int
    judged: int
    mu: float | None
    tau: float | None
    day: float | None
    noise: float | None


@dataclass(frozen=True)
class Ranking:
    """The sources of a table of recommendations, ranked.

    Attributes
    ----------
    title : str
        Name of the table.
    by : {"house", "analyst"}
    at : int
        Months of the horizon ranked at.
    horizons : tuple of int
        All horizons scored, ascending.
    scores : tuple of SourceScore
        By horizon, then by rank, those without last by name.
    pooled : tuple of Pooled
        For each horizon.
    rows : mapping of str to sequence of mapping
        By source its calls at the horizon ranked at, newest first, each as JSON values: line,
        date, symbol, name, market, sector, rating, grade, stance (1, 0, -1), reiterations,
        until (day on which it stops being open), closed_on, entry_date, exit_date, return,
        benchmark, benchmark_return, relative, x, grade_earned, hit, status, reason_code, about,
        target, target_at, target_before, link. What is not known is None.
    rejected : mapping of str to int
        Rows of the table that are not scored, by reason.
    accepted : int
        The others.
    caveats : tuple of Caveat
    provenance : dict
        Version, table, standards, convention, draws and data, with the hashes that reproduce
        the numbers.
    """

    title: str
    by: By
    at: int
    horizons: tuple[int, ...]
    scores: tuple[SourceScore, ...]
    pooled: tuple[Pooled, ...]
    rows: Mapping[str, Sequence[Mapping[str, Any]]]
    rejected: Mapping[str, int]
    accepted: int
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def complete(self) -> bool:
        """Whether no row of the table was rejected, and any call is scored."""
        return not sum(self.rejected.values()) and any(each.scored for each in self.ranked)

    @property
    def calls(self) -> int:
        """How many calls there are."""
        return sum(each.calls for each in self.ranked)

    @cached_property
    def ranked(self) -> tuple[SourceScore, ...]:
        """The sources at the horizon ranked at."""
        return tuple(each for each in self.scores if each.horizon_months == self.at)

    def score_of(self, source: str, months: int | None = None) -> SourceScore:
        """Return one source; left out: at the horizon ranked at."""
        months = months or self.at
        for each in self.scores:
            if (each.source, each.horizon_months) == (source, months):
                return each
        raise InputError(f"no source {source!r} at {months} months", "see the ranking's sources")

    def records(self) -> list[dict[str, Any]]:
        """Return a row for each source and horizon, as JSON values."""
        return [asdict(each) for each in self.scores]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON values, as the documented schema describes it.

        The calls are left out, which a caveat says, where they are more than `MOST_ROWS`.
        """
        listed = self.rows.items() if self.calls <= MOST_ROWS else ()
        return {
            "schema": SCHEMA,
            "title": self.title,
            "by": self.by,
            "at": self.at,
            "horizons": list(self.horizons),
            "sources": self.records(),
            "pooled": [asdict(each) for each in self.pooled],
            "rows": [{"source": source, **row} for source, rows in listed for row in rows],
            "accepted": self.accepted,
            "rejected": dict(self.rejected),
            "caveats": [
                {"code": each.code, "zh": each.get("zh"), "en": each.get("en")}
                for each in self.caveats
            ],
            "provenance": self.provenance,
        }

    def to_frame(self) -> "pd.DataFrame":
        """Return the records as a DataFrame, without the calibration; missing where not told."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        return pd.DataFrame(self.records()).drop(columns="calibration")
