"""Whole deliveries over the wire: apprise's own code, a mail server and a server for the chats."""

import email
import email.policy
import html
import json
import logging
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import requests
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from conftest import Run
from zygote import Clock

from backtests.delivery import Address, Delivery, deliver_folder, send_test, wire
from backtests.delivery.folders import record_of
from backtests.delivery.services import load_services

SERVICES = load_services()

CHATS = {
    "dingtalk": "dingtalk://SEKRETsign@SEKRETtoken",
    "feishu": "feishu://SEKRETtoken",
    "wecombot": "wecombot://SEKRET-key",
    "slack": "slack://T1JJ3T3L2/A1BRTD4JD/SEKRETlazkcOXrIdevi7FQ",
    "tgram": "tgram://123456789:SEKRETfg_hijklmnop/12315544",
}
SECRETS = ("SEKRET", "T1JJ3T3L2", "A1BRTD4JD", "123456789", "12315544")

# as each vendor says yes, and as it says no with status 200
YES = {
    "dingtalk": b'{"errcode":0,"errmsg":"ok"}',
    "feishu": b'{"StatusCode":0,"StatusMessage":"success","code":0,"data":{},"msg":"success"}',
    "wecombot": b'{"errcode":0,"errmsg":"ok"}',
    "slack": b"ok",
    "tgram": b'{"ok":true,"result":{"message_id":7}}',
}
NO = {
    "dingtalk": (b'{"errcode":310000,"errmsg":"sign not match SEKRETtoken"}', "310000"),
    "feishu": (b'{"code":19024,"msg":"Key Words Not Found","data":{}}', "19024"),
    "wecombot": (b'{"errcode":93000,"errmsg":"invalid webhook url SEKRET-key"}', "93000"),
    "slack": (b'{"ok":false,"error":"channel_not_found"}', "channel_not_found"),
    "tgram": (b'{"ok":false,"error_code":403,"description":"bot was kicked"}', "403"),
}
BUSY = {
    "dingtalk": b'{"errcode":130101,"errmsg":"send too fast"}',
    "feishu": b'{"code":11232,"msg":"frequency limited"}',
    "wecombot": b'{"errcode":45009,"errmsg":"api freq out of limit"}',
}
HOSTS = {
    "dingtalk": "oapi.dingtalk.com",
    "feishu": "open.feishu.cn",
    "wecombot": "qyapi.weixin.qq.com",
    "slack": "hooks.slack.com",
    "tgram": "api.telegram.org",
}


@dataclass(frozen=True)
class Posted:
    """A request as the service would have seen it."""

    host: str
    path: str
    length: int
    body: Any


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    wait: float = 0.0
    hang_up: bool = False
    location: str = ""


@dataclass
class Webhook:
    """A web server that stands in for every chat service and answers in turn, then the last."""

    posted: list[Posted] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    port: int = 0
    scheme: str = "http"
    over: threading.Event = field(default_factory=threading.Event)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        host = handler.headers.get("X-Host", "")
        body = json.loads(raw) if raw else None
        self.posted.append(Posted(host, handler.path, len(raw), body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        self.over.wait(reply.wait)
        if reply.hang_up:
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        if reply.location:
            handler.send_header("Location", reply.location)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        handler.wfile.write(reply.body)


@pytest.fixture
def webhook(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[Webhook]:
    """Route what plugins send to a server here, whatever host it was for."""
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            hook.answer(self)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: object, client_address: object) -> None:
            """Say nothing of a client that hung up."""

    server = Server(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    plain = requests.adapters.HTTPAdapter.send

    def routed(
        adapter: requests.adapters.HTTPAdapter,
        request: requests.PreparedRequest,
        **given: Any,  # noqa: ANN401 - whatever requests passes on
    ) -> requests.Response:
        parts = urlsplit(request.url)
        request.headers["X-Host"] = parts.netloc
        request.url = f"{hook.scheme}://127.0.0.1:{hook.port}{parts.path}?{parts.query}"
        return plain(adapter, request, **given)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", routed)
    yield hook
    hook.over.set()
    server.shutdown()
    server.server_close()
    thread.join()


MESSAGE = """# 苏州证券周报 2026-W47

本周 **28** 只中 12 只上涨，A & B < C > D，见 `a_b`。

## 涨跌

| 名称 | 代码 | 收益 |
| --- | --- | ---: |
| 中际旭创 | 300308.SZ | +3.2% |
| <腾讯> & _控股_ | 00700.HK | −1.0% |

- 只报告，不荐股
"""


def long_message(rows: int) -> str:
    table = "\n".join(f"| 标的<{n}>&_{n}_ | {n:06}.SZ | +{n}.5% |" for n in range(rows))
    return f"# 周报\n\n| 名称 | 代码 | 收益 |\n| --- | --- | ---: |\n{table}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_report(tmp_path / "out" / "soochow" / "zh" / "2026-W47", MESSAGE)


def write_report(folder: Path, message: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "message.md").write_text(message, encoding="utf-8")
    (folder / "manifest.json").write_text(json.dumps({"message": message}), encoding="utf-8")
    (folder / "report.html").write_text("<!DOCTYPE html><p>全文", encoding="utf-8")
    (folder / "report.xlsx").write_bytes(b"PK\x03\x04 a workbook")
    return folder


def address(scheme: str, url: str = "") -> Address:
    return Address(f"my {scheme}", SERVICES[scheme], url or CHATS[scheme])


class Waiting(Clock):
    """Remembers the waits."""

    def __init__(self) -> None:
        super().__init__(np.datetime64("2026-11-21"))
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        super().sleep(seconds)


def deliver(folder: Path, *addresses: Address, again: bool = False) -> tuple[Delivery, ...]:
    return deliver_folder(folder, addresses, record_of(folder), Waiting(), again=again)


def recorded(folder: Path) -> list[dict[str, Any]]:
    text = record_of(folder).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def text_of(scheme: str, body: Any) -> str:  # noqa: ANN401 - JSON
    """What the service would show, or count, of a request."""
    if scheme == "dingtalk":
        return str(body["markdown"]["text"])
    if scheme == "feishu":
        return str(body["content"]["text"])
    if scheme == "wecombot":
        return str(body["text"]["content"])
    if scheme == "slack":
        (attachment,) = body["attachments"]
        return f"{attachment['title']}\n{attachment['text']}"
    return str(body["text"])


class Everything(logging.Handler):
    """Keeps all that is logged, with the values that a message is made from."""

    def __init__(self) -> None:
        super().__init__(level=1)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.getMessage()} {record.args} {record.exc_info}")


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Everything]:
    caplog.set_level(1)
    handler = Everything()
    names = ("", "apprise", "urllib3", "urllib3.connectionpool", "requests", "mail.log")
    loggers = [logging.getLogger(name) for name in names]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(1)
        each.addHandler(handler)
    yield handler
    for each, level in zip(loggers, before, strict=True):
        each.removeHandler(handler)
        each.setLevel(level)


Unseen = Callable[..., None]


@pytest.fixture
def unseen(
    log: Everything, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Unseen:
    """Look for secrets in all that is printed, logged, recorded and told of deliveries."""

    def look(folder: Path, *told: object) -> None:
        seen = [*log.seen, caplog.text, *capfd.readouterr(), *map(repr, told)]
        seen.append(record_of(folder).read_text(encoding="utf-8"))
        assert not [text for text in seen for secret in SECRETS if secret in text]

    return look


# --- what arrives ---


@pytest.mark.parametrize("scheme", CHATS)
def test_a_message_arrives_at_each_service_and_is_recorded(
    webhook: Webhook, folder: Path, scheme: str
) -> None:
    webhook.replies = [Reply(YES[scheme])]
    (outcome,) = deliver(folder, address(scheme))
    assert (outcome.status, outcome.sent, outcome.parts, outcome.reason) == ("delivered", 1, 1, "")
    (posted,) = webhook.posted
    assert posted.host == HOSTS[scheme]
    assert "苏州证券周报 2026-W47" in text_of(scheme, posted.body)
    assert "+3.2%" in text_of(scheme, posted.body)
    (entry,) = recorded(folder)
    assert entry["status"] == "delivered"
    assert entry["address"] == f"my {scheme}"
    assert entry["folder"] == "soochow/zh/2026-W47"
    assert entry["time"] == "2026-11-21T10:00:00"


def test_dingtalk_is_given_markdown_without_tables(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["dingtalk"])]
    deliver(folder, address("dingtalk"))
    body = webhook.posted[0].body
    assert body["msgtype"] == "markdown"
    assert body["markdown"]["title"] == "苏州证券周报 2026-W47"
    assert body["markdown"]["text"] == (
        "# 苏州证券周报 2026-W47\n"
        "本周 **28** 只中 12 只上涨，A & B < C > D，见 `a_b`。\n\n## 涨跌\n\n"
        "- **中际旭创**: 代码 300308.SZ; 收益 +3.2%\n"
        "- **<腾讯> & _控股_**: 代码 00700.HK; 收益 −1.0%\n\n- 只报告，不荐股"
    )


def test_slack_is_given_its_own_escapes_and_a_block(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["slack"])]
    deliver(folder, address("slack"))
    (attachment,) = webhook.posted[0].body["attachments"]
    assert attachment["title"] == "苏州证券周报 2026-W47"
    assert "本周 *28* 只" in attachment["text"]
    assert "A &amp; B &lt; C &gt; D" in attachment["text"]
    assert "*涨跌*" in attachment["text"]
    block = attachment["text"].split("```")[1]
    assert "&lt;腾讯&gt; &amp; 控股" in block
    assert attachment["text"].count("```") == 2


def test_telegram_is_given_html_that_is_whole(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["tgram"])]
    deliver(folder, address("tgram"))
    body = webhook.posted[0].body
    assert body["parse_mode"] == "HTML"
    assert body["text"].startswith("<b>苏州证券周报 2026-W47</b>")
    assert "A &amp; B &lt; C &gt; D" in body["text"]
    assert "&lt;腾讯&gt; &amp; 控股" in body["text"]
    assert "中际旭创       300308.SZ  +3.2%" in body["text"]


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


# what each service counts of a request, by its own words, and the most it takes
COUNTED: dict[str, tuple[Callable[[Posted], int], int]] = {
    "dingtalk": (lambda posted: posted.length, 20_000),
    "feishu": (lambda posted: posted.length, 20_000),
    "wecombot": (lambda posted: len(posted.body["text"]["content"].encode()), 2048),
    "slack": (lambda posted: utf16(posted.body["attachments"][0]["text"]), 4000),
    "tgram": (
        lambda posted: utf16(
            html.unescape(
                posted.body["text"]
                .replace("<b>", "")
                .replace("</b>", "")
                .replace("<pre>", "")
                .replace("</pre>", "")
            )
        ),
        4096,
    ),
}


@pytest.mark.parametrize("scheme", CHATS)
def test_no_request_is_above_the_limit_and_no_row_is_lost(
    webhook: Webhook, tmp_path: Path, scheme: str
) -> None:
    folder = write_report(tmp_path / "out" / "soochow" / "zh" / "2026-W47", long_message(300))
    webhook.replies = [Reply(YES[scheme])]
    (outcome,) = deliver(folder, address(scheme))
    assert outcome.status == "delivered"
    assert outcome.parts == outcome.sent == len(webhook.posted) > 1
    count, limit = COUNTED[scheme]
    sizes = [count(posted) for posted in webhook.posted]
    assert max(sizes) <= limit
    # and the room is used, though parts are cut for releases of apprise that escape each letter
    assert sorted(sizes)[1] > limit * 0.6
    joined = "\n".join(html.unescape(text_of(scheme, posted.body)) for posted in webhook.posted)
    places = [joined.index(f"{n:06}.SZ") for n in range(300)]
    assert places == sorted(places)
    assert all(joined.count(f"{n:06}.SZ") == 1 for n in range(300))
    assert all(joined.count(f"标的<{n}>") == 1 for n in range(300))
    for number, posted in enumerate(webhook.posted, start=1):
        assert f"({number}/{outcome.parts})" in text_of(scheme, posted.body)


def test_a_list_of_short_lines_stays_below_telegrams_limit(
    webhook: Webhook, tmp_path: Path
) -> None:
    items = "\n".join(f"- {n}" for n in range(1500))
    folder = write_report(tmp_path / "r" / "zh" / "2026-W47", f"# 周报\n\n{items}\n")
    webhook.replies = [Reply(YES["tgram"])]
    deliver(folder, address("tgram"))
    count, limit = COUNTED["tgram"]
    sizes = [count(posted) for posted in webhook.posted]
    assert limit * 0.98 < max(sizes) <= limit


def test_parts_are_sent_apart_by_the_services_pause(webhook: Webhook, tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r" / "zh" / "2026-W47", long_message(200))
    webhook.replies = [Reply(YES["wecombot"])]
    clock = Waiting()
    (outcome,) = deliver_folder(folder, [address("wecombot")], tmp_path / "d.jsonl", clock)
    assert clock.waits == [3.5] * (outcome.parts - 1)


# --- what does not arrive ---


@pytest.mark.parametrize("scheme", CHATS)
def test_a_no_with_status_200_is_no_delivery(webhook: Webhook, folder: Path, scheme: str) -> None:
    body, code = NO[scheme]
    webhook.replies = [Reply(body)]
    (outcome,) = deliver(folder, address(scheme))
    assert (outcome.status, outcome.sent, outcome.attempts) == ("failed", 0, 1)
    assert outcome.reason == f"refused with code {code}"
    assert [entry["status"] for entry in recorded(folder)] == ["failed"]


@pytest.mark.parametrize("body", [b"", b"<html>log in</html>", b"[]", b"{}", b"null", b'"ok"'])
@pytest.mark.parametrize("scheme", CHATS)
def test_an_answer_that_says_neither_yes_nor_no_is_no_delivery(
    webhook: Webhook, folder: Path, scheme: str, body: bytes
) -> None:
    webhook.replies = [Reply(body)]
    (outcome,) = deliver(folder, address(scheme))
    assert outcome.status == "failed"


def test_a_code_that_is_part_of_the_address_is_not_told(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(b'{"code":"sekrettoken"}')]
    (outcome,) = deliver(folder, address("feishu", "feishu://sekrettoken"))
    assert outcome.reason == "refused with code unnamed"


def test_an_ok_of_another_service_is_no_yes(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(b"ok")]
    (outcome,) = deliver(folder, address("dingtalk"))
    assert outcome.status == "failed"


@pytest.mark.parametrize("scheme", BUSY)
def test_a_service_that_is_busy_is_asked_again(webhook: Webhook, folder: Path, scheme: str) -> None:
    webhook.replies = [Reply(BUSY[scheme]), Reply(BUSY[scheme]), Reply(YES[scheme])]
    clock = Waiting()
    (outcome,) = deliver_folder(folder, [address(scheme)], record_of(folder), clock)
    assert (outcome.status, outcome.attempts) == ("delivered", 3)
    assert clock.waits == [5.0, 15.0]


FAULTS = {
    "500": (Reply(b"SEKRET", 500), "HTTP 500", 4),
    "503": (Reply(b"", 503), "HTTP 503", 4),
    "429": (Reply(b'{"ok":false}', 429), "HTTP 429", 4),
    "403": (Reply(b"invalid_token SEKRET", 403), "HTTP 403", 1),
    "404": (Reply(b"no_service", 404), "HTTP 404", 1),
    "redirect": (Reply(b"", 302, location="https://SEKRET.example/"), "HTTP 302", 1),
    "dropped": (Reply(hang_up=True), "not reached, or cut off", 4),
}


@pytest.mark.parametrize("scheme", CHATS)
@pytest.mark.parametrize("fault", FAULTS)
def test_what_may_pass_is_tried_four_times_and_the_rest_once_and_no_secret_is_seen(
    webhook: Webhook, folder: Path, scheme: str, fault: str, unseen: Unseen
) -> None:
    reply, reason, attempts = FAULTS[fault]
    webhook.replies = [reply]
    (outcome,) = deliver(folder, address(scheme))
    assert (outcome.status, outcome.reason, outcome.attempts) == ("failed", reason, attempts)
    assert len(webhook.posted) == attempts
    (entry,) = recorded(folder)
    assert (entry["status"], entry["reason"], entry["attempts"]) == ("failed", reason, attempts)
    unseen(folder, outcome)


def test_a_service_that_does_not_answer_in_time_is_tried_again(
    webhook: Webhook, folder: Path
) -> None:
    webhook.replies = [Reply(YES["feishu"], wait=5.0), Reply(YES["feishu"])]
    (outcome,) = deliver(folder, address("feishu", "feishu://SEKRET?rto=0.2"))
    assert (outcome.status, outcome.attempts) == ("delivered", 2)


def test_a_port_where_nobody_listens_is_told_as_such(webhook: Webhook, folder: Path) -> None:
    webhook.port = free_port()
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.reason, outcome.attempts) == ("not reached, or cut off", 4)


def test_a_server_without_tls_is_not_tried_again(webhook: Webhook, folder: Path) -> None:
    webhook.scheme, webhook.replies = "https", [Reply()]
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.reason, outcome.attempts) == ("TLS failed", 1)


def test_one_address_that_fails_costs_no_other(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(b"", 403), Reply(YES["wecombot"])]
    outcomes = deliver(folder, address("feishu"), address("wecombot"))
    assert [outcome.status for outcome in outcomes] == ["failed", "delivered"]


def test_a_fault_inside_apprise_is_told_by_its_kind(
    webhook: Webhook, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SEKRET")

    webhook.replies = [Reply()]
    monkeypatch.setattr("apprise.plugins.wecombot.dumps", broken)
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.status, outcome.reason) == ("failed", "fault while sending: RuntimeError")


def test_nothing_sent_at_all_is_no_delivery(
    webhook: Webhook, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.replies = [Reply()]
    monkeypatch.setattr("apprise.plugins.wecombot.NotifyWeComBot.send", lambda *_, **__: True)
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.status, outcome.reason) == ("failed", "nothing was sent")


# --- once and only once ---


def test_a_report_is_not_sent_twice_to_an_address(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["wecombot"])]
    deliver(folder, address("wecombot"))
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.status, outcome.sent, outcome.attempts) == ("already", 1, 0)
    assert len(webhook.posted) == 1
    (outcome,) = deliver(folder, address("wecombot"), again=True)
    assert outcome.status == "delivered"
    assert len(webhook.posted) == 2


def test_a_changed_address_or_report_is_sent(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["wecombot"])]
    deliver(folder, address("wecombot"))
    (outcome,) = deliver(folder, replace(address("wecombot"), url="wecombot://SEKRET-other"))
    assert outcome.status == "delivered"
    write_report(folder, f"{MESSAGE}\n更正\n")
    (outcome,) = deliver(folder, address("wecombot"))
    assert outcome.status == "delivered"


def test_a_retry_goes_on_with_the_part_that_failed(webhook: Webhook, tmp_path: Path) -> None:
    folder = write_report(tmp_path / "r" / "zh" / "2026-W47", long_message(200))
    yes = Reply(YES["wecombot"])
    webhook.replies = [yes, yes, Reply(NO["wecombot"][0])]
    (first,) = deliver(folder, address("wecombot"))
    assert (first.status, first.sent) == ("failed", 2)
    assert len(webhook.posted) == 3
    webhook.replies = [yes]
    (second,) = deliver(folder, address("wecombot"))
    assert (second.status, second.sent) == ("delivered", first.parts)
    sent = [text_of("wecombot", posted.body).splitlines()[0] for posted in webhook.posted]
    numbers = [1, 2, 3, *range(3, first.parts + 1)]
    assert sent == [f"【周报 ({n}/{first.parts})】" for n in numbers]
    statuses = [entry["status"] for entry in recorded(folder)]
    assert statuses == ["delivered"] * 2 + ["failed"] + ["delivered"] * (first.parts - 2)


def test_an_address_for_the_other_language_is_passed_over(webhook: Webhook, folder: Path) -> None:
    webhook.replies = [Reply(YES["wecombot"])]
    assert deliver(folder, replace(address("wecombot"), language="en")) == ()
    (outcome,) = deliver(folder, replace(address("wecombot"), language="zh"))
    assert outcome.status == "delivered"


@pytest.mark.parametrize("spoil", ["message.md", "manifest.json"])
def test_a_folder_that_is_no_report_fails_every_address(
    webhook: Webhook, folder: Path, spoil: str
) -> None:
    (folder / spoil).unlink()
    (outcome,) = deliver(folder, address("wecombot"))
    assert outcome.status == "failed"
    assert "cannot be read" in outcome.reason
    assert not webhook.posted
    (entry,) = recorded(folder)
    assert (entry["part"], entry["parts"], entry["status"]) == (0, 0, "failed")


def test_nothing_is_sent_where_the_record_cannot_be_read(webhook: Webhook, folder: Path) -> None:
    record_of(folder).write_text("{}\n", encoding="utf-8")
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.status, outcome.attempts) == ("failed", 0)
    assert not webhook.posted


def test_a_delivery_that_cannot_be_recorded_is_told(
    webhook: Webhook, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("backtests.delivery.deliver.append_entry", full)
    webhook.replies = [Reply(YES["wecombot"])]
    (outcome,) = deliver(folder, address("wecombot"))
    assert (outcome.status, outcome.sent) == ("failed", 1)
    assert outcome.reason == "delivered, but not recorded: No space left on device"


def test_a_fault_of_ours_costs_neither_the_report_nor_another_address(
    webhook: Webhook, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SEKRET")

    monkeypatch.setattr("backtests.delivery.deliver.split_message", broken)
    webhook.replies = [Reply()]
    outcomes = deliver(folder, address("wecombot"), address("feishu"))
    assert [outcome.reason for outcome in outcomes] == ["fault while delivering: RuntimeError"] * 2


# --- mail ---


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Mailbox:
    """Takes mail, or refuses it with a reply of its own."""

    port: int = 0
    mail: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)
    at_rcpt: str = ""
    at_data: list[str] = field(default_factory=list)
    logins: int = 0
    hangs_up: bool = False

    def log_in(self, server: Any, *given: Any) -> AuthResult:  # noqa: ANN401 - the library's own
        self.logins += 1
        if self.hangs_up and self.logins > 1:
            server.transport.abort()
        right = (given[-1].login, given[-1].password) == (b"user", b"SEKRETpass")
        return AuthResult(success=right, handled=False)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self,
        _server: object,
        _session: object,
        envelope: Any,  # noqa: ANN401 - the library's own
        receiver: str,
        _options: object,
    ) -> str:
        if self.at_rcpt:
            return self.at_rcpt
        envelope.rcpt_tos.append(receiver)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802
        if self.at_data:
            return self.at_data.pop(0)
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mail.append(message)
        self.receivers += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture
def mailbox(socket_enabled: None) -> Iterator[Mailbox]:  # noqa: ARG001 - lets it be reached
    box = Mailbox(free_port())
    with warnings.catch_warnings():
        # that a login without TLS is unwise
        warnings.simplefilter("ignore")
        server = Controller(
            box,
            hostname="127.0.0.1",
            port=box.port,
            authenticator=box.log_in,
            auth_required=True,
            auth_require_tls=False,
        )
        server.start()
        yield box
        server.stop()


def mail_to(port: int, login: str = "SEKRETpass", mode: str = "insecure") -> Address:
    return address(
        "mailto",
        f"mailto://user:{login}@example.com:{port}?smtp=127.0.0.1&mode={mode}"
        "&from=report@example.com&to=reader@example.com",
    )


def test_mail_arrives_as_a_reader_needs_it(mailbox: Mailbox, folder: Path) -> None:
    (outcome,) = deliver(folder, mail_to(mailbox.port))
    assert (outcome.status, outcome.reason) == ("delivered", "")
    (mail,) = mailbox.mail
    assert mailbox.receivers == ["reader@example.com"]
    assert mail["Subject"] == "苏州证券周报 2026-W47"
    assert mail["To"].addresses[0].addr_spec == "reader@example.com"
    assert mail["From"].addresses[0].addr_spec == "report@example.com"
    page = mail.get_body(("html",))
    assert page
    assert "<td>中际旭创</td>" in page.get_content()
    assert "<td>&lt;腾讯&gt; &amp; <em>控股</em></td>" in page.get_content()
    assert "<script" not in page.get_content()
    plain = mail.get_body(("plain",))
    assert plain
    assert "本周 28 只中 12 只上涨，A & B < C > D" in plain.get_content()
    files = {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}
    names = ("report.html", "report.xlsx")
    assert files == {name: (folder / name).read_bytes() for name in names}


@pytest.mark.parametrize("thought", [True, False])
def test_mail_that_no_server_heard_of_is_not_delivered(
    mailbox: Mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch, *, thought: bool
) -> None:
    monkeypatch.setattr("apprise.plugins.email.NotifyEmail.send", lambda *_, **__: thought)
    (outcome,) = deliver(folder, mail_to(mailbox.port))
    assert (outcome.status, outcome.sent) == ("failed", 0)


def test_a_subject_is_spelled_in_ascii_on_the_wire(mailbox: Mailbox, folder: Path) -> None:
    deliver(folder, mail_to(mailbox.port))
    raw = mailbox.mail[0].as_bytes(policy=email.policy.SMTP)
    assert raw.isascii()
    assert b"=?utf-8?" in raw


def test_mail_of_a_folder_without_its_workbook_is_not_sent(mailbox: Mailbox, folder: Path) -> None:
    (folder / "report.xlsx").unlink()
    (outcome,) = deliver(folder, mail_to(mailbox.port))
    assert outcome.reason == "report.xlsx is not in the folder"
    assert not mailbox.mail


def test_a_wrong_password_is_not_tried_again(mailbox: Mailbox, folder: Path) -> None:
    (outcome,) = deliver(folder, mail_to(mailbox.port, login="SEKRETwrong"))
    assert (outcome.status, outcome.reason, outcome.attempts) == ("failed", "SMTP 535", 1)


def test_a_server_that_hangs_up_after_a_wrong_password_is_not_tried_again(
    mailbox: Mailbox, folder: Path
) -> None:
    mailbox.hangs_up = True
    (outcome,) = deliver(folder, mail_to(mailbox.port, login="SEKRETwrong"))
    assert (outcome.reason, outcome.attempts) == ("SMTP 535", 1)
    assert mailbox.logins == 2


def test_a_receiver_that_is_refused_is_told_by_the_code(mailbox: Mailbox, folder: Path) -> None:
    mailbox.at_rcpt = "550 no such user reader@example.com"
    (outcome,) = deliver(folder, mail_to(mailbox.port))
    assert (outcome.status, outcome.reason, outcome.attempts) == ("failed", "SMTP 550", 1)


def test_a_mail_server_that_is_busy_is_tried_again(mailbox: Mailbox, folder: Path) -> None:
    mailbox.at_data = ["451 try again later"]
    (outcome,) = deliver(folder, mail_to(mailbox.port))
    assert (outcome.status, outcome.attempts) == ("delivered", 2)
    assert len(mailbox.mail) == 1


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("ssl", "TLS failed"), ("starttls", "the mail server offers no such TLS or login")],
)
def test_a_mail_server_without_tls_is_not_spoken_to_in_the_clear(
    mailbox: Mailbox, folder: Path, mode: str, reason: str
) -> None:
    (outcome,) = deliver(folder, mail_to(mailbox.port, mode=mode))
    assert (outcome.status, outcome.reason, outcome.attempts) == ("failed", reason, 1)
    assert not mailbox.mail


def test_no_mail_server_is_tried_four_times(socket_enabled: None, folder: Path) -> None:  # noqa: ARG001
    (outcome,) = deliver(folder, mail_to(free_port()))
    assert (outcome.reason, outcome.attempts) == ("not reached, or cut off", 4)


def test_a_test_message_is_in_both_languages_and_not_recorded(
    mailbox: Mailbox, webhook: Webhook
) -> None:
    webhook.replies = [Reply(YES["feishu"])]
    outcomes = send_test([mail_to(mailbox.port), address("feishu")])
    assert [outcome.status for outcome in outcomes] == ["delivered", "delivered"]
    assert mailbox.mail[0]["Subject"] == "投递测试 / Delivery test"
    assert "Delivery test" in text_of("feishu", webhook.posted[0].body)


# --- what nobody gets to see ---


LEAKS = {
    "a no": Reply(b'{"errcode":1,"code":1,"ok":false,"error":"SEKRETtoken","errmsg":"SEKRET"}'),
    "not understood": Reply(b"SEKRET"),
    "yes": None,
    "nobody listens": None,
    "no TLS": None,
    "too slow": None,
}


@pytest.mark.parametrize("scheme", CHATS)
@pytest.mark.parametrize("case", LEAKS)
def test_no_secret_is_seen_anywhere_whatever_happens(
    webhook: Webhook,
    folder: Path,
    scheme: str,
    case: str,
    unseen: Unseen,
) -> None:
    webhook.replies = [LEAKS[case] or Reply(YES[scheme])]
    to = address(scheme)
    if case == "nobody listens":
        webhook.port = free_port()
    elif case == "no TLS":
        webhook.scheme = "https"
    elif case == "too slow":
        webhook.replies = [Reply(wait=5.0)]
        to = replace(to, url=f"{to.url}?rto=0.05")
    outcomes = deliver(folder, to)
    assert outcomes[0].status == ("delivered" if case == "yes" else "failed")
    unseen(folder, outcomes, to)


@pytest.mark.parametrize("case", ["login", "receiver", "nobody", "tls", "yes"])
def test_no_secret_of_a_mailbox_is_seen_anywhere(
    mailbox: Mailbox,
    folder: Path,
    case: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(1)
    mailbox.at_rcpt = "550 no such user reader@example.com" * (case == "receiver")
    to = mail_to(
        free_port() if case == "nobody" else mailbox.port,
        login="SEKRETwrong" if case == "login" else "SEKRETpass",
        mode="ssl" if case == "tls" else "insecure",
    )
    outcomes = deliver(folder, to)
    # what the server logs, which runs in this process, is its own
    texts = [each.getMessage() for each in caplog.records if each.name != "mail.log"]
    seen = [*texts, *capfd.readouterr(), repr(outcomes), repr(to)]
    seen.append(record_of(folder).read_text(encoding="utf-8"))
    assert outcomes[0].status == ("delivered" if case == "yes" else "failed")
    for secret in ("SEKRET", "reader@example.com"):
        assert not [text for text in seen if secret in text]


def test_secrets_would_be_seen_if_the_libraries_were_let_speak(
    webhook: Webhook, folder: Path, log: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent() -> AbstractContextManager[None]:
        return nullcontext()

    monkeypatch.setattr(wire, "_silence", silent)
    webhook.replies = [Reply(YES["dingtalk"])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        deliver(folder, address("dingtalk"))
    assert any("SEKRETtoken" in text for text in log.seen)


def test_logging_and_the_libraries_are_as_before_afterwards(webhook: Webhook, folder: Path) -> None:
    before = (requests.Session.send, logging.root.manager.disable, list(warnings.filters))
    webhook.replies = [Reply(b"", 403)]
    deliver(folder, address("feishu"))
    after = (requests.Session.send, logging.root.manager.disable, list(warnings.filters))
    assert before == after


# --- the commands ---


def test_the_commands_send_test_and_retry(
    run: Run,
    webhook: Webhook,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setenv("SCREENER_NOTIFY", CHATS["wecombot"])
    root = str(record_of(folder).parent)
    webhook.replies = [Reply(NO["wecombot"][0])]
    done = run("deliver", "send", str(folder))
    assert done.code == 3
    assert done.out == ("WeCom  WeCom  soochow/zh/2026-W47  failed  0/1  refused with code 93000\n")
    webhook.replies = [Reply(YES["wecombot"])]
    done = run("deliver", "retry", root)
    assert (done.code, done.out) == (
        0,
        "WeCom  WeCom  soochow/zh/2026-W47  delivered  1/1\n",
    )
    assert run("deliver", "retry", root).out == "nothing to send\n"
    assert "already" in run("deliver", "send", root).out
    assert run("deliver", "test").out == "WeCom  WeCom  delivered  1/1\n"
    for said in (done.out, done.err):
        assert "SEKRET" not in said


def test_a_fault_shown_with_debug_holds_no_secret(
    run: Run, webhook: Webhook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook.replies = [Reply()]
    monkeypatch.setenv("SCREENER_NOTIFY", "discord://4174216298/SEKRETJHMBKBQTPJHSM")
    done = run("--debug", "deliver", "send", str(tmp_path))
    assert done.code == 2
    assert "SEKRET" not in done.out + done.err


def test_apprise_is_read_only_when_there_is_an_address() -> None:
    script = (
        "import sys, pathlib, backtests.cli.deliver, backtests.delivery as d\n"
        "assert d.load_addresses({}, pathlib.Path('none')) == ()\n"
        "assert not {'apprise', 'requests', 'markdown'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
