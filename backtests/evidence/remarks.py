"""What a reader of the evidence must know, chosen by rule from what it holds."""

import datetime as dt
from collections.abc import Iterator, Sequence

import numpy as np

from backtests.caveats import Caveat, about_data, about_date
from backtests.evidence.case import Case
from backtests.evidence.controls.coverage import Coverage
from backtests.evidence.entries import Judgement
from backtests.evidence.verdict import FEWEST_PICKS
from screener.companies.membership import SectorTables
from universes import Symbol
from universes.market import describe_benchmark


def find_remarks(
    case: Case,
    tables: SectorTables,
    as_of: dt.date,
    judged: Sequence[Judgement],
    coverage: Sequence[Coverage],
) -> tuple[Caveat, ...]:
    """Return the caveats of the evidence, the most telling first."""
    return (
        Caveat("one_date_evidence", {"published": case.report.publication.date}),
        *_about_controls(case, coverage),
        *_about_sectors(case, tables),
        *_about_basis(case),
        *_about_picks(case, judged),
        *about_data(case.panel, as_of),
        *about_date(case.report),
        Caveat("advice"),
    )


def _about_controls(case: Case, coverage: Sequence[Coverage]) -> Iterator[Caveat]:
    if not case.population.controls.any():
        yield Caveat("no_controls")
        return
    yield Caveat("draws", {"draws": f"{case.trial.draws:,}", "seed": case.trial.seed})
    for each in coverage:
        values = {
            "benchmark": describe_benchmark(Symbol.parse(each.benchmark)).name,
            "priced": each.priced,
            "entered": each.entered,
            "named": each.named,
            "share": f"{each.share:.0%}" if each.named else "",
        }
        yield Caveat("coverage_named" if each.named else "coverage_unknown", values)
        if each.ended is not None and each.entered > FEWEST_PICKS:
            code = "none_ended" if not each.ended else "some_ended"
            yield Caveat(code, {**values, "ended": each.ended})


def _about_sectors(case: Case, tables: SectorTables) -> Iterator[Caveat]:
    if not tables.tables:
        yield Caveat("no_sectors")
        return
    for table in tables.tables:
        values = {"scheme": table.scheme, "source": table.source, "dated": table.dated}
        yield Caveat("sectors", {**values, "count": len(set(table.sectors))})
    if case.membership.told_after:
        yield Caveat("sectors_told_after", {"published": case.report.publication.date})
    unknown = [
        case.population.symbols[place]
        for place in case.population.picks
        if case.membership.sector[place] is None
    ]
    if unknown:
        yield Caveat("sectors_unknown", {"symbols": ", ".join(unknown)})


def _about_basis(case: Case) -> Iterator[Caveat]:
    population = case.population
    yield Caveat(f"{population.basis}_basis")
    if population.basis == "total" and population.known["price"] < population.known["total"]:
        yield Caveat("basis_of_controls", dict[str, object](population.known.items()))
    if population.basis == "price" and population.known["price"] < population.known["total"]:
        yield Caveat("controls_left_out", dict[str, object](population.known.items()))
    mixed = population.scores.mixed[population.picks]
    if mixed.any():
        named = sorted({str(population.scores.benchmarks[n]) for n in population.picks[mixed]})
        values = {"count": int(mixed.sum()), "benchmarks": ", ".join(named)}
        yield Caveat("mixed", values)


def _about_picks(case: Case, judged: Sequence[Judgement]) -> Iterator[Caveat]:
    if not case.whole:
        yield Caveat("part_of_report")
    for each in judged:
        if each.basket.group == "all" and each.scored < each.count:
            yield Caveat(
                "evidence_unscored",
                {"months": each.horizon_months, "scored": each.scored, "count": each.count},
            )
    widened = sorted(
        {
            symbol
            for each in judged
            if each.basket.group == "all"
            for placebo in each.placebos
            if placebo.pool == "sector" and not placebo.refusal
            for symbol in placebo.widened
        }
    )
    if widened:
        yield Caveat("widened", {"symbols": ", ".join(widened)})
    if not case.returns.returns.daily:
        yield Caveat("weekly_returns")
    elif all(np.isnan(each.corrected.statistic) for each in judged):
        yield Caveat("short_past")
