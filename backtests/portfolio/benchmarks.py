"""What a portfolio is held against: indices in its currency, blended as its markets are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from backtests.kernel import Rows
from backtests.portfolio.market.tape import Tape
from backtests.portfolio.orders.ledger import Ledger
from backtests.portfolio.terms import DealAt
from backtests.scoring import resolve_benchmarks
from screener import Panel
from screener.panel import Floats
from universes import InputError, Symbol


@dataclass(frozen=True)
class Benchmarks:
    """The indices of B benchmarks over a tape's T rows.

    Attributes
    ----------
    named : tuple of Symbol, length B
        As the rating standard names them.
    measured : tuple of Symbol, length B
        The indices read: where dividends are counted and it is there, the one with dividends.
    of : ndarray of int, shape (N,)
        Which of them each security of the tape is held against.
    local : ndarray, shape (T, B)
        Levels in the index's own currency, carried over days its market was closed.
    returns : ndarray, shape (T, B)
        In the portfolio's currency, from the first row on which its market deals after the
        first decision; zero before.
    intraday : ndarray, shape (T, B)
        From open to close where the portfolio deals at the open; otherwise zero.
    mixed : bool
        Whether returns with dividends are held against an index without.
    """

    named: tuple[Symbol, ...]
    measured: tuple[Symbol, ...]
    of: Rows
    local: Floats
    returns: Floats
    intraday: Floats
    mixed: bool


def read_benchmarks(
    panel: Panel, tape: Tape, named: Sequence[Symbol], first: int, deal_at: DealAt
) -> Benchmarks:
    """Read the benchmark of each security of a tape.

    Parameters
    ----------
    panel : Panel
    tape : Tape
    named : sequence of Symbol, length N
    first : int
        The row of the first decision.
    deal_at : {"close", "open"}
        Where the portfolio deals at the open, so does an index that has one.

    Raises
    ------
    InputError
        If an index has no close within a holiday's length before a row.
    """
    chosen = tuple(dict.fromkeys(named))
    measured, mixed = resolve_benchmarks(chosen, panel, tape.basis)
    of = np.array([chosen.index(each) for each in named])
    local, returns, intraday = [], [], []
    for number, index in enumerate(measured):
        level = panel.carried(str(index), tape.dates, tape.basis)
        missing = np.flatnonzero(np.isnan(level[first:]))
        if missing.size:
            raise InputError(
                f"the benchmark {index} has no close near {tape.dates[first + missing[0]]}",
                "bring its closes, or other dates",
            )
        columns = np.flatnonzero(of == number)
        anchor = _first_deals(tape, columns, first)
        inside = _intraday(panel, tape, str(index), level) if deal_at == "open" else 0.0 * level
        worth = level * tape.rate[:, columns[0]]
        whole = np.zeros(len(level))
        whole[anchor + 1 :] = worth[anchor + 1 :] / worth[anchor:-1] - 1.0
        whole[anchor : anchor + 1] = inside[anchor : anchor + 1]
        local.append(level)
        returns.append(whole)
        intraday.append(inside)
    return Benchmarks(
        named=chosen,
        measured=measured,
        of=of,
        local=np.column_stack(local),
        returns=np.column_stack(returns),
        intraday=np.column_stack(intraday),
        mixed=bool(mixed.any()),
    )


def blend(benchmarks: Benchmarks, ledger: Ledger, book: int) -> Floats:
    """Return what a portfolio's benchmarks returned, weighted as its markets are; shape (T,).

    Each row's weights are those of the holdings at the close before, cash left aside. On a row
    before which nothing was held it is what the indices did from the deals to the close, with
    the weights of that close: nothing where the deals are at the close.
    """
    count = len(benchmarks.named)
    mine = np.flatnonzero(ledger.books.of == book)
    holdings = ledger.holdings[:, mine]
    of = benchmarks.of[ledger.books.columns[mine]]
    held = np.column_stack([holdings[:, of == n].sum(axis=1) for n in range(count)])
    total = held.sum(axis=1, keepdims=True)
    weights = np.divide(held, total, out=np.zeros_like(held), where=total > 0)
    before = np.vstack([np.zeros((1, count)), weights[:-1]])
    entering = before.sum(axis=1) == 0
    first = (weights * benchmarks.intraday).sum(axis=1)
    blended: Floats = np.where(entering, first, (before * benchmarks.returns).sum(axis=1))
    return blended


def _first_deals(tape: Tape, columns: Rows, first: int) -> int:
    """Return the row of a market's first session after the first decision, T for none."""
    opens = np.flatnonzero(tape.is_open[first + 1 :, columns[0]])
    return first + 1 + int(opens[0]) if opens.size else len(tape.dates)


def _intraday(panel: Panel, tape: Tape, index: str, level: Floats) -> Floats:
    """Return an index's returns from open to close, shape (T,); zero where it has no open."""
    rows = np.searchsorted(panel.dates, tape.dates)
    opened = panel.levels("open", "price")[rows, panel.columns([index])[0]]
    return np.where(np.isnan(opened), 0.0, level / opened - 1.0)
