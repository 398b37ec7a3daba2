"""The sample report in the documents, from the PDF to a score."""

from pathlib import Path

import pytest
from conftest import ROOT, Run
from draft_corpus import draft_of

PICKS = {
    "300308.SZ": "recommend",
    "300394.SZ": "recommend",
    "300502.SZ": "watch",
    "601019.SH": "recommend",
    "601900.SH": "recommend",
    "000719.SZ": "watch",
    "0700.HK": "recommend",
    "9992.HK": "recommend",
    "3690.HK": "watch",
}
SAMPLE = ROOT / "docs" / "sample_report.pdf"


def test_the_sample_has_its_picks_date_authors_and_standard() -> None:
    draft = draft_of(SAMPLE)
    levels = {str(pick.symbol): pick.level for pick in draft.picks if pick.level != "mention"}
    assert levels == PICKS
    assert str(draft.published.date) == "2024-06-16"
    assert draft.front.authors == ("李清远", "王思宁")
    assert draft.standard
    assert draft.standard.scale
    bounds = [(band.lower, band.upper) for band in draft.standard.scale.company]
    assert bounds == [(0.15, None), (0.05, 0.15), (-0.05, 0.05), (None, -0.05)]


def test_its_picks_are_scored_once_a_person_has_signed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    Path("report.pdf").write_bytes(SAMPLE.read_bytes())
    assert run("draft", "report.pdf").code == 0
    refused = run("score", "--report", "report.pdf")
    assert refused.code == 2
    assert "screener universe approve report" in refused.err
    assert run("universe", "approve", "report.pdf", "--by", "Li Wei").code == 0
    card = run("score", "--report", "report.pdf", "--format", "json").json
    graded = [row for row in card["rows"] if row["horizon_months"] == 6]
    assert {row["symbol"] for row in graded} == set(PICKS)
    shipped = run("score", "--format", "json").json
    # the day is the same, and so are the returns of the same shares
    returns = {(row["symbol"], row["horizon_months"]): row["return"] for row in shipped["rows"]}
    assert all(
        row["return"] == returns.get((row["symbol"], row["horizon_months"]), row["return"])
        for row in card["rows"]
    )
    ledger = run("ledger", "show", "--json").json
    assert [entry["kind"] for entry in ledger] == ["approval", "score"]
