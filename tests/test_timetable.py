"""The texts that have the weekly report run by itself, and the time they run at."""

import datetime as dt
import os
import re
import shutil
import stat
import subprocess
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from conftest import ROOT
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from backtests.timetable.cron import CronTable, cut_block, find_zone
from backtests.timetable.github import Workflows
from backtests.timetable.job import DEFAULT_OUT, Job
from backtests.timetable.machine import Machine, describe_machine
from backtests.timetable.systemd import UserUnits
from backtests.timetable.weektime import Day, WeekEnd, WeekTime, parse_time
from universes import InputError, list_reports

SHIPPED = "2024-06-16_soochow_media"
SATURDAY = parse_time("SAT", "08:37")
UTC = "UTC"
# what a shell, a crontab and a unit each read in a way of their own
HOSTILE = """数 据 a$HOME `id` $(id) b%c %h d"e f'g ;&|#*?~ $$ %% {x}"""
ARGUMENTS = [
    *("report", "weekly", "--update", "--catch-up", "--deliver", "--report", SHIPPED),
    *("--out", "{out}", "--lang", "zh"),
]
# prints what it is given, each on a line, and what it finds around it
ECHO = """#!/bin/sh
printf '%s\\n' "$@"
printf '%s\\n' "home=$SCREENER_HOME" "lang=$LANG" >&2
"""


def write_program(folder: Path, text: str = ECHO, name: str = "screener") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


def machine(folder: Path, **variables: str) -> Machine:
    program = write_program(folder / "bin")
    return Machine((str(program),), {"LANG": "C.UTF-8", **variables}, folder / "logs")


def line_of(text: str) -> str:
    (line,) = [line for line in text.splitlines() if not line.startswith("#")]
    return line


def as_cron_gives_it(line: str) -> str:
    """The command as crontab(5) has it: % ends it, unless a backslash stands before it."""
    command = line.split(" ", 5)[5]
    assert not re.search(r"(?<!\\)%", command)
    return command.replace(r"\%", "%")


# the time


def test_the_usual_time_is_after_the_last_session_of_the_week_everywhere() -> None:
    # the United States: final at 18:00 on Friday in New York, which is 07:00 in Beijing in winter
    end = WeekEnd.find()
    assert (end.exchange.id, str(end.time)) == ("US", "Saturday 07:00")
    assert end.time.minutes < SATURDAY.minutes


@pytest.mark.parametrize(
    ("zone", "told", "cron"),
    [
        ("Asia/Shanghai", "Saturday 08:37", "37 8 * * 6"),
        ("UTC", "Saturday 00:37", "37 0 * * 6"),
        ("Asia/Kolkata", "Saturday 06:07", "7 6 * * 6"),
        ("Asia/Kathmandu", "Saturday 06:22", "22 6 * * 6"),
        # summer is UTC-4; in winter that is 09:37 in Beijing
        ("America/New_York", "Friday 20:37", "37 20 * * 5"),
        ("Europe/London", "Saturday 01:37", "37 1 * * 6"),
        # summer is in January, UTC+13
        ("Pacific/Auckland", "Saturday 13:37", "37 13 * * 6"),
        # half an hour of summer, UTC+11
        ("Australia/Lord_Howe", "Saturday 11:37", "37 11 * * 6"),
        ("Africa/Casablanca", "Saturday 01:37", "37 1 * * 6"),
        # behind UTC by more than half a day
        ("Etc/GMT+12", "Friday 12:37", "37 12 * * 5"),
    ],
)
def test_a_time_in_beijing_is_told_by_another_clock(zone: str, told: str, cron: str) -> None:
    local = SATURDAY.by_clock(ZoneInfo(zone))
    assert (str(local), local.cron) == (told, cron)


@pytest.mark.parametrize(
    ("day", "clock", "cron"),
    [
        ("SUN", "23:59", "59 23 * * 0"),
        ("MON", "00:01", "1 0 * * 1"),
        ("SAT", "08:37", "37 8 * * 6"),
    ],
)
def test_the_days_of_cron_begin_on_sunday(day: Day, clock: str, cron: str) -> None:
    assert parse_time(day, clock).cron == cron


@pytest.mark.parametrize(
    "zone", ["America/New_York", "Asia/Kolkata", "UTC", "Asia/Shanghai", "Europe/Berlin"]
)
@pytest.mark.parametrize(("day", "clock"), [("SAT", "08:37"), ("SUN", "15:07"), ("MON", "01:11")])
def test_no_run_of_the_crontab_is_early_nor_more_than_an_hour_late(
    zone: str, day: Day, clock: str
) -> None:
    """By a cron of another hand that follows the clock through a year and its changes."""
    beijing = ZoneInfo("Asia/Shanghai")
    fields = parse_time(day, clock).by_clock(ZoneInfo(zone)).cron
    hour, minute = map(int, clock.split(":"))
    wanted = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"].index(day)
    runs = list(islice(CronSim(fields, dt.datetime(2026, 1, 10, tzinfo=ZoneInfo(zone))), 53))
    assert len({run.astimezone(beijing).date() for run in runs}) == 53
    for run in runs:
        there = run.astimezone(beijing)
        assert there.weekday() == wanted
        late = (there.hour - hour) * 60 + there.minute - minute
        assert late in (0, 60)


@pytest.mark.parametrize(
    ("clock", "instead"),
    [
        *(("08:00", "08:01"), ("08:30", "08:31"), ("08:05", "08:07"), ("08:45", "08:47")),
        *(("08:38", "08:39"), ("08:58", "08:59"), ("23:56", "23:57")),
    ],
)
def test_a_crowded_minute_is_refused_and_a_free_one_named(clock: str, instead: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_time("SAT", clock)
    assert refused.value.remedy.endswith(instead)
    assert parse_time("SAT", instead)


@pytest.mark.parametrize("clock", ["", "8:37", "24:01", "08:61", "08:37:01", "０８:37", "08.37"])
def test_what_is_no_time_is_refused(clock: str) -> None:
    with pytest.raises(InputError, match="no time of day"):
        parse_time("SAT", clock)


@pytest.mark.parametrize("zone", ["", "Nowhere/At_All", "../../etc/passwd", "/etc/passwd", "Asia"])
def test_what_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(InputError, match="no time zone"):
        find_zone(zone)


def test_the_machines_zone_is_the_one_of_its_clock_whatever_tz_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "zoneinfo" / "America" / "New_York"
    path.parent.mkdir(parents=True)
    path.write_bytes((Path("/usr/share/zoneinfo/America/New_York")).read_bytes())
    link = tmp_path / "localtime"
    link.symlink_to(path)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setattr("backtests.timetable.cron._LOCAL", link)
    found = find_zone(None)
    assert found.name == "America/New_York"
    assert SATURDAY.by_clock(found.zone).cron == "37 20 * * 5"
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    monkeypatch.setattr("backtests.timetable.cron._LOCAL", copy)
    assert find_zone(None).name == "the machine's zone"
    assert SATURDAY.by_clock(find_zone(None).zone).cron == "37 20 * * 5"
    copy.write_bytes(b"no zone")
    with pytest.raises(InputError, match="cannot be read"):
        find_zone(None)
    copy.unlink()
    with pytest.raises(InputError, match="cannot be read"):
        find_zone(None)


# the job


def test_jobs_are_told_apart_by_report_folder_and_language_alone() -> None:
    job = Job(SHIPPED, "/a", "zh")
    others = [
        replace(job, report="/r"),
        replace(job, out="/b"),
        replace(job, language="en"),
    ]
    same = [replace(job, deliver=False), replace(job, update=False), replace(job, data="store")]
    assert len({each.id for each in [job, *others]}) == 4
    assert {each.id for each in same} == {job.id}
    # printf '["2024-06-16_soochow_media", "/a", "zh"]' | sha256sum
    assert job.id == "9e04cb45"


def test_the_command_line_has_what_was_asked_for() -> None:
    job = Job(SHIPPED, "/a", "en", "store", deliver=False, update=False)
    wanted = f"report weekly --catch-up --report {SHIPPED} --out /a --lang en --data store"
    assert list(job.command) == wanted.split()


def test_paths_of_a_job_on_the_machine_start_at_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "universes" / "reports" / SHIPPED, tmp_path / "mine")
    (tmp_path / "bars.csv").touch()
    job = Job("mine", "out", "zh", "bars.csv").on_machine()
    assert (job.report, job.out, job.data) == tuple(
        str(tmp_path / name) for name in ("mine", "out", "bars.csv")
    )
    for data in ("store", "snapshot", "s3://bucket/prices"):
        assert Job(SHIPPED, "out", "zh", data).on_machine().data == data


@pytest.mark.parametrize("character", ["\n", "\r", "\0", "\x1b", "\u2028", "\x85", "\udce9"])
def test_a_path_that_ends_a_line_is_refused(character: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        Job(SHIPPED, f"{tmp_path}/a{character}@reboot id", "zh").on_machine()
    with pytest.raises(InputError):
        Job(SHIPPED, f"a{character}- run", "zh").in_repository()


@pytest.mark.parametrize("name", ["SCREENER_HOME", "SCREENER_NOTIFY_FILE"])
def test_a_variable_that_ends_a_line_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/srv/a\n@reboot id")
    with pytest.raises(InputError, match="line break"):
        describe_machine()


def test_what_cannot_work_when_it_is_due_is_refused_now(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is a file"):
        Job(SHIPPED, str(tmp_path / "file"), "zh").on_machine()
    with pytest.raises(InputError, match="no report"):
        Job("not_there", str(tmp_path), "zh").on_machine()
    with pytest.raises(InputError, match="there is nothing"):
        Job(SHIPPED, str(tmp_path), "zh", str(tmp_path / "gone")).on_machine()


# the machine


def test_the_programs_own_variables_go_with_it_and_no_secret_does(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SCREENER_NOTIFY_FILE", str(tmp_path / "addresses.toml"))
    monkeypatch.setenv("SCREENER_NOTIFY", "tgram://hush-hush/1")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    found = describe_machine()
    assert found.variables == {
        "LANG": "C.UTF-8",
        "SCREENER_HOME": str(tmp_path / "home"),
        "SCREENER_NOTIFY_FILE": str(tmp_path / "addresses.toml"),
    }
    assert found.logs == tmp_path / "home" / "logs"
    job = Job(SHIPPED, str(tmp_path / "out"), "zh")
    for opened in (CronTable(found, UTC), UserUnits(found, tmp_path)):
        assert "hush" not in opened.show(job, SATURDAY)


def test_an_address_with_a_password_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCREENER_HOME", "s3://me:hush-hush@bucket/prices")
    with pytest.raises(InputError) as refused:
        describe_machine()
    assert "hush" not in f"{refused.value.message} {refused.value.remedy}"
    with pytest.raises(InputError, match="--data") as refused:
        Job(SHIPPED, str(tmp_path), "zh", "s3://hush-hush@bucket/prices").on_machine()
    assert "hush" not in f"{refused.value.message} {refused.value.remedy}"


def test_the_program_is_the_one_beside_this_python_or_its_module(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    beside = write_program(tmp_path / "bin")
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    assert describe_machine().program == (str(beside),)
    beside.unlink()
    assert describe_machine().program == (
        str(tmp_path / "bin" / "python"),
        *("-P", "-m", "backtests.cli"),
    )


# cron


def run_line(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line as cron does: /bin/sh, few variables, the home folder."""
    few = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "SHELL": "/bin/sh"}
    command = as_cron_gives_it(line)
    return subprocess.run(
        ["/bin/sh", "-c", command], env=few, cwd=folder, check=True, capture_output=True, text=True
    )


@pytest.mark.parametrize("name", ["plain", HOSTILE])
def test_the_line_runs_in_a_shell_as_it_stands_in_the_crontab(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    here = machine(folder, SCREENER_HOME=str(folder / "home"))
    job = Job(SHIPPED, str(folder / "out"), "zh")
    done = run_line(line_of(CronTable(here, UTC).show(job, SATURDAY)), tmp_path)
    assert (done.stdout, done.stderr) == ("", "")
    (log,) = here.logs.iterdir()
    wanted = [argument.replace("{out}", str(folder / "out")) for argument in ARGUMENTS]
    home = [f"home={folder / 'home'}", "lang=C.UTF-8"]
    date, *printed = log.read_text(encoding="utf-8").split("\n")[:-1]
    assert ":" in date
    assert printed == [*wanted, *home]


def test_the_log_tells_of_every_run_and_of_a_code_other_than_0(tmp_path: Path) -> None:
    here = machine(tmp_path)
    line = line_of(CronTable(here, UTC).show(Job(SHIPPED, "/out", "zh"), SATURDAY))
    write_program(tmp_path / "bin", "#!/bin/sh\necho first\n")
    run_line(line, tmp_path)
    write_program(tmp_path / "bin", "#!/bin/sh\necho second\nexit 3\n")
    run_line(line, tmp_path)
    (log,) = here.logs.iterdir()
    lines = log.read_text(encoding="utf-8").splitlines()
    assert [lines[1], *lines[3:]] == ["first", "second", "exit code 3"]


def test_a_shell_that_keeps_the_backslash_reads_the_line_alike(tmp_path: Path) -> None:
    """As crons do that hand the backslash before a % on to the shell."""
    here = machine(tmp_path / HOSTILE)
    line = line_of(CronTable(here, UTC).show(Job(SHIPPED, str(tmp_path / "%a b"), "zh"), SATURDAY))
    few = {"PATH": "/usr/bin:/bin"}
    subprocess.run(["/bin/sh", "-c", line.split(" ", 5)[5]], env=few, cwd=tmp_path, check=True)
    (log,) = here.logs.iterdir()
    assert str(tmp_path / "%a b") in log.read_text(encoding="utf-8").split("\n")


def test_the_block_is_one_line_between_its_markers_and_says_the_time(tmp_path: Path) -> None:
    job = Job(SHIPPED, str(tmp_path / "out"), "zh")
    text = CronTable(machine(tmp_path), "America/New_York").show(job, SATURDAY)
    lines = text.splitlines()
    assert lines[0] == f"# BEGIN sector-screener weekly ({job.id})"
    assert lines[-1] == f"# END sector-screener weekly ({job.id})"
    assert "Saturday 08:37 in Beijing: Friday 20:37 by this clock (America/New_York)" in text
    assert line_of(text).startswith("37 20 * * 5 ")


def test_a_line_longer_than_cron_takes_is_refused_and_the_longest_is_not(tmp_path: Path) -> None:
    table = CronTable(machine(tmp_path), UTC)

    def command(length: int) -> str:
        job = Job(SHIPPED, f"/{'x' * length}", "zh")
        return line_of(table.show(job, SATURDAY)).split(" ", 5)[5]

    longest = 998 - len(command(0))
    assert len(command(longest)) == 998
    with pytest.raises(InputError, match="999 bytes"):
        command(longest + 1)
    with pytest.raises(InputError, match="bytes"):
        table.show(Job(SHIPPED, f"/{'数' * (longest // 2)}", "zh"), SATURDAY)


def test_a_backslash_is_refused_for_cron(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="backslash"):
        CronTable(machine(tmp_path), UTC).show(Job(SHIPPED, "/a\\b", "zh"), SATURDAY)


OURS = "# BEGIN sector-screener weekly (ab12)\nx\n# END sector-screener weekly (ab12)\n"
foreign_line = st.one_of(
    st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"") + b"\n"),
    st.just(b"# BEGIN sector-screener weekly (cd34)\n1 1 * * 6 y\n"),
    st.just(b"# END sector-screener weekly (cd34)\n"),
)


@given(st.lists(foreign_line), st.lists(foreign_line), st.binary(max_size=5))
def test_cutting_a_block_out_keeps_every_other_byte(
    before: list[bytes], after: list[bytes], last: bytes
) -> None:
    rest = last.replace(b"\n", b"")
    table = b"".join(before) + OURS.encode() + b"".join(after) + rest
    assert cut_block(table, "ab12") == b"".join(before) + b"".join(after) + rest
    assert cut_block(b"".join(before), "ab12") == b"".join(before)


@pytest.mark.parametrize(
    "damaged",
    [
        "# BEGIN sector-screener weekly (ab12)\n1 1 * * 6 x\n@daily mine\n",
        f"# BEGIN sector-screener weekly (ab12)\n@daily mine\n{OURS}",
        f"# BEGIN sector-screener weekly (ab12)\n{OURS.replace('ab12', 'cd34')}@daily mine\n",
    ],
)
def test_a_block_without_its_end_is_refused_lest_other_lines_go_with_it(damaged: str) -> None:
    with pytest.raises(InputError, match="has lost its last line"):
        cut_block(damaged.encode(), "ab12")


# systemd


def read_units(folder: Path, here: Machine, out: str, when: WeekTime = SATURDAY) -> dict[str, str]:
    job = Job(SHIPPED, out, "zh")
    text = UserUnits(here, folder).show(job, when)
    parts = re.split(r"^# (/\S*?sector-screener-weekly-\S+)\n", text, flags=re.MULTILINE)[1:]
    names = [Path(path).suffix for path in parts[::2]]
    return dict(zip(names, parts[1::2], strict=True))


def values(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE)


def words_of(command: str) -> list[str]:
    """Words as systemd.syntax(7) and systemd.service(5) have them, read letter by letter."""
    words, at = [], 0
    while at < len(command):
        assert command[at] == '"'
        word, at = "", at + 1
        while command[at] != '"':
            pair = command[at : at + 2]
            single = command[at] not in "\\%$"
            assert single or pair in {"\\\\", '\\"', "%%", "$$"}, pair
            word += command[at] if single else pair[1]
            at += 1 if single else 2
        words.append(word)
        at += 1
        assert command[at : at + 1] in {"", " "}
        at += 1
    return words


@pytest.mark.parametrize("name", ["plain", HOSTILE, "end\\", "\\n %i ${HOME}"])
def test_the_service_says_every_word_as_systemd_reads_it(name: str, tmp_path: Path) -> None:
    out = f"/srv/{name}"
    here = machine(tmp_path, SCREENER_HOME=f"/srv/{name}")
    service = read_units(tmp_path, here, out)[".service"]
    (command,) = values(service, "ExecStart")
    wanted = [argument.replace("{out}", out) for argument in ARGUMENTS]
    assert words_of(command) == [str(tmp_path / "bin" / "screener"), *wanted]
    lang, home = values(service, "Environment")
    assert lang == '"LANG=C.UTF-8"'
    # no variable is looked for here, so that $ stands for itself
    assert words_of(home.replace("$", "$$")) == [f"SCREENER_HOME=/srv/{name}"]


def test_a_program_that_systemd_does_not_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="systemd runs no program"):
        read_units(tmp_path, machine(tmp_path / 'a"b'), "/out")


def test_the_timer_runs_in_beijings_time_and_makes_up_for_what_was_missed(tmp_path: Path) -> None:
    units = read_units(tmp_path, machine(tmp_path), "/out", parse_time("SUN", "09:07"))
    assert values(units[".timer"], "OnCalendar") == ["Sun *-*-* 09:07:00 Asia/Shanghai"]
    assert values(units[".timer"], "Persistent") == ["true"]
    assert values(units[".timer"], "WantedBy") == ["timers.target"]
    assert values(units[".service"], "Type") == ["oneshot"]
    # an incomplete report shows as a failed unit
    assert values(units[".service"], "SuccessExitStatus") == []


needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine"
)


def verify(folder: Path, units: dict[str, str]) -> subprocess.CompletedProcess[str]:
    folder.mkdir()
    paths = [folder / f"weekly{suffix}" for suffix in units]
    for path, text in zip(paths, units.values(), strict=True):
        path.write_text(text, encoding="utf-8")
    run = folder / "run"
    run.mkdir(mode=0o700)
    return subprocess.run(
        ["systemd-analyze", "verify", "--user", *map(str, paths)],  # noqa: S607
        env={**os.environ, "XDG_RUNTIME_DIR": str(run)},
        check=False,
        capture_output=True,
        text=True,
    )


@needs_systemd
def test_systemd_takes_the_units_and_finds_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "数 据 a$b %h ${c} ;&|"
    units = read_units(tmp_path, machine(folder), f"/srv/{HOSTILE}")
    done = verify(tmp_path / "units", units)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    (folder / "bin" / "screener").chmod(stat.S_IRUSR)
    done = verify(tmp_path / "again", units)
    assert done.returncode != 0
    assert "is not executable" in done.stderr


@needs_systemd
def test_systemd_reads_the_time_as_it_is_meant(tmp_path: Path) -> None:
    (time,) = values(read_units(tmp_path, machine(tmp_path), "/o")[".timer"], "OnCalendar")
    done = subprocess.run(
        ["systemd-analyze", "calendar", time],  # noqa: S607
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
    )
    assert re.search(r"Next elapse: Sat .* 00:37:00 UTC", done.stdout)


# the workflow


@pytest.fixture(scope="module")
def workflow() -> dict[Any, Any]:
    text = Workflows(ROOT).show(Job(list_reports()[-1], DEFAULT_OUT, "zh"), SATURDAY)
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return loaded


def steps_of(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    steps = workflow["jobs"]["report"]["steps"]
    assert isinstance(steps, list)
    return steps


def step_with(workflow: dict[Any, Any], text: str) -> dict[str, Any]:
    (step,) = [
        step for step in steps_of(workflow) if text in f"{step.get('run')} {step.get('uses')}"
    ]
    return step


def test_the_workflow_runs_at_the_time_in_utc_and_by_hand(workflow: dict[Any, Any]) -> None:
    # YAML 1.1 reads the bare word on as true
    assert workflow[True] == {"schedule": [{"cron": "37 0 * * 6"}], "workflow_dispatch": None}
    runs = CronSim("37 0 * * 6", dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    assert next(runs).astimezone(ZoneInfo("Asia/Shanghai")).strftime("%a %H:%M") == "Sat 08:37"


def test_the_workflow_may_only_read_and_runs_one_at_a_time(workflow: dict[Any, Any]) -> None:
    assert workflow["permissions"] == {"actions": "read", "contents": "read"}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    assert step_with(workflow, "actions/checkout")["with"] == {"persist-credentials": False}


def test_actions_are_pinned_as_those_of_the_checks_are(workflow: dict[Any, Any]) -> None:
    checks = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    used = {step["uses"] for step in steps_of(workflow) if "uses" in step}
    assert used - {"actions/cache@v4"} == set(re.findall(r"uses: (\S+)", checks))


def test_the_secret_is_in_reach_of_one_step_alone(workflow: dict[Any, Any]) -> None:
    sending = step_with(workflow, "screener report weekly")
    assert sending["env"] == {"SCREENER_NOTIFY": "${{ secrets.SCREENER_NOTIFY }}"}
    rest = {**workflow, "jobs": [step for step in steps_of(workflow) if step is not sending]}
    assert "secrets." not in str(rest)


def test_a_workflow_that_does_not_send_knows_of_no_secret() -> None:
    job = Job(SHIPPED, DEFAULT_OUT, "zh", deliver=False)
    text = Workflows(ROOT).show(job, SATURDAY)
    assert "NOTIFY" not in text
    assert "--deliver" not in text
    assert "env" not in step_with(yaml.safe_load(text), "screener report weekly")


def run_step(
    step: dict[str, Any], folder: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run a step's script as the runner does under ``shell: bash``."""
    summary = folder / "summary.md"
    few = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "GITHUB_STEP_SUMMARY": str(summary)}
    return subprocess.run(
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**few, **variables},
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1), (2, 2), (3, 0), (130, 130)])
def test_an_incomplete_report_is_a_warning_and_a_fault_fails_the_run(
    workflow: dict[Any, Any], tmp_path: Path, code: int, ends: int
) -> None:
    write_program(tmp_path / "bin", f'#!/bin/sh\necho "$@"\nexit {code}\n')
    done = run_step(step_with(workflow, "screener report weekly"), tmp_path, SCREENER_NOTIFY="")
    assert done.returncode == ends
    assert ("::warning" in done.stdout) is (code == 3)
    assert f"exit code {code}" in (tmp_path / "summary.md").read_text(encoding="utf-8")


def test_the_report_is_sent_where_the_secret_is_set(
    workflow: dict[Any, Any], tmp_path: Path
) -> None:
    write_program(tmp_path / "bin")
    step = step_with(workflow, "screener report weekly")
    unsent = run_step(step, tmp_path, SCREENER_NOTIFY="").stdout.split()
    sent = run_step(step, tmp_path, SCREENER_NOTIFY="tgram://a b/c").stdout.split()
    wanted = [argument.replace("{out}", "weekly") for argument in ARGUMENTS]
    assert sorted(sent) == sorted(wanted)
    assert unsent == [word for word in sent if word != "--deliver"]


FETCH = """#!/bin/sh
case "$1" in
  api) printf '%s' "$ANSWER"; exit "$CODE" ;;
  *) echo "$@" ;;
esac
"""


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        # whatever the order of the answer
        (
            "2026-11-14T01:00:00Z 22\n2026-11-21T01:00:00Z 33\n2026-11-07T01:00:00Z 11\n",
            "run download 33 --repo me/mine --name state --dir weekly",
        ),
        ("", "no earlier run"),
    ],
)
def test_the_newest_state_is_fetched(
    workflow: dict[Any, Any], tmp_path: Path, answer: str, said: str
) -> None:
    write_program(tmp_path / "bin", FETCH, "gh")
    around = {"GITHUB_REPOSITORY": "me/mine", "NAME": "state", "OUT": "weekly"}
    step = step_with(workflow, "gh api")
    done = run_step(step, tmp_path, ANSWER=answer, CODE="0", **around)
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


def test_a_failed_fetch_ends_the_run_and_leaves_no_newer_state(
    workflow: dict[Any, Any], tmp_path: Path
) -> None:
    write_program(tmp_path / "bin", FETCH, "gh")
    step = step_with(workflow, "gh api")
    around = {"GITHUB_REPOSITORY": "me/mine", "NAME": "state", "OUT": "weekly"}
    done = run_step(step, tmp_path, ANSWER="", CODE="1", **around)
    assert done.returncode == 1
    assert done.stdout == ""
    upload = step_with(workflow, "upload-artifact")
    assert upload["if"] == "always() && steps.fetch.outcome == 'success'"
    assert step["id"] == "fetch"
    assert upload["with"]["name"] == step["env"]["NAME"]
    assert upload["with"]["path"] == f"{step['env']['OUT']}/"


def test_only_artifacts_of_this_repository_and_branch_are_trusted(
    workflow: dict[Any, Any],
) -> None:
    run = step_with(workflow, "gh api")["run"]
    assert "select(.head_repository_id == .repository_id)" in run
    assert "select(.head_branch == env.GITHUB_REF_NAME)" in run
    assert "select(.expired | not)" in run


@pytest.mark.parametrize(
    "out",
    [
        *("/etc", "../up", "a/../../b", ".", "", ".hidden", "a/.b", "-f", "a*", "a?b", "[a]", "!a"),
        *("a${{ secrets.X }}", "a$b", 'a"b', "a'b", "a`b", "a\\b", "a:b", "a#b", "a\nb", "~/a"),
    ],
)
def test_a_folder_that_a_workflow_cannot_name_is_refused(out: str) -> None:
    with pytest.raises(InputError, match="cannot be named in a workflow"):
        Job(SHIPPED, out, "zh").in_repository()


def test_a_folder_with_spaces_and_chinese_is_named_alike_throughout(tmp_path: Path) -> None:
    loaded = yaml.safe_load(
        Workflows(ROOT).show(Job(SHIPPED, "周 报/a", "zh").in_repository(), SATURDAY)
    )
    assert step_with(loaded, "upload-artifact")["with"]["path"] == "周 报/a/"
    assert step_with(loaded, "gh api")["env"]["OUT"] == "周 报/a"
    write_program(tmp_path / "bin")
    done = run_step(step_with(loaded, "screener report weekly"), tmp_path)
    assert "周 报/a" in done.stdout.split("\n")
