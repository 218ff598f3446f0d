"""The SQL that finds the order of an event, and that says why an event does not fit its order: the rules of `match_event`."""

from lightning_cart.domain.payment_event import EventKind

_PAYMENT_ORDER = """
    (SELECT p.order_id FROM payments AS p WHERE p.provider = :provider AND p.payment_ref = :payment_ref),
    (
        SELECT x.id FROM orders AS x
        WHERE x.provider = :provider AND x.payment_ref = :payment_ref AND x.payment_ref <> '' ORDER BY x.id LIMIT 1
    ),
    (
        SELECT x.id FROM orders AS x
        WHERE x.provider = :provider AND x.subscription_ref = :subscription_ref AND x.subscription_ref <> ''
        ORDER BY x.id LIMIT 1
    )
"""
_CHECKOUT_ORDER = "SELECT x.id FROM orders AS x WHERE x.provider = :provider AND x.checkout_ref = :checkout_ref"
# How to find the order of an event. Metadata must agree with the checkout, and a payment that contradicts it is flagged.
FIND_ORDER = {
    "order": "o.id = :order_id",
    "checkout": f"o.id = ({_CHECKOUT_ORDER}) AND :claimed_order_id IN ('', o.id)",
    "claim": "o.id = :claimed_order_id AND o.checkout_ref IS NOT NULL",
    "payment": f"o.id = COALESCE({_PAYMENT_ORDER})",
    "dispute": f"""o.id = COALESCE(
        (SELECT d.order_id FROM disputes AS d WHERE d.provider = :provider AND d.dispute_id = :subject), {_PAYMENT_ORDER}
    )""",
}
# The order of an event, and the event's payment as it is stored: k.
ORDER_AND_PAYMENT = """
    orders AS o LEFT JOIN payments AS k ON k.provider = :provider AND k.payment_ref = :payment_key
"""
# The rules of `match_event`, in its order.
_REVIEW_CHECKOUT = "WHEN o.checkout_ref IS DISTINCT FROM :checkout_ref THEN 'another_checkout'"
_DIFFERS = "(o.ship_{0} <> '' AND :place_{0} NOT IN ('', o.ship_{0}))"
_GOES_ELSEWHERE = f"""(k.refunded_minor IS NULL OR k.refunded_minor < :amount_minor)
    AND ({" OR ".join(map(_DIFFERS.format, ("country", "region", "postal_code")))})"""
# The order's other payments count without what was refunded of them.
_REVIEW_PAID = f"""
    WHEN k.order_id <> o.id THEN 'another_checkout'
    WHEN CAST(:amount_minor AS BIGINT) IS NULL THEN 'amount'
    WHEN o.currency IS DISTINCT FROM :currency THEN 'currency'
    WHEN {_GOES_ELSEWHERE} THEN 'delivery'
    WHEN k.state = 'paid' AND k.amount_minor >= :amount_minor THEN ''
    ELSE (
        SELECT CASE
            WHEN others.held + :amount_minor = o.total_minor THEN ''
            WHEN others.held + :amount_minor < o.total_minor AND :is_part = 1 THEN ''
            WHEN others.held >= o.total_minor THEN 'second_payment'
            ELSE 'amount' END
        FROM (
            SELECT COALESCE(SUM(
                CASE WHEN p.refunded_minor < p.amount_minor THEN p.amount_minor - p.refunded_minor ELSE 0 END
            ), 0) AS held
            FROM payments AS p WHERE p.order_id = o.id AND p.state = 'paid' AND p.payment_ref <> :payment_key
        ) AS others
    )
"""
_REVIEW_REFUND = """
    WHEN CAST(:amount_minor AS BIGINT) IS NULL THEN 'amount'
    WHEN k.order_id IS DISTINCT FROM o.id THEN 'amount'
    WHEN o.currency IS DISTINCT FROM :currency THEN 'currency'
    WHEN :amount_minor > k.amount_minor + k.tip_minor THEN 'amount'
    ELSE ''
"""
_REVIEW_RENEWAL = """
    WHEN o.renewal_minor > 0 AND (o.renewal_minor <> :amount_minor OR o.currency <> :currency) THEN 'renewal_amount'
    ELSE ''
"""
_REVIEWS = {
    EventKind.PAID: _REVIEW_PAID,
    EventKind.RENEWED: _REVIEW_RENEWAL,
    EventKind.REFUNDED: _REVIEW_REFUND,
    EventKind.REFUND_FAILED: _REVIEW_REFUND,
    EventKind.NEEDS_REVIEW: "ELSE 'amount'",
}


def review_sql(kind: EventKind, locator: str) -> str:
    """Return the branches of the SQL expression of why an event does not fit its order."""
    checkout = _REVIEW_CHECKOUT if locator in {"checkout", "claim"} else ""
    preset = "WHEN :review_reason <> '' THEN :review_reason WHEN o.provider <> :provider THEN 'another_checkout'"
    return f"{preset} {checkout} {_REVIEWS.get(kind, "ELSE ''")}"
