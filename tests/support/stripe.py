"""Stripe for tests: its sessions, its events, and its webhook signatures."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

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


def with_totals(document: bytes, sent: bytes) -> bytes:
    """Return a new session or link with what it charges for the form that created it, unless it says that itself."""
    form = dict(parse_qsl(sent.decode()))
    lines: list[dict[str, Any]] = []
    while (name := f"line_items[{len(lines)}]") + "[quantity]" in form:
        unit, quantity = (form[f"{name}[{part}]"] for part in ("price_data][unit_amount", "quantity"))
        lines.append({"amount_total": int(unit) * int(quantity), "currency": form[f"{name}[price_data][currency]"]})
    try:
        known = json.loads(document)
    except ValueError:
        return document
    if not isinstance(known, dict) or not lines:
        return document
    shipping = int(form.get("shipping_options[0][shipping_rate_data][fixed_amount][amount]", 0))
    charged = {
        "amount_total": sum(line["amount_total"] for line in lines) + shipping,
        "currency": lines[0]["currency"],
        "total_details": {"amount_shipping": shipping},
        "line_items": {"data": lines, "has_more": False},
    }
    return json_bytes(charged | known)


def sign(body: bytes, time: int = NOW, secret: str = WEBHOOK_SECRET) -> str:
    """Return a Stripe-Signature header."""
    digest = hmac.new(secret.encode(), b"%d.%b" % (time, body), hashlib.sha256).hexdigest()
    return f"t={time},v1={digest}"


def event(event_type: str, subject: object, event_id: str = "evt_1", **changes: object) -> bytes:
    """Return the body of a Stripe event."""
    document = {"id": event_id, "object": "event", "type": event_type, "data": {"object": subject}}
    return json_bytes(document | changes)
