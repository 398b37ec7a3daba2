"""Tables of sectors as files: read, written, kept on this machine, and loaded together."""

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from screener.companies.membership import Membership, Sectors, SectorTables, figure_of, make_sectors
from screener.companies.sector_rows import COLUMNS, check_scheme, check_text, read_rows
from screener.files import replace_file
from screener.home import sectors_folder
from universes import InputError
from universes.tables import is_there

__all__ = [
    "Membership",
    "SectorTables",
    "Sectors",
    "keep_sectors",
    "kept_sectors",
    "load_sectors",
    "make_sectors",
    "read_sectors",
    "write_sectors",
]

T = TypeVar("T", str, dt.date)

_ENDING = ".csv"


def read_sectors(
    path: Path, scheme: str | None = None, source: str | None = None, dated: dt.date | None = None
) -> Sectors:
    """Read a table of sectors.

    Parameters
    ----------
    path : Path
        As `screener.companies.sector_rows.read_rows` takes it.
    scheme, source, dated : optional
        What the file does not tell; see `Sectors`.

    Raises
    ------
    InputError
        If the file has faults, does not tell one of these and it is not given either, or tells
        another than is given.
    """
    found = read_rows(path)
    return make_sectors(
        _settle(path, "scheme", found.scheme, check_scheme(scheme) if scheme else None),
        _settle(path, "source", found.source, check_text(source, "source") if source else None),
        _settle(path, "dated", found.dated, dated),
        found.rows,
    )


def write_sectors(sectors: Sectors) -> bytes:
    """Spell a table as CSV in UTF-8, which `read_sectors` reads as the same table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    constant = (sectors.scheme, sectors.source, sectors.dated)
    writer.writerows(
        (row.symbol, row.sector, row.since, figure_of(row), *constant) for row in sectors.rows()
    )
    return out.getvalue().encode()


def keep_sectors(sectors: Sectors) -> Path:
    """Keep a table on this machine, in place of the one kept of its scheme.

    Raises
    ------
    InputError
        If it cannot be written; what was kept is left as it was.
    """
    path = _kept_path(sectors.scheme)
    try:
        replace_file(path, write_sectors(sectors))
    except OSError as error:
        reason = f"{path} cannot be written: {error.strerror}"
        raise InputError(reason, "set SCREENER_HOME to a folder that can") from None
    return path


def kept_sectors() -> list[Sectors]:
    """Return the kept tables by scheme.

    Raises
    ------
    InputError
        If one of them cannot be read.
    """
    return [_read_kept(scheme) for scheme in _kept_schemes()]


def load_sectors(named: Sequence[str | Path] = ()) -> SectorTables:
    """Return tables of sectors to be used together.

    Parameters
    ----------
    named : sequence of str or Path
        Ids of kept schemes, or paths of files that tell their scheme, source and date. Left
        out: every kept one.

    Raises
    ------
    InputError
        If there is no such table, one cannot be read, or two tell the sector of one share.
    """
    tables = [_find(each) for each in dict.fromkeys(named)] if named else kept_sectors()
    return SectorTables(tuple(sorted(tables, key=lambda table: table.scheme)))


def _settle(path: Path, what: str, told: T | None, given: T | None) -> T:
    if told and given and told != given:
        raise InputError(f"{path} has {what} {told}, not {given}", "give one of them alone")
    settled = told or given
    if not settled:
        raise InputError(f"{path} does not tell its {what}", f"add a column {what}, or --{what}")
    return settled


def _kept_path(scheme: str) -> Path:
    return sectors_folder() / f"{scheme}{_ENDING}"


def _kept_schemes() -> list[str]:
    return sorted(path.stem for path in sectors_folder().glob(f"[!.]*{_ENDING}"))


def _read_kept(scheme: str) -> Sectors:
    path = _kept_path(scheme)
    sectors = read_sectors(path)
    if sectors.scheme != scheme:
        remedy = f"name it {sectors.scheme}{_ENDING}, or take it away"
        raise InputError(f"{path} holds the sectors of {sectors.scheme}", remedy)
    return sectors


def _find(named: str | Path) -> Sectors:
    if isinstance(named, str) and named in _kept_schemes():
        return _read_kept(named)
    if not is_there(Path(named)):
        kept = ", ".join(_kept_schemes()) or "none yet"
        raise InputError(
            f"{str(named)[:120]!r} is neither a kept table of sectors nor a file",
            f"kept are: {kept}; take one in with screener data sectors import FILE",
        )
    return read_sectors(Path(named))
