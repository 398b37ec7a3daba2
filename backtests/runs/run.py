"""Makes the weeks that are due, and enters each in the ledger: `find_due`, `run_jobs`."""

import datetime as dt
import json
import signal
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from backtests.runs.folders import folder_of, hash_files, is_whole, place_files
from backtests.runs.job import Job, Made
from backtests.runs.ledger import Entry, Ledger, read_ledger, write_ledger
from backtests.runs.lock import explain_writing, hold_lock
from screener.sources.clock import Clock
from screener.tasks.progress import Progress
from universes import InputError

# for which data that lack are waited for
_PATIENCE = dt.timedelta(weeks=4)

Maker: TypeAlias = Callable[[Job], Made]


def find_due(jobs: Sequence[Job], ledger: Ledger, out: Path) -> tuple[Job, ...]:
    """Return the jobs that are still to be done, in their order.

    Due is a week that was never run, or not completely, or up to another day or with other
    settings, and one whose files are gone or changed. A complete week is not due again because the
    data have changed since, and one that lacked data not for ever: only where it ends no longer
    than four weeks before the last of the jobs.

    Parameters
    ----------
    jobs : sequence of Job
    ledger : Ledger
        Of the same folder; read while the lock is held, where two runs must not do the same.
    out : Path
    """
    newest = max((job.as_of for job in jobs), default=dt.date.max)
    return tuple(job for job in jobs if not _is_done(job, ledger.newest(job.key), out, newest))


def run_jobs(
    jobs: Sequence[Job],
    make: Maker,
    out: Path,
    clock: Clock,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Entry, ...]:
    """Make each job, put its folder in place and enter it in the ledger, one after another.

    A run that is stopped, at any point, leaves what is done: a folder is whole under its name or
    not there, and no line of the ledger is written before its folder stands. Where nothing has
    changed, neither folder nor ledger is touched.

    Parameters
    ----------
    jobs : sequence of Job
    make : callable
        Gives the files of a job. One that is sent to other processes goes with every job, so what
        is large is better loaded there.
    out : Path
        The folder that weeks are written into, each as ``<report>/<language>/<week>``; its lock is
        held meanwhile.
    clock : Clock
        Tells when each was done.
    workers : int
        Processes that make; the same is written for every number of them.
    progress : Progress, optional

    Returns
    -------
    tuple of Entry
        What holds of each job now, in order. A job that ``make`` refuses with an InputError has
        failed: what stood there is left as it was, and the others are done.

    Raises
    ------
    InputError
        If another run is at work in the folder, the ledger is damaged, or something cannot be
        written; what was done before is kept.
    """
    with hold_lock(out):
        ledger = read_ledger(out)
        entries = []
        if progress:
            progress.start(len(jobs))
        results = _make_all(jobs, make, workers)
        for job, result in zip(_begin_each(jobs, progress), results, strict=True):
            entry = _place(job, result, ledger, out, clock)
            ledger, entry = _enter(entry, ledger, out)
            entries.append(entry)
            if progress:
                progress.end(_name(job), ": ".join((entry.outcome, *entry.problems)))
        return tuple(entries)


def _is_done(job: Job, entry: Entry | None, out: Path, newest: dt.date) -> bool:
    given_up = newest - job.as_of > _PATIENCE
    return (
        entry is not None
        and (entry.outcome == "complete" or (entry.outcome == "incomplete" and given_up))
        and (entry.as_of, entry.settings) == (job.as_of, job.settings)
        and is_whole(out, entry)
    )


def _begin_each(jobs: Sequence[Job], progress: Progress | None) -> Iterator[Job]:
    for job in jobs:
        if progress:
            progress.begin(_name(job))
        yield job


def _name(job: Job) -> str:
    return " ".join(job.key)


def _make_all(jobs: Sequence[Job], make: Maker, workers: int) -> Iterator[Made | str]:
    """Give what each job came to, in their order and as they come."""
    if min(workers, len(jobs)) <= 1:
        return (_attempt(make, job) for job in jobs)
    from joblib import Parallel, delayed  # noqa: PLC0415 - only where several work

    attempt = delayed(_attempt_quietly)
    made: Iterator[Made | str] = Parallel(workers, backend="loky", return_as="generator")(
        attempt(make, job) for job in jobs
    )
    return made


def _attempt_quietly(make: Maker, job: Job) -> Made | str:
    # an interruption reaches every process: the first ends the others, and they need say nothing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _attempt(make, job)


def _attempt(make: Maker, job: Job) -> Made | str:
    """Make a job, or say why it is refused."""
    try:
        return make(job)
    except InputError as error:
        return str(error)


def _place(job: Job, result: Made | str, ledger: Ledger, out: Path, clock: Clock) -> Entry:
    """Put a job's folder in its place, and say what it came to."""
    enter = partial(Entry, job.report, job.language, job.week, job.as_of, job.settings)
    if isinstance(result, str):
        return enter({}, "", (), "failed", (result,), f"{clock.utc()}Z")
    folder = folder_of(out, job.key)
    with explain_writing(folder):
        place_files(folder, result.files, ledger.names(job.key))
    return enter(
        # as the ledger will read it, which knows no tuples
        json.loads(json.dumps(dict(result.data))),
        hash_files(result.files),
        tuple(sorted(result.files)),
        "incomplete" if result.problems else "complete",
        result.problems,
        f"{clock.utc()}Z",
    )


def _enter(entry: Entry, ledger: Ledger, out: Path) -> tuple[Ledger, Entry]:
    """Write an entry into the ledger, unless what holds already says the same."""
    held = ledger.newest(entry.key)
    if held and entry.says_as(held):
        return ledger, held
    ledger = ledger.add(entry)
    with explain_writing(out):
        write_ledger(ledger, out)
    return ledger, entry
