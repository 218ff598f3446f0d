"""Runs the Worker on workerd with D1, on this machine and without a network.

    with Workerd(folder, settings) as engine:
        httpx.get(f"{engine.address}/health")

The orders are in `folder`: another run in the same folder has them too, even after `kill`, which is `kill -9`. Only the
Worker reaches its D1. Needs `scripts/setup-node`.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.edge.staging import ROOT
from lightning_cart_host.edge.worker_folder import WorkerPlan, write_worker_folder
from lightning_cart_host.edge.wrangler import (
    apply_migrations,
    check_installed,
    local_command,
    offline_environment,
    skip_update_check,
)
from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port

_START_TIMEOUT_SECONDS = 120.0  # Pyodide is slow to start on a busy machine
_STOP_TIMEOUT_SECONDS = 5.0
_LOG_TAIL = 2000  # characters
_NOTHING: Mapping[str, str] = MappingProxyType({})


class Workerd:
    """A Worker on workerd. As a context manager it starts with the block and stops at its end.

    Args:
        folder: Keeps everything; created if it does not exist.
        settings: The Worker's variables and secrets, by name. `PUBLIC_URL` defaults to the Worker's own URL.
        config: The folder of the catalogue files.
        port: The port to listen on; 0 for any that is free.
        modules: Python modules to add to the Worker or to replace in it: path to source.
        main: The module that the runtime calls.
        storefront: A folder of static pages to serve with the engine.
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
        self.address = f"http://{LOOPBACK_HOST}:{self.port}"
        self.log = folder / "workerd.log"
        self._plan = WorkerPlan({"PUBLIC_URL": self.address, **settings}, config, modules, main, storefront, database)
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = False

    def prepare(self) -> None:
        """Write everything that workerd reads."""
        check_installed()
        write_worker_folder(self.folder, self._plan)
        skip_update_check(self.folder)

    def migrate(self) -> None:
        """Apply the migrations to the local D1."""
        apply_migrations(self.folder)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = local_command("dev", "--ip", LOOPBACK_HOST, "--port", str(self.port), "--inspector-port", "0")
        with self.log.open("ab") as log:
            # In its own process group, because workerd is a child of wrangler and both have to be stopped.
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=offline_environment(self.folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + _START_TIMEOUT_SECONDS
        while not self._stopped and time.monotonic() < end and process.poll() is None:
            try:
                response = httpx.get(f"{self.address}/health", timeout=_START_TIMEOUT_SECONDS, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.1)
                continue
            if response.status_code == httpx.codes.INTERNAL_SERVER_ERROR:  # a module cannot be loaded
                break
            return
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]
        raise ConfigurationError(f"workerd did not start:\n{tail}")

    def start(self) -> None:
        """Stage the Worker, migrate D1, start workerd, and wait for the first response.

        Raises:
            ConfigurationError: The runtime is not installed or did not start, or the catalogue has mistakes.
        """
        self._stopped = False
        self.prepare()
        if self._plan.database:
            self.migrate()
        self._process = self._spawn()
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.kill()
            raise

    def wait(self) -> None:
        """Wait until workerd ends, which it does by itself only after an error."""
        if self._process:
            self._process.wait()

    def _end(self, number: signal.Signals) -> None:
        self._stopped = True
        process, self._process = self._process, None
        if process is None:
            return
        for sent in (number, signal.SIGKILL):
            try:
                os.killpg(process.pid, sent)
                process.wait(_STOP_TIMEOUT_SECONDS)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        process.wait()

    def stop(self) -> None:
        """Stop workerd and all that it started. Stopping twice is harmless."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill workerd, as a power cut would: data of completed requests is stored, and nothing is cleaned up."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
