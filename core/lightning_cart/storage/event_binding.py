"""The SQL that finds the order of an event, and that says why an event does not fit its order: the rules of `match_event`."""

from lightning_cart.domain.order import EventKind

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
# The rules of `match_event`, in its order.
# What the order's other payments hold now, without what was refunded of them.
_OTHERS = """COALESCE((
    SELECT SUM(CASE WHEN p.refunded_minor < p.amount_minor THEN p.amount_minor - p.refunded_minor ELSE 0 END)
    FROM payments AS p WHERE p.order_id = o.id AND p.state = 'paid' AND p.payment_ref <> :payment_key
), 0)"""
_KNOWN = "(SELECT {} FROM payments AS p WHERE p.provider = :provider AND p.payment_ref = :payment_key AND p.order_id = o.id)"
_KNOWN_PAID = f"COALESCE({_KNOWN.format("CASE p.state WHEN 'paid' THEN p.amount_minor END")}, -1)"
_FOREIGN_PAYMENT = """EXISTS (
    SELECT 1 FROM payments AS p WHERE p.provider = :provider AND p.payment_ref = :payment_key AND p.order_id <> o.id
)"""
_REVIEW_CHECKOUT = "WHEN o.checkout_ref IS DISTINCT FROM :checkout_ref THEN 'another_checkout'"
_REVIEW_PAID = f"""
    WHEN {_FOREIGN_PAYMENT} THEN 'another_checkout'
    WHEN CAST(:amount_minor AS BIGINT) IS NULL THEN 'amount'
    WHEN o.currency IS DISTINCT FROM :currency THEN 'currency'
    WHEN {_KNOWN_PAID} >= :amount_minor THEN ''
    WHEN {_OTHERS} + :amount_minor = o.total_minor THEN ''
    WHEN {_OTHERS} + :amount_minor < o.total_minor AND :is_part = 1 THEN ''
    WHEN {_OTHERS} >= o.total_minor THEN 'second_payment'
    ELSE 'amount'
"""
_REVIEW_REFUND = f"""
    WHEN CAST(:amount_minor AS BIGINT) IS NULL THEN 'amount'
    WHEN {_KNOWN.format("p.payment_ref")} IS NULL THEN 'amount'
    WHEN o.currency IS DISTINCT FROM :currency THEN 'currency'
    WHEN :amount_minor > {_KNOWN.format("p.amount_minor + p.tip_minor")} THEN 'amount'
    ELSE ''
"""
_REVIEWS = {
    EventKind.PAID: _REVIEW_PAID,
    EventKind.REFUNDED: _REVIEW_REFUND,
    EventKind.REFUND_FAILED: _REVIEW_REFUND,
    EventKind.NEEDS_REVIEW: "ELSE 'amount'",
}


def review_sql(kind: EventKind, locator: str) -> str:
    """Return the branches of the SQL expression of why an event does not fit its order."""
    checkout = _REVIEW_CHECKOUT if locator in {"checkout", "claim"} else ""
    preset = "WHEN :review_reason <> '' THEN :review_reason WHEN o.provider <> :provider THEN 'another_checkout'"
    return f"{preset} {checkout} {_REVIEWS.get(kind, "ELSE ''")}"
