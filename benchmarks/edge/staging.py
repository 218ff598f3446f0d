"""Packs what each contender consists of into archives, which are unpacked into Pyodide's memory."""

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
    """Install the locked FastAPI and stripe-python. Every Python has a pip that can fetch for another platform."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = ("install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "--no-compile")
        command = [f"{folder}/bin/python", "-m", "pip", *install, "--only-binary", ":all:", *_TARGET]
        subprocess.run([*command, "--target", target, "--requirement", _LOCK], check=True)


def _kept_packages(archives: Path) -> Path:
    """Return the archive of the packages, which is rebuilt only after a change of the lock file."""
    archive, stamp = archives / "packages.tar", archives / "packages.lock"
    locked = _LOCK.read_text(encoding="utf-8")
    if not (archive.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == locked):
        with tempfile.TemporaryDirectory() as folder:
            _packages(Path(folder))
            shutil.make_archive(str(archives / "packages"), "tar", folder)
        stamp.write_text(locked, encoding="utf-8")
    return archive


def make_own_archives(folder: Path, config: Path) -> dict[str, Path]:
    """Stage and pack our Worker and Cloudflare's SDK alone.

    Args:
        folder: The folder of the archives; created if missing.
        config: The folder of the catalogue files.

    Returns:
        The archives `sdk` and `ours`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as staged:
        parts = Path(staged)
        (parts / "sdk").mkdir()
        _sdk(parts / "sdk")
        stage(parts / "ours", config)
        return {part.name: Path(shutil.make_archive(str(folder / part.name), "tar", part)) for part in parts.iterdir()}


def make_archives(folder: Path = FOLDER) -> dict[str, Path]:
    """Stage and pack every part.

    Args:
        folder: The folder of the archives; created if missing.

    Returns:
        The archive of each part by name.
    """
    own = make_own_archives(folder, ROOT / "benchmarks" / "config")
    with tempfile.TemporaryDirectory() as staged:
        workers = Path(staged) / "workers"
        shutil.copytree(WORKERS, workers, ignore=shutil.ignore_patterns("__pycache__", "*.mjs"))
        archive = Path(shutil.make_archive(str(folder / workers.name), "tar", workers))
    return {**own, workers.name: archive, "packages": _kept_packages(folder)}


if __name__ == "__main__":  # fetch the packages before the measurement
    FOLDER.mkdir(parents=True, exist_ok=True)
    _kept_packages(FOLDER)
