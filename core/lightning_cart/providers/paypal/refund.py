"""Refunds of a PayPal capture. Source: PayPal REST API reference, Payments v2, Refund captured payment.

PayPal keeps a refund's request id for 45 days, and never accepts one invoice id twice. The refund's id is sent as both.
"""

from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.http import json_bytes
from lightning_cart.providers.paypal.amounts import amount, read_amount
from lightning_cart.providers.paypal.api import PayPalApi
from lightning_cart.providers.paypal.capture import read_refunded
from lightning_cart.providers.paypal.config import NAME
from lightning_cart.providers.paypal.events import REFUND_STATUSES, custom_id
from lightning_cart.providers.untrusted_json import get, get_id, get_text


def refund_capture(api: PayPalApi, order: Order, refund: Refund) -> Flow[RefundResult]:
    """Refund the capture by `POST /v2/payments/captures/{id}/refund`, or read the refund if PayPal's id of it is known.

    Raises:
        ProviderRefused: PayPal refused.
        ProviderUnavailable: There was no response, or it has no refund id.
    """
    capture_id = refund.payment_ref or order.payment_ref
    if refund.provider_ref:
        result = yield from api.call(refund.updated_at, "GET", f"/v2/payments/refunds/{refund.provider_ref}")
    else:
        body = {"amount": amount(refund.amount), "custom_id": custom_id(order), "invoice_id": refund.id}
        path = f"/v2/payments/captures/{capture_id}/refund"
        result = yield from api.call(refund.updated_at, "POST", path, json_bytes(body), request_id=refund.id)
    if not get_id(result, "id"):
        raise ProviderUnavailable(NAME, "returned a refund without an id")
    status = REFUND_STATUSES.get(get_text(result, "status"), RefundStatus.PENDING)
    if status is RefundStatus.FAILED:
        return RefundResult(get_id(result, "id"), status, (yield from read_refunded(api, order, capture_id)))
    total = read_amount(get(result, "seller_payable_breakdown", "total_refunded_amount"))
    return RefundResult(get_id(result, "id"), status, total)
