"""Orders and payment events, and the values that both can have."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from lightning_cart.domain.buyer import NOWHERE, UNKNOWN_BUYER, Buyer, Destination
from lightning_cart.domain.catalog import NO_METADATA, Interval
from lightning_cart.domain.document import DocumentNumber
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


class Dispute(StrEnum):
    """Whether the buyer has disputed the payment; independent of the status."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


FREE, ENGINE = "free", "engine"  # the strategy and the provider of an order that comes to nothing
UNPAID_STATUSES = (OrderStatus.OPEN, OrderStatus.PENDING)  # the checkout may still be paid
ENDED_STATUSES = (OrderStatus.FAILED, OrderStatus.EXPIRED, OrderStatus.CANCELLED)  # without money that is kept
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
        buyer: What is known of the buyer; not part of `repr`.
        code: The discount code that took something off, or empty.
        page_token: The secret part of the URLs of the order's page and receipt; or empty.
        by_form: Whether a plain form started the checkout, so that the buyer may have no JavaScript.
        number: The number of the receipt, or None as long as nobody has seen it.
        forgotten_at: When an operator had the buyer forgotten, in Unix seconds, or None.
        asks_vat_id: Whether the provider's page asks for a VAT id, where it can.
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
    code: str = ""
    page_token: str = ""
    by_form: bool = False
    number: DocumentNumber | None = None
    forgotten_at: int | None = None
    asks_vat_id: bool = False

    def __repr__(self) -> str:
        return f"Order(id={self.id!r}, status={str(self.status)!r})"  # without the buyer's data and the token

    @property
    def is_free(self) -> bool:
        """Whether the engine took the order by itself, because there was nothing to pay."""
        return self.strategy == FREE

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
