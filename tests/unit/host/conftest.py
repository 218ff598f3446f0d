"""What the host's tests share: engines over SQLite files, applications on real sockets, and processes of their own."""

import asyncio
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.cli import main as cli
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.env_file import parse_env_file
from lightning_cart_host.server.log import JsonLog

SETTINGS = {
    "RECEIPT_SECRET": "receipt-secret-of-thirty-two-chars",
    "STRIPE_SECRET_KEY": "sk_test_key",
    "STRIPE_WEBHOOK_SECRET": "whsec_host_tests",
    "PAYPAL_CLIENT_ID": "paypal-client",
    "PAYPAL_CLIENT_SECRET": "paypal-client-hidden",
    "PAYPAL_WEBHOOK_ID": "8PT",
    "SQUARE_ACCESS_TOKEN": "EAAA-square-token",
    "SQUARE_LOCATION_ID": "LMAIN",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": "square-signature-key",
    "SQUARE_WEBHOOK_URL": "https://pay.shop.example/webhook/square",
}
OURS = ("STRIPE_", "PAYPAL_", "SQUARE_", "PUBLIC_URL", "RECEIPT_", "DATABASE")
PROCESS_TIMEOUT_SECONDS = 20  # seconds for a process to start or to end


class Recorder:
    """Stands where the engine stands, keeps every request, and answers as it is told to."""

    def __init__(self, answer: HttpResponse | Exception | None = None) -> None:
        self.answer = answer or HttpResponse(200, {}, b"ok")
        self.requests: list[HttpRequest] = []

    async def handle(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    @property
    def request(self) -> HttpRequest:
        """The only request."""
        (request,) = self.requests
        return request


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


class Process:
    """A `lightning-cart` of its own, whose output goes to a file."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        self.output = folder / f"{arguments[0]}-{time.monotonic_ns()}.txt"
        with self.output.open("wb") as out:
            clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
            self.popen = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "lightning_cart_host", *arguments],
                cwd=folder,
                env={**clean, **env},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it said, where it says it in JSON."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def settings(self) -> dict[str, str]:
        """The settings that it has printed, between the lines of its log."""
        return parse_env_file("\n".join(line for line in self.text.splitlines() if not line.startswith("{")))

    def wait_for(self, url: str) -> None:
        """Wait until something answers there."""
        until = time.monotonic() + PROCESS_TIMEOUT_SECONDS
        while time.monotonic() < until and self.popen.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url, trust_env=False)
                return
            time.sleep(0.05)
        pytest.fail(f"nothing answers at {url}: {self.text}")

    def wait_for_text(self, text: str) -> str:
        """Wait until the output says something."""
        until = time.monotonic() + PROCESS_TIMEOUT_SECONDS
        while time.monotonic() < until:
            if text in self.text:
                return self.text
            time.sleep(0.05)
        pytest.fail(f"it never said {text}: {self.text}")

    def end(self) -> int:
        """Wait until it ends by itself."""
        return self.popen.wait(PROCESS_TIMEOUT_SECONDS)

    def kill(self) -> None:
        """`kill -9`."""
        self.popen.kill()
        self.popen.wait(PROCESS_TIMEOUT_SECONDS)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts processes, and ends those that are left."""
    processes: list[Process] = []

    def start_one(*arguments: str, **env: str) -> Process:
        processes.append(Process(tmp_path, arguments, env))
        return processes[-1]

    yield start_one
    for process in processes:
        process.kill()


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Finds ports that nobody listens on."""

    def find() -> int:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return int(one.getsockname()[1])

    return find


@pytest.fixture
def logbook() -> Logbook:
    """A log whose lines can be read."""
    return Logbook()


@pytest.fixture
def recorder() -> type[Recorder]:
    """Stands where the engine stands."""
    return Recorder


@pytest.fixture
def settings() -> dict[str, str]:
    """Settings that an engine starts with, without its address."""
    return dict(SETTINGS)


@pytest.fixture
def config() -> Path:
    """The catalogue that comes with the engine."""
    return find_resource("config")


@pytest.fixture
def client() -> Any:
    """An HTTP client that asks this machine alone."""
    with httpx.Client(trust_env=False, timeout=20) as made:
        yield made


class Elsewhere(NamedTuple):
    """A sandbox that runs, the port of a shop that it sends its webhooks to, and what that shop needs for it."""

    address: str
    port: int
    env: dict[str, str]
    process: Process


@pytest.fixture
def sandbox(start: Any, free_port: Callable[[], int], settings: dict[str, str]) -> Elsewhere:
    """A sandbox whose webhooks go to a port that no shop listens on yet."""
    port, shop_port = free_port(), free_port()
    webhook = f"http://127.0.0.1:{shop_port}/webhook"
    process = start("sandbox", "--port", str(port), "--webhook", webhook, "--webhook-secret", "whsec_process_tests")
    process.wait_for(f"http://127.0.0.1:{port}/health")
    return Elsewhere(f"http://127.0.0.1:{port}", shop_port, settings | process.settings, process)


@pytest.fixture
def start_shop(start: Any, sandbox: Elsewhere, tmp_path: Path) -> Callable[[], Any]:
    """Starts a shop that pays at the sandbox: each time on the same port and the same database."""
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
    """The command line in this process: gives its status, what it printed, and what it complained of."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")

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
def canned() -> Callable[..., Any]:
    """A server on a real socket that answers every connection with the same bytes, whatever it is asked."""

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
