"""What surrounds every call into a vendor's library, so that each failure has one name.

The libraries check no status, set no time limit, and let whatever breaks first escape. Inside
`guarded` every HTTP call they make through requests has a time limit and an answer that is
looked at before they see it; what they then stumble over is told apart by that answer.
"""

import importlib
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from screener.sources.errors import TransportError
from screener.sources.vendors.answers import Answers

_BREAKS = {
    "resolve": "its host cannot be looked up: is there a network?",
    "timed out": "no answer in time",
    "timeout": "no answer in time",
    "refused": "the connection was refused",
    "proxy": "the proxy refused: check HTTPS_PROXY",
    "IncompleteRead": "the answer was cut short",
    "aborted": "the connection was dropped",
    "reset": "the connection was dropped",
}
_LONGEST = 120
TIMEOUT = (5.0, 20.0)  # seconds to connect, and between two bytes

# the libraries whose warnings are their own affair
_LIBRARIES = ("akshare", "yfinance", "py_mini_racer", "requests", "urllib3", "curl_cffi", "bs4")
# what they raise over an answer, beside exceptions of their own and of the readers they use
_READERS = ("lxml", "openpyxl", "zipfile")
_STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Shared:
    """A change to a library that lasts while anyone is inside, in however many threads.

    Parameters
    ----------
    change : callable
        Makes the context manager that is entered by the first and left by the last.
    """

    def __init__(self, change: Callable[[], AbstractContextManager[None]]) -> None:
        self._change = change
        self._lock = threading.Lock()
        self._inside = 0
        self._stack = ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._stack.enter_context(self._change())
            self._inside += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._stack.close()


@contextmanager
def replaced(owner: Any, name: str, make: Callable[[Any], object]) -> Iterator[None]:  # noqa: ANN401
    """Replace an attribute of a class by what is made of it, and put it back."""
    # as it is kept: read as an attribute, a descriptor gives something else
    original = vars(owner)[name]
    setattr(owner, name, make(getattr(owner, name)))
    try:
        yield
    finally:
        setattr(owner, name, original)


_active: ContextVar[Answers | None] = ContextVar("_active", default=None)


def active() -> Answers | None:
    """Return the guard that this thread is in, None outside of any."""
    return _active.get()


@contextmanager
def guarded(source: str, *, page: str = "", carriers: tuple[str, ...] = ()) -> Iterator[Answers]:
    """Run a vendor's library so that it fails in our words or not at all.

    Time limits are `TIMEOUT` where the library sets none. Nothing is printed: progress bars and
    the libraries' own warnings are silent inside, in this thread and no other.

    Parameters
    ----------
    source : str
        Name of the upstream, given with every error.
    page, carriers
        See `Answers`.

    Yields
    ------
    Answers

    Raises
    ------
    RateLimitedError, BlockedError, TransportError, EmptyError, SchemaChangedError
        In place of what the library raises.
    """
    answers = Answers(source, page, carriers)
    token = _active.set(answers)
    try:
        with _LIBRARY_CALLS:
            yield answers
    except Exception as error:
        library = type(error).__module__.split(".")[0]
        if isinstance(error, ImportError) or not (
            isinstance(error, _STUMBLES) or library in (*_LIBRARIES, *_READERS)
        ):
            raise
        raise answers.explain(error) from error
    finally:
        _active.reset(token)


@contextmanager
def _library_calls() -> Iterator[None]:
    # slow to import, so only once something is fetched
    sessions = importlib.import_module("requests.sessions")
    bars = importlib.import_module("tqdm.std")
    with warnings.catch_warnings():
        for name in _LIBRARIES:
            warnings.filterwarnings("ignore", module=rf"{name}\b")
        with (
            replaced(sessions.Session, "request", _watch),
            replaced(bars.tqdm, "__init__", _silence),
        ):
            yield


def _watch(original: Callable[..., Any]) -> Callable[..., Any]:
    failure = importlib.import_module("requests.exceptions").RequestException

    def request(self: object, *given: Any, **options: Any) -> object:  # noqa: ANN401
        answers = _active.get()
        if answers is None:
            return original(self, *given, **options)
        if options.get("timeout") is None:
            options["timeout"] = TIMEOUT
        answers.begin()
        try:
            response = original(self, *given, **options)
        except failure as error:
            raise TransportError(answers.source, brief(error)) from error
        answers.note(response.status_code, response.content)
        return response

    return request


def _silence(original: Callable[..., None]) -> Callable[..., None]:
    def begin(self: object, *given: Any, **options: Any) -> None:  # noqa: ANN401
        if _active.get() is not None:
            options["disable"] = True
        original(self, *given, **options)

    return begin


_LIBRARY_CALLS = Shared(_library_calls)


def brief(error: Exception) -> str:
    """Say in a few words what broke; the libraries' own words quote whole addresses."""
    text = f"{type(error).__name__} {error}"
    for mark, said in _BREAKS.items():
        if mark.lower() in text.lower():
            return said
    return text[:_LONGEST]
