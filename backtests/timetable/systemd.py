"""A service and a timer of the user's own systemd."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from backtests.timetable.job import Job
from backtests.timetable.machine import Machine, call
from backtests.timetable.target import fill
from backtests.timetable.weektime import BEIJING, WeekTime
from screener.files import replace_file
from universes import InputError
from universes.tables import is_there

_NAME = "sector-screener-weekly-{}"
_RELOAD = ("systemctl", "--user", "daemon-reload")
_BY_HAND = (
    "log in as this user, not through su or sudo, and give the command again; on a machine where "
    "the user has no session: loginctl enable-linger $USER and "
    "export XDG_RUNTIME_DIR=/run/user/$(id -u) first; or take --target cron"
)


def find_folder() -> Path:
    """Return the folder of the user's own units."""
    # a relative path is to be ignored, says the base directory specification
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".config"
    return base / "systemd" / "user"


class UserUnits:
    """The units in a folder, as ``systemctl --user`` takes them.

    Parameters
    ----------
    machine : Machine
    folder : Path
    """

    def __init__(self, machine: Machine, folder: Path) -> None:
        self._machine = machine
        self._folder = folder

    def show(self, job: Job, when: WeekTime) -> str:
        """Return both units, each under its path."""
        units = self._units(job, when)
        return "\n".join(f"# {path}\n{text}" for path, text in units.items())

    def tell(self, job: Job, when: WeekTime) -> tuple[str, ...]:
        """Return what `install` does, step by step."""
        (_, timer) = self._units(job, when)
        return (
            f"write two files in {self._folder}:",
            self.show(job, when),
            *(f"run: {' '.join(command)}" for command in _start(timer.name)),
        )

    def install(self, job: Job, when: WeekTime) -> None:
        """Write the units and start the timer.

        Raises
        ------
        InputError
            If the files cannot be written or systemd does not take them; then what stood there
            before is put back, so that nothing looks installed that does not run.
        """
        units = self._units(job, when)
        (_, timer) = units
        # asked before anything is written, as most often systemd cannot be reached at all
        _order(_RELOAD)
        before = {path: path.read_bytes() if is_there(path) else None for path in units}
        try:
            _place(units)
            for command in _start(timer.name):
                _order(command)
        except InputError:
            if before[timer] is None:
                call(_disable(timer.name))
            _put_back(before)
            call(_RELOAD)
            raise

    def installed(self) -> tuple[str, ...]:
        """Return the ids of the jobs that have a timer in the folder."""
        pattern = re.compile(_NAME.format(r"([0-9a-f]+)\.timer"))
        names = sorted(path.name for path in self._folder.glob(_NAME.format("*.timer")))
        return tuple(found[1] for found in map(pattern.fullmatch, names) if found)

    def tell_removal(self, id_: str) -> tuple[str, ...]:
        """Return what `remove` does, step by step."""
        service, timer = self._paths(id_)
        return (
            f"run: {' '.join(_disable(timer.name))}",
            f"remove {timer}",
            f"remove {service}",
            f"run: {' '.join(_RELOAD)}",
        )

    def remove(self, id_: str) -> None:
        """Stop the timer and remove both units.

        Raises
        ------
        InputError
            If systemd does not stop it; then the files are as they were.
        """
        service, timer = self._paths(id_)
        _order(_disable(timer.name))
        for path in (timer, service):
            path.unlink(missing_ok=True)
        _order(_RELOAD)

    def _paths(self, id_: str) -> tuple[Path, Path]:
        stem = _NAME.format(id_)
        return self._folder / f"{stem}.service", self._folder / f"{stem}.timer"

    def _units(self, job: Job, when: WeekTime) -> dict[Path, str]:
        program, *words = self._machine.program
        _refuse_unrunnable(program)
        command = " ".join((_quote(program), *map(_quote_word, (*words, *job.command))))
        variables = [_quote(f"{name}={text}") for name, text in self._machine.variables.items()]
        service, timer = self._paths(job.id)
        return {
            service: fill("service.j2", id=job.id, variables=variables, command=command),
            timer: fill("timer.j2", id=job.id, when=when, beijing=BEIJING),
        }


def _refuse_unrunnable(program: str) -> None:
    if set(program) & set("\"'\\"):
        raise InputError(
            f"systemd runs no program with quotes or backslashes in its path: {program}",
            "install the program in another folder, or take --target cron",
        )


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace("%", "%%")}"'


def _quote_word(text: str) -> str:
    # a variable is looked for in every word but the program's
    return _quote(text).replace("$", "$$")


def _start(timer: str) -> tuple[tuple[str, ...], ...]:
    # started anew, so that a timer that runs goes by its new time
    return (
        _RELOAD,
        ("systemctl", "--user", "enable", timer),
        ("systemctl", "--user", "restart", timer),
    )


def _disable(timer: str) -> tuple[str, ...]:
    return ("systemctl", "--user", "disable", "--now", timer)


def _place(units: Mapping[Path, str]) -> None:
    for path, text in units.items():
        try:
            replace_file(path, text.encode())
        except OSError as error:
            raise InputError(
                f"{path} cannot be written: {error.strerror}",
                "see that the folder is yours, or set XDG_CONFIG_HOME",
            ) from None


def _order(command: tuple[str, ...]) -> None:
    done = call(command)
    if done.code:
        raise InputError(f"{' '.join(command)} failed: {done.err}", _BY_HAND)


def _put_back(before: Mapping[Path, bytes | None]) -> None:
    for path, content in before.items():
        if content is not None:
            replace_file(path, content)
        elif is_there(path):
            path.unlink()
