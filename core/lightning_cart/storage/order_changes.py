"""Reads the orders that changed last, for operators who watch them. The engine itself needs none of it."""

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database
from lightning_cart.storage.rows import ORDER_COLUMNS, ORDERS, row_to_order
from lightning_cart.storage.sql import Sql

# The condition is that of the index `orders_changed`. A new order that is simply open has the time in its id.
_CHANGED = Sql(f"""
    SELECT {ORDER_COLUMNS} FROM {ORDERS}
    WHERE (o.status <> 'open' OR o.needs_review = 1) AND (o.updated_at, o.id) > (:since, :id)
    ORDER BY o.updated_at, o.id LIMIT :limit
""")


async def changed_orders(database: Database, since: int, after_id: str, limit: int) -> list[Order]:
    """Return orders that changed, longest ago first, without those that are simply open. One round trip.

    Args:
        database: Where the orders are.
        since: From which second of `updated_at` on, in Unix seconds.
        after_id: Of the orders of that second, only those with a higher id; or empty for all.
        limit: The maximum number of orders.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    rows = await database.query(_CHANGED({"since": since, "id": after_id, "limit": limit}))
    return [row_to_order(row) for row in rows]
