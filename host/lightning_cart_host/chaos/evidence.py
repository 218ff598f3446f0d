"""Collects what is known of every order: the engine's tables, the sandbox's books, and what the merchant was told."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.ground import ChaosServers
from lightning_cart_host.chaos.judge import OrderTotals, Snapshot
from lightning_cart_host.demo.exchanges import send


def read_rows(database: Path, sql: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query on a database that others may be using."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield from connection.execute(sql)


async def take_snapshot(ground: ChaosServers) -> Snapshot:
    """Collect what is known of every order."""
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=60) as client:
        books = (await send(client, "GET", f"{ground.sandbox}/api/orders")).json()["orders"]
    columns = "id, status, paid_minor, refunded_minor, needs_review"
    orders = {
        name: OrderTotals(status, paid, refunded, bool(review))
        for name, status, paid, refunded, review in read_rows(ground.database, f"SELECT {columns} FROM orders")  # noqa: S608 - a constant
    }
    effects: dict[str, list[str]] = defaultdict(list)
    for name, effect in read_rows(ground.database, "SELECT order_id, effect FROM outbox"):
        effects[name].append(effect)
    return Snapshot(orders, books, effects, ground.merchant.told)
