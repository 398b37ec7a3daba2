"""A person looks a draft through in the terminal."""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Done, Run
from test_draft_cli import REPORT, STANDARD, UNDATED

from universes import FaultyFileError, InputError, load_report

Review = Callable[..., Done]
ASKED = REPORT.replace(
    STANDARD, "三、消费\n\n投资建议：推荐青岛啤酒，看好板块复苏。\n\n" + STANDARD
)


@pytest.fixture
def review(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Review:
    """Draft a text where that is new, and answer the review's questions."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(answers: str, *options: str, text: str = "") -> Done:
        if text:
            Path("weekly.txt").write_text(text, encoding="utf-8")
            assert run("draft", "weekly.txt").code == 0
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers.replace(" ", "\n")))
        return run("universe", "review", "weekly", *options)

    return call


def levels() -> dict[str, str]:
    report = load_report("weekly", reading=True)
    return {str(pick.symbol): pick.level for pick in report.picks if pick.level != "mention"}


def test_picks_are_kept_dropped_and_changed(review: Review) -> None:
    done = review("k d r w ", text=REPORT)
    assert done.code == 0
    assert "4 to decide: 1 kept, 2 changed, 1 dropped" in " ".join(done.out.split())
    assert "next: screener universe approve weekly" in done.out
    assert levels() == {"300308.SZ": "recommend", "300502.SZ": "recommend", "0700.HK": "watch"}


def test_what_is_decided_stays_and_the_rest_is_gone_on_with(review: Review) -> None:
    first = review("k q", text=REPORT)
    assert "1 kept, 3 open" in first.out
    assert "next: screener universe review weekly" in first.out
    second = review("k")
    assert "[2/4]" in second.out
    assert "[1/4]" not in second.out
    assert "2 kept, 2 open" in second.out


def test_one_goes_on_and_back_without_deciding(review: Review) -> None:
    done = review("n b n n d q", text=REPORT)
    places = [line.split()[0] for line in done.out.splitlines() if line.startswith("[")]
    assert places == ["[1/4]", "[2/4]", "[1/4]", "[2/4]", "[3/4]", "[4/4]"]
    assert "1 dropped, 3 open" in done.out


def test_what_is_no_key_is_asked_again(review: Review) -> None:
    done = review("yes k q", text=REPORT)
    assert "'yes' is no key" in done.out
    assert "1 kept, 3 open" in done.out


def test_the_end_of_the_input_is_the_end(review: Review) -> None:
    assert "4 open" in review("", text=REPORT).out


def test_mentions_are_walked_where_asked_for(review: Review) -> None:
    assert "5 to decide" in review("q", "--all", text=REPORT).out
    review("n n n n r", "--all")
    assert levels()["3690.HK"] == "recommend"


def test_a_name_of_two_listings_is_settled_by_a_person(review: Review) -> None:
    done = review("n n n n 7 2", text=ASKED)
    assert "0168.HK" in done.out
    assert "'7' is no number of a listing" in done.out
    assert levels()["600600.SH"] == "recommend"
    settled = load_report("weekly", reading=True).picks
    evidence = next(p.evidence for p in settled if str(p.symbol) == "600600.SH")
    assert evidence
    assert "青岛啤酒" in evidence.quote


def test_it_may_be_none_of_them(review: Review) -> None:
    assert "1 settled" in review("n n n n 0", text=ASKED).out
    assert "600600.SH" not in levels()


def test_the_day_is_asked_for_and_has_to_lie_in_the_window(review: Review) -> None:
    done = review("soon 2023-01-01 2024-06-16 q", text=UNDATED)
    assert "'soon' is no day" in done.out
    assert "outside the window" in done.out
    publication = load_report("weekly", reading=True).publication
    assert (str(publication.date), publication.inferred) == ("2024-06-16", False)
    assert "prints no date" not in review("q").out


def test_brackets_of_a_quote_are_shown_as_they_are(review: Review) -> None:
    text = REPORT.replace("投资建议：推荐", "[red]投资建议[/red]：[bold]推荐")
    assert "[red]投资建议[/red]：[bold]推荐" in review("q", text=text).out


def test_a_decision_after_the_signature_breaks_it(review: Review, run: Run) -> None:
    review("k k k k", text=REPORT)
    signed = run("universe", "approve", "weekly", "--by", "Li Wei")
    assert "not looked at" not in signed.out
    assert "4 of 4 reviewed" in run("ledger", "show").out
    assert "has to be approved again" in review("b b b b d", "--all").out
    refused = run("score", "--report", "weekly")
    assert (refused.code, "review.toml was altered" in refused.err) == (2, True)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ('[[decisions]]\nsymbol = "600000.SH"\nlevel = "dropped"\n', "600000"),
        ('[[decisions]]\nsymbol = "300308.SZ"\nlevel = "buy"\n', "level"),
        (
            (
                '[[settled]]\nname = "浦发"\nsymbol = "600000.SH"\nlevel = "watch"\n'
                'theme = "theme_01"\nquote = "推荐浦发银行"\n'
            ),
            "no such words",
        ),
        ("decisions = 3\n", "decisions"),
    ],
)
def test_faults_of_decisions_written_by_hand_are_named(
    review: Review, content: str, fault: str
) -> None:
    review("q", text=REPORT)
    Path("weekly/review.toml").write_text(content, encoding="utf-8")
    with pytest.raises((FaultyFileError, InputError), match=fault):
        load_report("weekly", reading=True)


def test_what_was_written_by_hand_is_edited_by_hand(run: Run) -> None:
    refused = run("universe", "review", "2024-06-16_soochow_media")
    assert (refused.code, "by hand" in refused.err) == (2, True)
