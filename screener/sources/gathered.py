"""Fundamentals as one upstream tells them, with what had to be left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.companies.facts import Facts, join_facts
from screener.panel import Floats
from screener.sources.trail import Answer

_Kind = TypeVar("_Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Gathered:
    """The figures of one answer.

    Attributes
    ----------
    facts : Facts
    remarks : tuple of str
        What was left out and why, in words for the user; empty where nothing was.
    """

    facts: Facts
    remarks: tuple[str, ...] = ()


def make_facts(
    source: str,
    item: str,
    symbols: Sequence[str] | str,
    period: Days | np.datetime64,
    known: Days | np.datetime64,
    values: Floats,
) -> Facts:
    """Return the figures of one item; a value that is not a number gives none.

    Parameters
    ----------
    source, item : str
    symbols : sequence of str, length R, or str
        Canonical spellings; one for all rows where it is a single one.
    period, known : ndarray of datetime64[D], shape (R,), or datetime64[D]
    values : ndarray, shape (R,)
        In the item's unit.
    """
    there = np.isfinite(values)
    rows = len(values)
    return Facts(
        _spread(np.asarray(symbols, dtype=np.str_), rows)[there],
        np.full(int(there.sum()), item),
        _spread(np.asarray(period), rows)[there],
        _spread(np.asarray(known), rows)[there],
        values[there],
        np.full(int(there.sum()), source),
    )


def _spread(column: npt.NDArray[_Kind], rows: int) -> npt.NDArray[_Kind]:
    return np.broadcast_to(column, (rows,))


def join_answers(answers: Sequence[Answer[Gathered]], missing: Sequence[str]) -> Answer[Facts]:
    """Return several answers as one, with what is missing beside them."""
    return Answer(
        join_facts([each.value.facts for each in answers]),
        tuple(attempt for each in answers for attempt in each.trail),
        tuple(remark for each in answers for remark in each.value.remarks),
        tuple(missing),
    )
