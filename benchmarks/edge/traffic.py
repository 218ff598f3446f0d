"""Generates the same requests for every contender: carts, and webhooks for the open orders of the same database."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.resources import files
from itertools import count
from typing import Any

ORIGIN = "https://pay.shop.example"
SECRET = "whsec_secret_of_the_benchmark"  # noqa: S105 - of the benchmark alone
ENV = {
    "PUBLIC_URL": ORIGIN,
    "RECEIPT_SECRET": "receipt-secret-of-thirty-two-characters",
    "STRIPE_SECRET_KEY": "sk_test_key_of_the_benchmark",
    "STRIPE_WEBHOOK_SECRET": SECRET,
    "STRIPE_API_BASE": "https://api.stripe.com",
    "PAYPAL_CLIENT_ID": "client-of-the-benchmark",
    "PAYPAL_CLIENT_SECRET": "secret-of-the-benchmark",
    "PAYPAL_WEBHOOK_ID": "benchmark",
    "PAYPAL_API_BASE": "https://api-m.sandbox.paypal.com",
    "SQUARE_ACCESS_TOKEN": "token-of-the-benchmark",
    "SQUARE_LOCATION_ID": "benchmark",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": "key-of-the-benchmark",
    "SQUARE_API_BASE": "https://connect.squareupsandbox.com",
    "SQUARE_WEBHOOK_URL": f"{ORIGIN}/webhook/square",
}
_STRIPE_EVENT = json.loads((files(__package__) / "stripe_event.json").read_text(encoding="utf-8"))
_PAYPAL_EVENT = json.loads((files(__package__) / "paypal_event.json").read_text(encoding="utf-8"))
_INSERT_ORDERS = """
    WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {orders})
    INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, request_digest, session_id, session_url, created_at, updated_at
    )
    SELECT printf('ord_%026d', number), 'test-checkout', 'stripe_checkout', 'stripe', 'open', 'USD', 1000, '{lines}', '{{}}',
        '', 'TEST SHOP', '', printf('cs_test_%058d', number), printf('https://checkout.stripe.com/c/pay/cs_test_%058d', number),
        {now}, {now}
    FROM numbers
    UNION ALL SELECT printf('ord_1%025d', number), 'test-checkout', 'paypal', 'paypal', 'open', 'USD', 1000, '{lines}', '{{}}',
        '', 'TEST SHOP', '', printf('%017d', number), printf('https://www.paypal.com/checkoutnow?token=%017d', number),
        {now}, {now}
    FROM numbers;
    INSERT INTO codes (code, revision, terms, once) VALUES ('SPRING', 1, '{terms}', 0);
"""
_TERMS = {"percent": "25"}
_LINE = {
    "product_id": "test-10",
    "name": "Test checkout",
    "unit_minor": 1000,
    "quantity": 1,
    "description": "A ten dollar order that goes through every step of a real one.",
    "image": f"{ORIGIN}/test-10.svg",
    "interval": None,
    "metadata": {},
}
PLAIN_CART: Mapping[str, Any] = {"items": [{"id": "test-10", "quantity": 1}, {"id": "mug", "quantity": 2}]}
# Five lines, a variant, two texts, an address, delivery, and tax that is added.
FULL_CART: Mapping[str, Any] = {
    "items": [
        {"id": "tshirt", "options": {"size": "L", "colour": "blue"}, "inputs": {"engraving": "Ada"}, "quantity": 1},
        {"id": "tshirt", "options": {"size": "M", "colour": "blue"}, "inputs": {"engraving": "Grace"}, "quantity": 1},
        {"id": "cup", "quantity": 2},
        {"id": "book"},
        {"id": "file"},
    ],
    "currency": "USD",
    "delivery": {
        "name": "Ada Lovelace",
        "line1": "1 Main Street",
        "city": "New York",
        "region": "NY",
        "postal_code": "10001",
        "country": "US",
        "method": "post",
    },
}
# The same with more files and a code, so that a quarter less comes to the same sum.
CODE_CART: Mapping[str, Any] = {
    **FULL_CART,
    "items": [*FULL_CART["items"][:-1], {"id": "file", "quantity": 6}],
    "code": "spring",
}

_RAY = {"cf-ray": "230b030023ae2822-SJC"}  # Cloudflare gives every request one

type Request = dict[str, Any]  # the options of JavaScript's `Request`, and its URL


def seed_script(orders: int) -> str:
    """Return the SQL that inserts a code and open orders into our tables: so many orders of Stripe, and so many of PayPal."""
    return _INSERT_ORDERS.format(orders=orders, lines=json.dumps([_LINE]), now=int(time.time()), terms=json.dumps(_TERMS))


def get(path: str) -> Iterator[Request]:
    """Yield requests for the same page without end."""
    while True:
        yield {"method": "GET", "url": ORIGIN + path, "headers": _RAY}


def checkouts(cart: Mapping[str, Any] = PLAIN_CART) -> Iterator[Request]:
    """Yield checkouts of one cart, each with its own idempotency key."""
    body = json.dumps(cart)
    for number in count():
        headers = _RAY | {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "idempotency-key": f"benchmark-{len(cart)}-{number}",
        }
        yield {"method": "POST", "url": f"{ORIGIN}/checkout", "headers": headers, "body": body}


def quotes() -> Iterator[Request]:
    """Yield quotes of the full cart."""
    body = json.dumps(FULL_CART)
    headers = _RAY | {"content-type": "application/json", "content-length": str(len(body))}
    while True:
        yield {"method": "POST", "url": f"{ORIGIN}/quote", "headers": headers, "body": body}


def stripe_webhooks(path: str) -> Iterator[Request]:
    """Yield the paid session of each open order in turn, signed at the current time."""
    for number in count(1):
        now, order_id = int(time.time()), f"ord_{number:026d}"
        ids = {"id": f"cs_test_{number:058d}", "client_reference_id": order_id, "payment_intent": f"pi_{number}"}
        session = _STRIPE_EVENT["data"]["object"] | ids | {"metadata": {"order_id": order_id, "site_id": "test-checkout"}}
        body = json.dumps(_STRIPE_EVENT | {"id": f"evt_{number}", "created": now, "data": {"object": session}}, indent=2)
        digest = hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        headers = _RAY | {
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(body)),
            "stripe-signature": f"t={now},v1={digest}",
            "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        yield {"method": "POST", "url": ORIGIN + path, "headers": headers, "body": body}


def paypal_webhooks() -> Iterator[Request]:
    """Yield the completed capture of each open order in turn. PayPal is asked whether it sent them."""
    for number in count(1):
        order_id, paypal_id = f"ord_1{number:025d}", f"{number:017d}"
        ids = {"id": f"2GG{paypal_id}", "custom_id": f"test-checkout:{order_id}", "invoice_id": f"{order_id}-1"}
        related = {"supplementary_data": {"related_ids": {"order_id": paypal_id}}}
        body = json.dumps(_PAYPAL_EVENT | {"id": f"WH-{number}", "resource": _PAYPAL_EVENT["resource"] | ids | related})
        headers = _RAY | {
            "content-type": "application/json",
            "content-length": str(len(body)),
            "paypal-auth-algo": "SHA256withRSA",
            "paypal-cert-url": "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270",
            "paypal-transmission-id": f"69cd13f0-d67a-11e5-baa3-{number:012d}",
            "paypal-transmission-sig": "benchmark" * 38,
            "paypal-transmission-time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "user-agent": "PayPal/AUHR-1.0-1",
        }
        yield {"method": "POST", "url": f"{ORIGIN}/webhook/paypal", "headers": headers, "body": body}
