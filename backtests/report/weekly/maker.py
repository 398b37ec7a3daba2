"""Makes a week's files from what the command line was asked: `WeeklyMaker`."""

import datetime as dt
import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property, partial

from backtests.palette import Colors
from backtests.portfolio.simulate import securities_to_trade
from backtests.portfolio.strategy.strategies import load_strategies
from backtests.report.weekly.folder import make_files
from backtests.runs.job import Job, Made
from backtests.scorecard import securities_of
from backtests.weekly.compose import compose_week
from backtests.weekly.result import Weekly
from backtests.weekly.week import Week
from screener import Panel, load_prices
from screener.companies.sectors import load_sectors
from universes import Ledger, RatingScale, Report, __version__, load_claims, load_report, load_scale
from universes.content import content_hash
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

    def load(self, as_of: dt.date) -> tuple[Panel, Panel]:
        """Return the prices of what is scored and traded, and those of all shares to compare with.

        Raises
        ------
        InputError
            If there are none.
        """
        scored, totals = securities_of(self.report, self.scale)
        traded, _ = securities_to_trade(self.report, self.scale, _CURRENCY)
        load = partial(
            load_prices,
            scored,
            end=as_of.isoformat(),
            source=self.asked.data,
            version=self.asked.version,
            at=self.asked.at,
        )
        past = (self.report.publication.date - _PAST).isoformat()
        # where rates are missing the portfolio cannot be told, and all the rest can
        prices = load(also=[*totals, *traded], raw=True)
        return prices, load(start=past, also=totals, fields=("close",), others=True)

    def compose(self, as_of: dt.date) -> Weekly:
        """Return what the week of a day brought, from prices that end with it."""
        report = self.report
        prices, controls = self.load(as_of)
        return compose_week(
            report,
            prices,
            as_of,
            self.ledger,
            controls=controls,
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
