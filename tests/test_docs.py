"""What the documents say runs as they say it."""

import itertools
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import cast

import pytest
from conftest import ROOT
from made_report import make_report

from backtests import load_strategies
from backtests.cli.app import main
from screener.documents.read import read_document
from screener.factors.catalogue import list_factors
from screener.factors.table import TEXTS
from screener.screens.language.words import FUNCTIONS, KEYWORDS
from screener.screens.screen import list_screens, load_screen
from universes import load_claims, load_report, load_scale
from universes.rating import RATINGS_FOLDER

README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = (ROOT / "docs" / "files.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def examples(section: str) -> list[str]:
    """The TOML blocks under one heading of docs/files.md."""
    return blocks(FILES.partition(f"\n## {section}\n")[2].partition("\n## ")[0], "toml")


def test_the_example_report_and_theme_load(tmp_path: Path) -> None:
    report, theme = examples("A report")
    (tmp_path / "report.toml").write_text(report, encoding="utf-8")
    (tmp_path / "film.toml").write_text(theme, encoding="utf-8")
    loaded = load_report(tmp_path)
    assert [str(pick.symbol) for pick in loaded.picks] == ["300413.SZ"]


def test_the_example_claims_load_beside_the_example_report(tmp_path: Path) -> None:
    (claims,) = examples("Claims")
    report, theme = examples("A report")
    for name, text in (("report", report), ("film", theme), ("claims", claims)):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    (claim,) = load_claims(tmp_path).claims
    assert [finding.status for finding in claim.findings] == ["false"]
    assert load_report(tmp_path).id == tmp_path.name


def test_the_example_scale_is_the_beginning_of_a_whole_one(tmp_path: Path) -> None:
    (scale,) = examples("A rating scale")
    example = tomllib.loads(scale)
    shipped = tomllib.loads((RATINGS_FOLDER / "soochow.toml").read_text(encoding="utf-8"))
    assert example["company"] == shipped["company"][:1]
    assert example.keys() <= shipped.keys()
    rest = '[[company]]\ngrade = "rest"\nname = { zh = "其他", en = "rest" }\n'
    path = tmp_path / "mine.toml"
    path.write_text(f"{scale}{rest}upper = 15\nupper_included = false\nhit = false\n", "utf-8")
    assert [band.grade for band in load_scale(str(path)).company] == ["buy", "rest"]


def test_the_example_strategy_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(examples("Strategies")[0], encoding="utf-8")
    (strategy,) = load_strategies([str(path)])
    assert (strategy.weigh, strategy.rebalance, strategy.stop) == ("given", "quarterly", 0.15)


def test_the_example_screen_loads(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    (example,) = examples("Screens")
    path.write_text(example, encoding="utf-8")
    screen = load_screen(path)
    assert (screen.universe, screen.limit, screen.basis) == (("shanghai", "shenzhen"), 20, "total")
    assert len(screen.where.parts) == 4
    assert [key.descending for key in screen.rank.keys] == [True, False]


def test_the_readmes_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks(README, "python")
    namespace: dict[str, object] = {}
    exec(compile(code, "README.md", "exec"), namespace)  # noqa: S102 - the readme is ours
    assert {"card", "test"} <= namespace.keys()
    assert capsys.readouterr().err == ""


def test_the_example_of_the_evidence_runs() -> None:
    (code,) = blocks((ROOT / "docs" / "evidence.md").read_text(encoding="utf-8"), "python")
    namespace: dict[str, object] = {}
    exec(compile(code, "evidence.md", "exec"), namespace)  # noqa: S102 - the page is ours
    assert "evidence" in namespace


def test_the_example_of_the_screens_runs() -> None:
    page = (ROOT / "docs" / "screens.md").read_text(encoding="utf-8")
    (code,) = blocks(page, "python")
    namespace: dict[str, object] = {}
    exec(compile(code, "screens.md", "exec"), namespace)  # noqa: S102 - the page is ours
    assert len(cast("tuple[str, ...]", namespace["chosen"])) == 10
    fates = cast("dict[str, str]", namespace["fates"])
    assert set(fates.values()) == {"chosen", "beyond_limit", "failed"}


def test_the_page_on_screens_tells_of_every_screen_factor_group_and_word() -> None:
    page = (ROOT / "docs" / "screens.md").read_text(encoding="utf-8")
    groups = {factor.group.en for factor in list_factors().values()}
    assert (len(list_factors()), len(groups)) == (40, 10)
    assert "There are 40, in ten groups" in page
    words = [*list_screens(), *groups, *FUNCTIONS, *KEYWORDS - {"TRUE", "FALSE"}, *TEXTS]
    assert [word for word in words if word not in " ".join(page.split())] == []


def commands() -> list[str]:
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    return [line.partition("#")[0].strip() for line in lines if line.startswith("screener")]


def test_the_readme_shows_commands() -> None:
    assert len(commands()) >= 7


@pytest.mark.parametrize("command", commands())
def test_each_command_of_the_readme_runs(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if "report.pdf" in command:
        make_report(tmp_path / "report.pdf")
        monkeypatch.chdir(tmp_path)
    for part in command.split("&&"):
        arguments = list(itertools.takewhile(lambda each: each != ">", shlex.split(part)))
        arguments = [str(tmp_path / each) if each == "results/" else each for each in arguments]
        if "my_report/" in arguments:
            arguments[-1] = str(ROOT / "universes" / "reports" / "2024-06-16_soochow_media")
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as stopped:
            main()
        assert not stopped.value.code, part


def test_the_sample_report_is_the_one_that_the_tests_make(tmp_path: Path) -> None:
    made = read_document(make_report(tmp_path / "report.pdf"))
    shipped = read_document(ROOT / "docs" / "sample_report.pdf")
    # the bytes depend on the library that sets it
    assert (shipped.text, shipped.blocks) == (made.text, made.blocks)


def test_the_readmes_table_is_what_the_program_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["screener", "score"])
    with pytest.raises(SystemExit):
        main()
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    shown = [
        line for block in blocks(README, "text") for line in block.splitlines() if "recomm" in line
    ]
    assert len(shown) == 5
    start = printed.index(shown[0])
    assert printed[start : start + 5] == shown


def test_the_readmes_backtest_is_what_the_program_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["screener", "backtest"])
    with pytest.raises(SystemExit):
        main()
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    start = next(
        n for n, line in enumerate(printed) if line.startswith("Strategy") and "Paper" in line
    )
    shown = blocks(README, "text")[1].splitlines()
    assert len(shown) == 9
    assert printed[start : start + len(shown)] == shown


def test_links_lead_somewhere() -> None:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text, folder = path.read_text(encoding="utf-8"), path.parent
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (folder / target).exists(), target
