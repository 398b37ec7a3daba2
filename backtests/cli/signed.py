"""Scores of approved drafts, entered in the ledger."""

from screener import Panel
from universes import Report


def record_score(report: Report, command: str, convention: object, panel: Panel) -> None:
    """Enter a score of a drafted report; that of one written by hand has no approval to follow.

    Parameters
    ----------
    report : Report
        The whole of it, as it was approved.
    command : str
    convention : object
        What decides the figures beside picks and prices, as JSON values.
    panel : Panel
    """
    if report.drafted is None:
        return
    from backtests.cli.clock import SystemClock
    from screener.ledger import add_entry, ledger_path
    from universes.chain import tell_score

    at = f"{SystemClock().utc()}+00:00"
    content = tell_score(report, command, convention, panel.origin.sha256, at)
    add_entry(ledger_path(), content)
