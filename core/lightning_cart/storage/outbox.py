"""The outbox, as a queue of deliveries: each effect is claimed for one try, and what came of it is recorded.

A claim is one statement: it takes the first due row, counts the try, and moves the row's next time to the end of a lease. So
two workers never try the same effect at once, and what a dying worker held comes due again.
"""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, cast

from lightning_cart.domain.order import Order
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.inbox import ORDER_FACTS
from lightning_cart.storage.rows import SELECT_ORDER, row_to_order
from lightning_cart.storage.sql import Sql


class DeliveryState(StrEnum):
    """Where the delivery of an effect stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # nothing more is tried until somebody replays it
    UNWANTED = "unwanted"  # the order's site names no address


class OutboxMessage(NamedTuple):
    """One effect, claimed for one try.

    Args:
        order: As it stands now; of what can change about it, `facts` says how it stood when the effect was made.
        name: Such as `order.paid`, with what tells it from its like behind a colon.
        created_at: Unix seconds.
        facts: The status, sums and references that the effect was made with.
        attempt: The number of this try, from 1.
        leased_until: Unix seconds after which somebody else may claim it.
    """

    order: Order
    event: str
    created_at: int
    facts: Mapping[str, Any]
    attempt: int
    leased_until: int


class DeliveryResult(NamedTuple):
    """What came of one try.

    Args:
        state: Where the delivery stands now.
        next_at: Unix seconds of the next try, where it waits for one.
        status: The HTTP status that was answered, or `None`.
        error: What went wrong, or empty.
    """

    state: DeliveryState
    next_at: int = 0
    status: int | None = None
    error: str = ""


_CLAIM = Sql(f"""
    UPDATE outbox SET attempts = attempts + 1, next_at = :leased_until, last_at = :now,
        facts = COALESCE(facts, (SELECT {ORDER_FACTS} FROM orders AS o WHERE o.id = outbox.order_id))
    WHERE (order_id, effect) = (
        SELECT order_id, effect FROM outbox WHERE state = 'waiting' AND next_at <= :now ORDER BY next_at, created_at LIMIT 1
    )
    RETURNING *
""")
# Whoever was too slow to keep its lease may still say that it was delivered, for that cannot be undone; nothing else.
_RECORD = Sql("""
    UPDATE outbox SET state = :state, next_at = :next_at, last_status = :status, last_error = :error
    WHERE order_id = :order_id AND effect = :effect AND state = 'waiting'
        AND (:state = 'delivered' OR (attempts = :attempt AND next_at = :leased_until))
""")
_REPLAY = Sql("""
    UPDATE outbox SET state = 'waiting', attempts = 0, next_at = 0
    WHERE order_id = :order_id AND state <> 'waiting'
        AND (:effect IN ('', effect) OR substr(effect, 1, length(:effect) + 1) = :effect || ':')
    RETURNING effect
""")


class Outbox:
    """The queue of deliveries.

    Args:
        database: Where it is kept. Every method raises `StorageUnavailable` where it does not answer.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    async def claim(self, now: int, lease: int) -> OutboxMessage | None:
        """Take the effect that is due first, for one try. Two round trips.

        Args:
            now: Unix seconds.
            lease: Seconds for which nobody else takes it.

        Returns:
            The effect, or `None` where none is due.
        """
        claimed = await self.database.query(_CLAIM({"now": now, "leased_until": now + lease}))
        if not claimed:
            return None
        (row,) = claimed
        (order,) = await self.database.query(SELECT_ORDER({"id": row["order_id"]}))
        return OutboxMessage(
            order=row_to_order(order),
            event=cast("str", row["effect"]),
            created_at=cast("int", row["created_at"]),
            facts=json.loads(cast("str", row["facts"])),
            attempt=cast("int", row["attempts"]),
            leased_until=now + lease,
        )

    async def record(self, effect: OutboxMessage, outcome: DeliveryResult) -> None:
        """Keep what came of a try. One round trip."""
        values: dict[str, SqlValue] = {
            "order_id": effect.order.id,
            "effect": effect.event,
            "attempt": effect.attempt,
            "leased_until": effect.leased_until,
            "state": outcome.state.value,
            "next_at": outcome.next_at,
            "status": outcome.status,
            "error": outcome.error,
        }
        await self.database.query(_RECORD(values))

    async def replay(self, order_id: str, effect: str = "") -> list[str]:
        """Make effects of an order due again, whatever became of them; those that wait already are left alone.

        Args:
            order_id: Whose.
            effect: Its name with or without what stands behind the colon, or empty for all.

        Returns:
            The names of those that are due again.
        """
        rows = await self.database.query(_REPLAY({"order_id": order_id, "effect": effect}))
        return sorted(cast("str", row["effect"]) for row in rows)
