"""Finds what the reconciler has to check, and saves where it stopped and which providers it skips.

Each query has one bound in an index and stops at its limit. So a run reads as much as it checks, however many orders there are.
"""

from collections.abc import Sequence
from typing import NamedTuple

from lightning_cart.domain.order import PAID_STATUSES, UNPAID_STATUSES, Order
from lightning_cart.domain.refund import Refund
from lightning_cart.ports import Database, Row
from lightning_cart.storage.codes import give_back_codes
from lightning_cart.storage.refunds import CLAIM_UNFINISHED, row_to_refund
from lightning_cart.storage.rows import SELECT_ORDER, row_to_order
from lightning_cart.storage.sql import Sql, in_list, run_batch

WAITING, PAID, PARKED = "waiting", "paid", "parked"  # the names of the cursors
# As the indexes say it: with `|| ''` no planner takes the index on the status alone, of which it would sort every row.
_IS_WAITING, _IS_PAID = (f"o.status || '' IN ({in_list(statuses)})" for statuses in (UNPAID_STATUSES, PAID_STATUSES))
_STOPPED_AT = "(SELECT r.{} FROM reconciling AS r WHERE r.name = '{}')"
_NEVER_ASKED = Sql(f"""
    SELECT o.* FROM orders AS o
    WHERE {_IS_WAITING} AND o.looked_at = 0 AND o.created_at <= :before AND o.session_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM reconciling AS r WHERE r.name = 'provider:' || o.provider AND r.until > :now)
    ORDER BY o.created_at DESC, o.id DESC LIMIT :limit
""")
# The young before the old.
_WAITING = Sql(f"""
    SELECT o.* FROM orders AS o
    WHERE {_IS_WAITING} AND (o.created_at, o.id) < (
        COALESCE({_STOPPED_AT.format("until", WAITING)}, :before + 1), COALESCE({_STOPPED_AT.format("value", WAITING)}, '')
    ) AND o.session_id IS NOT NULL
    ORDER BY o.created_at DESC, o.id DESC LIMIT :limit
""")
_LATER = "(SELECT CASE WHEN r.until > :since THEN r.until ELSE :since END FROM reconciling AS r WHERE r.name = '{}')"
_PAID = Sql(f"""
    SELECT o.* FROM orders AS o
    WHERE {_IS_PAID} AND (o.created_at, o.id) > (
        COALESCE({_LATER.format(PAID)}, :since), COALESCE({_STOPPED_AT.format("value", PAID)}, '')
    ) AND o.created_at <= :before
    ORDER BY o.created_at, o.id LIMIT :limit
""")
# Its buyer never saw a payment page, so no provider has to be asked.
_ABANDONED = f"""
    SELECT o.id FROM orders AS o
    WHERE {_IS_WAITING} AND o.session_id IS NULL AND o.created_at <= :abandoned_before
    ORDER BY o.created_at, o.id LIMIT :limit
"""
_TELL_ABANDONED = Sql(f"""
    INSERT INTO outbox (order_id, effect, created_at) SELECT a.id, 'order.expired', :now FROM ({_ABANDONED}) AS a WHERE TRUE
    ON CONFLICT DO NOTHING
""")
_CLOSE_ABANDONED = Sql(f"UPDATE orders SET status = 'expired', updated_at = :now WHERE id IN ({_ABANDONED})")
_GIVE_BACK_CODES = {name: Sql(text) for name, text in give_back_codes(f"SELECT a.id FROM ({_ABANDONED}) AS a").items()}
_SAVE_CURSOR = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES (:name, :value, :until)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value, until = excluded.until
""")
_RESET_CURSOR = Sql("DELETE FROM reconciling WHERE name = :name")
_IS_BACKING_OFF = Sql("SELECT 1 AS found FROM reconciling WHERE name = 'provider:' || :provider AND until > :now")
# The value is the length of the pause in seconds, twice the previous one. D1 binds 300 as 300.0, whose text is another.
_LONGER = """CASE
    WHEN 2 * CAST(reconciling.value AS BIGINT) > :limit THEN CAST(:limit AS BIGINT)
    ELSE 2 * CAST(reconciling.value AS BIGINT) END"""
_BACK_OFF = Sql(f"""
    INSERT INTO reconciling (name, value, until)
    VALUES ('provider:' || :provider, CAST(CAST(:first AS BIGINT) AS TEXT), :now + :first)
    ON CONFLICT (name) DO UPDATE SET value = CAST({_LONGER} AS TEXT), until = :now + {_LONGER}
""")
_RESET_BACKOFF = Sql("DELETE FROM reconciling WHERE name = 'provider:' || :provider")
# Parked events are applied with their payment. This finds those left over after a crash.
_PARKED = Sql(f"""
    SELECT e.*, CASE WHEN EXISTS (
        SELECT 1 FROM payments AS p WHERE p.provider = e.provider AND p.payment_ref = e.payment_ref
    ) OR EXISTS (
        SELECT 1 FROM orders AS o
        WHERE o.provider = e.provider AND o.subscription_ref = e.subscription_ref AND o.subscription_ref <> ''
    ) OR EXISTS (
        SELECT 1 FROM disputes AS d WHERE d.provider = e.provider AND d.dispute_id = e.subject
    ) THEN 1 ELSE 0 END AS is_known
    FROM events AS e
    WHERE e.verdict = 'parked' AND (e.received_at, e.event_id) > (
        COALESCE({_STOPPED_AT.format("until", PARKED)}, 0), COALESCE({_STOPPED_AT.format("value", PARKED)}, '')
    )
    ORDER BY e.received_at, e.event_id LIMIT :limit
""")
_END_PARKED = Sql("DELETE FROM events WHERE verdict = 'parked' AND received_at < :before")
# Events of other programs on the same accounts leave no row, only their number and the time of the last one.
_COUNT_FOREIGN = Sql("""
    INSERT INTO reconciling (name, value, until) VALUES ('foreign:' || :provider, '1', :now)
    ON CONFLICT (name) DO UPDATE SET
        value = CAST(CAST(reconciling.value AS BIGINT) + 1 AS TEXT), until = excluded.until
""")
_SELECT_FOREIGN = Sql("SELECT * FROM reconciling WHERE name >= 'foreign:' AND name < 'foreign;' ORDER BY name")


class OrdersToCheck(NamedTuple):
    """The next orders to check, each group at most as long as asked for.

    Args:
        never_asked: Waiting orders that neither a return nor the reconciler ever asked about, newest first.
        waiting: Waiting orders from where the last run stopped, newest first.
        paid: Paid orders from where the last run stopped, oldest first.
    """

    never_asked: list[Order]
    waiting: list[Order]
    paid: list[Order]


class ReconcileQueue:
    """The reconciler's work, and its own state between runs.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def next_orders(self, now: int, before: int, since: int, limit: int, abandoned_before: int) -> OrdersToCheck:
        """Return the next orders to check, and expire orders whose buyer never saw a payment page. One round trip.

        Args:
            now: Unix seconds.
            before: Unix seconds; orders created later are left out.
            since: Unix seconds; paid orders created earlier are left out.
            limit: Maximum number of orders in each group.
            abandoned_before: Unix seconds; orders without a payment page that were created before it expire.
        """
        values = {"now": now, "before": before, "since": since, "limit": limit, "abandoned_before": abandoned_before}
        statements = {
            "messages": _TELL_ABANDONED(values),
            **{name: sql(values) for name, sql in _GIVE_BACK_CODES.items()},
            "abandoned": _CLOSE_ABANDONED(values),
            "never_asked": _NEVER_ASKED(values),
            "waiting": _WAITING(values),
            "paid": _PAID(values),
        }
        rows = await run_batch(self.database, statements)
        never_asked, waiting, paid = ([row_to_order(row) for row in rows[name]] for name in ("never_asked", WAITING, PAID))
        return OrdersToCheck(never_asked, waiting, paid)

    async def save_cursor(self, name: str, value: str, at: int) -> None:
        """Save where a group stopped: at an id and its time in Unix seconds."""
        await self.database.query(_SAVE_CURSOR({"name": name, "value": value, "until": at}))

    async def reset_cursor(self, name: str) -> None:
        """Start a group again with its first row."""
        await self.database.query(_RESET_CURSOR({"name": name}))

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
        """Return the next rows of parked events, oldest first; `is_known` is 1 if what they name is known now."""
        return await self.database.query(_PARKED({"limit": limit}))

    async def end_parked(self, before: int) -> None:
        """Delete parked events that were received before a time in Unix seconds."""
        await self.database.query(_END_PARKED({"before": before}))

    async def count_foreign(self, provider: str, now: int) -> None:
        """Count an event that is not about an order of this engine."""
        await self.database.query(_COUNT_FOREIGN({"provider": provider, "now": now}))

    async def foreign_events(self) -> dict[str, tuple[int, int]]:
        """Return how many events of each provider were not about orders of this engine, and when the last one came."""
        rows = await self.database.query(_SELECT_FOREIGN({}))
        return {str(row["name"]).partition(":")[2]: (int(row["value"] or 0), int(row["until"] or 0)) for row in rows}

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
