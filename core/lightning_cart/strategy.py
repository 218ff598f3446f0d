"""What every way to pay can do: the one interface that Stripe, PayPal and Square are behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol, Self

from lightning_cart.errors import InvalidField, MoneyError
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.money import Money, WireRules
from lightning_cart.needs import Need
from lightning_cart.order import CheckoutSession, Order, WebhookEvent


@dataclass(frozen=True, slots=True)
class Limits:
    """What a way to pay can take, as data.

    Args:
        wire: how amounts are written.
        maximum: the largest integer on the wire.
        minimum: currency to smallest total, in ISO minor units; 1 where none is named.
        lines: the most lines of one order.
        recurring_lines: the most lines of an order with a recurring one, of each sort; 0 where none can recur.
        mixed: whether one-time and recurring lines may stand in one order.
    """

    wire: WireRules
    maximum: int
    minimum: Mapping[str, int] = field(default_factory=dict)
    lines: int = 100
    recurring_lines: int = 0
    mixed: bool = False


class PaymentStrategy(Protocol):
    """A way to pay. It performs no I/O: each step is a flow that somebody else drives."""

    name: ClassVar[str]
    label: ClassVar[str]
    limits: ClassVar[Limits]
    needs: ClassVar[Sequence[Need]]
    signature_header: ClassVar[str]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The strategy with its keys.

        Raises:
            MissingKeys: naming what is absent or malformed.
        """
        ...

    @classmethod
    def provider_name(cls) -> str:
        """One account, one webhook path, one set of secrets: `stripe` for both of Stripe's strategies."""
        ...

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Open a hosted checkout. The same order always gives the same requests, so a repeat cannot open a second one.

        Args:
            order: saved already.
            success_url: where the provider sends the buyer who paid.
            cancel_url: where it sends the buyer who turned back.
        """
        ...

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[WebhookEvent]:
        """Check that the provider sent a request, and read it.

        Args:
            request: as received; its body's bytes are what is signed.
            now: Unix seconds.

        Raises:
            BadSignature: it did not, or it cannot be read. No other error comes of any request.
        """
        ...

    def read_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """Ask the provider how an order's checkout stands, as an event to settle. The order has a session."""
        ...

    def expire_checkout(self, order: Order) -> Flow[WebhookEvent]:
        """Close an order's checkout, so that nobody can pay it any more. The order has a session."""
        ...


def check_limits(order: Order, limits: Limits) -> None:
    """Refuse an order that a way to pay cannot take, before the provider hears of it.

    Raises:
        InvalidField: naming the field of the cart that is at fault.
    """
    recurring = sum(1 for line in order.lines if line.interval)
    single = len(order.lines) - recurring
    if recurring and not limits.recurring_lines:
        raise InvalidField("items", f"{order.strategy} cannot charge a recurring price")
    if recurring and single and not limits.mixed:
        raise InvalidField("items", f"{order.strategy} cannot take one-time and recurring products in one order")
    most = limits.recurring_lines if recurring else limits.lines
    if max(recurring, single) > most:
        raise InvalidField("items", f"must have at most {most} lines")
    try:
        for line in order.lines:
            limits.wire.to_wire(line.unit)
        wire_total = limits.wire.to_wire(order.total)
    except MoneyError as error:
        raise InvalidField("currency", f"{order.strategy} cannot charge this: {error}") from error
    least = Money(limits.minimum.get(order.total.currency, 1), order.total.currency)
    if order.total < least:
        raise InvalidField(
            "items", f"the total of {order.total.display} is below the least that can be charged, {least.display}"
        )
    if wire_total > limits.maximum:
        raise InvalidField("items", f"the total of {order.total.display} is more than {order.strategy} can charge at once")
