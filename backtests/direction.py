"""Keeps text that runs from right to left from turning round what stands beside it."""

import re

# control characters, and those that turn the direction of what follows
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LETTERS = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\U00010800-\U00010fff\U0001e800-\U0001efff"
_RUN = re.compile(f"([{_LETTERS}]+(?:[^\\w]+[{_LETTERS}]+)*)")
_ISOLATE, _END = "\u2068", "\u2069"


def without_controls(text: str) -> str:
    r"""Leave out the control characters of a text, those that turn its direction among them.

    Line ends and tabs stay.

    Examples
    --------
    >>> without_controls("A \u202eB\u202c C")
    'A B C'
    """
    return _CONTROLS.sub("", text)


def split_runs(text: str) -> list[str]:
    r"""Split a text where its direction changes; every second part runs from right to left.

    Examples
    --------
    >>> split_runs("A \u05d0\u05d1 +1.0")
    ['A ', 'אב', ' +1.0']
    """
    return _RUN.split(without_controls(text))


def isolate(text: str) -> str:
    """Put what runs from right to left between marks that keep its direction to itself.

    A text without any is returned as it is, but for its control characters.
    """
    parts = split_runs(text)
    return "".join(
        f"{_ISOLATE}{part}{_END}" if place % 2 else part for place, part in enumerate(parts)
    )
