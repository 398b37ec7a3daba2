"""Writes the folder of the evidence: tables, figures, a page, and what reproduces them."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from backtests.evidence.plain import describe_path, describe_pick
from backtests.evidence.result import Evidence
from backtests.palette import Colors
from backtests.report.document import plain_sheet
from backtests.report.evidence.tables import lay_out_evidence
from backtests.report.folder import Figures, draw_page, folder_id, spell_document, write_result
from backtests.report.formats import to_csv
from universes import Ledger
from universes.text import Language


def write_evidence(
    evidence: Evidence,
    ledger: Ledger,
    out: Path,
    language: Language,
    colors: Colors,
    arguments: Mapping[str, Any],
) -> Path:
    """Write the folder of the evidence whole or not at all; as `folder.write_result`."""
    document = lay_out_evidence(evidence, ledger, language)
    files = {
        **spell_document(document, "evidence"),
        "picks.csv": to_csv(plain_sheet("rows", [describe_pick(each) for each in evidence.picks])),
        **draw_page(document, _draw(evidence, language, colors), language, colors),
    }
    if evidence.path:
        lines = describe_path(evidence.path)
        keys = ("dates", "mean", "picks", "low", "middle", "high")
        rows = [
            dict(zip(keys, row, strict=True)) for row in zip(*map(lines.get, keys), strict=True)
        ]
        files["path.csv"] = to_csv(plain_sheet("rows", rows))
    provenance = document.data["provenance"]
    name = folder_id(evidence.report.id, provenance)
    return write_result(name, files, out, provenance, arguments, language)


def _draw(evidence: Evidence, language: Language, colors: Colors) -> Figures:
    from backtests.figures.evidence import plot_placebo  # noqa: PLC0415 - matplotlib is slow
    from backtests.figures.path import plot_path  # noqa: PLC0415
    from backtests.figures.split import plot_split  # noqa: PLC0415

    report, months = evidence.report, evidence.graded_horizon
    title, themes = report.title, report.themes
    graded = [each for each in evidence.judgements if each.horizon_months == months]
    charts = {
        "placebo": partial(plot_placebo, evidence.judgement(), language, colors, title, themes),
        "split": partial(plot_split, graded, language, colors, title, themes),
    }
    if evidence.path:
        day = report.publication.date
        charts["path"] = partial(plot_path, evidence.path, day, language, colors, title)
    return charts
