"""Whose words are whose: houses by one name each, and the grades that their words mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from screener.ratings.cells import squeeze
from screener.ratings.columns import Cells, Codes
from screener.ratings.judge import Judge, Note
from universes import RatingScale, load_scale
from universes.houses import House, Houses, stance_of

_SHOWN = 40
_NO_HOUSE = ("the house is not told", "name who published the rating")


@dataclass(frozen=True, eq=False)
class Grades:
    """What the rows of a table recommend; one that was refused holds anything.

    Attributes
    ----------
    houses, words : tuple of str
        Sorted: each house's one name, and the ratings as written.
    house, word : ndarray of int32, shape (N,)
        Codes into them.
    scales : tuple of RatingScale
        Sorted by id.
    scale : ndarray of int16, shape (N,)
        By which of them each is graded.
    own_standard : ndarray of bool, shape (N,)
        Whether that is the house's own.
    band, stance : ndarray of int8, shape (N,)
        The grade, counted from the worst, and whether it is bullish, neutral or bearish.
    """

    houses: tuple[str, ...]
    house: Codes
    words: tuple[str, ...]
    word: Codes
    scales: tuple[RatingScale, ...]
    scale: npt.NDArray[np.int16]
    own_standard: npt.NDArray[np.bool_]
    band: npt.NDArray[np.int8]
    stance: npt.NDArray[np.int8]


def read_grades(
    cells: Mapping[str, Cells], judge: Judge, common: RatingScale, known: Houses
) -> Grades:
    """Read the columns of houses and ratings; rows without a house or a grade are refused.

    Parameters
    ----------
    cells : mapping of str to Cells
    judge : Judge
    common : RatingScale
        Of the houses that have no standard of their own.
    known : Houses
    """
    written = [squeeze(value) for value in cells["house"].values]
    found = [known.find(name) for name in written]
    names = [house.name.zh if house else name for house, name in zip(found, written, strict=True)]
    notes = [None if name else _NO_HOUSE for name in names]
    judge.refuse_values("no_house", cells["house"].codes, notes)
    by_name = dict(zip(names, found, strict=True))
    houses, house = settle(names, cells["house"].codes)
    words, word = settle(
        [" ".join(value.split()) for value in cells["rating"].values], cells["rating"].codes
    )
    listed = [by_name[name] for name in houses]
    standards = [load_scale(each.scale) if each and each.scale else common for each in listed]
    scales = sorted({(each.id, each.sha256): each for each in standards}.items())
    places = {key: place for place, (key, _) in enumerate(scales)}
    of_house = [places[each.id, each.sha256] for each in standards]
    # each pair of a house and a word, once
    pairs, pair = np.unique(house.astype(np.int64) * len(words) + word, return_inverse=True)
    read = [
        _read(words[at % len(words)], standards[at // len(words)], listed[at // len(words)], known)
        for at in pairs.tolist()
    ]
    judge.refuse_values("unknown_rating", pair.astype(np.int32), [note for _, _, note in read])
    own = [bool(each and each.scale) for each in listed]
    return Grades(
        houses,
        house,
        words,
        word,
        tuple(scale for _, scale in scales),
        np.array(of_house, np.int16)[house],
        np.array(own, np.bool_)[house],
        np.array([band for band, _, _ in read], np.int8)[pair],
        np.array([stance for _, stance, _ in read], np.int8)[pair],
    )


def settle(values: Sequence[str], codes: Codes) -> tuple[tuple[str, ...], Codes]:
    """Return distinct values in order, and the codes that point to them in place of others."""
    # by bytes of UTF-8, which is the order of text too
    distinct = pa.array(values, pa.string()).dictionary_encode()
    order = pc.array_sort_indices(distinct.dictionary)
    rank = np.empty(len(order), np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    settled: Codes = rank[distinct.indices.to_numpy()[codes]]
    return tuple(distinct.dictionary.take(order).to_pylist()), settled


def _read(
    word: str, scale: RatingScale, house: House | None, known: Houses
) -> tuple[int, int, Note | None]:
    band = known.read_word(word, scale, house)
    if band is not None:
        return band, stance_of(scale.company[-1 - band]), None
    grades = ", ".join(band.name.zh for band in scale.company)
    said = f"{word[:_SHOWN]!r} is none of {scale.broker.en}'s grades"
    return -1, 0, (said, f"they are {grades}; a file of words can name one for it")
