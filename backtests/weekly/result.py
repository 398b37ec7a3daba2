"""What a week brought: `Weekly`."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from backtests.caveats import Caveat
from backtests.conventions.result import ConventionMap
from backtests.evidence.result import Evidence
from backtests.portfolio.result import Backtest
from backtests.scorecard import Scorecard
from backtests.weekly.benchmarks import IndexMove
from backtests.weekly.changes import Change
from backtests.weekly.freshness import Freshness
from backtests.weekly.groups import GroupMove
from backtests.weekly.plain import (
    describe_change,
    describe_course,
    describe_freshness,
    describe_index,
    describe_standing,
    describe_week,
    flatten,
)
from backtests.weekly.standing import Course, Standing
from backtests.weekly.week import Span, Week
from universes import Ledger, RatingScale, Report
from universes.text import Language

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Weekly:
    """What a week brought to the picks of a report.

    Attributes
    ----------
    report : Report
    scale : RatingScale
    week : Week
    spans : mapping of str to Span
        By calendar.
    picks : tuple of Standing
    groups : tuple of GroupMove
        All picks, then each theme.
    benchmarks : tuple of IndexMove
    course : Course
    changes : tuple of Change
    freshness : mapping of str to Freshness
        By symbol.
    card : Scorecard
        As of the end of the week, as are those that follow.
    portfolio : Backtest or None
        None where it could not be simulated.
    evidence : Evidence or None
        None where it could not be weighed.
    conventions : ConventionMap
    ledger : Ledger
    problems : tuple of Caveat
        What is stale or missing; where there is any the report is not complete.
    provenance : dict
    """

    report: Report
    scale: RatingScale
    week: Week
    spans: Mapping[str, Span]
    picks: tuple[Standing, ...]
    groups: tuple[GroupMove, ...]
    benchmarks: tuple[IndexMove, ...]
    course: Course = field(repr=False)
    changes: tuple[Change, ...]
    freshness: Mapping[str, Freshness] = field(repr=False)
    card: Scorecard = field(repr=False)
    portfolio: Backtest | None = field(repr=False)
    evidence: Evidence | None = field(repr=False)
    conventions: ConventionMap = field(repr=False)
    ledger: Ledger = field(repr=False)
    problems: tuple[Caveat, ...]
    provenance: dict[str, Any] = field(repr=False)

    @property
    def complete(self) -> bool:
        """Whether nothing was stale or missing."""
        return not self.problems

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return the week as JSON values, its further parts aside; returns are fractions."""
        finals = self.card.graded_rows
        return {
            "week": describe_week(self.week, self.spans.values()),
            "picks": [
                describe_standing(each, finals[str(each.pick.symbol)], self.week.last, language)
                for each in self.picks
            ],
            "groups": [asdict(each) for each in self.groups],
            "benchmarks": [describe_index(each, language) for each in self.benchmarks],
            "changes": [describe_change(each, language) for each in self.changes],
            "course": describe_course(self.course),
            "freshness": [describe_freshness(each) for each in self.freshness.values()],
            "problems": [{"code": each.code, "text": each.get(language)} for each in self.problems],
        }

    def records(self, language: Language = "en") -> list[dict[str, Any]]:
        """Return a row for each pick, as mappings of JSON values; returns are fractions."""
        return [flatten(each) for each in self.to_dict(language)["picks"]]

    def to_frame(self, language: Language = "en") -> "pd.DataFrame":
        """Return the records as a DataFrame, one row for each pick; returns are fractions."""
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        return pd.DataFrame(self.records(language)).set_index("symbol")

    @property
    def all(self) -> GroupMove:
        """The means of all picks."""
        return self.groups[0]
