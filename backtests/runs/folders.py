"""Puts a week's files in their place, whole, and knows them again."""

from collections.abc import Collection, Mapping
from pathlib import Path

from backtests.runs.job import Key
from backtests.runs.ledger import LEDGER_NAME, Entry
from screener.files import replace_folder, sweep_leftovers
from universes.content import content_hash, hash_each


def folder_of(out: Path, key: Key) -> Path:
    """Return the folder of a week's report in a language."""
    return out.joinpath(*key)


def hash_files(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 over the names and contents of files."""
    return content_hash(hash_each(files))


def is_whole(out: Path, entry: Entry) -> bool:
    """Tell whether the files that an entry is of stand in their folder, byte for byte.

    What else lies there, such as what a file manager leaves, is no matter.
    """
    folder = folder_of(out, entry.key)
    try:
        files = {name: (folder / name).read_bytes() for name in entry.names}
    except OSError:
        return False
    return bool(files) and hash_files(files) == entry.files


def place_files(folder: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    """Write a week's folder whole or not at all; one that holds the same is not touched.

    Parameters
    ----------
    folder : Path
    files : mapping of str to bytes
        By path inside the folder.
    ours : collection of str
        The files that earlier runs wrote: those go. Any other file is somebody else's, and stays.

    Raises
    ------
    OSError
        If it cannot be written; what stood there is left as it was.
    """
    found = _read_files(folder)
    strange = {name: found[name] for name in found.keys() - files.keys() - set(ours)}
    wanted = {**strange, **files}
    if found != wanted:
        replace_folder(folder, wanted)


def sweep(out: Path) -> None:
    """Remove what runs that were killed left; what they had put aside stands again.

    Raises
    ------
    OSError
        As `screener.files.sweep_leftovers`.
    """
    sweep_leftovers(out, LEDGER_NAME)
    for language in sorted(out.glob("*/*/")):
        sweep_leftovers(language)


def _read_files(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    if not folder.is_dir():
        raise NotADirectoryError(0, "a file has the name of its folder")
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
