"""Real `lightning-cart` processes for tests: started by the command line, and ended by their ids."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from lightning_cart_host.server.env_file import parse_env_file
from support import ROOT
from support.builders import RECEIPT_SECRET

TIMEOUT_SECONDS = 30  # for a process to start, to say something, or to end
SETTING_PREFIXES = ("SANDBOX_", "STRIPE_", "PAYPAL_", "SQUARE_", "PUBLIC_URL", "RECEIPT_", "ADMIN_", "FULFILMENT_", "DATABASE")


def without_settings(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without any setting of ours, so that a developer's own settings change no test."""
    return {name: value for name, value in env.items() if not name.startswith(SETTING_PREFIXES)}


@contextlib.contextmanager
def _signals_of_a_terminal() -> Iterator[None]:
    """Let a new process heed Ctrl-C and a closed terminal. It ignores what its parent does, as tests in the background do."""
    ignored = [number for number in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


class CliProcess:
    """One `lightning-cart` process whose output goes to a file: a full pipe would stop it.

    Args:
        arguments: The command line after the program's name.
        env: Settings beside a bare environment.
        folder: The working directory.
    """

    def __init__(self, *arguments: str, env: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        self._output = tempfile.NamedTemporaryFile("w", encoding="utf-8")  # noqa: SIM115 - closed by `close`
        with _signals_of_a_terminal():
            self.popen = subprocess.Popen(
                [sys.executable, "-W", "error", "-m", "lightning_cart_host", *arguments],
                env=without_settings(os.environ) | dict(env or {}),
                cwd=folder,
                stdout=self._output,
                stderr=subprocess.STDOUT,
            )
        self.address = ""

    @property
    def text(self) -> str:
        """The whole output so far."""
        return Path(self._output.name).read_text(encoding="utf-8")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The JSON lines of the output so far."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    @property
    def serving(self) -> dict[str, Any]:
        """The line that it logged when it began to serve; empty before."""
        return next((line for line in self.lines if line.get("event") == "serving"), {})

    @property
    def settings(self) -> dict[str, str]:
        """The settings that it has printed between the lines of its log."""
        return parse_env_file("\n".join(line for line in self.text.splitlines() if not line.startswith("{")))

    def wait_for(self, url: str) -> None:
        """Wait until a server responds at a URL."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline and self.popen.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(url, trust_env=False)
                return
            time.sleep(0.05)
        raise AssertionError(f"nothing responds at {url}: {self.text}")

    def wait_for_text(self, text: str) -> None:
        """Wait until the output contains a text."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while text not in self.text:
            assert time.monotonic() < deadline, f"it did not print {text}: {self.text}"
            time.sleep(0.05)

    def wait_until_serving(self) -> None:
        """Wait until it logs the address that it serves at, and keep that as `address`."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self.address and time.monotonic() < deadline and self.popen.poll() is None:
            time.sleep(0.05)
            self.address = self.serving.get("address", "")
        if not self.address:
            message = self.text
            self.close()
            raise AssertionError(f"it did not start: {message}")

    def end(self) -> int:
        """Wait until it ends by itself, and return its exit code."""
        return self.popen.wait(TIMEOUT_SECONDS)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.popen.kill()
        self.popen.wait(TIMEOUT_SECONDS)

    def close(self) -> None:
        """End it, gently if it still runs, and discard its output."""
        if self.popen.poll() is None:
            self.popen.terminate()
        self.popen.wait(TIMEOUT_SECONDS)
        self._output.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class RunningShop:
    """The addresses of a running shop and its sandbox."""

    address: str
    sandbox: str


@dataclass(frozen=True)
class ShopClient:
    """A client of a shop's HTTP API that also reads its database."""

    client: httpx.Client
    sandbox: str
    database: Path

    def rows(self, table: str) -> int:
        return int(self._select(f"SELECT count(*) FROM {table}")[0])

    def effects(self, order_id: str) -> list[str]:
        return self._select("SELECT effect FROM outbox WHERE order_id = ?", order_id)

    def _select(self, sql: str, *values: str) -> list[Any]:
        connection = sqlite3.connect(self.database)
        try:
            return [row[0] for row in connection.execute(sql, values)]
        finally:
            connection.close()


_sandbox_settings: dict[str, dict[str, str]] = {}
"""The settings that a sandbox printed for its engine, by the sandbox's address."""


def sandbox_settings(sandbox: str) -> dict[str, str]:
    """Return the settings of an engine that uses the sandbox at this address."""
    return _sandbox_settings[sandbox]


def start_sandbox(shop_port: int, **more: str) -> CliProcess:
    """Start a sandbox whose providers all send their webhooks to a shop on this machine."""
    options = [part for name, value in more.items() for part in (f"--{name}", value)]
    sandbox = CliProcess("sandbox", "--port", "0", "--webhook", f"http://127.0.0.1:{shop_port}/webhook", *options)
    sandbox.wait_until_serving()
    _sandbox_settings[sandbox.address] = sandbox.settings
    return sandbox


def start_shop(port: int, sandbox: str, database: Path, *options: str, **env: str) -> CliProcess:
    """Start a shop that uses every provider of a sandbox started by `start_sandbox`."""
    settings = {"RECEIPT_SECRET": RECEIPT_SECRET, **_sandbox_settings[sandbox]}
    config = () if "--config" in options else ("--config", str(ROOT / "config"))
    arguments = ("serve", "--port", str(port), "--database", str(database), *config, *options)
    shop = CliProcess(*arguments, env=settings | env, folder=database.parent)
    shop.wait_until_serving()
    return shop
