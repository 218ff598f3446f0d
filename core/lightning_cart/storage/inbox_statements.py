"""The SQL that records one payment event, built from the tables of `domain.order`.

The statements run in one transaction. They save the event with its verdict and mark it `fresh`, change the order, add the
outbox messages and clear `fresh`. A repeated delivery is never fresh, so it changes nothing. The rules are those of
`match_event` and `apply_event`; a property test compares the two.
"""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from lightning_cart.domain.order import PAID_STATUSES, EventKind
from lightning_cart.domain.transitions import DISPUTE_TRANSITIONS, PAYMENT_KINDS, REFUND_KINDS, TRANSITIONS
from lightning_cart.storage.outbox import ORDER_SNAPSHOT
from lightning_cart.storage.sql import Sql, in_list

# How to find an event's order: by the id it names, else by its payment or its subscription.
FIND_ORDER = {
    "order_id": "o.id = :order_id",
    "payment_ref": "o.provider = :provider AND o.payment_ref = :payment_ref AND o.payment_ref <> ''",
    "subscription_ref": "o.provider = :provider AND o.subscription_ref = :subscription_ref AND o.subscription_ref <> ''",
}
# The rules of `match_event`.
_IDS_AGREE = "(o.{0} = '' OR :{0} = '' OR o.{0} = :{0})"
_SAME_PAYMENT, _SAME_SUBSCRIPTION = _IDS_AGREE.format("payment_ref"), _IDS_AGREE.format("subscription_ref")
_REFUND_MATCHES = f"COALESCE(:amount_minor <= o.total_minor, 0) AND o.currency IS :currency AND {_SAME_PAYMENT}"
_MATCHES = {
    EventKind.PAID: f"o.total_minor IS :amount_minor AND o.currency IS :currency AND {_SAME_PAYMENT} AND {_SAME_SUBSCRIPTION}",
    EventKind.REFUNDED: _REFUND_MATCHES,
    EventKind.REFUND_FAILED: _REFUND_MATCHES,
    EventKind.NEEDS_REVIEW: "0",
}
# A failed refund lowers the order's refunded total, so a total that was read before it may be too high.
_FAILED_REFUNDS = """(
    SELECT COUNT(*) FROM events AS f WHERE f.order_id = o.id AND f.kind = 'refund_failed' AND f.verdict = 'applied'
)"""
_UP_TO_DATE = f"(COALESCE(o.provider, '') <> :provider OR COALESCE({_FAILED_REFUNDS} = :failed_refunds, 1))"
# An event id that was used before with other content is kept under its own id, and both orders need review.
_INSERT_CONFLICT = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject,
        status_before, verdict, fresh, received_at
    )
    SELECT :provider, :conflict_id, :type, :kind, COALESCE(o.id, NULLIF(:order_id, '')), :amount_minor, :currency,
        :payment_ref, :subscription_ref, :subject, o.status, 'mismatch', 1, :now
    FROM events AS e LEFT JOIN orders AS o ON {find_order}
    WHERE e.provider = :provider AND e.event_id = :event_id AND :was_read = 0 AND (
        e.kind <> :kind OR e.amount_minor IS NOT :amount_minor OR e.currency IS NOT :currency OR e.subject <> :subject
        OR e.payment_ref <> :payment_ref OR e.subscription_ref <> :subscription_ref
        OR (:order_id <> '' AND e.order_id <> :order_id)
    ) AND {up_to_date}
    ON CONFLICT (provider, event_id) DO NOTHING
"""
_INSERT_EVENT = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject,
        status_before, verdict, fresh, received_at
    )
    SELECT :provider, :event_id, :type, :kind, COALESCE(o.id, NULLIF(:order_id, '')), :amount_minor, :currency,
        :payment_ref, :subscription_ref, :subject, o.status,
        CASE WHEN o.id IS NULL THEN 'parked' WHEN o.provider = :provider AND {matches} THEN 'applied' ELSE 'mismatch' END,
        1, :now
    FROM (SELECT 1) LEFT JOIN orders AS o ON {find_order}
    WHERE {up_to_date}
    ON CONFLICT (provider, event_id) DO UPDATE SET
        order_id = excluded.order_id, status_before = excluded.status_before, verdict = excluded.verdict, fresh = 1
        WHERE events.verdict = 'parked'
            AND NOT EXISTS (SELECT 1 FROM events AS x WHERE x.provider = :provider AND x.event_id = :conflict_id)
"""
_FRESH = "(SELECT order_id FROM events WHERE provider = :provider AND event_id = :event_id AND fresh = 1 AND verdict = '{}')"
_APPLIED, _MISMATCH = _FRESH.format("applied"), _FRESH.format("mismatch")
_FLAG_MISMATCH = f"""
    UPDATE orders SET needs_review = 1, updated_at = :now WHERE id = {_MISMATCH} OR id IN (
        SELECT e.order_id FROM events AS x
        JOIN events AS e ON e.provider = x.provider AND e.event_id IN (:event_id, :conflict_id)
        WHERE x.provider = :provider AND x.event_id = :conflict_id AND x.fresh = 1
    )
"""
_PAYMENT_KINDS = in_list(PAYMENT_KINDS)
_APPLY_EVENT = f"""
    UPDATE orders SET
        status = {{status}},
        dispute = {{dispute}},
        paid_minor = MAX(paid_minor, :paid_minor),
        refunded_minor = CASE :kind WHEN 'refund_failed' THEN :amount_minor ELSE MAX(refunded_minor, :refunded_minor) END,
        payment_ref = CASE WHEN payment_ref = '' AND :kind IN ({_PAYMENT_KINDS}) THEN :payment_ref ELSE payment_ref END,
        subscription_ref = CASE subscription_ref WHEN '' THEN :subscription_ref ELSE subscription_ref END,
        updated_at = :now
    WHERE id = {_APPLIED}
"""
_PAID_STATUSES = in_list(PAID_STATUSES)
# The rule of `status_from_amounts`.
_APPLY_AMOUNTS = f"""
    UPDATE orders SET status = CASE
        WHEN refunded_minor = 0 THEN 'paid' WHEN refunded_minor < paid_minor THEN 'partially_refunded' ELSE 'refunded' END
    WHERE id = {_APPLIED} AND status IN ({_PAID_STATUSES})
"""
_ADD_MESSAGES = f"""
    INSERT INTO outbox (order_id, effect, created_at, facts)
    SELECT o.id, messages.value, :now, {ORDER_SNAPSHOT}
    FROM orders AS o, json_each(json_array(
        CASE WHEN o.status IN ({_PAID_STATUSES}) THEN 'order.paid' ELSE 'order.' || o.status END,
        CASE WHEN o.status IN ({_PAID_STATUSES}) AND o.refunded_minor > 0 THEN 'order.refunded:' || o.refunded_minor END,
        CASE WHEN o.dispute <> 'none' THEN 'order.disputed' END,
        NULLIF(:message, '')
    )) AS messages
    WHERE o.id = {_APPLIED} AND messages.value IS NOT NULL AND messages.value <> 'order.open'
    ON CONFLICT DO NOTHING
"""
# The order's refunded total now includes the engine's refund that this event is about.
_FINISH_REFUND = f"""
    UPDATE refunds SET
        status = CASE WHEN :kind = 'refund_failed' OR status = 'failed' THEN 'failed' ELSE 'succeeded' END,
        counted = 1, updated_at = :now
    WHERE provider_ref = :subject AND :subject <> '' AND order_id = {_APPLIED}
"""
_SELECT_VERDICT = """
    SELECT o.*, e.verdict, e.fresh, e.received_at FROM events AS e LEFT JOIN orders AS o ON o.id = e.order_id
    WHERE e.provider = :provider AND e.event_id IN (:event_id, :conflict_id) ORDER BY e.fresh DESC, e.event_id LIMIT 1
"""
_CLEAR_FRESH = "UPDATE events SET fresh = 0 WHERE provider = :provider AND event_id IN (:event_id, :conflict_id)"
# Events that arrived before any order had their payment or subscription id.
_SELECT_PARKED = """
    SELECT * FROM events
    WHERE provider = :provider AND payment_ref = :payment_ref AND :payment_ref <> '' AND verdict = 'parked' AND order_id IS NULL
    UNION SELECT * FROM events
    WHERE provider = :provider AND subscription_ref = :subscription_ref AND :subscription_ref <> ''
        AND verdict = 'parked' AND order_id IS NULL
"""
SELECT_STALE = {
    name: Sql(f"""
        SELECT o.*, {_FAILED_REFUNDS} AS failed_refunds FROM orders AS o
        WHERE {find_order} AND NOT {_UP_TO_DATE} AND NOT EXISTS (
            SELECT 1 FROM events AS e WHERE e.provider = :provider AND e.event_id = :event_id AND e.verdict <> 'parked'
        ) LIMIT 1
    """)
    for name, find_order in FIND_ORDER.items()
}


def _transition_sql[T: StrEnum](column: str, kind: EventKind, table: Mapping[tuple[T, EventKind], T]) -> str:
    """Return the SQL expression for a column's next value after an event of one kind."""
    rules = [f"WHEN '{before}' THEN '{after}'" for (before, cause), after in table.items() if cause is kind]
    return f"CASE {column} {' '.join(rules)} ELSE {column} END" if rules else column


@cache
def event_statements(kind: EventKind, locator: str) -> dict[str, Sql]:
    """Return the statements for events of one kind whose order is found by one of `FIND_ORDER`, by name and in order."""
    find_order, up_to_date = FIND_ORDER[locator], _UP_TO_DATE if kind in REFUND_KINDS else "1"
    status = _transition_sql("status", kind, TRANSITIONS)
    dispute = _transition_sql("dispute", kind, DISPUTE_TRANSITIONS)
    texts = {
        "conflict": _INSERT_CONFLICT.format(find_order=find_order, up_to_date=up_to_date),
        "event": _INSERT_EVENT.format(matches=_MATCHES.get(kind, "1"), find_order=find_order, up_to_date=up_to_date),
        "mismatch": _FLAG_MISMATCH,
        "order": _APPLY_EVENT.format(status=status, dispute=dispute),
        "amounts": _APPLY_AMOUNTS,
        **({"refund": _FINISH_REFUND} if kind in REFUND_KINDS else {}),
        "messages": _ADD_MESSAGES,
        "verdict": _SELECT_VERDICT,
        "clear": _CLEAR_FRESH,
        "parked": _SELECT_PARKED,
    }
    return {name: Sql(text) for name, text in texts.items()}
