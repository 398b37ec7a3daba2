"""Delivering a written report to every address, once, whatever goes wrong on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt

from backtests.delivery.addresses import Address
from backtests.delivery.dialects import measure, write_message
from backtests.delivery.record import Entry, append_entry, delivered_parts, read_record
from backtests.delivery.reports import WrittenReport, digest_of, name_of, read_report
from backtests.delivery.services import load_sending, phrase
from backtests.delivery.split import split_message
from backtests.delivery.wire import Answer, send
from screener.sources.clock import Clock
from universes.errors import InputError

Status = Literal["delivered", "already", "failed"]


@dataclass(frozen=True)
class Delivery:
    """What came of sending a report to one address.

    Attributes
    ----------
    address, service : str
        Its label, and the service's name.
    folder : Path
    status : {"delivered", "already", "failed"}
        Already: it had every part before.
    sent, parts : int
        Parts it has now, of how many; 0 of 0 where the report could not be read.
    attempts : int
        Made this time.
    reason : str
        Why it failed; empty otherwise.
    """

    address: str
    service: str
    folder: Path
    status: Status
    sent: int
    parts: int
    attempts: int
    reason: str = ""


def deliver_folder(
    folder: Path,
    addresses: Sequence[Address],
    record: Path,
    clock: Clock,
    *,
    again: bool = False,
) -> tuple[Delivery, ...]:
    """Send a report to every address that does not have it, and record what came of it.

    What may pass is tried again after growing waits; a part that fails for good ends the sending
    to its address, and the next call goes on with that part. No address waits for another's
    success.

    Parameters
    ----------
    folder : Path
        ``<report id>/<language>/<week>`` with message.md and manifest.json, and the files that
        go with mail.
    addresses : sequence of Address
        Those for the other language only are passed over.
    record : Path
        The file of deliveries, to which lines are added.
    clock : Clock
    again : bool
        Whether parts are sent that an address has already.

    Returns
    -------
    tuple of Delivery
        One for each address that takes the language. Nothing is raised: a report that cannot be
        read fails every address, and so does a record that cannot, as it is not known then what
        was sent.
    """
    language = folder.resolve().parent.name
    wanted = [each for each in addresses if each.language in (None, language)]
    try:
        known = read_record(record)
    except InputError as error:
        return tuple(_outcome(each, folder, 0, 0, 0, str(error)) for each in wanted)
    return tuple(
        _Round(each, folder, record, clock, () if again else known).run() for each in wanted
    )


def send_test(addresses: Sequence[Address]) -> tuple[Delivery, ...]:
    """Send a short message in both languages to every address, each once; nothing is recorded."""
    title, body = phrase("test_title"), phrase("test_body")
    text = f"# {title.zh} / {title.en}\n\n{body.zh}\n\n{body.en}\n"
    outcomes = []
    for each in addresses:
        answer = send(each.url, each.service, write_message(text, each.service))
        outcomes.append(_outcome(each, Path(), int(answer.taken), 1, 1, answer.reason))
    return tuple(outcomes)


class _Round:
    """One address and one report."""

    def __init__(
        self, address: Address, folder: Path, record: Path, clock: Clock, known: Sequence[Entry]
    ) -> None:
        self._address = address
        self._folder = folder
        self._record = record
        self._clock = clock
        self._known = known
        self._digest = ""
        self._sent = self._parts = self._attempts = 0

    def run(self) -> Delivery:
        """Deliver; whatever goes wrong costs neither the report nor another address."""
        try:
            reason = self._deliver()
        except InputError as error:
            reason = self._give_up(str(error))
        except Exception as error:  # noqa: BLE001 - its text may hold the address
            reason = self._give_up(f"fault while delivering: {type(error).__name__}")
        return _outcome(
            self._address, self._folder, self._sent, self._parts, self._attempts, reason
        )

    def _deliver(self) -> str:
        """Send every part that the address lacks; return why that ended early, if it did."""
        report = read_report(self._folder)
        self._digest = report.digest
        files = [self._folder / name for name in self._address.service.attach]
        missing = [file.name for file in files if not file.is_file()]
        if missing:
            return self._give_up(f"{missing[0]} is not in the folder")
        parts = _split(report, self._address)
        self._parts = len(parts)
        has = delivered_parts(self._known, self._address.digest, report.digest)
        for number, part in enumerate(parts, start=1):
            if digest_of(part.encode()) in has:
                self._sent += 1
                continue
            reason = self._send(number, part, files if number == 1 else [])
            if reason:
                return reason
        return ""

    def _send(self, number: int, part: str, attached: Sequence[Path]) -> str:
        """Send and record one part; return what went wrong, if anything."""
        if self._attempts:
            self._clock.sleep(self._address.service.pause)
        answer, tries = _send_until(self._address, part, attached, self._clock)
        self._attempts += tries
        self._sent += answer.taken
        unrecorded = self._write(number, digest_of(part.encode()), answer, tries)
        return answer.reason or unrecorded

    def _give_up(self, reason: str) -> str:
        """Record a failure before or beside any part; return it."""
        self._write(0, "", Answer(taken=False, reason=reason), 0)
        return reason

    def _write(self, number: int, part_digest: str, answer: Answer, tries: int) -> str:
        """Record what came of a part; return what went wrong with that, if anything."""
        entry = Entry(
            time=str(self._clock.utc()),
            address=self._address.label,
            service=self._address.service.id,
            address_digest=self._address.digest,
            folder=name_of(self._folder),
            report_digest=self._digest,
            part=number,
            parts=self._parts,
            part_digest=part_digest,
            status="delivered" if answer.taken else "failed",
            attempts=tries,
            reason=answer.reason,
        )
        try:
            append_entry(self._record, entry)
        except OSError as error:
            return f"delivered, but not recorded: {error.strerror}"
        return ""


def _split(report: WrittenReport, address: Address) -> list[str]:
    service = address.service
    if service.limit is None:
        return [report.message]
    size = partial(measure, service=service)
    shortened = phrase("shortened").get(report.language)
    return split_message(report.message, service.limit, size, shortened)


def _send_until(
    address: Address, part: str, attached: Sequence[Path], clock: Clock
) -> tuple[Answer, int]:
    """Send one part until it is taken or refused for good; return the answer and the tries."""
    sending = load_sending()
    message = write_message(part, address.service)
    tries = 0

    def wait(state: RetryCallState) -> float:
        return sending.first_wait * sending.growth ** (state.attempt_number - 1)

    def once() -> Answer:
        nonlocal tries
        tries += 1
        return send(address.url, address.service, message, attached)

    retrying = Retrying(
        sleep=clock.sleep,
        stop=stop_after_attempt(sending.attempts),
        wait=wait,
        retry=retry_if_result(lambda answer: answer.passing),
        retry_error_callback=lambda state: state.outcome and state.outcome.result(),
    )
    return retrying(once), tries


def _outcome(
    address: Address, folder: Path, sent: int, parts: int, attempts: int, reason: str
) -> Delivery:
    status: Status = "failed" if reason else "delivered" if attempts else "already"
    name = address.service.name.en
    return Delivery(address.label, name, folder, status, sent, parts, attempts, reason)
