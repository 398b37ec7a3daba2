"""How far from the previous close a share may trade on a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path

from universes.errors import InputError
from universes.exchange import list_exchanges
from universes.symbol import Symbol
from universes.tables import Table, read_toml

LIMITS_FILE = Path(__file__).parent / "limits.toml"
_OF_EXCHANGE = ("tick", "unlimited")
_MOST_SESSIONS = 20
_WHOLE = 100


@dataclass(frozen=True)
class FirstSession:
    """How far the first session after listing may leave the issue price.

    Attributes
    ----------
    rise, fall : float
        Fractions of the issue price, both above zero.
    verified : bool
        Whether a source confirmed it.
    """

    rise: float
    fall: float
    verified: bool


@dataclass(frozen=True)
class Limit:
    """A daily price limit.

    Attributes
    ----------
    fraction : float
        Of the previous close, up and down.
    free_sessions : int
        The first sessions after listing that have no limit.
    tick : float
        The step of prices to which a limit price is rounded, in the listing currency.
    first_session : FirstSession or None
        What holds the first session instead, where something else does.
    verified : bool
        Whether a source confirmed the limit.
    source : str
        The rule or notice.
    """

    fraction: float
    free_sessions: int
    tick: float
    first_session: FirstSession | None
    verified: bool
    source: str


@dataclass(frozen=True)
class BoardLimit:
    """The limits of a board from a day until the next begins.

    Attributes
    ----------
    since : date
    ordinary, special : Limit
        Of shares under special treatment, and of all others.
    """

    since: dt.date
    ordinary: Limit
    special: Limit


Limits = Mapping[tuple[str, str], tuple[BoardLimit, ...]]


def price_limit(symbol: str, day: dt.date, *, special: bool = False) -> Limit | None:
    """Return a security's price limit on a day, or None where it has none.

    Parameters
    ----------
    symbol : str
        In any spelling.
    day : date
    special : bool
        Whether the share is under special treatment (ST) that day.

    Raises
    ------
    InputError
        If nothing is recorded of the board, or not for so early a day.

    Examples
    --------
    >>> price_limit("300308.SZ", dt.date(2020, 8, 21)).fraction
    0.1
    >>> price_limit("300308.SZ", dt.date(2020, 8, 24)).fraction
    0.2
    """
    rows = _rows_of(symbol)
    for row in reversed(rows):
        if row.since <= day:
            return row.special if special else row.ordinary
    if rows:
        raise InputError(
            f"the price limit of {symbol} is not known on {day}",
            f"begin on {rows[0].since} or later",
        )
    return None


def widest_limit(symbol: str) -> float:
    """Return the widest limit that a security's board ever had, as a fraction.

    It is 0 where the board has none or none is recorded.
    """
    rows = _load_limits().get(_place_of(Symbol.parse(symbol)), ())
    return max((row.ordinary.fraction for row in rows), default=0.0)


# asked for every day of a security's prices
@lru_cache(maxsize=65536)
def _rows_of(symbol: str) -> tuple[BoardLimit, ...]:
    parsed = Symbol.parse(symbol)
    place = _place_of(parsed)
    if place in _load_limits():
        return _load_limits()[place]
    if not parsed.takes_basis:
        return ()
    kept = ", ".join(f"{suffix} {board}" for suffix, board in _load_limits())
    raise InputError(
        f"no price limits are recorded for {parsed} ({' '.join(place)})",
        f"leave it out; they are for {kept}",
    )


def _place_of(symbol: Symbol) -> tuple[str, str]:
    known = symbol.exchange.find(symbol.code)
    return symbol.suffix, known.board if known else ""


@cache
def _load_limits() -> Limits:
    return read_limits(LIMITS_FILE)


def read_limits(path: Path) -> Limits:
    """Read a file of price limits: the rows of each exchange and board, oldest first.

    A board without limits has no rows.

    Raises
    ------
    FaultyFileError
        If a board is unknown or has no rows, rows are out of order, or a figure is no limit.
    """
    table = read_toml(path)
    limits: dict[tuple[str, str], tuple[BoardLimit, ...]] = {}
    for suffix in table.names():
        own = table.table(suffix)
        if suffix not in list_exchanges():
            known = ", ".join(list_exchanges())
            table.fault(suffix, f"unknown exchange {suffix!r}", f"write one of: {known}")
            continue
        for board in own.texts("unlimited"):
            _check_board(own, "unlimited", suffix, board)
            limits[suffix, board] = ()
        for board in own.names():
            if board not in _OF_EXCHANGE:
                _check_board(own, board, suffix, board)
                limits[suffix, board] = _read_board(own, board)
    table.faults.raise_if_any()
    return limits


def _check_board(table: Table, key: str, suffix: str, board: str) -> None:
    boards = {known.board for known in list_exchanges()[suffix].codes}
    if board not in boards:
        known = ", ".join(sorted(boards))
        table.fault(key, f"{suffix} has no board {board!r}", f"its boards are: {known}")


def _read_board(table: Table, board: str) -> tuple[BoardLimit, ...]:
    tick = table.number("tick")
    if tick <= 0:
        table.fault("tick", "is not above zero", "write the smallest step of a price")
    rows = table.tables(board)
    limits = tuple(_read_row(row, tick) for row in rows)
    if not limits:
        table.fault(board, "the board has no limits", "add it to unlimited, or give it a row")
    for row, (earlier, later) in zip(rows[1:], pairwise(limits), strict=True):
        if later.since <= earlier.since:
            row.fault("from", "is not after the row before", "put the rows in order of time")
    return limits


def _read_row(row: Table, tick: float) -> BoardLimit:
    free = row.number("free_sessions")
    if not free.is_integer() or not 0 <= free <= _MOST_SESSIONS:
        row.fault("free_sessions", f"{free:g} is no count of sessions", "write 0 or a few")
    first = _read_first(row.table("first_session")) if row.has("first_session") else None
    since = row.day("from")
    ordinary = _read_limit(row, int(free), tick, first)
    special = ordinary
    if row.has("special"):
        own = row.table("special")
        special = _read_limit(own, int(free), tick, first)
        own.finish()
    row.finish()
    return BoardLimit(since, ordinary, special)


def _read_limit(table: Table, free: int, tick: float, first: FirstSession | None) -> Limit:
    fraction = _read_percent(table, "percent")
    return Limit(fraction, free, tick, first, table.flag("verified"), table.text("source"))


def _read_first(table: Table) -> FirstSession:
    first = FirstSession(
        rise=_read_percent(table, "rise_percent"),
        fall=_read_percent(table, "fall_percent"),
        verified=table.flag("verified"),
    )
    table.finish()
    return first


def _read_percent(table: Table, key: str) -> float:
    percent = table.number(key)
    if not 0 < percent < _WHOLE:
        table.fault(key, f"{percent:g}% is no limit", "write percentage points: 10 is 10%")
    return percent / _WHOLE
