"""The environment of the other program: its locked packages, in a folder of its own beside this project's."""

import subprocess
import sys
from pathlib import Path

from lightning_cart_host.edge.staging import ROOT

FOLDER = ROOT / "build" / "bench" / "host"
_LOCK = ROOT / "requirements" / "bench-host.txt"


def other_python() -> Path:
    """Return the Python of the other program. Its packages are installed again only after a change of the lock file."""
    folder, stamp = FOLDER / "packages", FOLDER / "packages.lock"
    python, locked = folder / "bin" / "python", _LOCK.read_text(encoding="utf-8")
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == locked and python.is_file()):
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = ("install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps")
        subprocess.run([python, "-m", "pip", *install, "--only-binary", ":all:", "--requirement", _LOCK], check=True)
        stamp.write_text(locked, encoding="utf-8")
    return python


if __name__ == "__main__":  # fetch the packages before the measurement
    other_python()
