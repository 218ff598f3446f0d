"""An order, the statuses it can have, and the table that says what each event does to it.

`TRANSITIONS` is the whole rule: an absent pair changes nothing. It is used twice and written once: `apply` follows it in
memory, and `store` turns it into the SQL that decides a race between two deliveries.
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
    """Where an order stands."""

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
    REFUNDED = "refunded"  # its amount is the sum refunded so far
    REFUND_FAILED = "refund_failed"  # its amount is the sum that is still given back, as it was read
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RENEWED = "renewed"
    RENEWAL_FAILED = "renewal_failed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    NEEDS_REVIEW = "unclear"  # only a person can sort out what it means: its type says what the provider said
    READ_CHECKOUT = "changed"  # the event does not say how the order stands: its checkout has to be read
    IGNORED = "ignored"


class Dispute(StrEnum):
    """A flag beside the status: whether the buyer's bank has asked for the money back."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


_S, _K = OrderStatus, EventKind
TRANSITIONS: Mapping[tuple[OrderStatus, EventKind], OrderStatus] = {
    (_S.OPEN, _K.PENDING): _S.PENDING,
    (_S.OPEN, _K.PAID): _S.PAID,
    (_S.PENDING, _K.PAID): _S.PAID,
    # Money wins: a late success ends any of these.
    (_S.FAILED, _K.PAID): _S.PAID,
    (_S.EXPIRED, _K.PAID): _S.PAID,
    (_S.CANCELLED, _K.PAID): _S.PAID,
    (_S.OPEN, _K.FAILED): _S.FAILED,
    (_S.PENDING, _K.FAILED): _S.FAILED,
    (_S.OPEN, _K.EXPIRED): _S.EXPIRED,
    (_S.PENDING, _K.EXPIRED): _S.EXPIRED,
    (_S.OPEN, _K.CANCELLED): _S.CANCELLED,
    (_S.PENDING, _K.CANCELLED): _S.CANCELLED,
    # The sum given back decides between this and PARTIALLY_REFUNDED: see `status_from_amounts`.
    (_S.PAID, _K.REFUNDED): _S.REFUNDED,
    (_S.PARTIALLY_REFUNDED, _K.REFUNDED): _S.REFUNDED,
}
UNPAID_STATUSES = (_S.OPEN, _S.PENDING)  # its checkout is worth asking about
PAYMENT_KINDS = (_K.PAID, _K.REFUNDED)  # they are about the one payment of an order, and fix its id
REFUND_KINDS = (_K.REFUNDED, _K.REFUND_FAILED)  # their amount is a sum, which a refund that fails makes less
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
    """One line of an order, frozen from the catalogue when the order was made."""

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
        id: The provider's id of it.
        url: Where to send the buyer; opaque.
        expires_at: Unix seconds, or `None` where it never ends.
    """

    id: str
    url: str
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """What one buyer wants to pay for, and how far that has come.

    Args:
        id: `ord_` and 26 characters.
        site: Id of the site.
        strategy: The way to pay, such as `stripe_checkout`.
        provider: Who takes the money, such as `stripe`.
        lines: At least one, all in one currency.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        customer_email: For the provider's page; hidden from `repr`.
        metadata: The page's own keys and values.
        statement_descriptor_suffix: The site's, or empty.
        status: Where it stands.
        paid_minor: What the provider says was paid, in minor units of the order's currency.
        refunded_minor: What the provider says was given back so far, the same.
        dispute: The flag beside the status.
        needs_review: Something did not add up, and a person must look; nothing is fulfilled on it.
        payment_ref: The provider's id of the payment, once known.
        subscription_ref: The provider's id of the subscription, once known.
        session: The hosted checkout, once opened.
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
        """Whether any line is charged again and again."""
        return any(line.interval for line in self.lines)


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One verified fact from a provider, in our words.

    Args:
        provider: Whose it is.
        id: The provider's id of the event; a repeated delivery has the same.
        type: The provider's own name for it.
        kind: What it means.
        order_id: The order it names, or empty where it names none of ours.
        amount: For `PAID` what was paid; for `REFUNDED` and `REFUND_FAILED` the sum given back so far.
        payment_ref: The provider's id of the payment, or empty.
        subscription_ref: The provider's id of the subscription, or empty.
        subject: What tells two events of one kind apart in fulfilment (the invoice of a renewal, the refund), or empty.
        created: When the provider made the event, in Unix seconds, where it says so.
        observed: Whether its content was asked for, so that the same id may tell another sum the next time.
        captured: Whether the money was taken by reading, because the buyer had agreed and the provider waited for us.
        approval_url: Where the buyer has to go once more before this can be paid, as after a declined card; or empty.
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
    """What was decided about an event, and kept beside it."""

    APPLIED = "applied"
    MISMATCH = "mismatch"  # wrong amount, currency or provider, another payment than the first
    PARKED = "parked"  # its order is not readable; the event is kept


def ids_agree(known: str, named: str) -> bool:
    """Whether two ids can be one: where either is not known, they can."""
    return not known or not named or known == named


def match_event(order: Order, event: PaymentEvent) -> Verdict:
    """Whether an event may change its order, or a person must look first."""
    total, amount = order.total, event.amount
    same = ids_agree(order.payment_ref, event.payment_ref)
    match event.kind:
        case EventKind.PAID:
            fits = amount == total and same and ids_agree(order.subscription_ref, event.subscription_ref)
        case EventKind.REFUNDED | EventKind.REFUND_FAILED:
            fits = amount is not None and amount.currency == total.currency and amount <= total and same
        case _:
            fits = event.kind is not EventKind.NEEDS_REVIEW
    return Verdict.APPLIED if fits and event.provider == order.provider else Verdict.MISMATCH


def status_from_amounts(paid_minor: int, refunded_minor: int) -> OrderStatus:
    """The status of an order that has been paid: how much of the money is still there decides."""
    if not refunded_minor:
        return OrderStatus.PAID
    return OrderStatus.PARTIALLY_REFUNDED if refunded_minor < paid_minor else OrderStatus.REFUNDED


def apply_event(order: Order, event: PaymentEvent, now: int) -> Order:
    """The order after one event of it. Any order of the same events, with repeats, ends in the same order.

    Args:
        order: As it stands.
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
