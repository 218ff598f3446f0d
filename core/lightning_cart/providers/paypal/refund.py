"""Giving money of a capture back. Source: PayPal REST API reference, Payments v2, Refund captured payment.

PayPal keeps a request id of a refund for 45 days, and never takes the same invoice id twice: the refund's own id is both.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.http import json_bytes
from lightning_cart.providers.paypal.amounts import amount, read_amount
from lightning_cart.providers.paypal.api import PayPalApi
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.events import custom_id, list_refunds
from lightning_cart.providers.untrusted_json import get, get_id, get_text

_STATUSES: Mapping[str, RefundStatus] = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "CANCELLED": RefundStatus.FAILED,
}


def refund_capture(api: PayPalApi, order: Order, refund: Refund) -> Flow[RefundResult]:
    """`POST /v2/payments/captures/{id}/refund`, or `GET /v2/payments/refunds/{id}` where PayPal has it already.

    Raises:
        ProviderRefused: PayPal refused.
        ProviderUnavailable: No answer, or none that can be read.
    """
    if refund.provider_ref:
        made = yield from api.call(refund.updated_at, "GET", f"/v2/payments/refunds/{refund.provider_ref}")
    else:
        body = {"amount": amount(refund.amount), "custom_id": custom_id(order), "invoice_id": refund.id}
        path = f"/v2/payments/captures/{order.payment_ref}/refund"
        made = yield from api.call(refund.updated_at, "POST", path, json_bytes(body), request_id=refund.id)
    if not get_id(made, "id"):
        raise ProviderUnavailable(NAME, "answered a refund without an id")
    status = _STATUSES.get(get_text(made, "status"), RefundStatus.PENDING)
    if status is RefundStatus.FAILED:
        return RefundResult(get_id(made, "id"), status, (yield from read_refunded(api, order)))
    total = read_amount(get(made, "seller_payable_breakdown", "total_refunded_amount"))
    return RefundResult(get_id(made, "id"), status, total)


def read_refunded(api: PayPalApi, order: Order) -> Flow[Money | None]:
    """`GET /v2/checkout/orders/{id}`: the sum of its refunds that have not failed."""
    session_id = order.session.id if order.session else ""
    document = yield from api.call(order.updated_at, "GET", f"/v2/checkout/orders/{session_id}")
    total = Money(0, order.total.currency)
    for made in list_refunds(document):
        part = read_amount(get(made, "amount"))
        if part is None or part.currency != total.currency:
            return None
        if _STATUSES.get(get_text(made, "status")) is not RefundStatus.FAILED:
            total += part
    return total
