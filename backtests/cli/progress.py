"""Shows on standard error how far long work is: a bar on a terminal, plain lines elsewhere."""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)


class ProgressLines:
    """Says what each step did; use it as a context manager.

    Parameters
    ----------
    title : str
        What the work is.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._total = 0
        self._done = 0
        self._bar: Progress | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(file=sys.stderr, highlight=False),
                transient=True,
            )
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar:
            self._bar.stop()

    def start(self, total: int) -> None:
        """Begin, with the number of steps."""
        self._total, self._done = total, 0
        if self._bar:
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._bar.add_task(self._title, total=total)

    def begin(self, symbol: str) -> None:
        """Say what is being worked on."""
        if self._bar:
            self._bar.update(self._bar.task_ids[-1], description=f"{self._title} {symbol}")

    def end(self, symbol: str, said: str) -> None:
        """Count one step, and say what it did."""
        self._done += 1
        if self._bar:
            self._bar.console.print(f"{symbol}  {said}", markup=False)
            self._bar.update(self._bar.task_ids[-1], advance=1)
        else:
            sys.stderr.write(f"[{self._done}/{self._total}] {symbol}: {said}\n")
            sys.stderr.flush()
