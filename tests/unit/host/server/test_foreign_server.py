"""The application of docs/library.md under another server, in two processes: it answers, and one of them runs the loops."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lightning_cart_host.server.loopback import free_port
from support import ROOT
from support.app import ENV
from support.documents import read_blocks
from support.processes import TIMEOUT_SECONDS, without_settings

pytestmark = pytest.mark.process

PROGRAM = next(block.text for block in read_blocks("docs/library.md", "python") if "import Starlette" in block.text)
STARTED = "Application startup complete"


def holders(database: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as connection:
        rows = connection.execute("SELECT value FROM reconciling WHERE name LIKE 'loop:%' AND until > ?", [int(time.time())])
        return {str(value) for (value,) in rows}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Start the documented application in uvicorn, with two processes of its own."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "documented.py").write_text(PROGRAM, encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "documented:app", "--workers", "2", "--port", str(port)]
    env = without_settings(os.environ) | ENV
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, cwd=tmp_path, env=env, stderr=log) as process:
        try:
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def test_one_of_two_processes_of_another_server_runs_the_loops_until_the_end(
    server: tuple[subprocess.Popen[bytes], str], tmp_path: Path
) -> None:
    process, address = server
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while (log := (tmp_path / "log").read_text(encoding="utf-8")).count(STARTED) < 2:
        assert time.monotonic() < deadline, log
        time.sleep(0.02)
    assert httpx.get(f"{address}/pay/products", trust_env=False).status_code == 200
    assert len(holders(tmp_path / "orders.db")) == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIMEOUT_SECONDS) == 0
    assert holders(tmp_path / "orders.db") == set()
    assert '"level": "warning", "event": "loops", "missing"' not in (tmp_path / "log").read_text(encoding="utf-8")
