"""When a document came out: the day it prints, or a window with the evidence for it."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from screener.documents.document import Document
from screener.drafting.days import find_days
from screener.drafting.lines import Line, fold_signs, read_lines, select_back, select_front
from screener.drafting.publication.evidence import (
    Evidence,
    Kind,
    Told,
    add_months,
    bound,
    find_told,
    load_limits,
)
from screener.drafting.publication.printed import PUBLICATION_FILE, Printed, find_printed
from universes.tables import read_toml

_YEAR = re.compile(r"(?<!\d)20(\d\d)(?!\d)|(?<!\d)(\d\d)年")
_OLDEST, _NEWEST, _CENTURY = 1990, 2098, 2000
_LAST_MONTH = 12
_LONGEST_RANGE = 100
_JOINTS = frozenset(("-", "~", "至", "到", "—", "–", "--", "——", "to"))
# what is more certain comes first, and what disagrees with it is left out
_ORDER: tuple[Kind, ...] = (
    "period", "statistics", "printed", "season", "results", "event", "plan", "forecast", "file",
    "freshness",
)  # fmt: skip
_MOST_NOTES = 5
Window = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class Dated:
    """When a document came out.

    Attributes
    ----------
    date : date or None
        The day it prints; None where it prints none, or several that disagree.
    window : tuple of two dates, or None
        The first and the last day it can have come out; None where a day is printed, and where
        either end is unknown.
    evidence : tuple of Evidence
        What the day or the window follows from.
    notes : tuple of str
        What disagrees and what could not be told, in English.
    """

    date: dt.date | None
    window: tuple[dt.date, dt.date] | None
    evidence: tuple[Evidence, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Season:
    words: tuple[str, ...]
    name: str
    first: int
    last: int
    shift: int


@cache
def _load_seasons() -> tuple[_Season, ...]:
    top = read_toml(PUBLICATION_FILE)
    seasons = []
    for row in top.tables("season"):
        first, last = (row.count(key, largest=_LAST_MONTH) for key in ("from", "to"))
        shift = int(row.number("shift"))
        seasons.append(_Season(row.texts("words"), row.text("name"), first, last, shift))
        row.finish()
    top.faults.raise_if_any()
    return tuple(seasons)


def find_publication(document: Document, title: str = "") -> Dated:
    """Find the day a document came out, or bound it.

    Parameters
    ----------
    document : Document
    title : str
        As `read_front` returns it; part of the text, or empty.

    Returns
    -------
    Dated
        Each quote is part of the text; the window's first day is never after its last.
    """
    folded = fold_signs(document.text)
    lines = read_lines(document, folded)
    front = select_front(lines)
    back = tuple(line for line in select_back(lines) if line.start > front[-1].start)
    bare = "".join(fold_signs(title).split())
    printed = _rank(list(find_printed((*front, *back), front, bare)))
    days = sorted({own.named.span[0] for own in printed if own.named.day})
    told = [own for own in find_told(document.text, folded) if _is_sane(own)]
    if len(days) == 1:
        return _settle(printed, days[0], told)
    bounds = [_as_period(own) for own in printed if not own.named.day]
    notes = []
    if days:
        bounds = [_as_choice(own, days) for own in printed if own.named.day]
        notes = [f"it prints {' and '.join(map(str, days))}, and none of them is chosen"]
    bounds += [bound(own, own.named.year) for own in told if own.named.year]
    bounds += [*_find_seasons(front, bare, None), *_find_ranges(front, bare)]
    window, kept, left = _narrow(bounds)
    yearless = list(_add_years(told, window)) + list(_find_seasons(front, bare, window[0]))
    window, kept, left = _narrow([*bounds, *yearless])
    window, kept, left = _narrow([*kept, *_bound_end(document, window, kept)], left)
    notes += [f"{own.says}, which disagrees with more certain evidence" for own in left]
    return _close(window, kept, notes)


def _rank(printed: list[Printed]) -> list[Printed]:
    """Return the labelled ones where there are any, and of them days before months."""
    best = [own for own in printed if own.rank == 0] or printed
    return [own for own in best if own.named.day] or best


def _is_sane(told: Told) -> bool:
    return told.named.year is None or _OLDEST <= told.named.year <= _NEWEST


def _settle(printed: Sequence[Printed], day: dt.date, told: Sequence[Told]) -> Dated:
    evidence = tuple(
        Evidence("printed", own.line.text, own.line.start, f"{day} {own.why}", day, day)
        for own in printed[:2]
    )
    later = [bound(own, own.named.year) for own in told if own.named.year]
    notes = [f"{own.says}, after the day printed" for own in later if own.since and own.since > day]
    return Dated(day, None, evidence, tuple(dict.fromkeys(notes))[:_MOST_NOTES])


def _as_period(own: Printed) -> Evidence:
    first, last = own.named.span
    says = f"a month {own.why.replace('day', 'time')}"
    return Evidence("period", own.line.text, own.line.start, says, first, last)


def _as_choice(own: Printed, days: Sequence[dt.date]) -> Evidence:
    says = f"{own.named.span[0]} {own.why}, and so does another day"
    return Evidence("printed", own.line.text, own.line.start, says, days[0], days[-1])


def _narrow(
    bounds: Sequence[Evidence], left: Sequence[Evidence] = ()
) -> tuple[Window, list[Evidence], list[Evidence]]:
    """Return the window that evidence leaves, the evidence that agrees, and the rest."""
    first: dt.date | None = None
    last: dt.date | None = None
    kept, rest = [], list(left)
    for own in sorted(bounds, key=_certainty):
        since = max((day for day in (first, own.since) if day), default=None)
        until = min((day for day in (last, own.until) if day), default=None)
        if since and until and since > until:
            rest.append(own)
            continue
        first, last = since, until
        kept.append(own)
    return (first, last), kept, rest


def _certainty(own: Evidence) -> tuple[int, int, int]:
    """Sort by kind, in a kind the tightest first."""
    since = own.since.toordinal() if own.since else 0
    until = own.until.toordinal() if own.until else 0
    return _ORDER.index(own.kind), until - since if own.until else -since, own.start


def _add_years(told: Sequence[Told], window: Window) -> Iterator[Evidence]:
    """Yield what follows from times without a year, by the year nearest to the window's first day.

    A time that would be after what is known to be yet to come is of the year before.
    """
    first, last = window
    if first is None:
        return
    limits = load_limits()
    oldest = add_months(first, -limits.back_months)
    newest = min(day for day in (add_months(first, limits.on_months), last) if day)
    for own in told:
        if own.named.year is not None:
            continue
        for year in (first.year + 1, first.year, first.year - 1):
            found = bound(own, year)
            if own.kind in {"plan", "forecast"}:
                ahead = own.named.within(year)[1] >= first >= own.named.within(year - 1)[1]
            else:
                ahead = bool(found.since and oldest < found.since <= newest)
            if ahead:
                yield found
                break


def _find_seasons(front: Sequence[Line], title: str, near: dt.date | None) -> Iterator[Evidence]:
    """Yield the time of year that the kind of paper tells of.

    Its year is that of its line; with ``near`` only lines without one are read, and the year is
    the one whose season lies nearest to that day.
    """
    for line in front:
        words = line.folded.casefold()
        bare = "".join(line.folded.split())
        season = next((own for own in _load_seasons() if any(w in words for w in own.words)), None)
        if season is None or (("《" in bare or len(bare) > len(title)) and bare not in title):
            continue
        told = _YEAR.search(line.folded)
        if told:
            years = [_CENTURY + int(told[1] or told[2])] if near is None else []
        else:
            years = [near.year - 1, near.year, near.year + 1] if near else []
        spans = [_span_of(season, year) for year in years]
        if spans:
            first, last = min(spans, key=lambda span: _distance(span, near))
            says = f"{season.name} come out between {first} and {last}"
            yield Evidence("season", line.text, line.start, says, first, last)
            return


def _find_ranges(front: Sequence[Line], title: str) -> Iterator[Evidence]:
    """Yield the end of the time that a title, or a line of its own, says the paper covers."""
    for line in front:
        days = find_days(line.folded) if len(line.folded) <= _LONGEST_RANGE else ()
        for own, after in pairwise(days):
            joint = line.folded[own.end : after.start].strip()
            rest = (line.folded[: own.start] + line.folded[after.end :]).strip(" ()[]:")
            alone = not rest or "".join(line.folded.split()) in title
            if joint in _JOINTS and alone and own.span <= after.span:
                day = after.span[0]
                says = f"it covers the time to {day}"
                yield Evidence("statistics", line.text, line.start, says, day, None)


def _span_of(season: _Season, year: int) -> tuple[dt.date, dt.date]:
    first = dt.date(year + season.shift, season.first, 1)
    months = (season.last - season.first) % _LAST_MONTH
    return first, add_months(first, months)


def _distance(span: tuple[dt.date, dt.date], day: dt.date | None) -> int:
    if day is None or span[0] <= day <= span[1]:
        return 0
    return min(abs((end - day).days) for end in span)


def _bound_end(document: Document, window: Window, kept: Sequence[Evidence]) -> Iterator[Evidence]:
    """Yield what the file and the age of the latest figures leave, where the text leaves more."""
    first, last = window
    limits = load_limits()
    made = document.made_on
    if first and made and first <= made and (last is None or made <= last):
        until = made + dt.timedelta(days=limits.file_days)
        says = f"the file was made on {made}, and papers come out within days of it"
        yield Evidence("file", "", 0, says, None, until)
    if first and last is None:
        latest = max((own for own in kept if own.since == first), key=_certainty)
        results = latest.kind == "results"
        months = limits.stale_results_months if results else limits.stale_months
        says = f"no later day is told, and the latest figures are taken to be {months} months old"
        until = add_months(first, months)
        yield Evidence("freshness", latest.quote, latest.start, says + " at most", None, until)


def _close(window: Window, kept: Sequence[Evidence], notes: list[str]) -> Dated:
    """Return the tightest evidence of each kind with the window."""
    best: dict[tuple[Kind, bool], Evidence] = {}
    for own in kept:
        best.setdefault((own.kind, own.since is None), own)
    first, last = window
    if first is None or last is None:
        known = "neither end" if first is None and last is None else "only one end"
        notes.append(f"{known} of the time it came out is told")
    span = (first, last) if first and last else None
    return Dated(None, span, tuple(best.values()), tuple(dict.fromkeys(notes))[:_MOST_NOTES])
