"""Where the product keeps files on the user's machine."""

import os
from pathlib import Path

import platformdirs

_NAME = "sector-screener"


def cache_folder() -> Path:
    """Return the folder for what can be computed again: SCREENER_HOME/cache, or the system's."""
    home = os.environ.get("SCREENER_HOME")
    return Path(home).expanduser() / "cache" if home else platformdirs.user_cache_path(_NAME)
