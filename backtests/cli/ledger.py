"""The commands ``ledger verify`` and ``ledger show``."""

import json
from pathlib import Path
from typing import Annotated

import typer

from backtests.cli.options import BAD_INPUT
from universes import InputError

app = typer.Typer(
    no_args_is_help=True, help="Prove that picks were fixed before their results were known."
)

LedgerOption = Annotated[
    Path | None,
    typer.Option("--ledger", help="Left out: SCREENER_HOME/ledger.jsonl, or the system's folder."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(
    epilog="""\b
Examples:
  screener ledger verify
  screener ledger verify drafts/media --head 3f1c...
Exit codes: 0 where all is as it was entered, 2 with every fault listed."""
)
def verify(
    *,
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="[DIR]...", help="Left out: all approved ones.")
    ] = None,
    ledger: LedgerOption = None,
    head: Annotated[
        str | None, typer.Option("--head", help="A hash that approve printed; it has to be there.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check the ledger line by line, and each approved folder file by file."""
    from screener.ledger import ledger_path
    from universes.chain import read_chain, verify_folders

    path = _find(ledger or ledger_path())
    chain = read_chain(path)
    faults, notes = verify_folders(chain, folders or ())
    faults = [*(f"{path}: {fault}" for fault in chain.faults), *faults]
    if head and head not in {entry.sha256 for entry in chain.entries}:
        faults.append(f"{path}: no entry has the hash {head}: it was cut off or written anew")
    if as_json:
        told: dict[str, object] = {
            "ledger": str(path),
            "entries": len(chain.entries),
            "head": chain.head,
        }
        typer.echo(
            json.dumps({**told, "faults": faults, "notes": notes}, ensure_ascii=False, indent=2)
        )
    else:
        for line in (
            *(f"fault: {fault}" for fault in faults),
            *(f"note: {note}" for note in notes),
        ):
            typer.echo(line)
        state = f"{len(faults)} faults" if faults else "sound"
        typer.echo(f"{path}: {len(chain.entries)} entries, {state}; head {chain.head}")
    if faults:
        raise typer.Exit(BAD_INPUT)


@app.command(epilog="Example:  screener ledger show --json")
def show(*, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    """List what was entered: approvals, those made after the fact labelled, and scores."""
    from screener.ledger import ledger_path
    from universes.chain import read_chain

    path = _find(ledger or ledger_path())
    chain = read_chain(path)
    if as_json:
        entries = [dict(entry.content) for entry in chain.entries]
        typer.echo(json.dumps(entries, ensure_ascii=False, indent=2))
    else:
        for entry in chain.entries:
            own = entry.content
            if entry.kind == "approval":
                label = ", back-filled" if own["back_filled"] else ""
                seen, whole = own["reviewed"]
                what = f"{own['folder']} by {own['who']}, {seen} of {whole} reviewed{label}"
            else:
                what = f"{own['command']} on prices {str(own['data'])[:12]}"
            typer.echo(f"{entry.at}  {entry.kind:<8}  picks {str(own['picks'])[:12]}  {what}")
    if chain.faults:
        raise InputError(f"{path}: {'; '.join(chain.faults)}", "see screener ledger verify")


def _find(path: Path) -> Path:
    if not path.is_file():
        raise InputError(
            f"there is no ledger {path}",
            "it begins with the first approval: screener universe approve DIR",
        )
    return path
