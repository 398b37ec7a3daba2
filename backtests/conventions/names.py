"""The words for the choices, their values and what came of them, in both languages."""

import datetime as dt
from collections.abc import Sequence

from backtests.conventions.readings import Dimension, Value
from backtests.labels import reason, word
from backtests.outcome import Outcome
from universes.text import Text


def name_dimension(dimension: Dimension) -> Text:
    """Return the words for a choice.

    Examples
    --------
    >>> name_dimension("date").en
    'Published'
    """
    return _term(f"choice_{dimension}")


def name_values(dimension: Dimension, values: Sequence[Value]) -> Text:
    """Return the words for values of one choice, in a list; a date is spelled as it is.

    Examples
    --------
    >>> name_values("entry", ["next_open"]).en, name_values("horizon", [7, 9]).en
    ('next open', '7, 9 mo')
    """
    if dimension == "date":
        return _join([Text(str(value), str(value)) for value in values])
    if dimension == "horizon":
        return _term("months", months=", ".join(map(str, values)))
    return _join([_term(f"{dimension}_{value}") for value in values])


def name_reason(outcome: Outcome, about: dt.date | None) -> Text:
    """Return why there is no score; empty where there is one."""
    return Text(reason(outcome, about, "zh"), reason(outcome, about, "en"))


def name_symbols(symbols: Sequence[str], everyone: int) -> Text:
    """Return symbols in a list, or the words for all picks where they are all."""
    return _term("all") if len(symbols) == everyone else _join([Text(s, s) for s in symbols])


def _join(texts: Sequence[Text]) -> Text:
    return Text("、".join(each.zh for each in texts), ", ".join(each.en for each in texts))


def _term(key: str, **values: object) -> Text:
    return Text(word(key, "zh", **values), word(key, "en", **values))
