"""The command ``universe review``: a person looks a draft through."""

import datetime as dt
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from universes import InputError
from universes.loader import find_report

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from screener.drafting.reviewing import Reviewing, Step

app = typer.Typer()

_LEVELS = {"r": "recommend", "w": "watch", "m": "mention", "d": "dropped"}
_MOVES = {"n": 1, "": 1, "b": -1}
_PICK_KEYS = "k keep, d drop, r recommend, w watch, m mention, n next, b back, q quit: "
_QUESTION_KEYS = "number of the listing, 0 none of them, n next, b back, q quit: "
_QUIT = "q"


@app.command(
    epilog="""\b
Examples:
  screener universe review drafts/media
  screener universe review report.pdf --all
Each decision is written to review.toml when it is made; run it again to go on where you left."""
)
def review(
    *,
    draft: Annotated[
        str,
        typer.Argument(metavar="DIR", help="The draft's folder, or the file it was drafted from."),
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Walk what is only mentioned as well.")
    ] = False,
) -> None:
    """Look a draft through, one pick after another: keep it, drop it, change its level."""
    from rich.console import Console

    from screener.drafting.reviewing import Reviewing

    folder = find_report(draft).parent
    reviewing = Reviewing(folder, everything=everything)
    console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
    seal = reviewing.report.seal
    if seal and seal.state != "draft":
        console.print(f"{folder} was approved: what is changed now has to be approved again")
    if not reviewing.report.publication.inferred or _ask_day(console, folder, reviewing):
        _walk(console, reviewing)
    counts = reviewing.count()
    told = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
    console.print(f"\n{len(reviewing.steps)} to decide: {told}", markup=False)
    verb = "review" if counts["open"] else "approve"
    console.print(f"next: screener universe {verb} {draft}", markup=False)


def _ask(console: "Console", question: str) -> str:
    """Return an answer; the end of the input means to quit."""
    console.print(question, end="", markup=False)
    line = sys.stdin.readline()
    return line.strip() if line else _QUIT


def _ask_day(console: "Console", folder: "Path", reviewing: "Reviewing") -> bool:
    """Ask for the day where it is inferred; return whether to go on."""
    from screener.drafting.folder import set_published

    published = reviewing.report.publication
    first, last = published.window
    console.print(f"The report prints no date; it came out between {first} and {last}:")
    for each in published.evidence:
        console.print(f"  {each.en}", markup=False)
    while True:
        answer = _ask(console, "the day it came out (YYYY-MM-DD), Enter to leave it open: ")
        if answer in ("", "n", _QUIT):
            return answer != _QUIT
        try:
            set_published(folder, published.window, dt.date.fromisoformat(answer))
        except InputError as error:
            console.print(f"{error.message}; {error.remedy}", markup=False)
        except ValueError:
            console.print(f"{answer!r} is no day such as {last}", markup=False)
        else:
            return True


def _walk(console: "Console", reviewing: "Reviewing") -> None:
    from backtests.report.review import show_step

    place = reviewing.open[0] if reviewing.open else 0
    while place < len(reviewing.steps):
        step = reviewing.steps[place]
        head = f"[{place + 1}/{len(reviewing.steps)}]"
        around = reviewing.surroundings(step)
        console.print(show_step(step, around, head, reviewing.decision(step)))
        move = _answer(console, reviewing, step)
        if move is None:
            return
        place = max(0, place + move)


def _answer(console: "Console", reviewing: "Reviewing", step: "Step") -> int | None:
    """Take answers until one is understood; return how far to go on, None to quit."""
    from screener.drafting.reviewing import PickStep

    while True:
        is_pick = isinstance(step, PickStep)
        answer = _ask(console, _PICK_KEYS if is_pick else _QUESTION_KEYS).lower()
        if answer == _QUIT:
            return None
        if answer in _MOVES:
            return _MOVES[answer]
        try:
            _decide(reviewing, step, answer)
        except InputError as error:
            console.print(f"{error.message}; {error.remedy}", markup=False)
        else:
            return 1


def _decide(reviewing: "Reviewing", step: "Step", answer: str) -> None:
    from screener.drafting.reviewing import PickStep

    if isinstance(step, PickStep):
        levels = {**_LEVELS, "k": step.pick.level}
        if answer not in levels:
            raise InputError(f"{answer!r} is no key", "press one of those named, then Enter")
        reviewing.decide(step, levels[answer])
        return
    choices = {str(place): symbol for place, symbol in enumerate(step.candidates, 1)}
    if answer not in {*choices, "0"}:
        raise InputError(f"{answer!r} is no number of a listing", "write one of those, or 0")
    reviewing.settle(step, choices.get(answer))
