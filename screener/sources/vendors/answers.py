"""What an upstream answered to the calls of one library: kept, looked at, and told apart."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from screener.sources.errors import (
    BlockedError,
    EmptyError,
    RateLimitedError,
    SchemaChangedError,
    SourceError,
    TransportError,
)

_CUT_SHORT = ("JSONDecodeError", "BadZipFile")
_TOO_MANY = 429
_ABSENT = (404, 410)
_REFUSED = 400
_FAULTY = 500

# JSON, or JavaScript that names or passes it, after the comment that one vendor puts first
_DATA = re.compile(rb"(/\*.*?\*/)?\s*(var\s+)?[\w$.]*\s*[=(]?\s*\(?\s*[\"\[{]|null", re.DOTALL)
_WRAPPING = re.compile(r"(/\*.*?\*/)?\s*(var\s+)?[\w$.]+\s*(=\s*\(?|\()", re.DOTALL)
_ENDS = (b"}", b"]", b")", b";", b'"', b"*/", b"null")
_BARE = (b"null", b"{}", b"[]")
_WORKBOOK = b"PK"

_pace: ContextVar[Callable[[], None] | None] = ContextVar("_pace", default=None)


@contextmanager
def paced(wait: Callable[[], None] | None) -> Iterator[None]:
    """Have `wait` called between the calls of one guard, where a library makes several."""
    token = _pace.set(wait)
    try:
        yield
    finally:
        _pace.reset(token)


class Answers:
    """What an upstream has answered inside one guard.

    Parameters
    ----------
    source : str
        Name of the upstream.
    page : str
        A text that the right page holds, where a page is what is asked for; empty where data
        are, and any page stands in their place.
    carriers : tuple of str
        The names under which its JSON carries what was asked for, as far as there are any.
    """

    def __init__(self, source: str, page: str = "", carriers: tuple[str, ...] = ()) -> None:
        self.source = source
        self._page = page.encode()
        self._carriers = carriers
        self._last = b""
        self._begun = False
        self._failure: SourceError | None = None

    def begin(self) -> None:
        """Wait before any call but the first, where `paced` says how; call it before each.

        Raises what an earlier call came to: a library that tries again at once, as some do, is
        not let through.
        """
        if self._failure:
            raise self._failure
        wait = _pace.get()
        if self._begun and wait:
            wait()
        self._begun = True

    def fail(self, error: SourceError) -> SourceError:
        """Return an error, to be raised for every further call too."""
        self._failure = error
        return error

    def note(self, status: int, content: bytes) -> None:
        """Keep an answer, or raise what its status and outer form say."""
        self._last = content
        try:
            self._check(status, content)
        except SourceError as error:
            raise self.fail(error) from None

    def _check(self, status: int, content: bytes) -> None:
        self._check_status(status)
        body = content.strip().removeprefix(b"\xef\xbb\xbf")
        if not body:
            raise EmptyError(self.source, "answered with an empty body")
        if self._page:
            if self._page not in body:
                raise BlockedError(self.source, "answered with another page than the one asked for")
        elif not body.startswith(_WORKBOOK):
            self._check_data(body)

    def _check_status(self, status: int) -> None:
        message = f"answered with status {status}"
        if status == _TOO_MANY:
            raise RateLimitedError(self.source, message)
        if status in _ABSENT:
            raise EmptyError(self.source, message)
        if status >= _FAULTY:
            raise TransportError(self.source, message)
        if status >= _REFUSED:
            raise BlockedError(self.source, message)

    def _check_data(self, body: bytes) -> None:
        # before a library takes it for a fault and asks again at once
        if self._carriers and body in _BARE:
            raise EmptyError(self.source, "answered with nothing")
        if not _DATA.match(body):
            start = body[:40].decode("utf-8", "replace")
            raise BlockedError(self.source, f"answered with a page in place of data: {start!r}")
        if not body.endswith(_ENDS):
            raise TransportError(self.source, "the answer is cut short")

    def payload(self) -> Any:  # noqa: ANN401 - whatever the JSON holds
        """Return what the last answer says as JSON, None where it is none."""
        text = self.text("utf-8-sig").strip().rstrip(";")
        wrapped = _WRAPPING.match(text)
        if wrapped:
            text = text[wrapped.end() :].removesuffix(")" if wrapped[0].endswith("(") else "")
        try:
            return json.loads(text)
        except ValueError:
            return None

    def text(self, encoding: str) -> str:
        """Return the last answer as text; what the encoding does not know is replaced."""
        return self._last.decode(encoding, "replace")

    def is_hollow(self) -> bool:
        """Tell whether the last answer is well formed and carries nothing."""
        said = self.payload()
        if said is None:
            return self._last.strip() == b"null"
        return _is_hollow(said, self._carriers)

    def explain(self, error: Exception) -> SourceError:
        """Return what a library's exception means, given the last answer."""
        if isinstance(error, SourceError):
            return error
        if type(error).__name__ in _CUT_SHORT and self.payload() is None:
            return TransportError(self.source, f"the answer is cut short: {error}")
        if self.is_hollow():
            return EmptyError(self.source, "answered with nothing")
        kind = type(error).__name__
        return SchemaChangedError(self.source, f"the answer is laid out anew ({kind}: {error})")


def _is_hollow(value: object, carriers: tuple[str, ...]) -> bool:
    if isinstance(value, dict) and value:
        carried = [value[name] for name in carriers if name in value]
        if carried:
            return all(_is_hollow(each, carriers) for each in carried)
        return any(_is_hollow(each, carriers) for each in value.values() if isinstance(each, dict))
    return value in (None, "", [], {})
