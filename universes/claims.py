"""What a report says that can be checked, and what has become of it."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from universes.content import content_hash
from universes.errors import Fault, FaultyFileError
from universes.loader import CLAIMS_FILE, CLAIMS_KEY, REPORT_FILE, find_report, load_report
from universes.report import Report
from universes.tables import Table, is_there, read_toml
from universes.text import Text

Verdict = Literal["true", "false", "undecidable"]
Status = Literal["true", "false", "undecidable", "open"]
VERDICTS: tuple[Verdict, ...] = ("true", "false", "undecidable")

_LINKS = ("https://", "http://")


@dataclass(frozen=True)
class Finding:
    """What a piece of evidence says of a claim.

    Attributes
    ----------
    status : {"true", "false", "undecidable"}
    date : date
        The day the evidence became public; before it the finding is not known.
    evidence : Text
        What was found; for an undecidable claim, why it cannot be decided.
    source : Text
        Where it stands.
    link : str
        An address that leads there; empty where none is known.
    verified : bool
        Whether somebody has read the source itself, and not only what others say of it.
    """

    status: Verdict
    date: dt.date
    evidence: Text
    source: Text
    link: str
    verified: bool


@dataclass(frozen=True)
class Claim:
    """A statement of a report that events can bear out or refute.

    Attributes
    ----------
    id : str
    section : str
        Where the report says it.
    statement : Text
        The claim in our own short words.
    words : str
        The report's own words that decide what is claimed.
    due : date or None
        The day by which it can be decided; None where that cannot be told.
    findings : tuple of Finding
        Oldest first.
    """

    id: str
    section: str
    statement: Text
    words: str
    due: dt.date | None
    findings: tuple[Finding, ...]

    def status_on(self, day: dt.date) -> tuple[Status, Finding | None]:
        """Return how the claim stood at the end of a day.

        Returns
        -------
        status : {"true", "false", "undecidable", "open"}
            That of the latest finding public by then; open where there was none.
        finding : Finding or None
            None for an open claim.
        """
        known = [finding for finding in self.findings if finding.date <= day]
        return (known[-1].status, known[-1]) if known else ("open", None)


@dataclass(frozen=True)
class Ledger:
    """The claims of one report; they have no part in any verdict on prices.

    Attributes
    ----------
    claims : tuple of Claim
        In the file's order; empty where none are kept.
    """

    claims: tuple[Claim, ...] = ()

    @property
    def sha256(self) -> str:
        """Hash of everything in the ledger, independent of file layout."""
        return content_hash(dataclasses.asdict(self))


def load_claims(report: str | Path | None = None) -> Ledger:
    """Load a report's claims: claims.toml in its folder, or ``[[claims]]`` in its one file.

    Parameters
    ----------
    report : str or Path, optional
        As `load_report` takes it.

    Returns
    -------
    Ledger
        Empty where the report keeps none.

    Raises
    ------
    InputError
        If there is no such report.
    FaultyFileError
        If the claims have faults; all are listed. Faults of the report are not among them.

    Examples
    --------
    >>> claim = load_claims("2024-06-16_soochow_media").claims[0]
    >>> claim.status_on(dt.date(2024, 11, 13))[0], claim.status_on(dt.date(2024, 11, 14))[0]
    ('open', 'true')
    """
    main = find_report(report)
    table = top = read_toml(main)
    if main.name == REPORT_FILE:
        path = main.parent / CLAIMS_FILE
        if not is_there(path):
            return Ledger()
        table = read_toml(path)
    claims = _read_claims(table.tables(CLAIMS_KEY), _published(top))
    if table is not top:
        table.finish()
        table.faults.raise_if_any()
    # what else is wrong with a report of one file is told by its own reader
    own = [fault for fault in table.faults if fault.key.startswith(CLAIMS_KEY)]
    if own:
        raise FaultyFileError(own)
    return Ledger(claims)


def load_with_claims(
    report: str | Path | None = None, *, reading: bool = False
) -> tuple[Report, Ledger]:
    """Load a report and its claims; the faults of both come in one error.

    Parameters and errors are those of `load_report` and `load_claims`.
    """
    faults: list[Fault] = []
    try:
        loaded = load_report(report, reading=reading)
    except FaultyFileError as error:
        faults.extend(error.faults)
    try:
        ledger = load_claims(report)
    except FaultyFileError as error:
        faults.extend(error.faults)
    if faults:
        # both readers meet a file that cannot be read at all
        raise FaultyFileError(dict.fromkeys(faults))
    return loaded, ledger


def _published(report: Table) -> dt.date | None:
    """Return when the report came out; None where it does not say it properly."""
    published = report.peek("published")
    day = published.get("date") if isinstance(published, dict) else None
    return day if isinstance(day, dt.date) and not isinstance(day, dt.datetime) else None


def _read_claims(rows: Sequence[Table], published: dt.date | None) -> tuple[Claim, ...]:
    claims = tuple(_read_claim(row, published) for row in rows)
    seen: set[str] = set()
    for row, claim in zip(rows, claims, strict=True):
        if claim.id and claim.id in seen:
            row.fault("id", f"the claim {claim.id!r} stands twice", "give each claim its own id")
        seen.add(claim.id)
    return claims


def _read_claim(row: Table, published: dt.date | None) -> Claim:
    due = row.day("due") if row.has("due") else None
    if due and due != dt.date.min:
        _check_not_before(row, "due", due, published)
    claim = Claim(
        id=row.text("id"),
        section=row.text("section"),
        statement=row.bilingual("statement"),
        words=row.text("words"),
        due=due,
        findings=_read_findings(row.tables("findings"), published),
    )
    row.finish()
    return claim


def _read_findings(rows: Sequence[Table], published: dt.date | None) -> tuple[Finding, ...]:
    findings = tuple(_read_finding(row, published) for row in rows)
    for row, (earlier, later) in zip(rows[1:], pairwise(findings), strict=True):
        # a date that could not be read is a fault already
        if dt.date.min < later.date <= earlier.date:
            message = f"{later.date} is not after {earlier.date}, the finding before"
            row.fault("date", message, "put the findings oldest first, one for each day")
    return findings


def _read_finding(row: Table, published: dt.date | None) -> Finding:
    day = row.day("date")
    if day != dt.date.min:
        _check_not_before(row, "date", day, published)
    finding = Finding(
        status=cast("Verdict", row.choice("status", VERDICTS)),
        date=day,
        evidence=row.bilingual("evidence"),
        source=row.bilingual("source"),
        link=row.text("link", ""),
        verified=row.flag("verified"),
    )
    if finding.link and (not finding.link.startswith(_LINKS) or " " in finding.link):
        row.fault("link", f"{finding.link!r} is no address", "write https://..., or leave it out")
    row.finish()
    return finding


def _check_not_before(row: Table, key: str, day: dt.date, published: dt.date | None) -> None:
    if published and day < published:
        message = f"{day} lies before {published}, when the report came out"
        row.fault(key, message, "mend the date: what was known then was no claim")
