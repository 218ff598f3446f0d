"""Collects the state of every order from the engine's tables, the sandbox's ledger and the merchant's server."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from lightning_cart_host.adapters.http_send import NO_PROXY_MOUNTS
from lightning_cart_host.chaos.assessment import OrderTotals, Snapshot
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.shop_client.requests import send


def read_rows(database: Path, sql: str) -> Iterator[tuple[Any, ...]]:
    """Run a read-only query on a SQLite file that other processes may be using."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        yield from connection.execute(sql)


async def take_snapshot(servers: ChaosServers) -> Snapshot:
    """Collect the state of every order."""
    async with httpx.AsyncClient(mounts=NO_PROXY_MOUNTS, timeout=60) as client:
        ledger = (await send(client, "GET", f"{servers.sandbox}/api/orders")).json()["orders"]
    columns = "id, status, paid_minor, refunded_minor, needs_review"
    orders = {
        order_id: OrderTotals(status, paid, refunded, bool(review))
        for order_id, status, paid, refunded, review in read_rows(servers.database, f"SELECT {columns} FROM orders")  # noqa: S608 - a constant
    }
    messages: dict[str, list[str]] = defaultdict(list)
    for name, event in read_rows(servers.database, "SELECT order_id, effect FROM outbox"):
        messages[name].append(event)
    return Snapshot(orders, ledger, messages, servers.merchant.received)
