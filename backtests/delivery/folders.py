"""Which folders of reports there are to deliver."""

from pathlib import Path

from backtests.delivery.record import FILE_NAME, failed_folders, read_record
from backtests.delivery.reports import MESSAGE
from universes.errors import InputError


def record_of(folder: Path) -> Path:
    """Return the file of deliveries of a report's folder, ``<report>/<language>/<week>``."""
    return folder.resolve().parents[2] / FILE_NAME


def newest_folders(path: Path) -> tuple[Path, ...]:
    """Return a report's folder itself, or of a folder of all the newest week of each report.

    Raises
    ------
    InputError
        If there is no report.
    """
    if (path / MESSAGE).is_file():
        return (path,)
    newest: dict[Path, Path] = {}
    for message in sorted(path.glob(f"*/*/*/{MESSAGE}")):
        newest[message.parent.parent] = message.parent
    if not newest:
        raise InputError(f"{path}: there is no report in it", "name a folder with message.md")
    return tuple(newest.values())


def failed_folders_in(path: Path) -> dict[Path, frozenset[str]]:
    """Return the folders that failed at last, oldest first, each with its addresses' digests.

    Raises
    ------
    InputError
        If there is no record, or it cannot be read.
    """
    record = path / FILE_NAME
    if not record.is_file():
        raise InputError(f"{record}: there is no record of deliveries", "name the folder of all")
    return {path / name: to for name, to in failed_folders(read_record(record)).items()}
