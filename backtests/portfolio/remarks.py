"""What a reader of a backtest must know, chosen by rule from what it holds."""

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from backtests.caveats import Caveat, about_data, about_date
from backtests.labels import word
from backtests.portfolio.market.tape import Tape
from backtests.portfolio.result import Run
from backtests.portfolio.rules.rulebook import Rulebook
from backtests.portfolio.stage import Stage
from backtests.portfolio.strategy.strategies import Strategy
from backtests.schedule import LONGEST_HALT
from screener import Panel
from screener.panel import LONGEST_HOLIDAY
from universes import Report
from universes.text import Language, Text


def find_remarks(
    report: Report,
    panel: Panel,
    as_of: dt.date,
    stage: Stage,
    rulebook: Rulebook,
    runs: Sequence[Run],
    not_run: Sequence[tuple[Strategy, str]],
) -> tuple[Caveat, ...]:
    """Return the caveats of a backtest, the most telling first."""
    tape = stage.tape
    return (
        *about_data(panel, as_of),
        *about_date(report),
        *_about_prices(stage),
        *_about_rows(tape, stage.first),
        *_about_end(tape),
        *_about_rates(tape, stage.first),
        *_about_rules(stage, rulebook),
        *_about_runs(stage, runs, not_run),
        Caveat("deals"),
        Caveat("survivorship_traded"),
        Caveat("advice"),
    )


def _about_prices(stage: Stage) -> Iterator[Caveat]:
    tape, first = stage.tape, stage.first
    if tape.quote == "raw":
        yield Caveat("printed_prices")
    else:
        yield Caveat("adjusted_prices")
        yield Caveat("dividends_in_prices" if tape.quote == "total" else "dividends_left_out")
    unchecked = int(tape.unchecked[first + 1 :].sum())
    if unchecked:
        yield Caveat("limits_unchecked", {"count": unchecked})
    lapsed = [issue for issue in tape.lapsed if issue.split()[1] > str(tape.dates[first])]
    if lapsed:
        yield Caveat("rights_lapsed", {"issues": ", ".join(lapsed)})


def _about_rows(tape: Tape, first: int) -> Iterator[Caveat]:
    sessions = tape.sessions[first + 1 :]
    if sessions.max() > 1:
        yield Caveat("sparse", {"rows": len(sessions), "sessions": int(sessions.sum())})


def _about_end(tape: Tape) -> Iterator[Caveat]:
    if tape.cut_at is not None:
        yield Caveat("prices_end", {"day": tape.cut_at})
    last = len(tape.dates) - 1 - np.argmax(tape.traded[::-1], axis=0)
    silent = [
        f"{symbol} ({tape.dates[row]})"
        for symbol, row, days in zip(tape.symbols, last, tape.is_open.T, strict=True)
        if days[row + 1 :].sum() > LONGEST_HALT
    ]
    if silent:
        yield Caveat("silent", {"symbols": ", ".join(silent)})


def _about_rates(tape: Tape, first: int) -> Iterator[Caveat]:
    age = int(tape.rate_age[first + 1 :].max())
    if age > LONGEST_HOLIDAY:
        yield Caveat("old_rates", {"days": age})


def _about_rules(stage: Stage, rulebook: Rulebook) -> Iterator[Caveat]:
    dates = stage.tape.dates
    first, last = dates[stage.first].item(), dates[-1].item()
    lots = stage.tape.quote == "raw"
    found = [
        (code, where)
        for code, where in rulebook.unverified(stage.tape.symbols, first, last)
        if lots or code != "lot"
    ]
    found += [("price_limit", symbol) for symbol in stage.tape.doubtful]
    if found:
        yield Caveat("unverified_rules", {"rules": Text(_name(found, "zh"), _name(found, "en"))})
    if stage.benchmarks.mixed:
        named = sorted(map(str, set(stage.benchmarks.measured) & set(stage.benchmarks.named)))
        yield Caveat("mixed_portfolio", {"benchmarks": ", ".join(named)})


def _about_runs(
    stage: Stage, runs: Sequence[Run], not_run: Sequence[tuple[Strategy, str]]
) -> Iterator[Caveat]:
    for code, picks in (("no_prices", stage.no_prices), ("no_rules", stage.no_rules)):
        if picks:
            yield Caveat(code, {"symbols": ", ".join(str(pick.symbol) for pick in picks)})
    for strategy, reason in not_run:
        yield Caveat("not_run", {"strategy": strategy.title, "reason": reason})
    still = [run.strategy.title for run in runs if run.open_at_end]
    for title in still:
        yield Caveat("horizon_open", {"strategy": title})


def _name(found: Sequence[tuple[str, str]], language: Language) -> str:
    return ", ".join(f"{word(f'code_{code}', language)} ({where})" for code, where in found)
