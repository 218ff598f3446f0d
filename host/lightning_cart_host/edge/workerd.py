"""Runs the Worker on real workerd with D1, on this machine and without a network: npm's wrangler 3.92.0 brings both along.

    with Workerd(folder, settings) as engine:
        httpx.get(f"{engine.address}/health")

Everything is kept in `folder`: the same folder again has the same orders, also after `kill`, which is `kill -9`. Nothing but
the Worker reaches its D1. Needs `scripts/setup-node`.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.staging import ROOT, stage_offline

_HOST = "127.0.0.1"
_START_TIMEOUT_SECONDS = 120.0  # seconds: on a busy machine Pyodide takes its time
_NODE = ROOT / "node_modules" / ".bin" / "node"
_WRANGLER = ROOT / "node_modules" / "wrangler-offline" / "wrangler-dist" / "cli.js"
_CONFIG = """
name = "lightning-cart-offline"
main = "worker/{main}"
base_dir = "worker"
compatibility_date = "2024-11-06"
compatibility_flags = ["python_workers"]
"""
_D1 = """
[[d1_databases]]
binding = "DB"
database_name = "orders"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = {migrations}
"""
_ASSETS = """
[assets]
directory = {storefront}
"""
_NOTHING: Mapping[str, str] = MappingProxyType({})


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])


def _quoted(value: str) -> str:
    return '"' + value.replace("\n", "\\n") + '"'


class Workerd:
    """The Worker on workerd. A context manager: it starts as the block begins, and is stopped as it ends.

    Args:
        folder: Keeps everything; made if it is not there.
        settings: The Worker's variables and secrets, by name; `PUBLIC_URL` is its own address if left out.
        config: The folder of the catalogue files.
        port: Where it listens, 0 for any that is free.
        modules: More Python modules of the Worker, or others instead of its own: path to source.
        main: The module that the runtime calls.
        storefront: A folder of static pages to show beside the engine.
        database: Whether D1 is bound and migrated.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str] = _NOTHING,
        *,
        config: Path = ROOT / "config",
        port: int = 0,
        modules: Mapping[str, str] = _NOTHING,
        main: str = "offline.py",
        storefront: Path | None = None,
        database: bool = True,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://{_HOST}:{self.port}"
        self.log = folder / "workerd.log"
        self._settings = {"PUBLIC_URL": self.address, **settings}
        self._config, self._modules, self._main = config, modules, main
        self._storefront, self._database = storefront, database
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = True

    def _prepare(self) -> None:
        if not _WRANGLER.is_file() or not _NODE.exists():
            raise ConfigurationError("the offline runtime is not installed: run scripts/setup-node in a checkout")
        self.folder.mkdir(parents=True, exist_ok=True)
        worker = stage_offline(self.folder / "worker", self._config)
        for path, source in self._modules.items():
            (worker / path).write_text(source, encoding="utf-8")
        text = _CONFIG.format(main=self._main)
        if self._database:
            text += _D1.format(migrations=json.dumps(str(ROOT / "migrations")))
        if self._storefront:
            text += _ASSETS.format(storefront=json.dumps(str(self._storefront)))
        (self.folder / "wrangler.toml").write_text(text, encoding="utf-8")
        lines = [f"{name}={_quoted(value)}\n" for name, value in self._settings.items()]
        self._avoid_update_check()
        secrets = self.folder / ".dev.vars"
        secrets.touch(mode=0o600)
        secrets.write_text("".join(lines), encoding="utf-8")

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("CLOUDFLARE_", "CF_", "WRANGLER_"))}
        # No statistics, no question of where this machine is (which a test asks for), and no files in the person's home.
        quiet = {"WRANGLER_SEND_METRICS": "false", "NODE_ENV": "test", "CI": "1", "NO_COLOR": "1"}
        return {**kept, **quiet, "XDG_CONFIG_HOME": str(self.folder / "config"), "TMPDIR": str(self.folder / "tmp")}

    def _avoid_update_check(self) -> None:
        """Let wrangler find that it has asked for a newer version just now: it asks the registry once an hour."""
        remembered = self.folder / "tmp" / "update-check" / "wrangler-latest.json"
        remembered.parent.mkdir(parents=True, exist_ok=True)
        remembered.write_text(json.dumps({"latest": "0", "lastUpdate": round(time.time() * 1000)}), encoding="utf-8")

    def _command(self, *arguments: str) -> list[str]:
        return [str(_NODE), "--no-warnings", str(_WRANGLER), *arguments, "--local", "--persist-to", "state"]

    def _migrate(self) -> None:
        command = self._command("d1", "migrations", "apply", "DB")
        done = subprocess.run(command, cwd=self.folder, env=self._environment(), capture_output=True, text=True, check=False)
        if done.returncode:
            raise ConfigurationError(f"the migrations could not be applied to the local D1:\n{done.stdout}{done.stderr}")

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _START_TIMEOUT_SECONDS
        while self._wanted and time.monotonic() < end and process.poll() is None:
            try:
                answer = httpx.get(f"{self.address}/health", timeout=_START_TIMEOUT_SECONDS, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if answer.status_code != httpx.codes.INTERNAL_SERVER_ERROR:  # which a module that cannot be loaded answers
                return
            break
        raise ConfigurationError(f"workerd did not start:\n{self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

    def start(self) -> None:
        """Stage the Worker, bring D1 up to date, start, and wait for the first answer.

        Raises:
            ConfigurationError: The runtime is not installed or did not start, or the catalogue has mistakes.
        """
        self._wanted = True
        self._prepare()
        if self._database:
            self._migrate()
        command = self._command("dev", "--ip", _HOST, "--port", str(self.port), "--inspector-port", "0")
        with self.log.open("ab") as log:
            # A process group of its own: workerd is a child of wrangler's, and both are stopped by it.
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            self._wait_until_it_answers(self._process)
        except BaseException:
            self.kill()
            raise

    def wait(self) -> None:
        """Wait until it ends, which it does by itself only where something is wrong."""
        if self._process:
            self._process.wait()

    def _end(self, number: signal.Signals) -> None:
        self._wanted = False
        process, self._process = self._process, None
        if process is None:
            return
        for sent in (number, signal.SIGKILL):
            try:
                os.killpg(process.pid, sent)
                process.wait(5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        process.wait()

    def stop(self) -> None:
        """Stop it, and all that it started. Stopping twice is harmless."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Stop it as a power cut does: what was answered is kept, and nothing is tidied up."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
