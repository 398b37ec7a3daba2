"""An updater that is killed leaves the old state or the new one; two at once lose nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from zygote import SYMBOLS, sessions, update

from screener.store.series import read_bars
from screener.store.store import Store

HERE = Path(__file__).parent
KILLS = int(os.environ.get("SCREENER_KILLS", "25"))


def lengths(address: str) -> set[int]:
    """How many rows the series have; each must have every session up to its last."""
    state = Store(address).state()
    entries = [each for each in state.catalog.served.values() if each.what == "bars"]
    bars = read_bars(state, entries)
    for each in bars.values():
        np.testing.assert_array_equal(each.dates, sessions()[: len(each)])
    found = {len(each) for each in bars.values()}
    assert len(bars) in {0, len(SYMBOLS)}
    return found


def test_an_updater_killed_at_any_moment_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    rng = random.Random(7)  # noqa: S311 - moments to kill at
    zygote = subprocess.Popen(
        [sys.executable, "zygote.py", address],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
    )
    assert zygote.stdin
    assert zygote.stdout
    rows, states, longest = 20, {"old": 0, "new": 0}, 0.3
    try:
        for _ in range(KILLS):
            zygote.stdin.write(f"{rows + 1}\n")
            zygote.stdin.flush()
            child = int(zygote.stdout.readline())
            began = time.perf_counter()
            time.sleep(rng.uniform(0, longest))
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                longest = max(0.05, time.perf_counter() - began)
            assert zygote.stdout.readline() == "over\n"
            found = lengths(address)
            assert found in ({rows}, {rows + 1}, set()), found
            states["new" if found == {rows + 1} else "old"] += 1
            if found == {rows + 1}:
                rows += 1
            elif states["old"] % 5 == 0:
                assert update(address, rows + 1).complete
                rows += 1
                assert lengths(address) == {rows}
    finally:
        zygote.stdin.close()
        zygote.wait(30)
        zygote.stdout.close()
    assert states["old"], "no kill came before the commit: the test shows nothing"


TWO_AT_ONCE = """
import sys
import numpy as np
from test_store import Store, make_bars, put
for rows in range(14, 34):
    put(Store(sys.argv[1]), make_bars(rows=slice(0, rows)), make_bars(sys.argv[2], slice(0, rows)))
"""


def test_two_updaters_at_once_lose_and_double_nothing(tmp_path: Path) -> None:
    address = str(tmp_path / "store")
    both = [
        subprocess.Popen([sys.executable, "-c", TWO_AT_ONCE, address, symbol], cwd=HERE)
        for symbol in ("600000.SH", "0700.HK")
    ]
    assert [each.wait(120) for each in both] == [0, 0]
    state = Store(address).state()
    entries = [each for each in state.catalog.served.values() if each.what == "bars"]
    assert {entry.symbol for entry in entries} == {"300308.SZ", "600000.SH", "0700.HK"}
    for bars in read_bars(state, entries).values():
        assert len(bars) == 33
        assert len(np.unique(bars.dates)) == 33
    assert len(Store(address).updates()) >= 20


@pytest.mark.parametrize("rows", [20, 60])
def test_an_update_that_was_cut_short_goes_on_where_it_stopped(tmp_path: Path, rows: int) -> None:
    address = str(tmp_path / "store")
    first = update(address, rows)
    again = update(address, rows)
    assert first.complete
    assert again.version is None
    assert set(again.current) == set(map(str, SYMBOLS))
