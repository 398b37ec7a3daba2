"""Score, simulate, judge, report.

The top floor, with the command line. Names are resolved when first used, so that
``screener --help`` need not wait for pandas.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtests.convention import Convention
    from backtests.conventions.result import ConventionMap, map_conventions
    from backtests.evidence.result import Evidence
    from backtests.evidence.trial import Trial
    from backtests.evidence.weigh import weigh_evidence
    from backtests.portfolio.baskets import simulate_baskets
    from backtests.portfolio.result import Backtest
    from backtests.portfolio.simulate import simulate_portfolio
    from backtests.portfolio.strategy.strategies import load_strategies
    from backtests.portfolio.terms import Terms
    from backtests.scorecard import Scorecard, score_picks
    from backtests.screening.result import Screening, screen_shares
    from backtests.screening.walk import walk_screen
    from backtests.walk.forward import walk_forward
    from backtests.walk.result import Walk
    from backtests.weekly.compose import compose_week
    from backtests.weekly.result import Weekly

__all__ = [
    "Backtest",
    "Convention",
    "ConventionMap",
    "Evidence",
    "Scorecard",
    "Screening",
    "Terms",
    "Trial",
    "Walk",
    "Weekly",
    "compose_week",
    "load_strategies",
    "map_conventions",
    "score_picks",
    "screen_shares",
    "simulate_baskets",
    "simulate_portfolio",
    "walk_forward",
    "walk_screen",
    "weigh_evidence",
]

_HOMES = {
    "Backtest": "backtests.portfolio.result",
    "Convention": "backtests.convention",
    "ConventionMap": "backtests.conventions.result",
    "Evidence": "backtests.evidence.result",
    "Scorecard": "backtests.scorecard",
    "Screening": "backtests.screening.result",
    "Terms": "backtests.portfolio.terms",
    "Trial": "backtests.evidence.trial",
    "Walk": "backtests.walk.result",
    "Weekly": "backtests.weekly.result",
    "compose_week": "backtests.weekly.compose",
    "load_strategies": "backtests.portfolio.strategy.strategies",
    "map_conventions": "backtests.conventions.result",
    "score_picks": "backtests.scorecard",
    "screen_shares": "backtests.screening.result",
    "simulate_baskets": "backtests.portfolio.baskets",
    "simulate_portfolio": "backtests.portfolio.simulate",
    "walk_forward": "backtests.walk.forward",
    "walk_screen": "backtests.screening.walk",
    "weigh_evidence": "backtests.evidence.weigh",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
