"""The grades of one list as bands that meet, or what keeps them from it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from screener.drafting.standard.bands import Interval, Owner
from screener.drafting.standard.words import texts
from universes.houses import fold, load_houses
from universes.rating import Band
from universes.text import Text


@dataclass(frozen=True)
class Entry:
    """A grade of a list, as the text has it.

    Attributes
    ----------
    name : Text
    interval : Interval or None
        None where no figures could be read.
    definition : str
        Its folded words.
    start, end : int
        Of word and definition together, in characters of the text.
    """

    name: Text
    interval: Interval | None
    definition: str
    start: int
    end: int


@dataclass(frozen=True)
class Ladder:
    """The bands of a list, best first, empty where they cannot be told; and remarks."""

    bands: tuple[Band, ...]
    notes: tuple[str, ...]


def build_ladder(entries: Sequence[Entry], places: str) -> Ladder:
    """Make bands of the entries of a list; gaps and overlaps are named, never mended.

    Parameters
    ----------
    entries : sequence of Entry
        In any order.
    places : {"company", "industry"}
        Which grades go by their place in the list.
    """
    blank = [entry.name.zh for entry in entries if entry.interval is None]
    if blank:
        return Ladder((), (f"no figures could be read for {', '.join(blank)}",))
    pairs = [(entry, entry.interval) for entry in entries if entry.interval]
    pairs.sort(key=lambda pair: _height(pair[1]), reverse=True)
    faults = tuple(_find_faults(pairs))
    if faults:
        return Ladder((), faults)
    intervals = [interval for _, interval in pairs]
    belongs_up, note = _settle_bounds(intervals)
    owners = zip([*belongs_up, False], [True, *belongs_up], strict=True)
    grades = _name_grades([entry.name for entry, _ in pairs], intervals, places)
    bands = tuple(
        _make_band(grade, entry.name, interval, lower=lower, upper=not above)
        for grade, (entry, interval), (lower, above) in zip(grades, pairs, owners, strict=True)
    )
    notes = dict.fromkeys(interval.note for interval in intervals if interval.note)
    return Ladder(bands, (*notes, *([note] if note else [])))


def _height(interval: Interval) -> tuple[float, float]:
    lower = float("-inf") if interval.lower is None else interval.lower
    return lower, float("inf") if interval.upper is None else interval.upper


def _find_faults(pairs: Sequence[tuple[Entry, Interval]]) -> Iterator[str]:
    if len(pairs) == 1:
        yield f"{pairs[0][0].name.zh} is the only grade"
        return
    (best, top), (worst, bottom) = pairs[0], pairs[-1]
    if top.upper is not None:
        yield f"{best.name.zh}, the best grade, ends at {top.upper:g}%"
    if bottom.lower is not None:
        yield f"{worst.name.zh}, the worst grade, ends at {bottom.lower:g}%"
    for (upper, better), (lower, worse) in pairwise(pairs):
        names = f"{upper.name.zh} and {lower.name.zh}"
        if better.lower is None or worse.upper is None or worse.upper > better.lower:
            yield f"{names} overlap"
        elif worse.upper < better.lower:
            yield f"{names} leave a gap between {worse.upper:g}% and {better.lower:g}%"
        elif better.lower_owner == worse.upper_owner == "in":
            yield f"{names} both claim {better.lower:g}%"
        elif better.lower_owner == worse.upper_owner == "out":
            yield f"neither of {names} has {better.lower:g}%"


def _settle_bounds(intervals: Sequence[Interval]) -> tuple[list[bool], str]:
    """Return whether each bound is the better grade's, best first, and what was left open."""
    joints = [
        (better.lower or 0.0, _said_up(better.lower_owner, worse.upper_owner))
        for better, worse in pairwise(intervals)
    ]
    # whether the grade further from zero has the bounds of which it is said
    habit = {up == (value >= 0) for value, up in joints if up is not None}
    far = habit != {False}
    open_bounds = [value for value, up in joints if up is None]
    belongs_up = [(value >= 0) == far if up is None else up for value, up in joints]
    if not open_bounds:
        return belongs_up, ""
    figures = ", ".join(f"{value:g}%" for value in open_bounds)
    owner = "further from zero" if far else "nearer to zero"
    why = ", as it has where the words tell" if len(habit) == 1 else ""
    return belongs_up, f"who owns {figures} is not stated; the grade {owner} has it{why}"


def _said_up(better: Owner, worse: Owner) -> bool | None:
    """Tell whether the words give a bound to the better grade; None where they do not tell."""
    if better:
        return better == "in"
    return worse == "out" if worse else None


def _make_band(grade: str, name: Text, interval: Interval, *, lower: bool, upper: bool) -> Band:
    return Band(
        grade,
        name,
        None if interval.lower is None else interval.lower / 100,
        None if interval.upper is None else interval.upper / 100,
        interval.lower is not None and lower,
        interval.upper is not None and upper,
        interval.lower is not None and interval.lower >= 0,
    )


def _name_grades(
    names: Sequence[Text], intervals: Sequence[Interval], places: str
) -> tuple[str, ...]:
    """Return each grade's id: what its word means, otherwise by its place."""
    sides = [_side_of(interval) for interval in intervals]
    pools = {side: texts("names", f"{places}_{side}") for side in sides}
    grades: list[str] = []
    for place, (name, side) in enumerate(zip(names, sides, strict=True)):
        rank = sides[:place].count(side)
        by_place = (*pools[side][rank:], *pools[side], f"grade_{place + 1}")
        candidates = (*_meanings_of(name), *by_place)
        grades.append(next(grade for grade in candidates if grade not in grades))
    return tuple(grades)


def _side_of(interval: Interval) -> str:
    if interval.lower is not None and interval.lower >= 0:
        return "above"
    return "below" if interval.upper is not None and interval.upper <= 0 else "about"


def _meanings_of(name: Text) -> tuple[str, ...]:
    """Return what a word is known to mean, at most one grade."""
    words = load_houses().words
    literal = fold(name.en).replace(" ", "_")
    known = words.get(fold(name.zh)) or words.get(fold(name.en)) or ()
    return (literal,) if literal in known else known[:1]
