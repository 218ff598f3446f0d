"""The wheel: its content, a webhook verified with it in Pyodide, and the sandbox started from it with its own extra alone."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

from support import ROOT

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]
NODE = ROOT / "node_modules" / ".bin" / "node"
HOSTS = Path(__file__).parent / "hosts"


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that `make wheel` fills."""
    folder = tmp_path_factory.mktemp("wheels") / "wheel"
    made = subprocess.run(
        [sys.executable, "scripts/wheel.py", folder], cwd=ROOT, text=True, capture_output=True, timeout=120, check=False
    )
    assert made.returncode == 0, made.stderr
    return folder


def load_script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{name}_script", ROOT / "scripts" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Import the script."""
    monkeypatch.syspath_prepend(ROOT / "scripts")
    return load_script("wheel")


@pytest.fixture(scope="session")
def packing() -> ModuleType:
    """Import what resolves requirements."""
    return load_script("packing")


@pytest.fixture(scope="session")
def packages(wheels: Path) -> dict[str, Any]:
    """Return the packages of the lock file."""
    content: dict[str, Any] = json.loads((wheels / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    return content


def test_the_wheel_needs_nothing_native_and_pyjwt_alone(packages: dict[str, Any], wheels: Path) -> None:
    assert packages["lightning-cart"]["depends"] == ["pyjwt"]
    assert packages["pyjwt"]["depends"] == []
    kinds = {path.stem.split("-", 2)[2].split("-", 1)[1] for path in wheels.glob("*.whl")}
    assert kinds == {"none-any"}


def test_the_lock_file_names_wheels_that_are_there(packages: dict[str, Any], wheels: Path) -> None:
    names = [packages[name]["file_name"] for name in ("lightning-cart", "pyjwt")]
    assert [name for name in names if not zipfile.is_zipfile(wheels / name)] == []


def test_the_wheel_verifies_a_webhook_in_pyodide(wheels: Path) -> None:
    command = [str(NODE), str(HOSTS / "program.mjs"), "node_modules/pyodide-0.28", str(wheels), str(HOSTS / "verify.py")]
    ran = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    compiled = sys.version_info[:2] == (3, 13)  # only then is it the Python that Pyodide runs
    assert found == {
        "checkout_ref": "cs_test_1",
        "claimed_order_id": "ord_00000000000000000000000001",
        "kind": "paid",
        "tampered": "BadSignature",
        "python": [3, 13],
        "file": f"/lib/python3.13/site-packages/lightning_cart/__init__.py{'c' if compiled else ''}",
    }


@pytest.fixture(scope="session")
def only_sandbox(wheels: Path, tmp_path_factory: pytest.TempPathFactory, packing: ModuleType) -> Path:
    """Return a folder with the wheel, and links to what its extra `sandbox` asks for; nothing is downloaded."""
    folder = tmp_path_factory.mktemp("site")
    (wheel,) = wheels.glob("lightning_cart-*-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    here = {name: str(value) for name, value in default_environment().items()}
    (installed,) = metadata.distributions(path=[str(folder)])
    asked = [Requirement(text) for text in installed.requires or []]
    names = [one.name for one in asked if one.marker is None or one.marker.evaluate({**here, "extra": "sandbox"})]
    for name in packing.resolve(names, here):
        package = metadata.distribution(name)
        for top in {file.parts[0] for file in package.files or []} - {"..", "__pycache__"}:
            (folder / top).symlink_to(Path(str(package.locate_file(top))))
    return folder


def test_the_extra_for_the_sandbox_alone_brings_its_command(only_sandbox: Path, tmp_path: Path) -> None:
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); from lightning_cart_host.cli.main import main; main()"
    # -S and -I: no other package of this environment can be imported.
    command = [sys.executable, "-I", "-S", "-c", program, str(only_sandbox), "sandbox", "--port", "0", "--stripe-port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as ran:
        assert ran.stderr
        line = ran.stderr.readline()
        try:
            base = json.loads(line)["ports"]["stripe"]
            answer = httpx.get(f"{base}/v1/charges", auth=("sk_test_sandbox", ""), trust_env=False)
        finally:
            ran.terminate()
    assert (answer.json()["object"], ran.returncode) == ("list", 0)


def test_another_python_leaves_the_wheels_uncompiled_and_says_so(script: ModuleType, tmp_path: Path) -> None:
    note = script._compile(tmp_path, "3.99")
    assert "not compiled, because that needs Python 3.99" in note
    assert list(tmp_path.iterdir()) == []


def test_without_pyodide_the_script_says_what_to_run(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "PYODIDE_LOCK", tmp_path / "pyodide-lock.json")
    with pytest.raises(SystemExit, match="run scripts/setup-node first"):
        script.build_wheels(tmp_path / "wheel")
