"""Refunds of a Stripe payment. Source: Stripe API reference, Refunds, and Charges, `amount_refunded`.

Stripe keeps an idempotency key for at least 24 hours. A refund that may exist already is therefore looked for first, by our id
in its metadata.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.providers.stripe.amounts import AMOUNTS
from lightning_cart.providers.stripe.api import call
from lightning_cart.providers.stripe.config import NAME, StripeConfig
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, parse_money

PAGE_SIZE = 100  # refunds of one payment in a response, Stripe's maximum
_STATUSES: Mapping[str, RefundStatus] = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def _payment(config: StripeConfig, order: Order, payment_key: str) -> Flow[str]:
    """Return the payment intent of a payment, or of the first invoice if the payment is a subscription's."""
    known = order.payment_ref if payment_key in {"", order.id} else payment_key
    # An order that needs review has no subscription yet. Then its payment's key is the subscription's id.
    subscription_ref = order.subscription_ref or (known if order.recurring else "")
    if not subscription_ref or (known and known != subscription_ref):
        return known
    listed = yield from call(
        config, "GET", "/v1/checkout/sessions", {"subscription": subscription_ref, "limit": 1, "expand": ["data.invoice"]}
    )
    invoice_id = get_id(listed, "data", 0, "invoice")
    if not invoice_id:
        return ""
    invoice = yield from call(config, "GET", f"/v1/invoices/{invoice_id}", {"expand": ["payments"]})
    # Invoices of API versions before 2025-03-31 have `payment_intent`.
    return get_id(invoice, "payments", "data", 0, "payment", "payment_intent") or get_id(invoice, "payment_intent")


def _find(config: StripeConfig, payment: str, refund: Refund) -> Flow[object]:
    """Return Stripe's refund of our refund, or None."""
    if refund.provider_ref:
        return (yield from call(config, "GET", f"/v1/refunds/{refund.provider_ref}", {"expand": ["charge"]}))
    parameters = {"payment_intent": payment, "limit": PAGE_SIZE, "expand": ["data.charge"]}
    listed = yield from call(config, "GET", "/v1/refunds", parameters)
    found = (item for item in get_list(listed, "data") if get(item, "metadata", "refund_id") == refund.id)
    return next(found, None)


def _refunded_total(charge: object) -> Money | None:
    return parse_money(AMOUNTS, get(charge, "amount_refunded"), get(charge, "currency"))


def refund_payment(config: StripeConfig, order: Order, refund: Refund) -> Flow[RefundResult]:
    """Refund a payment of the order by `POST /v1/refunds`, unless Stripe has this refund already.

    Raises:
        ProviderRefused: Stripe refused, or the order's payment cannot be found.
        ProviderUnavailable: There was no response, or it has no refund id.
    """
    payment = yield from _payment(config, order, refund.payment_ref)
    if not payment:
        raise ProviderRefused(NAME, "has no payment of this order")
    result = (yield from _find(config, payment, refund)) if refund.may_exist_already else None
    if result is None:
        parameters = {
            "payment_intent": payment,
            "amount": AMOUNTS.to_provider(refund.amount),
            "metadata": {"order_id": order.id, "site_id": order.site_id, "refund_id": refund.id},
            "expand": ["charge"],
        }
        result = yield from call(config, "POST", "/v1/refunds", parameters, refund.id)
    if not get_id(result, "id"):
        raise ProviderUnavailable(NAME, "returned a refund without an id")
    # Unknown statuses count as pending.
    status = _STATUSES.get(get_text(result, "status"), RefundStatus.PENDING)
    return RefundResult(get_id(result, "id"), status, _refunded_total(get(result, "charge")))


def read_refunded(config: StripeConfig, order: Order, payment_key: str) -> Flow[Money | None]:
    """Read the total refunded of a payment's charge: `GET /v1/payment_intents/{id}`. None if Stripe does not say.

    Args:
        config: The account's keys and the API's URL.
        order: The order.
        payment_key: The payment's id, or the subscription's.
    """
    payment = yield from _payment(config, order, payment_key)
    if not payment:
        return None
    intent = yield from call(config, "GET", f"/v1/payment_intents/{payment}", {"expand": ["latest_charge"]})
    return _refunded_total(get(intent, "latest_charge"))
