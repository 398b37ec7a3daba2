"""Two prices of each pair by pandas: the close of its entry, and that at the end of the horizon.

The pairs come sorted by date, as merge_asof needs them; that is not among what is timed.
"""

import numpy as np
import pandas as pd
from common import read_closes, read_config
from turns import serve


def main() -> None:
    config = read_config()
    closes = read_closes(config)
    rows, columns = np.nonzero(closes.notna().to_numpy())
    long = pd.DataFrame(
        {
            "date": closes.index[rows],
            "asset": columns,
            "close": closes.to_numpy()[rows, columns],
        }
    )
    with np.load(config["pairs"]) as held:
        order = np.argsort(held["rows"], kind="stable")
        entry = closes.index[held["rows"][order]]
        pairs = pd.DataFrame({"entry": entry, "asset": held["columns"][order]})
    pairs["exit"] = pairs["entry"] + pd.DateOffset(months=config["months"])

    def look_up(day: str) -> np.ndarray:
        found = pd.merge_asof(pairs[[day, "asset"]], long, left_on=day, right_on="date", by="asset")
        return found["close"].to_numpy()

    def tell(found: np.ndarray) -> dict[str, np.ndarray]:
        own = np.empty_like(found)
        own[order] = found
        return {"own": own}

    serve(lambda: look_up("exit") / look_up("entry") - 1, tell)


if __name__ == "__main__":
    main()
