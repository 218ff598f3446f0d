"""The SQL that records one payment event, built from the tables of `domain.transitions`.

The statements run in one transaction. They save the event with its verdict and mark it `fresh`, change the payment or dispute
that it is about and its order, add the outbox messages and clear `fresh`. A repeated delivery is never fresh, so it changes
nothing. The rules are those of `match_event` and `apply_event`; a property test compares the two.
"""

from functools import cache

from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.order import ENDED_STATUSES, PAID_STATUSES
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.review import SETTLED_BY_MONEY, SETTLED_BY_REFUND
from lightning_cart.domain.transitions import MONEY_KINDS, PARKED_KINDS, PAYMENT_KINDS, REFUND_KINDS, TRANSITIONS
from lightning_cart.storage.buyers import SAVE_CONTACT
from lightning_cart.storage.codes import give_back_codes, use_codes
from lightning_cart.storage.dispute_statements import NEW_DISPUTE_FLAG, UPSERT_DISPUTE
from lightning_cart.storage.documents import ADD_CREDIT_NOTE, ADD_RENEWAL
from lightning_cart.storage.event_binding import FIND_ORDER, ORDER_AND_PAYMENT, review_sql
from lightning_cart.storage.event_messages import ADD_MESSAGES, COUNTS, FRESH, messages_sql
from lightning_cart.storage.sql import Sql, in_list

MAX_PARKED = 10_000  # rows: an event that would be one more is not kept
_EVENT_COLUMNS = """
    provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref, checkout_ref, subject,
    digest, delivery_id, body_digest, created_at, due_at, dispute_reason, status_before, verdict, reason, fresh, received_at
"""
_EVENT_VALUES = """
    :type, :kind, f.id, :amount_minor, :currency, :payment_ref, :subscription_ref, :checkout_ref, :subject,
    :digest, :delivery_id, :body_digest, :created_at, :due_at, :dispute_reason, f.status
"""
_FOUND = f"(SELECT o.id, o.status, CASE {{review}} END AS reason FROM {ORDER_AND_PAYMENT} WHERE {{find_order}})"
_INSERT_EVENT = f"""
    INSERT INTO events ({_EVENT_COLUMNS})
    SELECT :provider, :event_id, {_EVENT_VALUES}, CASE f.reason WHEN '' THEN 'applied' ELSE 'mismatch' END, f.reason, 1, :now
    FROM {_FOUND} AS f WHERE TRUE
    ON CONFLICT (provider, event_id) DO UPDATE SET
        order_id = excluded.order_id, amount_minor = excluded.amount_minor, currency = excluded.currency,
        status_before = excluded.status_before, verdict = excluded.verdict, reason = excluded.reason, fresh = 1
        WHERE events.verdict = 'parked' AND (events.digest = excluded.digest OR :was_read = 1)
"""
_PARK_EVENT = f"""
    INSERT INTO events ({_EVENT_COLUMNS})
    SELECT :provider, :event_id, {_EVENT_VALUES}, 'parked', '', 0, :now
    FROM (SELECT NULL AS id, NULL AS status) AS f
    WHERE NOT EXISTS (SELECT 1 FROM orders AS o WHERE {{find_order}})
        AND (:claimed_order_id = '' OR EXISTS (SELECT 1 FROM orders AS o WHERE o.id = :claimed_order_id))
        AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.verdict = 'parked' LIMIT 1 OFFSET {MAX_PARKED - 1})
    ON CONFLICT DO NOTHING
"""
# An event id that was used before with other content is kept under its own id, and both orders need review.
_INSERT_CONFLICT = f"""
    INSERT INTO events ({_EVENT_COLUMNS})
    SELECT :provider, :conflict_id, {_EVENT_VALUES}, 'mismatch', 'same_id_other_content', 1, :now
    FROM (
        SELECT COALESCE(o.id, e.order_id) AS id, o.status FROM events AS e LEFT JOIN orders AS o ON {{find_order}}
        WHERE e.provider = :provider AND e.event_id = :event_id
    ) AS f WHERE TRUE
    ON CONFLICT DO NOTHING
"""
_BOTH_ORDERS = """
    SELECT e.order_id FROM events AS x
    JOIN events AS e ON e.provider = x.provider AND e.event_id IN (:event_id, :conflict_id)
    WHERE x.provider = :provider AND x.event_id = :conflict_id AND x.fresh = 1
"""
_FLAG_BOTH = f"""
    UPDATE orders SET needs_review = 1, review_reason = 'same_id_other_content', updated_at = :now WHERE id IN ({_BOTH_ORDERS})
"""
_TELL_BOTH = f"""
    SELECT o.id, 'order.needs_review:' || :conflict_id AS effect FROM orders AS o WHERE o.id IN ({_BOTH_ORDERS})
"""
_IS_PAID_NOW = "excluded.state = 'paid' AND (payments.state <> 'paid' OR excluded.{0} > payments.{0})"
_UPSERT_PAYMENT = f"""
    INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)
    SELECT :provider, :payment_key, e.order_id, CASE e.reason WHEN 'currency' THEN 0 ELSE :paid_minor END,
        CASE e.reason WHEN 'currency' THEN 0 ELSE :tip_minor END,
        CASE e.reason WHEN 'currency' THEN 0 ELSE COALESCE(:refunded_minor, 0) END, :payment_state, :now
    FROM events AS e WHERE {FRESH} AND {COUNTS} AND :payment_key <> ''
    ON CONFLICT (provider, payment_ref) DO UPDATE SET
        amount_minor = CASE
            WHEN {_IS_PAID_NOW.format("amount_minor")} THEN excluded.amount_minor ELSE payments.amount_minor END,
        tip_minor = CASE WHEN {_IS_PAID_NOW.format("tip_minor")} THEN excluded.tip_minor ELSE payments.tip_minor END,
        refunded_minor = CASE
            WHEN :currency <> (SELECT o.currency FROM orders AS o WHERE o.id = excluded.order_id) THEN payments.refunded_minor
            WHEN :refunded_minor > payments.refunded_minor OR payments.refunded_minor = :known_refunded_minor
            THEN COALESCE(:refunded_minor, payments.refunded_minor) ELSE payments.refunded_minor END,
        state = CASE WHEN payments.state = 'pending' OR excluded.state = 'paid' THEN excluded.state ELSE payments.state END,
        at = CASE WHEN payments.state <> 'paid' AND excluded.state = 'paid' THEN excluded.at ELSE payments.at END
        WHERE payments.order_id = excluded.order_id
"""
_PAID_STATUSES, _MONEY_KINDS = in_list(PAID_STATUSES), in_list(MONEY_KINDS)
_SETTLED_BY_MONEY = in_list(SETTLED_BY_MONEY)
# The sums of `sum_payments`; an order that was paid before payments were kept one by one has its own.
_SUMS = f"""
    SELECT e.order_id, e.verdict, e.reason, CASE WHEN {COUNTS} THEN 1 ELSE 0 END AS counts, COUNT(p.payment_ref) AS payments,
        CAST(COALESCE(SUM(p.amount_minor), 0) AS BIGINT) AS paid_minor,
        CAST(COALESCE(SUM(p.tip_minor), 0) AS BIGINT) AS tip_minor,
        CAST(COALESCE(SUM(
            CASE WHEN p.refunded_minor < p.amount_minor THEN p.refunded_minor ELSE p.amount_minor END
        ), 0) AS BIGINT) AS refunded_minor
    FROM events AS e LEFT JOIN payments AS p ON p.order_id = e.order_id AND p.state = 'paid'
    WHERE {FRESH} GROUP BY e.order_id, e.verdict, e.reason
"""
# The rule of `status_from_sums`.
_STATUS_FROM_SUMS = f"""CASE
    WHEN s.counts = 0 OR s.payments = 0 THEN orders.status
    WHEN orders.status IN ({_PAID_STATUSES}) OR s.paid_minor >= orders.total_minor THEN CASE
        WHEN s.refunded_minor = 0 OR s.paid_minor - s.refunded_minor >= orders.total_minor THEN 'paid'
        WHEN s.refunded_minor < s.paid_minor THEN 'partially_refunded' ELSE 'refunded' END
    WHEN s.paid_minor > s.refunded_minor THEN 'pending'
    WHEN s.paid_minor > 0 THEN 'cancelled'
    ELSE orders.status END"""
_IS_SETTLED = f"""orders.review_reason IN ({in_list(SETTLED_BY_REFUND)}) AND {{paid}} > 0 AND (
        {{paid}} = {{refunded}}
        OR orders.review_reason IN ({_SETTLED_BY_MONEY}) AND {{paid}} - {{refunded}} = orders.total_minor
    )"""
_KEEPS_REASON = f"orders.needs_review = 1 AND orders.review_reason NOT IN ('', {_SETTLED_BY_MONEY})"
_APPLY_EVENT = f"""
    UPDATE orders SET
        status = {{status}},
        {{sums}}
        dispute = {{dispute}},
        needs_review = CASE WHEN s.verdict = 'mismatch' THEN 1 WHEN {{is_settled}} THEN 0 ELSE orders.needs_review END,
        review_reason = CASE
            WHEN s.verdict = 'mismatch' THEN CASE WHEN {_KEEPS_REASON} THEN orders.review_reason ELSE s.reason END
            WHEN {{is_settled}} THEN '' ELSE orders.review_reason END,
        subscription_ref = CASE
            WHEN {{counts}} AND orders.subscription_ref = '' THEN :subscription_ref
            ELSE orders.subscription_ref END,
        busy_until = CASE WHEN orders.busy_until = :busy_until THEN 0 ELSE orders.busy_until END,
        updated_at = :now
    FROM ({{source}}) AS s WHERE orders.id = s.order_id
"""
_SET_SUMS = f"""
        paid_minor = CASE s.payments WHEN 0 THEN orders.paid_minor ELSE s.paid_minor END,
        tip_minor = CASE s.payments WHEN 0 THEN orders.tip_minor ELSE s.tip_minor END,
        refunded_minor = CASE s.payments WHEN 0 THEN orders.refunded_minor ELSE s.refunded_minor END,
        payment_ref = CASE
            WHEN s.counts = 1 AND orders.payment_ref = '' AND :kind IN ({_MONEY_KINDS}) THEN :payment_ref
            ELSE orders.payment_ref END,
"""
_VERDICT_ONLY = f"SELECT e.order_id, e.verdict, e.reason FROM events AS e WHERE {FRESH}"
# The refunded total of the payment now includes the engine's refund that this event is about.
_FINISH_REFUND = f"""
    UPDATE refunds SET
        status = CASE WHEN :kind = 'refund_failed' OR status = 'failed' THEN 'failed' ELSE 'succeeded' END,
        counted = 1, updated_at = :now
    WHERE provider_ref = :subject AND :subject <> ''
        AND order_id = (SELECT e.order_id FROM events AS e WHERE {FRESH} AND e.verdict = 'applied')
"""
_SELECT_VERDICT = """
    SELECT o.*, e.verdict, e.reason, e.fresh, e.digest AS recorded_digest
    FROM events AS e LEFT JOIN orders AS o ON o.id = e.order_id
    WHERE e.provider = :provider AND e.event_id = {event_id}
"""
_CLEAR_FRESH = "UPDATE events SET fresh = 0 WHERE provider = :provider AND event_id = {event_id} AND fresh = 1"
# Events that arrived before their payment or subscription was known, whichever order they name.
_SELECT_PARKED = """
    SELECT e.* FROM events AS e
    WHERE e.provider = :provider AND e.payment_ref = :payment_key AND :payment_key <> ''
        AND e.verdict = 'parked' AND e.order_id IS NULL
    UNION SELECT e.* FROM events AS e
    WHERE e.provider = :provider AND e.subscription_ref = :subscription_ref AND :subscription_ref <> ''
        AND e.verdict = 'parked' AND e.order_id IS NULL
"""


# The order of an applied event if it has this status now: what an order claims is used or released by its status alone.
_APPLIED_TO = f"""
    SELECT e.order_id FROM events AS e JOIN orders AS p ON p.id = e.order_id
    WHERE {FRESH} AND e.verdict = 'applied' AND p.status IN ({{statuses}})
"""
_USE_CODES = use_codes(_APPLIED_TO.format(statuses=_PAID_STATUSES))
_GIVE_BACK_CODES = give_back_codes(_APPLIED_TO.format(statuses=in_list(ENDED_STATUSES)))
_ENDING_KINDS = (EventKind.FAILED, EventKind.EXPIRED, EventKind.CANCELLED, *REFUND_KINDS)


def _claims(kind: EventKind, *, has_refund: bool) -> dict[str, str]:
    """Return the statements that use or release what the order claims, if events of this kind can."""
    ends = kind in _ENDING_KINDS or has_refund
    return {**(_USE_CODES if kind in MONEY_KINDS else {}), **(_GIVE_BACK_CODES if ends else {})}


def _status_sql(kind: EventKind) -> str:
    """Return the SQL expression of an order's next status after an event of one kind."""
    if kind in MONEY_KINDS:
        return _STATUS_FROM_SUMS
    rules = [f"WHEN '{before}' THEN '{after}'" for (before, cause), after in TRANSITIONS.items() if cause is kind]
    if not rules:
        return "orders.status"
    has_money = "" if kind is EventKind.PENDING else " OR orders.paid_minor > orders.refunded_minor"
    keeps = f"WHEN s.verdict <> 'applied'{has_money} THEN orders.status"
    return f"CASE {keeps} ELSE CASE orders.status {' '.join(rules)} ELSE orders.status END END"


@cache
def event_statements(kind: EventKind, locator: str, *, has_contact: bool = False, has_refund: bool = False) -> dict[str, Sql]:
    """Return the statements for events of one kind, by name and in order, without those that cannot change anything.

    Args:
        kind: The kind of the events.
        locator: Which of their ids finds their order: one of `FIND_ORDER`.
        has_contact: Whether they say who bought.
        has_refund: Whether they are about a payment and say that some of it was refunded.
    """
    find_order, has_payment = FIND_ORDER[locator], kind in PAYMENT_KINDS
    sums = {"paid": "s.paid_minor", "refunded": "s.refunded_minor"}
    stored = {"paid": "orders.paid_minor", "refunded": "orders.refunded_minor"}
    texts = {
        "event": _INSERT_EVENT.format(review=review_sql(kind, locator), find_order=find_order),
        **({"park": _PARK_EVENT.format(find_order=find_order)} if kind in PARKED_KINDS else {}),
        **({"payment": _UPSERT_PAYMENT} if has_payment else {}),
        **({"dispute": UPSERT_DISPUTE} if kind in DISPUTE_KINDS else {}),
        "order": _APPLY_EVENT.format(
            status=_status_sql(kind),
            sums=_SET_SUMS if has_payment else "",
            counts="s.counts = 1" if has_payment else "s.verdict = 'applied'",
            dispute=NEW_DISPUTE_FLAG if kind in DISPUTE_KINDS else "orders.dispute",
            is_settled=_IS_SETTLED.format(**(sums if has_payment else stored)),
            source=_SUMS if has_payment else _VERDICT_ONLY,
        ),
        **({"refund": _FINISH_REFUND} if kind in REFUND_KINDS else {}),
        **({"contact": SAVE_CONTACT} if has_contact else {}),
        **({"credit": ADD_CREDIT_NOTE} if kind in REFUND_KINDS or has_refund else {}),
        **({"renewal": ADD_RENEWAL} if kind is EventKind.RENEWED else {}),
        **_claims(kind, has_refund=has_refund),
        "messages": ADD_MESSAGES.format(messages=messages_sql(kind)),
        "verdict": _SELECT_VERDICT.format(event_id=":event_id"),
        "clear": _CLEAR_FRESH.format(event_id=":event_id"),
        **({"parked": _SELECT_PARKED} if has_payment else {}),
    }
    return {name: Sql(text) for name, text in texts.items()}


@cache
def conflict_statements(locator: str) -> dict[str, Sql]:
    """Return the statements for an event whose id was used before with other content, by name and in order."""
    texts = {
        "event": _INSERT_CONFLICT.format(find_order=FIND_ORDER[locator]),
        "order": _FLAG_BOTH,
        "messages": ADD_MESSAGES.format(messages=_TELL_BOTH),
        "verdict": _SELECT_VERDICT.format(event_id=":conflict_id"),
        "clear": _CLEAR_FRESH.format(event_id=":conflict_id"),
    }
    return {name: Sql(text) for name, text in texts.items()}
