"""What is measured against what: the contests, who takes part, and on what they must agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from baskets import CASH, draw_baskets
from market import Market, make_market
from recommending import HORIZONS, lay_out, recommend

OURS, LAID = "ours", "ours, prices laid out before"
GATHER = "machine: gather"
COPY, CLOSES = "machine: copy of the result", "machine: read the closes"
PAIRS, MANY, BASKETS, HALF_A_YEAR = 1_000_000, 10_000_000, 200, 6
# twelve years of a whole market: 116 MB of closes, more than a cache holds
VAST = {"shares": 5_000, "sessions": 2_900}

Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Contender:
    """One that takes part.

    Attributes
    ----------
    who : str
    script : str
        Below benchmarks/.
    config : mapping
        What the script is told.
    environment : str or None
        Of the peers, as `environments.find_python` names them; None: ours.
    beside : str
        Whom its time is divided by in the table.
    limit : str
        The machine's limit that its time is divided by; empty for none.
    """

    who: str
    script: str
    config: Mapping[str, Any]
    environment: str | None = None
    beside: str = OURS
    limit: str = ""


@dataclass(frozen=True)
class Contest:
    """One job.

    Attributes
    ----------
    job : str
    contenders : tuple of Contender
    ratios : tuple of (str, str)
        Pairs of contenders whose ratio is kept: the time of the first over that of the second.
    agree : callable, optional
        Raises AssertionError where answers are not the same, and tells what was compared.
    rounds : int
    """

    job: str
    contenders: tuple[Contender, ...]
    ratios: tuple[tuple[str, str], ...]
    agree: Callable[[Answers], str] | None = None
    rounds: int = 7


def list_contests(market: Market, folder: Path, threads: int) -> list[Contest]:
    """Return all contests but those of growth; what they read is written to a folder."""
    data = {"data": str(market.save(folder / "market.npz"))}
    return [
        _returns(market, data, threads),
        _look_ups(market, data, folder),
        _many(data, threads, f"{MANY:,} random recommendations"),
        _many(
            {"data": str(make_market(**VAST).save(folder / "vast.npz"))},
            threads,
            f"{MANY:,} among {VAST['shares']:,} shares on {VAST['sessions']:,} sessions",
        ),
        *_baskets(market, data, folder),
    ]


def _score(who: str, config: Mapping[str, Any], limit: str = GATHER) -> Contender:
    return Contender(who, "ours.py", {"job": "score", **config}, limit=limit)


def _limit(who: str, job: str, config: Mapping[str, Any]) -> Contender:
    return Contender(who, "limits.py", {"job": job, **config})


def _spell(threads: int) -> str:
    return f", {threads} threads"


def _returns(market: Market, data: Mapping[str, Any], threads: int) -> Contest:
    periods = _usual_sessions(market)
    peer = "peers/alphalens_returns.py"
    config = {**data, "periods": periods}
    new, old = "alphalens-reloaded, pandas 3", "alphalens-reloaded, pandas 2"
    more = {**data, "threads": threads}
    shared = _spell(threads)

    def agree(answers: Answers) -> str:
        ours = answers[OURS]
        np.testing.assert_array_equal(ours["own"], answers[f"{OURS}{shared}"]["own"])
        same = ours["sessions"] == periods
        for theirs in (answers[who] for who in (new, old) if who in answers):
            np.testing.assert_allclose(theirs["own"][same], ours["own"][same], 1e-12, 1e-12)
        return f"{same.sum():,} returns over {periods} sessions are the same"

    return Contest(
        f"returns of {len(market.pairs[0]):,} pairs over {len(HORIZONS)} horizons",
        (
            _score(OURS, {**data, "anew": True}),
            _score(f"{OURS}{shared}", {**more, "anew": True}, f"{GATHER}{shared}"),
            _score(LAID, data),
            _score(f"{LAID}{shared}", more, f"{GATHER}{shared}"),
            Contender(new, peer, config, "", limit=GATHER),
            Contender(old, peer, config, "pandas2", limit=GATHER),
            _limit(GATHER, "gather", data),
            _limit(f"{GATHER}{shared}", "gather", more),
            _limit(COPY, "copy", data),
        ),
        ((OURS, new), (OURS, old), (f"{LAID}{shared}", old), (OURS, GATHER)),
        agree,
    )


def _look_ups(market: Market, data: Mapping[str, Any], folder: Path) -> Contest:
    asked = recommend(market, PAIRS)
    pairs = folder / "pairs.npz"
    # entered on the session after the day of publication
    rows = np.searchsorted(market.dates, asked.published, side="right")
    np.savez(pairs, rows=rows, columns=asked.symbol.astype(np.int64))
    config = {**data, "count": PAIRS, "horizons": [HALF_A_YEAR]}
    theirs = {**data, "pairs": str(pairs), "months": HALF_A_YEAR}
    peer = "pandas merge_asof, twice"

    def agree(answers: Answers) -> str:
        own = answers[OURS]["own"][:, 0]
        scored = np.isfinite(own)
        if peer in answers:
            np.testing.assert_allclose(answers[peer]["own"][scored], own[scored], 1e-12, 1e-12)
        return f"{scored.sum():,} returns are the same"

    return Contest(
        f"two prices of {PAIRS:,} random pairs",
        (
            _score(OURS, {**config, "anew": True}),
            _score(LAID, config),
            Contender(peer, "peers/pandas_lookups.py", theirs, "", limit=GATHER),
            _limit(GATHER, "gather", config),
        ),
        ((OURS, peer), (OURS, GATHER)),
        agree,
    )


def _many(data: Mapping[str, Any], threads: int, job: str) -> Contest:
    config = {**data, "count": MANY}
    more, shared = {**config, "threads": threads}, _spell(threads)
    return Contest(
        f"{job} over {len(HORIZONS)} horizons",
        (
            _score(OURS, {**config, "anew": True}),
            _score(f"{OURS}{shared}", {**more, "anew": True}, f"{GATHER}{shared}"),
            _score(LAID, config),
            _score(f"{LAID}{shared}", more, f"{GATHER}{shared}"),
            _limit(GATHER, "gather", config),
            _limit(f"{GATHER}{shared}", "gather", more),
            _limit(COPY, "copy", config),
        ),
        ((LAID, GATHER), (f"{LAID}{shared}", f"{GATHER}{shared}")),
        rounds=5,
    )


def _baskets(market: Market, data: Mapping[str, Any], folder: Path) -> list[Contest]:
    drawn = draw_baskets(market, BASKETS)
    path = folder / "baskets.npz"
    np.savez(path, columns=drawn.columns, decided=drawn.decided, left=drawn.left)

    def contest(count: int, peers: Mapping[str, str]) -> Contest:
        config = {**data, "count": count, "baskets": str(path), "cash": CASH}

        def agree(answers: Answers) -> str:
            for theirs in (answers[who] for who in peers if who in answers):
                np.testing.assert_allclose(theirs["growth"], answers[OURS]["growth"], 1e-9)
            return f"growth after costs of {count} is the same"

        return Contest(
            f"{count} baskets of 20 shares held" if count > 1 else "one basket of 20 shares held",
            (
                Contender(OURS, "ours.py", {"job": "baskets", **config}, limit=CLOSES),
                *(
                    Contender(who, f"peers/{script}", config, "", limit=CLOSES)
                    for who, script in peers.items()
                ),
                _limit(CLOSES, "closes", config),
            ),
            tuple((OURS, who) for who in peers),
            agree,
        )

    alone = {"bt": "bt_basket.py", "backtrader": "backtrader_basket.py"}
    vectorbt = {"vectorbt with rust": "vectorbt_baskets.py"}
    return [contest(BASKETS, vectorbt), contest(1, {**vectorbt, **alone})]


def _usual_sessions(market: Market) -> list[int]:
    """Return the number of sessions that each horizon has most often."""
    ends = lay_out(market, HORIZONS).schedule
    rows, columns = ends.rows[0], ends.ends[0]
    told = (rows >= 0)[:, None] & (columns <= ends.told[0])
    lengths = columns - np.arange(len(rows))[:, None]
    return [
        int(np.bincount(length[known]).argmax())
        for length, known in zip(lengths.T, told.T, strict=True)
    ]
