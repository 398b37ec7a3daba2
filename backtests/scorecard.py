"""The scorecard of a report: rows, summaries, caveats, and where the numbers come from."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backtests.caveats import Caveat, find_caveats
from backtests.convention import Convention, nearest_horizon
from backtests.labels import reason
from backtests.palette import Colors
from backtests.provenance import trace_data, trace_report, trace_scale
from backtests.rows import Row, make_rows
from backtests.scoring import Recommendations, score_recommendations
from backtests.summary import Summary, summarise
from screener import Panel
from universes import InputError, RatingScale, Report, __version__
from universes.market import describe_benchmark
from universes.rating import edges
from universes.text import Language, Text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_SHOWN_IN_FIGURES = ("source", "price_basis", "total_basis", "mixed")

# exchange_calendars and pandas reach no further
_FIRST_YEAR, _LAST_YEAR = 1980, 2100

SCHEMA = "sector-screener/scorecard/1"


@dataclass(frozen=True)
class Scorecard:
    """How a report's picks did against a rating standard.

    Attributes
    ----------
    report : Report
    scale : RatingScale
    convention : Convention
    rows : tuple of Row
        One for each pick and horizon, in the report's order.
    summaries : tuple of Summary
    caveats : tuple of Caveat
    provenance : dict
        Version, report, scale, convention and data, with the hashes that reproduce the numbers.
    """

    report: Report
    scale: RatingScale
    convention: Convention
    rows: tuple[Row, ...]
    summaries: tuple[Summary, ...]
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def graded_horizon(self) -> int:
        """The standard's own horizon in months, or the shown one nearest to it."""
        return nearest_horizon(self.convention.horizons, self.scale.horizon_months)

    @property
    def graded_rows(self) -> dict[str, Row]:
        """The rows at the graded horizon, by symbol."""
        return {r.symbol: r for r in self.rows if r.horizon_months == self.graded_horizon}

    @property
    def complete(self) -> bool:
        """Whether every row is scored."""
        return all(row.status == "scored" for row in self.rows)

    def total(self, months: int | None = None) -> Summary:
        """Return the summary of all picks at one horizon; left out: the graded one."""
        months = months or self.graded_horizon
        for summary in self.summaries:
            if summary.group == "all" and summary.horizon_months == months:
                return summary
        raise InputError(
            f"no horizon of {months} months was scored",
            f"ask for one of: {', '.join(map(str, self.convention.horizons))}",
        )

    def records(self, language: Language = "en") -> list[dict[str, Any]]:
        """Return the rows as mappings of JSON values; returns are fractions."""
        return [_record(row, language) for row in self.rows]

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return everything as JSON values, as the documented schema describes it."""
        return {
            "schema": SCHEMA,
            "rows": self.records(language),
            "summary": [asdict(summary) for summary in self.summaries],
            "caveats": [{"code": each.code, "text": each.get(language)} for each in self.caveats],
            "provenance": self.provenance,
        }

    def to_frame(self, language: Language = "en") -> "pd.DataFrame":
        """Return the rows as a DataFrame.

        Returns
        -------
        DataFrame
            The columns are those of the documented JSON rows, dates as datetime64. Returns are
            fractions, missing unless scored; ``hit`` is missing for a pick that was not
            recommended.
        """
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        frame = pd.DataFrame(self.records(language))
        for column in ("entry_date", "exit_date"):
            frame[column] = pd.to_datetime(frame[column])
        return frame.astype({"hit": "boolean"})

    def plot(
        self,
        months: int | None = None,
        language: Language = "en",
        colors: Colors = "china",
    ) -> "Figure":
        """Draw the picks' relative returns at one horizon; left out: the graded one.

        Parameters
        ----------
        months : int, optional
        language : {"zh", "en"}
            Chinese needs a font that can draw it; without one English is used.
        colors : {"china", "west", "none"}
            China: red is up.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from backtests.figures.scores import plot_rows  # noqa: PLC0415 - matplotlib is slow

        months = self.total(months).horizon_months
        rows = [row for row in self.rows if row.horizon_months == months]
        bounds = edges(self.scale.company, self.convention.boundary)
        shown = [each for each in self.caveats if each.code in _SHOWN_IN_FIGURES]
        caption = Text(
            zh="\n".join(each.get("zh") for each in shown),
            en="\n".join(each.get("en") for each in shown),
        )
        return plot_rows(rows, bounds, self.report.title, months, language, caption, colors)


def score_picks(
    report: Report,
    prices: Panel,
    convention: Convention | None = None,
    scale: RatingScale | None = None,
    as_of: dt.date | None = None,
) -> Scorecard:
    """Score a report's picks by a broker's rating standard.

    Parameters
    ----------
    report : Report
        Its mentions are scored where it still holds them; `Report.select` leaves them out.
    prices : Panel
    convention : Convention, optional
        Left out: the headline convention.
    scale : RatingScale, optional
        Left out: the report's own.
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.

    Returns
    -------
    Scorecard

    Raises
    ------
    InputError
        If the prices begin after ``as_of``, or a calendar is not known for the dates.

    Examples
    --------
    >>> from screener import load_prices
    >>> from universes import load_report
    >>> card = score_picks(load_report().select(), load_prices())
    >>> round(100 * card.total(6).mean, 1)
    15.0
    """
    report.require_approval()
    convention = convention or Convention()
    if not _FIRST_YEAR <= report.publication.date.year <= _LAST_YEAR:
        raise InputError(
            f"published on {report.publication.date}", f"write a year from {_FIRST_YEAR} on"
        )
    scale = scale or report.scale
    panel = prices.until(np.datetime64(as_of, "D")) if as_of else prices
    table = Recommendations(
        symbols=tuple(pick.symbol for pick in report.picks),
        benchmarks=tuple(scale.benchmark_for(pick.market)[0] for pick in report.picks),
        published=np.full(len(report.picks), np.datetime64(report.publication.date, "D")),
    )
    bounds = edges(scale.company, convention.boundary)
    scores = score_recommendations(table, panel, convention, bounds)
    rows = make_rows(report, scale, convention, scores)
    summaries = summarise(rows, report, scale, convention)
    as_of = as_of or panel.dates[-1].astype(dt.date)
    caveats = find_caveats(report, scale, convention, panel, as_of, rows, summaries)
    provenance = _trace(report, scale, convention, panel, as_of)
    return Scorecard(report, scale, convention, rows, summaries, caveats, provenance)


def securities_of(report: Report, scale: RatingScale) -> tuple[list[str], list[str]]:
    """Return what scoring a report reads: picks and benchmarks, and what it uses where it is there.

    Parameters
    ----------
    report : Report
    scale : RatingScale

    Returns
    -------
    needed : list of str
        Symbols of the picks and their benchmarks, in order.
    also : list of str
        Of the benchmarks with dividends.
    """
    benchmarks = {scale.benchmark_for(pick.market)[0] for pick in report.picks}
    totals = {describe_benchmark(benchmark).total_return for benchmark in benchmarks}
    needed = {str(pick.symbol) for pick in report.picks} | {str(each) for each in benchmarks}
    return sorted(needed), sorted(str(each) for each in totals if each)


def _record(row: Row, language: Language) -> dict[str, Any]:
    return {
        "symbol": row.symbol,
        "name": row.name.get(language),
        "name_zh": row.name.zh,
        "name_en": row.name.en,
        "theme": row.theme,
        "level": row.level,
        "market": row.market,
        "benchmark": row.benchmark,
        "entry_date": row.entry_date.isoformat() if row.entry_date else None,
        "exit_date": row.exit_date.isoformat() if row.exit_date else None,
        "horizon_months": row.horizon_months,
        "basis": row.basis,
        "return": row.own_return,
        "benchmark_return": row.benchmark_return,
        "relative": row.relative,
        "grade": row.grade,
        "hit": row.hit,
        "status": row.status,
        "reason": reason(row.outcome, row.about, language),
        "reason_code": "" if row.status == "scored" else row.outcome.name.lower(),
        "stale_sessions": row.stale_sessions,
        "mixed": row.mixed,
    }


def _trace(
    report: Report, scale: RatingScale, convention: Convention, panel: Panel, as_of: dt.date
) -> dict[str, Any]:
    return {
        "version": __version__,
        "report": trace_report(report),
        "scale": trace_scale(scale),
        "convention": {**asdict(convention), "horizons": list(convention.horizons)},
        "data": trace_data(panel, as_of),
    }
