"""A shop and a sandbox as processes of their own, started by the same commands as anywhere else, and stopped at the end."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.demo.exchanges import wait_until

_STARTS_WITHIN, _STOPS_WITHIN = 30.0, 15.0  # seconds


async def _answers(address: str) -> bool:
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS) as client:
        with contextlib.suppress(httpx.HTTPError):
            await client.get(f"{address}/health")
            return True
    return False


@contextlib.contextmanager
def _output(folder: Path, name: str) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    with Path(folder, f"{name}.out").open("wb") as out, Path(folder, f"{name}.log").open("wb") as log:
        yield out, log


def read_text(folder: Path, name: str) -> str:
    """What a command printed (`NAME.out`), or logged (`NAME.log`)."""
    return Path(folder, name).read_text(encoding="utf-8")


async def _stop(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOPS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def running(folder: Path, address: str, env: Mapping[str, str], *arguments: str) -> AsyncIterator[None]:
    """Run one command of ours while the block runs.

    Args:
        folder: Where its output goes, as `NAME.out` and `NAME.log`, and where it works.
        address: Where it will answer.
        env: Settings beside the environment's.
        arguments: Of the command line; the first one names it.

    Raises:
        ConfigurationError: It does not start.
    """
    name = arguments[0]
    with _output(folder, name) as (out, log):
        command = (sys.executable, "-m", "lightning_cart_host", *arguments)
        process = await asyncio.create_subprocess_exec(*command, env={**os.environ, **env}, cwd=folder, stdout=out, stderr=log)
        try:
            started = await wait_until(lambda: _answers(address), _STARTS_WITHIN)
            if not started or process.returncode is not None:
                raise ConfigurationError(f"`lightning-cart {name}` does not start: {read_text(folder, f'{name}.log')[-500:]}")
            yield
        finally:
            await _stop(process)
