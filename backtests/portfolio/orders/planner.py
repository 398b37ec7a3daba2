"""Turns wanted weights into deals that could have been struck, session by session.

A decision made at the close of one row is acted on from the next row on: `plan_deals` is the
one place where that step is taken. Each security waits for its own exchange's next session; an
order that cannot be filled then is tried again on the one after, at that session's prices.
"""

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.market.tape import Tape
from backtests.portfolio.orders.conditions import Conditions
from backtests.portfolio.orders.journal import Journal
from backtests.portfolio.orders.ledger import Books, Ledger, Reason
from backtests.portfolio.strategy.decisions import Decisions
from backtests.schedule import Codes, Flags
from screener.panel import Floats

_HAIR = 1e-9


def plan_deals(tape: Tape, books: Books, decisions: Decisions, conditions: Conditions) -> Ledger:
    """Plan every deal of some portfolios.

    Parameters
    ----------
    tape : Tape
    books : Books
    decisions : Decisions
        Weights of all K positions. Each row's weights in a book add up to one at most.
    conditions : Conditions
        Of the K positions.

    Returns
    -------
    Ledger
    """
    planner = Planner(tape, books, conditions)
    decided = dict(zip(decisions.rows, decisions.weights, strict=True))
    acts = np.any((tape.dividend != 0) | (tape.growth != 1), axis=1)
    for row in range(1, len(tape.dates)):
        if acts[row]:
            planner.take_actions(row)
        if row - 1 in decided:
            planner.want(decided[row - 1])
        planner.trade(row)
    return planner.ledger()


class Planner:
    """The state of portfolios while they are planned; rows must be given in order.

    Parameters
    ----------
    tape : Tape
    books : Books
    conditions : Conditions
    """

    def __init__(self, tape: Tape, books: Books, conditions: Conditions) -> None:
        self._tape, self._books, self._conditions = tape, books, conditions
        count = len(books.columns)
        self._shares = np.zeros(count)
        self._wanted = np.full(count, np.nan)
        self._bought = np.zeros(count)
        self._bought_on = np.full(count, -1)
        self._cash = np.full(len(books.starts), books.cash)
        self._of = books.of
        self._journal = Journal(len(tape.dates), count, len(books.starts), conditions.codes)

    def want(self, weights: Floats) -> None:
        """Take a decision, shape (K,); not a number leaves a position, and its order, alone."""
        self._wanted = np.where(np.isnan(weights), self._wanted, weights)

    def take_actions(self, row: int) -> None:
        """Pay dividends and issue bonus shares on an ex-date, to what was held before it.

        A fraction of a share that a bonus leaves is kept, and sold with the rest.
        """
        columns = self._books.columns
        cash = self._tape.dividend[row] * self._tape.rate[row]
        # what is not held may have no rate yet
        paid = np.where(self._shares > 0, self._shares * cash[columns], 0.0)
        self._add_cash(np.arange(len(columns)), paid)
        growth = self._tape.growth[row, columns]
        self._shares = self._shares * growth
        self._journal.receive(row, paid)
        self._journal.keep(row, self._shares, self._cash)

    def trade(self, row: int) -> None:
        """Try every order that is wanted and whose exchange is open."""
        columns = self._books.columns
        which = np.flatnonzero(~np.isnan(self._wanted))
        which = which[self._tape.is_open[row, columns[which]]]
        if not which.size:
            return
        gap = self._gap(row, which)
        selling = which[(gap < 0) & (self._shares[which] > 0)]
        buying = which[gap > 0]
        stuck = self._sell(row, selling, -gap[np.isin(which, selling)])
        self._wanted[which[gap == 0]] = np.nan
        self._buy(row, buying, gap[gap > 0], stuck)
        self._journal.keep(row, self._shares, self._cash)

    def ledger(self) -> Ledger:
        """Return all that was planned."""
        return self._journal.close(self._tape, self._books)

    def _gap(self, row: int, which: Rows) -> Floats:
        """Return the wanted value of positions less what they are worth, shape (M,).

        In the portfolio's currency.
        """
        columns = self._books.columns
        worth = self._tape.mark[row] * self._tape.rate[row]
        held = np.where(self._shares == 0, 0.0, self._shares * worth[columns])
        equity = self._cash + self._books.sum(held)
        wanted = self._wanted[which]
        return wanted * equity[self._of[which]] - held[which]

    def _sell(self, row: int, which: Rows, value: Floats) -> Flags:
        """Sell for a value, and return of which books a sale is stuck, shape (G,)."""
        price, rate = self._quote(row, which)
        held = self._shares[which]
        part = np.minimum(value / (self._mark(row, which) * rate), held)
        shares = np.where(self._wanted[which] == 0, held, part)
        shares = self._conditions.release(which, shares, held)
        reason = self._judge(row, which, price, self._tape.floor, Reason.LIMIT_DOWN)
        free = held - np.where(self._bought_on[which] == row, self._bought[which], 0.0)
        free = np.where(self._conditions.same_session[which], held, free)
        filled = np.where(reason == 0, np.minimum(shares, free), 0.0)
        reason = np.where((reason == 0) & (shares > free), Reason.BOUGHT_TODAY, reason)
        worthless = self._costs_more(row, which, filled, price)
        filled = np.where(worthless, 0.0, filled)
        reason = np.where(worthless, Reason.COSTS, reason)
        failed = (reason != 0) & (shares > 0)
        self._journal.skip(row, which, -shares, -filled, reason, failed, carried=failed)
        self._deal(row, which, -filled, price, rate)
        self._wanted[which[~failed]] = np.nan
        stuck = np.zeros(len(self._cash), dtype=np.bool_)
        stuck[self._of[which[failed & ~worthless]]] = True
        return stuck

    def _costs_more(self, row: int, which: Rows, shares: Floats, price: Floats) -> Flags:
        """Tell of which sales the costs exceed the proceeds, shape (M,)."""
        value = np.where(shares > 0, shares * price, 0.0)
        sells = np.ones(len(which), dtype=np.bool_)
        costs = self._conditions.charge(self._tape.dates[row], which, value, sells)
        return np.asarray(costs.sum(axis=0) > value)

    def _buy(self, row: int, which: Rows, budget: Floats, stuck: Flags) -> None:
        """Buy for a budget, costs included, as far as the cash goes."""
        day, lots = self._tape.dates[row], self._conditions.lots
        price, rate = self._quote(row, which)
        reason = self._judge(row, which, price, self._tape.ceiling, Reason.LIMIT_UP)
        if lots is not None:
            reason = np.where((reason == 0) & ~lots.known[which], Reason.LOT_UNKNOWN, reason)
        usual = np.where(np.isnan(price), self._mark(row, which), price)
        wanted = self._conditions.afford(day, which, budget / rate, usual)
        clear = reason == 0
        share = self._ration(which, np.where(clear, budget, 0.0))
        filled = np.where(clear, wanted, 0.0)
        cut = clear & (share < 1.0 - _HAIR)
        filled[cut] = self._conditions.afford(
            day, which[cut], (budget * share / rate)[cut], usual[cut]
        )
        short = cut & (filled < wanted) & ((lots is not None) | stuck[self._of[which]])
        reason = np.where(short, Reason.CASH, reason)
        small = clear & (wanted == 0) & (self._shares[which] == 0)
        reason = np.where(small, Reason.BELOW_A_LOT, reason)
        # cash that a stuck sale will bring is waited for
        waits = np.isin(reason, _PASSING) | (short & stuck[self._of[which]])
        asked = np.where(wanted > 0, wanted, budget / (usual * rate))
        self._journal.skip(row, which, asked, filled, reason, reason != 0, carried=waits)
        self._deal(row, which, filled, price, rate)
        self._wanted[which[~waits]] = np.nan

    def _quote(self, row: int, which: Rows) -> tuple[Floats, Floats]:
        columns = self._books.columns[which]
        return self._tape.deal[row, columns], self._tape.rate[row, columns]

    def _mark(self, row: int, which: Rows) -> Floats:
        marks: Floats = self._tape.mark[row, self._books.columns[which]]
        return marks

    def _judge(self, row: int, which: Rows, price: Floats, bound: Floats, beyond: Reason) -> Codes:
        """Say what stands against deals at these prices, 0 for nothing."""
        columns = self._books.columns[which]
        limit = bound[row, columns]
        at_limit = price >= limit if beyond is Reason.LIMIT_UP else price <= limit
        at_limit &= self._conditions.limited
        checks = [~self._tape.traded[row, columns], np.isnan(price), at_limit]
        found = np.select(checks, [Reason.HALTED, Reason.NO_PRICE, beyond], 0)
        return found.astype(np.int8)

    def _ration(self, which: Rows, budget: Floats) -> Floats:
        """Return the part of each budget that its book's cash covers, shape (M,)."""
        total = np.bincount(self._of[which], budget, minlength=len(self._cash))
        with np.errstate(divide="ignore", invalid="ignore"):
            part = np.where(total > 0, np.maximum(self._cash, 0.0) / total, 1.0)
        covered: Floats = np.minimum(part, 1.0)[self._of[which]]
        return covered

    def _deal(self, row: int, which: Rows, shares: Floats, price: Floats, rate: Floats) -> None:
        done = shares != 0
        which, shares, price, rate = which[done], shares[done], price[done], rate[done]
        if not which.size:
            return
        value = np.abs(shares) * price
        day = self._tape.dates[row]
        costs = self._conditions.charge(day, which, value, shares < 0) * rate
        self._add_cash(which, -shares * price * rate - costs.sum(axis=0))
        self._shares[which] += shares
        bought = np.maximum(shares, 0.0)
        again = self._bought_on[which] == row
        self._bought[which] = np.where(again, self._bought[which] + bought, bought)
        self._bought_on[which] = np.where(shares > 0, row, self._bought_on[which])
        self._journal.deal(row, which, shares, price, rate, costs.T)

    def _add_cash(self, which: Rows, amounts: Floats) -> None:
        self._cash = self._cash + np.bincount(self._of[which], amounts, minlength=len(self._cash))


_PASSING = (Reason.HALTED, Reason.NO_PRICE, Reason.LIMIT_UP)
