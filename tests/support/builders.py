"""The values that most tests start from: a time, secrets, an order, an event, a paid Stripe session."""

from typing import Any

from lightning_cart.domain.line_item import LineItem, sum_lines
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.ports import SqlValue, Statement

NOW = 1_780_000_000
ORDER_ID = "ord_00000000000000000000000001"
RECEIPT_SECRET = "receipt-secret-of-thirty-two-chars"
ADMIN_TOKEN = "admin-token-of-thirty-two-characters"
# As long as real ones: settings that cannot be real are refused.
STRIPE_KEY, STRIPE_LIVE_KEY = "sk_test_key_of_the_tests", "sk_live_key_of_the_tests"
STRIPE_WEBHOOK_SECRET = "whsec_secret_of_the_tests"
PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET = "client-id-of-the-tests", "client-secret-of-the-tests"
SQUARE_TOKEN, SQUARE_SIGNATURE_KEY = "EAAA-token-of-the-tests", "signature-key-of-the-tests"


def paid_session(order_id: str, **changes: Any) -> dict[str, Any]:
    """Return a paid session as Stripe reports it."""
    session = {
        "id": "cs_test_1",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 1000,
        "currency": "usd",
        "client_reference_id": order_id,
        "payment_intent": "pi_1",
        "subscription": None,
        "metadata": {"order_id": order_id, "site_id": "shop"},
    }
    return session | changes


def make_order(**changes: Any) -> Order:
    """Return an open order of ten dollars."""
    fields: dict[str, Any] = {
        "id": ORDER_ID,
        "site_id": "shop",
        "strategy": "stripe_checkout",
        "provider": "stripe",
        "lines": (LineItem("test-10", "Test checkout", Money(1000, "USD"), 1),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    fields |= changes
    return Order(**{"parts": Parts.of(sum_lines(fields["lines"])), **fields})


def make_code(name: str, **columns: SqlValue) -> Statement:
    """Return the statement that adds a code."""
    values: dict[str, SqlValue] = {"code": name, "revision": 1, "terms": '{"percent": "10"}', **columns}
    marks = ", ".join("?" * len(values))
    return Statement(f"INSERT INTO codes ({', '.join(values)}) VALUES ({marks})", tuple(values.values()))


def make_event(kind: EventKind, **changes: Any) -> PaymentEvent:
    """Return an event of that order."""
    fields: dict[str, Any] = {
        "provider": "stripe",
        "id": f"evt_{kind}",
        "type": "some.event",
        "kind": kind,
        "order_id": ORDER_ID,
        "amount": Money(1000, "USD") if kind in {EventKind.PAID, EventKind.REFUNDED} else None,
        "payment_ref": "pi_1",
    }
    return PaymentEvent(**(fields | changes))
