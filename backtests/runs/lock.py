"""Lets one run at a time write into a folder: `hold_lock`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from backtests.runs.folders import sweep
from universes import InputError

_LOCK_NAME = ".screener.lock"


@contextmanager
def hold_lock(out: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold the lock of a folder, and put right what a run that was killed left there.

    Who holds it can take it again. It ends with the process at the latest; its file stays.

    Parameters
    ----------
    out : Path
        The folder that weeks are written into; made where it is missing.
    wait_seconds : float
        How long to wait for another run to end.

    Raises
    ------
    InputError
        If another run holds it still, or the place is no folder or cannot be written.
    """
    if out.is_file():
        raise InputError(f"{out} is no folder", "name a folder with --out, such as weekly/")
    with explain_writing(out):
        out.mkdir(parents=True, exist_ok=True)
        # one lock for each place, so that who holds it can take it again
        lock = FileLock(out.resolve() / _LOCK_NAME, is_singleton=True)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise InputError(
                f"another run is writing into {out}",
                "wait until it has ended, or let this one wait for it with --wait SECONDS",
            ) from None
    try:
        with explain_writing(out):
            sweep(out)
        yield
    finally:
        lock.release()


@contextmanager
def explain_writing(path: Path) -> Iterator[None]:
    """Say in a user's words why a place cannot be written.

    Raises
    ------
    InputError
        In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror or error}",
            "make it writable, or name another place with --out",
        ) from None
