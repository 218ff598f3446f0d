"""Finds what the reconciler has to check, and saves where it stopped and which providers it skips."""

from collections.abc import Sequence

from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.domain.refund import Refund
from lightning_cart.ports import Database, Row
from lightning_cart.storage.orders import SELECT_ORDER
from lightning_cart.storage.refunds import CLAIM_UNFINISHED, row_to_refund
from lightning_cart.storage.rows import row_to_order
from lightning_cart.storage.sql import Sql, in_list

_NEXT = Sql(f"""
    SELECT * FROM orders
    WHERE id > COALESCE((SELECT value FROM reconciling WHERE name = 'cursor'), '') AND created_at <= :before
        AND (status IN ({in_list(UNPAID_STATUSES)}) OR (status IN ({in_list(PAID_STATUSES)}) AND created_at > :since))
    ORDER BY id LIMIT :limit
""")
_SAVE_CURSOR = Sql("""
    INSERT INTO reconciling (name, value) VALUES ('cursor', :id) ON CONFLICT (name) DO UPDATE SET value = excluded.value
""")
_IS_BACKING_OFF = Sql("SELECT 1 FROM reconciling WHERE name = 'provider:' || :provider AND until > :now")
# The value is the length of the pause in seconds, twice the previous one.
_BACK_OFF = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES ('provider:' || :provider, :first, :now + :first)
    ON CONFLICT (name) DO UPDATE SET
        value = MIN(:limit, 2 * CAST(value AS INTEGER)), until = :now + MIN(:limit, 2 * CAST(value AS INTEGER))
""")
_RESET_BACKOFF = Sql("DELETE FROM reconciling WHERE name = 'provider:' || :provider")
# Parked events are applied with their payment. This finds those left over after a crash.
_PARKED = Sql("""
    SELECT e.* FROM events AS e WHERE e.verdict = 'parked' AND CASE
        WHEN e.order_id IS NOT NULL THEN EXISTS (SELECT 1 FROM orders AS o WHERE o.id = e.order_id)
        WHEN e.payment_ref <> '' THEN EXISTS (
            SELECT 1 FROM orders AS o
            WHERE o.provider = e.provider AND o.payment_ref = e.payment_ref AND o.payment_ref <> ''
        )
        ELSE EXISTS (
            SELECT 1 FROM orders AS o
            WHERE o.provider = e.provider AND o.subscription_ref = e.subscription_ref AND o.subscription_ref <> ''
        ) END
    ORDER BY e.received_at, e.event_id LIMIT :limit
""")


class ReconcileQueue:
    """The reconciler's work, and its own state between runs.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def next_orders(self, before: int, since: int, limit: int) -> list[Order]:
        """Return the next orders to check: unpaid ones, and paid ones that may have been refunded.

        Args:
            before: Unix seconds; orders created later are left out.
            since: Unix seconds; paid orders created earlier are left out.
            limit: Maximum number of orders.
        """
        rows = await self.database.query(_NEXT({"before": before, "since": since, "limit": limit}))
        return [row_to_order(row) for row in rows]

    async def save_cursor(self, order_id: str) -> None:
        """Save the order after which the next run continues; an empty id starts again with the first order."""
        await self.database.query(_SAVE_CURSOR({"id": order_id}))

    async def is_backing_off(self, provider: str, now: int) -> bool:
        """Return whether a provider is paused."""
        return bool(await self.database.query(_IS_BACKING_OFF({"provider": provider, "now": now})))

    async def back_off(self, provider: str, now: int, first: int, limit: int) -> None:
        """Pause a provider for `first` seconds, and each further time for twice as long, up to `limit` seconds."""
        await self.database.query(_BACK_OFF({"provider": provider, "now": now, "first": first, "limit": limit}))

    async def reset_backoff(self, provider: str) -> None:
        """End a provider's pause, because it responded."""
        await self.database.query(_RESET_BACKOFF({"provider": provider}))

    async def parked_events(self, limit: int) -> Sequence[Row]:
        """Return the rows of parked events whose order exists now, oldest first."""
        return await self.database.query(_PARKED({"limit": limit}))

    async def claim_unfinished(self, checked_before: int, limit: int, now: int) -> list[tuple[Order, Refund]]:
        """Return unfinished refunds with their orders, and move them to the end of the queue.

        They are moved before they are checked, so a refund that keeps failing does not block the others.

        Args:
            checked_before: Unix seconds; refunds that were checked later are left out.
            limit: Maximum number of refunds.
            now: Unix seconds.
        """
        claimed = await self.database.query(CLAIM_UNFINISHED({"checked_before": checked_before, "limit": limit, "now": now}))
        if not claimed:
            return []
        found = await self.database.batch([SELECT_ORDER({"id": row["order_id"]}) for row in claimed])
        orders = [row_to_order(rows[0]) for rows in found]
        return [(order, row_to_refund(row, order.total.currency)) for order, row in zip(orders, claimed, strict=True)]
