"""What a scheduled run needs to know of the machine it is set up on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backtests.timetable.job import refuse_breaking, refuse_secrets
from screener.home import data_folder
from universes import InputError

_PATIENCE = 60.0


@dataclass(frozen=True)
class Machine:
    """The program, and what it must find around it.

    Attributes
    ----------
    program : tuple of str
        The first words of every command line, from the root.
    variables : dict of str to str
        The program's own variables, as they are set now: a scheduled run is given few.
    logs : Path
        The folder for what the runs print.
    """

    program: tuple[str, ...]
    variables: dict[str, str]
    logs: Path


def describe_machine() -> Machine:
    """Describe this machine.

    Raises
    ------
    InputError
        If a variable cannot stand in a line of a file, or holds a password.
    """
    beside = shutil.which("screener", path=str(Path(sys.executable).parent))
    # -P keeps a module that lies in the folder where the run starts from being taken for ours
    program = (beside,) if beside else (sys.executable, "-P", "-m", "backtests.cli")
    # beside what else is kept on this machine
    logs = data_folder().absolute() / "logs"
    variables = {"LANG": "C.UTF-8", **_own_variables()}
    refuse_breaking((*program, *variables.values(), str(logs)))
    return Machine(program, variables, logs)


def _own_variables() -> dict[str, str]:
    found = {}
    for name in ("SCREENER_HOME", "SCREENER_NOTIFY_FILE"):
        value = os.environ.get(name, "")
        refuse_secrets(name, value)
        if value:
            found[name] = value if "://" in value else str(Path(value).expanduser().absolute())
    return found


@dataclass(frozen=True)
class Called:
    """What a program of the system came to."""

    code: int
    out: bytes
    err: str


def call(command: Sequence[str], given: bytes = b"") -> Called:
    """Run a program of the system.

    Parameters
    ----------
    command : sequence of str
    given : bytes
        On its standard input.

    Raises
    ------
    InputError
        If it is not there or does not end.
    """
    found = shutil.which(command[0])
    if not found:
        raise InputError(
            f"there is no program {command[0]} on this machine",
            "install it, or take another --target: cron, systemd or github",
        )
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            [found, *command[1:]],
            input=given,
            capture_output=True,
            check=False,
            timeout=_PATIENCE,
            # its messages are told apart below
            env={**os.environ, "LC_ALL": "C"},
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{' '.join(command)} did not end within {_PATIENCE:.0f} seconds",
            "see what it waits for by running it by hand",
        ) from None
    return Called(done.returncode, done.stdout, done.stderr.decode(errors="replace").strip())
