"""SQLite files with orders, for the commands that read them."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart.ulid import make_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.builders import make_order


def order_at(seconds: int, number: int = 0, **changes: Any) -> Order:
    """Return an order that was created at a time in Unix seconds, with the id of that time."""
    order_id = f"ord_{make_id(seconds * 1000, number)}"
    return make_order(**{"id": order_id, "created_at": seconds, "updated_at": seconds} | changes)


async def add_orders(path: Path, orders: Iterable[Order], events: Iterable[tuple[PaymentEvent, int]] = ()) -> None:
    """Add orders to a new or an existing file, then record events of them, each at its time in Unix seconds."""
    database = SqliteDatabase(path)
    await database.migrate(find_resource("migrations"))
    for order in orders:
        await OrderStore(database).create_order(order, "", "digest")
    for event, at in events:
        await Inbox(database).record_event(event, at)
    database.close()


def write_orders(path: Path, orders: Iterable[Order], events: Iterable[tuple[PaymentEvent, int]] = ()) -> str:
    """Add orders and events to a file like `add_orders`, and return its name."""
    asyncio.run(add_orders(path, orders, events))
    return str(path)
