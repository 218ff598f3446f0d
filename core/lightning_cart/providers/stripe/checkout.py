"""Stripe Checkout Sessions: the hosted page on which a card is entered. Source: Stripe API reference, Checkout Sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, Json
from lightning_cart.needs import Need
from lightning_cart.order import CheckoutSession, LineItem, Order, WebhookEvent
from lightning_cart.providers.stripe import webhook
from lightning_cart.providers.stripe.amounts import MAXIMUM, MINIMUM, WIRE
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.config import NAME, NEEDS, StripeConfig
from lightning_cart.providers.stripe.status import event_of_session
from lightning_cart.strategy import Limits

# Stripe takes 30 minutes to 24 hours from its own now. It is counted from the order, so that a repeat sends the same value.
LIFETIME = 23 * 3600  # seconds


def _line(line: LineItem) -> Json:
    product: dict[str, object] = {"name": line.name}
    if line.description:
        product["description"] = line.description
    if line.image.startswith("https://"):  # Stripe fetches it: an address of this machine would be refused
        product["images"] = [line.image]
    product["metadata"] = {**line.metadata, "product_id": line.product_id}
    price: dict[str, object] = {
        "currency": line.unit.currency.lower(),
        "unit_amount": WIRE.to_wire(line.unit),
        "product_data": product,
    }
    if line.interval:
        price["recurring"] = {"interval": line.interval.value}
    return {"quantity": line.quantity, "price_data": price}


def session_parameters(order: Order, success_url: str, cancel_url: str) -> Json:
    """What to create a session with: a function of the stored order alone."""
    # Stripe copies a session's metadata to nothing else, and refunds, disputes and renewals must find the order too.
    metadata = {**order.metadata, "order_id": order.id, "site_id": order.site}
    parameters: dict[str, object] = {
        "mode": "subscription" if order.recurring else "payment",
        "client_reference_id": order.id,
        "line_items": [_line(line) for line in order.lines],
        "metadata": metadata,
        "success_url": success_url,
        "cancel_url": cancel_url,
        "expires_at": order.created_at + LIFETIME,
    }
    if order.customer_email:
        parameters["customer_email"] = order.customer_email
    if order.recurring:
        parameters["subscription_data"] = {"metadata": metadata}
    else:
        payment: dict[str, object] = {"metadata": metadata}
        if order.statement_descriptor_suffix:
            payment["statement_descriptor_suffix"] = order.statement_descriptor_suffix
        parameters["payment_intent_data"] = payment
    return parameters


def _session_of(answer: Json) -> CheckoutSession:
    session_id, url, expires_at = answer.get("id"), answer.get("url"), answer.get("expires_at")
    if not isinstance(session_id, str) or not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise ProviderRefused(NAME, "answered a session without an id or an address")
    return CheckoutSession(session_id, url, expires_at if type(expires_at) is int else None)


@dataclass(frozen=True, slots=True)
class StripeCheckout:
    """The strategy `stripe_checkout`."""

    config: StripeConfig

    name: ClassVar[str] = "stripe_checkout"
    label: ClassVar[str] = "Pay by card"
    needs: ClassVar[Sequence[Need]] = NEEDS
    signature_header: ClassVar[str] = webhook.HEADER
    limits: ClassVar[Limits] = Limits(wire=WIRE, maximum=MAXIMUM, minimum=MINIMUM, lines=100, recurring_lines=20, mixed=True)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "StripeCheckout":
        """The strategy with its keys. Raises `MissingKeys`."""
        return cls(StripeConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """`stripe`."""
        return NAME

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """`POST /v1/checkout/sessions`, safe to repeat for a day."""
        parameters = session_parameters(order, success_url, cancel_url)
        answer = yield from call(self.config, "POST", "/v1/checkout/sessions", parameters, f"chk-{order.id}-1")
        return _session_of(answer)

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[WebhookEvent]:
        """Check the signature and read the event, without asking Stripe anything."""
        return webhook.verify(self.config, request, now)
        yield  # makes this a flow, of no exchanges

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
