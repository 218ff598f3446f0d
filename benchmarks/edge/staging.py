"""What each contender consists of, as archives that are unpacked into Pyodide's memory, where a Worker's modules live, too."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lightning_cart_host.edge.staging import ROOT, stage

WORKERS = Path(__file__).parent / "workers"
FOLDER = ROOT / "build" / "bench" / "edge"
_LOCK = ROOT / "requirements" / "bench.txt"
# The Python of Pyodide 314, and the wheels that are built for it.
_TARGET = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "314", "--implementation", "cp")


def _sdk(target: Path) -> None:
    found = importlib.util.find_spec("workers")
    if found is None or found.origin is None:
        sys.exit("the SDK of Cloudflare's runtime is not installed: run scripts/setup dev")
    package = Path(found.origin).parent
    shutil.copytree(package, target / "workers", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(package.parent / "asgi.py", target)


def _packages(target: Path) -> None:
    """FastAPI and stripe-python as they are locked. The pip that can fetch for another machine comes with every Python."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = ("install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--no-compile")
        command = [f"{folder}/bin/python", "-m", "pip", *install, "--only-binary", ":all:", *_TARGET]
        subprocess.run([*command, "--target", target, "--requirement", _LOCK], check=True)


def _kept_packages(archives: Path) -> Path:
    """The packages' archive; it is made anew only when the lock has changed."""
    archive, stamp = archives / "packages.tar", archives / "packages.lock"
    locked = _LOCK.read_text(encoding="utf-8")
    if not (archive.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == locked):
        with tempfile.TemporaryDirectory() as folder:
            _packages(Path(folder))
            shutil.make_archive(str(archives / "packages"), "tar", folder)
        stamp.write_text(locked, encoding="utf-8")
    return archive


def make_archives(folder: Path = FOLDER) -> dict[str, Path]:
    """Stage every part, and pack it.

    Args:
        folder: Where the archives go; made if it is not there.

    Returns:
        The archive of each part, by its name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as staged:
        parts = Path(staged)
        (parts / "sdk").mkdir()
        _sdk(parts / "sdk")
        stage(parts / "ours", ROOT / "config")
        shutil.copytree(WORKERS, parts / "workers", ignore=shutil.ignore_patterns("__pycache__", "*.mjs"))
        archives = {part.name: Path(shutil.make_archive(str(folder / part.name), "tar", part)) for part in parts.iterdir()}
    return archives | {"packages": _kept_packages(folder)}


if __name__ == "__main__":  # what can be fetched before it is needed
    FOLDER.mkdir(parents=True, exist_ok=True)
    _kept_packages(FOLDER)
