"""Measures SQLite's groups: the same engine stores webhooks with and without them, in turns, alone and as a server.

Run with `python -m benchmarks.host.group_commit`.
"""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TypedDict

from benchmarks.host.contenders import ALONE, OURS, SQLITE, Contender, serving
from benchmarks.host.environment import FOLDER
from benchmarks.host.loading import Job, LoadGenerator
from benchmarks.host.processes import free_port, running
from benchmarks.host.provider import START
from benchmarks.host.traffic import checkouts, webhooks
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.adapters.sqlite_groups import MAX_GROUP
from lightning_cart_host.edge.staging import ROOT

CONNECTIONS = 64
_NOW = 1_780_000_000
_PRICE = Money(1000, "USD")
_WARM_UP = 20  # webhooks


class Gain(TypedDict):
    """Webhooks a second, one number for each round.

    Args:
        grouped: With groups.
        alone: With one fsync for each call.
        ratio: The median of the rounds' ratios.
    """

    grouped: list[float]
    alone: list[float]
    ratio: float


class GroupCommit(TypedDict):
    """What groups save.

    Args:
        fsync_ms: The median time in which this disk stores 4 KiB durably.
        inbox: Events recorded by 64 tasks at once, without HTTP.
        lone_inbox: Events recorded one after another.
        http: Webhooks sent over 64 connections to a server.
    """

    fsync_ms: float
    inbox: Gain
    lone_inbox: Gain
    http: Gain


def _gain(grouped: list[float], alone: list[float]) -> Gain:
    ratios = [one / other for one, other in zip(grouped, alone, strict=True)]
    return {"grouped": grouped, "alone": alone, "ratio": statistics.median(ratios)}


def fsync_ms(folder: Path, times: int = 100) -> float:
    """Return the median time in milliseconds in which a file in this folder becomes 4 KiB longer, durably."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(times):
            started = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


async def _record(database: SqliteDatabase, numbers: Sequence[int], tasks: int) -> float:
    """Create open orders, and return how many payments of them a second are recorded by so many tasks."""
    orders, inbox = OrderStore(database), Inbox(database)
    line = LineItem("test-10", "Test checkout", _PRICE, 1)
    ids = [f"ord_{number:026d}" for number in numbers]
    for one in ids:  # not at once, so that SQLite's files are in the same state with and without groups
        await orders.create_order(
            Order(one, "shop", "stripe_checkout", "stripe", (line,), Parts.of(_PRICE), _NOW, _NOW), "", ""
        )
    waiting = iter(ids)

    async def record() -> None:
        for order_id in waiting:
            event = PaymentEvent(
                "stripe",
                f"evt_{order_id}",
                "checkout.session.completed",
                EventKind.PAID,
                order_id=order_id,
                amount=_PRICE,
                payment_ref=f"pi_{order_id}",
            )
            await inbox.record_event(event, _NOW)

    started = time.perf_counter()
    await asyncio.gather(*(record() for _ in range(tasks)))
    return len(ids) / (time.perf_counter() - started)


def measure_inbox(folder: Path, tasks: int, events: int, rounds: int) -> Gain:
    """Measure events that are recorded without HTTP.

    Args:
        folder: Keeps the databases.
        tasks: How many events are recorded at a time.
        events: The number of events in a round.
        rounds: How often each is measured.
    """
    found: dict[int, list[float]] = {MAX_GROUP: [], 1: []}
    with contextlib.ExitStack() as stack:
        numbers, databases = count(), dict[int, SqliteDatabase]()
        for limit in found:
            databases[limit] = stack.enter_context(contextlib.closing(SqliteDatabase(folder / f"{tasks}-{limit}.db", limit)))
            asyncio.run(databases[limit].migrate(ROOT / "migrations"))
        for number in range(rounds + 1):
            for limit, database in databases.items():
                planned = [next(numbers) for _ in range(events if number else _WARM_UP)]
                per_second = asyncio.run(_record(database, planned, tasks))
                if number:
                    found[limit].append(per_second)
    return _gain(found[MAX_GROUP], found[1])


@contextlib.contextmanager
def _provider(folder: Path) -> Iterator[int]:
    port = free_port()
    with running([*START, str(port)], port, {"PYTHONPATH": str(ROOT)}, folder, "provider"):
        yield port


def measure_http(folder: Path, events: int, rounds: int) -> Gain:
    """Measure webhooks that are sent over 64 connections to `lightning-cart serve`.

    Args:
        folder: Keeps the databases and the output of the servers.
        events: The number of webhooks in a round.
        rounds: How often each is measured.
    """
    contenders, keys = (Contender(OURS, SQLITE), ALONE), count()
    found: list[list[float]] = [[] for _ in contenders]
    with contextlib.ExitStack() as stack:
        generator, provider = stack.enter_context(LoadGenerator()), stack.enter_context(_provider(folder))
        ports = [
            stack.enter_context(serving(one, provider, folder, str(folder / f"{number}.db"), Path(sys.executable))).port
            for number, one in enumerate(contenders)
        ]
        for number in range(rounds + 1):
            for port, speeds in zip(ports, found, strict=True):
                messages = checkouts(f"key-{next(keys)}", events if number else CONNECTIONS)
                opened = generator.run(Job(port, CONNECTIONS, 201, messages))
                paid = generator.run(Job(port, CONNECTIONS, 200, webhooks(opened.bodies)))
                if number:
                    speeds.append(paid.per_second)
    return _gain(*found)


def measure(events: int = 1000, rounds: int = 5, say: "Callable[[str], None] | None" = None) -> GroupCommit:
    """Measure with and without groups, in turns.

    Args:
        events: The number of webhooks in a round.
        rounds: How often each is measured.
        say: Shows the progress.
    """
    say = say or _say
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as name:
        folder = Path(name)
        say("events recorded at once, without HTTP")
        inbox = measure_inbox(folder, CONNECTIONS, events, rounds)
        say("events recorded one after another")
        lone = measure_inbox(folder, 1, max(1, events // 4), rounds)
        say("webhooks over 64 connections")
        return {"fsync_ms": fsync_ms(folder), "inbox": inbox, "lone_inbox": lone, "http": measure_http(folder, events, rounds)}


def _lines(result: GroupCommit) -> Iterator[str]:
    yield f"fsync of 4 KiB: {result['fsync_ms']:.2f} ms"
    for label, gain in (
        ("64 events at once", result["inbox"]),
        ("one event at a time", result["lone_inbox"]),
        ("64 connections, HTTP", result["http"]),
    ):
        grouped, alone = statistics.median(gain["grouped"]), statistics.median(gain["alone"])
        yield f"{label}: {grouped:.0f} a second in groups, {alone:.0f} alone: {gain['ratio']:.2f} times"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    for shown in _lines(measure()):
        _say(shown)
