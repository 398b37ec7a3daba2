"""The commands that schedule the weekly report, as a user gives them."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Run
from test_startup import SLOW, tried_by
from test_timetable import write_program

SHIPPED_WORKFLOW = ROOT / ".github" / "workflows" / "weekly-report.yml"
PRELUDE = (
    b"# mine \xce\xd2\xb5\xc4\nSHELL=/bin/fish\nCRON_TZ=Asia/Tokyo\n\n@daily x %a\r\n5 4 * * * y"
)

# keeps one table in a file and speaks as Debian's does
CRONTAB = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
  -l) [ -e "$TABLE" ] || { echo "no crontab for me" >&2; exit 1; }; cat "$TABLE" ;;
  -) cat >"$TABLE.new"
     [ -z "$REFUSE" ] || { echo "$REFUSE" >&2; exit 1; }
     mv "$TABLE.new" "$TABLE" ;;
  *) exit 9 ;;
esac
"""
FORBIDDEN = """#!/bin/sh
[ "$1" = -l ] && { echo "You (me) are not allowed" >&2; exit 1; }
cat >"$TABLE"
"""
# takes orders, but for the one that it is told to fail at
SYSTEMCTL = """#!/bin/sh
echo "$@" >>"$CALLS"
case "$*" in
  *"$REFUSE"*)
     [ -z "$REFUSE" ] || { echo "Failed to connect to bus: No medium found" >&2; exit 1; } ;;
esac
"""


class Around:
    """A machine whose scheduling programs are stand-ins that keep files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.table = folder / "table"
        self.units = folder / "config" / "systemd" / "user"
        self.addresses = folder / "home" / "notify.toml"
        self._calls = folder / "calls"

    @property
    def calls(self) -> list[str]:
        return self._calls.read_text(encoding="utf-8").splitlines() if self._calls.exists() else []


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Around:
    made = Around(tmp_path)
    made.addresses.parent.mkdir()
    made.addresses.write_text('[[address]]\nurl = "mailtos://me:hush@example.org"\n', "utf-8")
    made.addresses.chmod(0o600)
    write_program(made.bin, CRONTAB, "crontab")
    write_program(made.bin, SYSTEMCTL, "systemctl")
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    monkeypatch.setenv("TABLE", str(made.table))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("REFUSE", "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SCREENER_NOTIFY", raising=False)
    monkeypatch.delenv("SCREENER_NOTIFY_FILE", raising=False)
    monkeypatch.chdir(tmp_path)
    return made


def options(target: str, *more: str) -> tuple[str, ...]:
    zone = ("--zone", "America/New_York") if target == "cron" else ()
    return ("--target", target, *zone, *more)


def ids(text: str) -> list[str]:
    return [line.split("(")[1][:8] for line in text.splitlines() if line.startswith("# BEGIN")]


@pytest.fixture
def checkout(around: Around, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = around.folder / "fork"
    folder.mkdir()
    (folder / ".git").mkdir()
    shutil.copy(ROOT / "pyproject.toml", folder)
    monkeypatch.chdir(folder)
    return folder


# shown


@pytest.mark.usefixtures("around")
def test_the_shipped_workflow_is_what_is_printed(run: Run) -> None:
    done = run("schedule", "show", "--target", "github")
    assert done.code == 0, done.err
    assert done.out.encode() == SHIPPED_WORKFLOW.read_bytes()
    assert done.err == ""


@pytest.mark.parametrize("target", ["cron", "systemd", "github"])
def test_what_is_shown_is_the_same_each_time_and_changes_nothing(
    target: str, run: Run, around: Around
) -> None:
    before = sorted(around.folder.rglob("*"))
    first, second = (run("schedule", "show", *options(target)) for _ in range(2))
    assert first.code == 0, first.err
    assert first.out == second.out
    assert (around.calls, sorted(around.folder.rglob("*"))) == ([], before)


def test_paths_are_the_machines_own_and_start_at_the_root(run: Run, around: Around) -> None:
    text = run("schedule", "show", *options("cron", "--out", "周报")).out
    assert f"--out '{around.folder}/周报'" in text
    assert f"SCREENER_HOME={around.folder}/home " in text
    assert f">>{around.folder}/home/logs/weekly-" in text


@pytest.mark.usefixtures("around")
def test_the_time_and_what_is_run_can_be_chosen(run: Run) -> None:
    wanted = ("--day", "SUN", "--time", "09:07", "--lang", "en", "--no-deliver", "--no-update")
    text = run("schedule", "show", *options("cron", *wanted, "--data", "store")).out
    # Sunday 01:07 UTC is Saturday 21:07 in summer
    assert "\n7 21 * * 6 mkdir" in text
    assert "report weekly --catch-up --report" in text
    assert "--lang en --data store ||" in text


@pytest.mark.usefixtures("around")
def test_a_time_before_the_weeks_end_is_remarked_on(run: Run) -> None:
    early = run("schedule", "show", *options("cron", "--day", "FRI", "--time", "18:07"))
    assert early.code == 0
    assert "final by Saturday 07:00 in Beijing" in early.err
    assert run("schedule", "show", *options("cron", "--time", "07:01")).err == ""


@pytest.mark.parametrize("target", ["cron", "systemd"])
def test_a_schedule_that_would_find_no_address_is_refused_and_no_secret_is_copied(
    target: str, run: Run, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    around.addresses.unlink()
    bare = run("schedule", "install", *options(target))
    assert bare.code == 2
    assert "there is no address to deliver to" in bare.err
    monkeypatch.setenv("SCREENER_NOTIFY", "json://hush-hush")
    named = run("schedule", "install", *options(target, "--yes"))
    assert named.code == 2
    assert "a scheduled run does not get it" in named.err
    assert str(around.addresses) in named.err
    assert "hush" not in named.err
    assert run("schedule", "install", *options(target, "--no-deliver", "--yes")).code == 0
    written = [path for path in around.folder.rglob("*") if path.is_file()]
    assert not any(b"hush" in path.read_bytes() for path in written)


def test_addresses_that_others_may_read_are_refused_now(run: Run, around: Around) -> None:
    around.addresses.chmod(0o644)
    done = run("schedule", "install", *options("cron", "--yes"))
    assert done.code == 2
    assert "chmod 600" in done.err
    assert not around.table.exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--target", "cron", "--time", "08:30"), "08:31"),
        (("--target", "cron", "--zone", "Nowhere"), "no time zone 'Nowhere'"),
        (("--target", "systemd", "--zone", "UTC"), "--zone is cron's"),
        (("--target", "cron", "--report", "none"), "there is no report 'none'"),
        (("--target", "github", "--out", "/srv/out"), "cannot be named in a workflow"),
        (("--target", "cron", "--out", "a\nb"), "line break"),
    ],
)
@pytest.mark.usefixtures("around")
def test_bad_input_ends_in_one_message(given: tuple[str, ...], said: str, run: Run) -> None:
    done = run("schedule", "show", *given)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 2


# crontab


def test_without_yes_nothing_is_done(run: Run, around: Around) -> None:
    for target in ("cron", "systemd"):
        done = run("schedule", "install", *options(target))
        assert done.code == 0, done.err
        assert run("schedule", "show", *options(target)).out in done.out
        assert "nothing was changed" in done.out
    assert around.calls == []
    assert not around.table.exists()
    assert not around.units.exists()


def test_the_first_lines_of_a_crontab_are_ours_and_the_last_ones_go_again(
    run: Run, around: Around
) -> None:
    done = run("schedule", "install", *options("cron", "--yes"))
    assert done.code == 0, done.err
    text = around.table.read_text(encoding="utf-8")
    assert text == run("schedule", "show", *options("cron")).out
    assert run("schedule", "uninstall", "--target", "cron", "--yes").code == 0
    assert around.table.read_bytes() == b""


def test_other_lines_are_kept_byte_for_byte_and_stand_below(run: Run, around: Around) -> None:
    around.table.write_bytes(PRELUDE)
    run("schedule", "install", *options("cron", "--yes"))
    block = run("schedule", "show", *options("cron")).out.encode()
    # no SHELL and no CRON_TZ of the user's stands before them
    assert around.table.read_bytes() == block + PRELUDE
    run("schedule", "uninstall", "--target", "cron", "--yes")
    assert around.table.read_bytes() == PRELUDE


def test_a_second_install_takes_the_place_of_the_first(run: Run, around: Around) -> None:
    around.table.write_bytes(PRELUDE)
    run("schedule", "install", *options("cron", "--yes"))
    run("schedule", "install", *options("cron", "--yes", "--day", "SUN", "--time", "09:07"))
    later = run("schedule", "show", *options("cron", "--day", "SUN", "--time", "09:07")).out
    assert around.table.read_bytes() == later.encode() + PRELUDE


def test_several_live_side_by_side_and_one_is_removed_by_its_id(run: Run, around: Around) -> None:
    around.table.write_bytes(PRELUDE)
    for language in ("zh", "en"):
        run("schedule", "install", *options("cron", "--lang", language, "--yes"))
    english, chinese = ids(around.table.read_text(encoding="gb18030"))
    assert english in run("schedule", "show", *options("cron", "--lang", "en")).out
    done = run("schedule", "uninstall", "--target", "cron", "--yes")
    assert done.code == 2
    assert f"--id: {english}, {chinese}" in done.err
    asked = run("schedule", "uninstall", "--target", "cron", "--id", english)
    assert "nothing was changed" in asked.out
    run("schedule", "uninstall", "--target", "cron", "--id", english, "--yes")
    block = run("schedule", "show", *options("cron")).out.encode()
    assert around.table.read_bytes() == block + PRELUDE
    assert run("schedule", "uninstall", "--target", "cron", "--id", english, "--yes").code == 2


@pytest.mark.parametrize("target", ["cron", "systemd"])
def test_what_is_not_installed_is_not_removed(target: str, run: Run, around: Around) -> None:
    around.table.write_bytes(PRELUDE)
    done = run("schedule", "uninstall", "--target", target, "--yes")
    assert done.code == 2
    assert "nothing is installed" in done.err
    assert around.table.read_bytes() == PRELUDE


def test_a_crontab_that_is_not_taken_is_as_it_was(
    run: Run, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    around.table.write_bytes(PRELUDE)
    monkeypatch.setenv("REFUSE", "errors in crontab file, can't install.")
    done = run("schedule", "install", *options("cron", "--yes"))
    assert done.code == 2
    assert "errors in crontab file" in done.err
    assert around.table.read_bytes() == PRELUDE


def test_a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one(
    run: Run, around: Around
) -> None:
    around.table.write_bytes(PRELUDE)
    write_program(around.bin, FORBIDDEN, "crontab")
    done = run("schedule", "install", *options("cron", "--yes"))
    assert done.code == 2
    assert "You (me) are not allowed" in done.err
    assert around.table.read_bytes() == PRELUDE


def test_a_damaged_block_stops_before_anything_is_written(run: Run, around: Around) -> None:
    run("schedule", "install", *options("cron", "--yes"))
    whole = around.table.read_bytes()
    cut = b"\n".join(whole.split(b"\n")[:-2]) + b"\n@daily mine\n"
    around.table.write_bytes(cut)
    for given in (("install", *options("cron")), ("uninstall", "--target", "cron")):
        done = run("schedule", *given, "--yes")
        assert done.code == 2
        assert "crontab -e" in done.err
        assert around.table.read_bytes() == cut


@pytest.mark.parametrize(("target", "program"), [("cron", "crontab"), ("systemd", "systemctl")])
def test_a_missing_program_is_told_with_what_else_there_is(
    target: str, program: str, run: Run, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    (around.bin / program).unlink()
    monkeypatch.setenv("PATH", str(around.bin))
    done = run("schedule", "install", *options(target, "--yes"))
    assert done.code == 2
    assert f"there is no program {program}" in done.err
    assert "--target" in done.err
    assert not around.units.exists()


def test_the_installed_line_runs_the_program_itself(run: Run, around: Around) -> None:
    """With the program that stands in the line, asked only for its help."""
    run("schedule", "install", *options("cron", "--yes", "--no-deliver"))
    (line,) = [
        line
        for line in around.table.read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    command = line.split(" ", 5)[5].replace(r"\%", "%").replace(" ||", " --help ||")
    subprocess.run(
        ["/bin/sh", "-c", command], env={"PATH": "/usr/bin:/bin"}, cwd=around.folder, check=True
    )
    (log,) = (around.folder / "home" / "logs").iterdir()
    assert "Usage: screener report weekly" in log.read_text(encoding="utf-8")


# systemd


def unit_names(around: Around) -> list[str]:
    return sorted(path.suffix for path in around.units.iterdir())


def test_units_are_written_and_the_timer_started(run: Run, around: Around) -> None:
    done = run("schedule", "install", *options("systemd", "--yes"))
    assert done.code == 0, done.err
    assert "loginctl enable-linger" in done.out
    assert unit_names(around) == [".service", ".timer"]
    shown = run("schedule", "show", *options("systemd")).out
    for path in around.units.iterdir():
        assert f"# {path}\n{path.read_text(encoding='utf-8')}" in shown
    timer = next(path.name for path in around.units.glob("*.timer"))
    assert around.calls == [
        "--user daemon-reload",
        "--user daemon-reload",
        f"--user enable {timer}",
        f"--user restart {timer}",
    ]


def test_units_are_replaced_and_removed_with_nothing_left(run: Run, around: Around) -> None:
    around.units.mkdir(parents=True)
    (around.units / "mine.timer").write_text("[Timer]\n", encoding="utf-8")
    for clock in ("08:37", "09:07"):
        run("schedule", "install", *options("systemd", "--yes", "--time", clock))
    (ours,) = around.units.glob("sector-*.timer")
    assert "OnCalendar=Sat *-*-* 09:07:00" in ours.read_text(encoding="utf-8")
    assert "nothing was changed" in run("schedule", "uninstall", "--target", "systemd").out
    assert ours.exists()
    assert run("schedule", "uninstall", "--target", "systemd", "--yes").code == 0
    assert [path.name for path in around.units.iterdir()] == ["mine.timer"]
    assert around.calls[-2:] == [f"--user disable --now {ours.name}", "--user daemon-reload"]


@pytest.mark.parametrize("order", ["daemon-reload", "enable", "restart"])
def test_units_that_systemd_does_not_take_are_withdrawn(
    order: str, run: Run, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSE", order)
    done = run("schedule", "install", *options("systemd", "--yes"))
    assert done.code == 2
    assert f"{order} " in done.err
    assert "No medium found" in done.err
    assert "enable-linger" in done.err
    assert not around.units.exists() or list(around.units.iterdir()) == []
    monkeypatch.setenv("REFUSE", "")
    run("schedule", "install", *options("systemd", "--yes"))
    before = {path: path.read_bytes() for path in around.units.iterdir()}
    monkeypatch.setenv("REFUSE", order)
    assert run("schedule", "install", *options("systemd", "--yes", "--time", "09:07")).code == 2
    assert {path: path.read_bytes() for path in around.units.iterdir()} == before


def test_units_stay_where_systemd_does_not_stop_the_timer(
    run: Run, around: Around, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("schedule", "install", *options("systemd", "--yes"))
    monkeypatch.setenv("REFUSE", "disable")
    assert run("schedule", "uninstall", "--target", "systemd", "--yes").code == 2
    assert unit_names(around) == [".service", ".timer"]


def test_units_that_cannot_be_written_are_told(run: Run, around: Around) -> None:
    (around.folder / "config").write_text("a file", encoding="utf-8")
    done = run("schedule", "install", *options("systemd", "--yes"))
    assert done.code == 2
    assert "cannot be written" in done.err


# workflow


def test_the_workflow_is_written_replaced_and_removed(run: Run, checkout: Path) -> None:
    path = checkout / ".github" / "workflows" / "weekly-report.yml"
    assert "nothing was changed" in run("schedule", "install", "--target", "github").out
    assert not path.exists()
    assert run("schedule", "install", "--target", "github", "--yes").code == 0
    assert path.read_bytes() == SHIPPED_WORKFLOW.read_bytes()
    later = ("--target", "github", "--day", "SUN")
    assert run("schedule", "install", *later, "--yes").code == 0
    assert path.read_text(encoding="utf-8") == run("schedule", "show", *later).out
    run("schedule", "install", "--target", "github", "--lang", "en", "--yes")
    assert len(list(path.parent.iterdir())) == 2
    assert run("schedule", "uninstall", "--target", "github", "--yes").code == 2
    (english,) = set(path.parent.iterdir()) - {path}
    own = english.stem.rpartition("-")[2]
    run("schedule", "uninstall", "--target", "github", "--id", own, "--yes")
    run("schedule", "uninstall", "--target", "github", "--yes")
    assert list(path.parent.iterdir()) == []


def test_a_workflow_of_another_hand_is_left_alone(run: Run, checkout: Path) -> None:
    path = checkout / ".github" / "workflows" / "weekly-report.yml"
    path.parent.mkdir(parents=True)
    path.write_text("name: mine\n", encoding="utf-8")
    done = run("schedule", "install", "--target", "github", "--yes")
    assert done.code == 2
    assert "was not written by screener schedule" in done.err
    assert run("schedule", "uninstall", "--target", "github", "--yes").code == 2
    assert path.read_text(encoding="utf-8") == "name: mine\n"


@pytest.mark.parametrize("lacks", [".git", "pyproject.toml"])
def test_a_folder_that_is_no_checkout_of_the_program_is_refused(
    lacks: str, run: Run, checkout: Path
) -> None:
    (checkout / lacks).rename(checkout / "elsewhere")
    for more in ((), ("--yes",)):
        done = run("schedule", "install", "--target", "github", *more)
        assert done.code == 2
        assert "not the top of a checkout" in done.err
    assert not (checkout / ".github").exists()


# help


@pytest.mark.usefixtures("around")
def test_showing_waits_for_nothing_slow() -> None:
    tried = tried_by(["schedule", "show", "--target", "systemd"])
    assert not tried & {*SLOW, "rich"}


@pytest.mark.parametrize("command", ["show", "install", "uninstall"])
def test_each_command_has_examples(command: str, run: Run) -> None:
    assert "Examples:" in run("schedule", command, "--help").out
