"""Keeps the version of the store that something written refers to."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from screener import Panel


def keep_version(panel: "Panel", data: str | None, what: str) -> None:
    """Keep the version of the store that a written report refers to, if it is one."""
    if panel.origin.version is None:
        return
    from backtests.cli.clock import SystemClock
    from screener.store.errors import StoreError
    from screener.store.store import Store
    from screener.store.upkeep import pin_version

    try:
        store = Store(None if data in {None, "store"} else data)
        pin_version(store, panel.origin.version, what, SystemClock().utc())
    except StoreError as error:
        typer.echo(f"the version read may be compacted away: {error.message}", err=True)
