"""So many buyers at once, each acting one script out after the other, with a bar that shows how far they are."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import httpx
from rich.progress import Progress, TaskID

from lightning_cart_host.adapters.http_send import AROUND_PROXY
from lightning_cart_host.chaos.ground import Ground
from lightning_cart_host.chaos.script import Script
from lightning_cart_host.chaos.shopper import Bought, Shopper

_PATIENCE = 60.0  # seconds; the engine may itself be waiting for an answer that never comes


@dataclass(frozen=True, slots=True)
class Trade:
    """What the crowd bought.

    Args:
        bought: what came of each script.
        seconds: how long it took.
    """

    bought: Sequence[Bought]
    seconds: float


def buyers_forms() -> dict[str, Mapping[str, Mapping[str, str]]]:
    """For each provider, what a buyer can do on its page, and the form that does it."""
    from lightning_cart_sandbox import create_sandbox  # noqa: PLC0415 - an extra that only this needs

    sandbox = create_sandbox("http://sandbox.invalid").state.sandbox
    sandbox.store.close()
    return {name: end.buyer for name, end in sandbox.other_ends.items()}


async def send_crowd(ground: Ground, scripts: Sequence[Script], buyers: int, progress: Progress, bar: TaskID) -> Trade:
    """Let everybody buy.

    Args:
        ground: where.
        scripts: what each does.
        buyers: how many at once.
        progress: shows how far they are.
        bar: which of its bars.
    """
    queue: Iterator[Script] = iter(scripts)
    bought: list[Bought] = []
    forms = buyers_forms()
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=buyers * 2)
    async with httpx.AsyncClient(mounts=AROUND_PROXY, timeout=_PATIENCE, limits=limits) as client:

        async def buy() -> None:
            for script in queue:
                bought.append(await Shopper(client, ground, forms, script).act())
                progress.advance(bar)

        started = time.perf_counter()
        await asyncio.gather(*(buy() for _ in range(buyers)))
        return Trade(bought, time.perf_counter() - started)
