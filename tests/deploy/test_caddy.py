"""The Caddyfile fits the engine, and where Caddy is installed, requests go through it to two engines."""

import contextlib
import functools
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn

from lightning_cart.web.app import WEBHOOK_LIMIT
from lightning_cart_host.server.loopback import free_port
from support import ROOT
from support.builders import RECEIPT_SECRET
from support.processes import TIMEOUT_SECONDS, CliProcess

OLDEST = (2, 11, 2)
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8")


def value(name: str) -> str:
    """Return the value of a directive that is there once."""
    (found,) = re.findall(rf"^\s+{name} (.+?)(?: \{{)?$", CADDYFILE, re.MULTILINE)
    return str(found)


def test_every_block_is_closed() -> None:
    bare = re.sub(r"#.*|\{\$.*?\}", "", CADDYFILE)
    assert bare.count("{") == bare.count("}") > 0


def test_caddy_closes_an_idle_connection_before_the_engine_does() -> None:
    assert int(value("keepalive").removesuffix("s")) < uvicorn.Config("app").timeout_keep_alive


def test_the_engine_refuses_a_long_body_before_caddy_does() -> None:
    assert int(value("max_size").removesuffix("MB")) * 1_000_000 > WEBHOOK_LIMIT


def test_one_missing_key_does_not_take_the_engine_away() -> None:
    assert "health_uri" not in CADDYFILE


@functools.cache
def find_caddy() -> str:
    """Return Caddy's path, or "" if it is not installed, or too old."""
    found = shutil.which("caddy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if not found:
        return ""
    version = subprocess.run([found, "version"], check=True, capture_output=True, text=True).stdout
    parts = tuple(map(int, re.findall(r"\d+", version)[:3]))
    return found if parts >= OLDEST else ""


def test_the_oldest_caddy_is_named_as_the_file_says() -> None:
    assert f"Caddy {'.'.join(map(str, OLDEST))} or newer" in CADDYFILE


if find_caddy():

    @pytest.fixture(scope="module")
    def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[CliProcess]]:
        folder = tmp_path_factory.mktemp("engines")
        options = ("--port", "0", "--storefront", "none", "--config", str(ROOT / "config"))
        with contextlib.ExitStack() as stack:
            started = []
            for _ in range(2):
                process = CliProcess("serve", *options, env={"RECEIPT_SECRET": RECEIPT_SECRET}, folder=folder)
                started.append(stack.enter_context(process))
            for process in started:
                process.wait_until_serving()
            yield started

    @pytest.fixture(scope="module")
    def caddy(engines: list[CliProcess], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
        """Return the URL with TLS, and the one without."""
        folder, http, https = tmp_path_factory.mktemp("caddy"), free_port(), free_port()
        ours = f"{{\n\tadmin off\n\tskip_install_trust\n\tlocal_certs\n\thttp_port {http}\n\thttps_port {https}\n}}\n"
        (folder / "Caddyfile").write_text(ours + CADDYFILE, encoding="utf-8")
        env = {
            "HOME": str(folder),
            "DOMAIN": "localhost",
            "ENGINES": " ".join(engine.address.removeprefix("http://") for engine in engines),
        }
        command = [find_caddy(), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
        try:
            urls = f"https://localhost:{https}", f"http://localhost:{http}"
            wait_until_served(urls[0], process, folder / "log")
            yield urls
        finally:
            process.terminate()
            process.wait(TIMEOUT_SECONDS)

    def wait_until_served(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError), client() as made:
                made.get(url)
                return
            time.sleep(0.05)
        raise AssertionError(log.read_text())

    def client(**options: str) -> httpx.Client:
        return httpx.Client(verify=False, trust_env=False, timeout=TIMEOUT_SECONDS, headers=options)  # noqa: S501 - Caddy's own

    @pytest.mark.process
    def test_the_engine_is_reached_by_tls_alone(caddy: tuple[str, str]) -> None:
        with client() as made:
            answer = made.get(f"{caddy[0]}/products")
            assert (answer.status_code, answer.headers["strict-transport-security"]) == (200, "max-age=31536000")
            redirect = made.get(f"{caddy[1]}/products")
            assert (redirect.status_code, redirect.headers["location"][:8]) == (308, "https://")

    @pytest.mark.process
    def test_the_metrics_are_not_public(caddy: tuple[str, str]) -> None:
        with client() as made:
            assert made.get(f"{caddy[0]}/metrics").content == b""

    @pytest.mark.process
    def test_a_long_body_is_refused_in_the_engines_words(caddy: tuple[str, str]) -> None:
        with client() as made:
            answer = made.post(f"{caddy[0]}/webhook/stripe", content=b"x" * (WEBHOOK_LIMIT + 1))
            assert (answer.status_code, answer.json()["type"]) == (413, "/problems/body-too-large")

    @pytest.mark.process
    def test_while_one_engine_stops_the_other_answers(caddy: tuple[str, str], engines: list[CliProcess]) -> None:
        with client() as made:

            def ask() -> int:
                return made.post(f"{caddy[0]}/checkout", json={}, headers={"idempotency-key": "one"}).status_code

            statuses = [ask() for _ in range(10)]
            engines[0].popen.terminate()
            while engines[0].popen.poll() is None:
                statuses.append(ask())
            statuses += [ask() for _ in range(10)]
        assert set(statuses) == {422}
