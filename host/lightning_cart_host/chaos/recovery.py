"""Runs the reconciler during the purchases, and recovers afterwards: waits for webhooks and delivers fulfilment messages."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial

import httpx

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Database, Statement
from lightning_cart.storage.leases import LEASE_SECONDS
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.expire import MAX_OPEN_SECONDS
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import LATE_PAYMENT_SECONDS, reconcile
from lightning_cart.usecases.reconcile_report import ReconcileReport
from lightning_cart.usecases.tidy import tidy
from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.rows import read_rows
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.chaos.snapshot import read_parked
from lightning_cart_host.chaos.state import ParkedEvents
from lightning_cart_host.server.assembly import open_host
from lightning_cart_host.shop_client.requests import send

AFTER_EXPIRY_SECONDS = MAX_OPEN_SECONDS + LATE_PAYMENT_SECONDS + 24 * 3600  # every checkout has ended by then
_STUCK_AFTER_SECONDS = 60.0  # without progress
_POLL_SECONDS = 0.5
_RETRY_HOURS = (0, 24, 72)  # by when what was not delivered is due again
_MAX_RUNS = 100
_ORDERS_PER_RUN = 1000
_RUN_EVERY_SECONDS, _ORDERS_DURING_PURCHASES = 3.0, 25
# Time passes faster for what waits for minutes, so that orders are compared with the provider while others are bought.
_AGE_ORDERS = "UPDATE orders SET created_at = created_at - 600 WHERE session_id IS NOT NULL AND created_at > ?"
# The lease of an order that an engine held when it was killed. No exchange of this run takes as long as a live lease is left.
_END_LEASES = "UPDATE orders SET busy_until = 0 WHERE busy_until > 0 AND busy_until < ?"
_LIVE_LEASE_SECONDS = 15
_END_PAUSES = "UPDATE reconciling SET until = until - 600 WHERE name LIKE 'provider:%'"
# No provider's API call of the engine reads disputes, so a merchant sends what never arrived again.
_LOST_DISPUTES = "SELECT id FROM deliveries WHERE state IN ('dropped', 'failed') AND lower(event_type) LIKE '%dispute%'"


@dataclass(slots=True)
class Recovery:
    """The sum of all reconciler runs.

    Args:
        runs: Runs until a whole round found nothing.
        checked: Orders compared with the provider.
        settled: Orders that an event was applied to.
        expired: Orders whose checkout was expired.
        applied: Parked events that were applied.
        resent: Webhooks about disputes that never arrived and were sent again.
        drifts: Discrepancies by kind.
        quiet: Whether the last round found nothing.
    """

    runs: int = 0
    checked: int = 0
    settled: int = 0
    expired: int = 0
    applied: int = 0
    resent: int = 0
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


async def resend_disputes(servers: ChaosServers) -> int:
    """Send the webhooks about disputes again that never arrived, and return their number."""
    lost = [str(delivery_id) for (delivery_id,) in read_rows(servers.sandbox_database, _LOST_DISPUTES)]
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
        for delivery_id in lost:
            await send(client, "POST", f"{servers.sandbox}/deliveries/{delivery_id}")
    return len(lost)


async def _pass_time(database: Database) -> None:
    now = int(time.time())
    leases = Statement(_END_LEASES, (now + LEASE_SECONDS - _LIVE_LEASE_SECONDS,))
    await database.batch([Statement(_AGE_ORDERS, (now - 600,)), leases, Statement(_END_PAUSES)])


async def _run_once(engine: Engine, present: Engine, recovery: Recovery, limit: int) -> ReconcileReport:
    report = await reconcile(engine, limit)
    report.applied = await tidy(present, limit)
    recovery.add(report)
    return report


async def _run_again_and_again(servers: ChaosServers, recovery: Recovery) -> None:
    host = await open_host(servers.env, servers.config, servers.database)
    try:
        while True:
            with contextlib.suppress(StorageUnavailable):  # the next run continues
                await _pass_time(host.database)
                await _run_once(host.app.engine, host.app.engine, recovery, _ORDERS_DURING_PURCHASES)
            await asyncio.sleep(_RUN_EVERY_SECONDS)
    finally:
        await host.close()


@contextlib.asynccontextmanager
async def reconciling(servers: ChaosServers) -> AsyncIterator[Recovery]:
    """Run the reconciler every few seconds until the block ends. Yield the sum of its runs.

    Args:
        servers: The running servers.
    """
    recovery = Recovery()
    task = asyncio.create_task(_run_again_and_again(servers, recovery))
    try:
        yield recovery
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _found_nothing(report: ReconcileReport) -> bool:
    return not (report.discrepancies or report.settled or report.expired or report.applied or report.skipped_providers)


async def reconcile_until_quiet(servers: ChaosServers, recovery: Recovery, report_progress: Callable[[], None]) -> ParkedEvents:
    """Run the reconciler after every checkout has ended, until a round finds nothing; then deliver fulfilment messages.

    Args:
        servers: The running servers.
        recovery: Receives the work of each run, and whether the last round found nothing.
        report_progress: Is called after each run.

    Returns:
        What was parked in the end, before its time was over as well.
    """
    later = await open_host(servers.env, servers.config, servers.database, clock=lambda: time.time() + AFTER_EXPIRY_SECONDS)
    present = await open_host(servers.env, servers.config, servers.database)
    try:
        engine, round_is_quiet = later.app.engine, True
        for _ in range(_MAX_RUNS):
            report = await _run_once(engine, present.app.engine, recovery, _ORDERS_PER_RUN)
            report_progress()
            round_is_quiet = round_is_quiet and _found_nothing(report)
            if report.complete and round_is_quiet:
                recovery.quiet = True
                break
            round_is_quiet = round_is_quiet or report.complete
        parked = read_parked(servers.database)
        await tidy(engine, _ORDERS_PER_RUN)
        await _deliver_messages(servers)
    finally:
        await later.close()
        await present.close()
    return parked


async def _deliver_messages(servers: ChaosServers) -> None:
    """Deliver every message, and what a busy receiver did not take in time once more at each later time, as any engine does."""
    for hours in _RETRY_HOURS:
        clock = partial(_time_ahead, AFTER_EXPIRY_SECONDS + hours * 3600)
        host = await open_host(servers.env, servers.config, servers.database, clock=clock)
        try:
            await asyncio.gather(*(_deliver_all(host.app.engine) for _ in range(8)))
        finally:
            await host.close()


def _time_ahead(seconds: int) -> float:
    return time.time() + seconds


async def _deliver_all(engine: Engine) -> None:
    while await deliver_due(engine):
        pass
