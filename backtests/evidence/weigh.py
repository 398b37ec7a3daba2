"""Weighs the evidence of a report's picks: `weigh_evidence`."""

import datetime as dt
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

import numpy as np

from backtests.evidence.case import Case, open_case
from backtests.evidence.chance.paths import trace_path
from backtests.evidence.controls.coverage import measure_coverage
from backtests.evidence.judging import judge_baskets, weigh_picks
from backtests.evidence.remarks import find_remarks
from backtests.evidence.result import Evidence
from backtests.evidence.trial import Trial
from backtests.measures.inference import drop_best
from backtests.provenance import trace_data, trace_report, trace_scale
from screener import Panel
from screener.companies.membership import SectorTables
from universes import RatingScale, Report, Symbol, __version__


def weigh_evidence(
    report: Report,
    prices: Panel,
    sectors: SectorTables | None = None,
    trial: Trial | None = None,
    scale: RatingScale | None = None,
    as_of: dt.date | None = None,
    excluded: Collection[Symbol] = (),
) -> Evidence:
    """Hold a report's picks against random shares, their sectors and their own past.

    Parameters
    ----------
    report : Report
        Mentions are not picks: leave them out with `Report.select`.
    prices : Panel
        Of the picks, their benchmarks, and the shares to compare them with.
    sectors : SectorTables, optional
        Left out: no sector is known.
    trial : Trial, optional
    scale : RatingScale, optional
        Left out: the report's own.
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.
    excluded : collection of Symbol
        Shares that are no controls, such as the other picks where a part of a report is weighed.

    Returns
    -------
    Evidence

    Raises
    ------
    InputError
        If the prices begin after ``as_of``, or a calendar is not known for the dates.

    Examples
    --------
    >>> from screener import load_prices
    >>> from universes import load_report
    >>> evidence = weigh_evidence(load_report().select(), load_prices(source="snapshot"))
    >>> evidence.judgement().verdict
    Verdict(word='cannot_tell', reason='market_no_controls')
    """
    report.require_approval()
    panel = prices.until(np.datetime64(as_of, "D")) if as_of else prices
    tables = sectors or SectorTables(())
    case = open_case(report, panel, scale or report.scale, trial or Trial(), tables, excluded)
    trial, population = case.trial, case.population
    judged = judge_baskets(case)
    graded = population.relative[population.picks, trial.horizons.index(case.graded_horizon)]
    published = report.publication.date
    coverage = tuple(measure_coverage(population, tables, case.scale, published))
    as_of = as_of or panel.dates[-1].astype(dt.date)
    return Evidence(
        report=report,
        scale=case.scale,
        trial=trial,
        graded_horizon=case.graded_horizon,
        promise=case.promise,
        judgements=judged,
        picks=tuple(weigh_picks(case)),
        without_best=drop_best(graded),
        coverage=coverage,
        path=trace_path(panel, population, case.market, trial.band_draws, trial.seed),
        caveats=find_remarks(case, tables, as_of, judged, coverage),
        provenance=_trace(case, tables, as_of),
    )


def _trace(case: Case, tables: SectorTables, as_of: dt.date) -> dict[str, Any]:
    trial = asdict(case.trial)
    # the numbers do not hang on how many processes drew
    del trial["workers"]
    return {
        "version": __version__,
        "report": trace_report(case.report),
        "scale": trace_scale(case.scale),
        "trial": {**trial, "horizons": list(case.trial.horizons)},
        "sectors": {"schemes": [each.scheme for each in tables.tables], "sha256": tables.sha256},
        "data": trace_data(case.panel, as_of),
    }
