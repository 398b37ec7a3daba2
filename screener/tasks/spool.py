"""Keeps what an update has fetched until it is committed, so that one cut short is resumed."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from screener.bars import FIGURES, ActionHistory, Bars
from screener.files import replace_file
from screener.home import cache_folder
from screener.panel import CorporateAction
from universes.content import content_hash


@dataclass(frozen=True)
class Fetched:
    """What was fetched for one security.

    Attributes
    ----------
    bars : Bars
    history : ActionHistory or None
        None where it has none, as an index, or where it could not be had.
    second : ActionHistory or None
        The corporate actions as another upstream tells them, where it was asked.
    trail : tuple of str
        The attempts that led there, in words.
    """

    bars: Bars
    history: ActionHistory | None
    second: ActionHistory | None
    trail: tuple[str, ...]


class Spool:
    """A folder with a file for each security fetched.

    Parameters
    ----------
    purpose : str
        What the update asks for: files of another purpose are not taken for its own.
    """

    def __init__(self, purpose: dict[str, Any]) -> None:
        self._folder = cache_folder() / "spool" / content_hash(purpose)[:16]

    def put(self, fetched: Fetched) -> None:
        """Keep what was fetched; a folder that cannot be written to costs time only."""
        content: dict[str, Any] = {
            "bars": _pack_bars(fetched.bars),
            "history": _pack_history(fetched.history),
            "second": _pack_history(fetched.second),
            "trail": list(fetched.trail),
        }
        content["sha256"] = content_hash(content)
        with contextlib.suppress(OSError):
            replace_file(self._file(fetched.bars.symbol), json.dumps(content).encode())

    def get(self, symbol: str) -> Fetched | None:
        """Return what was fetched of a security, or None where nothing whole is kept."""
        try:
            content = json.loads(self._file(symbol).read_text(encoding="utf-8"))
            if content.pop("sha256") != content_hash(content):
                return None
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        return Fetched(
            _unpack_bars(content["bars"]),
            _unpack_history(content["history"]),
            _unpack_history(content["second"]),
            tuple(content["trail"]),
        )

    def clear(self) -> None:
        """Forget what is kept: it is committed."""
        with contextlib.suppress(OSError):
            for path in self._files():
                path.unlink(missing_ok=True)
            self._folder.rmdir()

    def _file(self, symbol: str) -> Path:
        return self._folder / f"{symbol}.json"

    def _files(self) -> Iterator[Path]:
        return self._folder.glob("*.json")


def _pack_bars(bars: Bars) -> dict[str, Any]:
    figures = {
        name: [None if np.isnan(value) else value for value in getattr(bars, name).tolist()]
        for name in FIGURES
    }
    told = {name: getattr(bars, name) for name in ("symbol", "currency", "basis", "source")}
    dates = bars.dates.astype(str).tolist()
    return {**told, "fetched_at": str(bars.fetched_at), "dates": dates, **figures}


def _unpack_bars(packed: dict[str, Any]) -> Bars:
    figures = {name: np.array(packed[name], dtype=np.float64) for name in FIGURES}
    return Bars(
        **{
            **packed,
            **figures,
            "dates": np.array(packed["dates"], dtype="datetime64[D]"),
            "fetched_at": np.datetime64(packed["fetched_at"], "s"),
        }
    )


def _pack_history(history: ActionHistory | None) -> dict[str, Any] | None:
    if history is None:
        return None
    days = {name: str(getattr(history, name)) for name in ("since", "until", "fetched_at")}
    return {**asdict(history), **days}


def _unpack_history(packed: dict[str, Any] | None) -> ActionHistory | None:
    if packed is None:
        return None
    return ActionHistory(
        **{
            **packed,
            "actions": tuple(CorporateAction(**each) for each in packed["actions"]),
            "since": np.datetime64(packed["since"], "D"),
            "until": np.datetime64(packed["until"], "D"),
            "fetched_at": np.datetime64(packed["fetched_at"], "s"),
        }
    )
