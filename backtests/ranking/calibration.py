"""What each grade given earned."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from backtests.kernel import Grades
from backtests.ranking.result import BandCount
from screener.panel import Floats
from universes import InputError, RatingScale


@dataclass(frozen=True)
class Calibration:
    """Calls by grade; grades count from the worst, which is 0.

    Attributes
    ----------
    counts : ndarray of int, shape (B, B)
        By the grade given, then by the grade earned.
    kept : ndarray, shape (B,)
        The share of each grade given that earned just that; not a number where there is none.
    """

    counts: npt.NDArray[np.intp]
    kept: Floats

    def records(self, scale: RatingScale) -> tuple[BandCount, ...]:
        """Return a record for each grade given, best first.

        Parameters
        ----------
        scale : RatingScale
            Whose company bands the grades are.
        """
        ids = [band.grade for band in scale.company]
        rows = zip(ids, self.counts[::-1, ::-1].tolist(), self.kept[::-1].tolist(), strict=True)
        return tuple(
            BandCount(grade, dict(zip(ids, earned, strict=True)), kept if sum(earned) else None)
            for grade, earned, kept in rows
        )


def calibrate(given: Grades, earned: Grades, bands: int) -> Calibration:
    """Count scored calls by the grade given and the grade earned.

    Parameters
    ----------
    given, earned : ndarray of int8, shape (n,)
        From 0, the worst, to B - 1.
    bands : int
        B.
    """
    for grades in (given, earned):
        if np.any((grades < 0) | (grades >= bands)):
            raise InputError(
                f"grades that are not from 0 to {bands - 1}", "count calls that are scored"
            )
    codes = given.astype(np.intp) * bands + earned
    counts = np.bincount(codes, minlength=bands**2).reshape(bands, bands)
    calls = counts.sum(axis=1)
    kept = np.divide(counts.diagonal(), calls, out=np.full(bands, np.nan), where=calls > 0)
    return Calibration(counts, kept)
