"""Baskets bought and held by backtrader, one after the other; nothing costs anything."""

import backtrader
import numpy as np
import pandas as pd
from common import read_baskets, read_config
from turns import serve


class Hold(backtrader.Strategy):
    """Buy with equal weights at the first close."""

    def next(self) -> None:
        if len(self) == 1:
            share = self.broker.getcash() / len(self.datas)
            for data in self.datas:
                self.buy(data, size=share / data.close[0])


def main() -> None:
    config = read_config()
    closes, columns = read_baskets(config)
    names = ("open", "high", "low", "close")
    tables = [
        [pd.DataFrame(dict.fromkeys(names, closes.iloc[1:, n])).assign(volume=0.0) for n in basket]
        for basket in columns
    ]

    def simulate() -> np.ndarray:
        last = []
        for basket in tables:
            cerebro = backtrader.Cerebro(stdstats=False)
            cerebro.broker.setcash(config["cash"])
            cerebro.broker.set_coc(True)  # at the close on which it is ordered
            for table in basket:
                cerebro.adddata(backtrader.feeds.PandasData(dataname=table, openinterest=None))
            cerebro.addstrategy(Hold)
            cerebro.run()
            last.append(cerebro.broker.getvalue())
        return np.array(last)

    serve(simulate, lambda found: {"growth": found / config["cash"]})


if __name__ == "__main__":
    main()
