"""What the peers share: the prices that the benchmark has written for all."""

import json
import sys
from typing import Any

import numpy as np
import pandas as pd


def read_config() -> dict[str, Any]:
    config: dict[str, Any] = json.loads(sys.argv[1])
    return config


def read_closes(config: dict[str, Any]) -> pd.DataFrame:
    """Return closes: sessions down, shares across; missing where not traded."""
    with np.load(config["data"]) as held:
        dates = pd.DatetimeIndex(held["dates"].astype("M8[ns]"), name="date")
        return pd.DataFrame(held["closes"], dates, pd.Index(held["symbols"], name="asset"))


def read_baskets(config: dict[str, Any]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the closes from the decision on, and the columns of each basket."""
    with np.load(config["baskets"]) as held:
        rows = slice(int(held["decided"]), int(held["left"]) + 1)
        return read_closes(config).iloc[rows], held["columns"][: config["count"]]
