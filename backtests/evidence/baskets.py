"""The baskets that are judged: all picks, and those of a market, a theme or a level."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtests.evidence.controls.population import Population
from backtests.kernel import Rows
from universes import Report
from universes.report import LEVELS


@dataclass(frozen=True)
class Basket:
    """Picks that are judged together.

    Attributes
    ----------
    group : str
        What they have in common: all, market, theme or level.
    key : str
        Which market (by its benchmark), theme or level; empty for all.
    picks : ndarray of int, shape (K,)
        Places among the report's picks.
    """

    group: str
    key: str
    picks: Rows

    @property
    def name(self) -> str:
        """Group and key, such as ``theme hk_internet``."""
        return f"{self.group} {self.key}".strip()


def list_baskets(report: Report, population: Population) -> Iterator[Basket]:
    """Yield all picks, then the parts of them; a part that is the whole is left out."""
    count = len(report.picks)
    yield Basket("all", "", np.arange(count))
    benchmark = population.benchmark[population.picks]
    themes = [theme.id for theme in report.themes for _ in theme.picks]
    levels = [pick.level for pick in report.picks]
    parts = {
        "market": ([population.benchmarks[n] for n in benchmark], population.benchmarks),
        "theme": (themes, [theme.id for theme in report.themes]),
        "level": (levels, LEVELS),
    }
    for group, (labels, keys) in parts.items():
        for key in keys:
            picks = np.flatnonzero(np.array(labels) == key)
            if 0 < len(picks) < count:
                yield Basket(group, key, picks)
