"""Weekly reports: one from a fresh process, sixty in one command, and what the parts cost apart.

    python benchmarks/weekly.py

All on the embedded figures. The parts are the commands whose results a weekly report holds, each
as a process of its own; sixty weeks are written by one process and by two.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

PROGRAM = Path(sys.executable).with_name("screener")
DAY, LAST = "2024-12-20", "2025-08-08"
PARTS = (
    ("score", "--as-of", DAY),
    ("backtest", "--as-of", DAY, "--strategy", "buy_and_hold", "--strategy", "horizon"),
    ("evidence", "--as-of", DAY),
    ("conventions", "--as-of", DAY),
)
TIMES = 5


def take(arguments: Sequence[str], out: Path) -> float:
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    subprocess.run(
        [PROGRAM, *arguments, "--data", "snapshot", "--out", out],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["SCREENER_HOME"] = home
        out = Path(home) / "out"
        one = ["report", "weekly", "--as-of", DAY]
        take(one, out)  # calendars and fonts are looked up once
        single, apart = [], []
        for _ in range(TIMES):
            single.append(take(one, out))
            apart.append(sum(take(part, out) for part in PARTS))
        sixty = ["report", "weekly", "--catch-up", "--as-of", LAST]
        by_workers = {count: take([*sixty, "--workers", str(count)], out) for count in (1, 2)}
        weeks = sum(1 for _ in out.glob("*/*/*/manifest.json"))
    week, parts = statistics.median(single), statistics.median(apart)
    rows = [
        ("one week, fresh process", week, 1.0),
        ("its four parts as commands with --out", parts, parts / week),
    ]
    for count, took in by_workers.items():
        rows.append((f"{weeks} weeks in one command, workers: {count}", took, took / week))
    print(f"{'':48}{'seconds':>9}{'times one week':>16}")
    for name, took, ratio in rows:
        print(f"{name:48}{took:9.2f}{ratio:16.1f}")


if __name__ == "__main__":
    main()
