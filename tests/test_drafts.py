"""Drafts of whole reports: what is found, what is invented, what is missed."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHARED
from draft_corpus import FOLDER, REPORTS, Tally, compare, draft_of, read_gold
from made_documents import make_page_pdf

from screener.drafting.dictionary import load_dictionary
from screener.drafting.draft import Draft
from universes import load_report
from universes.report import PICK_LEVELS

# each theme of the shipped file, and what of its heading the report prints
THEMES = {
    "ai_apps": "AI落地领先",
    "publishers": "出版板块",
    "film": "影视板块",
    "games": "游戏板块",
    "optical_modules": "AI算力通信互联演变：再次强化光通信板块逻辑",
    "hk_internet": "互联网：板块估值仍有性价比，个股 α 机会值得把握",
}


@pytest.fixture(scope="module")
def worked() -> Draft:
    """The draft of the report that the shipped universe was written from by hand."""
    path = SHARED / "report" / "report.txt"
    if not path.is_file():
        pytest.skip("the report's text is not beside the checkout")
    return draft_of(path)


@pytest.fixture(scope="module")
def corpus() -> dict[str, Draft]:
    return {name: draft_of(FOLDER / f"{name}.txt") for name in REPORTS}


def test_the_worked_example_has_its_28_picks_with_levels_and_themes(
    worked: Draft, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = load_report()
    picks = [
        {"symbol": str(pick.symbol), "level": pick.level, "theme": THEMES[theme.id]}
        for theme in shipped.themes
        for pick in theme.picks
        if pick.level in PICK_LEVELS
    ]
    assert len(picks) == 28
    tally = compare("worked", worked, picks)
    with capsys.disabled():
        sys.stdout.write(f"\nworked example: {tally}\n")
    assert (tally.found, tally.levels, tally.themes) == (28, 28, 28)
    assert not tally.invented


def test_names_only_mentioned_in_the_worked_example_are_no_picks(worked: Draft) -> None:
    levels = {str(pick.symbol): pick.level for pick in worked.picks}
    mentions = ["9988.HK", "1024.HK", "9888.HK", "9618.HK", "9961.HK", "1698.HK", "2423.HK"]
    mentions += ["PDD.US", "YMM.US"]
    assert {symbol: levels.get(symbol) for symbol in mentions} == dict.fromkeys(mentions, "mention")


def test_the_worked_example_prints_no_date_and_its_window_holds_the_shipped_one(
    worked: Draft,
) -> None:
    assert worked.published.date is None
    assert worked.published.window
    first, last = worked.published.window
    assert first <= load_report().publication.date <= last
    assert all(each.quote in worked.document.text for each in worked.published.evidence)


def test_the_worked_example_has_the_shipped_standard(worked: Draft) -> None:
    assert worked.standard
    assert worked.standard.shipped == "soochow"
    assert worked.front.broker == "东吴证券"
    assert worked.front.house == "东吴证券研究所"
    assert len(worked.front.authors) == 4


def test_precision_and_recall_over_the_corpus(
    corpus: dict[str, Draft], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Tally()
    for name, draft in corpus.items():
        whole.add(compare(name, draft, read_gold(name)["picks"]))
    with capsys.disabled():
        sys.stdout.write(f"\n{len(corpus)} reports: {whole}\n")
    assert whole.precision >= 0.98
    assert whole.recall >= 0.95
    assert whole.levels >= 0.97 * whole.levelled
    assert whole.themes >= 0.93 * whole.headed


def test_precision_and_recall_over_the_corpus_as_pdfs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Tally()
    for name in REPORTS:
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        path = make_page_pdf(text, tmp_path / f"{name}.pdf")
        whole.add(compare(name, draft_of(path), read_gold(name)["picks"]))
    with capsys.disabled():
        sys.stdout.write(f"\nas PDFs: {whole}\n")
    assert whole.precision >= 0.98
    assert whole.recall >= 0.93
    assert whole.levels >= 0.97 * whole.levelled


@pytest.mark.parametrize("name", REPORTS)
def test_nothing_in_a_draft_is_invented(corpus: dict[str, Draft], name: str) -> None:
    draft, known = corpus[name], load_dictionary().names
    text = draft.document.text
    assert all(pick.symbol in known for pick in draft.picks)
    assert all(pick.quote in text and pick.quote for pick in draft.picks)
    asked = (*draft.ambiguous, *draft.unnamed)
    assert all(each.quote in text and each.quote for each in asked)
    assert all(symbol in known for each in asked for symbol in each.candidates)


@pytest.mark.parametrize("name", REPORTS)
def test_names_that_are_only_mentioned_are_no_picks(corpus: dict[str, Draft], name: str) -> None:
    picked = {str(pick.symbol) for pick in corpus[name].picks if pick.level != "mention"}
    assert not picked & set(read_gold(name)["mentions"])


def test_a_fresh_process_reads_the_worked_example_in_less_than_its_time(tmp_path: Path) -> None:
    """Bounded loosely: a benchmark measures it."""
    path = SHARED / "report" / "report.txt"
    if not path.is_file():
        pytest.skip("the report's text is not beside the checkout")
    command = [
        sys.executable,
        "-m",
        "backtests.cli",
        "draft",
        str(path),
        "--out",
        str(tmp_path / "x"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
