"""Runs the scripts of many buyers at the same time and shows a progress bar."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
from rich.progress import Progress

from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.scripts import Script
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.chaos.shopper import PurchaseResult, Shopper

_REQUEST_TIMEOUT_SECONDS = 60.0  # longer than the engine waits for a lost response


@dataclass(frozen=True, slots=True)
class CrowdResult:
    """The purchases of all buyers.

    Args:
        purchases: The result of each script.
        seconds: The duration of the whole run.
    """

    purchases: Sequence[PurchaseResult]
    seconds: float


def buyers_forms() -> dict[str, Mapping[str, Mapping[str, str]]]:
    """Return the form data of each action on a pay page, by provider and action."""
    from lightning_cart_sandbox import create_sandbox  # noqa: PLC0415 - an optional extra

    sandbox = create_sandbox("http://sandbox.invalid").state.sandbox
    sandbox.store.close()
    return {name: provider.buyer_forms for name, provider in sandbox.providers.items()}


async def run_scripts(
    servers: ChaosServers,
    scripts: Sequence[Script],
    forms: Mapping[str, Mapping[str, Mapping[str, str]]],
    buyers: int,
    progress: Progress,
    *,
    count: Callable[[], None] = lambda: None,
) -> CrowdResult:
    """Run every script.

    Args:
        servers: The running servers.
        scripts: The scripts, one per order.
        forms: The form data of each action on a pay page, by provider and action.
        buyers: The number of buyers at the same time.
        progress: The progress display.
        count: Is called after each purchase.
    """
    queue: Iterator[Script] = iter(scripts)
    purchases: list[PurchaseResult] = []
    bar = progress.add_task("buying", total=len(scripts))
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=buyers * 2)
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=_REQUEST_TIMEOUT_SECONDS, limits=limits) as client:

        async def buy() -> None:
            for script in queue:
                purchases.append(await Shopper(client, servers, forms, script).run())
                progress.advance(bar)
                count()

        started = time.perf_counter()
        await asyncio.gather(*(buy() for _ in range(buyers)))
        return CrowdResult(purchases, time.perf_counter() - started)
