"""Reads the orders of a database for `lightning-cart orders`, without an engine."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from lightning_cart.domain.order import Order
from lightning_cart.errors import ConfigurationError
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource


def format_utc(seconds: int) -> str:
    """Format Unix seconds as a date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def unknown_order(order_id: str, database: str) -> ConfigurationError:
    """Return the error of a command that names an order which is not in the database."""
    return ConfigurationError(f"there is no order {order_id} in {database}: lightning-cart orders list shows them")


def _open_file(database: str) -> SqliteDatabase:
    # Reading must not create an empty database if the name is mistyped.
    if not Path(database).is_file():
        raise ConfigurationError(f"there is no database {database}: name it with --database or DATABASE")
    return SqliteDatabase(database)


@asynccontextmanager
async def _open(database: str) -> AsyncIterator[SqliteDatabase]:
    store = _open_file(database)
    try:
        if pending := await store.pending_migrations(find_resource("migrations")):
            names = ", ".join(pending)
            raise ConfigurationError(f"{database} is not up to date: start `lightning-cart serve` once, which applies {names}")
        yield store
    finally:
        store.close()


async def read_orders(database: str, status: str, limit: int, *, to_review: bool = False) -> list[Order]:
    """Return the newest orders of a database.

    Args:
        database: The SQLite file.
        status: Only orders with this status, or empty for all.
        limit: The maximum number of orders.
        to_review: Only orders that need review.

    Raises:
        ConfigurationError: There is no such file, or it is not up to date.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    async with _open(database) as store:
        return await OrderStore(store).list_orders(status, limit, to_review=to_review)


async def read_history(database: str, order_id: str) -> OrderHistory:
    """Return one order of a database with everything that is stored about it.

    Raises:
        ConfigurationError: There is no such file, it is not up to date, or it has no such order.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    async with _open(database) as store:
        history = await OrderStore(store).history(order_id)
    if history is None:
        raise unknown_order(order_id, database)
    return history


async def replay_effects(database: str, order_id: str, effect: str) -> list[str]:
    """Make effects of an order due again. A running engine delivers them.

    Args:
        database: The SQLite file.
        order_id: The order.
        effect: The name of one effect, such as `order.paid`, or empty for all.

    Returns:
        The names of the effects that are due again.

    Raises:
        ConfigurationError: There is no such file or order, the file is not up to date, or no effect can be replayed.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    await read_history(database, order_id)
    async with _open(database) as store:
        names = await Outbox(store).replay(order_id, effect)
    if not names:
        raise ConfigurationError(
            f"no such message can be sent again: lightning-cart orders show {order_id} lists the order's messages"
        )
    return names
