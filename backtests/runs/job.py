"""What is to be made, and what was made."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from universes import InputError

Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True)
class Job:
    """One week's report in one language.

    Attributes
    ----------
    report : str
        The report's id.
    language : str
    week : str
        The week's name, such as ``2024-W25``.
    as_of : date
        The last day that may be read.
    settings : str
        A hash of what decides the content beside the data: all options, the program's version.

    Raises
    ------
    InputError
        If report, language or week cannot be a folder's name.
    """

    report: str
    language: str
    week: str
    as_of: dt.date
    settings: str

    def __post_init__(self) -> None:
        for name in self.key:
            if not name or name.startswith(".") or set(name) & set("/\\:\0"):
                raise InputError(
                    f"{name!r} cannot be the name of a folder",
                    "give the report an id that begins with no dot and has no slash and no colon",
                )

    @property
    def key(self) -> Key:
        """What is written: report, language and week; its folder is named for them."""
        return self.report, self.language, self.week


@dataclass(frozen=True)
class Made:
    """What a job came to.

    Attributes
    ----------
    files : mapping of str to bytes
        At least one, by path inside the folder, with slashes; none begins with a dot.
    data : mapping
        Which data it was made from, as JSON values.
    problems : tuple of str
        Codes of what the data lack; empty where it is complete.
    """

    files: Mapping[str, bytes]
    data: Mapping[str, Any]
    problems: tuple[str, ...]
