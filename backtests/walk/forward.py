"""Walks a rule forward over its formations: `walk_forward`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from backtests.convention import Convention
from backtests.labels import term
from backtests.portfolio.result import Backtest
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.terms import Terms
from backtests.walk.decay import HORIZONS, measure_decay, score_pairs
from backtests.walk.follow import report_formations, schedule_formations
from backtests.walk.formation import Formation, cut_formations, cut_panel
from backtests.walk.remarks import find_remarks
from backtests.walk.result import Walk
from backtests.walk.steps import measure_retention, take_steps
from screener import Panel
from universes import RatingScale
from universes.content import content_hash
from universes.text import Text


def walk_forward(
    formations: Sequence[Formation],
    prices: Panel,
    scale: RatingScale,
    terms: Terms | None = None,
    as_of: dt.date | None = None,
    title: Text | None = None,
    convention: Convention | None = None,
) -> Walk:
    """Hold what a rule found at each formation until the next, and score what it found.

    Parameters
    ----------
    formations : sequence of Formation
        The earliest first, one for each month at most. Those after the last day read are left
        out, and counted in a caveat.
    prices : Panel
        Of what `backtests.walk.follow.securities_to_walk` names.
    scale : RatingScale
        Names the benchmarks and the grades.
    terms : Terms, optional
        Their ``start`` is left aside: the first formation is the first decision. Prices chosen
        automatically are those that all shares ever found have.
    as_of : date, optional
        Nothing after this day is read. Left out: the last day of the prices.
    title : Text, optional
        What the rule is called.
    convention : Convention, optional
        How finds are scored, over which months. Left out: the headline convention over 1, 2, 3,
        6, 9 and 12 months.

    Returns
    -------
    Walk

    Raises
    ------
    InputError
        If formations do not ascend by months or none found a share, of what one found nothing
        has a price, the dates lie outside the prices, or an exchange rate or a benchmark is
        missing.
    """
    convention = convention or Convention(horizons=HORIZONS)
    title = title or term("walk_rule")
    panel = prices.until(np.datetime64(as_of, "D")) if as_of else prices
    panel = cut_panel(formations, panel, convention.basis)
    walked, later = cut_formations(formations, panel.dates[-1].astype(dt.date))
    report = report_formations(walked, scale, title)
    strategy = schedule_formations(walked, title)
    terms = replace(terms or Terms(), start=None)
    test = simulate_portfolio(report, panel, [strategy], terms, scale, as_of)
    told = [each.universe for each in walked]
    found = score_pairs(walked, [each.symbols for each in walked], panel, scale, convention)
    examined = score_pairs(walked, told, panel, scale, convention) if any(told) else None
    steps = take_steps(walked, test, panel)
    decay = measure_decay(walked, found, examined, scale, convention)
    return Walk(
        title=title,
        formations=walked,
        backtest=test,
        steps=steps,
        retention=measure_retention(walked),
        decay=decay,
        caveats=find_remarks(walked, later, steps, decay, found, test, panel, convention.basis),
        provenance=_trace(walked, convention, test),
    )


def _trace(
    formations: Sequence[Formation], convention: Convention, test: Backtest
) -> dict[str, Any]:
    return {
        **test.provenance,
        "formations": {
            "count": len(formations),
            "first": formations[0].day.isoformat(),
            "last": formations[-1].day.isoformat(),
            "sha256": content_hash([asdict(each) for each in formations]),
        },
        "convention": {**asdict(convention), "horizons": list(convention.horizons)},
    }
