"""Where figures come from."""

from dataclasses import dataclass

from universes.text import Text


@dataclass(frozen=True)
class Origin:
    """Where a panel's figures come from.

    Attributes
    ----------
    source : str
        Name or path.
    sha256 : str
        Hash of the source's whole content.
    notes : tuple of Text
        What its reader should know.
    version : int or None
        Of the store, where they come from one.
    """

    source: str
    sha256: str
    notes: tuple[Text, ...] = ()
    version: int | None = None
