"""Makes the wheels that Pyodide installs, compiled for its Python, and the lock file by which it finds them.

`scripts/wheel.py [FOLDER]` fills `build/wheel`, or another folder. There is one wheel for every place: pure Python, with one
dependency, PyJWT. That stands beside it, because Pyodide has none of its own, and is packed from where it was installed by its
locked hash, so that nothing is downloaded.
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
    """Run one tool of this environment; what it says is shown only where it fails."""
    done = subprocess.run([sys.executable, "-m", *map(str, command)], cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} could not do its part of the wheel:\n{done.stdout}{done.stderr}")


def _compile(folder: Path, wanted: str) -> str:
    """Compile the wheels for Pyodide's Python, where this is that Python; the lock file then names the compiled ones."""
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    if here != wanted:
        return f"not compiled, for that takes Python {wanted} and this is {here}; they work, and import a little slower"
    _run("pyodide_cli", "py-compile", "--keep", "--silent", folder)
    return f"also compiled for its Python {wanted}"


def make_wheels(folder: Path) -> str:
    """Fill a folder with the wheels and the lock file.

    Args:
        folder: Emptied first.

    Returns:
        What was made, in words.
    """
    if not PYODIDE_LOCK.is_file():
        sys.exit("there is no Pyodide to make a wheel for: run scripts/setup-node first, or make wheel, which does")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _run("hatchling", "build", "--target", "wheel", "--directory", folder)
    for name in DEPENDENCIES:
        pack(metadata.distribution(name), folder)
    lock = folder / "pyodide-lock.json"
    _run("pyodide_cli", "lockfile", "add-wheels", "--input", PYODIDE_LOCK, "--output", lock, *sorted(folder.glob("*.whl")))
    wanted = ".".join(json.loads(lock.read_text(encoding="utf-8"))["info"]["python"].split(".")[:2])
    return _compile(folder, wanted)


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "wheel"
    note = make_wheels(place)
    print(*sorted(file.name for file in place.iterdir()), f"in {place}: {note}", sep="\n")
