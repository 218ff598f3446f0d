"""The outbox table: a queue of fulfilment messages. Each one is claimed for one attempt, and the attempt's result is saved.

A claim is one statement: it takes the first due message, counts the attempt and moves the next attempt to the end of a lease.
So two workers never deliver the same message at once, and a message claimed by a crashed worker becomes due again.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, cast

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.dialect import OBJECT
from lightning_cart.storage.rows import SELECT_WITH_BUYER, row_to_order
from lightning_cart.storage.sql import Sql


class DeliveryState(StrEnum):
    """The state of a message's delivery."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # no further attempts until an operator replays it
    UNWANTED = "unwanted"  # the order's site has no fulfilment URL


class OutboxMessage(NamedTuple):
    """One message, claimed for one attempt.

    Args:
        order: The order now. What can change about it is in `snapshot`.
        event: Such as `order.paid`, or `order.refunded:300` with what distinguishes it from others of its kind.
        created_at: Unix seconds.
        snapshot: The order's status, amounts and provider ids when the message was created.
        attempt: The number of this attempt, from 1.
        leased_until: Unix seconds after which another worker may claim it.
    """

    order: Order
    event: str
    created_at: int
    snapshot: Mapping[str, Any]
    attempt: int
    leased_until: int


class DeliveryResult(NamedTuple):
    """The result of one attempt.

    Args:
        state: The state of the delivery afterwards.
        next_at: Unix seconds of the next attempt if the message is waiting, else 0.
        status: The response's HTTP status, or None if there was no response.
        error: What failed, or empty.
    """

    state: DeliveryState
    next_at: int = 0
    status: int | None = None
    error: str = ""


# Saved with each message, because a retry must repeat the same content.
ORDER_SNAPSHOT = f"""CAST({OBJECT}('status', o.status, 'paid_minor', o.paid_minor, 'tip_minor', o.tip_minor,
    'refunded_minor', o.refunded_minor, 'dispute', o.dispute, 'review_reason', o.review_reason,
    'payment_ref', o.payment_ref, 'subscription_ref', o.subscription_ref) AS TEXT)"""
_CLAIM = Sql(f"""
    UPDATE outbox SET attempts = attempts + 1, next_at = :leased_until, last_at = :now,
        facts = COALESCE(facts, (SELECT {ORDER_SNAPSHOT} FROM orders AS o WHERE o.id = outbox.order_id))
    WHERE (order_id, effect, channel) = (
        SELECT x.order_id, x.effect, x.channel FROM outbox AS x
        WHERE x.state = 'waiting' AND x.next_at <= :now
        ORDER BY x.next_at, x.created_at, x.order_id, x.effect, x.channel LIMIT 1
    )
    RETURNING *
""")
# A worker whose lease has ended may only save that it delivered the message: a delivery cannot be undone.
_SAVE_RESULT = Sql("""
    UPDATE outbox SET state = :state, next_at = :next_at, last_status = :status, last_error = :error
    WHERE order_id = :order_id AND effect = :event AND channel = 'webhook' AND state = 'waiting'
        AND (:state = 'delivered' OR (attempts = :attempt AND next_at = :leased_until))
""")
_REPLAY = Sql("""
    UPDATE outbox SET state = 'waiting', attempts = 0, next_at = 0
    WHERE order_id = :order_id AND state <> 'waiting'
        AND (:event IN ('', effect) OR substr(effect, 1, length(:event) + 1) = :event || ':')
    RETURNING effect
""")


class Outbox:
    """The queue of fulfilment messages.

    Args:
        database: Every method raises `StorageUnavailable` if it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def claim(self, now: int, lease: int) -> OutboxMessage | None:
        """Claim the message that is due first, for one attempt. Two round trips.

        Args:
            now: Unix seconds.
            lease: Seconds during which no other worker can claim it.

        Returns:
            The message, or None if none is due.
        """
        claimed = await self.database.query(_CLAIM({"now": now, "leased_until": now + lease}))
        if not claimed:
            return None
        row = claimed[0]
        orders = await self.database.query(SELECT_WITH_BUYER({"id": row["order_id"]}))
        return OutboxMessage(
            order=row_to_order(orders[0]),
            event=cast("str", row["effect"]),
            created_at=cast("int", row["created_at"]),
            snapshot=json.loads(cast("str", row["facts"])),
            attempt=cast("int", row["attempts"]),
            leased_until=now + lease,
        )

    async def save_result(self, message: OutboxMessage, result: DeliveryResult) -> None:
        """Save the result of an attempt. One round trip."""
        values: dict[str, SqlValue] = {
            "order_id": message.order.id,
            "event": message.event,
            "attempt": message.attempt,
            "leased_until": message.leased_until,
            "state": result.state.value,
            "next_at": result.next_at,
            "status": result.status,
            "error": result.error,
        }
        await self.database.query(_SAVE_RESULT(values))

    async def replay(self, order_id: str, event: str = "") -> list[str]:
        """Make messages of an order due again, whatever their state; those that are waiting already are not touched.

        Args:
            order_id: The order's id.
            event: The message's event with or without the part after the colon, or empty for all.

        Returns:
            The events of the messages that are due again.
        """
        rows = await self.database.query(_REPLAY({"order_id": order_id, "event": event}))
        return sorted(cast("str", row["effect"]) for row in rows)
