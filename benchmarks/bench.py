"""Our speed beside that of others and of the machine, in one table from one run.

Usage: python benchmarks/bench.py [--data FOLDER] [--check | --record]. The prices are those of a
folder of daily bars or of a store, else of SCREENER_BENCH_DATA, else random walks. Writes
results/bench/. What is compared, and what is not the same work, is told in docs/benchmarks.md.

--record keeps the ratios for this class of machine in recorded.json; --check ends with exit code 1
where one is more than 30% worse than its record. What is worse is measured once more first.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import growth
from contests import Contender, Contest, list_contests
from environments import find_python
from market import RANDOM, Market, find_market
from ratios import better_of, compare, divide, record, round_all, spell_findings
from turns import HERE, JobError, Process, Timing, take_turns

from universes import InputError

RECORDS = HERE / "recorded.json"
_NOT_INSTALLED = "not installed"

find_environment = cache(find_python)


@dataclass(frozen=True)
class Row:
    """A line of the table; without a timing it says why there is none."""

    job: str
    who: str
    timing: Timing | None = None
    beside: float | None = None
    limit: float | None = None
    why: str = ""

    @property
    def numbers(self) -> dict[str, Any]:
        timing = self.timing
        if timing is None:
            return {"job": self.job, "who": self.who, "why": self.why}
        return {
            "job": self.job,
            "who": self.who,
            "seconds": statistics.median(timing.seconds),
            "least": min(timing.seconds),
            "most": max(timing.seconds),
            "first": timing.first,
            "peak_mb": timing.peak,
            "result_mb": timing.result,
            "to_ours": self.beside,
            "to_limit": self.limit,
        }


@dataclass(frozen=True)
class Outcome:
    """What a contest came to."""

    rows: list[Row]
    ratios: dict[str, float]
    said: str = ""


def describe_machine() -> str:
    """Return the class of a machine: what ratios may hang on."""
    model = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        lines = [line for line in told.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return f"{platform.system()} {platform.machine()}, {model}, {os.cpu_count()} processors"


def hold(contest: Contest, folder: Path) -> Outcome:
    """Hold a contest; who is not installed is told."""
    pythons = {each.who: _find_python(each) for each in contest.contenders}
    processes = {
        each.who: Process(python, HERE / each.script, each.config)
        for each in contest.contenders
        if isinstance(python := pythons[each.who], Path)
    }
    try:
        timings = take_turns(processes, contest.rounds)
        said = ""
        if contest.agree:
            answers = {
                who: process.answer(folder / f"answer{n}.npz")
                for n, (who, process) in enumerate(processes.items())
            }
            said = contest.agree(answers)
    finally:
        for process in processes.values():
            process.end()
    rows = [
        _make_row(contest.job, each, timings, str(pythons[each.who])) for each in contest.contenders
    ]
    ratios = {
        f"{contest.job}: {one} / {other}": divide(timings[one].seconds, timings[other].seconds)
        for one, other in contest.ratios
        if one in timings and other in timings
    }
    return Outcome(rows, ratios, said)


def _find_python(contender: Contender) -> Path | str:
    if contender.environment is None:
        return Path(sys.executable)
    return find_environment(contender.environment)


def _make_row(job: str, contender: Contender, timings: Mapping[str, Timing], python: str) -> Row:
    timing = timings.get(contender.who)
    if timing is None:
        return Row(job, contender.who, why=f"{_NOT_INSTALLED}: {python}")

    def over(other: str) -> float | None:
        return divide(timing.seconds, timings[other].seconds) if other in timings else None

    return Row(job, contender.who, timing, over(contender.beside), over(contender.limit))


def hold_growth(data: Path) -> Outcome:
    """Measure the curves of growth; each point stands beside the one before it."""
    recommended, among = growth.grow_recommendations(data), growth.grow_shares()
    growth.draw_growth(recommended, among)
    rows: list[Row] = []
    ratios: dict[str, float] = {}
    for job, unit, curve in (
        ("ever more recommendations, beside the line before", "recommendations", recommended),
        ("as many among ever more shares, beside the line before", "shares", among),
    ):
        points = list(curve)
        for before, point in zip([None, *points], points, strict=False):
            beside = None
            if before is not None:
                beside = divide(curve[point].seconds, curve[before].seconds)
                ratios[f"{unit}: {point:,} / {before:,}"] = beside
            rows.append(Row(job, f"ours, {point:,} {unit}", curve[point], beside))
    last = recommended[growth.COUNTS[-1]]
    if last.result:
        ratios[f"peak memory / result, {growth.COUNTS[-1]:,}"] = last.peak / last.result
    return Outcome(rows, ratios)


def print_rows(outcome: Outcome) -> None:
    """Print a part of the table as soon as it is known."""
    job = ""
    for row in outcome.rows:
        if row.job != job:
            job = row.job
            print(f"\n{job}")
        timing = row.timing
        if timing is None:
            print(f"  {row.who:42}{row.why}")
            continue
        result = None if timing.result is None else timing.peak - timing.result
        print(
            f"  {row.who:42}{statistics.median(timing.seconds):9.4f}{min(timing.seconds):9.4f}"
            f"{timing.first:8.2f}{timing.peak:9.0f}{_spell(result, 0):>9}"
            f"{_spell(row.beside):>9}{_spell(row.limit):>9}"
        )
    if outcome.said:
        print(f"  {outcome.said}")
    sys.stdout.flush()


def _spell(number: float | None, digits: int = 2) -> str:
    return "" if number is None else f"{number:.{digits}f}"


def run(market: Market, folder: Path, only: Iterable[str] | None = None) -> list[Outcome]:
    """Hold all contests, or those of which some ratios are asked for, and print them."""
    threads = os.cpu_count() or 1
    heads = ("median s", "least s", "first s", "peak MB", "beyond", "/ ours", "/ limit")
    print(f"  {'':42}{heads[0]:>9}{heads[1]:>9}{heads[2]:>8}", end="")
    print("".join(f"{head:>9}" for head in heads[3:]))
    outcomes = []
    asked = None if only is None else tuple(only)
    contests = list_contests(market, folder, threads)
    for contest in contests:
        if asked is None or any(name.startswith(contest.job) for name in asked):
            outcomes.append(hold(contest, folder))
            print_rows(outcomes[-1])
    jobs = tuple(contest.job for contest in contests)
    if asked is None or any(not name.startswith(jobs) for name in asked):
        outcomes.append(hold_growth(folder / "market.npz"))
        print_rows(outcomes[-1])
    return outcomes


def join_ratios(outcomes: Iterable[Outcome]) -> dict[str, float]:
    return {name: value for each in outcomes for name, value in each.ratios.items()}


def check(market: Market, folder: Path, measured: dict[str, float], machine: str) -> bool:
    """Tell whether no ratio is worse than its record."""
    records = read_records()
    if machine not in records:
        raise InputError(
            f"no ratios are recorded for: {machine}", "record them first: make bench-record"
        )
    worse = [each.name for each in compare(measured, records[machine]) if each.verdict == "worse"]
    if worse:
        print("\nonce more, as these are worse than recorded:\n  " + "\n  ".join(worse))
        measured = better_of(measured, join_ratios(run(market, folder, worse)))
    findings = compare(measured, records[machine])
    print(f"\n{spell_findings(findings) or 'no ratio is worse than recorded'}")
    return not any(each.fails for each in findings)


def read_records() -> dict[str, dict[str, float]]:
    if not RECORDS.exists():
        return {}
    records: dict[str, dict[str, float]] = json.loads(RECORDS.read_text(encoding="utf-8"))
    return records


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", help=f"a folder of daily bars, a store, or {RANDOM}")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="against the ratios recorded")
    either.add_argument("--record", action="store_true", help="the ratios of this machine")
    given = parser.parse_args(arguments)
    machine = describe_machine()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        market = find_market(given.data)
        print(f"{machine}\n{len(market.symbols):,} shares, {len(market.dates)} sessions: ", end="")
        print(f"{market.origin}\n")
        outcomes = run(market, folder)
        measured = join_ratios(outcomes)
        told = {"machine": machine, "prices": market.origin, "ratios": round_all(measured)}
        rows = [row.numbers for each in outcomes for row in each.rows]
        write_json(growth.RESULTS / "bench.json", {**told, "rows": rows})
        if given.record:
            write_json(RECORDS, record(read_records(), machine, measured))
        passed = not given.check or check(market, folder, measured, machine)
    return 0 if passed else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except JobError as error:
        print(f"a process failed:\n{error}", file=sys.stderr)
        sys.exit(1)
