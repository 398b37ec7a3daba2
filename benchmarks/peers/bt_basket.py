"""Baskets bought and held by bt, one after the other; nothing costs anything."""

import bt
import numpy as np
from common import read_baskets, read_config
from turns import serve


def main() -> None:
    config = read_config()
    closes, columns = read_baskets(config)
    tables = [closes.iloc[1:, basket] for basket in columns]

    def simulate() -> np.ndarray:
        last = []
        for table in tables:
            once = [bt.algos.RunOnce(), bt.algos.SelectAll(), bt.algos.WeighEqually()]
            test = bt.Backtest(
                bt.Strategy("basket", [*once, bt.algos.Rebalance()]),
                table,
                initial_capital=config["cash"],
                integer_positions=False,
                progress_bar=False,
            )
            test.run()
            last.append(test.strategy.value)
        return np.array(last)

    serve(simulate, lambda found: {"growth": found / config["cash"]})


if __name__ == "__main__":
    main()
