"""Reads a report from its folder (report.toml and a file for each theme) or from one file."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import cast

from universes.drafted import (
    DRAFT_FILES,
    DraftChecker,
    Drafted,
    read_drafted,
    read_evidence,
    refuse,
)
from universes.errors import Fault, FaultyFileError, InputError
from universes.market import Market, load_market, market_of
from universes.rating import RatingScale, load_scale
from universes.report import LEVELS, VIEWS, Level, Pick, Publication, Report, Theme
from universes.reviewed import Review, apply_review, read_review
from universes.seal import read_seal
from universes.symbol import Symbol
from universes.tables import Table, is_there, read_toml
from universes.text import Text

REPORTS_FOLDER = Path(__file__).parent / "reports"
REPORT_FILE = "report.toml"
CLAIMS_KEY = "claims"
CLAIMS_FILE = f"{CLAIMS_KEY}.toml"

_STEM = re.compile(r"[\w-]+")


@cache
def list_reports() -> tuple[str, ...]:
    """Return the ids of the shipped reports, oldest first."""
    return tuple(sorted(path.parent.name for path in REPORTS_FOLDER.glob(f"*/{REPORT_FILE}")))


def load_report(report: str | Path | None = None, *, reading: bool = False) -> Report:
    """Load a report.

    Parameters
    ----------
    report : str or Path, optional
        The id of a shipped report, a folder with report.toml and a TOML file for each theme,
        or one TOML file that holds its themes as ``[[themes]]``. The path of a file that was
        drafted means the folder beside it. Left out: the newest shipped.
    reading : bool
        Whether a draft that nobody has approved is loaded as well, to be looked at.

    Returns
    -------
    Report

    Raises
    ------
    InputError
        If there is no such report, or if it is a draft that nobody has approved as it is.
    FaultyFileError
        If its files have faults; all faults of all its files are listed.

    Examples
    --------
    >>> len(load_report().select().picks)
    28
    """
    main = find_report(report)
    # before it is read: what was changed may no longer be readable
    if not reading and main.name == REPORT_FILE:
        seal = read_seal(main.parent)
        if seal.state == "changed":
            raise refuse(str(main.parent), seal)
    loaded = _ReportReader(main).read()
    if not reading and loaded.seal and loaded.seal.state != "approved":
        raise refuse(str(main.parent), loaded.seal)
    return loaded


def load_drafted(report: str | Path) -> Report:
    """Load a draft as the program wrote it, whatever a person decided about it since.

    Parameters and errors are those of `load_report`; it is loaded for reading.
    """
    return _ReportReader(find_report(report), reviewed=False).read()


def find_report(report: str | Path | None = None) -> Path:
    """Return the main file of a report, given as `load_report` takes it.

    Raises
    ------
    InputError
        If there is no such report.
    """
    if report is None:
        report = list_reports()[-1]
    if str(report) in list_reports():
        return REPORTS_FOLDER / str(report) / REPORT_FILE
    path = Path(report)
    drafted = path.with_suffix("") / REPORT_FILE
    if path.suffix not in ("", ".toml") and is_there(drafted) and not is_there(path / REPORT_FILE):
        return drafted
    if not is_there(path):
        raise InputError(
            f"there is no report {str(report)!r}",
            f"write one of: {', '.join(list_reports())}, or the path of a report folder or file",
        )
    if path.suffix != ".toml" and path.is_file():
        raise InputError(
            f"{path} is no universe file", f"draft one from it with screener draft {path}"
        )
    return path / REPORT_FILE if path.is_dir() else path


class _ReportReader:
    """Reads one report and gathers the faults of all its files."""

    def __init__(self, main: Path, *, reviewed: bool = True) -> None:
        self._main = main
        self._reviewed = reviewed
        self._table = read_toml(main)
        self._faults: list[Fault] = []
        self._tables = [self._table]
        self._drafted: Drafted | None = None

    def read(self) -> Report:
        self._drafted = read_drafted(self._table)
        is_draft = self._drafted is not None
        themes = [
            _read_theme(theme_id, table, drafted=is_draft) for theme_id, table in self._themes()
        ]
        self._check_duplicates(themes)
        decided = self._check_draft(themes)
        table = self._table
        scale = self._read_scale()
        in_folder = self._main.name == REPORT_FILE
        read = Report(
            id=self._main.parent.resolve().name if in_folder else self._main.stem,
            title=table.bilingual("title"),
            broker=table.bilingual("broker"),
            house=table.bilingual("house"),
            publication=_read_publication(table.table("published")),
            scale=cast("RatingScale", scale),
            themes=decided,
            drafted=self._drafted,
            seal=read_seal(self._main.parent) if self._drafted else None,
        )
        table.finish()
        faults = [*self._faults, *(fault for each in self._tables for fault in each.faults)]
        if faults:
            raise FaultyFileError(faults)
        return read

    def _themes(self) -> Iterator[tuple[str, Table]]:
        """Yield each theme's id and table, from the file itself or from the files beside it."""
        if self._main.name != REPORT_FILE:
            # the ledger of claims has its own reader
            self._table.tables(CLAIMS_KEY)
            for table in self._table.tables("themes"):
                yield table.text("id"), table
            return
        stems = self._table.texts("themes")
        folder = self._main.parent
        known = {REPORT_FILE, CLAIMS_FILE, self._table.peek("scale")}
        known.update(f"{stem}.toml" for stem in stems)
        known.update(DRAFT_FILES if self._drafted else ())
        for name in sorted({path.name for path in folder.glob("*.toml")} - known):
            self._table.fault("themes", f"{name} is not listed", "list it, or move it away")
        for stem in stems:
            if not _STEM.fullmatch(stem):
                self._table.fault("themes", f"{stem!r} is no file's name", "write it without path")
                continue
            if stem == CLAIMS_KEY:
                self._table.fault("themes", f"{CLAIMS_FILE} holds claims", "rename the theme")
                continue
            try:
                table = read_toml(folder / f"{stem}.toml")
            except FaultyFileError as error:
                self._faults.extend(error.faults)
                continue
            self._tables.append(table)
            yield stem, table

    def _check_draft(self, themes: Sequence[tuple[Theme, list[Table]]]) -> tuple[Theme, ...]:
        """Return the themes; those of a draft are checked, and as a person decided them."""
        drafted = tuple(theme for theme, _ in themes)
        folder = self._main.parent
        if self._drafted is None:
            return drafted
        checker = DraftChecker(folder, self._drafted)
        for theme, rows in themes:
            for pick, row in zip(theme.picks, rows, strict=True):
                checker.check(row, pick.symbol, pick.evidence)
        self._faults.extend(checker.faults)
        review = read_review(folder, checker) if self._reviewed else Review()
        return apply_review(drafted, review, folder)

    def _read_scale(self) -> RatingScale | None:
        beside = self._main.parent

        def load(name: str) -> RatingScale:
            return load_scale(str(beside / name) if name.endswith(".toml") else name)

        return self._table.parsed("scale", load)

    def _check_duplicates(self, themes: Sequence[tuple[Theme, list[Table]]]) -> None:
        if not themes and not self._faults:
            self._table.fault("themes", "names no theme", "add one")
        theme_ids: set[str] = set()
        seen: dict[Symbol, str] = {}
        for theme, rows in themes:
            if theme.id in theme_ids:
                self._table.fault("themes", f"the theme {theme.id!r} stands twice", "remove one")
            theme_ids.add(theme.id)
            for pick, row in zip(theme.picks, rows, strict=True):
                if pick.symbol in seen:
                    there = seen[pick.symbol]
                    message = f"{pick.symbol} is a duplicate; the theme {there!r} has it already"
                    row.fault("symbol", message, "keep one of them")
                seen.setdefault(pick.symbol, theme.id)


def _read_publication(table: Table) -> Publication:
    day = table.day("date")
    inferred = table.flag("inferred", default=False)
    window = table.days("window", 2)
    evidence = table.bilinguals("evidence")
    if inferred and not (window and evidence):
        table.fault("inferred", "an inferred date stands alone", "add its window and evidence")
    if window and window[1] < window[0]:
        table.fault("window", "ends before it begins", "write [first, last]")
    elif window and not window[0] <= day <= window[1] and day != dt.date.min:
        table.fault("date", f"{day} lies outside its window", "widen the window or mend the date")
    table.finish()
    return Publication(day, inferred, window, evidence)


def _read_theme(theme_id: str, table: Table, *, drafted: bool) -> tuple[Theme, list[Table]]:
    """Return a theme and, beside each of its picks, the table it was read from.

    A program that drafts a report finds no argument in it; a person may add one.
    """
    rows = table.tables("picks")
    if not rows:
        table.fault("picks", "the theme has no picks", "add a [[picks]] table for each")
    read = [(pick, row) for row in rows if (pick := _read_pick(row))]
    told = table.has("argument") or not drafted
    theme = Theme(
        id=theme_id,
        title=table.bilingual("title"),
        section=table.text("section", "" if drafted else None),
        industry_view=table.choice("industry_view", VIEWS, "none"),
        argument=table.bilingual("argument") if told else Text("", ""),
        catalysts=table.bilinguals("catalysts"),
        risks=table.bilinguals("risks"),
        picks=tuple(pick for pick, _ in read),
    )
    table.finish()
    return theme, [row for _, row in read]


def _read_pick(row: Table) -> Pick | None:
    symbol = row.parsed("symbol", Symbol.parse)
    market = _read_market(row, symbol)
    name = row.bilingual("name")
    level = row.choice("level", LEVELS)
    section = row.text("section", "" if row.has("quote") else None)
    words = row.text("words")
    evidence = read_evidence(row)
    row.finish()
    if symbol is not None and symbol.kind == "index":
        row.fault("symbol", f"{symbol} is an index", "name a share or a fund")
    if symbol is None or market is None:
        return None
    return Pick(symbol, market, name, cast("Level", level), section, words, evidence)


def _read_market(row: Table, symbol: Symbol | None) -> Market | None:
    """Return the market a pick names, or else the one its exchange has."""
    market = row.parsed("market", load_market) if row.has("market") else None
    if symbol is None:
        return None
    if market is None and not row.has("market"):
        return row.parsed("symbol", lambda text: market_of(Symbol.parse(text)))
    if market and market.exchange.id != symbol.suffix:
        row.fault("market", f"{symbol} is not listed there", "remove market, or mend the symbol")
        return None
    return market
