"""`make notebooks` opens JupyterLab on the notebooks, or says in one sentence why not."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from lightning_cart_host.server.loopback import free_port
from support import ROOT

SCRIPT = [sys.executable, str(ROOT / "scripts" / "open_notebooks.py")]
TIMEOUT_SECONDS = 60  # for JupyterLab to start on a busy machine


def test_a_port_that_is_taken_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run([*SCRIPT, "--port", port], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f'Port {port} is taken: name another one with ARGS="--port …", or none, and JupyterLab finds one that is free.\n'
    )


def get(url: str) -> httpx.Response:
    end = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            return httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@pytest.mark.process
def test_jupyterlab_opens_on_the_notebooks_and_fetches_no_news(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    arguments = ["--no-browser", "--port", address.rpartition(":")[2], "--IdentityProvider.token="]
    with (tmp_path / "log").open("wb") as log:
        env = os.environ | {"HOME": str(tmp_path)}
        process = subprocess.Popen([*SCRIPT, *arguments], env=env, stdout=log, stderr=log)
    try:
        listed = [one["name"] for one in get(f"{address}/api/contents").json()["content"]]
        page = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', get(f"{address}/lab").text, re.DOTALL)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(TIMEOUT_SECONDS)
    assert sorted(listed) == [path.name for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    assert page
    assert "@jupyterlab/apputils-extension:announcements" in json.loads(page[1])["disabledExtensions"]
