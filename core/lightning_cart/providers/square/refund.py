"""Refunds of a Square payment. Source: Square API reference, Refunds API, and Payments API, `refunded_money`.

A refund is `PENDING` at first, and the payment's total includes it once it is `COMPLETED`. Square does not document how long it
keeps an idempotency key. A refund that may exist already is therefore looked for first, by our id in its reason.
"""

from collections.abc import Mapping

from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.providers.square.amounts import amount
from lightning_cart.providers.square.api import call
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.square.events import refunded_total
from lightning_cart.providers.untrusted_json import as_id, get, get_id, get_list, get_text

_STATUSES: Mapping[str, RefundStatus] = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "REJECTED": RefundStatus.FAILED,
}


def _payment(config: SquareConfig, payment_id: str) -> Flow[object]:
    return (yield from call(config, "GET", f"/v2/payments/{payment_id}")).get("payment")


def _read(config: SquareConfig, refund_id: str) -> Flow[object]:
    return (yield from call(config, "GET", f"/v2/refunds/{refund_id}")).get("refund")


def _find(config: SquareConfig, payment_id: str, refund: Refund) -> Flow[object]:
    """Return Square's refund of our refund, or None."""
    if refund.provider_ref:
        return (yield from _read(config, refund.provider_ref))
    for refund_id in map(as_id, get_list((yield from _payment(config, payment_id)), "refund_ids")):
        result = yield from _read(config, refund_id)
        if get_text(result, "reason") == refund.id:
            return result
    return None


def refund_payment(config: SquareConfig, order: Order, refund: Refund) -> Flow[RefundResult]:
    """Refund the payment by `POST /v2/refunds`, unless Square has this refund already, and read the result.

    Raises:
        ProviderRefused: Square refused.
        ProviderUnavailable: There was no response, or it has no refund id.
    """
    payment_id = refund.payment_ref or order.payment_ref
    result = (yield from _find(config, payment_id, refund)) if refund.may_exist_already else None
    if result is None:
        body = {
            "idempotency_key": refund.id,
            "payment_id": payment_id,
            "amount_money": amount(refund.amount),
            "reason": refund.id,
        }
        result = (yield from call(config, "POST", "/v2/refunds", body)).get("refund")
    refund_id = get_id(result, "id")
    if not refund_id:
        raise ProviderUnavailable(NAME, "returned a refund without an id")
    try:
        if get(result, "status") == "PENDING" and not refund.provider_ref:
            result = yield from _read(config, refund_id)
        status = _STATUSES.get(get_text(result, "status"), RefundStatus.PENDING)
        total = None if status is RefundStatus.PENDING else refunded_total((yield from _payment(config, payment_id)))
    except ProviderRefused as error:  # the refund was created, and only reading it was refused
        raise ProviderUnavailable(NAME, error.reason, code=error.code) from error
    return RefundResult(refund_id, status, total)
