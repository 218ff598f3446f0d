"""The Worker on workerd with D1: the command that runs it, and what it stores."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.server.loopback import free_port
from support.builders import ADMIN_TOKEN, RECEIPT_SECRET, STRIPE_KEY, STRIPE_WEBHOOK_SECRET

pytestmark = pytest.mark.process
COMMAND = (sys.executable, "-m", "lightning_cart_host")
STARTED_WITHIN = 90  # seconds
KEYS = {
    "ADMIN_TOKEN": ADMIN_TOKEN,
    "RECEIPT_SECRET": RECEIPT_SECRET,
    "STRIPE_SECRET_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
    "STRIPE_API_BASE": "http://127.0.0.1:9",  # nothing listens there; the order is saved before the request fails
}


@pytest.fixture
def edge(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """Run `lightning-cart edge`, and return it with the URLs of the shop and the sandbox."""
    shop, sandbox = free_port(), free_port()
    out = tmp_path / "out"
    command = [*COMMAND, "edge", "--port", str(shop), "--sandbox-port", str(sandbox), "--folder", str(tmp_path / "state")]
    with out.open("wb") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream)
    try:
        end = time.monotonic() + STARTED_WITHIN
        while b"Ctrl-C" not in out.read_bytes() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.1)
        assert f"http://127.0.0.1:{shop}" in out.read_text()
        yield process, f"http://127.0.0.1:{shop}", f"http://127.0.0.1:{sandbox}"
    finally:
        process.terminate()
        process.wait(30)


def working_in(group: Path) -> list[str]:
    """Return the command lines of all processes whose working directory is in a folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (folder / "cwd").readlink().is_relative_to(group):
                found.append((folder / "cmdline").read_text())
        except OSError:  # the process has ended, or belongs to another user
            continue
    return found


def test_one_command_sells_in_every_way_and_leaves_nothing_behind(
    edge: tuple[subprocess.Popen[bytes], str, str], tmp_path: Path
) -> None:
    process, shop, sandbox = edge
    demo = [*COMMAND, "demo", "--once", "--against", shop, "--sandbox-url", sandbox]
    bought = subprocess.run(demo, capture_output=True, text=True, timeout=120, check=False)
    assert bought.returncode == 0, bought.stdout + bought.stderr
    assert "All 4 purchases are paid" in bought.stdout
    assert "Lightning-Cart test shop" in httpx.get(f"{shop}/", trust_env=False).text
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert working_in(tmp_path) == []


def test_without_d1_health_names_it_and_the_catalogue_is_still_shown(tmp_path: Path) -> None:
    with Workerd(tmp_path / "engine", KEYS, database=False) as engine:
        health = httpx.get(
            f"{engine.address}/health", headers={"authorization": f"Bearer {ADMIN_TOKEN}"}, timeout=60, trust_env=False
        )
        products = httpx.get(f"{engine.address}/products", timeout=60, trust_env=False)
    assert health.status_code == 503
    assert "DB" in health.json()["missing"]
    assert products.status_code == 200


def test_a_worker_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = Workerd(tmp_path / "engine", KEYS, modules={"broken.py": "this is no Python"}, main="broken.py", database=False)
    with pytest.raises(ConfigurationError, match="did not start"):
        broken.start()
    assert working_in(tmp_path) == []
