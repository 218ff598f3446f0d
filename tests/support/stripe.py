"""Stripe for tests: its sessions, its events, and its webhook signatures."""

import hashlib
import hmac
from typing import Any

from lightning_cart.http import json_bytes
from support.builders import NOW, STRIPE_WEBHOOK_SECRET

WEBHOOK_SECRET = STRIPE_WEBHOOK_SECRET


def stripe_session(**changes: Any) -> dict[str, Any]:
    """Return a new session as Stripe returns it."""
    session = {
        "id": "cs_test_1",
        "object": "checkout.session",
        "url": "https://checkout.stripe.com/c/pay/cs_test_1",
        "status": "open",
        "payment_status": "unpaid",
        "expires_at": NOW + 82_800,
    }
    return session | changes


def sign(body: bytes, time: int = NOW, secret: str = WEBHOOK_SECRET) -> str:
    """Return a Stripe-Signature header."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (time, body), hashlib.sha256).hexdigest()
    return f"t={time},v1={digest}"


def event(event_type: str, subject: object, event_id: str = "evt_1", **changes: object) -> bytes:
    """Return the body of a Stripe event."""
    document = {"id": event_id, "object": "event", "type": event_type, "data": {"object": subject}}
    return json_bytes(document | changes)
