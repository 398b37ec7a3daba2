"""The sample report in the documents is what the program writes."""

import re
from pathlib import Path

import pytest
from conftest import ROOT, Run

SAMPLES = {"en": "report.html", "zh": "report.zh.html"}


def without_charts(page: str) -> str:
    """Leave out the charts: their last digits differ from one matplotlib to another."""
    return re.sub(r"<svg\b.*?</svg>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("language", SAMPLES)
def test_the_sample_is_what_the_program_writes(run: Run, tmp_path: Path, language: str) -> None:
    options = ("--as-of", "2024-12-22", "--data", "snapshot", "--lang", language)
    done = run("report", "weekly", *options, "--out", str(tmp_path))
    assert done.code == 0
    (written,) = tmp_path.rglob("report.html")
    sample = (ROOT / "docs" / "weekly" / SAMPLES[language]).read_text(encoding="utf-8")
    page = written.read_text(encoding="utf-8")
    assert without_charts(sample) == without_charts(page)
    assert sample.count("<svg") == page.count("<svg") == 4
    assert sample.count('class="mark"') == page.count('class="mark"') > 60
