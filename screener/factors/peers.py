"""A share's place among its peers: those of its market, or of its sector there."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from screener.factors.catalogue import Standing
from screener.panel import Floats

# fewer say too little of where one stands
FEWEST_PEERS = 5


def place_among(values: Floats, group: npt.NDArray[np.intp], standing: Standing) -> Floats:
    """Return where each value stands among those of its group.

    Parameters
    ----------
    values : ndarray, shape (N,)
        Not a number where unknown: such a share has no place, and is nobody's peer.
    group : ndarray of int, shape (N,)
        Below zero for none.
    standing : {"rank", "pct"}

    Returns
    -------
    ndarray, shape (N,)
        ``rank``: 1 for the highest. ``pct``: the part of the other peers that are lower, from 0
        for the lowest to 1 for the highest. Equal values share the average of their places. Not
        a number where fewer than five peers are known.
    """
    known = pd.Series(np.where(group >= 0, values, np.nan))
    peers = known.groupby(group)
    ascending = peers.rank().to_numpy()
    count = peers.transform("count").to_numpy()
    if standing == "pct":
        places = (ascending - 1.0) / np.maximum(count - 1.0, 1.0)
    else:
        places = count + 1.0 - ascending
    return np.where(count >= FEWEST_PEERS, places, np.nan)
