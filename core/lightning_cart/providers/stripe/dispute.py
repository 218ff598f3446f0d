"""Finds the subscription that a dispute is about. Source: Stripe API reference, List all payments for an invoice.

A dispute names a payment intent. That of an order that was paid once is known here; those of a subscription are told by none of
its events, and their metadata is empty. Its invoice knows both the payment and the subscription.
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
    """`GET /v1/invoice_payments` of a dispute's payment intent; any other event stays as it is, without a call.

    Raises:
        ProviderUnavailable: No answer.
    """
    if event.kind not in _DISPUTES or event.order_id or not event.payment_ref:
        return event
    payment = {"type": "payment_intent", "payment_intent": event.payment_ref}
    try:
        listed = yield from call(
            config, "GET", "/v1/invoice_payments", {"payment": payment, "limit": 1, "expand": ["data.invoice"]}
        )
    except ProviderRefused:  # a restricted key may not read invoices: the payment may be known here all the same
        return event
    return invoice_event(event, get(listed, "data", 0, "invoice"))
