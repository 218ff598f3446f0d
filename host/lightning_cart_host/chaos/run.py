"""One run of chaos, from the first buyer to the verdict."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.aftermath import let_webhooks_arrive, read_what_was_lost
from lightning_cart_host.chaos.crowd import CrowdResult, send_crowd
from lightning_cart_host.chaos.crowded import measure
from lightning_cart_host.chaos.evidence import read_rows, take_snapshot
from lightning_cart_host.chaos.ground import ChaosServers, open_servers
from lightning_cart_host.chaos.judge import assess
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.report import ChaosResult
from lightning_cart_host.chaos.samples import Samples, sum_up
from lightning_cart_host.chaos.script import write_scripts
from lightning_cart_host.demo.offers import read_payment_options

_SLOW = frozenset({"stripe", "paypal"})  # providers whose payments may take their time

type Tamper = Callable[[ChaosServers], None]


def _samples(ground: ChaosServers, trade: CrowdResult) -> list[Samples]:
    checkouts = [took for one in trade.bought for took in one.checkouts]
    webhooks = [float(took) for (took,) in read_rows(ground.books, "SELECT milliseconds FROM delivery_attempts")]
    requests = sum(one.requests for one in trade.bought) + len(webhooks)
    every = Samples("all at the engine", requests, round(requests / trade.seconds, 1), 0, 0)
    return [sum_up("checkouts", checkouts, trade.seconds), sum_up("webhooks", webhooks, trade.seconds), every]


def _statuses(ground: ChaosServers) -> dict[str, Counter[str]]:
    statuses: dict[str, Counter[str]] = {}
    for strategy, status in read_rows(ground.database, "SELECT strategy, status FROM orders ORDER BY strategy"):
        statuses.setdefault(strategy, Counter())[status] += 1
    return statuses


def _counts(ground: ChaosServers, sql: str) -> dict[str, int]:
    return dict(Counter(name for (name,) in read_rows(ground.books, sql)).most_common())


def show_progress(console: Console) -> Progress:
    """A bar for each stage of a run."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


async def run_chaos(plan: ChaosPlan, progress: Progress, tamper: Tamper = lambda _: None) -> ChaosResult:
    """Let a crowd buy while things go wrong, set right what was lost, and judge.

    Args:
        plan: How it is set up.
        progress: Shows how far it is.
        tamper: Done to the databases before the verdict; a test shows by it that what is wrong is found.

    Raises:
        ConfigurationError: A part does not start.
    """
    crowding = None
    async with open_servers(plan) as ground:
        async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=30) as client:
            offers = {offer.strategy: offer.provider for offer in await read_payment_options(client, ground.shop)}
        scripts = write_scripts(plan.orders, plan.seed, offers, _SLOW)
        trade = await send_crowd(ground, scripts, plan.buyers, progress, progress.add_task("buying", total=plan.orders))
        await let_webhooks_arrive(ground, plan.calm)
        reading = progress.add_task("reconciling", total=None)
        aftermath = await read_what_was_lost(ground, lambda after: progress.update(reading, completed=after.checked))
        progress.update(reading, total=aftermath.checked)
        await let_webhooks_arrive(ground, plan.calm)
        tamper(ground)
        verdict = assess(trade.bought, await take_snapshot(ground))
        statuses, samples = _statuses(ground), _samples(ground, trade)
        faults = _counts(ground, "SELECT fault FROM faults")
        deliveries = _counts(ground, "SELECT state FROM deliveries")
    if plan.crowded:
        timing = progress.add_task("timing webhooks", total=None)
        crowding = await measure(plan.crowded, plan.seed, lambda done, of: progress.update(timing, completed=done, total=of))
    troubles = [f"order {one.script.number} ({one.script.act}): {one.trouble}" for one in trade.bought if one.trouble]
    return ChaosResult(plan, trade.seconds, statuses, faults, deliveries, samples, aftermath, verdict, crowding, troubles)


def write_result(outcome: ChaosResult, file: Path) -> None:
    """Keep what a run came to, for whoever compares runs."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(outcome.view(), indent=1) + "\n", encoding="utf-8")
