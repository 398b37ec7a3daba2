"""A line in the user's crontab."""

import os
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from backtests.timetable.job import Job
from backtests.timetable.machine import Machine, call
from backtests.timetable.target import fill
from backtests.timetable.weektime import WeekTime
from universes import InputError

_LOCAL = Path("/etc/localtime")
# tried on Debian's cron 3.0, whose crontab refuses one byte more
_LONGEST = 998
_BEGIN = re.compile(rb"# BEGIN sector-screener weekly \(([0-9a-f]+)\)")
# what is said where the user has no crontab yet, by cron and cronie, and by busybox
_NONE_YET = re.compile(r"no crontab for|can't open .*No such file")


@dataclass(frozen=True)
class CronZone:
    """The zone whose clock cron goes by.

    Attributes
    ----------
    name : str
        As it is told.
    zone : ZoneInfo
    """

    name: str
    zone: ZoneInfo


def find_zone(name: str | None) -> CronZone:
    """Return a zone by its name, or the machine's own.

    Cron goes by the machine's zone whatever TZ says where the command is given.

    Raises
    ------
    InputError
        If there is no such zone, or the machine's is not told.
    """
    if name is None:
        return _machine_zone()
    try:
        return CronZone(name, ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"there is no time zone {name!a}", "write one such as Asia/Shanghai or UTC"
        ) from None


def _machine_zone() -> CronZone:
    try:
        with _LOCAL.open("rb") as file:
            zone = ZoneInfo.from_file(file)
    except (OSError, ValueError):
        raise InputError(
            f"the machine's time zone cannot be read from {_LOCAL}",
            "name it: --zone Asia/Shanghai, or --zone UTC",
        ) from None
    found = re.search(r"zoneinfo/(.+)$", str(_LOCAL.resolve()))
    return CronZone(found[1] if found else "the machine's zone", zone)


class CronTable:
    """The user's crontab, as the ``crontab`` command gives and takes it.

    Parameters
    ----------
    machine : Machine
    zone : str or None
        As `find_zone` takes it; asked for only where a time is told.
    """

    def __init__(self, machine: Machine, zone: str | None = None) -> None:
        self._machine = machine
        self._zone = zone

    def show(self, job: Job, when: WeekTime) -> str:
        """Return the lines between their markers.

        The time is told by the machine's clock, as many a cron knows no CRON_TZ.

        Raises
        ------
        InputError
            If the line is longer than cron takes, or has a backslash, which crons read
            differently.
        """
        log = self._machine.logs / f"weekly-{job.id}.log"
        variables = (f"{name}={_quote(text)}" for name, text in self._machine.variables.items())
        command = " ".join(
            (
                f"mkdir -p {_quote(str(log.parent))} && {{ date;",
                *variables,
                *map(_quote, (*self._machine.program, *job.command)),
                f"|| echo exit code $?; }} >>{_quote(str(log))} 2>&1",
            )
        )
        _refuse_untakable(command)
        clock = find_zone(self._zone)
        local = when.by_clock(clock.zone)
        return fill(
            "crontab.j2",
            id=job.id,
            when=when,
            local=local,
            zone=clock.name,
            line=f"{local.cron} {command}",
        )

    def tell(self, job: Job, when: WeekTime) -> tuple[str, ...]:
        """Return what `install` does, step by step."""
        return ("write at the top of your crontab (crontab -):", self.show(job, when))

    def install(self, job: Job, when: WeekTime) -> None:
        """Write the lines at the top of the crontab, in place of earlier ones of the same job.

        At the top no SHELL, PATH or CRON_TZ that the user set applies to them. All other lines
        are kept byte for byte.

        Raises
        ------
        InputError
            If the crontab cannot be read or written, or has a damaged block.
        """
        block = self.show(job, when).encode()
        _write(block + cut_block(_read(), job.id))

    def installed(self) -> tuple[str, ...]:
        """Return the ids of the jobs in the crontab."""
        return tuple(found.decode() for found in _ids_in(_read()))

    def tell_removal(self, id_: str) -> tuple[str, ...]:
        """Return what `remove` does, step by step."""
        return (f"remove the lines of {id_} from your crontab (crontab -)",)

    def remove(self, id_: str) -> None:
        """Take a job's lines out of the crontab.

        Raises
        ------
        InputError
            As `install`.
        """
        _write(cut_block(_read(), id_))


def _quote(text: str) -> str:
    # % ends the command in a crontab unless a backslash stands before it; outside the shell's
    # quotes it comes to the same whether cron takes the backslash away or the shell does
    return r"\%".join(shlex.quote(part) for part in text.split("%"))


def _refuse_untakable(command: str) -> None:
    if "\\" in command.replace(r"\%", ""):
        raise InputError(
            "a path with a backslash is read differently by different crons",
            "rename the file or folder, or take --target systemd",
        )
    size = len(os.fsencode(command))
    if size > _LONGEST:
        raise InputError(
            f"the command has {size} bytes, and cron takes {_LONGEST} at most",
            "take shorter paths, or --target systemd",
        )


def _ids_in(table: bytes) -> list[bytes]:
    found = (_BEGIN.fullmatch(line.rstrip()) for line in table.split(b"\n"))
    return [match[1] for match in found if match]


def cut_block(table: bytes, id_: str) -> bytes:
    """Return a crontab without the lines of a job; every other byte is kept.

    Raises
    ------
    InputError
        If the block has no end, or another begins in it.
    """
    kept: list[bytes] = []
    inside = False
    end = f"# END sector-screener weekly ({id_})".encode()
    for line in re.split(rb"(?<=\n)", table):
        begun = _BEGIN.fullmatch(line.rstrip())
        if inside and begun:
            break
        if begun and begun[1] == id_.encode():
            inside = True
        elif inside and line.rstrip() == end:
            inside = False
        elif not inside:
            kept.append(line)
    if inside:
        raise InputError(
            f"the crontab's block of {id_} has lost its last line, {end.decode()}",
            "remove what is left of it by hand: crontab -e",
        )
    return b"".join(kept)


def _read() -> bytes:
    done = call(("crontab", "-l"))
    if done.code and not _NONE_YET.search(done.err):
        raise InputError(
            f"your crontab cannot be read: {done.err}", "see that crontab -l works for you"
        )
    return b"" if done.code else done.out


def _write(table: bytes) -> None:
    done = call(("crontab", "-"), table)
    if done.code:
        raise InputError(
            f"your crontab was not taken and is as it was: {done.err}",
            "see that crontab -e works for you, or take another --target",
        )
