"""What a quality rule says of a series."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """One thing wrong, or worth knowing, with the data of one security.

    Attributes
    ----------
    code : str
        Name of the rule, such as ``volume_in_lots``.
    severity : {"error", "warning", "note"}
        error: the series is not served until it is settled. warning: served, and said beside
        the results. note: worth knowing.
    symbol : str
    date : str
        ISO 8601 of the first place; empty where it concerns the series as a whole.
    message : str
        What is wrong, with both values where two disagree.
    remedy : str
        What the user can do about it.
    """

    code: str
    severity: Severity
    symbol: str
    date: str
    message: str
    remedy: str
