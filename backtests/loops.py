"""The arithmetic of scoring, over many recommendations.

The loops are written so that they can be compiled (`backtests.compiled`) and give the same to
the last bit when they are not. All is in numbers: a day counts from the first of the schedule,
a session from the first of its exchange, and an outcome is a `backtests.outcome.Outcome`. Each is
one function, as one that is compiled can call no other, with arguments by place alone.

Prices lie scattered in memory. A processor fetches many at once only where nothing is decided in
between, and does arithmetic on many at once where it is the same for all: so each step is a loop of
its own, and what is out of the ordinary is settled in one between them. An index without a sign
is taken as it is; one with a sign is first asked whether it counts from the end.
"""

import math

from numpy import uintp

from backtests.outcome import Outcome
from backtests.schedule import Codes, Flags, Places
from screener.panel import Floats

_SCORED = int(Outcome.SCORED)
_PENDING_ENTRY = int(Outcome.PENDING_ENTRY)
_PENDING_EXIT = int(Outcome.PENDING_EXIT)
_PENDING_BENCHMARK = int(Outcome.PENDING_BENCHMARK)
_NO_PRICES = int(Outcome.NO_PRICES)
_NOT_RECORDED = int(Outcome.NOT_RECORDED)
_HALTED = int(Outcome.HALTED)
_NOT_LISTED = int(Outcome.NOT_LISTED)
_NO_OPEN = int(Outcome.NO_OPEN)
_NO_BENCHMARK = int(Outcome.NO_BENCHMARK)
_CLOSED = int(Outcome.CLOSED)


def enter_each(  # noqa: C901, PLR0912 - see above
    symbol: Places,
    day: Places,
    calendar: Places,
    wanted: Places,
    recorded: Flags,
    last: Places,
    begun: Places,
    start: Floats,
    close: Floats,
    delay: int,
    back: bool,  # noqa: FBT001 - see above
    opens: bool,  # noqa: FBT001 - see above
    entry: Places,
    entered: Codes,
    about: Places,
    paid: Floats,
) -> None:
    """Find the session on which each recommendation is entered.

    Parameters
    ----------
    symbol, day : ndarray of int, shape (K,)
    calendar : ndarray of int, shape (M,)
        Of each symbol.
    wanted : ndarray of int, shape (G, D)
        Of each calendar, the session to enter on for each day.
    recorded : ndarray of bool, shape (G, S)
        Whether prices of the session are kept, of any security.
    last : ndarray of int, shape (G,)
        The last session that is recorded, -1 for none.
    begun : ndarray of int, shape (M,)
        The first session with a close, -1 for none.
    start, close : ndarray, shape (M, S)
        Prices at which positions begin and end, on the sessions of each one's exchange; not a
        number without a trade.
    delay : int
        Sessions that an entry may wait, or with ``back`` lie back.
    back : bool
        Whether an entry that cannot be had on the session wanted is sought before it.
    opens : bool
        Whether positions begin at another price than the close.
    entry, entered, about, paid : ndarray, shape (K,)
        Written to: the session entered on, -1 for none; SCORED or why there is none; the
        session that speaks of; and the price, not a number for none.
    """
    for k in range(len(symbol)):
        owner = uintp(symbol[k])
        session = wanted[uintp(calendar[owner]), uintp(day[k])]
        about[k] = session
        paid[k] = close[owner, uintp(session)]
    for k in range(len(symbol)):
        entry[k] = about[k]
        entered[k] = _SCORED
        if not math.isnan(paid[k]):
            continue
        own = symbol[k]
        where = calendar[own]
        session = about[k]
        final = last[where]
        entry[k] = -1
        if begun[own] < 0:
            entered[k] = _NO_PRICES
            continue
        if session > final:
            entered[k] = _PENDING_ENTRY
            continue
        step = -1 if back else 1
        limit = session + step * delay
        end = max(limit, 0) if back else min(limit, final)
        code = -1
        while (end - session) * step >= 0:
            paid[k] = close[own, session]
            if not math.isnan(paid[k]):
                code = _SCORED
                entry[k] = session
                break
            if not recorded[where, session]:
                code = _NOT_RECORDED
                break
            session += step
        if code >= 0:
            about[k] = session
        elif not back and limit > final:
            code = _PENDING_ENTRY
        elif begun[own] < about[k]:
            code = _HALTED
        else:
            code = _NOT_LISTED
            about[k] = begun[own]
        entered[k] = code
    if opens:
        for k in range(len(symbol)):
            if entry[k] >= 0:
                paid[k] = start[symbol[k], entry[k]]


def leave_each(  # noqa: C901, PLR0912, PLR0915 - see above
    symbol: Places,
    benchmark: Places,
    standard: Codes,
    until: Places,
    calendar: Places,
    usual: Places,
    ending: Codes,
    recorded: Flags,
    last: Places,
    told: Places,
    close: Floats,
    level_in: Floats,
    level_out: Floats,
    moved: Floats,
    gone: Flags,
    least: Floats,
    as_ratio: bool,  # noqa: FBT001 - see above
    entry: Places,
    entered: Codes,
    about: Places,
    paid: Floats,
    seen: Places,
    own_return: Floats,
    benchmark_return: Floats,
    relative: Floats,
    grade: Codes,
    outcome: Codes,
) -> None:
    """Leave each recommendation at the end of each horizon, and grade what it earned.

    Parameters
    ----------
    symbol, benchmark, standard : ndarray of int, shape (K,)
    until : ndarray of int, shape (K,)
        The session on which it is left at the latest.
    calendar : ndarray of int, shape (M,)
    usual, ending : ndarray of int, shape (G, S, H)
    moved : ndarray, shape (B, G, S, H)
        The sessions, outcomes and benchmarks' returns of `backtests.exits.Exits`.
    recorded : ndarray of bool, shape (G, S)
    last, told : ndarray of int, shape (G,)
        The last session that is recorded, and the last of which prices are told.
    close : ndarray, shape (M, S)
    level_in, level_out : ndarray, shape (B, G, S)
        Of each benchmark on each calendar's sessions, at an entry and at an exit.
    gone : ndarray of bool, shape (B, G, S)
        Whether its prices have ended before that session.
    least : ndarray, shape (Q, E)
        Of each standard, the least return of each grade but the worst; not a number for none.
    as_ratio : bool
        Whether returns are set against each other as a ratio.
    entry, entered, about, paid
        As `enter_each` writes them.
    seen : ndarray of int, shape (K, H)
        Written to, as all that follow: the session of the exit price, or the one that is not
        recorded; -1 for neither.
    own_return, benchmark_return, relative : ndarray, shape (K, H)
        Fractions; not a number unless scored.
    grade : ndarray of int8, shape (K, H)
        The band counted from the worst; -1 unless scored.
    outcome : ndarray of int8, shape (K, H)
    """
    count, horizons = seen.shape
    nowhere = close.shape[1] - 1
    for k in range(count):
        where = uintp(calendar[uintp(symbol[k])])
        first = uintp(max(entry[k], 0))
        for h in range(horizons):
            seen[k, h] = min(usual[where, first, h], until[k])
    for k in range(count):
        where = uintp(calendar[uintp(symbol[k])])
        first = uintp(max(entry[k], 0))
        for h in range(horizons):
            outcome[k, h] = ending[where, first, h]
    for k in range(count):
        where = uintp(calendar[uintp(symbol[k])])
        first = uintp(max(entry[k], 0))
        against = uintp(benchmark[k])
        for h in range(horizons):
            benchmark_return[k, h] = moved[against, where, first, h]
    for k in range(count):
        own = uintp(symbol[k])
        for h in range(horizons):
            own_return[k, h] = close[own, uintp(seen[k, h])]

    for k in range(count):
        entered_on = entry[k]
        unusual = entered_on < 0
        for h in range(horizons):
            missing = math.isnan(own_return[k, h] + benchmark_return[k, h] + paid[k])
            unusual |= (missing & (outcome[k, h] == _SCORED)) | (seen[k, h] == until[k])
        if not unusual:
            continue
        place = symbol[k]
        exchange = calendar[place]
        index = benchmark[k]
        for h in range(horizons):
            end = seen[k, h]
            code = _SCORED
            session = nowhere
            price = market = math.nan
            if entered_on < 0:
                code = entered[k]
                if code == _PENDING_ENTRY and until[k] <= max(last[exchange], about[k]):
                    code = _CLOSED
            elif outcome[k, h] == _PENDING_ENTRY:
                code = _PENDING_ENTRY
            elif until[k] <= entered_on:
                code = _CLOSED
            elif end > told[exchange]:
                code = _PENDING_EXIT
            else:
                session = end
                price = own_return[k, h]
                while math.isnan(price) and recorded[exchange, session]:
                    session -= 1
                    price = close[place, session]
                if math.isnan(price):
                    code = _NOT_RECORDED
            if code == _SCORED:
                market = level_out[index, exchange, end] / level_in[index, exchange, entered_on]
                market -= 1.0
                if math.isnan(paid[k]):
                    code = _NO_OPEN
                elif math.isnan(market):
                    code = _PENDING_BENCHMARK if gone[index, exchange, end] else _NO_BENCHMARK
            if code != _SCORED:
                price = market = math.nan
            seen[k, h] = session
            own_return[k, h] = price
            benchmark_return[k, h] = market
            outcome[k, h] = code

    for k in range(count):
        for h in range(horizons):
            seen[k, h] -= (seen[k, h] == nowhere) * (nowhere + 1)
    for k in range(count):
        bounds = least[uintp(standard[k])]
        for h in range(horizons):
            earned = own_return[k, h] / paid[k] - 1.0
            against_it = benchmark_return[k, h]
            apart = (1.0 + earned) / (1.0 + against_it) - 1.0 if as_ratio else earned - against_it
            band = (outcome[k, h] == _SCORED) - 1
            for bound in range(len(bounds)):
                band += apart >= bounds[bound]
            own_return[k, h] = earned
            relative[k, h] = apart
            grade[k, h] = band
