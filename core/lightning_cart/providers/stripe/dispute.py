"""Finds the subscription of a dispute. Source: Stripe API reference, List all payments for an invoice.

A dispute names a payment intent. The payment intent of a one-time order is stored. Those of a subscription are in none of its
events and have no metadata, but the invoice has both the payment and the subscription.
"""

from lightning_cart.domain.order import EventKind, PaymentEvent
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.providers.stripe.events import invoice_event
from lightning_cart.providers.untrusted_json import get

_DISPUTES = frozenset({EventKind.DISPUTED, EventKind.DISPUTE_WON, EventKind.DISPUTE_LOST})


def find_subscription(config: StripeConfig, event: PaymentEvent) -> Flow[PaymentEvent]:
    """Add the subscription to a dispute's event, by `GET /v1/invoice_payments`. Other events need no call.

    Raises:
        ProviderUnavailable: There was no response.
    """
    if event.kind not in _DISPUTES or event.order_id or not event.payment_ref:
        return event
    payment = {"type": "payment_intent", "payment_intent": event.payment_ref}
    try:
        listed = yield from call(
            config, "GET", "/v1/invoice_payments", {"payment": payment, "limit": 1, "expand": ["data.invoice"]}
        )
    except ProviderRefused:  # a restricted key cannot read invoices, and the payment may be stored here
        return event
    return invoice_event(event, get(listed, "data", 0, "invoice"))
