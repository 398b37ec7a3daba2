"""Makes a week's files from what the command line was asked: `WeeklyMaker`."""

import datetime as dt
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from backtests.palette import Colors
from backtests.portfolio.simulate import securities_to_trade
from backtests.portfolio.strategy.strategies import load_strategies
from backtests.report.weekly.folder import make_files
from backtests.runs.job import Job, Made
from backtests.scorecard import securities_of
from backtests.weekly.compose import compose_week, symbols_of
from backtests.weekly.result import Weekly
from backtests.weekly.week import Week
from screener import Panel, load_prices
from screener.companies.sectors import load_sectors
from universes import Ledger, RatingScale, Report, __version__, load_claims, load_report, load_scale
from universes.content import content_hash
from universes.exchange import Exchange
from universes.text import Language

_CURRENCY = "CNY"
# calendar days before publication that hold the sessions a market model is fitted to
_PAST = dt.timedelta(days=400)


@dataclass(frozen=True)
class Asked:
    """What a weekly report is asked to be made from, and how.

    Attributes
    ----------
    report, scale, data
        As `screener score` takes them.
    version : int or None
        Of the store.
    at : str or None
        Time in UTC: the store as it stood then.
    strategies, sectors : tuple of str
        Empty: the usual ones, and all that are kept.
    language : {"zh", "en"}
    colors : {"china", "west", "none"}
    """

    report: str | None = None
    scale: str | None = None
    data: str | None = None
    version: int | None = None
    at: str | None = None
    strategies: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    language: Language = "en"
    colors: Colors = "china"


class WeeklyMaker:
    """Makes weekly reports of one broker's report; it can be handed to another process.

    Parameters
    ----------
    asked : Asked

    Raises
    ------
    InputError
        If the report, its claims, the rating standard, a strategy or a table of sectors cannot
        be read.
    """

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.report: Report = load_report(asked.report).select()
        self.scale: RatingScale = load_scale(asked.scale) if asked.scale else self.report.scale
        self.ledger: Ledger = load_claims(asked.report)
        self._strategies = load_strategies(asked.strategies) if asked.strategies else None
        self._sectors = load_sectors(asked.sectors)

    @cached_property
    def settings(self) -> str:
        """Hash of everything that decides a week's files beside the prices."""
        asked = {**asdict(self.asked), "version": None, "at": None}
        return content_hash(
            {
                **asked,
                "program": __version__,
                "hashes": [
                    self.report.sha256,
                    self.scale.sha256,
                    self.ledger.sha256,
                    self._sectors.sha256,
                ],
            }
        )

    def job(self, week: Week) -> Job:
        """Return the job of writing a week."""
        own = self.report.id, self.asked.language, week.name
        return Job(*own, week.last, self.settings)

    @cached_property
    def exchanges(self) -> frozenset[Exchange]:
        """Those of the picks and of their benchmarks."""
        return frozenset(symbol.exchange for symbol in symbols_of(self.report, self.scale))

    def load_prices(self, as_of: dt.date) -> Panel:
        """Return the prices of what is scored and traded.

        Raises
        ------
        InputError
            If there are none.
        """
        scored, totals = securities_of(self.report, self.scale)
        traded, _ = securities_to_trade(self.report, self.scale, _CURRENCY)
        # where rates are missing the portfolio cannot be told, and all the rest can
        return self._load(scored, as_of, also=[*totals, *traded], raw=True)

    def _load_controls(self, as_of: dt.date) -> Panel:
        """Return the closes of all shares that the picks are compared with."""
        scored, totals = securities_of(self.report, self.scale)
        start = (self.report.publication.date - _PAST).isoformat()
        return self._load(scored, as_of, start=start, also=totals, fields=("close",), others=True)

    def _load(self, symbols: Sequence[str], as_of: dt.date, **options: Any) -> Panel:  # noqa: ANN401
        asked = self.asked
        return load_prices(
            symbols,
            end=as_of.isoformat(),
            source=asked.data,
            version=asked.version,
            at=asked.at,
            **options,
        )

    def compose(self, as_of: dt.date) -> Weekly:
        """Return what the week of a day brought, from prices that end with it."""
        return compose_week(
            self.report,
            self.load_prices(as_of),
            as_of,
            self.ledger,
            controls=self._load_controls(as_of),
            sectors=self._sectors,
            strategies=self._strategies,
            scale=self.scale,
        )

    def command(self, weekly: Weekly) -> str:
        """Return the command that makes a week's report again, from the same prices."""
        return shlex.join(self._spell(weekly))

    def __call__(self, job: Job) -> Made:
        """Return the files of one week."""
        weekly = self.compose(job.as_of)
        files = make_files(weekly, self.command(weekly), self.asked.language, self.asked.colors)
        problems = tuple(each.code for each in weekly.problems)
        return Made(files, weekly.provenance["data"], problems)

    def _spell(self, weekly: Weekly) -> Iterator[str]:
        asked = self.asked
        yield from ("screener", "report", "weekly", "--report", asked.report or self.report.id)
        yield from ("--as-of", weekly.week.last.isoformat(), "--lang", asked.language)
        if asked.scale:
            yield from ("--scale", asked.scale)
        version = weekly.card.provenance["data"]["source"].rpartition("store, version ")[2]
        if version.isdigit():
            yield from ("--data", asked.data or "store", "--version", version)
        else:
            yield from ("--data", asked.data or "snapshot")
        for strategy in asked.strategies:
            yield from ("--strategy", strategy)
        for table in asked.sectors:
            yield from ("--sectors", table)
        if asked.colors != "china":
            yield from ("--colors", asked.colors)
        yield from ("--out", "results/")
