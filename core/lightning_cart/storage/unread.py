"""Finds the order of an event whose content proves nothing, and takes the order's lease so that its checkout can be read."""

from functools import cache
from typing import NamedTuple, cast

from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import PaymentEvent, Verdict
from lightning_cart.domain.transitions import PAYMENT_STATES
from lightning_cart.ports import Database
from lightning_cart.storage.event_binding import FIND_ORDER
from lightning_cart.storage.inbox import event_values, locator_of
from lightning_cart.storage.leases import IS_FREE, LEASE_SECONDS, Lease
from lightning_cart.storage.rows import ORDER_COLUMNS, ORDERS, payments_by_key, row_to_order
from lightning_cart.storage.sql import Sql, run_batch

# The payment of an order may be unknown still, and then the order that the event claims is read.
_FIND_CLAIMED = "(SELECT x.id FROM orders AS x WHERE x.id = :claimed_order_id AND x.provider = :provider)"
_SELECT_SEEN = """
    SELECT e.verdict, e.reason FROM events AS e
    WHERE e.provider = :provider AND e.event_id = :event_id AND e.verdict <> 'parked'
"""
_SELECT_FORGED = """
    SELECT e.event_id FROM events AS e
    WHERE e.provider = :provider AND e.delivery_id = :delivery_id AND e.delivery_id <> '' AND e.body_digest <> :body_digest
    LIMIT 1
"""
_FORGED = Sql(_SELECT_FORGED)
_DELIVERED = Sql(
    "SELECT o.id FROM orders AS o WHERE o.provider = :provider AND o.checkout_ref = :checkout_ref AND o.ship_country <> ''"
)


class UnreadEvent(NamedTuple):
    """What is known about an event before its order's checkout is read.

    Args:
        order: The order, or None if none is found.
        lease: The order's lease, or None if it could not be taken.
        seen: The verdict and the reason if the event was recorded before, else None.
        is_forged: Whether an earlier delivery had the same id and another body.
    """

    order: Order | None
    lease: Lease | None
    seen: tuple[Verdict, str] | None
    is_forged: bool


@cache
def unread_statements(locator: str) -> dict[str, Sql]:
    """Return the statements that find an event's order by one of `FIND_ORDER` or by its claim, by name and in order."""
    payment = FIND_ORDER["payment"].removesuffix(")")
    find_order = f"{payment}, {_FIND_CLAIMED})" if locator == "claimed" else FIND_ORDER[locator]
    # The claim leaves `looked_at` alone: a reading because of a webhook must not keep a buyer's return from its own.
    texts = {
        "forged": _SELECT_FORGED,
        "seen": _SELECT_SEEN,
        "claim": f"""
            UPDATE orders AS o SET busy_until = :busy_until
            WHERE {find_order} AND {IS_FREE} AND o.checkout_ref IS NOT NULL
                AND NOT EXISTS ({_SELECT_SEEN}) AND NOT EXISTS ({_SELECT_FORGED})
            RETURNING id
        """,
        "order": f"SELECT {ORDER_COLUMNS} FROM {ORDERS} WHERE {find_order}",
        "payments": f"""
            SELECT p.* FROM payments AS p JOIN orders AS o ON o.id = p.order_id WHERE {find_order} ORDER BY p.at, p.payment_ref
        """,
    }
    return {name: Sql(text) for name, text in texts.items()}


async def find_unread(database: Database, event: PaymentEvent, now: int) -> UnreadEvent:
    """Find the order of an event, and take the order's lease unless the event was recorded before, or forged. One round trip.

    Args:
        database: Where the tables are.
        event: A verified event that has to be read.
        now: Unix seconds.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    busy_until = now + LEASE_SECONDS
    locator = locator_of(event)
    if locator == "payment" and event.kind in PAYMENT_STATES:
        locator = "claimed"
    values = event_values(event, now, busy_until=busy_until)
    rows = await run_batch(database, {name: sql(values) for name, sql in unread_statements(locator).items()})
    order = row_to_order(rows["order"][0]) if rows["order"] else None
    seen = rows["seen"][0] if rows["seen"] else None
    return UnreadEvent(
        order,
        Lease(order, payments_by_key(rows["payments"]), busy_until) if order and rows["claim"] else None,
        (Verdict(cast("str", seen["verdict"])), cast("str", seen["reason"])) if seen else None,
        bool(rows["forged"]),
    )


async def is_forged(database: Database, event: PaymentEvent, now: int) -> bool:
    """Return whether an earlier delivery had the event's delivery id and another body. One round trip."""
    return bool(await database.query(_FORGED(event_values(event, now))))


async def is_delivered(database: Database, event: PaymentEvent, now: int) -> bool:
    """Return whether the goods of the order whose checkout an event names go to an address. One round trip."""
    return bool(await database.query(_DELIVERED(event_values(event, now))))
