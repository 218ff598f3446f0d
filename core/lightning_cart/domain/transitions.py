"""The rules for what each payment event changes in its order, as tables.

`TRANSITIONS` is the only rule for statuses beside the sums of the payments: a pair that is not in it changes nothing.
`storage.inbox_statements` builds from them the SQL that decides between concurrent deliveries, and `domain.event_model` uses
them in memory.
"""

from collections.abc import Mapping

from lightning_cart.domain.dispute import DISPUTE_KINDS
from lightning_cart.domain.order import OrderStatus
from lightning_cart.domain.payment import PaymentState
from lightning_cart.domain.payment_event import EventKind, PaymentEvent

_S, _K = OrderStatus, EventKind
TRANSITIONS: Mapping[tuple[OrderStatus, EventKind], OrderStatus] = {
    (_S.OPEN, _K.PENDING): _S.PENDING,
    # A late payment always counts. `status_from_sums` then looks at the sums: a part of the total is pending.
    (_S.OPEN, _K.PAID): _S.PAID,
    (_S.PENDING, _K.PAID): _S.PAID,
    (_S.FAILED, _K.PAID): _S.PAID,
    (_S.EXPIRED, _K.PAID): _S.PAID,
    (_S.CANCELLED, _K.PAID): _S.PAID,
    # Not while the order has money that was not refunded.
    (_S.OPEN, _K.FAILED): _S.FAILED,
    (_S.PENDING, _K.FAILED): _S.FAILED,
    (_S.OPEN, _K.EXPIRED): _S.EXPIRED,
    (_S.PENDING, _K.EXPIRED): _S.EXPIRED,
    (_S.OPEN, _K.CANCELLED): _S.CANCELLED,
    (_S.PENDING, _K.CANCELLED): _S.CANCELLED,
    # `status_from_sums` then decides between REFUNDED and PARTIALLY_REFUNDED.
    (_S.PAID, _K.REFUNDED): _S.REFUNDED,
    (_S.PARTIALLY_REFUNDED, _K.REFUNDED): _S.REFUNDED,
}
REFUND_KINDS = (_K.REFUNDED, _K.REFUND_FAILED)  # their amount is the refunded total of a payment
MONEY_KINDS = (_K.PAID, *REFUND_KINDS)  # they change the sums, and the status follows from the sums
PAYMENT_STATES = {_K.PAID: PaymentState.PAID, _K.PENDING: PaymentState.PENDING, _K.FAILED: PaymentState.FAILED}
PAYMENT_KINDS = (*PAYMENT_STATES, *REFUND_KINDS)  # they are about one payment of the order
# Money is never parked: it names a checkout of this engine, or it is somebody else's.
PARKED_KINDS = (*REFUND_KINDS, *DISPUTE_KINDS, _K.RENEWED, _K.RENEWAL_FAILED, _K.SUBSCRIPTION_ENDED)


def refunded_total(event: PaymentEvent) -> int | None:
    """Return the total refunded of its payment that an event reports, in minor units, or None if it reports none."""
    total = event.amount if event.kind in REFUND_KINDS else event.refunded
    is_other = total and event.amount and total.currency != event.amount.currency
    return total.minor if total and not is_other else None
