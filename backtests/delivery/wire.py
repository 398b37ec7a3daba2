"""Sending one part through apprise, and hearing for ourselves what the service answered.

apprise says only whether it thinks that a message was sent, and for some services it takes any
answer with status 200 for a yes, also one that says no. So the answers are listened to here.
What apprise and the libraries below it log, with addresses and all, is not kept anywhere.
"""

import json
import logging
import re
import smtplib
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backtests.delivery.dialects import Message
from backtests.delivery.services import Service

_PATIENCE = {"socket_connect_timeout": ("cto", 10.0), "socket_read_timeout": ("rto", 20.0)}
_MAY_PASS = frozenset({408, 425, 429})
_SERVER_FAULTS = 500
_SMTP_FAULTS = 400
_SMTP_LOGIN = range(530, 540)
_CODE = re.compile(r"-?\d{1,9}|[a-z_]{1,30}")
_MIME = {
    ".html": "text/html",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class Answer:
    """What came of sending one part once.

    Attributes
    ----------
    taken : bool
        Whether the service said that it took the part.
    reason : str
        Why not, in words that hold nothing of the address; empty where it was taken.
    passing : bool
        Whether it may be taken if it is sent again as it is.
    """

    taken: bool
    reason: str = ""
    passing: bool = False


def explain_address(url: str, service: Service) -> str:
    """Return what is wrong with an address, in words that hold nothing of it; empty if nothing."""
    with _silence():
        plugin = _plugin(url)
    if plugin is None:
        return f"apprise cannot read it as an address of {service.name.en}"
    targets = getattr(plugin, "channels", None) or getattr(plugin, "targets", None) or ()
    if service.id == "telegram" and not targets:
        return "it names no chat"
    in_clear = getattr(plugin, "secure_mode", "") == "insecure" and plugin.password
    if in_clear and "mode=insecure" not in url.lower():
        return "it would send the password in the clear; write mailtos://, or mode=insecure"
    if service.id != "dingtalk" and len(targets) > 1:
        return "it names several receivers; write an address for each"
    return ""


def send(url: str, service: Service, message: Message, attached: Sequence[Path] = ()) -> Answer:
    """Send one part; whatever happens is told, and nothing is raised.

    Parameters
    ----------
    url : str
    service : Service
    message : Message
    attached : sequence of Path
        Files that go with it, for a service that takes files.
    """
    heard = _Heard()
    thought = False
    fault = ""
    with _silence(), _listen(heard):
        try:
            thought = _notify(url, service, message, attached)
        except Exception as error:  # noqa: BLE001 - its text may hold the address
            fault = type(error).__name__
    if fault:
        return Answer(taken=False, reason=f"fault while sending: {fault}")
    return _judge(heard, service, thought=thought, url=url)


def _notify(url: str, service: Service, message: Message, attached: Sequence[Path]) -> bool:
    from apprise import AppriseAttachment, NotifyFormat, OverflowMode  # noqa: PLC0415 - slow
    from apprise.attachment.memory import AttachMemory  # noqa: PLC0415

    plugin = _plugin(url)
    # waits are ours, by our own clock
    plugin.request_rate_per_sec = 0
    for name, (option, seconds) in _PATIENCE.items():
        if not re.search(rf"[?&]{option}=", url, re.IGNORECASE):
            setattr(plugin, name, seconds)
    files = AppriseAttachment()
    # its arguments have no types
    attachment: Any = AttachMemory
    for path in attached:
        files.add(attachment(path.read_bytes(), name=path.name, mimetype=_MIME[path.suffix]))
    return bool(
        plugin.notify(
            body=message.body,
            title=message.title,
            body_format=NotifyFormat(service.format),
            # parts fit already: nothing is to be cut again
            overflow=OverflowMode.UPSTREAM,
            attach=files or None,
        )
    )


def _plugin(url: str) -> Any:  # noqa: ANN401 - apprise's own kinds
    """Return apprise's sender for an address; None where it cannot read the address."""
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - slow

    asset = AppriseAsset(
        app_id="screener",
        app_desc="sector-screener",
        image_url_mask="",
        interpret_emojis=False,
        storage_mode="memory",
        # an answer from elsewhere is no answer of the service
        http_redirects=False,
    )
    return Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


@contextmanager
def _silence() -> Iterator[None]:
    """Let nobody log or warn: URLs are logged by every library that sees them."""
    before = logging.root.manager.disable
    # above every level there is, apprise's own among them
    logging.disable(10**6)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


@dataclass
class _Heard:
    """What went over the wire while one part was sent."""

    thread: int = field(default_factory=threading.get_ident)
    status: int | None = None
    body: bytes = b""
    smtp: list[int] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def response(self, response: Any) -> None:  # noqa: ANN401 - requests' own kind
        self.status, self.body = response.status_code, response.content

    def reply(self, reply: tuple[int, bytes]) -> None:
        self.smtp.append(reply[0])


@contextmanager
def _listen(heard: _Heard) -> Iterator[None]:
    import requests  # noqa: PLC0415 - apprise's own

    with ExitStack() as stack:
        for owner, name, note in (
            (requests.Session, "send", heard.response),
            (smtplib.SMTP, "connect", None),
            (smtplib.SMTP, "starttls", None),
            (smtplib.SMTP, "login", None),
            (smtplib.SMTP, "getreply", heard.reply),
        ):
            stack.enter_context(_overhear(owner, name, note, heard))
        yield


@contextmanager
def _overhear(
    owner: type, name: str, note: Callable[[Any], None] | None, heard: _Heard
) -> Iterator[None]:
    """Note what a method returns or raises in this thread; it does what it did."""
    own = getattr(owner, name)

    def noted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the method takes
        ours = threading.get_ident() == heard.thread
        try:
            returned = own(*given, **named)
        except Exception as error:
            if ours:
                heard.errors.append(error)
            raise
        if ours and note:
            note(returned)
        return returned

    setattr(owner, name, noted)
    try:
        yield
    finally:
        setattr(owner, name, own)


def _judge(heard: _Heard, service: Service, *, thought: bool, url: str) -> Answer:
    if not service.answer:
        return _judge_mail(heard, thought=thought)
    if heard.errors:
        return _judge_error(heard.errors[-1])
    return _judge_web(heard, service, thought=thought, url=url)


def _judge_web(heard: _Heard, service: Service, *, thought: bool, url: str) -> Answer:
    if heard.status is None:
        return Answer(taken=False, reason="nothing was sent")
    if heard.status != 200:  # noqa: PLR2004 - the status for OK
        passing = heard.status >= _SERVER_FAULTS or heard.status in _MAY_PASS
        return Answer(taken=False, reason=f"HTTP {heard.status}", passing=passing)
    verdict, code = _read_answer(heard.body, service)
    if verdict is None:
        return Answer(taken=False, reason="an answer that says neither yes nor no", passing=True)
    if verdict:
        reason = "" if thought else "apprise says that it was not sent"
        return Answer(taken=thought, reason=reason)
    shown = code if _CODE.fullmatch(code) and code not in url else "unnamed"
    return Answer(taken=False, reason=f"refused with code {shown}", passing=code in service.busy)


def _read_answer(body: bytes, service: Service) -> tuple[bool | None, str]:
    """Return whether an answer says yes, None where it says neither; and the code of a no."""
    if body.strip() == b"ok":
        return (True, "") if service.id == "slack" else (None, "")
    try:
        told = json.loads(body)
    except ValueError:
        return None, ""
    key = next((key for key in service.answer if isinstance(told, dict) and key in told), None)
    if key is None:
        return None, ""
    value = told[key]
    if value is True or (value == 0 and value is not False):
        return True, ""
    return False, str(told.get("error_code", told.get("error", value)))


def _judge_mail(heard: _Heard, *, thought: bool) -> Answer:
    if thought and heard.smtp:
        return Answer(taken=True)
    faults = [code for code in heard.smtp if code >= _SMTP_FAULTS]
    barred = [code for code in faults if code in _SMTP_LOGIN]
    if barred:
        # said first, as many servers hang up on the next try; more tries would lock the user out
        return Answer(taken=False, reason=f"SMTP {barred[0]}")
    if heard.errors and not isinstance(heard.errors[-1], smtplib.SMTPResponseException):
        return _judge_error(heard.errors[-1])
    if not faults:
        return Answer(taken=False, reason="the mail server took no mail", passing=True)
    return Answer(taken=False, reason=f"SMTP {faults[-1]}", passing=faults[-1] < _SERVER_FAULTS)


def _judge_error(error: Exception) -> Answer:
    import requests  # noqa: PLC0415 - apprise's own

    if isinstance(error, (ssl.SSLError, requests.exceptions.SSLError)):
        return Answer(taken=False, reason="TLS failed")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Answer(taken=False, reason="the mail server offers no such TLS or login")
    if isinstance(error, (TimeoutError, requests.exceptions.Timeout)):
        return Answer(taken=False, reason="timed out", passing=True)
    if isinstance(error, (OSError, smtplib.SMTPException)):
        return Answer(taken=False, reason="not reached, or cut off", passing=True)
    return Answer(taken=False, reason=f"fault while sending: {type(error).__name__}")
