"""The commands ``deliver``: where written reports go, and sending them there."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import INCOMPLETE
from universes import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backtests.delivery import Address, Delivery

app = typer.Typer(
    no_args_is_help=True, help="Send weekly reports to mailboxes and chats; see docs/delivery.md."
)

AgainOption = Annotated[
    bool, typer.Option("--again", help="Send also what an address has already.")
]


@app.command("list")
def listfind_addresses() -> None:
    """Show where reports go, without what is secret of it."""
    for address in find_addresses():
        language = address.language or "zh, en"
        scheme = address.url.partition("://")[0].lower()
        typer.echo(f"{address.label}  {address.service.name.en}  {language}  {scheme}://***")


@app.command()
def test() -> None:
    """Send a short test message to every address."""
    from backtests.delivery import send_test

    _tell(send_test(find_addresses()))


@app.command()
def send(
    path: Annotated[
        Path,
        typer.Argument(
            help="A report's folder (<report>/<language>/<week>), or the folder of all, of which "
            "each report's newest week is sent."
        ),
    ],
    *,
    again: AgainOption = False,
) -> None:
    """Send a report to every address that does not have it."""
    from backtests.cli.clock import SystemClock
    from backtests.delivery import deliver_folder
    from backtests.delivery.folders import newest_folders, record_of

    addresses = find_addresses()
    folders = newest_folders(path)
    _tell(
        [
            outcome
            for folder in folders
            for outcome in deliver_folder(
                folder, addresses, record_of(folder), SystemClock(), again=again
            )
        ]
    )


@app.command()
def retry(
    path: Annotated[Path, typer.Argument(help="The folder of all reports.")],
) -> None:
    """Send what failed to where it failed; parts that arrived are not sent again."""
    _tell(retry_failed(path, find_addresses()))


def retry_failed(path: Path, addresses: "Sequence[Address]") -> "list[Delivery]":
    """Send what failed, as a folder's record tells, to those of the addresses where it failed."""
    from backtests.cli.clock import SystemClock
    from backtests.delivery import deliver_folder
    from backtests.delivery.folders import failed_folders_in, record_of

    return [
        outcome
        for folder, failed in failed_folders_in(path).items()
        for outcome in deliver_folder(
            folder,
            [address for address in addresses if address.digest in failed],
            record_of(folder),
            SystemClock(),
        )
    ]


def find_addresses() -> "tuple[Address, ...]":
    """Return where reports go; refuse to go on where there is no address."""
    from backtests.delivery import load_addresses
    from screener.home import data_folder

    addresses = load_addresses(os.environ, data_folder())
    if not addresses:
        raise InputError(
            "there is no address to deliver to",
            f"set SCREENER_NOTIFY, or write {data_folder() / 'notify.toml'} (docs/delivery.md)",
        )
    return addresses


def _tell(outcomes: "Sequence[Delivery]") -> None:
    """Print what came of each, and end with 3 where something failed."""
    if not tell_deliveries(outcomes):
        raise typer.Exit(INCOMPLETE)


def tell_deliveries(outcomes: "Sequence[Delivery]") -> bool:
    """Print what came of each, and tell whether all arrived."""
    for outcome in outcomes:
        folder = "/".join(outcome.folder.resolve().parts[-3:]) if outcome.folder.name else ""
        parts = f"{outcome.sent}/{outcome.parts}"
        said = [outcome.address, outcome.service, folder, outcome.status, parts, outcome.reason]
        typer.echo("  ".join(each for each in said if each))
    if not outcomes:
        typer.echo("nothing to send")
    return not any(outcome.status == "failed" for outcome in outcomes)
