"""The machine's limits, as a process that takes turns; see turns.py.

To score a recommendation the price it is entered at must be read, for each horizon that is told the
price it is left at, and as many levels of its index: they lie scattered in memory. ``gather`` reads
just these, of the same recommendations, and does nothing with them. ``copy`` writes as many bytes
as the result has to fresh memory, from other memory. ``closes`` reads the closes of baskets.
"""

import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from baskets import draw_baskets
from market import Market, open_market
from ours import Work
from recommending import HORIZONS, count_bytes, lay_out, recommend
from turns import serve

from backtests.outcome import Outcome

_NO_PRICE = (Outcome.PENDING_ENTRY, Outcome.PENDING_EXIT)
Read = tuple[np.ndarray, np.ndarray]


def list_reads(config: Mapping[str, Any], market: Market) -> list[Read]:
    """Return arrays, and the places in them that scoring must read."""
    horizons = config.get("horizons", HORIZONS)
    asked, scorer = recommend(market, config.get("count")), lay_out(market, horizons)
    found, schedule = scorer.measure(asked), scorer.schedule
    closes = np.full((len(market.symbols), schedule.days.shape[1]), np.nan)
    rows = schedule.rows[0]
    closes[:, rows >= 0] = market.closes[rows[rows >= 0]].T
    levels = np.full(closes.shape[1], np.nan)
    levels[rows >= 0] = market.index[rows[rows >= 0]]
    own, width = asked.symbol.astype(np.intp), closes.shape[1]
    entered = np.flatnonzero(found.entry >= 0)
    k, h = np.nonzero(~np.isin(found.outcome, _NO_PRICE))
    left = schedule.ends[0, found.entry[k], h]
    return [
        (closes.ravel(), own[entered] * width + found.entry[entered]),
        (closes.ravel(), own[k] * width + found.seen[k, h]),
        (levels, found.entry[entered].astype(np.intp)),
        (levels, left.astype(np.intp)),
    ]


def gather(reads: list[Read], threads: int) -> list[np.ndarray]:
    """Read all places; each thread has its share of them."""

    def fill(part: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
        values, places, room = part
        # any mode but the default spares a copy of what is found
        np.take(values, places, out=room, mode="clip")

    found = [np.empty(len(places)) for _, places in reads]
    parts = [
        (values, split, room)
        for (values, places), whole in zip(reads, found, strict=True)
        for split, room in zip(
            np.array_split(places, threads), np.array_split(whole, threads), strict=True
        )
    ]
    if threads == 1:
        for part in parts:
            fill(part)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(fill, parts))
    return found


def prepare_gather(config: Mapping[str, Any], market: Market) -> Work:
    reads, threads = list_reads(config, market), config.get("threads", 1)
    return lambda: gather(reads, threads), lambda found: {"values": np.concatenate(found)}, None


def prepare_copy(config: Mapping[str, Any], market: Market) -> Work:
    asked = recommend(market, config.get("count"))
    size = count_bytes(lay_out(market, config.get("horizons", HORIZONS)).measure(asked))
    held = np.ones(size, dtype=np.uint8)
    return held.copy, lambda found: {"bytes": found.nbytes}, None


def prepare_closes(config: Mapping[str, Any], market: Market) -> Work:
    baskets = draw_baskets(market, config["count"])
    rows = np.arange(baskets.decided, baskets.left + 1)
    places = (rows[:, None] * len(market.symbols) + baskets.columns.ravel()).ravel()
    closes = market.closes.ravel()
    return (
        lambda: np.take(closes, places, mode="clip"),
        lambda found: {"values": found},
        None,
    )


JOBS: dict[str, Callable[[Mapping[str, Any], Market], Work]] = {
    "gather": prepare_gather,
    "copy": prepare_copy,
    "closes": prepare_closes,
}


def main() -> None:
    config = json.loads(sys.argv[1])
    serve(*JOBS[config["job"]](config, open_market(config["data"])))


if __name__ == "__main__":
    main()
