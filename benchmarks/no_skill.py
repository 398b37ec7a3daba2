"""Baskets picked without skill from real prices, judged by the product's own rule.

Baskets are drawn at the end of each month over which the prices cover six months more, from
the shares that can be scored. Skill is planted in the same baskets: so many points are added to
the relative return of each pick. The naive test is Student's t of the picks' relative returns,
two-sided at 5%; the corrected one is Kolari and Pynnonen's.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from joblib import Parallel, delayed

from backtests.evidence.case import Case, open_case
from backtests.evidence.chance.placebo import Placebo, compare_with_random
from backtests.evidence.chance.together import FEWEST_ROWS, Together, compare_moves
from backtests.evidence.controls.population import Population
from backtests.evidence.models import read_returns
from backtests.evidence.trial import Trial
from backtests.evidence.verdict import LEVEL, find_hindrance, judge
from backtests.kernel import Rows
from backtests.measures.inference import (
    ScaledReturns,
    TTest,
    average_correlation,
    kolari_pynnonen,
    t_test,
)
from backtests.schedule import Flags
from screener import Panel
from screener.calendar import Days, add_months
from screener.companies.membership import SectorTables
from universes import InputError, Symbol, load_report
from universes.rating import BASES

MONTHS = 6
SKILLS = (0.0, 0.05, 0.10, 0.20)
LEAST_SECTOR = 25
# no holiday keeps an exchange closed for longer after the end of a month
LONGEST_WAIT = np.timedelta64(10, "D")
FEWEST_SHARES = 50
PAST_DRAWS = 199
HALF = 0.5
MAINLAND, HONG_KONG = "000300.SH", "HSI.HK"

Side = Literal[-1, 0, 1]


class Kind(NamedTuple):
    """A way to pick without skill: how many shares of each market, and from what.

    With ``sectors``, the mainland's shares are of so many random large sectors, in equal parts.
    With ``among``, they are drawn from the so many that moved most alike with a random share
    before publication, the share itself included.
    """

    name: str
    mainland: int
    hong_kong: int = 0
    sectors: int = 0
    among: int = 0

    @property
    def names(self) -> int:
        return self.mainland + self.hong_kong

    @property
    def title(self) -> str:
        return f"{self.name}, {self.names} names"


KINDS = (
    Kind("at random", 23),
    Kind("three sectors", 23, sectors=3),
    Kind("two markets", 20, 5),
)
# tried on a quarter of the baskets
OTHERS = (
    Kind("moving together", 23, among=23),
    Kind("of a loose theme", 23, among=115),
    Kind("at random", 10),
    Kind("three sectors", 10, sectors=3),
    Kind("at random", 50),
    Kind("three sectors", 50, sectors=3),
)


@dataclass(frozen=True)
class Moment:
    """All that hangs on the date of publication only.

    ``column`` is each share's column of the scaled returns, -1 for none.
    """

    case: Case
    members: Rows
    column: Rows
    scaled: ScaledReturns


class Judged(NamedTuple):
    """What became of one basket: the words are by planted skill, of which the first is none.

    ``mean`` is that of its relative returns without any. ``refused`` tells whether a comparison
    that is needed could not be made, ``one_bet`` whether the picks had moved together.
    ``market_only`` is the verdict of the first comparison alone, ``no_sector`` that without the
    second, ``no_past`` that without a look at past moves; each pays no heed to the last.
    ``corrected`` is None where the prices before publication are too few.
    """

    kind: Kind
    day: dt.date
    mean: float
    words: tuple[str, ...]
    refused: bool
    one_bet: bool
    market_only: str
    no_sector: str
    no_past: str
    naive: Side
    corrected: Side | None


def calibrate(
    panel: Panel,
    tables: SectorTables,
    days: Sequence[dt.date],
    baskets: Mapping[Kind, int],
    draws: int,
    seed: int,
    workers: int = 1,
    skills: Sequence[float] = SKILLS,
) -> list[Judged]:
    """Judge so many baskets of each kind, in turn over the days; the same for all ``workers``."""
    trial = Trial(horizons=(MONTHS,), draws=draws, band_draws=PAST_DRAWS, seed=seed)
    by_markets = [[kind for kind in baskets if bool(kind.hong_kong) == b] for b in (False, True)]
    tasks = [
        (day, [(kind, range(at, baskets[kind], len(days))) for kind in kinds])
        for at, day in enumerate(days)
        for kinds in by_markets
        if kinds
    ]
    judge_all = delayed(judge_moment)
    parts = Parallel(workers)(
        judge_all(panel, tables, trial, day, wanted, skills) for day, wanted in tasks
    )
    return [judged for part in parts for judged in part]


def list_days(panel: Panel) -> list[dt.date]:
    """Return the ends of months with enough past and six months to come.

    They count as there where half of a market's shares have a price.
    """
    kinds = [Symbol.parse(symbol).kind for symbol in panel.symbols]
    share = np.array([kind == "share" for kind in kinds])
    there = np.array([symbol.endswith(".HK") for symbol in panel.symbols])
    on_a_basis = [np.isfinite(panel.matrix("close", basis)) for basis in BASES]
    closes = np.logical_or.reduce(on_a_basis)
    spans = [_span(panel.dates, closes[:, share & own]) for own in (there, ~there)]
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    one = np.timedelta64(1, "M")
    months = np.arange(first.astype("M8[M]") + one, last.astype("M8[M]") + one, one)
    ends: Days = np.array(months.astype("M8[D]") - np.timedelta64(1, "D"))
    waited: Days = ends + LONGEST_WAIT
    ends = ends[(ends >= first) & (add_months(waited, [MONTHS])[:, 0] <= last)]
    if not len(ends):
        raise InputError("the prices cover no month's end and six months more", "bring more")
    days: list[dt.date] = ends.tolist()
    return days


def _span(dates: Days, known: Flags) -> tuple[np.datetime64, np.datetime64]:
    if known.shape[1] < FEWEST_SHARES:
        raise InputError(
            f"{known.shape[1]} shares are no market", "bring the shares of both markets"
        )
    full = np.flatnonzero(known.mean(axis=1) >= HALF)
    if len(full) <= FEWEST_ROWS:
        raise InputError(f"prices of {len(full)} days are no past", "bring more days")
    return dates[full[FEWEST_ROWS]], dates[full[-1]]


def judge_moment(
    panel: Panel,
    tables: SectorTables,
    trial: Trial,
    day: dt.date,
    wanted: Sequence[tuple[Kind, range]],
    skills: Sequence[float],
) -> list[Judged]:
    """Judge the baskets of one date, each by a seed of its own."""
    moment = open_moment(panel, tables, trial, day, both=any(kind.hong_kong for kind, _ in wanted))
    judged = []
    for kind, numbers in wanted:
        for number in numbers:
            # its title tells a kind apart, whatever others are judged beside it
            generator = np.random.default_rng([trial.seed, number, *kind.title.encode()])
            picks = draw_basket(moment, kind, generator)
            own = replace(trial, seed=int(generator.integers(2**32)))
            judged.append(judge_basket(moment, kind, picks, own, skills))
    return judged


def open_moment(
    panel: Panel, tables: SectorTables, trial: Trial, day: dt.date, *, both: bool
) -> Moment:
    """Gather what baskets of one date share; of the mainland alone, or of both markets."""
    shipped = load_report().select()
    report = replace(shipped, publication=replace(shipped.publication, date=day, window=()))
    case = open_case(report, panel, report.scale, trial, tables)
    population = case.population
    names = (MAINLAND, HONG_KONG) if both else (MAINLAND,)
    markets = np.isin(population.benchmark, [population.benchmarks.index(name) for name in names])
    members = np.flatnonzero(markets & np.isfinite(population.relative[:, 0]))
    returns = read_returns(panel, replace(population, picks=members), np.datetime64(day, "D"))
    column = np.full(len(population.symbols), -1)
    column[members] = np.arange(len(members))
    return Moment(case, members, column, returns.scale(0))


def draw_basket(moment: Moment, kind: Kind, generator: np.random.Generator) -> Rows:
    """Return the places of a basket's picks."""
    case, members = moment.case, moment.members
    market = [case.population.benchmarks[n] for n in case.population.benchmark[members]]
    here = members[np.array(market) == MAINLAND]
    if kind.among:
        return _draw_alike(moment, here, kind, generator)
    if kind.sectors:
        return _draw_sectors(case.sector.label, here, kind, generator)
    there = members[np.array(market) == HONG_KONG]
    drawn = [
        generator.choice(own, count, replace=False)
        for own, count in ((here, kind.mainland), (there, kind.hong_kong))
        if count
    ]
    return np.concatenate(drawn)


def _draw_sectors(label: Rows, here: Rows, kind: Kind, generator: np.random.Generator) -> Rows:
    sizes = [len(part) for part in np.array_split(np.arange(kind.mainland), kind.sectors)]
    labels, counts = np.unique(label[here], return_counts=True)
    # as many shares must be left to compare with
    least = max(LEAST_SECTOR, 2 * sizes[0])
    large = labels[(labels >= 0) & (counts >= least)]
    if len(large) < kind.sectors:
        reason = f"{len(large)} sectors have {least} shares, not {kind.sectors}"
        raise InputError(reason, "bring more shares, or a table of larger sectors")
    sectors = generator.choice(large, kind.sectors, replace=False)
    drawn = [
        generator.choice(here[label[here] == sector], size, replace=False)
        for sector, size in zip(sectors, sizes, strict=True)
    ]
    return np.concatenate(drawn)


def _draw_alike(moment: Moment, here: Rows, kind: Kind, generator: np.random.Generator) -> Rows:
    moves = moment.case.moves
    past = here[moves.known[here]]
    alike = moves.scaled[past] @ moves.scaled[generator.choice(past)]
    nearest = past[np.argsort(-alike, kind="stable")[: kind.among]]
    return generator.choice(nearest, kind.mainland, replace=False)


def judge_basket(
    moment: Moment, kind: Kind, picks: Rows, trial: Trial, skills: Sequence[float]
) -> Judged:
    """Judge one basket with each skill planted, and test it the other ways without any."""
    case = moment.case
    planted = plant(case.population, picks, skills)
    pools = [
        compare_with_random(planted, pool, picks, case.promise, trial.draws, trial.seed)
        for pool in (case.market, case.sector, case.alike)
    ]
    by_skill = [tuple(pool[n] for pool in pools) for n in range(len(skills))]
    together = compare_moves(
        case.moves, case.sector, picks, planted.controls, trial.band_draws, trial.seed
    )
    words = tuple(_judge(placebos, together, kind.names) for placebos in by_skill)
    market, sector, alike = by_skill[0]
    # where the sector's comparison is left out, the market's stands in for it
    instead = replace(market, pool="sector")
    apart = Together(chance=1.0)
    scaled = moment.scaled.scaled[moment.column[picks]]
    used = moment.column[picks][np.isfinite(scaled)]
    correlation = average_correlation(moment.scaled.residuals[:, used]).mean
    return Judged(
        kind=kind,
        day=case.report.publication.date,
        mean=market.mean,
        words=words,
        refused=bool(find_hindrance(kind.names, kind.names, by_skill[0], apart)),
        one_bet=together.chance <= LEVEL,
        market_only=_judge((market, instead), apart, kind.names),
        no_sector=_judge((market, instead, alike), apart, kind.names),
        no_past=_judge((market, sector, alike), apart, kind.names),
        naive=_side(t_test(case.population.relative[picks, 0])) or 0,
        corrected=_side(kolari_pynnonen(moment.scaled.scaled[used], correlation)),
    )


def plant(population: Population, picks: Rows, skills: Sequence[float]) -> Population:
    """Return the population with these picks, and a column for each skill added to their returns.

    The columns take the place of horizons, so that all skills are held against the same draws.
    """
    scores = population.scores
    relative = np.repeat(scores.relative, len(skills), axis=1)
    relative[picks] += np.array(skills)
    plan = replace(scores.plan, stale=np.repeat(scores.plan.stale, len(skills), axis=1))
    planted = replace(scores, plan=plan, relative=relative)
    return replace(population, picks=picks, scores=planted)


def _judge(placebos: Sequence[Placebo], together: Together, names: int) -> str:
    return judge(names, names, placebos, together).word


def _side(test: TTest) -> Side | None:
    """Return 1 for better than the benchmark, -1 for worse, 0 for neither; None for no test."""
    if np.isnan(test.p_value):
        return None
    if test.p_value > LEVEL:
        return 0
    return 1 if test.statistic > 0 else -1
