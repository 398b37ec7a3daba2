"""What the rows of a table say of each other: the same thing twice, or two things at once."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from screener.ratings.check import Checked
from screener.ratings.columns import Codes, Lines
from screener.ratings.judge import Judge, Note

Places = npt.NDArray[np.intp]
Key = npt.NDArray[Any]

_MOST_NAMED = 5
_WIDEST = 2**62
_STANCES = {1: "bullish", 0: "neutral", -1: "bearish"}


def refuse_doubles(checked: Checked, line: Lines, judge: Judge) -> Places:
    """Refuse duplicates but for the one known first, and then all rows that contradict.

    Parameters
    ----------
    checked : Checked
    line : ndarray of int64, shape (N,)
    judge : Judge

    Returns
    -------
    ndarray of intp
        The rows with which nothing is wrong, by published, symbol, house, analyst, all else
        they say, and line.
    """
    said = _said(checked)
    _refuse_duplicates(checked, said, line, judge)
    sound = np.flatnonzero(judge.sound)
    named = sound[checked.analyst[sound] != _find(checked.analysts)]
    found: dict[int, Note] = {}
    for rows, who, names in (
        (sound, checked.grades.house, checked.grades.houses),
        (named, checked.analyst, checked.analysts),
    ):
        for group in _disagreeing(checked, rows, who):
            note = _tell(checked, names[who[group[0]]], group, line)
            for row in group.tolist():
                found.setdefault(row, note)
    judge.refuse_rows("contradiction", np.array(list(found), np.intp), list(found.values()))
    left = np.flatnonzero(judge.sound)
    return left[_sort([checked.published, *said, checked.link, line], left)]


def _said(checked: Checked) -> list[Key]:
    """Return keys of all that rows say, but for their days and links."""
    return [
        checked.symbol,
        checked.grades.house,
        checked.analyst,
        checked.grades.word,
        _rank(checked.target),
        _rank(checked.price),
        checked.months,
    ]


def _refuse_duplicates(checked: Checked, said: Sequence[Key], line: Lines, judge: Judge) -> None:
    rows = np.flatnonzero(judge.sound)
    # of two known on one day that with a link is kept
    link = np.where(checked.link == _find(checked.links), len(checked.links), checked.link)
    same = _pack([checked.date, *said], rows)
    order = np.lexsort([*_pack([checked.published, link, line], rows)[::-1], *same[::-1]])
    rows, begins = rows[order], _begins([key[order] for key in same])
    # the first of each group, which is the earliest known
    first = rows[begins][np.cumsum(begins) - 1]
    notes = [(f"the same as line {n}", "leave it out") for n in line[first[~begins]].tolist()]
    judge.refuse_rows("duplicate", rows[~begins], notes)


def _disagreeing(checked: Checked, rows: Places, who: Codes) -> Iterator[Places]:
    """Yield the rows of each group of one day, share and source with several stances."""
    keys = _pack([checked.published, checked.symbol, who], rows)
    order = np.lexsort(keys[::-1])
    starts = np.flatnonzero(_begins([key[order] for key in keys]))
    if not len(starts):
        return
    rows = rows[order]
    stance = checked.grades.stance[rows]
    split = np.minimum.reduceat(stance, starts) != np.maximum.reduceat(stance, starts)
    ends = np.append(starts[1:], len(rows))
    for start, end in zip(starts[split].tolist(), ends[split].tolist(), strict=True):
        yield rows[start:end]


def _sort(keys: Sequence[Key], rows: Places) -> Places:
    """Return the order of rows by keys, the first of which weighs most."""
    return np.lexsort(_pack(keys, rows)[::-1])


def _pack(keys: Sequence[Key], rows: Places) -> list[npt.NDArray[np.int64]]:
    """Return as few keys as will do for the same order of rows, as few are sorted faster."""
    packed = [np.zeros(len(rows), np.int64)]
    size = 1
    for key in keys:
        own = key[rows].astype(np.int64)
        if len(own):
            own -= own.min()
        span = int(own.max(initial=0)) + 1
        if size * span < _WIDEST:
            packed[-1] = packed[-1] * span + own
            size *= span
        else:
            packed.append(own)
            size = span
    return packed


def _begins(keys: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.bool_]:
    """Tell which of sorted rows differ from the one before."""
    differs = np.zeros(len(keys[0]), np.bool_)
    differs[:1] = True
    for key in keys:
        differs[1:] |= key[1:] != key[:-1]
    return differs


def _rank(values: npt.NDArray[np.float64]) -> Codes:
    """Return codes that are equal where values are, or where both are missing."""
    return np.unique(values, return_inverse=True)[1].astype(np.int32)


def _find(texts: tuple[str, ...]) -> int:
    """Return the code of the empty text, which is the first; -1 where there is none."""
    return 0 if texts[:1] == ("",) else -1


def _tell(checked: Checked, who: str, group: Places, line: Lines) -> Note:
    row = group[0]
    stances = sorted(set(checked.grades.stance[group].tolist()), reverse=True)
    said = " and ".join(_STANCES[stance] for stance in stances)
    lines = sorted(line[group].tolist())
    named = ", ".join(map(str, lines[:_MOST_NAMED])) + (", ..." if lines[_MOST_NAMED:] else "")
    message = f"{who} is {said} on {checked.symbols[checked.symbol[row]]}"
    return (
        f"{message} on {checked.published[row]}: lines {named}",
        "find out which holds, and leave out the others",
    )
