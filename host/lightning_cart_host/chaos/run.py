"""One chaos run, from the first purchase to the assessment."""

import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lightning_cart_host.adapters.proxies import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.assessment import assess
from lightning_cart_host.chaos.crowd import CrowdResult, buyers_forms, run_scripts
from lightning_cart_host.chaos.failures import Failures, failing
from lightning_cart_host.chaos.latency import measure
from lightning_cart_host.chaos.loop_holders import Holding, read_holdings
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.recovery import (
    Recovery,
    reconcile_until_quiet,
    reconciling,
    resend_disputes,
    wait_for_webhooks,
)
from lightning_cart_host.chaos.report import ChaosResult
from lightning_cart_host.chaos.rows import read_rows
from lightning_cart_host.chaos.samples import Samples, sum_up
from lightning_cart_host.chaos.scripts import write_scripts
from lightning_cart_host.chaos.servers import ChaosServers, open_servers
from lightning_cart_host.chaos.snapshot import take_snapshot
from lightning_cart_host.chaos.state import ParkedEvents
from lightning_cart_host.shop_client.payment_options import read_payment_options

type Tamper = Callable[[ChaosServers], None]


def _samples(servers: ChaosServers, crowd: CrowdResult) -> list[Samples]:
    checkouts = [ms for purchase in crowd.purchases for ms in purchase.checkouts]
    webhooks = [float(ms) for (ms,) in read_rows(servers.sandbox_database, "SELECT milliseconds FROM delivery_attempts")]
    requests = sum(purchase.requests for purchase in crowd.purchases) + len(webhooks)
    every = Samples("all at the engine", requests, round(requests / crowd.seconds, 1), 0, 0)
    return [sum_up("checkouts", checkouts, crowd.seconds), sum_up("webhooks", webhooks, crowd.seconds), every]


def _statuses(servers: ChaosServers) -> dict[str, Counter[str]]:
    statuses: dict[str, Counter[str]] = {}
    for strategy, status in read_rows(servers.database, "SELECT strategy, status FROM orders ORDER BY strategy"):
        statuses.setdefault(strategy, Counter())[status] += 1
    return statuses


def _counts(servers: ChaosServers, sql: str) -> dict[str, int]:
    return dict(Counter(name for (name,) in read_rows(servers.sandbox_database, sql)).most_common())


def _holdings(servers: ChaosServers, failures: Failures) -> list[Holding]:
    found: list[Holding] = []
    for engine in servers.engines:
        kills = [at for name, at in failures.kills if name == engine.name]
        found += read_holdings(engine.folder, engine.name, kills, time.time())
    return found


def show_progress(console: Console) -> Progress:
    """Return the progress display of a run, one bar per phase."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


async def _recover(servers: ChaosServers, plan: ChaosPlan, progress: Progress) -> tuple[Recovery, ParkedEvents]:
    """Reconcile after every checkout has ended. Return the work, and what was parked in the end."""
    recovery = Recovery(resent=await resend_disputes(servers))
    await wait_for_webhooks(servers, plan.calm)
    bar = progress.add_task("reconciling", total=None)
    parked = await reconcile_until_quiet(servers, recovery, lambda: progress.update(bar, completed=recovery.checked))
    progress.update(bar, total=recovery.checked)
    await wait_for_webhooks(servers, plan.calm)
    return recovery, parked


async def run_chaos(plan: ChaosPlan, progress: Progress, tamper: Tamper = lambda _: None) -> ChaosResult:
    """Let many buyers buy under injected faults, reconcile, and check every order.

    Args:
        plan: The options of the run.
        progress: The progress display.
        tamper: Changes the databases before the check. Tests use it to prove that a wrong order is found.

    Raises:
        ConfigurationError: A server does not start.
    """
    latency = None
    async with open_servers(plan) as servers:
        async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
            options = await read_payment_options(client, servers.shop)
        providers = {option.strategy: option.provider for option in options}
        forms = buyers_forms()
        scripts = write_scripts(plan.orders, plan.seed, providers, forms)
        async with reconciling(servers) as during:
            async with failing(servers, plan) as injector:
                crowd = await run_scripts(servers, scripts, forms, plan.buyers, progress, count=injector.count)
            await wait_for_webhooks(servers, plan.calm)
        recovery, parked = await _recover(servers, plan, progress)
        tamper(servers)
        assessment = assess(crowd.purchases, await take_snapshot(servers, parked))
        statuses, samples = _statuses(servers), _samples(servers, crowd)
        faults = _counts(servers, "SELECT fault FROM faults")
        deliveries = _counts(servers, "SELECT state FROM deliveries")
        holdings = _holdings(servers, injector.failures)
    if plan.crowded:
        timing = progress.add_task("timing webhooks", total=None)
        latency = await measure(
            plan.crowded, plan.seed, lambda done, total: progress.update(timing, completed=done, total=total)
        )
    troubles = [f"order {one.script.number} ({one.script.act}): {one.error}" for one in crowd.purchases if one.error]
    return ChaosResult(
        plan,
        crowd.seconds,
        statuses,
        faults,
        deliveries,
        samples,
        during,
        recovery,
        assessment,
        latency,
        troubles,
        injector.failures,
        holdings,
    )


def write_result(result: ChaosResult, file: Path) -> None:
    """Write the result of a run as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result.view(), indent=1) + "\n", encoding="utf-8")
