"""From raw closes to either basis, and from closes that include dividends to ones that do not."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from screener.calendar import Days
from screener.panel import CorporateAction, Floats
from universes.rating import Basis


def price_from_total(
    prices: Floats, factors: Floats, dates: Days, actions: Iterable[CorporateAction], decimals: int
) -> Floats:
    """Return prices on the price basis from prices on the total basis.

    Parameters
    ----------
    prices : ndarray, shape (T,)
        Closes or opens on the total basis.
    factors : ndarray, shape (T,)
        From `dividend_factors`.
    dates : ndarray of datetime64[D], shape (T,)
    actions : iterable of CorporateAction
        Of this security.
    decimals : int
        Of the exchange's tick; 0 for none. From the last bonus on, these are prices that the
        exchange printed, so they are rounded to its tick, which takes out the rounding of the
        total basis.
    """
    derived = prices / factors
    if not decimals:
        return derived
    bonuses = [action.ex_date for action in actions if action.bonus]
    printed = dates >= np.datetime64(max(bonuses)) if bonuses else np.ones(len(dates), np.bool_)
    return np.where(printed, np.round(derived, decimals), derived)


def raw_factors(
    dates: Days, close: Floats, actions: Iterable[CorporateAction], basis: Basis
) -> Floats:
    """Return what raw prices are multiplied by to stand on a basis, the last ones standing as is.

    Every price before an ex-date is multiplied by the theoretical ex-price over the close
    before it: ``(previous - cash + rights * price) / (1 + bonus + rights) / previous``, on the
    price basis without the cash.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        Ascending.
    close : ndarray, shape (T,)
        Raw closes; not a number where there was no trade.
    actions : iterable of CorporateAction
        All of this one security, cash as paid. One with no close before it, or none on or
        after it, changes no return and is passed over.
    basis : {"price", "total"}

    Returns
    -------
    ndarray, shape (T,)
        One from the last ex-date on.

    Notes
    -----
    The ex-price formula of the Shanghai and Shenzhen exchanges' trading rules.

    Examples
    --------
    Ten for ten and 1 in cash: 20 becomes 9.5 with the cash, 10 without.

    >>> days = np.array(["2024-06-13", "2024-06-14"], dtype="datetime64[D]")
    >>> paid = CorporateAction("300308.SZ", "2024-06-14", 1.0, 1.0, "high")
    >>> raw_factors(days, np.array([20.0, 9.6]), [paid], "total").tolist()
    [0.475, 1.0]
    >>> raw_factors(days, np.array([20.0, 9.6]), [paid], "price").tolist()
    [0.5, 1.0]
    """
    factors = np.ones(len(dates))
    traded = np.isfinite(close)
    for action in actions:
        before = dates < np.datetime64(action.ex_date)
        rows = np.flatnonzero(before & traded)
        if not rows.size or before[-1]:
            continue
        previous = close[rows[-1]]
        cash = action.cash if basis == "total" else 0.0
        paid_in = action.rights * action.rights_price
        shares = 1.0 + action.bonus + action.rights
        factors[before] *= (previous - cash + paid_in) / shares / previous
    return factors


def restate(
    actions: Iterable[CorporateAction], *, back: bool = False
) -> tuple[CorporateAction, ...]:
    """Return actions with cash divided by the shares that each one has become since.

    Parameters
    ----------
    actions : iterable of CorporateAction
        All of one security, cash as paid.
    back : bool
        Take restated cash back to what was paid.

    Returns
    -------
    tuple of CorporateAction
        By ex-date. A bonus of the same day does not count: cash is for each share before it.
    """
    shares = 1.0
    restated = []
    for action in sorted(actions, key=lambda each: each.ex_date, reverse=True):
        factor = shares if back else 1.0 / shares
        restated.append(
            replace(action, cash=action.cash * factor, rights_price=action.rights_price * factor)
        )
        shares *= 1.0 + action.bonus
    return tuple(reversed(restated))


def dividend_factors(dates: Days, total: Floats, actions: Iterable[CorporateAction]) -> Floats:
    """Return what each close is multiplied by when cash dividends are adjusted for.

    The total basis multiplies every close before an ex-date by the ex-price over the previous
    close. That close, as it was printed, is recovered from the total basis itself, newest
    action first: by then the factors of all later ones are known.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        Every session, ascending; with sessions left out the previous close is another one and
        the factor is wrong.
    total : ndarray, shape (T,)
        Closes on the total basis; not a number where there was no trade.
    actions : iterable of CorporateAction
        All of this one security, cash as paid. One after the last date is passed over: it
        would multiply every close alike, which no return shows.

    Returns
    -------
    ndarray, shape (T,)
        Above zero, at most one; one after the last ex-date.

    Notes
    -----
    CRSP's price adjustment factors, with the cash part alone; what bonus and rights issues
    do stays in both bases.

    Examples
    --------
    A dividend of 1 on a close of 10: the total basis shows 9 before it.

    >>> days = np.array(["2024-06-13", "2024-06-14"], dtype="datetime64[D]")
    >>> paid = CorporateAction("300308.SZ", "2024-06-14", 1.0, 0.0, "high")
    >>> dividend_factors(days, np.array([9.0, 9.5]), [paid]).tolist()
    [0.9, 1.0]
    """
    factors = np.ones(len(dates))
    later = shares_later = 1.0
    traded = np.isfinite(total)
    for action in sorted(actions, key=lambda each: each.ex_date, reverse=True):
        before = dates < np.datetime64(action.ex_date)
        rows = np.flatnonzero(before & traded)
        if not rows.size or before[-1]:
            continue
        paid_in = action.rights * action.rights_price
        shares = 1.0 + action.bonus + action.rights
        ex_price = total[rows[-1]] / (later * shares_later)
        previous = ex_price * shares + action.cash - paid_in
        later *= 1.0 - action.cash / (previous + paid_in)
        shares_later *= (previous + paid_in) / (shares * previous)
        factors[before] = later
    return factors
