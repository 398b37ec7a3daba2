"""Whether the target prices of calls were reached."""

import numpy as np

from backtests.ranking.attainment import Attainment, find_attained
from backtests.ranking.scored import ScoredCalls
from backtests.schedule import Flags, Places, latest_row
from screener import Panel
from screener.panel import Floats


class Targets:
    """The target prices of N calls.

    Parameters
    ----------
    scored : ScoredCalls
    panel : Panel
        Its raw closes are what targets are compared with where a report states no price.
    """

    def __init__(self, scored: ScoredCalls, panel: Panel) -> None:
        ratings, rows = scored.ratings, scored.calls.rating
        self._scored = scored
        self._given: Flags = np.isfinite(ratings.target[rows]) & (scored.stance != 0)
        self._base = np.full(len(rows), -1, dtype=np.int32)
        self._ratio = np.full(len(rows), np.nan)
        if not self._given.any():
            return
        stated = ratings.price[rows]
        has_price = self._given & np.isfinite(stated)
        self._base[has_price] = self._latest(scored.scorer.close, has_price)
        self._ratio[has_price] = (ratings.target[rows] / stated)[has_price]
        bare = self._given & ~np.isfinite(stated)
        if bare.any() and ("close", "raw") in panel.prices:
            raw = scored.scorer.lay_out(panel.levels("close", "raw"))
            base = self._latest(raw, bare)
            close = np.where(base >= 0, raw[scored.asked.symbol[bare], base], np.nan)
            self._base[bare] = base
            self._ratio[bare] = ratings.target[rows][bare] / close

    def at(self, horizon: int) -> tuple[Flags, Attainment]:
        """Return which calls have a target to tell of over one horizon, and what became of it.

        Returns
        -------
        told : ndarray of bool, shape (N,)
            Scored, not neutral and with a target.
        found : Attainment
            Of those.
        """
        found = self._scored.found
        told = self._given & self._scored.scored[:, horizon]
        return told, find_attained(
            self._scored.scorer.close,
            self._scored.asked.symbol[told],
            self._base[told],
            found.entry[told],
            found.seen[told, horizon],
            self._ratio[told],
            self._scored.stance[told],
        )

    def _latest(self, closes: Floats, calls: Flags) -> Places:
        """Return the last session up to the day of publication with a close, -1 for none."""
        asked = self._scored.asked
        symbol = asked.symbol[calls]
        wanted = self._scored.scorer.sessions_after(symbol, asked.published[calls]) - 1
        latest = latest_row(np.isfinite(closes).T)
        return np.where(wanted >= 0, latest[wanted, symbol], -1).astype(np.int32)
