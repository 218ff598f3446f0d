"""Runs `lightning-cart` commands as child processes."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.shop_client.polling import wait_until

_START_TIMEOUT_SECONDS, _STOP_TIMEOUT_SECONDS = 30.0, 15.0


async def _is_up(url: str) -> bool:
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS) as client:
        with contextlib.suppress(httpx.HTTPError):
            await client.get(f"{url}/health")
            return True
    return False


def read_text(folder: Path, name: str) -> str:
    """Read a command's output (`NAME.out`) or log (`NAME.log`)."""
    return Path(folder, name).read_text(encoding="utf-8")


class Command:
    """One `lightning-cart` command, which can be started again after its end.

    Args:
        folder: The working directory; output and log are appended there to `NAME.out` and `NAME.log`.
        name: The name of these files.
        url: The base URL at which it will serve.
        env: Settings in addition to this process's environment.
        arguments: The command line.
    """

    def __init__(self, folder: Path, name: str, url: str, env: Mapping[str, str], *arguments: str) -> None:
        self.folder, self.name, self.url = folder, name, url
        self._env, self._arguments = env, arguments
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start the command and wait until it serves.

        Raises:
            ConfigurationError: It does not start.
        """
        with self._append("out") as out, self._append("log") as log:
            command = (sys.executable, "-m", "lightning_cart_host", *self._arguments)
            env = {**os.environ, **self._env}
            process = await asyncio.create_subprocess_exec(*command, env=env, cwd=self.folder, stdout=out, stderr=log)
        self._process = process
        ended = asyncio.create_task(process.wait())
        serving = asyncio.create_task(wait_until(lambda: _is_up(self.url), _START_TIMEOUT_SECONDS))
        await asyncio.wait([ended, serving], return_when=asyncio.FIRST_COMPLETED)
        serves = serving.done() and serving.result() and process.returncode is None
        for task in (ended, serving):
            task.cancel()
        if not serves:
            tail = read_text(self.folder, f"{self.name}.log")[-500:]
            raise ConfigurationError(f"`lightning-cart {self._arguments[0]}` does not start: {tail}")

    def _append(self, kind: str) -> BinaryIO:
        return Path(self.folder, f"{self.name}.{kind}").open("ab")

    async def kill(self) -> None:
        """End the process at once, as `kill -9` does."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def stop(self) -> None:
        """End the process in order; after 15 seconds at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._process.wait(), _STOP_TIMEOUT_SECONDS)
        await self.kill()


@contextlib.asynccontextmanager
async def running(command: Command) -> AsyncIterator[Command]:
    """Run a command until the block ends.

    Raises:
        ConfigurationError: It does not start.
    """
    try:
        await command.start()
        yield command
    finally:
        await command.stop()
