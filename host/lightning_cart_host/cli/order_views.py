"""What `lightning-cart orders` shows: an order for the operator's eyes, its buyer's address masked."""

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


def mask_email(email: str) -> str:
    """An e-mail address of which its owner is not told: `a…@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}" if at else ""


def format_utc(seconds: int) -> str:
    """Unix seconds as a person reads them, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def operator_view(order: Order) -> dict[str, object]:
    """An order with what its buyer is not shown: the provider's ids, the metadata, the masked address."""
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


_DELIVERY = ("effect", "created_at", "state", "attempts", "next_at", "last_at", "last_status", "last_error")


def _delivery(order_id: str, row: Row) -> Mapping[str, object]:
    return {**{name: row[name] for name in _DELIVERY}, "message_id": message_id(order_id, str(row["effect"]))}


def history_view(history: OrderHistory) -> dict[str, object]:
    """An order with the events that came for it, and the effects that followed."""
    events, effects = map(_event, history.events), (_delivery(history.order.id, row) for row in history.effects)
    return {**operator_view(history.order), "events": [*events], "effects": [*effects]}


def _open(database: str) -> SqliteDatabase:
    # Reading must not leave an empty database behind where the name was mistyped.
    if not Path(database).is_file():
        raise ConfigurationError(f"there is no database {database}: name it with --database or DATABASE")
    return SqliteDatabase(database)


async def read_orders(database: str, status: str, most: int) -> list[Order]:
    """The newest orders of a database.

    Raises:
        ConfigurationError: There is no such file.
        StorageUnavailable: It is not a database of ours.
    """
    store = _open(database)
    try:
        return await OrderStore(store).list_orders(status, most)
    finally:
        store.close()


async def read_history(database: str, order_id: str) -> OrderHistory:
    """One order of a database, with all that happened to it.

    Raises:
        ConfigurationError: There is no such file, or no such order in it.
        StorageUnavailable: It is not a database of ours.
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
    """Make effects of an order due again, for a running engine to deliver.

    Args:
        database: Its file.
        order_id: Whose.
        effect: Such as `order.paid`, or empty for all.

    Returns:
        The names of those that are due again.

    Raises:
        ConfigurationError: There is no such file or order, or nothing of it can be replayed.
        StorageUnavailable: It is not a database of ours.
    """
    await read_history(database, order_id)
    store = _open(database)
    try:
        names = await Outbox(store).replay(order_id, effect)
    finally:
        store.close()
    if not names:
        raise ConfigurationError(f"nothing of that can be replayed: lightning-cart orders show {order_id} lists its effects")
    return names
