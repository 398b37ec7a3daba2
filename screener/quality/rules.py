"""The quality rules by code: how grave each is, what it means, what to do."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from screener.quality.finding import Finding, Severity
from universes.tables import read_toml
from universes.text import Text

RULES_FILE = Path(__file__).parent / "rules.toml"
_SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True)
class Rule:
    """A quality rule.

    Attributes
    ----------
    severity : {"error", "warning", "note"}
    about : Text
        What it finds.
    remedy : Text
        What the user can do.
    """

    severity: Severity
    about: Text
    remedy: Text


@cache
def load_rules() -> dict[str, Rule]:
    """Return every rule by its code."""
    table = read_toml(RULES_FILE)
    rules = {}
    for code in table.names():
        own = table.table(code)
        severity = cast("Severity", own.choice("severity", _SEVERITIES))
        rules[code] = Rule(severity, own.bilingual("about"), own.bilingual("remedy"))
        own.finish()
    table.faults.raise_if_any()
    return rules


def find(code: str, symbol: str, date: object, message: str) -> Finding:
    """Return a finding of a rule; ``date`` is its first place, None for the whole series."""
    rule = load_rules()[code]
    place = "" if date is None else str(date)
    return Finding(code, rule.severity, symbol, place, message, rule.remedy.en)
