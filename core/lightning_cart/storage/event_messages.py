"""The SQL that adds an event's messages to the outbox, in the batch that records the event."""

from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.order import PAID_STATUSES
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.review import OF_THIS_ORDER
from lightning_cart.domain.transitions import MONEY_KINDS
from lightning_cart.storage.dispute_statements import DISPUTE_MESSAGES
from lightning_cart.storage.outbox import ORDER_SNAPSHOT
from lightning_cart.storage.sql import in_list

FRESH = "e.provider = :provider AND e.event_id = :event_id AND e.fresh = 1"
COUNTS = f"(e.verdict = 'applied' OR e.reason IN ({in_list(OF_THIS_ORDER)}))"
_PAID_STATUSES = in_list(PAID_STATUSES)
# Kinds of events that have a message of their own, whatever they change.
OWN_MESSAGES = {
    EventKind.RENEWED: "order.renewed",
    EventKind.RENEWAL_FAILED: "order.renewal_failed",
    EventKind.SUBSCRIPTION_ENDED: "order.subscription_ended",
    EventKind.REFUND_FAILED: "order.refund_failed",
}
_ORDER_OF = f"JOIN events AS e ON e.order_id = o.id WHERE {FRESH}"
# Goods that go elsewhere are not to be sent, so an operator has to accept the order, and that tells the shop.
_GOES_ELSEWHERE = "EXISTS (SELECT 1 FROM events AS d WHERE d.order_id = o.id AND d.reason = 'delivery')"
_STATUS_MESSAGES = f"""
    SELECT o.id, CASE WHEN o.status IN ({_PAID_STATUSES}) THEN 'order.paid' ELSE 'order.' || o.status END AS effect
    FROM orders AS o {_ORDER_OF} AND {COUNTS} AND (o.status NOT IN ({_PAID_STATUSES}) OR NOT {_GOES_ELSEWHERE})
"""
_REFUND_MESSAGES = f"""
    UNION ALL SELECT o.id, 'order.refunded:' || CAST(o.refunded_minor AS TEXT) AS effect
    FROM orders AS o {_ORDER_OF} AND {COUNTS} AND o.refunded_minor > 0
"""
_OWN_MESSAGE = f"""
    UNION ALL SELECT o.id, :message AS effect FROM orders AS o {_ORDER_OF} AND e.verdict = 'applied' AND :message <> ''
"""
_REVIEW_MESSAGE = f"""
    UNION ALL SELECT o.id, 'order.needs_review:' || e.event_id AS effect FROM orders AS o {_ORDER_OF} AND e.verdict = 'mismatch'
"""
ADD_MESSAGES = f"""
    INSERT INTO outbox (order_id, effect, created_at, facts)
    SELECT o.id, m.effect, :now, {ORDER_SNAPSHOT}
    FROM ({{messages}}) AS m JOIN orders AS o ON o.id = m.id WHERE m.effect <> 'order.open'
    ON CONFLICT DO NOTHING
"""


def messages_sql(kind: EventKind) -> str:
    """Return the SQL that selects the messages of an event of one kind: the id of its order, and the name of the message."""
    messages = _STATUS_MESSAGES + _REVIEW_MESSAGE
    if kind in MONEY_KINDS:
        messages += _REFUND_MESSAGES
    if kind in OWN_MESSAGES:
        messages += _OWN_MESSAGE
    return messages + (DISPUTE_MESSAGES if kind in DISPUTE_KINDS else "")
