"""The convention map of a report: what each reading of the standard makes of its picks."""

import datetime as dt
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from backtests.caveats import Caveat
from backtests.convention import Convention
from backtests.conventions.basket import Basket, sum_up_basket
from backtests.conventions.cells import Cells, compute_cells
from backtests.conventions.picks import Cell, PickMap, Variation, map_picks
from backtests.conventions.readings import DIMENSIONS, Readings, Value, list_readings
from backtests.conventions.records import list_columns
from backtests.conventions.remarks import count_kept, find_remarks
from backtests.conventions.sway import Choice, Sway, count_picks, weigh_choices
from backtests.labels import reason
from backtests.palette import Colors
from backtests.scorecard import score_picks
from screener import Panel
from universes import RatingScale, Report
from universes.text import Language, Text

if TYPE_CHECKING:
    import pandas as pd

    from backtests.figures.chart import Chart

_SHOWN_IN_FIGURES = ("map_kept", "mixed", "source")

SCHEMA = "sector-screener/conventions/1"


@dataclass(frozen=True)
class ConventionMap:
    """The grade of each pick under every reading of the rating standard.

    Attributes
    ----------
    report : Report
    scale : RatingScale
    cells : Cells
        Every pick under every reading, as arrays.
    picks : tuple of PickMap
        In the report's order.
    sways : tuple of Sway
        How much each choice matters.
    basket : Basket or None
        The picks together; None where the headline scores none.
    caveats : tuple of Caveat
    provenance : dict
        Version, report, scale, headline convention and data, with the hashes that reproduce the
        numbers.
    """

    report: Report
    scale: RatingScale
    cells: Cells = field(repr=False)
    picks: tuple[PickMap, ...]
    sways: tuple[Sway, ...]
    basket: Basket | None
    caveats: tuple[Caveat, ...]
    provenance: dict[str, Any]

    @property
    def readings(self) -> Readings:
        """The values of each choice, and the headline's."""
        return self.cells.readings

    @property
    def complete(self) -> bool:
        """Whether every pick has a score under every reading."""
        return bool(self.cells.scored.all())

    def records(self) -> list[dict[str, Any]]:
        """Return every pick under every reading as JSON values; returns are fractions."""
        columns = list_columns(self.report, self.scale, self.cells)
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    def to_frame(self) -> "pd.DataFrame":
        """Return every pick under every reading as a DataFrame.

        Returns
        -------
        DataFrame
            The columns are those of the records, dates as datetime64, returns as fractions,
            missing unless scored.
        """
        import pandas as pd  # noqa: PLC0415 - only where a table is asked for

        frame = pd.DataFrame(list_columns(self.report, self.scale, self.cells))
        for column in ("published", "entry_date", "exit_date"):
            frame[column] = pd.to_datetime(frame[column])
        returns = ("return", "benchmark_return", "relative_return")
        return frame.astype(dict.fromkeys(returns, "float64"))

    def to_dict(self, language: Language = "en") -> dict[str, Any]:
        """Return what was found as JSON values, as the documented schema describes it.

        The map itself is in the records, which are as many as picks times readings; here it is
        summed up, with each choice changed alone.
        """
        kept, told = count_kept(self.picks)
        return {
            "schema": SCHEMA,
            "readings": [
                {
                    "choice": dimension,
                    "headline": _plain(self.readings.headline(dimension)),
                    "values": [_plain(each) for each in self.readings.values(dimension)],
                }
                for dimension in DIMENSIONS
            ],
            "kept": kept,
            "told": told,
            "picks": [_tell_pick(each, language) for each in self.picks],
            "choices": [_tell_sway(each, language) for each in self.sways],
            "basket": asdict(self.basket) if self.basket else None,
            "caveats": [{"code": each.code, "text": each.get(language)} for each in self.caveats],
            "provenance": self.provenance,
        }

    def plot(self, language: Language = "en", colors: Colors = "china") -> "Chart":
        """Draw each pick's grade with one choice changed at a time.

        Parameters
        ----------
        language : {"zh", "en"}
            Chinese needs a font that can draw it; without one English is used.
        colors : {"china", "west", "none"}
            China: red is up.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from backtests.figures.conventions import plot_map  # noqa: PLC0415 - matplotlib is slow

        shown = [each for each in self.caveats if each.code in _SHOWN_IN_FIGURES]
        caption = Text(*("\n".join(each.get(own) for each in shown) for own in ("zh", "en")))
        bands = self.scale.company
        return plot_map(self.picks, self.report, bands, language, caption, colors)


def map_conventions(
    report: Report,
    prices: Panel,
    scale: RatingScale | None = None,
    as_of: dt.date | None = None,
) -> ConventionMap:
    """Grade a report's picks under every reading of a rating standard.

    Parameters
    ----------
    report : Report
        Its mentions are graded where it still holds them, and never counted.
    prices : Panel
        Without opening prices or on one basis alone, the readings that need the others are
        missing, never filled in.
    scale : RatingScale, optional
        Left out: the report's own. The headline reads it as `backtests.convention.Convention`
        does, on the scale's own basis and at its own horizon.
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.

    Returns
    -------
    ConventionMap

    Raises
    ------
    InputError
        If the prices begin after ``as_of``, or a calendar is not known for the dates.

    Examples
    --------
    >>> from screener import load_prices
    >>> from universes import load_report
    >>> found = map_conventions(load_report().select(), load_prices(source="snapshot"))
    >>> sum(each.agreement == 1 for each in found.picks)
    7
    """
    report.require_approval()
    scale = scale or report.scale
    convention = Convention(basis=scale.basis, horizons=(scale.horizon_months,))
    headline = score_picks(report, prices, convention, scale, as_of)
    panel = prices.until(np.datetime64(as_of, "D")) if as_of else prices
    cells = compute_cells(report, scale, panel, list_readings(report, scale))
    picks = map_picks(report, scale, cells)
    sways = weigh_choices(report, scale, cells)
    basket = sum_up_basket(cells, count_picks(report))
    caveats = find_remarks(headline, cells, picks, sways, basket)
    return ConventionMap(report, scale, cells, picks, sways, basket, caveats, headline.provenance)


def _plain(value: Value) -> str | int:
    return value.isoformat() if isinstance(value, dt.date) else value


def _tell_cell(cell: Cell, language: Language) -> dict[str, Any]:
    return {
        "grade": cell.grade,
        "relative": cell.relative,
        "status": cell.outcome.status,
        "reason": reason(cell.outcome, cell.about, language),
        "reason_code": "" if cell.outcome.status == "scored" else cell.outcome.name.lower(),
    }


def _tell_pick(each: PickMap, language: Language) -> dict[str, Any]:
    return {
        "symbol": str(each.pick.symbol),
        "name": each.pick.name.get(language),
        "name_zh": each.pick.name.zh,
        "name_en": each.pick.name.en,
        "theme": each.theme,
        "level": each.pick.level,
        "headline": _tell_cell(each.headline, language),
        "readings": each.readings,
        "scored": each.scored,
        "agreement": each.agreement,
        "grades": each.grades,
        "low": each.low,
        "median": each.median,
        "high": each.high,
        "alone": [_tell_variation(variation, language) for variation in each.variations],
    }


def _tell_variation(each: Variation, language: Language) -> dict[str, Any]:
    return {
        "choice": each.dimension,
        "value": _plain(each.value),
        **_tell_cell(each.cell, language),
        "changed": each.changed,
    }


def _tell_sway(sway: Sway, language: Language) -> dict[str, Any]:
    return {
        "choice": sway.dimension,
        "pairs": sway.pairs,
        "changed": sway.changed,
        "share": sway.share,
        "move": sway.move,
        "values": [_tell_choice(each, language) for each in sway.choices],
    }


def _tell_choice(each: Choice, language: Language) -> dict[str, Any]:
    return {
        **asdict(each),
        "value": _plain(each.value),
        "gaps": [
            {
                "reason_code": gap.outcome.name.lower(),
                "reason": reason(gap.outcome, gap.about, language),
                "count": gap.count,
            }
            for gap in each.gaps
        ],
        "entry_days": [day.isoformat() for day in each.entry_days],
    }
