"""How time and memory grow with recommendations, and with shares.

Usage: python benchmarks/growth.py [--data FOLDER]. Each point is a process of its own; what a call
takes is a median, its memory the peak beyond what was held before, of which the result is a part.
Draws results/bench/growth.png. The prices of the second curve are random walks.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import matplotlib.figure
from market import find_market
from turns import HERE, Process, Timing, take_turns

RESULTS = HERE.parent / "results" / "bench"
COUNTS = (10_000, 100_000, 1_000_000, 10_000_000)
SHARES = (30, 300, 1_000, 2_570, 5_000)
_RECOMMENDED = 1_000_000
_ROUNDS = 5

Curve = dict[int, Timing]


def grow_recommendations(data: Path, *, rounds: int = _ROUNDS) -> Curve:
    """Measure ever more random recommendations on the same prices."""
    return _measure(COUNTS, lambda count: {"data": str(data), "count": count}, rounds)


def grow_shares(*, rounds: int = _ROUNDS) -> Curve:
    """Measure a million random recommendations among ever more shares, prices laid out anew."""
    return _measure(SHARES, lambda shares: {"shares": shares, "count": _RECOMMENDED}, rounds)


def _measure(
    points: tuple[int, ...], configure: Callable[[int], Mapping[str, Any]], rounds: int
) -> Curve:
    processes = {
        str(point): Process(
            Path(sys.executable),
            HERE / "ours.py",
            {"job": "score", "anew": True, **configure(point)},
        )
        for point in points
    }
    try:
        timings = take_turns(processes, rounds)
    finally:
        for process in processes.values():
            process.end()
    return {point: timings[str(point)] for point in points}


def draw(curves: Mapping[str, Curve], path: Path) -> None:
    """Draw time and memory of each curve, beside a line of what grows just as much."""
    figure = matplotlib.figure.Figure(figsize=(10, 7.5), layout="constrained")
    for row, (title, curve) in enumerate(curves.items()):
        points = list(curve)
        seconds = [statistics.median(each.seconds) for each in curve.values()]
        peaks = [max(each.peak, 0.1) for each in curve.values()]
        results = [each.result or 0 for each in curve.values()]
        time, memory = (figure.add_subplot(2, 2, 2 * row + place) for place in (1, 2))
        time.plot(points, seconds, "o-", label="measured")
        straight = [seconds[-1] * point / points[-1] for point in points]
        time.plot(points, straight, ":", color="grey", label="in proportion to the last")
        memory.plot(points, peaks, "o-", label="peak")
        memory.plot(points, results, ":", color="grey", label="the result itself")
        for axes, what in ((time, "seconds"), (memory, "megabytes")):
            axes.set(xscale="log", yscale="log", xlabel=title, ylabel=what)
            axes.grid(visible=True, alpha=0.3)
            axes.legend()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def draw_growth(recommendations: Curve, shares: Curve) -> Path:
    path = RESULTS / "growth.png"
    names = ("recommendations", f"shares ({_RECOMMENDED:,} recommendations)")
    draw(dict(zip(names, (recommendations, shares), strict=True)), path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help="a folder of daily bars, or a store; left out: random walks")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = find_market(given.data).save(Path(folder) / "market.npz")
        curves = grow_recommendations(data), grow_shares()
    for name, curve in zip(("recommendations", "shares"), curves, strict=True):
        print(f"{name:>18}{'seconds':>10}{'peak MB':>10}{'result MB':>11}")
        for point, each in curve.items():
            seconds = statistics.median(each.seconds)
            print(f"{point:18,}{seconds:10.4f}{each.peak:10.1f}{each.result or 0:11.1f}")
    print(f"drawn: {draw_growth(*curves)}")


if __name__ == "__main__":
    main()
