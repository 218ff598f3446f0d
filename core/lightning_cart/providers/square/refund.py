"""Giving money of a payment back. Source: Square API reference, Refunds API, and Payments API, `refunded_money`.

A refund is `PENDING` at first, and the payment's sum includes it once it is `COMPLETED`. Square does not say how long it keeps
an idempotency key. So a refund that was asked for before is looked for first, by our id in its reason.
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
    """The refund at Square that was made for ours, or `None`."""
    if refund.provider_ref:
        return (yield from _read(config, refund.provider_ref))
    for refund_id in map(as_id, get_list((yield from _payment(config, order)), "refund_ids")):
        made = yield from _read(config, refund_id)
        if get_text(made, "reason") == refund.id:
            return made
    return None


def refund_payment(config: SquareConfig, order: Order, refund: Refund) -> Flow[RefundResult]:
    """`POST /v2/refunds`, unless Square has this refund already; then how it and the payment stand.

    Raises:
        ProviderRefused: Square refused.
        ProviderUnavailable: No answer, or none that can be read.
    """
    made = (yield from _find(config, order, refund)) if refund.may_exist_already else None
    if made is None:
        body = {
            "idempotency_key": refund.id,
            "payment_id": order.payment_ref,
            "amount_money": amount(refund.amount),
            "reason": refund.id,
        }
        made = (yield from call(config, "POST", "/v2/refunds", body)).get("refund")
    refund_id = get_id(made, "id")
    if not refund_id:
        raise ProviderUnavailable(NAME, "answered a refund without an id")
    try:
        if get(made, "status") == "PENDING" and not refund.provider_ref:
            made = yield from _read(config, refund_id)
        status = _STATUSES.get(get_text(made, "status"), RefundStatus.PENDING)
        total = None if status is RefundStatus.PENDING else (yield from read_refunded(config, order))
    except ProviderRefused as error:  # it was made: what cannot be read is no refusal of it
        raise ProviderUnavailable(NAME, error.reason, code=error.code) from error
    return RefundResult(refund_id, status, total)


def read_refunded(config: SquareConfig, order: Order) -> Flow[Money | None]:
    """`GET /v2/payments/{id}`: the sum of all refunds so far, which is absent while there is none."""
    payment = yield from _payment(config, order)
    if get(payment, "refunded_money") is None:
        return Money(0, order.total.currency) if get_id(payment, "id") else None
    return read_amount(get(payment, "refunded_money"))
