import ast
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return request.param


def texts(path: Path) -> list[str]:
    """What each cell printed or showed, without pictures, which depend on fonts."""
    cells = nbformat.read(path, 4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    shown = [output.get("text") or output["data"].get("text/html") for output in outputs]
    return [text for text in shown if text]


def test_there_are_notebooks() -> None:
    assert NOTEBOOKS


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


def test_it_is_small_and_its_code_is_short(notebook: Path) -> None:
    assert notebook.stat().st_size < 300_000
    for cell in nbformat.read(notebook, 4).cells:
        if cell.cell_type == "code":
            kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
            assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}
            assert cell.outputs
