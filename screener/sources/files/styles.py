"""Which columns make which kind of file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from universes import InputError

_SHOWN = 12


@dataclass(frozen=True, eq=False)
class Style:
    """One way in which files are laid out.

    Attributes
    ----------
    title : str
        How messages name it.
    words, figures : mapping of str to str
        The file's header for each column of text or dates, and of numbers, by the product's
        name for it.
    needed : tuple of str
        The product's names of the columns that tell the style.
    passed : frozenset of str
        Headers that belong to the style and are not taken.
    any_case : bool
        Whether the case of the headers does not matter.
    """

    title: str
    words: Mapping[str, str]
    figures: Mapping[str, str]
    needed: tuple[str, ...]
    passed: frozenset[str] = field(default_factory=frozenset)
    any_case: bool = False

    def place(self, headers: Sequence[str]) -> dict[str, int]:
        """Return the position in the file of each of the style's columns that it has."""
        spelled = [header.casefold() for header in headers] if self.any_case else list(headers)
        return {
            name: spelled.index(header)
            for name, header in {**self.words, **self.figures}.items()
            if header in spelled
        }

    def others(self, headers: Sequence[str]) -> list[str]:
        """Return the headers that are none of the style's."""
        known = {*self.passed, *(headers[at] for at in self.place(headers).values())}
        return [header for header in headers if header not in known]


def recognise(path: Path, headers: Sequence[str], styles: Iterable[Style]) -> Style:
    """Return the first style that the headers are of.

    Raises
    ------
    InputError
        If they are of none, or one stands twice.
    """
    if not any(headers):
        raise InputError(f"{path}: the file is empty", "bring a file with a line of column names")
    twice = [header for n, header in enumerate(headers) if header and header in headers[:n]]
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} stands twice", "keep one of them")
    known = list(styles)
    for style in known:
        if set(style.needed) <= style.place(headers).keys():
            return style
    shown = ", ".join(headers[:_SHOWN]) + (", ..." if len(headers) > _SHOWN else "")
    titles = "; ".join(style.title for style in known)
    raise InputError(f"{path}: the columns {shown} are of no known layout", f"bring {titles}")
