"""Where reports go: addresses that hold secrets, which nobody is shown."""

import hashlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from backtests.delivery.services import Service, load_services
from backtests.delivery.wire import explain_address
from universes.errors import Fault, FaultyFileError, InputError
from universes.tables import Table, is_there, read_toml
from universes.text import Language

VARIABLE = "SCREENER_NOTIFY"
FILE_VARIABLE = "SCREENER_NOTIFY_FILE"
FILE_NAME = "notify.toml"

_LANGUAGES: tuple[Language, ...] = ("zh", "en")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO | stat.S_IXUSR
_SCHEME = re.compile(r"[a-z][a-z0-9]{1,15}(?=://)", re.IGNORECASE)
_LABEL = re.compile(r"[\w .()+-]{1,40}")
_LAYOUT = 'write each as [[address]] with url = "..." and label = "..." below it'


@dataclass(frozen=True)
class Address:
    """One place that reports are sent to.

    Attributes
    ----------
    label : str
        What it is called in what is printed and recorded.
    service : Service
    url : str
        As apprise reads it, with its secrets; no part of what the address is shown as.
    language : {"zh", "en"} or None
        The only language sent there; None for every one.
    """

    label: str
    service: Service = field(repr=False)
    url: str = field(repr=False)
    language: Language | None = None

    def __repr__(self) -> str:
        """Show the service and the label."""
        return f"<{self.service.name.en} {self.label!r}>"

    __str__ = __repr__

    @property
    def digest(self) -> str:
        """What tells the URL from others without telling it."""
        return _digest(self.url)


@cache
def _digest(url: str) -> str:
    # slow, so that passwords cannot be tried on it
    salt = b"sector-screener deliveries"
    return hashlib.scrypt(url.encode(), salt=salt, n=2**13, r=8, p=1, dklen=6).hex()


def load_addresses(environ: Mapping[str, str], home: Path) -> tuple[Address, ...]:
    """Return where reports go.

    Parameters
    ----------
    environ : mapping of str to str
        The environment. SCREENER_NOTIFY holds apprise URLs between white space; otherwise
        SCREENER_NOTIFY_FILE names a file of them.
    home : Path
        The folder of ``notify.toml``, which is read where neither is set.

    Returns
    -------
    tuple of Address
        Empty where there are none: nothing set, and no file.

    Raises
    ------
    InputError
        If both variables are set, the file is not ours alone, or an address cannot be used. What
        is said names the place and the scheme of an address, and nothing else of it.
    """
    spelled = environ.get(VARIABLE, "").split()
    named = environ.get(FILE_VARIABLE, "")
    if spelled and named:
        raise InputError(f"{VARIABLE} and {FILE_VARIABLE} are both set", "unset one of them")
    if spelled:
        places = [f"{VARIABLE}, address {n}" for n in range(1, len(spelled) + 1)]
        return _unlike(
            tuple(_address(url, "", None, at) for at, url in zip(places, spelled, strict=True))
        )
    file = Path(named).expanduser() if named else home / FILE_NAME
    if not named and not is_there(file):
        return ()
    _require_private(file)
    return _unlike(_read_file(file))


def _require_private(file: Path) -> None:
    """Refuse a file that others may read; on Windows there is no mode to look at."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        raise InputError(f"{file}: the file cannot be looked at", "check the path") from None
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{file}: this is no regular file", "name a TOML file")
    if os.name != "posix":
        return
    if found.st_uid != os.geteuid():
        raise InputError(f"{file}: the file belongs to somebody else", "make one of your own")
    if found.st_mode & _OTHERS:
        mode = f"{stat.S_IMODE(found.st_mode):03o}"
        raise InputError(
            f"{file}: the file holds secrets and its mode is {mode}", f"chmod 600 {file}"
        )


def _read_file(file: Path) -> tuple[Address, ...]:
    """Return the addresses of a file; its faults are told by their lines alone."""
    faults: tuple[Fault, ...] = ()
    try:
        table = read_toml(file)
        read = [_read_entry(entry) for entry in table.tables("address")]
        table.finish()
        table.faults.raise_if_any()
    except FaultyFileError as error:
        faults = error.faults
    if faults:
        # what is wrong may be a secret, so it is not said; nor is the error kept as a cause
        lines = sorted({fault.line or 0 for fault in faults})
        raise FaultyFileError(
            Fault(file, "", "this is not a list of addresses", _LAYOUT, line or None)
            for line in lines
        )
    return tuple(
        _address(url, label, language, f"{file}, address {n}")
        for n, (url, label, language) in enumerate(read, start=1)
    )


def _read_entry(entry: Table) -> tuple[str, str, Language | None]:
    language = next((each for each in _LANGUAGES if entry.peek("language") == each), None)
    read = entry.text("url"), entry.text("label", ""), language
    if entry.has("language"):
        entry.choice("language", _LANGUAGES)
    entry.finish()
    return read


def _address(url: str, label: str, language: Language | None, place: str) -> Address:
    """Return one address, or say what is wrong without repeating it."""
    found = _SCHEME.match(url)
    scheme = found[0].lower() if found else ""
    services = load_services()
    if scheme not in services:
        known = ", ".join(f"{each}://" for each in services)
        # a word before :// that is no known scheme might be anything
        said = "its service is not one of those tested" if scheme else "it is no apprise URL"
        raise InputError(f"{place}: {said}", f"use one of {known}")
    service = services[scheme]
    place = f"{place} ({scheme}://)"
    _require_options(url, service, place)
    fault = explain_address(url, service)
    if fault:
        raise InputError(f"{place}: {fault}", "see docs/delivery.md")
    label = label.strip() or service.name.en
    if not _LABEL.fullmatch(label):
        raise InputError(
            f"{place}: the label is no plain name", "write up to 40 letters, digits and spaces"
        )
    return Address(label, service, url, language)


def _require_options(url: str, service: Service, place: str) -> None:
    try:
        given = [name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)]
    except ValueError:
        raise InputError(f"{place}: it cannot be read", "see docs/delivery.md") from None
    if any(name.lower() not in service.options for name in given):
        raise InputError(
            f"{place}: it holds an option that is not used here",
            f"use only {', '.join(service.options)}",
        )


def _unlike(addresses: tuple[Address, ...]) -> tuple[Address, ...]:
    """Return addresses of which each is called differently, by numbers where labels repeat."""
    if len({each.url for each in addresses}) < len(addresses):
        raise InputError("an address stands twice among those to deliver to", "remove one")
    taken: dict[str, int] = {}
    named = []
    for each in addresses:
        taken[each.label] = count = taken.get(each.label, 0) + 1
        label = each.label if count == 1 else f"{each.label} {count}"
        named.append(Address(label, each.service, each.url, each.language))
    return tuple(named)
