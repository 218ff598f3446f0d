"""Fixtures of the host's tests: settings, processes, servers on real sockets, and the command line."""

import asyncio
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from lightning_cart import flow
from lightning_cart_host.cli import commands
from lightning_cart_host.cli import main as cli
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server import strategies
from lightning_cart_host.server.log import JsonLog
from lightning_cart_host.server.loopback import free_port
from support.app import ENV
from support.builders import (
    PAYPAL_CLIENT_ID,
    PAYPAL_CLIENT_SECRET,
    RECEIPT_SECRET,
    SQUARE_SIGNATURE_KEY,
    SQUARE_TOKEN,
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
)
from support.command_line import COMMAND
from support.processes import CliProcess, without_settings

SETTINGS = {
    "RECEIPT_SECRET": RECEIPT_SECRET,
    "STRIPE_SECRET_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
    "PAYPAL_CLIENT_ID": PAYPAL_CLIENT_ID,
    "PAYPAL_CLIENT_SECRET": PAYPAL_CLIENT_SECRET,
    "PAYPAL_WEBHOOK_ID": "8PT",
    "SQUARE_ACCESS_TOKEN": SQUARE_TOKEN,
    "SQUARE_LOCATION_ID": "LMAIN",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": SQUARE_SIGNATURE_KEY,
    "SQUARE_WEBHOOK_URL": "https://pay.shop.example/webhook/square",
}


class Logbook:
    """A log whose lines can be read."""

    def __init__(self) -> None:
        self.stream = io.StringIO()
        self.log = JsonLog(self.stream, lambda: 1_780_000_000.5)

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.split("\n") if line]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., CliProcess]]:
    """Start processes, and end those that still run."""
    processes: list[CliProcess] = []

    def start_one(*arguments: str, **env: str) -> CliProcess:
        if arguments[0] == "serve" and "--config" not in arguments:
            arguments = (*arguments, "--config", str(find_resource("config")))
        processes.append(CliProcess(*arguments, env=env, folder=tmp_path))
        return processes[-1]

    yield start_one
    for process in processes:
        process.kill()
        process.close()


@pytest.fixture
def logbook() -> Logbook:
    """Return a log whose lines can be read."""
    return Logbook()


@pytest.fixture
def settings() -> dict[str, str]:
    """Return the settings of an engine, without `PUBLIC_URL`."""
    return dict(SETTINGS)


@pytest.fixture
def config() -> Path:
    """Return the catalogue of the example."""
    return find_resource("config")


@pytest.fixture
def client() -> Any:
    """Open an HTTP client that uses no proxy."""
    with httpx.Client(trust_env=False, timeout=20) as made:
        yield made


class Elsewhere(NamedTuple):
    """A running sandbox, with the port of the shop that gets its webhooks and the settings of that shop."""

    address: str
    port: int
    env: dict[str, str]
    process: CliProcess


@pytest.fixture
def sandbox(start: Any, settings: dict[str, str]) -> Elsewhere:
    """Start a sandbox whose webhooks go to a port on which no shop listens yet."""
    port, shop_port = free_port(), free_port()
    webhook = f"http://127.0.0.1:{shop_port}/webhook"
    process = start("sandbox", "--port", str(port), "--webhook", webhook, "--webhook-secret", "whsec_secret_of_process_tests")
    process.wait_for(f"http://127.0.0.1:{port}/health")
    return Elsewhere(f"http://127.0.0.1:{port}", shop_port, settings | process.settings, process)


@pytest.fixture
def start_shop(start: Any, sandbox: Elsewhere, tmp_path: Path) -> Callable[[], Any]:
    """Start a shop that pays at the sandbox, each time with the same port and database."""
    port, env = sandbox.port, sandbox.env

    def start_it() -> Any:
        process = start("serve", "--port", str(port), "--database", str(tmp_path / "orders.db"), **env)
        process.wait_for(f"http://127.0.0.1:{port}/health")
        return process

    return start_it


@pytest.fixture
def lightning_cart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[..., tuple[int, str, str]]:
    """Run the command line in this process, and return its exit code, output and error output."""
    for name in os.environ.keys() - without_settings(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setattr(commands, "app", COMMAND)
    monkeypatch.setattr(strategies, "entry_points", lambda **_: ())  # reads the metadata of every distribution

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["lightning-cart", *arguments])
        status: object = 0
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
        out, err = capsys.readouterr()
        return int(str(status or 0)), out, err

    return run


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write the catalogue and settings of an engine whose provider cannot be reached, and is asked again without a pause."""
    monkeypatch.setattr(flow, "BACKOFF_SECONDS", [0] * len(flow.BACKOFF_SECONDS))
    shutil.copytree(find_resource("config"), tmp_path / "config")
    settings = {**ENV, "STRIPE_API_BASE": "http://127.0.0.1:9"}
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in settings.items()))


@pytest.fixture
def canned() -> Callable[..., Any]:
    """Serve the same bytes to every connection, on a real socket."""

    @contextlib.asynccontextmanager
    async def serve(answer: bytes, pause: float = 0, *, stay: bool = False) -> Any:
        asked: list[bytes] = []

        async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            for byte in (answer[i : i + 1] for i in range(len(answer))) if pause else (answer,):
                writer.write(byte)
                with contextlib.suppress(ConnectionError):
                    await writer.drain()
                if pause:
                    await asyncio.sleep(pause)
            if stay:
                await reader.read()
            writer.close()

        server = await asyncio.start_server(answer_one, "127.0.0.1", 0)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
        finally:
            server.close()

    return serve
