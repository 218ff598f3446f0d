"""Orders and payment events, and the values that both can have."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.buyer import NOWHERE, UNKNOWN_BUYER, Buyer, Destination
from lightning_cart.domain.catalog import NO_METADATA, Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.taxes import TaxGroup

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
    REFUNDED = "refunded"  # its amount is the total refunded of its payment
    REFUND_FAILED = "refund_failed"  # its amount is the total that remains refunded of its payment
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    RENEWED = "renewed"
    RENEWAL_FAILED = "renewal_failed"
    SUBSCRIPTION_ENDED = "subscription_ended"
    NEEDS_REVIEW = "unclear"  # needs manual review: its type is what the provider reported
    READ_CHECKOUT = "changed"  # it says nothing but that the checkout has to be read
    IGNORED = "ignored"


class Dispute(StrEnum):
    """Whether the buyer has disputed the payment; independent of the status."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


UNPAID_STATUSES = (OrderStatus.OPEN, OrderStatus.PENDING)  # the checkout may still be paid
PAID_STATUSES = (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED)


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

    @property
    def ref(self) -> str:
        """The id by which the provider's events name the checkout: the part of the id after a colon, or all of it."""
        return self.id.rpartition(":")[2]

    def is_over(self, now: int) -> bool:
        """Return whether the checkout has expired at a time in Unix seconds."""
        return self.expires_at is not None and self.expires_at <= now


class Order(NamedTuple):
    """One purchase and the status of its payment.

    Args:
        id: `ord_` and 26 characters.
        site_id: The site's id.
        strategy: The payment strategy, such as `stripe_checkout`.
        provider: The payment provider, such as `stripe`.
        lines: At least one, all in one currency.
        parts: The total and its parts, as they were priced.
        created_at: Unix seconds.
        updated_at: Unix seconds.
        customer_email: Filled in on the provider's page; not part of `repr`.
        metadata: Keys and values from the page that sent the cart.
        statement_descriptor_suffix: Text after the account's name on a card statement, or empty.
        status: The order's status.
        paid_minor: The sum of the payments without tips, in minor units of the order's currency.
        tip_minor: The sum of the tips.
        refunded_minor: The sum refunded of the payments, without tips.
        dispute: Whether the buyer has disputed the payment.
        needs_review: An event did not fit this order; an operator has to look at it.
        review_reason: Why, one of `ReviewReason`, or empty.
        payment_ref: The provider's id of the first payment, or empty if unknown.
        subscription_ref: The provider's id of the subscription, or empty if unknown.
        session: The hosted checkout, or None if none was opened.
        return_token: The secret part of the URL to which the provider sends the buyer back; or empty.
        delivery: How the order is delivered, or None if it is not.
        place: Where the price is for. If the goods are delivered, they may go nowhere else.
        taxes: The tax of each percentage.
        renewal_minor: What each renewal charges, in minor units, or 0 if nothing recurs.
        buyer: What the cart said about its buyer; not part of `repr`.
    """

    id: str
    site_id: str
    strategy: str
    provider: str
    lines: tuple[LineItem, ...]
    parts: Parts
    created_at: int
    updated_at: int
    customer_email: str = ""
    metadata: Mapping[str, str] = NO_METADATA
    statement_descriptor_suffix: str = ""
    status: OrderStatus = OrderStatus.OPEN
    paid_minor: int = 0
    tip_minor: int = 0
    refunded_minor: int = 0
    dispute: Dispute = Dispute.NONE
    needs_review: bool = False
    review_reason: str = ""
    payment_ref: str = ""
    subscription_ref: str = ""
    session: CheckoutSession | None = None
    return_token: str = ""
    delivery: Delivery | None = None
    place: Destination = NOWHERE
    taxes: tuple[TaxGroup, ...] = ()
    renewal_minor: int = 0
    buyer: Buyer = UNKNOWN_BUYER

    def __repr__(self) -> str:
        return f"Order(id={self.id!r}, status={str(self.status)!r})"  # without the buyer's data and the token

    @property
    def total(self) -> Money:
        """What the buyer pays."""
        return self.parts.total

    @property
    def inputs(self) -> tuple[Mapping[str, str], ...]:
        """The texts that the buyer wrote for each line, as far as they are known."""
        return self.buyer.inputs or (NO_METADATA,) * len(self.lines)

    @property
    def asks_address(self) -> bool:
        """Whether goods are delivered to an address."""
        return self.delivery is not None and not self.delivery.pick_up

    @property
    def ships_to(self) -> Destination:
        """Where the goods may go, as it is compared with what the provider reports; nothing of it matters if it is empty."""
        return self.place.comparable if self.asks_address else NOWHERE

    @property
    def interval(self) -> Interval | None:
        """How often the recurring lines are charged, or None if there are none: a cart has one interval at most."""
        return next((line.interval for line in self.lines if line.interval), None)

    @property
    def recurring(self) -> bool:
        """Whether any line is charged repeatedly."""
        return self.interval is not None


class PaymentEvent(NamedTuple):
    """One verified event of a provider, from a webhook or from reading its API.

    An event belongs to an order by one of its ids: the order's own id if the engine read or made the event itself, else the
    checkout's id, else a known dispute, payment or subscription. Texts that a buyer or another program could have set are in
    `claimed_order_id`, which never binds a payment.

    Args:
        provider: The provider's name.
        id: The provider's id of the event; a repeated delivery has the same id.
        type: The provider's own name for the event.
        kind: What the event means for an order.
        order_id: The order, if the engine read or made the event itself, or empty.
        checkout_ref: The provider's id of the checkout, as in `CheckoutSession.ref`, or empty.
        claimed_order_id: The order that the event's metadata names, or empty.
        amount: For `PAID` and `PENDING` the amount of the payment, without a tip; for `REFUNDED` and `REFUND_FAILED` the total
            refunded of the payment; for `RENEWED` what was charged; for a dispute the disputed amount.
        tip_minor: The tip beside the amount, in minor units of the same currency.
        refunded: The total refunded of the payment, if the provider reported it together with a payment.
        payment_ref: The provider's id of the payment, or empty.
        subscription_ref: The provider's id of the subscription, or empty.
        object_id: The provider's id of the invoice, refund or dispute, so each gets its own message; or empty.
        review_reason: Why the event cannot be applied, whatever the order is: one of `ReviewReason`, or empty.
        dispute_reason: The provider's reason of a dispute, or empty.
        due_at: Until when a dispute has to be answered, in Unix seconds, or None.
        is_part: Whether other payments of the same checkout may follow, as with a gift card and a card.
        created_at: When the provider created the event, in Unix seconds, or None if unknown.
        must_read: The content proves nothing, or has no total: the checkout has to be read.
        was_read: Whether the content was read from the provider; a later event with this id may have another amount.
        delivery_id: The provider's id of the delivery, if its signature does not cover the whole body; or empty.
        body_digest: The SHA-256 of that delivery's body, in hex, or empty.
        place: Where the provider delivers to, as far as it names that; empty if it has no address. Compared with the order's
            `ships_to`. None if the event does not say: then the checkout of an order that is delivered is read first.
    """

    provider: str
    id: str
    type: str
    kind: EventKind
    order_id: str = ""
    checkout_ref: str = ""
    claimed_order_id: str = ""
    amount: Money | None = None
    tip_minor: int = 0
    refunded: Money | None = None
    payment_ref: str = ""
    subscription_ref: str = ""
    object_id: str = ""
    review_reason: str = ""
    dispute_reason: str = ""
    due_at: int | None = None
    is_part: bool = False
    created_at: int | None = None
    must_read: bool = False
    was_read: bool = False
    delivery_id: str = ""
    body_digest: str = ""
    place: Destination | None = None

    @property
    def payment_key(self) -> str:
        """The key of the payment among all of its provider: a subscription's first payment has no id of its own."""
        return self.payment_ref or self.subscription_ref or self.checkout_ref or self.order_id


class Verdict(StrEnum):
    """The decision about an event, saved with it."""

    APPLIED = "applied"
    MISMATCH = "mismatch"  # it does not fit its order, which needs review
    PARKED = "parked"  # its payment, dispute or subscription is not known yet; the event is kept for 7 days
