"""What the reconciler asks of the database: whose turn it is, what waits, and where it stopped."""

from collections.abc import Sequence

from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.domain.refund import Refund
from lightning_cart.ports import Database, Row
from lightning_cart.storage.refunds import CLAIM_UNFINISHED, row_to_refund
from lightning_cart.storage.rows import SELECT_ORDER, row_to_order
from lightning_cart.storage.sql import Sql, in_list

_NEXT = Sql(f"""
    SELECT * FROM orders
    WHERE id > COALESCE((SELECT value FROM reconciling WHERE name = 'cursor'), '') AND created_at <= :before
        AND (status IN ({in_list(UNPAID_STATUSES)}) OR (status IN ({in_list(PAID_STATUSES)}) AND created_at > :since))
    ORDER BY id LIMIT :most
""")
_STOP = Sql("""
    INSERT INTO reconciling (name, value) VALUES ('cursor', :id) ON CONFLICT (name) DO UPDATE SET value = excluded.value
""")
_WAITS = Sql("SELECT 1 FROM reconciling WHERE name = 'provider:' || :provider AND until > :now")
# The value is how long it is left alone, in seconds: twice as long as the last time.
_BACK_OFF = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES ('provider:' || :provider, :first, :now + :first)
    ON CONFLICT (name) DO UPDATE SET
        value = MIN(:longest, 2 * CAST(value AS INTEGER)), until = :now + MIN(:longest, 2 * CAST(value AS INTEGER))
""")
_FORGIVE = Sql("DELETE FROM reconciling WHERE name = 'provider:' || :provider")
# A payment's event applies what waited for it, unless the process dies in between: then it is found here.
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
    ORDER BY e.received_at, e.event_id LIMIT :most
""")


class ReconcileQueue:
    """The reconciler's own view of the database.

    Args:
        database: Every method raises `StorageUnavailable` where it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def next_orders(self, before: int, since: int, most: int) -> list[Order]:
        """The next orders that may differ: those that wait for money, and those whose refunds are looked for.

        Args:
            before: Unix seconds; younger ones are left out.
            since: Unix seconds; paid ones that are older are left out.
            most: How many.
        """
        rows = await self.database.query(_NEXT({"before": before, "since": since, "most": most}))
        return [row_to_order(row) for row in rows]

    async def save_cursor(self, order_id: str) -> None:
        """Remember the last order of this run, or with an empty text that the next one begins anew."""
        await self.database.query(_STOP({"id": order_id}))

    async def is_backing_off(self, provider: str, now: int) -> bool:
        """Whether a provider is to be left alone."""
        return bool(await self.database.query(_WAITS({"provider": provider, "now": now})))

    async def back_off(self, provider: str, now: int, first: int, longest: int) -> None:
        """Leave a provider alone, for `first` seconds, and each time twice as long, up to `longest`."""
        await self.database.query(_BACK_OFF({"provider": provider, "now": now, "first": first, "longest": longest}))

    async def reset_backoff(self, provider: str) -> None:
        """A provider that answered is asked as before."""
        await self.database.query(_FORGIVE({"provider": provider}))

    async def parked(self, most: int) -> Sequence[Row]:
        """Events that wait for an order which is there now, oldest first."""
        return await self.database.query(_PARKED({"most": most}))

    async def claim_unfinished(self, until: int, most: int, now: int) -> list[tuple[Order, Refund]]:
        """Refunds that are not at their end, with their orders.

        Those go to the end of the queue that are taken: whatever comes of it, the others have their turn before them.

        Args:
            until: Unix seconds; those that were looked at later are left out.
            most: How many.
            now: Unix seconds.
        """
        taken = await self.database.query(CLAIM_UNFINISHED({"until": until, "most": most, "now": now}))
        if not taken:
            return []
        found = await self.database.batch([SELECT_ORDER({"id": row["order_id"]}) for row in taken])
        orders = [row_to_order(rows[0]) for rows in found]
        return [(order, row_to_refund(row, order.total.currency)) for order, row in zip(orders, taken, strict=True)]
