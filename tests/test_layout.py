"""The house's own rules: imports go down, modules stay small, nothing slow at the door."""

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

FLOORS = ("universes", "screener", "backtests")
MODULES = sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in MODULES}


def imports_of(path: Path) -> set[str]:
    """Every module that a file names in an import, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def own_imports(path: Path) -> set[str]:
    return imports_of(path) & NAMES - {name_of(path)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_only_its_own_floor_and_those_below(path: Path) -> None:
    floor = FLOORS.index(name_of(path).split(".")[0])
    above = {name for name in imports_of(path) if name.split(".")[0] in FLOORS[floor + 1 :]}
    assert not above


def test_no_module_imports_itself_in_a_circle() -> None:
    # a package's face hands names on; its own imports are those of the modules behind it
    graph = {name_of(path): own_imports(path) - {name_of(path).split(".")[0]} for path in MODULES}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) >= NAMES


def test_a_circle_would_be_found() -> None:
    with pytest.raises(ValueError, match="cycle"):
        list(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())


def test_the_ground_floor_needs_the_standard_library_only() -> None:
    named = {
        name.split(".")[0]
        for path in MODULES
        if name_of(path).startswith("universes")
        for name in imports_of(path)
    }
    # _typeshed is read by type checkers only
    assert named - {"universes", "_typeshed"} <= sys.stdlib_module_names


def test_only_one_module_reads_toml() -> None:
    readers = {name_of(path) for path in MODULES if "tomllib" in imports_of(path)}
    assert readers == {"universes.tables"}


CLOCKS = {"today", "now", "utcnow", "time", "time_ns", "perf_counter", "monotonic"}


def clocks_read(source: str) -> set[str]:
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {call.attr for call in calls if isinstance(call, ast.Attribute)} & CLOCKS


def test_only_one_module_reads_a_clock() -> None:
    readers = {name_of(path) for path in MODULES if clocks_read(path.read_text(encoding="utf-8"))}
    assert readers == {"backtests.cli.clock"}


def test_a_clock_would_be_found() -> None:
    assert clocks_read("import datetime as dt\ndt.date.today()") == {"today"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
