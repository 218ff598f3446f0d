"""Real processes for tests: a sandbox and a shop started by the command line, and ended by their ids."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from lightning_cart_host.server.env_file import parse_env_file

STARTED_WITHIN = 30  # seconds


class CliProcess:
    """One `lightning-cart` process, from the moment it listens until the block ends.

    Args:
        arguments: Of the command line.
        env: Settings beside a bare environment.
        folder: Its working directory.
    """

    def __init__(self, *arguments: str, env: dict[str, str] | None = None, folder: Path | None = None) -> None:
        plain = {name: value for name, value in os.environ.items() if not name.startswith(("STRIPE", "PAYPAL", "SQUARE"))}
        # Files, not pipes: nobody reads along, and a full pipe would stop the process.
        self._stdout = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by `close`
        self._stderr = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - the same
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lightning_cart_host", *arguments],
            env=plain | (env or {}),
            cwd=folder,
            stdout=self._stdout,
            stderr=self._stderr,
        )
        self.address = self._wait_until_it_listens()

    @property
    def log(self) -> list[dict[str, Any]]:
        """What it has logged so far."""
        self._stderr.seek(0)
        return [json.loads(line) for line in self._stderr.read().splitlines()]

    @property
    def settings(self) -> dict[str, str]:
        """The settings that it has printed."""
        self._stdout.seek(0)
        return parse_env_file(self._stdout.read())

    def _wait_until_it_listens(self) -> str:
        deadline = time.monotonic() + STARTED_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            for line in self.log:
                if line["event"] == "serving":
                    return str(line["address"])
            time.sleep(0.05)
        self._stderr.seek(0)
        message = self._stderr.read()
        self.close()
        raise AssertionError(f"it did not start: {message}")

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.close()

    def close(self) -> None:
        """End it, gently if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(STARTED_WITHIN)
        self._stdout.close()
        self._stderr.close()

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
    """A shop's HTTP door, and a look into its database."""

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


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


_settings_of: dict[str, dict[str, str]] = {}
"""By a sandbox's address, the settings that it printed for the engine."""


def settings_of(sandbox: str) -> dict[str, str]:
    """What an engine needs to pay at a sandbox that `start_sandbox` started, by the sandbox's address."""
    return _settings_of[sandbox]


def start_sandbox(shop_port: int, **more: str) -> CliProcess:
    """A sandbox whose providers all send their webhooks to a shop on this machine."""
    options = [part for name, value in more.items() for part in (f"--{name}", value)]
    sandbox = CliProcess("sandbox", "--port", "0", "--webhook", f"http://127.0.0.1:{shop_port}/webhook", *options)
    _settings_of[sandbox.address] = sandbox.settings
    return sandbox


def start_shop(port: int, sandbox: str, database: Path, *options: str, **env: str) -> CliProcess:
    """A shop that pays at a sandbox that `start_sandbox` started, with every provider."""
    settings = {"RECEIPT_SECRET": "receipt-secret-of-thirty-two-chars", **_settings_of[sandbox]}
    arguments = ("serve", "--port", str(port), "--database", str(database), *options)
    return CliProcess(*arguments, env=settings | env, folder=database.parent)
