"""Puts a week together: `compose_week`."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from backtests.weekly.benchmarks import find_indices, move_benchmarks
from backtests.weekly.changes import find_changes
from backtests.weekly.freshness import Freshness
from backtests.weekly.groups import sum_up_groups
from backtests.weekly.result import Weekly
from backtests.weekly.standing import Standing, find_standings
from backtests.weekly.week import Week, cover_week, weeks_since
from backtests.weekly.week_end import WeekEnd
from screener import Panel
from screener.companies.membership import SectorTables
from universes import InputError, Ledger, RatingScale, Report, Symbol, Text

# those shown unless others are asked for
USUAL_STRATEGIES = ("buy_and_hold", "horizon")

_NAMED = 6
_GAPS = {Outcome.NOT_RECORDED, Outcome.NO_BENCHMARK}
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
    ('2024-W25', '-2.2')
    """
    scale, ledger = scale or report.scale, ledger or Ledger()
    calendars = {symbol.exchange.calendar for symbol in symbols_of(report, scale)}
    week = cover_week(as_of, calendars)
    weeks = weeks_since(report, calendars, week)
    whole = prices.until(np.datetime64(week.last, "D"))
    basis = usual_basis(whole, (pick.symbol for pick in report.picks))
    indices = find_indices(report, scale, whole, basis)
    measured = [*(pick.symbol for pick in report.picks), *indices]
    end = WeekEnd.survey(week, whole, basis, measured)
    found = find_standings(report, scale, end, weeks)
    panel = end.without_lone_indices(whole)
    card = score_picks(report, panel, Convention(basis=basis), scale, week.last)
    before = _rows_before(card, panel, week)
    portfolio = _attempt(
        lambda: simulate_portfolio(
            report, panel, strategies or load_strategies(USUAL_STRATEGIES), scale=scale
        )
    )
    others = end.without_lone_indices(controls or whole)
    evidence = _attempt(lambda: _weigh(report, others, sectors, scale, week))
    parts = {"portfolio": portfolio, "evidence": evidence}
    return Weekly(
        report=report,
        scale=scale,
        week=week,
        spans=end.spans,
        picks=found.picks,
        groups=sum_up_groups(report, found.picks),
        benchmarks=move_benchmarks(report, indices, end),
        course=found.course,
        changes=find_changes(end, found.picks, card, before, ledger),
        freshness=end.freshness,
        card=card,
        portfolio=portfolio if isinstance(portfolio, Backtest) else None,
        evidence=evidence if isinstance(evidence, Evidence) else None,
        conventions=map_conventions(report, panel, scale, week.last),
        ledger=ledger,
        problems=tuple(_find_problems(end.freshness, found.picks, parts)),
        provenance=_trace(card, ledger, parts),
    )


def symbols_of(report: Report, scale: RatingScale) -> list[Symbol]:
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
        yield Caveat("stale_prices", {"symbols": _name_some(symbols), "last": last})
    missing = [each.symbol for each in freshness.values() if each.state == "missing"]
    if missing:
        yield Caveat("missing_prices", {"symbols": _name_some(missing)})
    gaps = [
        str(each.pick.symbol)
        for each in standings
        if _GAPS & {each.week.outcome, each.since.outcome}
    ]
    if gaps:
        yield Caveat("missing_sessions", {"symbols": _name_some(gaps)})
    for name, part in parts.items():
        if isinstance(part, InputError):
            yield Caveat("part_failed", {"part": term(f"part_{name}"), "message": part.message})


def _name_some(symbols: Sequence[str]) -> Text:
    more = len(symbols) - _NAMED
    if more <= 0:
        return Text("、".join(symbols), ", ".join(symbols))
    first = symbols[:_NAMED]
    return term("week_and_more", zh="、".join(first), en=", ".join(first), more=more)


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
