"""The product's words in both languages."""

import datetime as dt
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from backtests.outcome import Outcome
from universes import Report
from universes.tables import Table, read_toml
from universes.text import Language, Text

_LABELS_FILE = Path(__file__).parent / "labels.toml"


@cache
def _labels() -> Table:
    return read_toml(_LABELS_FILE)


@cache
def _load(group: str) -> dict[str, Text]:
    table = _labels().table(group)
    labels = {key: table.bilingual(key) for key in table.names()}
    table.faults.raise_if_any()
    return labels


def _fill(group: str, key: str, language: Language, values: Mapping[str, object]) -> str:
    filled = {
        name: value.get(language) if isinstance(value, Text) else value
        for name, value in values.items()
    }
    return _load(group)[key].get(language).format(**filled)


def word(key: str, language: Language, **values: object) -> str:
    """Return a label.

    Examples
    --------
    >>> word("months", "en", months=6)
    '6 mo'
    """
    return _fill("words", key, language, values)


def sentence(key: str, language: Language, **values: object) -> str:
    """Return a sentence with its values filled in, each Text in the same language."""
    return _fill("sentences", key, language, values)


def caveat(key: str, language: Language, **values: object) -> str:
    """Return a caveat with its values filled in, each Text in the same language."""
    return _fill("caveats", key, language, values)


def say(key: str, **values: object) -> Text:
    """Return a sentence of the labels in both languages."""
    return Text(sentence(key, "zh", **values), sentence(key, "en", **values))


def term(key: str, **values: object) -> Text:
    """Return a word of the labels in both languages."""
    return Text(word(key, "zh", **values), word(key, "en", **values))


def title_of(report: Report, language: Language) -> str:
    """Return a report's title with its broker and date."""
    return sentence(
        "report_title",
        language,
        title=report.title,
        broker=report.broker,
        published=report.publication.date,
    )


def reason(outcome: Outcome, about: dt.date | None, language: Language) -> str:
    """Return why a row has no score; empty for a scored one."""
    if outcome is Outcome.SCORED:
        return ""
    outcomes = _load("outcomes")
    day = about.isoformat() if about else outcomes["UNKNOWN_DAY"].get(language)
    return outcomes[outcome.name].get(language).format(about=day)
