"""Runs write one folder a week: what is due, who may write, and what the ledger says of it."""

import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.runs.job import Job, Made
from backtests.runs.ledger import Entry, read_ledger
from backtests.runs.lock import hold_lock
from backtests.runs.run import find_due, run_jobs
from screener.files import replace_folder, sweep_leftovers
from universes import InputError

HERE = Path(__file__).parent
WEEKS = ("2024-W23", "2024-W24", "2024-W25-to-2024-06-19", "2024-W25")
DAY = dt.date(2024, 6, 21)


class Clock:
    """Time that passes by a second whenever it is asked for, or stands."""

    def __init__(self, step: int = 1) -> None:
        self._now = np.datetime64("2024-06-22T00:37:00", "s")
        self._step = np.timedelta64(step, "s")

    def seconds(self) -> float:
        raise AssertionError

    def utc(self) -> np.datetime64:
        self._now += self._step
        return self._now - self._step

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def job(
    week: str = "2024-W25", language: str = "zh", settings: str = "a", report: str = "r"
) -> Job:
    return Job(report, language, week, DAY, settings)


def jobs(weeks: Sequence[str] = WEEKS, settings: str = "a") -> tuple[Job, ...]:
    return tuple(job(week, language, settings) for week in weeks for language in ("zh", "en"))


def make(given: Job) -> Made:
    """What a job comes to: a page that tells all its settings, and a figure."""
    page = f"{given.report} {given.language} {given.week} {given.settings} 周报\n".encode()
    problems = ("stale_data",) if given.settings == "stale" else ()
    files = {"report.html": page, f"figures/{given.settings}.png": bytes(range(256)) * 9}
    return Made(files, {"source": "test", "days": (1, 2)}, problems)


def refusing(*weeks: str) -> Callable[[Job], Made]:
    def make_or_refuse(given: Job) -> Made:
        if given.week in weeks:
            raise InputError(f"there are no prices of {given.week}", "run screener data update")
        return make(given)

    return make_or_refuse


def tree(out: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too, save the lock and the ledger."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and path.name not in {".screener.lock", "ledger.jsonl"}
    }


def expected_tree(done: Sequence[Job]) -> dict[str, bytes]:
    return {
        f"{each.report}/{each.language}/{each.week}/{name}": content
        for each in done
        for name, content in make(each).files.items()
    }


def stamps(out: Path) -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for path in (out, *out.rglob("*"))
        if path.name != ".screener.lock"
    }


def states(out: Path) -> dict[tuple[str, str, str], tuple[str, str]]:
    """What holds of each week by the ledger's own file: the last line of each."""
    lines = (out / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return {
        (each["report"], each["language"], each["week"]): (each["outcome"], each["settings"])
        for each in told
    }


def catch_up(out: Path, wanted: Sequence[Job], maker: Callable[[Job], Made] = make) -> int:
    with hold_lock(out):
        due = find_due(wanted, read_ledger(out), out)
        run_jobs(due, maker, out, Clock())
    return len(due)


def test_writes_every_week_and_enters_it(tmp_path: Path) -> None:
    entries = run_jobs(jobs(), make, tmp_path, Clock())
    assert tree(tmp_path) == expected_tree(jobs())
    assert read_ledger(tmp_path).entries == entries
    first = json.loads((tmp_path / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[0])
    names = ["figures/a.png", "report.html"]
    hashes = {
        name: hashlib.sha256((tmp_path / "r/zh/2024-W23" / name).read_bytes()).hexdigest()
        for name in names
    }
    assert first == {
        "report": "r",
        "language": "zh",
        "week": "2024-W23",
        "as_of": "2024-06-21",
        "settings": "a",
        "data": {"source": "test", "days": [1, 2]},
        "files": hashlib.sha256(json.dumps(hashes).encode()).hexdigest(),
        "names": names,
        "outcome": "complete",
        "problems": [],
        "finished_at": "2024-06-22T00:37:00Z",
    }


def test_running_twice_touches_nothing(tmp_path: Path) -> None:
    first = run_jobs(jobs(), make, tmp_path, Clock())
    before, ledger = stamps(tmp_path), (tmp_path / "ledger.jsonl").read_bytes()
    later = Clock()
    later.utc()
    assert run_jobs(jobs(), make, tmp_path, later) == first
    assert stamps(tmp_path) == before
    assert (tmp_path / "ledger.jsonl").read_bytes() == ledger


def test_two_processes_that_make_write_what_one_does(tmp_path: Path) -> None:
    maker = refusing(WEEKS[1])
    alone = run_jobs(jobs(), maker, tmp_path / "one", Clock())
    both = run_jobs(jobs(), maker, tmp_path / "two", Clock(), workers=2)
    assert alone == both
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    ledgers = [(tmp_path / each / "ledger.jsonl").read_bytes() for each in ("one", "two")]
    assert ledgers[0] == ledgers[1]


ONE_RUN = st.tuples(
    st.lists(
        st.sampled_from([job(week, language) for week in WEEKS for language in ("zh", "en")]),
        max_size=6,
    ),
    st.sets(st.sampled_from(WEEKS)),
)


@given(st.lists(ONE_RUN, max_size=4))
@settings(max_examples=20)
def test_any_runs_in_any_order_end_in_the_same_tree_and_ledger(
    tmp_path_factory: pytest.TempPathFactory, runs: list[tuple[list[Job], set[str]]]
) -> None:
    out = tmp_path_factory.mktemp("out")
    for wanted, refused in runs:
        run_jobs(wanted, refusing(*refused), out, Clock())
    catch_up(out, jobs())
    assert tree(out) == expected_tree(jobs())
    assert states(out) == {each.key: ("complete", "a") for each in jobs()}
    assert catch_up(out, jobs()) == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_a_week_that_is_refused_fails_and_the_others_go_on(tmp_path: Path, workers: int) -> None:
    run_jobs([job(WEEKS[1], settings="old")], make, tmp_path, Clock())
    maker = refusing(WEEKS[1])
    entries = run_jobs([job(week) for week in WEEKS], maker, tmp_path, Clock(), workers)
    outcomes = [each.outcome for each in entries]
    assert outcomes == ["complete", "failed", "complete", "complete"]
    message = f"there are no prices of {WEEKS[1]}; run screener data update"
    assert entries[1].problems == (message,)
    kept = [job(WEEKS[0]), job(WEEKS[1], settings="old"), job(WEEKS[2]), job(WEEKS[3])]
    assert tree(tmp_path) == expected_tree(kept)


def test_another_fault_stops_the_run_and_keeps_what_is_done(tmp_path: Path) -> None:
    def break_down(given: Job) -> Made:
        if given.week == WEEKS[2]:
            raise ZeroDivisionError
        return make(given)

    with pytest.raises(ZeroDivisionError):
        run_jobs([job(week) for week in WEEKS], break_down, tmp_path, Clock())
    assert [each.week for each in read_ledger(tmp_path).entries] == list(WEEKS[:2])
    assert catch_up(tmp_path, [job(week) for week in WEEKS]) == 2


def interrupted(given: Job) -> Made:
    if given.week == WEEKS[2]:
        raise KeyboardInterrupt
    return make(given)


def test_an_interruption_leaves_what_is_done_and_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_jobs([job(week) for week in WEEKS], interrupted, tmp_path, Clock())
    assert tree(tmp_path) == expected_tree([job(week) for week in WEEKS[:2]])
    assert catch_up(tmp_path, [job(week) for week in WEEKS]) == 2


def test_a_report_of_lacking_data_is_written_and_due_again(tmp_path: Path) -> None:
    stale = job(settings="stale")
    (entry,) = run_jobs([stale], make, tmp_path, Clock())
    assert (entry.outcome, entry.problems) == ("incomplete", ("stale_data",))
    assert tree(tmp_path) == expected_tree([stale])
    assert find_due([stale], read_ledger(tmp_path), tmp_path) == (stale,)


def remove(folder: Path) -> None:
    shutil.rmtree(folder)


def change(folder: Path) -> None:
    (folder / "report.html").write_text("?", encoding="utf-8")


def lose_one(folder: Path) -> None:
    (folder / "figures" / "a.png").unlink()


def block(folder: Path) -> None:
    (folder / "report.html").unlink()
    (folder / "report.html").mkdir()


@pytest.mark.parametrize("damage", [remove, change, lose_one, block])
def test_a_week_whose_files_are_not_as_they_were_is_due(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    run_jobs(jobs(), make, tmp_path, Clock())
    damage(tmp_path / "r" / "en" / WEEKS[2])
    assert find_due(jobs(), read_ledger(tmp_path), tmp_path) == (job(WEEKS[2], "en"),)
    catch_up(tmp_path, jobs())
    assert tree(tmp_path) == expected_tree(jobs())


def test_due_are_weeks_of_other_settings_or_another_day_and_no_others(tmp_path: Path) -> None:
    run_jobs([job(week) for week in WEEKS[:2]], make, tmp_path, Clock())
    ledger = read_ledger(tmp_path)
    same = job(WEEKS[0])
    earlier = Job("r", "zh", WEEKS[1], dt.date(2024, 6, 20), "a")
    wanted = (same, earlier, job(WEEKS[0], settings="b"), job(WEEKS[2]), job(WEEKS[0], report="s"))
    assert find_due(wanted, ledger, tmp_path) == wanted[1:]


def test_a_complete_week_is_not_made_again_when_the_data_have_changed(tmp_path: Path) -> None:
    run_jobs(jobs(), make, tmp_path, Clock())

    def never(given: Job) -> Made:
        raise AssertionError(given)

    assert catch_up(tmp_path, jobs(), never) == 0


def test_what_earlier_runs_wrote_goes_and_what_others_put_there_stays(tmp_path: Path) -> None:
    run_jobs([job(settings="old")], make, tmp_path, Clock())
    folder = tmp_path / "r" / "zh" / "2024-W25"
    (folder / "figures" / "my notes.txt").write_text("buy?", encoding="utf-8")
    (folder / ".DS_Store").write_bytes(b"\0")
    assert find_due([job(settings="old")], read_ledger(tmp_path), tmp_path) == ()
    run_jobs([job(settings="new")], refusing("2024-W25"), tmp_path, Clock())
    run_jobs([job(settings="new")], make, tmp_path, Clock())
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {"report.html", "figures/new.png", "figures/my notes.txt", ".DS_Store"}
    assert (folder / "figures" / "my notes.txt").read_text(encoding="utf-8") == "buy?"
    assert find_due([job(settings="new")], read_ledger(tmp_path), tmp_path) == ()


def test_progress_is_told_week_by_week(tmp_path: Path) -> None:
    told: list[object] = []

    class Told:
        def start(self, total: int) -> None:
            told.append(total)

        def begin(self, symbol: str) -> None:
            told.append(symbol)

        def end(self, symbol: str, said: str) -> None:
            told.append((symbol, said))

    wanted = [job(WEEKS[0]), job(WEEKS[1], settings="stale"), job(WEEKS[2])]
    run_jobs(wanted, refusing(WEEKS[2]), tmp_path, Clock(), progress=Told())
    assert told == [
        3,
        "r zh 2024-W23",
        ("r zh 2024-W23", "complete"),
        "r zh 2024-W24",
        ("r zh 2024-W24", "incomplete: stale_data"),
        f"r zh {WEEKS[2]}",
        (
            f"r zh {WEEKS[2]}",
            f"failed: there are no prices of {WEEKS[2]}; run screener data update",
        ),
    ]


# ---- the ledger


def lines_of(count: int) -> bytes:
    entry = {
        "report": "r",
        "language": "zh",
        "week": "2024-W01",
        "as_of": "2024-01-05",
        "settings": "a" * 64,
        "data": {"source": "store", "sha256": "b" * 64, "last": "2024-01-05"},
        "files": "c" * 64,
        "names": ["report.html", "report.md", "report.json", "figures/returns.png"],
        "outcome": "complete",
        "problems": [],
        "finished_at": "2024-01-06T00:37:00Z",
    }
    each = [{**entry, "week": f"week {number}"} for number in range(count)]
    return b"".join(json.dumps(fields).encode() + b"\n" for fields in each)


def test_the_newest_line_of_a_week_holds(tmp_path: Path) -> None:
    for settings_ in ("a", "stale", "b"):
        run_jobs([job(settings=settings_), job(WEEKS[0])], make, tmp_path, Clock())
    ledger = read_ledger(tmp_path)
    entry = ledger.newest(job().key)
    assert entry
    assert (entry.settings, entry.outcome) == ("b", "complete")
    assert [each.settings for each in ledger.entries] == ["a", "a", "stale", "b"]
    assert ledger.newest(("r", "zh", "2023-W01")) is None


def test_there_is_no_ledger_where_nothing_was_run(tmp_path: Path) -> None:
    assert read_ledger(tmp_path / "none").entries == ()
    assert not (tmp_path / "none").exists()


GOOD = lines_of(1).strip()
FIELDS = json.loads(GOOD)


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in FIELDS.items() if key != name}).encode()


def with_(**fields: object) -> bytes:
    return json.dumps({**FIELDS, **fields}).encode()


@pytest.mark.parametrize(
    "line",
    [
        GOOD[:-20],
        GOOD[:100] + b"\0" * 50,
        b"\xff\xfe",
        b"[]",
        b"7",
        without("files"),
        with_(more=1),
        with_(as_of="2024-02-30"),
        with_(outcome="done"),
        with_(names="report.html"),
        with_(problems=[1]),
        with_(data=[]),
        with_(settings=None),
    ],
)
def test_a_damaged_line_is_refused_with_its_number(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(GOOD + b"\n\n" + line + b"\n" + GOOD + b"\n")
    with pytest.raises(InputError, match=r"ledger\.jsonl:3: the line is damaged") as caught:
        read_ledger(tmp_path)
    assert caught.value.remedy.startswith("delete the line")
    before = (tmp_path / "ledger.jsonl").read_bytes()
    with pytest.raises(InputError, match="damaged"):
        run_jobs([job()], make, tmp_path, Clock())
    assert (tmp_path / "ledger.jsonl").read_bytes() == before
    assert tree(tmp_path) == {}


def test_a_ledger_that_an_editor_has_saved_is_read(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(lines_of(2).strip().replace(b"\n", b"\r\n"))
    run_jobs([job()], make, tmp_path, Clock())
    weeks = [each.week for each in read_ledger(tmp_path).entries]
    assert weeks == ["week 0", "week 1", "2024-W25"]


def test_a_message_of_any_characters_comes_back_as_it_was(tmp_path: Path) -> None:
    message = '没有行情\u2028\n\udc80 "quoted" \\'

    def refuse(given: Job) -> Made:
        raise InputError(message + given.week)

    (entry,) = run_jobs([job()], refuse, tmp_path, Clock())
    assert entry.problems == (message + "2024-W25",)
    assert read_ledger(tmp_path).entries == (entry,)
    assert run_jobs([job()], refuse, tmp_path, Clock()) == (entry,)


def test_a_ledger_of_many_thousand_lines_is_quick(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").write_bytes(lines_of(10_000))
    wanted = [job(f"week {number}") for number in range(10_000)]
    began = time.process_time()
    ledger = read_ledger(tmp_path)
    assert len(find_due(wanted, ledger, tmp_path)) == 10_000
    # half a second; looking through all lines for each week would take ten or more
    assert time.process_time() - began < 5


# ---- the lock

HOLD = """
import sys
from pathlib import Path
from backtests.runs.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(out: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until it is told to end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(out)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_run_is_refused_while_another_writes_or_waits_for_it(tmp_path: Path) -> None:
    with hold(tmp_path) as other:
        with pytest.raises(InputError, match="another run is writing into") as caught:
            run_jobs([job()], make, tmp_path, Clock())
        assert "--wait" in caught.value.remedy
        began = time.monotonic()
        with pytest.raises(InputError, match="another run"), hold_lock(tmp_path, 0.2):
            pass
        assert time.monotonic() - began >= 0.2
        assert tree(tmp_path) == {}
        assert other.stdin
        other.stdin.close()
        with hold_lock(tmp_path, 60):
            pass
    run_jobs([job()], make, tmp_path, Clock())


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    with hold(tmp_path) as other:
        other.kill()
        other.wait(30)
        with hold_lock(tmp_path):
            pass


TWO_AT_ONCE = """
import sys
from pathlib import Path
from test_runs import Clock, find_due, hold_lock, job, make, read_ledger, run_jobs
out, made = Path(sys.argv[1]), []
def count(given):
    made.append(given)
    return make(given)
with hold_lock(out, 60):
    due = find_due([job(f"2024-W{week}") for week in range(10, 40)], read_ledger(out), out)
    run_jobs(due, count, out, Clock())
print(len(made))
"""


def test_of_two_runs_at_once_one_waits_and_does_nothing_twice(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", TWO_AT_ONCE, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE,
        )
        for _ in range(2)
    ]
    counts = sorted(int(each.communicate(timeout=120)[0]) for each in both)
    assert counts == [0, 30]
    assert len(read_ledger(tmp_path).entries) == 30


def test_who_holds_the_lock_can_take_it_again(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        with hold_lock(tmp_path / "." / ".." / tmp_path.name):
            run_jobs([job()], make, tmp_path, Clock())
        with pytest.raises(subprocess.CalledProcessError):
            subprocess.run(
                [sys.executable, "-c", HOLD, str(tmp_path)],
                check=True,
                stdin=subprocess.DEVNULL,
                capture_output=True,
            )
    hold(tmp_path).communicate()


# ---- places that cannot be written


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "weekly").write_text("", encoding="utf-8")
    for out in (tmp_path / "weekly", tmp_path / "weekly" / "sub"):
        with pytest.raises(InputError, match="weekly") as caught:
            run_jobs([job()], make, out, Clock())
        assert "--out" in caught.value.remedy


def test_a_file_with_the_name_of_a_week_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "r" / "zh").mkdir(parents=True)
    (tmp_path / "r" / "zh" / "2024-W25").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="a file has the name of its folder"):
        run_jobs([job()], make, tmp_path, Clock())
    assert tree(tmp_path) == {"r/zh/2024-W25": b"mine"}
    assert read_ledger(tmp_path).entries == ()


@pytest.mark.parametrize("step", ["mkdir", "rename", "write_bytes", "replace"])
@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(28, "No space")]
)
def test_a_place_that_cannot_be_written_is_named_and_kept_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, error: OSError
) -> None:
    run_jobs([job(settings="old")], make, tmp_path, Clock())
    before = tree(tmp_path)

    def fail(*_args: object, **_named: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, fail)
        with pytest.raises(InputError, match=f"cannot be written: {error.strerror}") as caught:
            run_jobs([job(settings="new")], make, tmp_path, Clock())
    assert "--out" in caught.value.remedy
    entry = read_ledger(tmp_path).newest(job().key)
    assert entry
    assert entry.settings == "old"
    # the ledger comes after the folder: with it failing, the folder is already the new one
    kept = expected_tree([job(settings="new")]) if step == "replace" else before
    assert tree(tmp_path) == kept
    assert catch_up(tmp_path, [job(settings="new")]) == 1
    assert tree(tmp_path) == expected_tree([job(settings="new")])


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a user whom modes bind"
)
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(InputError, match="cannot be written: Permission denied"):
        run_jobs([job()], make, tmp_path, Clock())


def test_a_ledger_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.jsonl").mkdir()
    with pytest.raises(InputError, match=r"ledger\.jsonl cannot be read"):
        run_jobs([job()], make, tmp_path, Clock())


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "a\\b", "C:", "a\0"])
def test_a_job_that_cannot_name_a_folder_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name of a folder"):
        job(report=name)


# ---- folders replaced whole


FILES: Mapping[str, bytes] = {"a.txt": b"1", "in/b.txt": b"2"}


def test_a_leftover_is_swept_and_what_it_had_put_aside_stands_again(tmp_path: Path) -> None:
    replace_folder(tmp_path / "week", FILES)
    left = tmp_path / ".screener-week.abc"
    (left / "old").mkdir(parents=True)
    (tmp_path / "week").rename(left / "old" / "week")
    sweep_leftovers(tmp_path)
    assert tree(tmp_path) == {f"week/{name}": content for name, content in FILES.items()}


def test_a_leftover_does_not_replace_what_stands(tmp_path: Path) -> None:
    replace_folder(tmp_path / ".screener-week.abc" / "old" / "week", {"a.txt": b"old"})
    replace_folder(tmp_path / "week", FILES)
    sweep_leftovers(tmp_path)
    assert tree(tmp_path) == {f"week/{name}": content for name, content in FILES.items()}


def test_nobody_elses_files_are_swept(tmp_path: Path) -> None:
    strange = {
        "r/zh/.2024-W25.swp": b"",
        "r/zh/.hidden/old/2024-W25/a": b"",
        ".ledger.jsonl.swp": b"",
        ".screener-score.html.x1": b"of another command",
        "r/.screener-2024-W25.x1": b"",
        "r/zh/2024-W20/.screener-x.y": b"",
    }
    for name, content in strange.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for name in (".screener-ledger.jsonl.x1", "r/zh/.screener-2024-W25.x1/new/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"left")
    run_jobs([], make, tmp_path, Clock())
    assert tree(tmp_path) == strange


def test_a_folder_with_the_longest_name_is_written(tmp_path: Path) -> None:
    folder = tmp_path / ("周" * 80)
    replace_folder(folder, FILES)
    replace_folder(folder, {"a.txt": b"3"})
    assert tree(folder) == {"a.txt": b"3"}
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]


def test_entries_compare_by_what_they_say() -> None:
    entry = Entry("r", "zh", "w", DAY, "a", {}, "f", ("n",), "complete", (), "2024-06-22T00:00:00Z")
    later = Entry("r", "zh", "w", DAY, "a", {}, "f", ("n",), "complete", (), "2024-06-23T00:00:00Z")
    other = Entry("r", "zh", "w", DAY, "a", {}, "g", ("n",), "complete", (), "2024-06-22T00:00:00Z")
    assert entry.says_as(later)
    assert not entry.says_as(other)
