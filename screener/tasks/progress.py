"""Who is told how far long work is."""

from typing import Protocol


class Progress(Protocol):
    """Who is told how far it is."""

    def start(self, total: int) -> None:
        """Begin, with the number of securities."""
        ...

    def begin(self, symbol: str) -> None:
        """Turn to a security."""
        ...

    def end(self, symbol: str, said: str) -> None:
        """Be done with it, and say how."""
        ...
