"""A written report as it is delivered."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from universes.errors import InputError
from universes.text import Language

MESSAGE = "message.md"
MANIFEST = "manifest.json"
_LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class WrittenReport:
    """A report's folder, read.

    Attributes
    ----------
    folder : Path
    language : {"zh", "en"}
    message : str
        Markdown.
    digest : str
        Of its manifest, which tells it from the same week's report written otherwise.
    """

    folder: Path
    language: Language
    message: str
    digest: str


def name_of(folder: Path) -> str:
    """Return a report's id, language and week."""
    return "/".join(folder.resolve().parts[-3:])


def digest_of(content: bytes) -> str:
    """Return what tells one content from another."""
    return hashlib.sha256(content).hexdigest()[:16]


def read_report(folder: Path) -> WrittenReport:
    """Read what is delivered of a report.

    Raises
    ------
    InputError
        If the message or the manifest cannot be read, the message is empty, or the folder is not
        in that of a language.
    """
    try:
        message = (folder / MESSAGE).read_text(encoding="utf-8")
        manifest = (folder / MANIFEST).read_bytes()
    except (OSError, UnicodeDecodeError):
        raise InputError(
            f"{MESSAGE} or {MANIFEST} cannot be read", "write the report again"
        ) from None
    language = folder.resolve().parent.name
    if language not in _LANGUAGES:
        raise InputError("the folder is not in that of a language", "name <report>/zh/<week>")
    if not message.strip():
        raise InputError(f"{MESSAGE} is empty", "write the report again")
    return WrittenReport(folder, cast("Language", language), message, digest_of(manifest))
