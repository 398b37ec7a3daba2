"""The convention map in one computation, beside a loop that scores one reading after the other.

Both read the same random daily prices of the shipped report's picks and must agree in every cell.
"""

import statistics
import time

import numpy as np

from backtests import Convention, map_conventions, score_picks
from backtests.conventions.cells import compute_cells
from backtests.conventions.readings import Readings, list_readings
from screener import Panel
from screener.calendar import load_sessions
from screener.origin import Origin
from screener.panel import Floats
from universes import Report, load_report

ROUNDS = 3
INDICES = ("000300.SH", "HSI.HK")


def make_panel(report: Report, random: np.random.Generator) -> Panel:
    days = load_sessions("XSHG", 2024, 2025).days
    days = np.union1d(days, load_sessions("XHKG", 2024, 2025).days)
    symbols = (*INDICES, *(str(pick.symbol) for pick in report.picks))
    steps = random.normal(0, 0.02, (len(days), len(symbols)))
    closes = 20 * np.exp(steps.cumsum(axis=0))
    for n, symbol in enumerate(symbols):
        calendar = "XHKG" if symbol.endswith(".HK") else "XSHG"
        closes[~np.isin(days, load_sessions(calendar, 2024, 2025).days), n] = np.nan
    dividends = np.linspace(1, 1.03, len(days))[:, None]
    opens = closes * np.exp(random.normal(0, 0.005, closes.shape))
    prices = {
        ("close", "price"): closes,
        ("close", "total"): closes * dividends,
        ("open", "price"): opens,
        ("open", "total"): opens * dividends,
    }
    return Panel(days, symbols, prices, Origin("random", ""))


def loop(report: Report, panel: Panel, readings: Readings, *, at_once: bool) -> Floats:
    """Score reading after reading; with ``at_once`` the horizons of each together."""
    shape = (*readings.shape, len(report.picks))
    found = np.full(shape, np.nan)
    groups = [readings.horizon] if at_once else [(months,) for months in readings.horizon]
    for place in np.ndindex(*readings.shape[:4], readings.shape[5]):
        e, r, b, o, d = place
        entry, relative = readings.entry[e], readings.relative[r]
        basis, boundary = readings.basis[b], readings.boundary[o]
        published = report.published_on(readings.date[d])
        for horizons in groups:
            convention = Convention(entry, relative, basis, boundary, horizons)
            rows = score_picks(published, panel, convention).rows
            values = [np.nan if row.relative is None else row.relative for row in rows]
            months = [readings.horizon.index(each) for each in horizons]
            found[e, r, b, o, months, d] = np.reshape(values, (-1, len(horizons))).T
    return found


def main() -> None:
    report = load_report().select()
    panel = make_panel(report, np.random.default_rng(1))
    readings = list_readings(report, report.scale)
    taken: dict[str, list[float]] = {}

    def timed(name: str, begun: float) -> None:
        taken.setdefault(name, []).append(time.perf_counter() - begun)

    for _ in range(ROUNDS):
        begun = time.perf_counter()
        cells = compute_cells(report, report.scale, panel, readings)
        timed("the grades of the map", begun)
        begun = time.perf_counter()
        map_conventions(report, panel)
        timed("the map with all that is made of it", begun)
        for name, at_once in (("a loop, horizons together", True), ("a loop, one by one", False)):
            begun = time.perf_counter()
            looped = loop(report, panel, readings, at_once=at_once)
            timed(name, begun)
            np.testing.assert_array_equal(cells.relative, looped)
    told = int(np.count_nonzero(cells.scored))
    first = statistics.median(taken["the grades of the map"])
    print(f"{cells.grade.size:,} cells ({told:,} told)")
    print(f"{'median of ' + str(ROUNDS):38}{'seconds':>9}{'/ map':>9}")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"{name:38}{median:9.4f}{median / first:9.1f}")


if __name__ == "__main__":
    main()
