"""Recovers after the purchases: waits for webhooks, runs the reconciler and delivers fulfilment messages."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import LATE_PAYMENT_SECONDS, MAX_OPEN_SECONDS, ReconcileReport, reconcile
from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.server.assembly import open_host
from lightning_cart_host.shop_client.requests import send

AFTER_EXPIRY_SECONDS = MAX_OPEN_SECONDS + LATE_PAYMENT_SECONDS + 24 * 3600  # every checkout has ended by then
_STUCK_AFTER_SECONDS = 60.0  # without progress
_POLL_SECONDS = 0.5
_MAX_RUNS = 50
_ORDERS_PER_RUN = 1000


@dataclass(slots=True)
class Recovery:
    """The sum of all reconciler runs.

    Args:
        runs: Runs until a whole round found nothing.
        checked: Orders compared with the provider.
        settled: Orders that an event was applied to.
        expired: Orders whose checkout was expired.
        applied: Parked events that were applied.
        drifts: Discrepancies by kind.
        quiet: Whether the last round found nothing.
    """

    runs: int = 0
    checked: int = 0
    settled: int = 0
    expired: int = 0
    applied: int = 0
    drifts: dict[str, int] = field(default_factory=dict)
    quiet: bool = False

    def add(self, report: ReconcileReport) -> None:
        """Add one run."""
        self.runs += 1
        self.checked += report.checked
        self.settled += report.settled
        self.expired += report.expired
        self.applied += report.applied
        for discrepancy in report.discrepancies:
            self.drifts[discrepancy.kind] = self.drifts.get(discrepancy.kind, 0) + 1


async def wait_for_webhooks(servers: ChaosServers, fault_rates: str) -> bool:
    """Set the fault rates and wait until no webhook is pending.

    Args:
        servers: The running servers.
        fault_rates: The fault rates from now on, as the sandbox's `PUT /api/chaos` takes them.

    Returns:
        Whether no webhook is pending. The wait ends early if their number has not fallen for 60 seconds.
    """
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
        await send(client, "PUT", f"{servers.sandbox}/api/chaos", json=fault_rates)

        async def pending() -> int:
            response = await send(client, "GET", f"{servers.sandbox}/api/deliveries")
            return int(response.json()["counts"].get("pending", 0))

        left, since = await pending(), time.monotonic()
        while left and time.monotonic() - since < _STUCK_AFTER_SECONDS:
            await asyncio.sleep(_POLL_SECONDS)
            before, left = left, await pending()
            since = time.monotonic() if left < before else since
        return not left


def _found_nothing(report: ReconcileReport) -> bool:
    return not (report.discrepancies or report.settled or report.expired or report.applied or report.skipped_providers)


async def reconcile_until_quiet(servers: ChaosServers, report_progress: Callable[[Recovery], None]) -> Recovery:
    """Run the reconciler after every checkout has ended, until a round finds nothing; then deliver fulfilment messages.

    Args:
        servers: The running servers.
        report_progress: Takes the sum of all runs so far, after each run.
    """
    host = await open_host(servers.env, servers.config, servers.database, clock=lambda: time.time() + AFTER_EXPIRY_SECONDS)
    recovery = Recovery()
    try:
        engine, round_is_quiet = host.app.engine, True
        while recovery.runs < _MAX_RUNS and not recovery.quiet:
            report = await reconcile(engine, _ORDERS_PER_RUN)
            recovery.add(report)
            report_progress(recovery)
            round_is_quiet = round_is_quiet and _found_nothing(report)
            if report.complete:
                recovery.quiet, round_is_quiet = round_is_quiet, True
        await asyncio.gather(*(_deliver_messages(engine) for _ in range(8)))
    finally:
        await host.close()
    return recovery


async def _deliver_messages(engine: Engine) -> None:
    while await deliver_due(engine):
        pass
