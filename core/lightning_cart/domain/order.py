"""Orders and payment events, and the values that both can have."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
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


UNPAID_STATUSES = (OrderStatus.OPEN, OrderStatus.PENDING)  # the checkout may still be paid
PAID_STATUSES = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)


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
