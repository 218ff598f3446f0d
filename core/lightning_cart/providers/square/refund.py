"""Refunds of a Square payment. Source: Square API reference, Refunds API, and Payments API, `refunded_money`.

A refund is `PENDING` at first, and the payment's total includes it once it is `COMPLETED`. Square does not document how long it
keeps an idempotency key. A refund that may exist already is therefore looked for first, by our id in its reason.
"""

from collections.abc import Mapping

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.providers.square.amounts import amount, read_amount
from lightning_cart.providers.square.api import call
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.untrusted_json import as_id, get, get_id, get_list, get_text

_STATUSES: Mapping[str, RefundStatus] = {
    "COMPLETED": RefundStatus.SUCCEEDED,
    "FAILED": RefundStatus.FAILED,
    "REJECTED": RefundStatus.FAILED,
}


def _payment(config: SquareConfig, order: Order) -> Flow[object]:
    return (yield from call(config, "GET", f"/v2/payments/{order.payment_ref}")).get("payment")


def _read(config: SquareConfig, refund_id: str) -> Flow[object]:
    return (yield from call(config, "GET", f"/v2/refunds/{refund_id}")).get("refund")


def _find(config: SquareConfig, order: Order, refund: Refund) -> Flow[object]:
    """Return Square's refund of our refund, or None."""
    if refund.provider_ref:
        return (yield from _read(config, refund.provider_ref))
    for refund_id in map(as_id, get_list((yield from _payment(config, order)), "refund_ids")):
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
    result = (yield from _find(config, order, refund)) if refund.may_exist_already else None
    if result is None:
        body = {
            "idempotency_key": refund.id,
            "payment_id": order.payment_ref,
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
        total = None if status is RefundStatus.PENDING else (yield from read_refunded(config, order))
    except ProviderRefused as error:  # the refund was created, and only reading it was refused
        raise ProviderUnavailable(NAME, error.reason, code=error.code) from error
    return RefundResult(refund_id, status, total)


def read_refunded(config: SquareConfig, order: Order) -> Flow[Money | None]:
    """Read the total refunded: `GET /v2/payments/{id}`. It is absent if there is no refund."""
    payment = yield from _payment(config, order)
    if get(payment, "refunded_money") is None:
        return Money(0, order.total.currency) if get_id(payment, "id") else None
    return read_amount(get(payment, "refunded_money"))
