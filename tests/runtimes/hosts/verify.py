"""Runs in Pyodide for the test of the wheel: the installed core verifies a Stripe webhook."""

import hashlib
import hmac
import json
import sys

import lightning_cart
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.flow import drive
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.stripe.checkout import StripeCheckout

NOW, SECRET, ORDER_ID = 1_780_000_000, "whsec_secret_of_the_wheel", "ord_00000000000000000000000001"
SESSION = {
    "id": "cs_test_1",
    "status": "complete",
    "payment_status": "paid",
    "amount_total": 1000,
    "currency": "usd",
    "client_reference_id": ORDER_ID,
    "payment_intent": "pi_1",
    "metadata": {"order_id": ORDER_ID, "site_id": "shop"},
}
EVENT = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": SESSION}}


async def send(_: HttpRequest) -> HttpResponse:
    """Check a signature without a call to PayPal."""
    raise AssertionError


async def verify(body: bytes, signature: str) -> PaymentEvent:
    """Verify a body as an engine does."""
    strategy = StripeCheckout.from_env({"STRIPE_SECRET_KEY": "sk_test_key_of_the_wheel", "STRIPE_WEBHOOK_SECRET": SECRET})
    request = HttpRequest("POST", "/webhook/stripe", {"stripe-signature": signature}, body)
    return await drive(strategy.verify_webhook(request, NOW), send)


async def judge() -> None:
    """Print the result for a signed body, and for the same body with one more byte."""
    body = json.dumps(EVENT).encode()
    signature = f"t={NOW},v1={hmac.new(SECRET.encode(), b'%d.%b' % (NOW, body), hashlib.sha256).hexdigest()}"
    event = await verify(body, signature)
    try:
        await verify(body + b" ", signature)
    except BadSignature as error:
        tampered = type(error).__name__
    found = {
        "checkout_ref": event.checkout_ref,
        "claimed_order_id": event.claimed_order_id,
        "kind": event.kind.value,
        "tampered": tampered,
    }
    print(json.dumps(found | {"python": list(sys.version_info[:2]), "file": lightning_cart.__file__}))  # noqa: T201


await judge()  # noqa: F704, PLE1142 - Pyodide runs a program within its event loop
