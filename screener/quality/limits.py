"""The widest daily price limit of each board."""

from functools import cache
from pathlib import Path

from universes import Symbol
from universes.tables import read_toml

LIMITS_FILE = Path(__file__).parent / "limits.toml"


@cache
def limit_of(symbol: str) -> float:
    """Return a security's price limit as a fraction of the previous close; 0 for none."""
    parsed = Symbol.parse(symbol)
    known = parsed.exchange.find(parsed.code)
    return _read_limits().get((parsed.suffix, known.board), 0.0) if known else 0.0


@cache
def _read_limits() -> dict[tuple[str, str], float]:
    table = read_toml(LIMITS_FILE)
    limits = {}
    for suffix in table.names():
        boards = table.table(suffix)
        limits.update({(suffix, board): boards.number(board) for board in boards.names()})
    table.faults.raise_if_any()
    return limits
