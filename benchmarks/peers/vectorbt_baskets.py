"""Baskets bought and held by vectorbt, all in one call; nothing costs anything."""

import numpy as np
import pandas as pd
import vectorbt
from common import read_baskets, read_config
from turns import serve


def main() -> None:
    config = read_config()
    closes, columns = read_baskets(config)
    table = pd.DataFrame(closes.to_numpy()[:, columns.ravel()])
    groups = np.repeat(np.arange(len(columns)), columns.shape[1])
    size = np.full(table.shape, np.nan)
    size[1] = 1 / columns.shape[1]

    def simulate() -> np.ndarray:
        portfolio = vectorbt.Portfolio.from_orders(
            table,
            size=size,
            size_type="targetpercent",
            direction="longonly",
            init_cash=config["cash"],
            cash_sharing=True,
            group_by=groups,
            call_seq="auto",
            freq="1D",
            engine="rust",
        )
        values: np.ndarray = portfolio.value().to_numpy()
        return values

    serve(simulate, lambda found: {"growth": found[-1] / config["cash"]})


if __name__ == "__main__":
    main()
