"""The payments of an order. Several can add up to one order, as a gift card and a card do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.order import PAID_STATUSES, OrderStatus


class PaymentState(StrEnum):
    """The state of a payment."""

    PENDING = "pending"
    FAILED = "failed"
    PAID = "paid"


class Payment(NamedTuple):
    """One payment of an order, in minor units of the order's currency.

    Args:
        ref: The provider's id of the payment, or of the subscription that it belongs to.
        amount_minor: The amount without the tip.
        tip_minor: The tip that the buyer added on the provider's page.
        refunded_minor: The total refunded of this payment, which may include the tip.
        state: The payment's state. Only a paid one counts.
    """

    ref: str
    amount_minor: int
    tip_minor: int = 0
    refunded_minor: int = 0
    state: PaymentState = PaymentState.PAID


class PaymentSums(NamedTuple):
    """The sums of an order's payments, in minor units. Tips are in `tip_minor` alone."""

    paid_minor: int
    tip_minor: int
    refunded_minor: int


def sum_payments(payments: Iterable[Payment]) -> PaymentSums:
    """Return the sums of the paid payments. A refund counts towards the amount first, then towards the tip."""
    paid = [payment for payment in payments if payment.state is PaymentState.PAID]
    return PaymentSums(
        sum(payment.amount_minor for payment in paid),
        sum(payment.tip_minor for payment in paid),
        sum(min(payment.refunded_minor, payment.amount_minor) for payment in paid),
    )


def sum_kept(payments: Iterable[Payment]) -> int:
    """Return what was paid and not refunded, with tips, in minor units."""
    paid = (payment for payment in payments if payment.state is PaymentState.PAID)
    return sum(payment.amount_minor + payment.tip_minor - payment.refunded_minor for payment in paid)


def status_from_sums(status: OrderStatus, total_minor: int, sums: PaymentSums) -> OrderStatus:
    """Return an order's status after its payments have changed.

    Args:
        status: The status before. A paid order stays one, also if an operator accepted another amount.
        total_minor: The order's total.
        sums: The sums of the order's payments.
    """
    kept = sums.paid_minor - sums.refunded_minor
    if status in PAID_STATUSES or sums.paid_minor >= total_minor:
        if not sums.refunded_minor or kept >= total_minor:
            return OrderStatus.PAID
        return OrderStatus.PARTIALLY_REFUNDED if kept > 0 else OrderStatus.REFUNDED
    if kept > 0:
        return OrderStatus.PENDING
    return OrderStatus.CANCELLED if sums.paid_minor else status
