"""A web server in the test process that stands in for the vendors' sites.

What the libraries ask of a vendor goes over a real connection to this server instead, so that
statuses, broken bodies and time-outs happen on the wire and the libraries' own code reads them.
"""

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from screener.sources.errors import (
    BlockedError,
    EmptyError,
    RateLimitedError,
    TransportError,
)

_HOST = "X-Vendor-Host"


@dataclass(frozen=True)
class Asked:
    """A request as the vendor would have seen it."""

    host: str
    path: str
    query: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """An answer; `missing` bytes are announced and never sent, `wait` is in seconds.

    With `hang_up` the connection is closed without one.
    """

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    missing: int = 0
    wait: float = 0.0
    hang_up: bool = False


Answering = Reply | Callable[[Asked], Reply]


@dataclass
class _Route:
    part: str
    reply: Answering


@dataclass
class VendorServer:
    """Answers by the first route whose text occurs in host, path and query, 404 otherwise."""

    asked: list[Asked] = field(default_factory=list)
    _routes: list[_Route] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                vendor.answer(self)

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                """Say nothing of a client that hung up."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def on(self, part: str, reply: Answering) -> None:
        """Answer requests in whose host, path and query the text occurs; the last told wins."""
        self._routes.insert(0, _Route(part, reply))

    def divert(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Send every request made through requests here, whoever it was for."""
        send = requests.adapters.HTTPAdapter.send
        address = self.address

        def redirected(
            adapter: requests.adapters.HTTPAdapter,
            request: requests.PreparedRequest,
            **given: Any,  # noqa: ANN401 - whatever requests passes on
        ) -> requests.Response:
            parts = urlsplit(request.url)
            request.headers[_HOST] = parts.netloc
            request.url = f"{address}{parts.path}?{parts.query}"
            return send(adapter, request, **given)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", redirected)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        host = handler.headers.get(_HOST, handler.headers.get("Host", ""))
        length = int(handler.headers.get("Content-Length") or 0)
        form = handler.rfile.read(length).decode()
        query = {name: values[0] for name, values in parse_qs(f"{parts.query}&{form}").items()}
        asked = Asked(host, parts.path, query)
        self.asked.append(asked)
        text = f"{host}{parts.path}?{parts.query}"
        route = next((route for route in self._routes if route.part in text), None)
        reply = route.reply if route else Reply(status=404)
        reply = reply if isinstance(reply, Reply) else reply(asked)
        self._over.wait(reply.wait)
        if reply.hang_up:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        handler.send_header("Content-Type", reply.kind)
        handler.send_header("Content-Length", str(len(reply.body) + reply.missing))
        handler.end_headers()
        handler.wfile.write(reply.body)


def as_json(value: object) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode())


def as_script(text: str) -> Reply:
    return Reply(text.encode(), kind="application/javascript")


def broken(reply: Reply) -> Reply:
    """The same answer, of which half is sent."""
    half = len(reply.body) // 2
    return Reply(reply.body[:half], kind=reply.kind, missing=len(reply.body) - half)


def slow(reply: Reply, wait: float = 5.0) -> Reply:
    return Reply(reply.body, kind=reply.kind, wait=wait)


def page(_good: Reply) -> Reply:
    return Reply("<!DOCTYPE html><html><body>访问过于频繁</body></html>".encode(), kind="text/html")


# seconds to connect and to read: short for a test, long enough for a busy machine
IMPATIENT = (5.0, 0.5)

# what may go wrong with any answer, whoever gives it: the answer instead, and its name
FAULTS = [
    pytest.param(lambda _: Reply(b"slow down", 429, "text/plain"), RateLimitedError, id="429"),
    pytest.param(lambda _: Reply(b'{"rc":1,"data":null}', 403), BlockedError, id="403, null data"),
    pytest.param(lambda _: Reply(b"who are you", 401, "text/plain"), BlockedError, id="401"),
    pytest.param(lambda _: Reply(b"IP blocked", 456, "text/plain"), BlockedError, id="456"),
    pytest.param(lambda _: Reply(b"bad gateway", 502, "text/plain"), TransportError, id="502"),
    pytest.param(lambda _: Reply(b"no such page", 404, "text/plain"), EmptyError, id="404"),
    pytest.param(page, BlockedError, id="HTML with 200"),
    pytest.param(lambda _: Reply(b"denied", kind="text/plain"), BlockedError, id="text with 200"),
    pytest.param(lambda _: Reply(b""), EmptyError, id="empty body"),
    pytest.param(broken, TransportError, id="truncated"),
    pytest.param(lambda _: Reply(hang_up=True), TransportError, id="dropped"),
    pytest.param(slow, TransportError, id="time-out"),
]
