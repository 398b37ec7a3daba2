"""How long the command line takes to start and to score, beside what it is built on.

Whole processes, taken in turn so that a change of the machine's speed meets all alike; medians.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 9
SCREENER = str(Path(sys.executable).with_name("screener"))
COMMANDS = {
    "python, nothing imported": [sys.executable, "-c", "pass"],
    "import pandas": [sys.executable, "-c", "import pandas"],
    "import matplotlib.figure": [sys.executable, "-c", "import matplotlib.figure"],
    "sessions of Hong Kong from exchange_calendars": [
        sys.executable,
        "-c",
        "import exchange_calendars as x; x.get_calendar('XHKG', start='2024', end='2027')",
    ],
    "screener --help": [SCREENER, "--help"],
    "screener score": [SCREENER, "score"],
    "screener score --format json": [SCREENER, "score", "--format", "json"],
}


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - begun


def main() -> None:
    subprocess.run([SCREENER, "score"], check=True, capture_output=True)
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            taken[name].append(seconds(command))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    unit = medians["import pandas"]
    print(f"{'median of ' + str(ROUNDS):48}{'seconds':>9}{'min':>8}{'max':>8}{'/ pandas':>10}")
    for name, times in taken.items():
        median = medians[name]
        print(f"{name:48}{median:9.3f}{min(times):8.3f}{max(times):8.3f}{median / unit:10.2f}")


if __name__ == "__main__":
    main()
