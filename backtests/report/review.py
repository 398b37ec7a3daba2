"""Shows what is to be decided of a draft, its quote marked in the text around it."""

import re

from rich.text import Text as Line

from backtests.report.terminal import plain
from screener.drafting.named import Question
from screener.drafting.reviewing import PickStep, Step

_NAMED = "bold yellow"


def show_step(step: Step, around: tuple[str, str, str], head: str, decision: str) -> Line:
    """Return a step as a person reads it.

    Parameters
    ----------
    step : PickStep or Question
    around : tuple of str
        What stands before its quote, the quote, and what stands behind it.
    head : str
        Its place among the others.
    decision : str
        What was decided of it before; empty where nothing was.
    """
    shown = plain(f"\n{head} ", "dim")
    shown.append_text(_name_pick(step) if isinstance(step, PickStep) else _name_question(step))
    if decision:
        shown.append_text(plain(f"  decided: {decision}", "green"))
    shown.append("\n\n")
    shown.append_text(_mark(step, around))
    return shown.append("\n")


def _name_pick(step: PickStep) -> Line:
    pick = step.pick
    line = plain(f"{pick.symbol} {pick.name.both}: ", "bold").append_text(plain(pick.level, _NAMED))
    evidence = pick.evidence
    if evidence is None:
        return line
    told = [f"{evidence.confidence} confidence: {'; '.join(evidence.reasons)}"]
    told.append(f"theme: {step.theme.title.zh}")
    if evidence.page:
        told.append(f"page {evidence.page}")
    if evidence.rating or evidence.target:
        told.append(f"stated: {' '.join(filter(None, (evidence.rating, evidence.target)))}")
    return line.append_text(plain("".join(f"\n  {each}" for each in told)))


def _name_question(step: Question) -> Line:
    line = plain(f"{step.words}: which listing is meant? It would be: {step.level}", "bold")
    choices = [f"\n  {place}  {symbol}" for place, symbol in enumerate(step.candidates, 1)]
    return line.append_text(plain(f"{''.join(choices)}\n  theme: {step.theme}"))


def _mark(step: Step, around: tuple[str, str, str]) -> Line:
    before, quote, behind = (_tidy(part) for part in around)
    words = [step.pick.name.zh, step.pick.words] if isinstance(step, PickStep) else [step.words]
    marked = plain(quote, "reverse")
    marked.highlight_words([word for word in words if word], style=_NAMED)
    lead = plain(f"…{before}", "dim")
    return (
        lead.append(">>", "bold")
        .append_text(marked)
        .append("<<", "bold")
        .append_text(plain(f"{behind}…", "dim"))
    )


def _tidy(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"[\f\t]", " ", text))
