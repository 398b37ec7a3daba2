"""Work spread over threads, processes and a cluster; workers die, and nothing is lost."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from backtests.spread import Workers, spread
from universes import InputError

TASKS = list(range(12))
SQUARES = [task * task for task in TASKS]


class Counted:
    """Progress that counts."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def start(self, total: int) -> None:
        self.total = total

    def begin(self, symbol: str) -> None:
        raise AssertionError(symbol)

    def end(self, symbol: str, said: str) -> None:
        assert (symbol, said) == ("squares", "done")
        self.done += 1


def square(task: int) -> int:
    return task * task


def die_once(mark: Path, task: int) -> int:
    """Kill the worker the first time that the fifth task is done."""
    if task == 4 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task * task


def die_always(task: int) -> int:
    if task == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def refuse(task: int) -> int:
    if task == 4:
        raise InputError("no such task", "ask for another")
    return task


@pytest.mark.parametrize("workers", [Workers(), Workers(2, "threads"), Workers(2)])
def test_results_come_in_the_order_of_the_tasks(workers: Workers) -> None:
    progress = Counted()
    assert spread(square, TASKS, workers, progress, "squares") == SQUARES
    assert (progress.total, progress.done) == (12, 12)
    assert spread(square, [], workers) == []


def test_a_task_whose_worker_is_killed_is_done_by_another(tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    progress = Counted()
    assert spread(partial(die_once, mark), TASKS, Workers(2), progress, "squares") == SQUARES
    assert mark.exists()
    assert progress.done == 12


def test_workers_that_die_again_and_again_are_told() -> None:
    with pytest.raises(InputError, match="workers died 3 times") as caught:
        spread(die_always, TASKS, Workers(2))
    assert "fewer workers" in caught.value.remedy


@pytest.mark.parametrize("workers", [Workers(), Workers(2, "threads"), Workers(2)])
def test_what_a_worker_refuses_is_refused(workers: Workers) -> None:
    with pytest.raises(InputError, match="no such task") as caught:
        spread(refuse, TASKS, workers)
    assert caught.value.remedy == "ask for another"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Workers(0), "0 workers"),
        (lambda: Workers(2000), "2000 workers"),
        (lambda: Workers(1, "spark"), "unknown backend 'spark'"),
        (lambda: Workers(1, "processes", "a:1"), "address of no cluster"),
        (lambda: Workers(1, "dask"), "address of the dask scheduler is missing"),
    ],
)
def test_wrong_workers_are_refused(make: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()  # type: ignore[operator]


CLUSTER = """
import sys
from functools import partial
from pathlib import Path
from distributed import LocalCluster
import test_spread
from backtests.spread import Workers, spread

if __name__ == "__main__":
    mark = Path(sys.argv[1])
    with LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(mark.parent)
    ) as cluster:
        workers = Workers(1, "dask", cluster.scheduler_address)
        work = partial(test_spread.die_once, mark)
        print(spread(work, test_spread.TASKS, workers) == test_spread.SQUARES, mark.exists())
"""


def test_a_cluster_loses_nothing_when_a_worker_is_killed(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    script = tmp_path / "cluster.py"
    script.write_text(CLUSTER, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, script, tmp_path / "killed"],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.stdout.split()[-2:] == ["True", "True"], run.stderr


NO_CLUSTER = """
from backtests.spread import Workers, spread
from universes import InputError
try:
    spread(abs, [1, 2], Workers(1, "dask", "127.0.0.1:9"))
except InputError as error:
    print(error.message, "|", error.remedy)
"""


def test_a_cluster_that_does_not_answer_is_told() -> None:
    pytest.importorskip("distributed")
    run = subprocess.run(
        [sys.executable, "-c", NO_CLUSTER],
        env={**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "no dask scheduler answers at 127.0.0.1:9" in run.stdout, run.stderr
    assert "check the address" in run.stdout
