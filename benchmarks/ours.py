"""Our side of a benchmark, as a process that takes turns; see turns.py."""

import datetime as dt
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from baskets import CASH, draw_baskets
from market import Market, make_market, open_market
from recommending import HORIZONS, count_bytes, lay_out, recommend
from turns import serve

from backtests.measured import Measured
from backtests.outcome import Outcome
from backtests.portfolio.baskets import BasketCurves, simulate_baskets
from screener import Panel
from screener.origin import Origin

Tell = Callable[[Any], Mapping[str, Any]]
Work = tuple[Callable[[], Any], Tell, Callable[[Any], int] | None]


def prepare_scoring(config: Mapping[str, Any], market: Market) -> Work:
    """Score pairs; with ``anew`` the prices are laid out in each call."""
    horizons, threads = config.get("horizons", HORIZONS), config.get("threads", 1)
    asked = recommend(market, config.get("count"))
    laid = None if config.get("anew") else lay_out(market, horizons)

    def job() -> Measured:
        scorer = laid or lay_out(market, horizons)
        return scorer.measure(asked, threads=threads)

    def tell(found: Measured) -> Mapping[str, Any]:
        scored = found.outcome == Outcome.SCORED
        left = (laid or lay_out(market, horizons)).schedule.ends[0, found.entry]
        return {
            "own": np.where(scored, found.own, np.nan),
            "sessions": np.where(scored, left - found.entry[:, None], -1),
        }

    return job, tell, count_bytes


def prepare_baskets(config: Mapping[str, Any], market: Market) -> Work:
    baskets = draw_baskets(market, config["count"])
    names = np.array(market.symbols)[baskets.columns].tolist()
    rows = slice(baskets.decided, baskets.left + 1)
    prices = {("close", "total"): market.closes[rows].copy()}
    panel = Panel(market.dates[rows].copy(), market.symbols, prices, Origin(market.origin, ""))
    decided = market.dates[baskets.decided].astype(dt.date)

    def tell(found: BasketCurves) -> Mapping[str, Any]:
        return {"growth": found.equity[-1] / (CASH - found.costs)}

    return lambda: simulate_baskets(panel, names, decided), tell, None


JOBS = {"score": prepare_scoring, "baskets": prepare_baskets}


def main() -> None:
    config = json.loads(sys.argv[1])
    made = config.get("shares")
    market = make_market(made) if made else open_market(config["data"])
    serve(*JOBS[config["job"]](config, market))


if __name__ == "__main__":
    main()
