"""The lease of an order. Its holder alone asks the provider about the order: reads, captures, cancels or expires its checkout.

A lease is taken by one conditional statement and ends by itself, so a crashed holder only delays the others. It is returned in
the batch that records what the provider reported. One that ends too late was taken by a wrong clock, and does not count. The
clocks of two engines may differ by a few seconds.
"""

from typing import NamedTuple

from lightning_cart.domain.money import MAX_SAFE_INTEGER
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment import Payment
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.rows import SELECT_PAYMENTS, SELECT_WITH_BUYER, payments_by_key, row_to_order
from lightning_cart.storage.sql import Sql, run_batch

LEASE_SECONDS = 60  # longer than any flow: no exchange starts after 20 seconds, and none takes more than 15
NO_LEASE = -1  # equals no lease's end
MAX_CLOCK_DIFFERENCE = 20  # seconds
IS_FREE = f"(o.busy_until <= :now OR o.busy_until - {MAX_CLOCK_DIFFERENCE} > :busy_until)"  # of an order o: its lease
_CLAIM = Sql(f"""
    UPDATE orders AS o SET busy_until = :busy_until, looked_at = :now
    WHERE o.id = :id AND {IS_FREE} AND o.looked_at <= :looked_before
    RETURNING id
""")
_RETURN = Sql("UPDATE orders SET busy_until = 0 WHERE id = :id AND busy_until = :busy_until")


class Lease(NamedTuple):
    """The right to ask the provider about one order.

    Args:
        order: The order when the lease was taken, with its buyer.
        payments: Its payments then, by their keys.
        busy_until: When the lease ends, in Unix seconds.
    """

    order: Order
    payments: dict[str, Payment]
    busy_until: int


class Leases:
    """The leases of all orders.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def take(self, order_id: str, now: int, pause: int = 0) -> tuple[Order | None, Lease | None]:
        """Take the lease of an order, unless another call holds it. One round trip.

        Args:
            order_id: The order's id.
            now: Unix seconds.
            pause: Seconds that must have passed since the order was last looked at.

        Returns:
            The order, or None if there is none; and the lease, or None if it cannot be taken now.
        """
        busy_until = now + LEASE_SECONDS
        values: dict[str, SqlValue] = {
            "id": order_id,
            "now": now,
            "busy_until": busy_until,
            "looked_before": now - pause if pause else MAX_SAFE_INTEGER,
        }
        rows = await run_batch(
            self.database,
            {"claim": _CLAIM(values), "order": SELECT_WITH_BUYER(values), "payments": SELECT_PAYMENTS(values)},
        )
        if not rows["order"]:
            return None, None
        order = row_to_order(rows["order"][0])
        lease = Lease(order, payments_by_key(rows["payments"]), busy_until) if rows["claim"] else None
        return order, lease

    async def release(self, lease: Lease) -> None:
        """End a lease of which nothing was recorded. One round trip."""
        await self.database.query(_RETURN({"id": lease.order.id, "busy_until": lease.busy_until}))
