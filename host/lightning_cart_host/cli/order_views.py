"""Reads orders for `lightning-cart orders`, with the buyer's e-mail address masked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from lightning_cart.domain.order import Order
from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Row
from lightning_cart.storage.orders import OrderHistory, OrderStore
from lightning_cart.storage.outbox import Outbox
from lightning_cart.usecases.fulfilment_message import message_id
from lightning_cart.web.views import order_view
from lightning_cart_host.adapters.sqlite import SqliteDatabase

_DELIVERY = ("effect", "created_at", "state", "attempts", "next_at", "last_at", "last_status", "last_error")


def mask_email(email: str) -> str:
    """Return an e-mail address with all but the first letter of its name hidden: `a…@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else ""


def format_utc(seconds: int) -> str:
    """Format Unix seconds as a date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def operator_view(order: Order) -> dict[str, object]:
    """Return an order with what its buyer does not see: provider ids, metadata and the masked address."""
    return {
        **order_view(order),
        "dispute": order.dispute,
        "customer_email": mask_email(order.customer_email),
        "metadata": dict(order.metadata),
        "session_id": order.session.id if order.session else None,
        "payment_ref": order.payment_ref,
        "subscription_ref": order.subscription_ref,
    }


def _event(row: Row) -> Mapping[str, object]:
    return {name: value for name, value in row.items() if name not in {"order_id", "fresh"}}


def _delivery(order_id: str, row: Row) -> Mapping[str, object]:
    return {**{name: row[name] for name in _DELIVERY}, "message_id": message_id(order_id, str(row["effect"]))}


def history_view(history: OrderHistory) -> dict[str, object]:
    """Return an order with its events and its effects."""
    events, effects = map(_event, history.events), (_delivery(history.order.id, row) for row in history.effects)
    return {**operator_view(history.order), "events": [*events], "effects": [*effects]}


def _open(database: str) -> SqliteDatabase:
    # Reading must not create an empty database if the name is mistyped.
    if not Path(database).is_file():
        raise ConfigurationError(f"there is no database {database}: name it with --database or DATABASE")
    return SqliteDatabase(database)


async def read_orders(database: str, status: str, limit: int) -> list[Order]:
    """Return the newest orders of a database.

    Args:
        database: The SQLite file.
        status: Only orders with this status, or empty for all.
        limit: The maximum number of orders.

    Raises:
        ConfigurationError: There is no such file.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    store = _open(database)
    try:
        return await OrderStore(store).list_orders(status, limit)
    finally:
        store.close()


async def read_history(database: str, order_id: str) -> OrderHistory:
    """Return one order of a database with its events and effects.

    Raises:
        ConfigurationError: There is no such file, or no such order in it.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    store = _open(database)
    try:
        history = await OrderStore(store).history(order_id)
    finally:
        store.close()
    if history is None:
        raise ConfigurationError(f"there is no order {order_id} in {database}: lightning-cart orders list shows them")
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
        ConfigurationError: There is no such file or order, or no effect that can be replayed.
        StorageUnavailable: The file is not a database of Lightning-Cart.
    """
    await read_history(database, order_id)
    store = _open(database)
    try:
        names = await Outbox(store).replay(order_id, effect)
    finally:
        store.close()
    if not names:
        raise ConfigurationError(
            f"no such message can be sent again: lightning-cart orders show {order_id} lists the order's messages"
        )
    return names
