"""Runs `lightning-cart` commands as child processes."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
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


@contextlib.contextmanager
def _output(folder: Path, name: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    with Path(folder, f"{name}.out").open("wb") as out, Path(folder, f"{name}.log").open("wb") as log:
        yield out, log


def read_text(folder: Path, name: str) -> str:
    """Read a command's output (`NAME.out`) or log (`NAME.log`)."""
    return Path(folder, name).read_text(encoding="utf-8")


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running(folder: Path, url: str, env: Mapping[str, str], *arguments: str) -> AsyncIterator[None]:
    """Run one `lightning-cart` command until the block ends.

    Args:
        folder: The working directory; the output goes there as `NAME.out` and `NAME.log`.
        url: The base URL at which the command will serve.
        env: Settings in addition to this process's environment.
        arguments: The command line; the first argument names the command.

    Raises:
        ConfigurationError: The command does not start.
    """
    name = arguments[0]
    with _output(folder, name) as (out, log):
        command = (sys.executable, "-m", "lightning_cart_host", *arguments)
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **env}, cwd=folder, stdout=out, stderr=log)
        try:
            started = await wait_until(lambda: _is_up(url), _START_TIMEOUT_SECONDS)
            if not started or process.returncode is not None:
                raise ConfigurationError(f"`lightning-cart {name}` does not start: {read_text(folder, f'{name}.log')[-500:]}")
            yield
        finally:
            await _stop(process)
