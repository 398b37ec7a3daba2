"""Spreads work over processes of this machine, or over a cluster, through joblib."""

import functools
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from universes import InputError

if TYPE_CHECKING:
    from screener.tasks.progress import Progress

T = TypeVar("T")
R = TypeVar("R")

Backend = Literal["processes", "threads", "dask", "ray"]
_LOCAL: dict[str, str] = {"processes": "loky", "threads": "threading"}
_MOST_WORKERS = 1024
_TIMES = 3


@dataclass(frozen=True)
class Workers:
    """Who works.

    Attributes
    ----------
    count : int
        Processes or threads of this machine; a cluster has as many as it has.
    backend : {"processes", "threads", "dask", "ray"}
    address : str
        Of a cluster's scheduler, such as ``10.0.0.5:8786``; empty for one of this machine.
    """

    count: int = 1
    backend: Backend = "processes"
    address: str = ""

    def __post_init__(self) -> None:
        """Check every choice once."""
        if not 1 <= self.count <= _MOST_WORKERS:
            raise InputError(f"{self.count} workers", f"write 1 to {_MOST_WORKERS}")
        if self.backend not in get_args(Backend):
            known = ", ".join(get_args(Backend))
            raise InputError(f"unknown backend {self.backend!r}", f"write one of: {known}")
        if self.address and self.backend in _LOCAL:
            raise InputError("an address of no cluster", "add --backend dask, or ray")
        if self.backend == "dask" and not self.address:
            raise InputError(
                "the address of the dask scheduler is missing",
                "add --address HOST:PORT, as dask scheduler prints it",
            )

    @property
    def alone(self) -> bool:
        """Whether this process does it all."""
        return self.count == 1 and self.backend in _LOCAL

    @property
    def shares_memory(self) -> bool:
        """Whether all of them have what this process has."""
        return self.alone or self.backend == "threads"


def spread(
    work: Callable[[T], R],
    tasks: Sequence[T],
    workers: Workers,
    progress: "Progress | None" = None,
    name: str = "",
) -> list[R]:
    """Do tasks and return what each came to, in their order.

    Parameters
    ----------
    work : callable
        A function of a module, or a partial of one; its result does not hang on who works.
    tasks : sequence
    workers : Workers
    progress : Progress, optional
        Told of each task that is done.
    name : str
        Of the tasks, for the progress.

    Raises
    ------
    InputError
        If the backend is not installed or cannot be reached, or workers die again and again. A
        task whose worker died is done by another; what is done is not done again.
    """
    if progress:
        progress.start(len(tasks))
    results: dict[int, R] = {}
    for number, result in _do_all(work, tasks, workers):
        results[number] = result
        if progress:
            progress.end(name, "done")
    return [results[number] for number in range(len(tasks))]


def _do_all(
    work: Callable[[T], R], tasks: Sequence[T], workers: Workers
) -> Iterator[tuple[int, R]]:
    """Yield what each task came to, with its number, as they come."""
    if workers.alone or (len(tasks) <= 1 and workers.backend in _LOCAL):
        for number, task in enumerate(tasks):
            yield number, work(task)
        return
    left, refused = dict(enumerate(tasks)), dict[int, InputError]()
    for _ in range(_TIMES):
        with _connect(workers):
            for number, result in _try(work, left, workers):
                del left[number]
                if isinstance(result, InputError):
                    refused[number] = result
                else:
                    yield number, result
        if refused:
            raise refused[min(refused)]
        if not left:
            return
    raise InputError(
        f"workers died {_TIMES} times, {len(left)} of {len(tasks)} parts are not done",
        "they may lack memory: use fewer workers",
    )


def _try(
    work: Callable[[T], R], left: dict[int, T], workers: Workers
) -> Iterator[tuple[int, R | InputError]]:
    """Yield until all are done, or a local worker dies; a cluster sends its tasks to others."""
    from joblib import Parallel, delayed  # noqa: PLC0415 - only where several work
    from joblib.externals.loky.process_executor import (  # noqa: PLC0415
        BrokenProcessPool,
    )

    local = workers.backend in _LOCAL
    options = {"n_jobs": workers.count if local else -1, "batch_size": 1}
    # ray's backend gives all at once
    given = "list" if workers.backend == "ray" else "generator_unordered"
    parallel = Parallel(return_as=given, pre_dispatch="all", **options)
    quietly = _work_quietly if workers.backend == "processes" else _work
    numbered = delayed(functools.partial(quietly, work))
    try:
        yield from parallel(numbered(number, task) for number, task in list(left.items()))
    except BrokenProcessPool:
        return


def _work_quietly(work: Callable[[T], R], number: int, task: T) -> tuple[int, R | InputError]:
    # an interruption reaches every process: the first ends the others, and they need say nothing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return _work(work, number, task)


def _work(work: Callable[[T], R], number: int, task: T) -> tuple[int, R | InputError]:
    """Do a task, or return why it is refused: workers that are broken off complain."""
    try:
        return number, work(task)
    except InputError as error:
        return number, error


@contextmanager
def _connect(workers: Workers) -> Iterator[None]:
    """Have joblib use the backend that is asked for."""
    from joblib import parallel_config  # noqa: PLC0415 - only where several work

    with _open_cluster(workers) as options:
        backend = _LOCAL.get(workers.backend, workers.backend)
        with parallel_config(backend=backend, **options):
            yield


def _open_cluster(workers: Workers) -> AbstractContextManager[dict[str, Any]]:
    if workers.backend == "dask":
        return _open_dask(workers.address)
    if workers.backend == "ray":
        return _open_ray(workers.address)
    return nullcontext({})


@contextmanager
def _open_dask(address: str) -> Iterator[dict[str, Any]]:
    try:
        from distributed import Client  # noqa: PLC0415 - of an extra
    except ImportError:
        raise _explain("dask.distributed", "sector-screener[cluster]") from None
    try:
        make: Any = Client  # it has no types
        client = make(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"no dask scheduler answers at {address}: {error}", "check the address"
        ) from None
    with client:
        yield {"client": client}


@contextmanager
def _open_ray(address: str) -> Iterator[dict[str, Any]]:
    try:
        import ray  # noqa: PLC0415 - installed by those who use it
        from ray.util.joblib import register_ray  # noqa: PLC0415
    except ImportError:
        raise _explain("ray", "ray") from None
    ray.init(address=address or None, ignore_reinit_error=True, log_to_driver=False)
    register_ray()
    yield {}


def _explain(name: str, package: str) -> InputError:
    return InputError(f"{name} is not installed", f"run: pip install '{package}'")
