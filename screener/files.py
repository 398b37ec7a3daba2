"""Files are written under a temporary name and then given their own."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# what a writer that is killed leaves has such a name, and nothing else has
_PREFIX = ".screener-"
_LONGEST_NAME = 40


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; its folder is made where it is missing.

    Raises
    ------
    OSError
        If it cannot be written; what stood there is left as it was, and nothing beside it.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file beside a path, which takes its name once all is written.

    Raises
    ------
    OSError
        As `replace_file`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path.name))
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files whole or not at all, in place of what stood there.

    Parameters
    ----------
    folder : Path
    files : mapping of str to bytes
        By path inside the folder.

    Raises
    ------
    OSError
        If it cannot be written; what stood there is left as it was, and nothing beside it.

    Notes
    -----
    A process that is killed never leaves half a folder under the name. It can leave a hidden one
    beside it, and what stood there in that: `sweep_leftovers` puts both right.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_prefix(folder.name)))
    new, old = temporary / "new", temporary / "old"
    try:
        for name, content in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if folder.exists():
            old.mkdir()
            folder.rename(old / folder.name)
        new.rename(folder)
    finally:
        _clear(temporary)


def sweep_leftovers(parent: Path, name: str = "*") -> None:
    """Remove what writers that were killed left in a folder, and put back what they had put aside.

    Parameters
    ----------
    parent : Path
        Nobody else may be writing into it.
    name : str
        Of the file or folder that was being written; left out: any.

    Raises
    ------
    OSError
        If what was put aside cannot be put back. What cannot be removed stays.
    """
    for leftover in sorted(parent.glob(_prefix(name) + "*")):
        _clear(leftover)


def _prefix(name: str) -> str:
    # a file system's longest name leaves room for little more than a long name itself
    return f"{_PREFIX}{name[:_LONGEST_NAME]}."


def _clear(leftover: Path) -> None:
    """Remove a leftover; what it holds of old gets its name back where nothing has taken it."""
    if leftover.is_symlink() or not leftover.is_dir():
        leftover.unlink(missing_ok=True)
        return
    for old in (leftover / "old").glob("*"):
        place = leftover.parent / old.name
        if not place.exists():
            old.rename(place)
    shutil.rmtree(leftover, ignore_errors=True)
