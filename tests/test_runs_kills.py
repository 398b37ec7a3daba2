"""A run that is killed at any step shows no half a week, and the next one puts all right.

Run as a script it is the zygote: it forks a run for each line it reads, and kills it at the step
of the file system that the line names.
"""

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from test_runs import Clock, catch_up, expected_tree, job, make, states, tree

from backtests.runs import run
from backtests.runs.ledger import Ledger, read_ledger

HERE = Path(__file__).parent
OLD = tuple(job(week, settings="old") for week in ("2024-W23", "2024-W24"))
NEW = (job("2024-W24", settings="new"),)
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod", "open")
OPENED_TO_WRITE = os.O_WRONLY | os.O_RDWR

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that forks")


@dataclass
class Killer:
    """Kills its own process at a step: a change that is asked of the file system in a folder."""

    out: str
    left: int

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, event: str, told: tuple[Any, ...]) -> None:
        """Take a step before each call: what Python itself reports, whichever way it is called."""
        if event not in CHANGES or (event == "open" and not told[2] & OPENED_TO_WRITE):
            return
        # shutil.rmtree works on open folders, with names that are not whole paths
        path = str(told[0])
        if path.startswith(self.out) or not path.startswith("/"):
            self.step()


def write_in_halves(path: Path, killer: Killer, content: bytes) -> None:
    """Write as `Path.write_bytes` does, with a step before, between and after two halves."""
    with path.open("wb", buffering=0) as file:
        killer.step()
        file.write(content[: len(content) // 2])
        killer.step()
        file.write(content[len(content) // 2 :])
        killer.step()


def place_naively(folder: Path, files: Mapping[str, bytes], _ours: object) -> None:
    """Write file after file under the final name, as one would without thinking of kills."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def append_naively(ledger: Ledger, out: Path) -> None:
    """Add the last line to the file in place."""
    path = out / "ledger.jsonl"
    before = path.read_bytes() if path.exists() else b""
    path.write_bytes(before + ledger.lines[-1] + b"\n")


NAIVE: dict[str, Callable[..., None]] = {
    "place_files": place_naively,
    "write_ledger": append_naively,
}


def main() -> None:
    out = Path(sys.argv[1])
    if len(sys.argv) > 2:
        setattr(run, sys.argv[2], NAIVE[sys.argv[2]])
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            killer = Killer(str(out), int(line))
            setattr(Path, "write_bytes", partialmethod(write_in_halves, killer))  # noqa: B010
            sys.addaudithook(killer.audit)
            run.run_jobs(NEW, make, out, Clock())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if killed else f"over {status}\n")
        sys.stdout.flush()


@contextmanager
def zygote(out: Path, naive: str = "") -> Iterator[Callable[[int], bool]]:
    """Give what runs the new jobs, kills them at a step, and tells whether that came to pass."""
    with subprocess.Popen(
        [sys.executable, __file__, str(out), *filter(None, [naive])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=HERE,
    ) as process:
        assert process.stdin
        assert process.stdout
        lines_in, lines_out = process.stdin, process.stdout

        def kill_at(step: int) -> bool:
            lines_in.write(f"{step}\n")
            lines_in.flush()
            said = lines_out.readline()
            assert said in {"killed\n", "over 0\n"}, said
            return said == "killed\n"

        yield kill_at
        lines_in.close()


def prepare(out: Path, state: Callable[[Path], object]) -> None:
    """Bring a folder into a state, which is made once and copied from then on."""
    shutil.rmtree(out, ignore_errors=True)
    kept = out.with_name("kept")
    if not kept.exists():
        state(kept)
    shutil.copytree(kept, out)


def nothing(out: Path) -> None:
    out.mkdir()


def earlier_weeks(out: Path) -> None:
    run.run_jobs(OLD, make, out, Clock())


def killed_between_the_two_renames(out: Path) -> None:
    """The week that is replaced has been put aside, and nothing stands under its name."""
    earlier_weeks(out)
    left = out / "r" / "zh" / ".screener-2024-W24.x1"
    (left / "old").mkdir(parents=True)
    (out / "r" / "zh" / "2024-W24").rename(left / "old" / "2024-W24")
    (left / "new").mkdir()
    (left / "new" / "report.html").write_bytes(b"half")


STATES = [nothing, earlier_weeks, killed_between_the_two_renames]


def faults(out: Path) -> list[str]:
    """What a reader of the folder could see that is not whole, judged without the code's help."""
    wholes = {(each.week, frozenset(make(each).files.items())) for each in (*OLD, *NEW)}
    found = [
        f"{folder.name} is not whole"
        for folder in out.glob("*/*/[!.]*")
        if (folder.name, frozenset(tree(folder).items())) not in wholes
    ]
    if (out / "ledger.jsonl").exists():
        found += faults_of_ledger(out)
    return found


def faults_of_ledger(out: Path) -> list[str]:
    lines = (out / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    try:
        last = {entry["week"]: entry for entry in map(json.loads, lines)}
    except ValueError:
        return ["the ledger is damaged"]
    # the old week may have been put aside, or the new one stand without its line as yet
    return [
        f"the ledger names {each.week}, which is not there"
        for each in NEW
        if each.week in last
        and last[each.week]["settings"] == "new"
        and tree(out / "r" / "zh" / each.week) != make(each).files
    ]


def hidden(out: Path) -> list[str]:
    return [path.name for path in out.rglob(".*") if path.name != ".screener.lock"]


def faults_after_the_next_run(out: Path, state: Callable[[Path], object]) -> list[str]:
    catch_up(out, NEW)
    kept = OLD[:1] if state is not nothing else ()
    found = [] if tree(out) == expected_tree((*kept, *NEW)) else ["the tree is not as it should be"]
    if any(states(out)[each.key] != ("complete", "new") for each in NEW):
        found.append("the ledger does not name what was made")
    return found + [f"left: {name}" for name in hidden(out)]


@dataclass
class Seen:
    """What came to light: how many steps there are, how many left litter, and the faults."""

    steps: int = 0
    littered: int = 0
    faults: tuple[str, ...] = ()


def kill_everywhere(out: Path, state: Callable[[Path], object]) -> Seen:
    """Kill a run at every step in turn, and let the next run follow each time."""
    seen = Seen()
    with zygote(out) as kill_at:
        while True:
            prepare(out, state)
            if not kill_at(seen.steps + 1):
                return seen
            seen.steps += 1
            seen.littered += bool(hidden(out))
            seen.faults += (*faults(out), *faults_after_the_next_run(out, state))


@pytest.mark.parametrize("state", STATES)
def test_a_run_killed_at_any_step_shows_nothing_half_and_the_next_puts_all_right(
    tmp_path: Path, state: Callable[[Path], object]
) -> None:
    seen = kill_everywhere(tmp_path / "out", state)
    assert seen.faults == ()
    # four steps for each of two files and for the ledger, and those of folders and names
    assert seen.steps > 20
    assert seen.littered > 10


def test_killed_again_and_again_a_run_still_ends_well(tmp_path: Path) -> None:
    out = tmp_path / "out"
    earlier_weeks(out)
    with zygote(out) as kill_at:
        # runs get ever further, as what is done is not done again
        kills = 0
        for step in (*range(1, 25), *range(24, 0, -1)):
            kills += kill_at(step)
            assert faults(out) == []
        assert kills > 20
    assert faults_after_the_next_run(out, earlier_weeks) == []


TWO_WORKERS = """
import sys, time
from pathlib import Path
from test_runs import Clock, job, make, run_jobs
def make_slowly(given):
    time.sleep(0.05)
    return make(given)
class Told:
    def start(self, total): pass
    def begin(self, symbol): pass
    def end(self, symbol, said): print(said, flush=True)
weeks = [job(f"2024-W{number}") for number in range(10, 50)]
run_jobs(weeks, make_slowly, Path(sys.argv[1]), Clock(), 2, Told())
"""


def test_a_killed_run_of_several_processes_frees_the_lock_and_writes_no_more(
    tmp_path: Path,
) -> None:
    weeks = [job(f"2024-W{number}") for number in range(10, 50)]
    with subprocess.Popen(
        [sys.executable, "-c", TWO_WORKERS, str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=HERE,
        start_new_session=True,
    ) as process:
        assert process.stdout
        for _ in range(3):
            assert process.stdout.readline() == "complete\n"
        process.kill()
        process.wait(30)
        done = len(read_ledger(tmp_path).entries)
        assert 3 <= done < len(weeks)
        assert catch_up(tmp_path, weeks) == len(weeks) - done
        # its workers live on for minutes, with nothing to do
        os.killpg(process.pid, signal.SIGKILL)
    assert tree(tmp_path) == expected_tree(weeks)
    assert len(read_ledger(tmp_path).entries) == len(weeks)


def test_what_was_put_aside_stands_again_though_its_week_is_not_run(tmp_path: Path) -> None:
    out = tmp_path / "out"
    killed_between_the_two_renames(out)
    run.run_jobs((), make, out, Clock())
    assert tree(out) == expected_tree(OLD)
    assert hidden(out) == []
    assert len(read_ledger(out).entries) == 2


@pytest.mark.parametrize(
    ("naive", "fault"),
    [("place_files", "2024-W24 is not whole"), ("write_ledger", "the ledger is damaged")],
)
def test_a_naive_writer_would_be_found_out(tmp_path: Path, naive: str, fault: str) -> None:
    out, step, found = tmp_path / "out", 0, []
    with zygote(out, naive) as kill_at:
        while fault not in found:
            step += 1
            prepare(out, earlier_weeks)
            assert kill_at(step), "no step showed the fault"
            found = faults(out)


if __name__ == "__main__":
    main()
