"""The embedded snapshot: figures for the shipped report, checked against their hash."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from screener.files import replace_file
from screener.origin import Origin
from screener.panel import CorporateAction, Panel
from universes import InputError, Symbol
from universes.rating import BASES, Basis
from universes.text import Text

SNAPSHOT_FILE = Path(__file__).parent / "data" / "snapshot.json"
_ACTION_FIELDS = ("symbol", "ex_date", "cash", "bonus", "confidence")


def read_snapshot(path: Path = SNAPSHOT_FILE) -> Panel:
    """Read a snapshot file and check its content hash.

    Parameters
    ----------
    path : Path
        JSON with ``notes``, ``dates``, ``price`` and ``total`` (closes by symbol, null where a
        security did not trade), ``actions`` and ``sha256``, the hash of all the rest. A symbol
        that has no dividends to adjust for, as an index or a currency, is left out of
        ``total``.

    Raises
    ------
    InputError
        If the file cannot be read, or does not match its hash.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        stated = content.pop("sha256")
        found = _hash(content)
        panel = _to_panel(content, Origin(_name(path), found, _notes(content)))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check the path") from None
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is not a snapshot: {error}", "see the README") from None
    if stated != found:
        raise InputError(
            f"{path} does not match its hash: states {stated[:12]}, has {found[:12]}",
            "install the package again, or restore the file",
        )
    return panel


def rebuild_snapshot(folder: Path, path: Path = SNAPSHOT_FILE) -> None:
    """Write a snapshot's figures anew from a folder of tables, keeping its notes and rates.

    Parameters
    ----------
    folder : Path
        As `screener.wide.read_wide` takes it.
    path : Path
        An existing snapshot file; replaced whole. Of an exchange rate that the folder has no
        column of, the figures in it are kept.

    Raises
    ------
    InputError
        If the folder has no row for the day of a rate that is to be kept.
    """
    from screener.wide import read_wide  # noqa: PLC0415 - pandas only where tables are read

    kept = json.loads(path.read_text(encoding="utf-8"))
    panel = read_wide(folder)
    price = {**_rates(kept, panel), **_closes(panel, "price", panel.symbols)}
    shares = [symbol for symbol in panel.symbols if Symbol.parse(symbol).takes_basis]
    content: dict[str, Any] = {
        "notes": kept["notes"],
        "dates": panel.dates.astype(str).tolist(),
        "price": dict(sorted(price.items())),
        "total": _closes(panel, "total", shares),
        "actions": [
            {name: getattr(action, name) for name in _ACTION_FIELDS} for action in panel.actions
        ],
    }
    content["sha256"] = _hash(content)
    replace_file(path, _lay_out(content).encode())


def _rates(content: dict[str, Any], panel: Panel) -> dict[str, list[float | None]]:
    """Return a snapshot's exchange rates on the days of a panel that lacks them."""
    days = panel.dates.astype(str).tolist()
    rates = {}
    for symbol, closes in content["price"].items():
        if Symbol.parse(symbol).kind != "currency" or symbol in panel.symbols:
            continue
        known = {
            day: close
            for day, close in zip(content["dates"], closes, strict=True)
            if close is not None
        }
        if homeless := sorted(set(known) - set(days)):
            raise InputError(
                f"the tables have no row for {homeless[0]}, a day on which {symbol} is kept",
                "add the row, or bring the rate as a column of its own",
            )
        rates[symbol] = [known.get(day) for day in days]
    return rates


def _name(path: Path) -> str:
    return "snapshot" if path == SNAPSHOT_FILE else str(path)


def _notes(content: dict[str, Any]) -> tuple[Text, ...]:
    return tuple(Text(**note) for note in content["notes"])


def _hash(content: dict[str, Any]) -> str:
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _to_panel(content: dict[str, Any], origin: Origin) -> Panel:
    symbols = tuple(content["price"])
    shape = (len(content["dates"]), len(symbols))
    prices = {}
    for basis in BASES:
        matrix = np.full(shape, np.nan)
        for column, symbol in enumerate(symbols):
            if symbol in content[basis]:
                matrix[:, column] = np.array(content[basis][symbol], dtype=np.float64)
        prices["close", basis] = matrix
    dates = np.array(content["dates"], dtype="datetime64[D]")
    shares = [symbol for symbol in symbols if Symbol.parse(symbol).takes_basis]
    return Panel(
        dates=dates,
        symbols=symbols,
        prices=prices,  # type: ignore[arg-type] # the keys are the literals above
        origin=origin,
        actions=tuple(CorporateAction(**action) for action in content["actions"]),
        listed=dict.fromkeys(shares, (dates[0], dates[-1])),
    )


def _closes(panel: Panel, basis: Basis, symbols: Sequence[str]) -> dict[str, list[float | None]]:
    closes = panel.matrix("close", basis)[:, panel.columns(symbols)]
    return {
        symbol: [None if np.isnan(value) else value for value in column]
        for symbol, column in zip(symbols, closes.T.tolist(), strict=True)
    }


def _lay_out(content: dict[str, Any]) -> str:
    """Spell JSON with one line for each entry of each part, so that a change can be read."""
    parts = []
    for key, value in content.items():
        if isinstance(value, dict):
            rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in value.items()]
            parts.append(f'"{key}": {{\n' + ",\n".join(rows) + "\n}")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            rows = [json.dumps(row, ensure_ascii=False) for row in value]
            parts.append(f'"{key}": [\n' + ",\n".join(rows) + "\n]")
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
