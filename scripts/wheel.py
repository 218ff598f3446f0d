"""Builds the wheels that Pyodide installs, compiled for its Python, and their lock file.

`scripts/wheel.py [FOLDER]` fills `build/wheel` or another folder. Lightning-Cart's wheel is pure Python and runs everywhere.
Its one dependency, PyJWT, is missing in Pyodide, so its wheel is packed from this environment. Nothing is downloaded.
"""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packing import pack

ROOT = Path(__file__).parents[1]
PYODIDE_LOCK = ROOT / "node_modules" / "pyodide-0.28" / "pyodide-lock.json"
DEPENDENCIES = ("pyjwt",)


def _run(*command: str | Path) -> None:
    """Run a Python module as a command. Its output is shown only after an error."""
    done = subprocess.run([sys.executable, "-m", *map(str, command)], cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed while building the wheel:\n{done.stdout}{done.stderr}")


def _compile(folder: Path, version: str) -> str:
    """Compile the wheels if this Python has the version of Pyodide's, and return a sentence about it."""
    own_version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if own_version != version:
        return f"not compiled, because that needs Python {version} and this is {own_version}; they work, but import more slowly"
    _run("pyodide_cli", "py-compile", "--keep", "--silent", folder)
    return f"also compiled for its Python {version}"


def build_wheels(folder: Path) -> str:
    """Write the wheels and the lock file into a folder.

    Args:
        folder: The output folder; emptied first.

    Returns:
        A sentence that says whether the wheels are compiled.
    """
    if not PYODIDE_LOCK.is_file():
        sys.exit("Pyodide is not installed: run scripts/setup-node first, or make wheel, which does")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _run("hatchling", "build", "--target", "wheel", "--directory", folder)
    for name in DEPENDENCIES:
        pack(metadata.distribution(name), folder)
    lock = folder / "pyodide-lock.json"
    _run("pyodide_cli", "lockfile", "add-wheels", "--input", PYODIDE_LOCK, "--output", lock, *sorted(folder.glob("*.whl")))
    version = ".".join(json.loads(lock.read_text(encoding="utf-8"))["info"]["python"].split(".")[:2])
    return _compile(folder, version)


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "wheel"
    note = build_wheels(folder)
    print(*sorted(file.name for file in folder.iterdir()), f"in {folder}: {note}", sep="\n")
