"""Where the product keeps files on the user's machine."""

import os
from pathlib import Path

import platformdirs

_NAME = "sector-screener"


def cache_folder() -> Path:
    """Return the folder for what can be computed or fetched again.

    SCREENER_HOME/cache, or the system's where that is not set or no local folder.
    """
    home = _home()
    return (
        platformdirs.user_cache_path(_NAME) if not home or "://" in home else _local(home, "cache")
    )


def store_address() -> str:
    """Return where the store is kept unless the user says otherwise.

    SCREENER_HOME/store, an object store's address included, or the system's folder for data.
    """
    home = _home()
    if "://" in home:
        return f"{home.rstrip('/')}/store"
    return str(_local(home, "store") if home else platformdirs.user_data_path(_NAME) / "store")


def data_folder() -> Path:
    """Return the folder for what the user keeps here, the store aside.

    SCREENER_HOME, or the system's folder for data where that is not set or no local folder.
    """
    home = _home()
    local = bool(home) and "://" not in home
    return Path(home).expanduser() if local else platformdirs.user_data_path(_NAME)


def sectors_folder() -> Path:
    """Return the folder of the kept tables of sectors."""
    return data_folder() / "sectors"


def _home() -> str:
    return os.environ.get("SCREENER_HOME", "")


def _local(home: str, name: str) -> Path:
    return Path(home).expanduser() / name
