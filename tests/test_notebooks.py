import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# whole paths, addresses in memory, times of day
OF_ONE_RUN = re.compile(r"(?<![\w<])/\w+/|[A-Z]:\\|0x[0-9a-f]{6,}|\d\d:\d\d:\d\d")


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return request.param


def cells(path: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == kind]


def outputs(path: Path) -> list[nbformat.NotebookNode]:
    return [output for cell in cells(path, "code") for output in cell.outputs]


def texts(path: Path) -> list[str]:
    """What each cell printed and showed, without pictures, which depend on fonts.

    What a cell prints may reach the notebook in several pieces.
    """
    shown = []
    for cell in cells(path, "code"):
        shown.append("".join(output.get("text", "") for output in cell.outputs))
        data = [output.data for output in cell.outputs if "data" in output]
        shown += [each.get("text/html") or each["text/plain"] for each in data if _is_text(each)]
    return [text for text in shown if text]


def _is_text(data: nbformat.NotebookNode) -> bool:
    return "image/png" not in data


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "01_scorecard",
        "02_screening",
        "03_portfolio_and_evidence",
        "04_your_own_report",
    ]


def test_it_runs_from_top_to_bottom_and_shows_what_it_says(notebook: Path, tmp_path: Path) -> None:
    # a process of its own: the kernel is spoken to over this machine's loopback
    done = tmp_path / notebook.name
    subprocess.run(
        [sys.executable, "-m", "jupyter", "execute", str(notebook), f"--output={done}"],
        check=True,
        capture_output=True,
        timeout=300,
        env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
    )
    assert texts(done) == texts(notebook)
    assert len(texts(notebook)) >= 5


def test_it_is_committed_as_one_run_left_it(notebook: Path) -> None:
    read = nbformat.read(notebook, 4)
    code = cells(notebook, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert {output.output_type for output in outputs(notebook)} <= {
        "stream",
        "display_data",
        "execute_result",
    }
    # no warnings
    assert {output.get("name", "stdout") for output in outputs(notebook)} == {"stdout"}
    assert dict(read.metadata.language_info) == {"name": "python"}
    assert not any(cell.metadata for cell in read.cells)
    assert not [text for text in texts(notebook) if OF_ONE_RUN.search(text)]


def test_it_is_small_and_its_code_is_short(notebook: Path) -> None:
    assert notebook.stat().st_size < 300_000
    for cell in cells(notebook, "code"):
        tree = ast.parse(cell.source)
        kinds = {type(node) for node in ast.walk(tree)}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}
        assert len(tree.body) <= 16
        assert max(map(len, cell.source.splitlines())) <= 120
        assert cell.outputs


def test_its_prices_do_not_hang_on_what_a_reader_keeps(notebook: Path) -> None:
    calls = [
        node
        for cell in cells(notebook, "code")
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    loads = [call for call in calls if getattr(call.func, "id", "").startswith("load_")]
    named = {call.func.id: {each.arg for each in call.keywords} for call in loads}
    assert "source" in named["load_prices"]
    # without it the tables of sectors kept on the machine are read
    assert {"source", "sectors"} <= named.get("load_market_data", {"source", "sectors"})


def test_what_it_points_to_is_there(notebook: Path) -> None:
    words = "\n".join(cell.source for cell in cells(notebook, "markdown"))
    links = re.findall(r"\]\(([^)]+)\)", words)
    assert not [link for link in links if not (notebook.parent / link).is_file()]
    assert "not advice" in words + "".join(texts(notebook))


def test_the_table_it_quotes_stands_in_the_readme() -> None:
    path = ROOT / "notebooks/03_portfolio_and_evidence.ipynb"
    lines = "\n".join(cell.source for cell in cells(path, "markdown")).splitlines()
    quoted = [line for line in lines if line.startswith("|")]
    assert len(quoted) == 5
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "\n".join(quoted) in readme
