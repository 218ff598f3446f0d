"""Builds a JupyterLite site, on which notebooks run in the browser without a server.

`scripts/lite.py [FOLDER]` fills `build/lite` or another folder. Pyodide comes from its npm package, other packages from this
environment, and Lightning-Cart's wheel from this repository. Neither the build nor the site downloads anything: Pyodide's lock
file names only the wheels beside it.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packing import pack, resolve
from pyodide_lock import PyodideLockSpec
from pyodide_lock.utils import add_wheels_to_spec

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ("00_test_checkout", "05_webhooks", "08_add_a_provider")
PYODIDE = ROOT / "node_modules" / "pyodide"
RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"
KERNEL = Path(sys.prefix, "share", "jupyter", "labextensions", "@jupyterlite", "pyodide-kernel-extension")
BROWSER_PACKAGES = Path(sys.prefix, "browser")
KERNEL_WHEELS = ("ipykernel", "piplite", "pyodide_kernel")
REQUIREMENTS = ["lightning-cart[sandbox]", "comm", "ipython", "jedi"]


def _run(*command: str | Path, cwd: Path = ROOT) -> None:
    """Run a Python module as a command. Its output is shown only after an error."""
    done = subprocess.run([sys.executable, "-m", *map(str, command)], cwd=cwd, text=True, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed while building the site:\n{done.stdout}{done.stderr}")


def _fill_with_pyodide(folder: Path) -> list[str]:
    """Write Pyodide, the wheels and their lock file into a folder and return the packages' names."""
    for name in RUNTIME:
        shutil.copy(PYODIDE / name, folder)
    lock_spec = PyodideLockSpec.from_json(PYODIDE / LOCK)
    lock_spec.packages = {}  # they are on Pyodide's servers
    python, platform = (
        lock_spec.info.python,
        {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix"},
    )
    markers = default_environment() | platform | {"python_full_version": python, "python_version": python.rpartition(".")[0]}
    _run("hatchling", "build", "--target", "wheel", "--directory", folder)
    dependencies = [metadata.distribution(name) for name in resolve(REQUIREMENTS, markers) if name != "lightning-cart"]
    for package in (*dependencies, *metadata.distributions(path=[str(BROWSER_PACKAGES)])):
        pack(package, folder)
    for name in KERNEL_WHEELS:
        for wheel in (KERNEL / "static" / "pypi").glob(f"{name}-*.whl"):
            shutil.copy(wheel, folder)
    lock = add_wheels_to_spec(lock_spec, sorted(folder.glob("*.whl")))
    lock.to_json(folder / LOCK)
    return sorted(lock.packages)


def _settings(packages: list[str]) -> dict[str, object]:
    """Return JupyterLite's settings: load every package at the start and none from elsewhere."""
    kernel = {"disablePyPIFallback": True, "loadPyodideOptions": {"packages": packages}}
    site = {
        "appName": "Lightning-Cart",
        "exposeAppInBrowser": True,  # so that an embedding page or a test can control it
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    return {"jupyter-lite-schema-version": 0, "jupyter-config-data": site}


def build_site(site: Path) -> None:
    """Build the site.

    Args:
        site: The output folder; emptied first.
    """
    if not PYODIDE.is_dir():
        sys.exit("Pyodide is not installed: run scripts/setup-node first, or make lite, which does")
    shutil.rmtree(site, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name)
        pyodide, notebooks = source / "static" / "pyodide", source / "notebooks"
        pyodide.mkdir(parents=True)
        notebooks.mkdir()
        packages = _fill_with_pyodide(pyodide)
        (source / "jupyter-lite.json").write_text(json.dumps(_settings(packages)), encoding="utf-8")
        for notebook in NOTEBOOKS:
            shutil.copy(ROOT / "notebooks" / f"{notebook}.ipynb", notebooks)
        # Of this environment's extensions, the site needs only the kernel.
        extensions = ("--ignore-sys-prefix", f"--LiteBuildConfig.federated_extensions={KERNEL}")
        options = ("--apps=lab", "--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive")
        folders = ("--lite-dir", source, "--contents", notebooks, "--output-dir", site)
        _run("jupyter", "lite", "build", *folders, *extensions, *options, cwd=source)


if __name__ == "__main__":
    folder = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "build" / "lite"
    build_site(folder)
    print(f"{folder}\nServe it with any file server: {Path(sys.executable).name} -m http.server --directory {folder} 8000")
