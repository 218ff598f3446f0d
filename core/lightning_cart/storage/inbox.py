"""The SQL that settles one event, in one batch, so that nothing can come between its steps.

The event row is written with its verdict, the order changes only where that row is fresh, the effects follow from the order,
and the row stops being fresh. A repeated delivery writes no fresh row, and so changes nothing. The rules are those of
`order.judge` and `order.apply`; a property test holds the two together.
"""

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from lightning_cart.domain.order import (
    DISPUTE_TRANSITIONS,
    PAID_STATUSES,
    PAYMENT_KINDS,
    REFUND_KINDS,
    TRANSITIONS,
    EventKind,
    PaymentEvent,
)
from lightning_cart.ports import SqlValue, Statement
from lightning_cart.storage.sql import Sql, in_list

CONFLICT_MARK = "~"  # stands between an event id that came before and what tells its other content
# Which order an event is about: the one it names, else the one whose payment or subscription it names.
_FIND_ORDER = {
    "order_id": "o.id = :order_id",
    "payment_ref": "o.provider = :provider AND o.payment_ref = :payment_ref AND o.payment_ref <> ''",
    "subscription_ref": "o.provider = :provider AND o.subscription_ref = :subscription_ref AND o.subscription_ref <> ''",
}
# The same rule as `order.judge`, for the database to decide in the batch.
_SAME = "(o.{0} = '' OR :{0} = '' OR o.{0} = :{0})"
_SAME_PAYMENT, _SAME_SUBSCRIPTION = _SAME.format("payment_ref"), _SAME.format("subscription_ref")
_REFUND_FITS = f"COALESCE(:amount_minor <= o.total_minor, 0) AND o.currency IS :currency AND {_SAME_PAYMENT}"
_MATCHES = {
    EventKind.PAID: f"o.total_minor IS :amount_minor AND o.currency IS :currency AND {_SAME_PAYMENT} AND {_SAME_SUBSCRIPTION}",
    EventKind.REFUNDED: _REFUND_FITS,
    EventKind.REFUND_FAILED: _REFUND_FITS,
    EventKind.NEEDS_REVIEW: "0",
}
# Whether an event's sum reckons with every refund of the order that failed: after one, an older sum may be too much.
_FAILURES = """(
    SELECT COUNT(*) FROM events AS f WHERE f.order_id = o.id AND f.kind = 'refund_failed' AND f.verdict = 'applied'
)"""
_UP_TO_DATE = f"(COALESCE(o.provider, '') <> :provider OR COALESCE({_FAILURES} = :failures, 1))"
# An event id that came before with other content: kept under an id of its own, and both orders wait for a person.
_INSERT_CONFLICT = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject,
        status_before, verdict, fresh, received_at
    )
    SELECT :provider, :other_id, :type, :kind, COALESCE(o.id, NULLIF(:order_id, '')), :amount_minor, :currency,
        :payment_ref, :subscription_ref, :subject, o.status, 'mismatch', 1, :now
    FROM events AS e LEFT JOIN orders AS o ON {locate}
    WHERE e.provider = :provider AND e.event_id = :event_id AND :observed = 0 AND (
        e.kind <> :kind OR e.amount_minor IS NOT :amount_minor OR e.currency IS NOT :currency OR e.subject <> :subject
        OR e.payment_ref <> :payment_ref OR e.subscription_ref <> :subscription_ref
        OR (:order_id <> '' AND e.order_id <> :order_id)
    ) AND {current}
    ON CONFLICT (provider, event_id) DO NOTHING
"""
_INSERT_EVENT = """
    INSERT INTO events (
        provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, subject,
        status_before, verdict, fresh, received_at
    )
    SELECT :provider, :event_id, :type, :kind, COALESCE(o.id, NULLIF(:order_id, '')), :amount_minor, :currency,
        :payment_ref, :subscription_ref, :subject, o.status,
        CASE WHEN o.id IS NULL THEN 'parked' WHEN o.provider = :provider AND {fits} THEN 'applied' ELSE 'mismatch' END,
        1, :now
    FROM (SELECT 1) LEFT JOIN orders AS o ON {locate}
    WHERE {current}
    ON CONFLICT (provider, event_id) DO UPDATE SET
        order_id = excluded.order_id, status_before = excluded.status_before, verdict = excluded.verdict, fresh = 1
        WHERE events.verdict = 'parked'
            AND NOT EXISTS (SELECT 1 FROM events AS x WHERE x.provider = :provider AND x.event_id = :other_id)
"""
_FRESH = "(SELECT order_id FROM events WHERE provider = :provider AND event_id = :event_id AND fresh = 1 AND verdict = '{}')"
_FLAG_MISMATCH = f"""
    UPDATE orders SET needs_review = 1, updated_at = :now WHERE id = {_FRESH.format("mismatch")} OR id IN (
        SELECT e.order_id FROM events AS x
        JOIN events AS e ON e.provider = x.provider AND e.event_id IN (:event_id, :other_id)
        WHERE x.provider = :provider AND x.event_id = :other_id AND x.fresh = 1
    )
"""
_MONEY = in_list(PAYMENT_KINDS)
_APPLY_EVENT = f"""
    UPDATE orders SET
        status = {{status}},
        dispute = {{dispute}},
        paid_minor = MAX(paid_minor, :paid_minor),
        refunded_minor = CASE :kind WHEN 'refund_failed' THEN :amount_minor ELSE MAX(refunded_minor, :refunded_minor) END,
        payment_ref = CASE WHEN payment_ref = '' AND :kind IN ({_MONEY}) THEN :payment_ref ELSE payment_ref END,
        subscription_ref = CASE subscription_ref WHEN '' THEN :subscription_ref ELSE subscription_ref END,
        updated_at = :now
    WHERE id = {_FRESH.format("applied")}
"""
_SETTLED = in_list(PAID_STATUSES)
# The same rule as `order.status_from_amounts`.
_APPLY_SUMS = f"""
    UPDATE orders SET status = CASE
        WHEN refunded_minor = 0 THEN 'paid' WHEN refunded_minor < paid_minor THEN 'partially_refunded' ELSE 'refunded' END
    WHERE id = {_FRESH.format("applied")} AND status IN ({_SETTLED})
"""
# How an order stands, for an effect to keep: what is told of it must not change between two tries.
ORDER_FACTS = """json_object('status', o.status, 'paid_minor', o.paid_minor, 'refunded_minor', o.refunded_minor,
    'dispute', o.dispute, 'payment_ref', o.payment_ref, 'subscription_ref', o.subscription_ref)"""
_ADD_EFFECTS = f"""
    INSERT INTO outbox (order_id, effect, created_at, facts)
    SELECT o.id, effects.value, :now, {ORDER_FACTS}
    FROM orders AS o, json_each(json_array(
        CASE WHEN o.status IN ({_SETTLED}) THEN 'order.paid' ELSE 'order.' || o.status END,
        CASE WHEN o.status IN ({_SETTLED}) AND o.refunded_minor > 0 THEN 'order.refunded:' || o.refunded_minor END,
        CASE WHEN o.dispute <> 'none' THEN 'order.disputed' END,
        NULLIF(:effect, '')
    )) AS effects
    WHERE o.id = {_FRESH.format("applied")} AND effects.value IS NOT NULL AND effects.value <> 'order.open'
    ON CONFLICT DO NOTHING
"""
# One refund of ours that an event is about: the order's sum says the same from now on.
_FINISH_REFUND = f"""
    UPDATE refunds SET
        status = CASE WHEN :kind = 'refund_failed' OR status = 'failed' THEN 'failed' ELSE 'succeeded' END,
        counted = 1, updated_at = :now
    WHERE provider_ref = :subject AND :subject <> '' AND order_id = {_FRESH.format("applied")}
"""
_SELECT_VERDICT = """
    SELECT o.*, e.verdict, e.fresh, e.received_at FROM events AS e LEFT JOIN orders AS o ON o.id = e.order_id
    WHERE e.provider = :provider AND e.event_id IN (:event_id, :other_id) ORDER BY e.fresh DESC, e.event_id LIMIT 1
"""
_CLOSE_EVENT = "UPDATE events SET fresh = 0 WHERE provider = :provider AND event_id IN (:event_id, :other_id)"
# What waited for somebody to say whose payment or subscription it is about, now that this event has.
_SELECT_WAITING = """
    SELECT * FROM events
    WHERE provider = :provider AND payment_ref = :payment_ref AND :payment_ref <> '' AND verdict = 'parked' AND order_id IS NULL
    UNION SELECT * FROM events
    WHERE provider = :provider AND subscription_ref = :subscription_ref AND :subscription_ref <> ''
        AND verdict = 'parked' AND order_id IS NULL
"""
_EFFECTS_OF_EVENTS = {
    EventKind.RENEWED: "order.renewed",
    EventKind.RENEWAL_FAILED: "order.renewal_failed",
    EventKind.SUBSCRIPTION_ENDED: "order.subscription_ended",
    EventKind.REFUND_FAILED: "order.refund_failed",
}


_SELECT_STALE = {
    name: Sql(f"""
        SELECT o.*, {_FAILURES} AS failures FROM orders AS o
        WHERE {locate} AND NOT {_UP_TO_DATE} AND NOT EXISTS (
            SELECT 1 FROM events AS e WHERE e.provider = :provider AND e.event_id = :event_id AND e.verdict <> 'parked'
        ) LIMIT 1
    """)
    for name, locate in _FIND_ORDER.items()
}


def _case[T: StrEnum](column: str, kind: EventKind, table: Mapping[tuple[T, EventKind], T]) -> str:
    """The table's column of one event kind, as SQL."""
    rules = [f"WHEN '{before}' THEN '{after}'" for (before, cause), after in table.items() if cause is kind]
    return f"CASE {column} {' '.join(rules)} ELSE {column} END" if rules else column


@cache
def _statements(kind: EventKind, locator: str) -> tuple[Sql, ...]:
    locate, current = _FIND_ORDER[locator], _UP_TO_DATE if kind in REFUND_KINDS else "1"
    insert = _INSERT_EVENT.format(fits=_MATCHES.get(kind, "1"), locate=locate, current=current)
    change = _APPLY_EVENT.format(status=_case("status", kind, TRANSITIONS), dispute=_case("dispute", kind, DISPUTE_TRANSITIONS))
    steps = (
        _INSERT_CONFLICT.format(locate=locate, current=current),
        insert,
        _FLAG_MISMATCH,
        change,
        _APPLY_SUMS,
        *((_FINISH_REFUND,) if kind in REFUND_KINDS else ()),
        _ADD_EFFECTS,
        _SELECT_VERDICT,
        _CLOSE_EVENT,
        _SELECT_WAITING,
    )
    return tuple(map(Sql, steps))


def _digest(event: PaymentEvent) -> str:
    content = (event.kind, event.order_id, event.amount, event.payment_ref, event.subscription_ref, event.object_id)
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]


def _values(event: PaymentEvent, now: int, failures: int | None) -> dict[str, SqlValue]:
    minor = event.amount.minor if event.amount else None
    effect = _EFFECTS_OF_EVENTS.get(event.kind, "")
    return {
        "provider": event.provider,
        "event_id": event.id,
        "type": event.type,
        "kind": event.kind.value,
        "order_id": event.order_id,
        "amount_minor": minor,
        "currency": event.amount.currency if event.amount else None,
        "paid_minor": (minor or 0) if event.kind is EventKind.PAID else 0,
        "refunded_minor": (minor or 0) if event.kind is EventKind.REFUNDED else 0,
        "payment_ref": event.payment_ref,
        "subscription_ref": event.subscription_ref,
        "subject": event.object_id,
        "effect": f"{effect}:{event.object_id}" if effect and event.object_id else effect,
        "other_id": f"{event.id}{CONFLICT_MARK}{_digest(event)}",
        "observed": int(event.was_read),
        "failures": failures,
        "now": now,
    }


def _locator(event: PaymentEvent) -> str:
    return "order_id" if event.order_id else "payment_ref" if event.payment_ref else "subscription_ref"


def record_event_batch(event: PaymentEvent, now: int, failures: int | None = None) -> list[Statement]:
    """The batch that settles one event.

    Args:
        event: A verified fact that names an order, a payment or a subscription.
        now: Unix seconds.
        failures: Where the event tells a sum that was given back: how many failed refunds of its order that sum reckons with.
            Where there are others, nothing is written. `None` where the sum cannot be older than they are.

    Returns:
        The statements, in order. The last three give: the verdict, its freshness and the order; nothing; and the events that
        waited for this one. Where `failures` is given, the first one gives the order and its `failures` if the sum is too old.
    """
    values, locator = _values(event, now, failures), _locator(event)
    statements = [sql(values) for sql in _statements(event.kind, locator)]
    return statements if failures is None else [_SELECT_STALE[locator](values), *statements]
