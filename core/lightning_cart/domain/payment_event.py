"""What a provider reports of a payment, as one event of an order."""

from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.buyer import NO_CONTACT, Contact, Destination
from lightning_cart.domain.money import Money


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
        contact: What the provider reports of the buyer, which is kept with the order.
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
    contact: Contact = NO_CONTACT

    @property
    def payment_key(self) -> str:
        """The key of the payment among all of its provider: a subscription's first payment has no id of its own."""
        return self.payment_ref or self.subscription_ref or self.checkout_ref or self.order_id


class Verdict(StrEnum):
    """The decision about an event, saved with it."""

    APPLIED = "applied"
    MISMATCH = "mismatch"  # it does not fit its order, which needs review
    PARKED = "parked"  # its payment, dispute or subscription is not known yet; the event is kept for 7 days
