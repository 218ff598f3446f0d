"""Orders, their statuses, and the table of what each payment event changes.

`TRANSITIONS` is the only rule for statuses: a pair that is not in it changes nothing. `apply_event` uses it in memory, and
`storage.inbox_statements` builds from it the SQL that decides between concurrent deliveries.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.money import Money

ORDER_ID = re.compile(r"ord_[0-9A-Z]{26}", re.ASCII)


class OrderStatus(StrEnum):
    """The status of an order."""

    OPEN = "open"
    PENDING = "pending"
    PAID = "paid"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class EventKind(StrEnum):
    """What a provider's event means for an order."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"  # its amount is the total refunded so far
    REFUND_FAILED = "refund_failed"  # its amount is the total that remains refunded, as read from the provider
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RENEWED = "renewed"
    RENEWAL_FAILED = "renewal_failed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    NEEDS_REVIEW = "unclear"  # needs manual review: its type is what the provider reported
    READ_CHECKOUT = "changed"  # the event has no status: the checkout has to be read
    IGNORED = "ignored"


class Dispute(StrEnum):
    """Whether the buyer has disputed the payment; independent of the status."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


_S, _K = OrderStatus, EventKind
TRANSITIONS: Mapping[tuple[OrderStatus, EventKind], OrderStatus] = {
    (_S.OPEN, _K.PENDING): _S.PENDING,
    (_S.OPEN, _K.PAID): _S.PAID,
    (_S.PENDING, _K.PAID): _S.PAID,
    # A late payment always counts.
    (_S.FAILED, _K.PAID): _S.PAID,
    (_S.EXPIRED, _K.PAID): _S.PAID,
    (_S.CANCELLED, _K.PAID): _S.PAID,
    (_S.OPEN, _K.FAILED): _S.FAILED,
    (_S.PENDING, _K.FAILED): _S.FAILED,
    (_S.OPEN, _K.EXPIRED): _S.EXPIRED,
    (_S.PENDING, _K.EXPIRED): _S.EXPIRED,
    (_S.OPEN, _K.CANCELLED): _S.CANCELLED,
    (_S.PENDING, _K.CANCELLED): _S.CANCELLED,
    # `status_from_amounts` then decides between REFUNDED and PARTIALLY_REFUNDED.
    (_S.PAID, _K.REFUNDED): _S.REFUNDED,
    (_S.PARTIALLY_REFUNDED, _K.REFUNDED): _S.REFUNDED,
}
UNPAID_STATUSES = (_S.OPEN, _S.PENDING)  # the checkout may still be paid
PAYMENT_KINDS = (_K.PAID, _K.REFUNDED)  # they set the id of the order's payment
REFUND_KINDS = (_K.REFUNDED, _K.REFUND_FAILED)  # their amount is a refunded total, which a failed refund lowers
PAID_STATUSES = (_S.PAID, _S.PARTIALLY_REFUNDED, _S.REFUNDED)
DISPUTE_TRANSITIONS: Mapping[tuple[Dispute, EventKind], Dispute] = {
    (Dispute.NONE, _K.DISPUTED): Dispute.OPEN,
    (Dispute.NONE, _K.DISPUTE_WON): Dispute.WON,
    (Dispute.NONE, _K.DISPUTE_LOST): Dispute.LOST,
    (Dispute.OPEN, _K.DISPUTE_WON): Dispute.WON,
    (Dispute.OPEN, _K.DISPUTE_LOST): Dispute.LOST,
}


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of an order, copied from the catalogue when the order was created."""

    product_id: str
    name: str
    unit_price: Money
    quantity: int
    description: str = ""
    image: str = ""
    interval: Interval | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> Money:
        """Unit price times quantity."""
        return self.unit_price * self.quantity


class CheckoutSession(NamedTuple):
    """A hosted checkout that a provider has opened.

    Args:
        id: The provider's id of the checkout.
        url: The payment page, to which the buyer is redirected.
        expires_at: Unix seconds, or None if the checkout does not expire.
    """

    id: str
    url: str
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """One purchase and the status of its payment.

    Args:
        id: `ord_` and 26 characters.
        site_id: The site's id.
        strategy: The payment strategy, such as `stripe_checkout`.
        provider: The payment provider, such as `stripe`.
        lines: At least one, all in one currency.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        customer_email: Filled in on the provider's page; not part of `repr`.
        metadata: Keys and values from the page that sent the cart.
        statement_descriptor_suffix: Text after the account's name on a card statement, or empty.
        status: The order's status.
        paid_minor: The amount paid, as the provider reports it, in minor units of the order's currency.
        refunded_minor: The total refunded so far, as the provider reports it, in minor units of the order's currency.
        dispute: Whether the buyer has disputed the payment.
        needs_review: An event did not match this order and was not applied; needs manual review.
        payment_ref: The provider's id of the payment, or empty if unknown.
        subscription_ref: The provider's id of the subscription, or empty if unknown.
        session: The hosted checkout, or None if none was opened.
    """

    id: str
    site_id: str
    strategy: str
    provider: str
    lines: tuple[LineItem, ...]
    created_at: int
    updated_at: int
    customer_email: str = field(default="", repr=False)
    metadata: Mapping[str, str] = field(default_factory=dict, repr=False)
    statement_descriptor_suffix: str = ""
    status: OrderStatus = OrderStatus.OPEN
    paid_minor: int = 0
    refunded_minor: int = 0
    dispute: Dispute = Dispute.NONE
    needs_review: bool = False
    payment_ref: str = ""
    subscription_ref: str = ""
    session: CheckoutSession | None = field(default=None, repr=False)

    @property
    def total(self) -> Money:
        """The sum of all lines."""
        total = Money(0, self.lines[0].unit_price.currency)
        for line in self.lines:
            total += line.total
        return total

    @property
    def recurring(self) -> bool:
        """Whether any line is charged repeatedly."""
        return any(line.interval for line in self.lines)


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One verified event of a provider, from a webhook or from reading its API.

    Args:
        provider: The provider's name.
        id: The provider's id of the event; a repeated delivery has the same id.
        type: The provider's own name for the event.
        kind: What the event means for an order.
        order_id: The order that the event names, or empty.
        amount: For `PAID` the amount paid; for `REFUNDED` and `REFUND_FAILED` the total refunded so far.
        payment_ref: The provider's id of the payment, or empty.
        subscription_ref: The provider's id of the subscription, or empty.
        object_id: The provider's id of the invoice or refund, so each gets its own message; or empty.
        approval_url: The page where the buyer has to approve the payment again, as after a declined card; or empty.
        created_at: When the provider created the event, in Unix seconds, or None if unknown.
        was_read: Whether the content was read from the provider; a later event with this id may have another amount.
        captured_now: Whether reading captured the payment, because the buyer had approved it.
    """

    provider: str
    id: str
    type: str
    kind: EventKind
    order_id: str = ""
    amount: Money | None = None
    payment_ref: str = ""
    subscription_ref: str = ""
    object_id: str = ""
    approval_url: str = ""
    created_at: int | None = field(default=None, compare=False)
    was_read: bool = field(default=False, compare=False)
    captured_now: bool = field(default=False, compare=False)


class Verdict(StrEnum):
    """The decision about an event, saved with it."""

    APPLIED = "applied"
    MISMATCH = "mismatch"  # another amount, currency, provider or payment than the order's
    PARKED = "parked"  # the order is not stored yet; the event is kept


def ids_agree(known: str, reported: str) -> bool:
    """Return whether two ids may be the same; an unknown id agrees with any."""
    return not known or not reported or known == reported


def match_event(order: Order, event: PaymentEvent) -> Verdict:
    """Return whether an event may change its order, or needs review first."""
    total, amount = order.total, event.amount
    same_payment = ids_agree(order.payment_ref, event.payment_ref)
    match event.kind:
        case EventKind.PAID:
            matches = amount == total and same_payment and ids_agree(order.subscription_ref, event.subscription_ref)
        case EventKind.REFUNDED | EventKind.REFUND_FAILED:
            matches = amount is not None and amount.currency == total.currency and amount <= total and same_payment
        case _:
            matches = event.kind is not EventKind.NEEDS_REVIEW
    return Verdict.APPLIED if matches and event.provider == order.provider else Verdict.MISMATCH


def status_from_amounts(paid_minor: int, refunded_minor: int) -> OrderStatus:
    """Return the status of a paid order from its paid and refunded amounts."""
    if not refunded_minor:
        return OrderStatus.PAID
    return OrderStatus.PARTIALLY_REFUNDED if refunded_minor < paid_minor else OrderStatus.REFUNDED


def apply_event(order: Order, event: PaymentEvent, now: int) -> Order:
    """Return the order after one of its events. The sequence and repeats of the events do not change the final order.

    Args:
        order: The order before the event.
        event: One of this order's events.
        now: Unix seconds.
    """
    if match_event(order, event) is Verdict.MISMATCH:
        return replace(order, needs_review=True, updated_at=now)
    status = TRANSITIONS.get((order.status, event.kind), order.status)
    minor = event.amount.minor if event.amount else 0
    paid = max(order.paid_minor, minor) if event.kind is EventKind.PAID else order.paid_minor
    refunded = max(order.refunded_minor, minor) if event.kind is EventKind.REFUNDED else order.refunded_minor
    if event.kind is EventKind.REFUND_FAILED:
        refunded = minor
    return replace(
        order,
        status=status_from_amounts(paid, refunded) if status in PAID_STATUSES else status,
        paid_minor=paid,
        refunded_minor=refunded,
        dispute=DISPUTE_TRANSITIONS.get((order.dispute, event.kind), order.dispute),
        payment_ref=order.payment_ref or (event.payment_ref if event.kind in PAYMENT_KINDS else ""),
        subscription_ref=order.subscription_ref or event.subscription_ref,
        updated_at=now,
    )
