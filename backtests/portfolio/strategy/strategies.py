"""Strategies: how money is divided among picks, as data."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from universes import InputError, Symbol
from universes.report import PICK_LEVELS
from universes.tables import Table, is_there, read_toml
from universes.text import Text

Weighing = Literal["equal", "level", "theme", "inverse_volatility", "given", "scheduled"]
Rebalancing = Literal["never", "monthly", "quarterly"]
Holding = Literal["data", "horizon"]

STRATEGIES_FILE = Path(__file__).parent / "strategies.toml"
# a schedule is what a rule found day by day, not something to write by hand
_WRITTEN = tuple(each for each in get_args(Weighing) if each != "scheduled")
_HAIR = 1e-9
_FEWEST_RETURNS = 2


@dataclass(frozen=True)
class Strategy:
    """How money is divided, when it is divided anew, when a position is closed.

    Attributes
    ----------
    id : str
    title, note : Text
    weigh : {"equal", "level", "theme", "inverse_volatility", "given", "scheduled"}
    rebalance : {"never", "monthly", "quarterly"}
        Decided at the close of the period's last session.
    hold : {"data", "horizon"}
        To the end of the prices, or of the rating standard's horizon.
    stop : float or None
        A pick is sold for good once it is this fraction behind its benchmark.
    levels : mapping of str to float
        Weights of the report's levels against each other.
    lookback : int
        Sessions that a volatility is measured over.
    weights : mapping of str to float
        By symbol; what they leave over stays in cash.
    schedule : mapping of date to mapping of str to float
        The weights decided at each day's close, by symbol; what is not named is sold, and
        nothing is dealt in between. Only where ``weigh`` is scheduled, which takes neither a
        rebalancing nor a horizon nor a stop besides.
    """

    id: str
    title: Text
    note: Text
    weigh: Weighing
    rebalance: Rebalancing = "never"
    hold: Holding = "data"
    stop: float | None = None
    levels: Mapping[str, float] = field(default_factory=dict)
    lookback: int = 0
    weights: Mapping[str, float] = field(default_factory=dict)
    schedule: Mapping[dt.date, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check every choice once; a file's faults are told with their lines before."""
        for name, known in (
            ("weigh", get_args(Weighing)),
            ("rebalance", get_args(Rebalancing)),
            ("hold", get_args(Holding)),
        ):
            if getattr(self, name) not in known:
                raise InputError(
                    f"{self.id}: unknown {name} {getattr(self, name)!r}",
                    f"write one of: {', '.join(known)}",
                )
        given = [self.weights, *self.schedule.values()]
        shares = [share for each in (self.levels, *given) for share in each.values()]
        if not all(math.isfinite(each) and each >= 0 for each in shares):
            raise InputError(f"{self.id}: a weight is below zero or no number", "mend the weights")
        if any(math.fsum(each.values()) > 1 + _HAIR for each in given):
            raise InputError(f"{self.id}: the weights add up to over 1", "write 1 or less")
        self._check_schedule()
        if self.stop is not None and not 0 < self.stop < 1:
            raise InputError(f"{self.id}: a stop of {self.stop:g}", "write 0.15 for 15 points")
        if self.weigh == "inverse_volatility" and self.lookback < _FEWEST_RETURNS:
            raise InputError(
                f"{self.id}: a lookback of {self.lookback} sessions",
                f"write {_FEWEST_RETURNS} or more",
            )

    def _check_schedule(self) -> None:
        if (self.weigh == "scheduled") != bool(self.schedule):
            raise InputError(
                f"{self.id}: a schedule goes with the weighing 'scheduled', and it with a schedule",
                "give both or neither",
            )
        if self.schedule and (self.rebalance, self.hold, self.stop) != ("never", "data", None):
            raise InputError(
                f"{self.id}: a schedule says itself when to deal",
                "leave out rebalance, hold and stop",
            )


@cache
def list_strategies() -> tuple[str, ...]:
    """Return the ids of the shipped strategies."""
    return tuple(read_toml(STRATEGIES_FILE).names())


def load_strategies(names: Sequence[str] = ()) -> tuple[Strategy, ...]:
    """Load strategies, each once, in the order named.

    Parameters
    ----------
    names : sequence of str
        Ids of shipped ones, or paths of files in the layout of ``strategies.toml``, all of
        whose strategies are taken. Empty: all that are shipped.

    Raises
    ------
    InputError
        If there is no such strategy, or two have one id.
    FaultyFileError
        If a file has faults; all are listed.

    Examples
    --------
    >>> [each.rebalance for each in load_strategies(["buy_and_hold", "equal_monthly"])]
    ['never', 'monthly']
    """
    shipped = {each.id: each for each in _read_file(STRATEGIES_FILE)}
    chosen: list[Strategy] = []
    for name in names or shipped:
        found = [shipped[name]] if name in shipped else _read_named(name)
        for strategy in found:
            others = [each for each in chosen if each.id == strategy.id]
            if any(each != strategy for each in others):
                raise InputError(f"two strategies are called {strategy.id!r}", "rename one")
            if not others:
                chosen.append(strategy)
    return tuple(chosen)


def trace_strategy(strategy: Strategy) -> dict[str, Any]:
    """Return everything that a strategy says, as JSON values; a schedule by its days."""
    told = asdict(strategy)
    schedule = told.pop("schedule")
    if schedule:
        told["schedule"] = {day.isoformat(): schedule[day] for day in sorted(schedule)}
    return told


def _read_named(name: str) -> tuple[Strategy, ...]:
    path = Path(name)
    if path.suffix != ".toml" or not is_there(path):
        raise InputError(
            f"unknown strategy {name!r}",
            f"write one of: {', '.join(list_strategies())}, or the path of a .toml file",
        )
    return _read_file(path)


def _read_file(path: Path) -> tuple[Strategy, ...]:
    table = read_toml(path)
    rows = [_read_strategy(name, table.table(name)) for name in table.names()]
    table.faults.raise_if_any()
    return tuple(Strategy(**row) for row in rows)


def _read_strategy(name: str, table: Table) -> dict[str, Any]:
    weigh = table.choice("weigh", _WRITTEN)
    stop = table.number("stop") if table.has("stop") else None
    if stop is not None and not 0 < stop < 1:
        table.fault("stop", f"{stop:g} is no fraction", "write 0.15 for 15 percentage points")
    row = {
        "id": name,
        "title": table.bilingual("title"),
        "note": table.bilingual("note") if table.has("note") else Text("", ""),
        "weigh": weigh,
        "rebalance": table.choice("rebalance", get_args(Rebalancing), default="never"),
        "hold": table.choice("hold", get_args(Holding), default="data"),
        "stop": stop,
        "levels": _read_levels(table.table("levels")) if weigh == "level" else {},
        "lookback": table.count("lookback") if weigh == "inverse_volatility" else 0,
        "weights": _read_weights(table.table("weights")) if weigh == "given" else {},
    }
    table.finish()
    return row


def _read_levels(table: Table) -> dict[str, float]:
    levels = {name: table.number(name) for name in table.names()}
    for name, value in levels.items():
        if name not in PICK_LEVELS:
            table.fault(name, f"unknown level {name!r}", f"write: {', '.join(PICK_LEVELS)}")
        elif value < 0:
            table.fault(name, "a weight is below zero", "short selling is not allowed")
    if not any(value > 0 for value in levels.values()):
        table.fault("", "no level has a weight above zero", "write recommend = 2.0, watch = 1.0")
    return levels


def _read_weights(table: Table) -> dict[str, float]:
    weights = {}
    for name in table.names():
        weight = table.number(name)
        if weight < 0:
            table.fault(name, "a weight is below zero", "short selling is not allowed")
        try:
            symbol = str(Symbol.parse(name))
        except InputError as error:
            table.fault(name, error.message, error.remedy)
            continue
        if symbol in weights:
            table.fault(name, f"{symbol} stands twice", "keep one of them")
        weights[symbol] = weight
    total = math.fsum(weights.values())
    if total > 1 + _HAIR:
        table.fault(
            "", f"the weights add up to {total:g}, over 1", "money is not borrowed: write 1 or less"
        )
    return weights
