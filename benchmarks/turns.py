"""Processes that each know one job and take turns at it.

A process loads what its job needs, does it once, says so, and waits. Each line it is sent is one
more call, of which it tells the seconds, or the memory; imports and loading are never among them.
As all take turns, a change of the machine's speed meets all alike. Both sides are here; the side of
the job also runs in the environment of the peers, so this module needs numpy and nothing of ours.
"""

import ctypes
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
_MEGABYTE = 1e6
_STATUS, _REFERENCES = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class JobError(Exception):
    """A process ended without an answer."""


@dataclass
class Timing:
    """What calls took, in seconds and megabytes.

    ``first`` is the first call, which may compile. ``peak`` is told beyond what was held before,
    ``result`` is the part of it that is the result, where the job tells it.
    """

    first: float
    peak: float
    result: float | None
    seconds: list[float] = field(default_factory=list)


class Process:
    """One process with one job, from the side of those who wait for it.

    Begun, it has done its job twice: once for the first time, and once to tell the memory.
    """

    def __init__(self, python: Path, script: Path, config: Mapping[str, Any]) -> None:
        # a file, as a pipe that nobody reads would fill up
        self._faults = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        paths = [str(HERE), str(HERE.parent)]
        self._process = subprocess.Popen(
            [python, script, json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._faults,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        told = self._hear()
        self.timing = Timing(told["seconds"], told["peak"], told.get("result"))
        if _REFERENCES.exists():  # else only the first call tells its peak, with what it compiled
            self.timing.peak = self._ask("weigh")["peak"]

    def call(self) -> None:
        self.timing.seconds.append(self._ask("call")["seconds"])

    def answer(self, path: Path) -> dict[str, Any]:
        """Return the arrays it has found last."""
        self._ask(f"answer {path}")
        with np.load(path) as held:
            return dict(held)

    def end(self) -> None:
        self._process.communicate()
        self._faults.close()

    def _ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101 - as above
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._faults.seek(0)
            raise JobError("\n".join(self._faults.read().strip().splitlines()[-12:]))
        told: dict[str, Any] = json.loads(line)
        return told


def take_turns(processes: Mapping[str, Process], rounds: int) -> dict[str, Timing]:
    """Let each process do its job once in each round."""
    for _ in range(rounds):
        for process in processes.values():
            process.call()
    return {name: process.timing for name, process in processes.items()}


def serve(
    job: Callable[[], Any],
    tell: Callable[[Any], Mapping[str, Any]],
    size: Callable[[Any], int] | None = None,
) -> None:
    """Do a job whenever asked to, from the side of the process.

    ``tell`` makes arrays of what was found, ``size`` says how many bytes that has.
    """
    replies, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no reply
    found, told = _weigh(job)
    if size:
        told["result"] = size(found) / _MEGABYTE
    print(json.dumps(told), file=replies, flush=True)
    for line in sys.stdin:
        command, _, path = line.strip().partition(" ")
        told = {}
        if command == "answer":
            np.savez(path, **tell(found))
        else:
            found = None
            found, told = (_weigh if command == "weigh" else _time)(job)
        print(json.dumps(told), file=replies, flush=True)


def _time(job: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    gc.collect()
    begun = time.perf_counter()
    found = job()
    return found, {"seconds": time.perf_counter() - begun}


def _weigh(job: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    # what is free goes back to the system, else a call may need none of what it takes
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if os.name == "posix" else None
    if trim:
        trim(0)
    if _REFERENCES.exists():
        _REFERENCES.write_text("5")  # the peak begins anew at what is held now
    before = _peak()
    found, told = _time(job)
    return found, {**told, "peak": _peak() - before}


def _peak() -> float:
    if _REFERENCES.exists():
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return float(lines["VmHWM"].split()[0]) * 1024 / _MEGABYTE
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / _MEGABYTE
