"""Prices from wherever the user keeps them."""

from pathlib import Path

from screener.panel import Panel
from screener.snapshot import read_snapshot
from universes import InputError
from universes.tables import is_there

SNAPSHOT = "snapshot"


def load_prices(source: str | Path = SNAPSHOT) -> Panel:
    """Load a panel of prices.

    Parameters
    ----------
    source : str or Path
        "snapshot" for the embedded figures of the shipped report; the path of a snapshot file
        (.json); or a folder of tables as `screener.wide.read_wide` describes.

    Returns
    -------
    Panel

    Raises
    ------
    InputError
        If there is no such source, or it cannot be read.

    Examples
    --------
    >>> panel = load_prices()
    >>> len(panel.symbols), str(panel.dates[-1])
    (30, '2025-08-22')
    """
    if source == SNAPSHOT:
        return read_snapshot()
    path = Path(source)
    if not is_there(path):
        raise InputError(
            f"there are no prices at {str(source)!r}",
            f"write {SNAPSHOT}, a snapshot file or a folder with closes_price.csv",
        )
    if path.is_dir():
        from screener.wide import read_wide  # noqa: PLC0415 - pandas only where tables are read

        return read_wide(path)
    return read_snapshot(path)
