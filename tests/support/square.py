"""Square for tests: its responses, its webhooks, and its signatures."""

import base64
import hmac
from typing import Any

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpRequest, json_bytes
from lightning_cart.providers.square.checkout import Square
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, SQUARE_SIGNATURE_KEY, SQUARE_TOKEN, make_order

URL, KEY = "https://pay.shop.example/webhook/square", SQUARE_SIGNATURE_KEY
SQUARE_ENV = {
    "SQUARE_ACCESS_TOKEN": SQUARE_TOKEN,
    "SQUARE_LOCATION_ID": "L1",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": KEY,
    "SQUARE_WEBHOOK_URL": URL,
    "SQUARE_API_BASE": "https://connect.squareupsandbox.com",
}
LINK_ID, SQUARE_ORDER, PAYMENT_ID = "PKVT6XGJZXYUP3NZ", "o4b7saqp4HzhNttf5AJxC0Srjd4F", "hYy9pRFVxpDsO1FB05SunFWUe9JZY"
OPENED = make_order(
    strategy="square",
    provider="square",
    session=CheckoutSession(f"{LINK_ID}:{SQUARE_ORDER}", "https://sandbox.square.link/u/EXAMPLE", None),
)
USD_10 = {"amount": 1000, "currency": "USD"}
LOCATION = answer({"location": {"id": "L1", "currency": "USD", "status": "ACTIVE"}})


def square(**env: str) -> Square:
    """Return a strategy that has sent no request."""
    return Square.from_env(ENV | SQUARE_ENV | env)


def link(**changes: Any) -> dict[str, Any]:
    """Return a new link as Square returns it."""
    made = {"id": SQUARE_ORDER, "reference_id": ORDER_ID, "state": "DRAFT", "total_money": USD_10}
    own = {"id": LINK_ID, "version": 1, "order_id": SQUARE_ORDER, "url": "https://sandbox.square.link/u/EXAMPLE"}
    return {"payment_link": own, "related_resources": {"orders": [made]}} | changes


def square_order(state: str = "OPEN", *payment_ids: str, **changes: Any) -> dict[str, Any]:
    tenders = [{"id": payment_id, "payment_id": payment_id} for payment_id in payment_ids]
    order = {"id": SQUARE_ORDER, "reference_id": ORDER_ID, "state": state, "tenders": tenders, "location_id": "L1"}
    return {"order": order | changes}


def payment(status: object = "COMPLETED", **changes: Any) -> dict[str, Any]:
    return {"id": PAYMENT_ID, "status": status, "amount_money": USD_10, "order_id": SQUARE_ORDER} | changes


def event_body(event_type: str, key: str, subject: object, event_id: str = "6a8f5f28-54a1", **changes: object) -> bytes:
    event = {"type": event_type, "event_id": event_id, "data": {"type": key, "object": {key: subject}}}
    return json_bytes(event | changes)


def signature(body: bytes, key: str = KEY, url: str = URL) -> str:
    return base64.b64encode(hmac.digest(key.encode(), url.encode() + body, "sha256")).decode()


def verify(
    body: bytes, *, header: str | None = None, strategy: Square | None = None
) -> tuple[PaymentEvent, list[ProviderRequest]]:
    """Read a webhook; return its event, and the requests that it took."""
    sent = {"x-square-hmacsha256-signature": signature(body) if header is None else header}
    provider = Provider()
    flow = (strategy or square()).verify_webhook(HttpRequest("POST", "https://other.example/x", sent, body), NOW)
    return run(drive(flow, provider, clock=lambda: 0.0, deadline=0.0)), provider.requests
