"""What follows once the crowd is gone: webhooks arrive, the reconciler reads what was lost, and the merchant is told."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import LATE_PAYMENT_SECONDS, MAX_OPEN_SECONDS, ReconcileReport, reconcile
from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.ground import ChaosServers
from lightning_cart_host.demo.exchanges import send
from lightning_cart_host.server.assembly import open_host

AFTER_EXPIRY_SECONDS = MAX_OPEN_SECONDS + LATE_PAYMENT_SECONDS + 24 * 3600  # seconds: every checkout has ended by then
_STUCK_AFTER, _PAUSE = 60.0, 0.5  # seconds in which webhooks must have become fewer, and between two looks
_MAX_RUNS = 50
_AT_ONCE = 1000  # orders in one run


@dataclass(slots=True)
class Aftermath:
    """What the reconciler had to do.

    Args:
        runs: How often it ran, until it had nothing more to say.
        checked: Orders asked about.
        settled: Orders that it settled.
        expired: Orders whose checkout it closed.
        applied: Parked events that it applied.
        drifts: How often each sort of difference was found.
        quiet: Whether it had nothing more to say in the end.
    """

    runs: int = 0
    checked: int = 0
    settled: int = 0
    expired: int = 0
    applied: int = 0
    drifts: dict[str, int] = field(default_factory=dict)
    quiet: bool = False

    def add(self, report: ReconcileReport) -> None:
        """Count one run."""
        self.runs += 1
        self.checked += report.checked
        self.settled += report.settled
        self.expired += report.expired
        self.applied += report.applied
        for finding in report.discrepancies:
            self.drifts[finding.kind] = self.drifts.get(finding.kind, 0) + 1


async def let_webhooks_arrive(ground: ChaosServers, calm: str) -> bool:
    """Turn the dial to calm, and wait until no webhook is on its way; says whether that came to be.

    It waits for as long as they become fewer.
    """
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
        await send(client, "PUT", f"{ground.sandbox}/api/chaos", json=calm)

        async def pending() -> int:
            answer = await send(client, "GET", f"{ground.sandbox}/api/deliveries")
            return int(answer.json()["counts"].get("pending", 0))

        left, since = await pending(), time.monotonic()
        while left and time.monotonic() - since < _STUCK_AFTER:
            await asyncio.sleep(_PAUSE)
            before, left = left, await pending()
            since = time.monotonic() if left < before else since
        return not left


def _says_nothing(report: ReconcileReport) -> bool:
    return not (report.discrepancies or report.settled or report.expired or report.applied or report.skipped_providers)


async def read_what_was_lost(ground: ChaosServers, tell: Callable[[Aftermath], None]) -> Aftermath:
    """Run the reconciler some days later, again and again, until a whole round says nothing more; then tell the merchant.

    Args:
        ground: Where.
        tell: Takes how far it is, after each run.
    """
    host = await open_host(ground.env, ground.config, ground.database, clock=lambda: time.time() + AFTER_EXPIRY_SECONDS)
    after = Aftermath()
    try:
        engine, round_is_quiet = host.app.engine, True
        while after.runs < _MAX_RUNS and not after.quiet:
            report = await reconcile(engine, _AT_ONCE)
            after.add(report)
            tell(after)
            round_is_quiet = round_is_quiet and _says_nothing(report)
            if report.complete:
                after.quiet, round_is_quiet = round_is_quiet, True
        await asyncio.gather(*(_tell_merchant(engine) for _ in range(8)))
    finally:
        await host.close()
    return after


async def _tell_merchant(engine: Engine) -> None:
    while await deliver_due(engine):
        pass
