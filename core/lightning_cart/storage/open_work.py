"""What the tables hold about an order's open work, beside its history: for the explanation of an order that is stuck."""

from collections.abc import Mapping
from typing import NamedTuple, cast

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import Verdict
from lightning_cart.ports import Database, Row
from lightning_cart.storage.sql import Sql, run_batch

_LOOKED_AT = Sql("SELECT looked_at FROM orders WHERE id = :id")
_PAUSE = Sql("SELECT until FROM reconciling WHERE name = 'provider:' || :provider")
_REFUND_KEYS = Sql("SELECT id, idempotency_key FROM refunds WHERE order_id = :id")
_PARKED = Sql(f"""
    SELECT e.* FROM events AS e
    WHERE e.verdict = '{Verdict.PARKED}' AND e.provider = :provider AND (
        (e.subscription_ref = :subscription_ref AND :subscription_ref <> '')
        OR e.payment_ref IN (SELECT p.payment_ref FROM payments AS p WHERE p.order_id = :id)
    )
    ORDER BY e.received_at, e.event_id
""")


class OpenWork(NamedTuple):
    """Open work of an order.

    Args:
        looked_at: When the provider was last asked about the order, in Unix seconds, or 0.
        paused_until: Until when the reconciler does not ask the provider, in Unix seconds, or 0.
        parked: The rows of parked events that name one of the order's payments or its subscription.
        refund_keys: The idempotency keys of the order's refunds, by the refunds' ids.
    """

    looked_at: int = 0
    paused_until: int = 0
    parked: tuple[Row, ...] = ()
    refund_keys: Mapping[str, str] = {}


async def read_open_work(database: Database, order: Order) -> OpenWork:
    """Return the open work of a stored order. One round trip.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    values = {"id": order.id, "provider": order.provider, "subscription_ref": order.subscription_ref}
    rows = await run_batch(
        database,
        {
            "looked": _LOOKED_AT(values),
            "pause": _PAUSE(values),
            "keys": _REFUND_KEYS(values),
            "parked": _PARKED(values),
        },
    )
    return OpenWork(
        looked_at=cast("int", rows["looked"][0]["looked_at"]),
        paused_until=cast("int", rows["pause"][0]["until"]) if rows["pause"] else 0,
        parked=tuple(rows["parked"]),
        refund_keys={str(row["id"]): str(row["idempotency_key"]) for row in rows["keys"]},
    )
