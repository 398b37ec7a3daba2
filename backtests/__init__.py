"""Score, simulate, judge, report.

The top floor, with the command line. Names are resolved when first used, so that
``screener --help`` need not wait for pandas.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtests.convention import Convention
    from backtests.scorecard import Scorecard, score_picks

__all__ = ["Convention", "Scorecard", "score_picks"]

_HOMES = {
    "Convention": "backtests.convention",
    "Scorecard": "backtests.scorecard",
    "score_picks": "backtests.scorecard",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
