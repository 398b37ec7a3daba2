"""What a reader of a walk must know, chosen by rule from what it holds."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from backtests.caveats import Caveat
from backtests.labels import word
from backtests.measures.regression import FEWEST_OBSERVATIONS
from backtests.outcome import Outcome
from backtests.portfolio.orders.ledger import Reason
from backtests.portfolio.result import Backtest
from backtests.schedule import LONGEST_HALT
from backtests.sessions import lay_axis
from backtests.walk.decay import Decay, Pairs
from backtests.walk.formation import Formation
from backtests.walk.steps import Step
from screener import Panel
from universes.rating import Basis
from universes.text import Language, Text

# said of what a report named on one date; of a walk the like is said here
_OF_REPORTS = ("survivorship_traded",)
_MONTHS_A_YEAR = 12


def find_remarks(
    formations: Sequence[Formation],
    later: Sequence[Formation],
    steps: Sequence[Step],
    decay: Sequence[Decay],
    found: Pairs,
    test: Backtest,
    panel: Panel,
    basis: Basis,
) -> tuple[Caveat, ...]:
    """Return the caveats of a walk, the most telling first, the portfolio's after its own.

    Parameters
    ----------
    formations, later : sequence of Formation
        Those walked over, and those left out as they lie after the prices.
    steps, decay, found, test
        What came of it.
    panel : Panel
    basis : {"price", "total"}
        Of the decay.
    """
    return (
        *_about_number(formations, decay, found),
        *_about_shares(formations, panel, basis),
        *_about_steps(formations, later, steps),
        *_about_lots(test),
        *_about_pairs(decay, found),
        Caveat("walk_terms"),
        *(each for each in test.caveats if each.code not in _OF_REPORTS),
    )


def _about_number(
    formations: Sequence[Formation], decay: Sequence[Decay], found: Pairs
) -> Iterator[Caveat]:
    count = sum(bool(each.symbols) for each in formations)
    if count < FEWEST_OBSERVATIONS:
        yield Caveat("walk_few", {"count": count})
    for h, each in reversed(list(enumerate(decay))):
        measured = sorted({formations[n].day for n in found.of[found.counts[:, h]]})
        apart = _count_apart(measured, each.months)
        if apart < len(measured):
            values = {"months": each.months, "formations": len(measured), "apart": apart}
            yield Caveat("walk_overlap", values)
            return


def _count_apart(days: Sequence[dt.date], months: int) -> int:
    """Count formations, the first and then each that is so many months after the one before."""
    count, last = 0, -months
    for day in days:
        month = _MONTHS_A_YEAR * day.year + day.month
        if month - last >= months:
            count, last = count + 1, month
    return count


def _about_shares(formations: Sequence[Formation], panel: Panel, basis: Basis) -> Iterator[Caveat]:
    """Say whether those examined look like a list that was drawn up later."""
    examined = {symbol for each in formations for symbol in each.universe}
    priced = [symbol for symbol in panel.symbols if symbol in examined]
    if not priced:
        yield Caveat("walk_survivorship")
        return
    axis = lay_axis(panel, priced)
    traded = np.isfinite(panel.levels("close", basis)[axis.rows][:, panel.columns(priced)])
    rows = np.arange(len(axis.rows))[:, None]
    last = np.where(traded, rows, -1).max(axis=0)
    silent = (axis.is_open & (rows > last)).sum(axis=0)
    ended = int(((silent > LONGEST_HALT) & (last >= 0)).sum())
    code = "walk_some_ended" if ended else "walk_none_ended"
    yield Caveat(code, {"ended": ended, "count": len(examined)})


def _about_steps(
    formations: Sequence[Formation], later: Sequence[Formation], steps: Sequence[Step]
) -> Iterator[Caveat]:
    empty = [each for each in formations if not each.symbols]
    if empty:
        yield Caveat("walk_empty", {"empty": len(empty), "count": len(formations)})
    unpriced = sum(each.found - each.priced for each in steps)
    if unpriced:
        yield Caveat("walk_unpriced", {"count": unpriced})
    if later:
        values = {"count": len(later), "first": later[0].day, "before": formations[-1].day}
        yield Caveat("walk_later", values)


def _about_lots(test: Backtest) -> Iterator[Caveat]:
    """Say how many shares were never dealt in, as their board lot is not known."""
    unknown = {each.symbol for each in test.runs[0].skipped if each.reason is Reason.LOT_UNKNOWN}
    if unknown:
        yield Caveat("walk_lots", {"count": len(unknown)})


def _about_pairs(decay: Sequence[Decay], found: Pairs) -> Iterator[Caveat]:
    waits = [each for each in decay if each.pending]
    if waits:
        values = {
            "horizons": ", ".join(str(each.months) for each in waits),
            "pending": ", ".join(str(each.pending) for each in waits),
        }
        yield Caveat("walk_pending", values)
    reasons = Counter(Outcome(int(code)) for code in found.scores.outcome[:, 0])
    never = {each: count for each, count in reasons.items() if each.status == "unscored"}
    if never:
        named = Text(_count(never, "zh"), _count(never, "en"))
        yield Caveat("walk_unscored", {"reasons": named})


def _count(reasons: dict[Outcome, int], language: Language) -> str:
    return ", ".join(
        f"{word(f'walk_{outcome.name.lower()}', language)} {reasons[outcome]}"
        for outcome in sorted(reasons)
    )
