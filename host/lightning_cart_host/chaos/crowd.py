"""So many buyers at once, each acting one script out after the other, with a bar that shows how far they are."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
from rich.progress import Progress, TaskID

from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.ground import ChaosServers
from lightning_cart_host.chaos.script import Script
from lightning_cart_host.chaos.shopper import PurchaseResult, Shopper

_REQUEST_TIMEOUT_SECONDS = 60.0  # seconds; the engine may itself be waiting for an answer that never comes


@dataclass(frozen=True, slots=True)
class CrowdResult:
    """What the crowd bought.

    Args:
        bought: What came of each script.
        seconds: How long it took.
    """

    bought: Sequence[PurchaseResult]
    seconds: float


def buyers_forms() -> dict[str, Mapping[str, Mapping[str, str]]]:
    """For each provider, what a buyer can do on its page, and the form that does it."""
    from lightning_cart_sandbox import create_sandbox  # noqa: PLC0415 - an extra that only this needs

    sandbox = create_sandbox("http://sandbox.invalid").state.sandbox
    sandbox.store.close()
    return {name: end.buyer_forms for name, end in sandbox.providers.items()}


async def send_crowd(
    ground: ChaosServers, scripts: Sequence[Script], buyers: int, progress: Progress, bar: TaskID
) -> CrowdResult:
    """Let everybody buy.

    Args:
        ground: Where.
        scripts: What each does.
        buyers: How many at once.
        progress: Shows how far they are.
        bar: Which of its bars.
    """
    queue: Iterator[Script] = iter(scripts)
    bought: list[PurchaseResult] = []
    forms = buyers_forms()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=buyers * 2)
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=_REQUEST_TIMEOUT_SECONDS, limits=limits) as client:

        async def buy() -> None:
            for script in queue:
                bought.append(await Shopper(client, ground, forms, script).act())
                progress.advance(bar)

        started = time.perf_counter()
        await asyncio.gather(*(buy() for _ in range(buyers)))
        return CrowdResult(bought, time.perf_counter() - started)
