"""Finds what is wrong about one order: its money, status, disputes and messages, compared with the providers' ledger."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import NamedTuple

from lightning_cart.domain.dispute import DisputeCase, dispute_flag
from lightning_cart.domain.order import Dispute, OrderStatus
from lightning_cart.domain.payment import Payment, PaymentSums, status_from_sums, sum_payments
from lightning_cart.usecases.fulfilment_message import message_id
from lightning_cart_host.chaos.ledger import Key, LedgerDispute
from lightning_cart_host.chaos.scripts import PENDING_ACTS, Act
from lightning_cart_host.chaos.state import StoredOrder

PAID = "order.paid"
_ENDED = (OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.FAILED)


class MoneyOf(NamedTuple):
    """The payments and disputes of one order, as the engine or its provider has them."""

    payments: dict[Key, Payment]
    disputes: dict[Key, LedgerDispute]

    @property
    def sums(self) -> PaymentSums:
        """The sums of the payments."""
        return sum_payments(self.payments.values())

    @property
    def flag(self) -> Dispute:
        """The order's flag that follows from the disputes."""
        return dispute_flag((DisputeCase(key[1], one.state, 0) for key, one in self.disputes.items()), Dispute.NONE)


class OrderCase(NamedTuple):
    """One order, and everything that is known about it.

    Args:
        order_id: Its id.
        order: The engine's order.
        act: What its buyer did, or None if no buyer knows the order.
        stored: The engine's payments and disputes.
        ledger: The provider's.
        messages: The messages in the engine's outbox.
        received: The ids of the messages that the merchant received, by event.
    """

    order_id: str
    order: StoredOrder
    act: Act | None
    stored: MoneyOf
    ledger: MoneyOf
    messages: Sequence[str]
    received: Mapping[str, AbstractSet[str]]


def _money_faults(case: OrderCase) -> Iterator[str]:
    order, there = case.order, case.ledger.sums
    if (order.paid_minor, order.tip_minor, order.refunded_minor) != there:
        yield (
            f"it has {order.paid_minor} paid, {order.tip_minor} tip and {order.refunded_minor} refunded, "
            f"the ledger {there.paid_minor}, {there.tip_minor} and {there.refunded_minor}"
        )
    stored, ledger = case.stored.payments, case.ledger.payments
    for key in sorted(stored.keys() | ledger.keys()):
        if stored.get(key) != ledger.get(key):
            yield f"payment {key[1]} is {_describe(stored.get(key))}, in the ledger {_describe(ledger.get(key))}"


def _describe(payment: Payment | None) -> str:
    if payment is None:
        return "absent"
    return f"{payment.amount_minor} with {payment.tip_minor} tip and {payment.refunded_minor} refunded"


def _status_faults(case: OrderCase) -> Iterator[str]:
    order, sums = case.order, case.ledger.sums
    expected = status_from_sums(OrderStatus.OPEN, order.total_minor, sums)
    may_wait = order.status == OrderStatus.PENDING and case.act in PENDING_ACTS
    if sums.paid_minor and order.status != expected:
        yield f"it is {order.status} instead of {expected}"
    if not sums.paid_minor and order.status not in _ENDED and not may_wait:
        yield f"it is {order.status} without a payment"
    if order.needs_review:
        yield f"it needs a manual review ({order.review_reason})"


def _dispute_faults(case: OrderCase) -> Iterator[str]:
    if case.order.dispute != case.ledger.flag:
        yield f"its dispute is {case.order.dispute} instead of {case.ledger.flag}"
    stored, ledger = case.stored.disputes, case.ledger.disputes
    for key in sorted(stored.keys() | ledger.keys()):
        here, there = stored.get(key), ledger.get(key)
        if here != there:
            states = (one.state if one else "absent" for one in (here, there))
            yield "dispute {} is {}, in the ledger {}".format(key[1], *states)


def _expected_messages(case: OrderCase) -> Iterator[str]:
    if case.ledger.sums.refunded_minor:
        yield f"order.refunded:{case.ledger.sums.refunded_minor}"
    for key, dispute in case.ledger.disputes.items():
        yield f"order.disputed:{key[1]}"
        if dispute.state is not Dispute.OPEN:
            yield f"order.dispute_closed:{key[1]}:{dispute.state}"


def _message_faults(case: OrderCase) -> Iterator[str]:
    expected, queued = int(bool(case.ledger.sums.paid_minor)), case.messages.count(PAID)
    if queued != expected:
        yield f"{queued} messages {PAID} instead of {expected}"
    if len(case.received.get(PAID, ())) != expected:
        yield f"the merchant was told of {len(case.received.get(PAID, ()))} payments instead of {expected}"
    for message in _expected_messages(case):
        # A dispute that was closed before has a number at the end.
        if not any(one == message or one.startswith(f"{message}:") for one in case.messages):
            yield f"there is no message {message}"
    received = {name for event, names in case.received.items() if event != PAID for name in names}
    sent = {message_id(case.order_id, message) for message in case.messages if message != PAID}
    if received != sent:
        yield f"the merchant received {len(received)} other messages, the outbox has {len(sent)}"


def _buyer_faults(case: OrderCase) -> Iterator[str]:
    if case.order.buyers != 1:
        yield f"it has {case.order.buyers} rows of its buyer instead of 1"


def find_faults(case: OrderCase) -> str:
    """Return what is wrong about an order, or an empty string."""
    faults = (_money_faults, _status_faults, _dispute_faults, _message_faults, _buyer_faults)
    return "; ".join(chain.from_iterable(find(case) for find in faults))
