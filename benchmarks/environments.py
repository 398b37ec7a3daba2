"""The environments of the peers, apart from ours, as they need versions of their own."""

import hashlib
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
_STAMP = "requirements.sha256"


def find_python(kind: str = "") -> Path | str:
    """Return the python of an environment of peers, which is made where there is none.

    Where it cannot be made, the reason is returned. A stamp of the requirements tells whether the
    environment is what they ask for; else it is made anew.
    """
    name = f"-{kind}" if kind else ""
    folder = HERE.parent / f".venv-peers{name}"
    wanted = HERE / "peers" / f"requirements{name}.txt"
    stamp = f"{hashlib.sha256(wanted.read_bytes()).hexdigest()} python {sys.version_info[:2]}\n"
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    kept = folder / _STAMP
    if kept.exists() and kept.read_text() == stamp:
        return python
    print(f"Setting up {folder.name} (about a minute) ...", flush=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in ([sys.executable, "-m", "venv", "--clear", folder], [*pip, "-r", wanted]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
            return (lines or done.stderr.splitlines() or ["pip gave no reason"])[-1]
    kept.write_text(stamp)
    return python
