"""Builds a site of JupyterLite on which the notebooks run with no server: in the browser, from files alone.

`scripts/lite.py [FOLDER]` fills `build/lite`, or another folder. Pyodide comes from its npm package, the packages of the kernel
and the sandbox from this environment, and Lightning-Cart's own wheel from here. So nothing is fetched, neither now nor by the
site: its one list of packages, Pyodide's lock file, names nothing but the wheels beside it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packing import needed, pack
from pyodide_lock import PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ("00_test_checkout", "05_webhooks", "08_add_a_provider")
PYODIDE = ROOT / "node_modules" / "pyodide"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
KERNEL = Path(sys.prefix, "share", "jupyter", "labextensions", "@jupyterlite", "pyodide-kernel-extension")
BROWSERS_OWN = Path(sys.prefix, "browser")
KERNELS_OWN = ("ipykernel", "piplite", "pyodide_kernel")
OTHERS = ["lightning-cart[sandbox]", "comm", "ipython", "jedi"]


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run one tool of this environment; what it says is shown only where it fails."""
    done = subprocess.run([sys.executable, "-m", *map(str, command)], cwd=cwd, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} could not do its part of the site:\n{done.stdout}{done.stderr}")


def _fill_with_pyodide(folder: Path) -> list[str]:
    """Fill a folder with Pyodide, the wheels and the lock file that lists them; return the packages' names."""
    for name in RUNTIME:
        shutil.copy(PYODIDE / name, folder)
    empty = PyodideLockSpec.from_json(PYODIDE / LOCK)
    empty.packages = {}  # they are at Pyodide's own servers
    python, place = empty.info.python, {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix"}
    there = default_environment() | place | {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    _run("hatchling", "build", "--target", "wheel", "--directory", folder)
    others = [metadata.distribution(name) for name in needed(OTHERS, there) if name != "lightning-cart"]
    for package in (*others, *metadata.distributions(path=[str(BROWSERS_OWN)])):
        pack(package, folder)
    for name in KERNELS_OWN:
        for wheel in (KERNEL / "static" / "pypi").glob(f"{name}-*.whl"):
            shutil.copy(wheel, folder)
    lock = add_wheels_to_spec(empty, sorted(folder.glob("*.whl")))
    lock.to_json(folder / LOCK)
    return sorted(lock.packages)


def _settings(packages: list[str]) -> dict[str, object]:
    """Return what JupyterLite is told: every package is loaded at the start, and none is looked for elsewhere."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": packages}}
    site = {
        "appName": "Lightning-Cart",
        "exposeAppInBrowser": True,  # so that a page around it, or a test, can drive it
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": site}


def build_site(site: Path) -> None:
    """Build the site.

    Args:
        site: The folder that becomes it; emptied first.
    """
    if not PYODIDE.is_dir():
        sys.exit("there is no Pyodide to build a site with: run scripts/setup-node first, or make lite, which does")
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        stage = Path(name)
        pyodide, notebooks = stage / "static" / "pyodide", stage / "notebooks"
        pyodide.mkdir(parents=True)
        notebooks.mkdir()
        packages = _fill_with_pyodide(pyodide)
        (stage / "jupyter-lite.json").write_text(json.dumps(_settings(packages)), encoding="utf-8")
        for notebook in NOTEBOOKS:
            shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", notebooks)
        # Of this environment's extensions the site needs the kernel alone.
        only = ("--ignore-sys-prefix", f"--LiteBuildConfig.federated_extensions={KERNEL}")
        small = ("--apps=lab", "--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive")
        folders = ("--lite-dir", stage, "--contents", notebooks, "--output-dir", site)
        _run("jupyter", "lite", "build", *folders, *only, *small, cwd=stage)


if __name__ == "__main__":
    place = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "lite"
    build_site(place)
    print(f"{place}\nAny server of files will do: {Path(sys.executable).name} -m http.server --directory {place} 8000")
