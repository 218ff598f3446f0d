"""Stages what is uploaded to the edge: the Worker, the core, PyJWT, and the catalogue, checked and compiled to Python.

`python -m lightning_cart_host.edge.staging` writes `build/edge`; wrangler runs it as its build command. The edge reads no TOML:
its catalogue is compiled here, so that a mistake stops the deploy and not a buyer.
"""

import importlib.metadata
import importlib.util
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import jwt

from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart_host.edge.compile_catalog import compile_catalog
from lightning_cart_host.server.assembly import load_catalog

ROOT = Path(__file__).resolve().parents[3]
STAGED = ROOT / "build" / "edge"
_ENTRY = "entry.py"  # stands at the top, where the runtime looks for it
# What the Worker never imports: of the core what reads the catalogue and what serves the command line, of PyJWT its command.
_UNUSED = {"catalog_files.py", "explain.py", "help.py"}


def _modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if path.name not in _UNUSED)


def _copy(folder: Path, target: Path, paths: Iterable[Path]) -> None:
    for path in paths:
        place = target / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _vendored() -> Path:
    """PyJWT's folder, if it is the one that is locked."""
    locked = re.search(r"^pyjwt==(\S+)", (ROOT / "requirements" / "worker.txt").read_text(encoding="utf-8"), re.MULTILINE)
    found = importlib.metadata.version("pyjwt")
    if locked is None or locked[1] != found:
        raise ConfigurationError(f"PyJWT {found} is installed, and another one is locked: run scripts/setup demo")
    return Path(jwt.__file__).parent


def stage(target: Path, config: Path) -> Path:
    """Write everything that is uploaded into a folder of its own.

    Args:
        target: The folder; what was in it is removed.
        config: The folder of the catalogue files.

    Returns:
        The folder.

    Raises:
        CatalogError: With every mistake in the catalogue; the folder stays as it was.
        ConfigurationError: A file cannot be read, or PyJWT is not the locked one.
    """
    compiled, vendored = compile_catalog(load_catalog(config)), _vendored()
    shutil.rmtree(target, ignore_errors=True)
    worker, core = ROOT / "worker", ROOT / "core"
    _copy(worker, target, [worker / _ENTRY])
    _copy(ROOT, target, (path for path in sorted(worker.glob("*.py")) if path.name != _ENTRY))
    _copy(core, target, _modules(core / "lightning_cart"))
    _copy(vendored.parent, target, _modules(vendored))
    (target / "catalog_data.py").write_text(compiled, encoding="utf-8")
    return target


def stage_offline(target: Path, config: Path) -> Path:
    """Stage what `make edge` runs: the same, with the SDK that the offline runtime lacks, and what calls it there.

    Args:
        target: As of `stage`.
        config: The same.

    Raises:
        ConfigurationError: As of `stage`, or the SDK is not installed.
    """
    stage(target, config)
    found = importlib.util.find_spec("workers")
    if found is None or found.origin is None:
        raise ConfigurationError("the SDK of Cloudflare's runtime is not installed: run scripts/setup demo")
    sdk = Path(found.origin).parent
    _copy(sdk.parent, target, _modules(sdk))
    shutil.copyfile(ROOT / "worker" / "offline" / "main.py", target / "offline.py")
    return target


if __name__ == "__main__":
    try:
        stage(STAGED, ROOT / "config")
    except LightningCartError as error:
        sys.exit(str(error))
