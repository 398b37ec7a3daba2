"""Puts a week together: `compose_week`."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np

from backtests.basis import usual_basis
from backtests.caveats import Caveat
from backtests.convention import Convention
from backtests.conventions.result import map_conventions
from backtests.evidence.result import Evidence
from backtests.evidence.trial import Trial
from backtests.evidence.weigh import weigh_evidence
from backtests.labels import term
from backtests.outcome import Outcome
from backtests.portfolio.result import Backtest
from backtests.portfolio.simulate import simulate_portfolio
from backtests.portfolio.strategy.strategies import Strategy, load_strategies
from backtests.rows import Row
from backtests.scorecard import Scorecard, score_picks
from backtests.weekly.changes import find_changes
from backtests.weekly.freshness import Freshness, check_freshness
from backtests.weekly.groups import sum_up_groups
from backtests.weekly.result import Weekly
from backtests.weekly.standing import Standing, find_standings
from backtests.weekly.week import Week, cover_week, list_weeks, measure_span
from screener import Panel
from screener.calendar import load_sessions
from screener.companies.membership import SectorTables
from universes import InputError, Ledger, RatingScale, Report, Symbol

# those shown unless others are asked for
USUAL_STRATEGIES = ("buy_and_hold", "horizon")

_TRACED_OF_A_TEST = ("engine", "terms", "strategies", "rulebook_sha256")
_TRACED_OF_EVIDENCE = ("trial", "sectors", "data")

Part = TypeVar("Part")


def compose_week(
    report: Report,
    prices: Panel,
    as_of: dt.date,
    ledger: Ledger | None = None,
    *,
    controls: Panel | None = None,
    sectors: SectorTables | None = None,
    strategies: Sequence[Strategy] | None = None,
    scale: RatingScale | None = None,
) -> Weekly:
    """Return what the week of a day brought to a report's picks.

    Parameters
    ----------
    report : Report
        Mentions are not picks: leave them out with `Report.select`.
    prices : Panel
        Of what `backtests.portfolio.simulate.securities_to_trade` names.
    as_of : date
        Nothing after it is read; where no session of the week is left, the week's Sunday.
    ledger : Ledger, optional
        The report's claims.
    controls : Panel, optional
        Prices of the picks, their benchmarks and the shares to compare them with. Left out:
        ``prices``.
    sectors : SectorTables, optional
        Left out: no sector is known.
    strategies : sequence of Strategy, optional
        Left out: those of `USUAL_STRATEGIES`.
    scale : RatingScale, optional
        Left out: the report's own.

    Returns
    -------
    Weekly
        With what is stale or missing among its ``problems``.

    Raises
    ------
    InputError
        If no session has followed the publication by then, the prices begin later, or a
        calendar is not known for the week.

    Examples
    --------
    >>> from screener import load_prices
    >>> from universes import load_report
    >>> prices = load_prices(source="snapshot")
    >>> weekly = compose_week(load_report().select(), prices, dt.date(2024, 6, 21))
    >>> weekly.week.id, f"{100 * weekly.all.relative:+.1f}"
    ('2024-W25', '-3.0')
    """
    scale, ledger = scale or report.scale, ledger or Ledger()
    symbols = _symbols_of(report, scale)
    calendars = {symbol.exchange.calendar for symbol in symbols}
    week = cover_week(as_of, calendars)
    weeks = list_weeks(_check_started(report, calendars, week), week)
    panel = prices.until(np.datetime64(week.last, "D"))
    basis = usual_basis(panel, (pick.symbol for pick in report.picks))
    spans = {calendar: measure_span(week, calendar) for calendar in sorted(calendars)}
    freshness = check_freshness(symbols, panel, basis, spans)
    found = find_standings(report, scale, panel, basis, weeks, spans, freshness)
    card = score_picks(report, panel, Convention(basis=basis), scale, week.last)
    rows = (_rows_before(card, panel, week), card.rows)
    portfolio = _attempt(
        lambda: simulate_portfolio(
            report, panel, strategies or load_strategies(USUAL_STRATEGIES), scale=scale
        )
    )
    evidence = _attempt(lambda: _weigh(report, controls or panel, sectors, scale, week))
    parts = {"portfolio": portfolio, "evidence": evidence}
    return Weekly(
        report=report,
        scale=scale,
        week=week,
        spans=spans,
        picks=found.picks,
        groups=sum_up_groups(report, found.picks),
        benchmarks=found.benchmarks,
        course=found.course,
        changes=find_changes(week, found.picks, panel, basis, rows, spans, freshness, ledger),
        freshness=freshness,
        card=card,
        portfolio=portfolio if isinstance(portfolio, Backtest) else None,
        evidence=evidence if isinstance(evidence, Evidence) else None,
        conventions=map_conventions(report, panel, scale, week.last),
        ledger=ledger,
        problems=tuple(_find_problems(freshness, found.picks, parts)),
        provenance=_trace(card, ledger, parts),
    )


def first_session(report: Report, calendars: Collection[str]) -> dt.date:
    """Return the first session of any exchange after a report's publication."""
    published = report.publication.date
    day = np.datetime64(published, "D")
    found = []
    for calendar in calendars:
        days = load_sessions(calendar, published.year, published.year + 1).days
        found.append(days[days > day][0])
    first: dt.date = min(found).astype(dt.date)
    return first


def _check_started(report: Report, calendars: Collection[str], week: Week) -> dt.date:
    first = first_session(report, calendars)
    if first > week.last:
        raise InputError(
            f"published on {report.publication.date}, the report has no session by {week.last}",
            f"ask for a day from {first} on",
        )
    return first


def _symbols_of(report: Report, scale: RatingScale) -> list[Symbol]:
    """Return the picks, then their benchmarks, each once."""
    benchmarks = [scale.benchmark_for(pick.market)[0] for pick in report.picks]
    return list(dict.fromkeys([*(pick.symbol for pick in report.picks), *benchmarks]))


def _rows_before(card: Scorecard, panel: Panel, week: Week) -> Sequence[Row]:
    """Return the scorecard's rows at the end of the week before."""
    last = week.before.last
    if last <= card.report.publication.date or panel.dates[0] > np.datetime64(last, "D"):
        return ()
    # what is compared does not hang on the level that later actions are derived from
    before = replace(panel, derived=False)
    return score_picks(card.report, before, card.convention, card.scale, last).rows


def _weigh(
    report: Report,
    controls: Panel,
    sectors: SectorTables | None,
    scale: RatingScale,
    week: Week,
) -> Evidence:
    own = [pick.symbol for pick in report.picks]
    return weigh_evidence(report, controls, sectors, Trial(), scale, week.last, own)


def _attempt(make: Callable[[], Part]) -> Part | InputError:
    """Return what a part of the report comes to; it may fail without failing the report."""
    try:
        return make()
    except InputError as error:
        return error


def _find_problems(
    freshness: Mapping[str, Freshness],
    standings: Sequence[Standing],
    parts: Mapping[str, object],
) -> Iterator[Caveat]:
    """Say what is stale or missing."""
    stale: dict[dt.date | None, list[str]] = {}
    for each in freshness.values():
        if each.state == "stale":
            stale.setdefault(each.last, []).append(each.symbol)
    for last, symbols in sorted(stale.items(), key=str):
        yield Caveat("stale_prices", {"symbols": ", ".join(symbols), "last": last})
    missing = [each.symbol for each in freshness.values() if each.state == "missing"]
    if missing:
        yield Caveat("missing_prices", {"symbols": ", ".join(missing)})
    gaps = [
        str(each.pick.symbol)
        for each in standings
        if Outcome.NOT_RECORDED in {each.week.outcome, each.since.outcome}
    ]
    if gaps:
        yield Caveat("missing_sessions", {"symbols": ", ".join(gaps)})
    for name, part in parts.items():
        if isinstance(part, InputError):
            yield Caveat("part_failed", {"part": term(f"part_{name}"), "message": part.message})


def _trace(card: Scorecard, ledger: Ledger, parts: Mapping[str, object]) -> dict[str, Any]:
    test, evidence = parts["portfolio"], parts["evidence"]
    return {
        **card.provenance,
        "claims": {"sha256": ledger.sha256},
        "portfolio": {
            key: test.provenance[key]
            for key in ("engine", "terms", "strategies", "rulebook_sha256")
        }
        if isinstance(test, Backtest)
        else None,
        "evidence": {key: evidence.provenance[key] for key in ("trial", "sectors", "data")}
        if isinstance(evidence, Evidence)
        else None,
    }
