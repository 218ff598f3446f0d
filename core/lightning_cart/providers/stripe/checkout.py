"""Stripe Checkout Sessions: the hosted page on which a card is entered. Source: Stripe API reference, Checkout Sessions."""

from typing import ClassVar

from lightning_cart.domain.order import CheckoutSession, Order, WebhookEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.strategy import Limits
from lightning_cart.providers.stripe.amounts import MAXIMUM, MINIMUM, WIRE
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.base import StripeAccount
from lightning_cart.providers.stripe.config import NAME
from lightning_cart.providers.stripe.events import event_of_session
from lightning_cart.providers.stripe.line_items import common_parameters
from lightning_cart.providers.untrusted_json import id_at, integer_at, text_at
from lightning_cart.urls import is_web_address

# Stripe takes 30 minutes to 24 hours from its own now. It is counted from the order, so that a repeat sends the same value.
LIFETIME = 23 * 3600  # seconds


def session_parameters(order: Order, success_url: str, cancel_url: str) -> Json:
    """What to create a session with: a function of the stored order alone."""
    parameters = {
        "mode": "subscription" if order.recurring else "payment",
        "client_reference_id": order.id,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": order.created_at + LIFETIME,
        **common_parameters(order),
    }
    if order.customer_email:
        parameters["customer_email"] = order.customer_email
    return parameters


def _session_of(answer: Json) -> CheckoutSession:
    session_id, url, expires_at = id_at(answer, "id"), text_at(answer, "url"), integer_at(answer, "expires_at")
    if not session_id or not is_web_address(url) or expires_at is None:
        raise ProviderRefused(NAME, "answered a session without an id, an address or an end that can be kept")
    return CheckoutSession(session_id, url, expires_at)


class StripeCheckout(StripeAccount):
    """The strategy `stripe_checkout`."""

    name: ClassVar[str] = "stripe_checkout"
    label: ClassVar[str] = "Pay by card"
    limits: ClassVar[Limits] = Limits(
        wire=WIRE, maximum=MAXIMUM, minimum=MINIMUM, lines=100, recurring_lines=20, mixed=True, lifetime=LIFETIME
    )

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """`POST /v1/checkout/sessions`, safe to repeat for a day."""
        parameters = session_parameters(order, success_url, cancel_url)
        answer = yield from call(self.config, "POST", "/v1/checkout/sessions", parameters, f"chk-{order.id}-1")
        return _session_of(answer)

    def read_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """`GET /v1/checkout/sessions/{id}`."""
        session_id = order.session.id if order.session else ""
        answer = yield from call(self.config, "GET", f"/v1/checkout/sessions/{session_id}", {})
        return event_of_session(answer, order)

    def expire_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """`POST /v1/checkout/sessions/{id}/expire`; where Stripe refuses, because it was paid meanwhile, read it."""
        session_id = order.session.id if order.session else ""
        path = f"/v1/checkout/sessions/{session_id}"
        try:
            answer = yield from call(self.config, "POST", f"{path}/expire", {}, f"exp-{order.id}-1")
        except ProviderRefused:
            answer = yield from call(self.config, "GET", path, {})
        return event_of_session(answer, order)
