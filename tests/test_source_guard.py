"""The guard around the vendors' libraries: what it changes, and that it puts everything back."""

import json
import threading
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
import requests
import tqdm
from vendor_server import Reply, VendorServer, as_json

from screener.sources.errors import (
    BlockedError,
    EmptyError,
    SchemaChangedError,
    SourceError,
    TransportError,
)
from screener.sources.vendors import guard

CARRIERS = ("data", "result", "klines", "day")


def ask(path: str = "data", timeout: float | None = None) -> requests.Response:
    return requests.get(f"http://vendor.example/{path}", timeout=timeout)


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


def patched() -> tuple[object, object, list[object]]:
    return (
        vars(requests.sessions.Session)["request"],
        vars(tqdm.std.tqdm)["__init__"],
        list(warnings.filters),
    )


def test_everything_is_put_back(vendor: VendorServer) -> None:
    vendor.on("data", as_json([1]))
    before = patched()
    with guard.guarded("vendor"):
        assert patched()[0] is not before[0]
        ask()
    assert patched() == before
    vendor.on("data", Reply(status=403))
    with pytest.raises(BlockedError), guard.guarded("vendor"):
        ask()
    assert patched() == before
    assert ask().status_code == 403


def test_guards_in_two_threads_know_their_own_source_and_leave_nothing(
    vendor: VendorServer,
) -> None:
    before = patched()
    vendor.on("one", Reply(status=429))
    vendor.on("two", Reply(status=503))
    both = threading.Barrier(2, timeout=5)
    said = {}

    def try_it(name: str) -> None:
        try:
            with guard.guarded(name):
                both.wait()
                ask(name)
        except SourceError as error:
            said[name] = str(error)
        both.wait()

    threads = [threading.Thread(target=try_it, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {"one": "one: answered with status 429", "two": "two: answered with status 503"}
    assert patched() == before


def test_another_thread_is_not_guarded(vendor: VendorServer) -> None:
    vendor.on("data", Reply(b"plain words", status=403))
    seen = []
    thread = threading.Thread(target=lambda: seen.append(ask().status_code))
    with guard.guarded("vendor"):
        thread.start()
        thread.join()
    assert seen == [403]


def test_one_guard_inside_another(vendor: VendorServer) -> None:
    vendor.on("data", Reply(status=403))
    before = patched()
    with guard.guarded("outer"):
        with pytest.raises(BlockedError, match="inner"), guard.guarded("inner"):
            ask()
        with pytest.raises(BlockedError, match="outer"):
            ask()
    assert patched() == before


def test_calls_without_a_time_limit_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given = []

    def request(self: object, *_: object, **options: object) -> requests.Response:  # noqa: ARG001
        given.append(options["timeout"])
        response = requests.Response()
        response.status_code = 200
        response._content = b"[1]"  # noqa: SLF001 - where requests keeps what it has read
        return response

    monkeypatch.setattr(requests.sessions.Session, "request", request)
    with guard.guarded("vendor"):
        ask()
        ask(timeout=3)
    assert given == [(5.0, 20.0), 3]


def test_progress_bars_and_the_libraries_warnings_are_silent_inside_only(
    capfd: pytest.CaptureFixture[str],
) -> None:
    noisy = compile("import warnings; warnings.warn('old', DeprecationWarning)", "noisy", "exec")
    warnings.simplefilter("error")  # undone by the test runner
    with guard.guarded("vendor"):
        assert list(tqdm.tqdm(range(3))) == [0, 1, 2]
        exec(noisy, {"__name__": "akshare.stock.any"})  # noqa: S102 - a module by that name
        with pytest.raises(DeprecationWarning):
            exec(noisy, {"__name__": "screener.any"})  # noqa: S102 - a module by that name
    assert capfd.readouterr() == ("", "")
    with pytest.raises(DeprecationWarning):
        exec(noisy, {"__name__": "akshare.stock.any"})  # noqa: S102 - a module by that name
    list(tqdm.tqdm(range(3)))
    assert "3/3" in capfd.readouterr().err


class OurFaultError(RuntimeError):
    pass


@pytest.mark.parametrize("error", [OurFaultError(), ImportError("py_mini_racer"), MemoryError()])
def test_what_is_no_fault_of_the_vendor_is_not_put_down_to_it(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, guard.guarded("vendor"):
        raise error
    assert caught.value is error


@pytest.mark.parametrize(
    ("body", "stumble", "expected"),
    [
        (b'{"data":null}', TypeError("NoneType"), EmptyError),
        (b'{"result":null,"success":false}', KeyError("data"), EmptyError),
        (b'{"data":{"klines":[]}}', IndexError(), EmptyError),
        (
            b'v={"data":{"sz000001":{"day":[],"qt":{"sz000001":[1]}}}};',
            KeyError(),
            EmptyError,
        ),
        (b"null", TypeError(), EmptyError),
        (b'{"data":[{"open":1}]}', KeyError("close"), SchemaChangedError),
        (b'{"data":["a,b"]}', ValueError("Length mismatch"), SchemaChangedError),
        (b'X=([{"date":"2024-06-14"}]);', IndexError(), SchemaChangedError),
        (b'{"data":{"klines":["20"', json.JSONDecodeError("x", "y", 1), TransportError),
    ],
)
def test_a_stumble_is_told_apart_by_the_answer(
    vendor: VendorServer, body: bytes, stumble: Exception, expected: type[SourceError]
) -> None:
    vendor.on("data", Reply(body))

    def stumble_over_it() -> None:
        ask()
        raise stumble

    with pytest.raises(expected) as caught, guard.guarded("vendor", carriers=CARRIERS):
        stumble_over_it()
    assert type(caught.value) is expected
    assert caught.value.source == "vendor"


def test_an_answer_is_read_through_its_wrapping(vendor: VendorServer) -> None:
    wrappings = ('{"a":"f(x);"}', '/*<script>l=1</script>*/\nx={"a":"f(x);"};', 'j({"a":"f(x);"});')
    for body in wrappings:
        vendor.on("data", Reply(body.encode()))
        with guard.guarded("vendor") as answers:
            ask()
            assert answers.payload() == {"a": "f(x);"}


def test_a_workbook_is_no_page(vendor: VendorServer) -> None:
    vendor.on("data", Reply(b"PK\x03\x04" + np.zeros(8, np.uint8).tobytes()))
    with guard.guarded("vendor"):
        assert ask().content.startswith(b"PK")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (requests.ConnectionError("Failed to resolve 'x' ([Errno -2])"), "is there a network"),
        (requests.ReadTimeout("Read timed out. (read timeout=20)"), "no answer in time"),
        (requests.ConnectionError("Connection aborted, RemoteDisconnected"), "was dropped"),
        (requests.ConnectionError("a" * 500), "ConnectionError aaa"),
    ],
)
def test_what_broke_is_said_in_a_few_words(error: Exception, said: str) -> None:
    assert said in guard.brief(error)
    assert len(guard.brief(error)) <= 120
