"""Forward returns of all pairs by alphalens-reloaded: no benchmark, no grade, session counts."""

import numpy as np
import pandas as pd
from alphalens.utils import compute_forward_returns
from common import read_closes, read_config
from turns import serve


def main() -> None:
    config = read_config()
    closes = read_closes(config)
    rows, columns = np.nonzero(closes.notna().to_numpy())
    index = pd.MultiIndex(
        levels=[closes.index, closes.columns], codes=[rows, columns], names=["date", "asset"]
    )
    factor = pd.Series(1.0, index)
    periods = tuple(config["periods"])
    serve(
        lambda: compute_forward_returns(factor, closes, periods),
        lambda found: {"own": found.to_numpy()},
    )


if __name__ == "__main__":
    main()
