"""Where the words are kept by which the front of a report is read."""

from pathlib import Path

FRONT_FILE = Path(__file__).parent / "front.toml"
