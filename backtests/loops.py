"""The arithmetic of scoring, one recommendation at a time.

The loops are written so that they can be compiled (`backtests.compiled`) and give the same to
the last bit when they are not. All is in numbers: a day counts from the first of the schedule,
a session from the first of its exchange, and an outcome is a `backtests.outcome.Outcome`. Each is
one function, as one that is compiled can call no other, with arguments by place alone.

Prices lie scattered in memory, and a processor fetches many at once only where nothing else is
done between: so each function first gathers the prices that are mostly the ones, then thinks.
"""

import math

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


def enter_each(  # noqa: C901 - see above
    symbol: Places,
    day: Places,
    calendar: Places,
    after: Places,
    recorded: Flags,
    last: Places,
    begun: Places,
    start: Floats,
    close: Floats,
    delay: int,
    back: bool,  # noqa: FBT001 - see above
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
    after : ndarray of int, shape (G, D)
        Of each calendar, the first session after each day.
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
        Whether to enter on the last session up to the day, and not on the first after it.
    entry, entered, about, paid : ndarray, shape (K,)
        Written to: the session entered on, -1 for none; SCORED or why there is none; the
        session that speaks of; and the price, not a number for none.
    """
    latest = close.shape[1] - 1
    shift = 1 if back else 0
    for k in range(len(symbol)):
        own = symbol[k]
        about[k] = after[calendar[own], day[k]] - shift
        paid[k] = close[own, min(max(about[k], 0), latest)]
    for k in range(len(symbol)):
        own = symbol[k]
        where = calendar[own]
        wanted = about[k]
        final = last[where]
        price = paid[k]
        entry[k] = -1
        paid[k] = math.nan
        if begun[own] < 0:
            entered[k] = _NO_PRICES
            continue
        if wanted > final:
            entered[k] = _PENDING_ENTRY
            continue
        step = -1 if back else 1
        limit = wanted + step * delay
        end = max(limit, 0) if back else min(limit, final)
        session = wanted
        code = -1
        while (end - session) * step >= 0 and session >= 0:
            if not math.isnan(price):
                code = _SCORED
                entry[k] = session
                paid[k] = start[own, session]
                break
            if not recorded[where, session]:
                code = _NOT_RECORDED
                break
            session += step
            price = close[own, min(max(session, 0), latest)]
        if code >= 0:
            about[k] = session
        elif not back and limit > final:
            code = _PENDING_ENTRY
        elif begun[own] < wanted:
            code = _HALTED
        else:
            code = _NOT_LISTED
            about[k] = begun[own]
        entered[k] = code


def leave_each(  # noqa: C901, PLR0912, PLR0915 - see above
    symbol: Places,
    benchmark: Places,
    standard: Codes,
    until: Places,
    calendar: Places,
    ends: Places,
    recorded: Flags,
    last: Places,
    told: Places,
    close: Floats,
    level_in: Floats,
    level_out: Floats,
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
    ends : ndarray of int, shape (G, S, H)
        The session on which each horizon ends for each entry; below the entry where it lies
        before, and the number of sessions where it is not known yet.
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
    latest = close.shape[1] - 1
    for k in range(len(symbol)):
        own = symbol[k]
        where = calendar[own]
        first = max(entry[k], 0)
        for h in range(seen.shape[1]):
            seen[k, h] = min(ends[where, first, h], until[k])
            own_return[k, h] = close[own, min(max(seen[k, h], 0), latest)]
    for k in range(len(symbol)):
        own = symbol[k]
        where = calendar[own]
        against = benchmark[k]
        given = standard[k]
        first = entry[k]
        level = level_in[against, where, first]
        for h in range(seen.shape[1]):
            end = seen[k, h]
            code = _SCORED
            session = -1
            price = math.nan
            if first < 0:
                code = entered[k]
                if code == _PENDING_ENTRY and until[k] <= max(last[where], about[k]):
                    code = _CLOSED
            elif ends[where, first, h] < first:
                code = _PENDING_ENTRY
            elif until[k] <= first:
                code = _CLOSED
            elif end > told[where]:
                code = _PENDING_EXIT
            else:
                session = end
                price = own_return[k, h]
                while math.isnan(price) and recorded[where, session]:
                    session -= 1
                    price = close[own, session]
                if math.isnan(price):
                    code = _NOT_RECORDED
            seen[k, h] = session
            earned = price / paid[k] - 1.0
            market = math.nan
            if code == _SCORED:
                market = level_out[against, where, end] / level - 1.0
                if math.isnan(earned):
                    code = _NO_OPEN
                elif math.isnan(market):
                    code = _PENDING_BENCHMARK if gone[against, where, end] else _NO_BENCHMARK
            if code != _SCORED:
                earned = market = math.nan
            apart = (1.0 + earned) / (1.0 + market) - 1.0 if as_ratio else earned - market
            band = -1
            if code == _SCORED:
                band = 0
                for bound in range(least.shape[1]):
                    band += apart >= least[given, bound]
            own_return[k, h] = earned
            benchmark_return[k, h] = market
            relative[k, h] = apart
            grade[k, h] = band
            outcome[k, h] = code
