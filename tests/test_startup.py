"""What is slow to import is imported only where it is used."""

import subprocess
import sys

import pytest

SLOW = (
    "akshare",
    "bs4",
    "deltalake",
    "docx",
    "duckdb",
    "exchange_calendars",
    "markdown_it",
    "matplotlib",
    "numba",
    "opencc",
    "pandas",
    "plotly",
    "pyarrow",
    "pypdfium2",
    "quantstats",
    "statsmodels",
    "talib",
    "tenacity",
    "vectorbt",
    "xlsxwriter",
    "yfinance",
)

# Records each attempt, so that it also notices a module that is not installed.
WATCHED = """
import sys
tried = set()
class Watch:
    def find_spec(self, name, path=None, target=None):
        tried.add(name.split(".")[0])
sys.meta_path.insert(0, Watch())
sys.argv = ["screener", *{arguments!r}]
from backtests.cli.app import main
try:
    main()
except SystemExit as done:
    assert not done.code, done.code
sys.stderr.write("TRIED " + " ".join(sorted(tried)))
"""


def tried_by(arguments: list[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED.format(arguments=arguments)],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.rpartition("TRIED ")[2].split())


def test_help_waits_for_nothing_slow() -> None:
    assert not tried_by(["--help"]) & {*SLOW, "numpy", "rich"}


def test_universe_list_waits_for_nothing_slow() -> None:
    assert not tried_by(["universe", "list"]) & set(SLOW)


def test_score_waits_for_nothing_slow_once_the_sessions_are_kept() -> None:
    tried_by(["score"])
    assert not tried_by(["score"]) & set(SLOW)


@pytest.mark.parametrize(
    ("command", "used"),
    [("backtest", "vectorbt_rust"), ("evidence", "scipy"), ("conventions", "numpy")],
)
def test_nor_does_a_command_that_asks_more_of_the_same_prices(command: str, used: str) -> None:
    tried_by([command, "--data", "snapshot"])
    tried = tried_by([command, "--data", "snapshot"])
    assert used in tried
    assert not tried & set(SLOW)


@pytest.mark.parametrize("form", ["json", "csv", "md"])
def test_a_plain_format_does_not_wait_for_the_terminal_library(form: str) -> None:
    assert "rich" not in tried_by(["score", "--format", form])


def test_the_watch_sees_what_is_used() -> None:
    assert {"numpy", "rich"} <= tried_by(["score"])
