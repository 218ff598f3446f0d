"""Finds the subscription of a dispute or refund. Source: Stripe API reference, List all payments for an invoice.

Both name a payment intent. The payment intent of a one-time order is stored and has the order in its metadata. Those of a
subscription are in none of its events and have no metadata, but the invoice has both the payment and the subscription.
"""

from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.transitions import REFUND_KINDS
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.providers.stripe.events import with_invoice
from lightning_cart.providers.untrusted_json import get


def find_subscription(config: StripeConfig, event: PaymentEvent) -> Flow[PaymentEvent]:
    """Add the subscription to the event of a dispute or refund, by `GET /v1/invoice_payments`. Other events need no call.

    Raises:
        ProviderUnavailable: There was no response.
    """
    # A failed refund has the metadata of the refund and not of its payment.
    is_known = event.claimed_order_id and event.kind is not EventKind.REFUND_FAILED
    if event.kind not in {*DISPUTE_KINDS, *REFUND_KINDS} or is_known or not event.payment_ref:
        return event
    payment = {"type": "payment_intent", "payment_intent": event.payment_ref}
    try:
        listed = yield from call(
            config, "GET", "/v1/invoice_payments", {"payment": payment, "limit": 1, "expand": ["data.invoice"]}
        )
    except ProviderRefused:  # a restricted key cannot read invoices, and the payment may be stored here
        return event
    return with_invoice(event, get(listed, "data", 0, "invoice"))
