"""From a file or folder to bars: which files, in which layout, and what becomes of the rest."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from screener.bars import BAR_BASES, FIGURES, ActionHistory, BarBasis, Bars
from screener.sources.files.imported import (
    Declared,
    Found,
    Imported,
    Listed,
    Note,
    Skipped,
)
from universes import InputError, Symbol
from universes.exchange import suffixes
from universes.tables import is_there

SOURCE = "file"
_SUFFIXES = (".csv", ".parquet")


def read_files(
    path: Path,
    *,
    source: str | None,
    basis: BarBasis | None,
    fetched_at: np.datetime64,
    exchange: str | None = None,
) -> Imported:
    """Read bars, corporate actions and names from a file or from all files of a folder.

    Parameters
    ----------
    path : Path
        A CSV (UTF-8 or GB18030) or Parquet file, or a folder of them, of these layouts, told
        by their columns: a long table; one file for each share as yfinance or as akshare
        writes it, named by its symbol; and beside them tables of names and of corporate
        actions.
    source : str or None
        Name of the upstream, where the files do not state it; None: "file".
    basis : {"raw", "split_adjusted", "additive", "multiplicative"} or None
        Of shares and funds, where the files do not state it; an index is always raw. None: a
        long table, and a yfinance file without Adj Close, count as multiplicative, and a note
        says so; an akshare file is raw if its amounts show it, and is refused otherwise.
    fetched_at : datetime64
        In UTC, where the files do not state it.
    exchange : str, optional
        Suffix of the exchange of codes that do not tell theirs, such as ``US`` for AAPL.

    Returns
    -------
    Imported

    Raises
    ------
    InputError
        If there is nothing to read, or the only file cannot be read. One of many that cannot
        is passed over and listed.
    """
    from screener.sources.files.layouts import read_file  # noqa: PLC0415 - pyarrow only to read

    declared = _declare(source, basis, fetched_at, exchange)
    if not is_there(path):
        raise InputError(f"there is no file or folder {str(path)!r}", "check the path")
    paths, skipped = _list_files(path)
    found: dict[Path, Found] = {}
    for each in paths:
        try:
            found[each] = read_file(each, declared)
        except InputError as error:
            if len(paths) == 1:
                raise
            skipped.append(Skipped(each, "", str(error)))
    if not found:
        raise InputError(
            f"none of the {len(paths)} files in {path} can be read; the first: {skipped[0].reason}"
        )
    return _gather(found, skipped, declared)


def _declare(
    source: str | None, basis: BarBasis | None, fetched_at: np.datetime64, exchange: str | None
) -> Declared:
    if basis is not None and basis not in BAR_BASES:
        raise InputError(f"{basis!r} is no basis", f"write one of: {', '.join(BAR_BASES)}")
    if exchange is not None and exchange.upper() not in suffixes():
        known = ", ".join(sorted(set(suffixes().values())))
        raise InputError(f"unknown exchange {exchange!r}", f"write one of: {known}")
    suffix = None if exchange is None else suffixes()[exchange.upper()]
    return Declared(source or SOURCE, basis, fetched_at.astype("datetime64[s]"), suffix)


def _list_files(path: Path) -> tuple[list[Path], list[Skipped]]:
    """Return the files to read, by name, and those in the folder that are of another kind."""
    try:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", "check the path") from None
    paths = [each for each in inside if each.suffix.lower() in _SUFFIXES and each.is_file()]
    if not paths:
        raise InputError(f"{path} holds neither CSV nor Parquet", "bring files of these kinds")
    others = [each for each in inside if each not in paths and not each.name.startswith(".")]
    return paths, [Skipped(each, "", "neither CSV nor Parquet") for each in others]


def _gather(found: Mapping[Path, Found], skipped: list[Skipped], declared: Declared) -> Imported:
    notes: dict[str, list[Path]] = {}
    bars = _join(found, notes)
    by_symbol: dict[str, list[Bars]] = {}
    for series in bars:
        by_symbol.setdefault(series.symbol, []).append(series)
    actions = [history for each in found.values() for history in each.actions]
    listed = [(path, row) for path, each in found.items() for row in each.listed]
    if listed:
        actions += _to_histories(listed, by_symbol, declared)
        told = {history.symbol for history in actions}
        shares = [symbol for symbol in by_symbol if Symbol.parse(symbol).takes_basis]
        unknown = len(set(shares) - told)
        if unknown:
            notes[
                f"the corporate actions of {unknown} of {len(shares)} shares stay unknown; for one"
                " that had none write a row with zeros"
            ] = list(dict.fromkeys(path for path, _ in listed))
    for path, each in found.items():
        skipped.extend(Skipped(path, what, reason) for what, reason in each.refused.items())
        for message in each.notes:
            notes.setdefault(message, []).append(path)
    names = {symbol: name for each in found.values() for symbol, name in each.names.items()}
    gathered = [Note(message, tuple(paths)) for message, paths in notes.items()]
    return Imported(bars, actions, names, skipped, gathered)


def _to_histories(
    listed: Iterable[tuple[Path, Listed]], bars: Mapping[str, list[Bars]], declared: Declared
) -> list[ActionHistory]:
    from screener.sources.files.listed import to_history  # noqa: PLC0415 - pyarrow only to read

    return [to_history(row, bars.get(row.symbol, []), declared) for _, row in listed]


def _join(found: Mapping[Path, Found], notes: dict[str, list[Path]]) -> list[Bars]:
    """Return the series of all files, those that stand in several put together."""
    series: dict[tuple[str, ...], list[tuple[Path, Bars]]] = {}
    for path, each in found.items():
        for bars in each.bars:
            key = (bars.symbol, bars.basis, bars.source, bars.currency)
            series.setdefault(key, []).append((path, bars))
    parted = {path for parts in series.values() if len(parts) > 1 for path, _ in parts}
    if parted:
        count = sum(len(parts) > 1 for parts in series.values())
        notes[f"{count} series stand in more than one place and were joined"] = sorted(parted)
    return [_put_together([bars for _, bars in parts]) for parts in series.values()]


def _put_together(parts: list[Bars]) -> Bars:
    if len(parts) == 1:
        return parts[0]
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("dates", *FIGURES)
    }
    return replace(parts[0], **columns, fetched_at=max(part.fetched_at for part in parts))
