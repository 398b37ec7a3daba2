"""Fixtures shared by the tests. No test reaches a network: sockets are blocked by default."""

import datetime as dt
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pandas as pd
import pytest

from backtests.cli.app import main
from screener import Panel, load_prices
from universes import Report, Symbol, load_report, load_scale
from universes.market import market_of
from universes.report import Level, Pick, Publication, Theme
from universes.text import Text

# a slow machine is no fault
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")

# processes started by tests inherit it
os.environ["SCREENER_HOME"] = tempfile.mkdtemp(prefix="screener-tests-")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def report() -> Report:
    """The shipped report's 28 picks."""
    return load_report().select()


@pytest.fixture(scope="session")
def snapshot() -> Panel:
    return load_prices()


@pytest.fixture(scope="session")
def market_folder() -> Path:
    """The larger market data, where they lie beside the checkout."""
    folder = SHARED / "market"
    if not folder.is_dir():
        pytest.skip("the larger market data are not beside the checkout")
    return folder


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    folder = SHARED / "reference"
    if not folder.is_dir():
        pytest.skip("the reference figures are not beside the checkout")
    return folder


@pytest.fixture(autouse=True)
def keep_signals() -> Iterator[None]:
    """Undo what the command line sets for its own process: a broken pipe is an error here."""
    # a fixture of the whole session may have run the command line before
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


@dataclass
class Done:
    """What a call of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


Run = Callable[..., Done]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["screener", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capfd.readouterr()
        return Done(int(stopped.value.code or 0), out, err)

    return call


MakeReport = Callable[..., Report]
MakePanel = Callable[..., Panel]


@pytest.fixture(scope="session")
def make_report() -> MakeReport:
    """Build a report of one theme from symbols and a publication date."""

    def make(
        symbols: Sequence[str], published: str, level: Level = "recommend", scale: str = "soochow"
    ) -> Report:
        text = Text("甲", "A")
        parsed = [Symbol.parse(symbol) for symbol in symbols]
        picks = tuple(Pick(s, market_of(s), text, level, "1", "推荐") for s in parsed)
        theme = Theme("theme", text, "1", "overweight", text, (), (), picks)
        day = dt.date.fromisoformat(published)
        date = Publication(day, inferred=False, window=(), evidence=())
        return Report("report", text, text, text, date, load_scale(scale), (theme,))

    return make


@pytest.fixture(scope="session")
def make_panel() -> MakePanel:
    """Build a panel from closes by symbol and date; one basis serves as both."""

    def make(
        closes: Mapping[str, Mapping[str, float]],
        opens: Mapping[str, Mapping[str, float]] | None = None,
    ) -> Panel:
        tables = [_table(closes), _table(opens) if opens else None]
        close, open_ = tables
        assert close is not None
        return Panel.from_frames(
            {"price": close, "total": close},
            None if open_ is None else {"price": open_, "total": open_},
        )

    return make


def _table(by_symbol: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    series = {
        symbol: pd.Series(list(prices.values()), pd.to_datetime(list(prices)), dtype=np.float64)
        for symbol, prices in by_symbol.items()
    }
    return pd.DataFrame(series)
