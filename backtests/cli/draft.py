"""The command ``draft``."""

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backtests.cli.options import ColorsOption, DataOption, FormatOption, LangOption
from universes import InputError, __version__
from universes.tables import is_there

if TYPE_CHECKING:
    from screener.drafting.dictionary import Dictionary
    from universes.names import SecurityName

app = typer.Typer()

_STANDARD_INPUT = "-"
_SIGNED = ("approval.toml", "review.toml")
_MAIN = "report.toml"


@app.command(
    epilog="""\b
Examples:
  screener draft report.pdf
  screener draft report.txt --out drafts/media --lang zh
  pdftotext -layout report.pdf - | screener draft - --out drafts/media
  screener draft report.pdf && screener universe review report.pdf \\
      && screener universe approve report.pdf && screener score --report report.pdf
Text, Markdown, HTML, PDF and Word files are read; docs/drafts.md tells by which rules."""
)
def draft(
    *,
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The report; - reads standard input.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="The draft's folder. Left out: FILE's path without its ending."
        ),
    ] = None,
    published: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="When it came out, where it prints no date."),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            help="Id or TOML file of the rating standard. Left out: the one that the report prints."
        ),
    ] = None,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Write over a draft that was reviewed or approved already."),
    ] = False,
    data: DataOption = None,
    format_: FormatOption = "table",
    lang: LangOption = "en",
    colors: ColorsOption = "china",
) -> None:
    """Read a broker's report and write a draft universe: picks, evidence, open questions."""
    from backtests.report.draft import lay_out_draft
    from backtests.report.output import deliver
    from screener.documents.read import read_document
    from screener.drafting.draft import read_draft
    from screener.drafting.folder import Given, spell_draft, write_draft

    folder = _choose_folder(file, out)
    _check_folder(folder, replace=replace)
    document = read_document(file, stdin=sys.stdin.buffer if file == _STANDARD_INPUT else None)
    dictionary, rows = _load_dictionary(data)
    read = read_draft(document, dictionary)
    given = Given(published.date() if published else None, scale or "")
    files = spell_draft(read, dictionary, rows, f"screener {__version__}", given)
    write_draft(folder, files)
    sys.stderr.write(f"wrote {folder}\n")
    deliver(lay_out_draft(read, dictionary, str(folder), lang), format_, None, colors)


def _choose_folder(file: str, out: Path | None) -> Path:
    if out is not None:
        return out
    if file == _STANDARD_INPUT:
        raise InputError("standard input has no name to call the draft by", "add --out FOLDER")
    path = Path(file)
    if not path.suffix:
        raise InputError(
            f"{file} has no ending that the folder could leave out", "add --out FOLDER"
        )
    return path.with_suffix("")


def _check_folder(folder: Path, *, replace: bool) -> None:
    """Refuse to write over anything but an earlier draft that nobody has worked on."""
    if not is_there(folder):
        return
    if not folder.is_dir() or not (folder / _MAIN).is_file() or not _is_draft(folder):
        raise InputError(f"{folder} is there and is no draft", "name another folder with --out")
    done = [name for name in _SIGNED if (folder / name).is_file()]
    if done and not replace:
        raise InputError(
            f"{folder} was reviewed or approved already ({', '.join(done)})",
            "add --replace to lose that, or name another folder with --out",
        )


def _is_draft(folder: Path) -> bool:
    return "\n[drafted]" in (folder / _MAIN).read_text(encoding="utf-8", errors="replace")


def _load_dictionary(data: str | None) -> "tuple[Dictionary, tuple[SecurityName, ...]]":
    """Return the shipped names with those that the user's own store lists beside them."""
    from screener.drafting.dictionary import load_dictionary
    from screener.drafting.listed import list_rows

    rows = list_rows(data)
    return load_dictionary(rows), rows
