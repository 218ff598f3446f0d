"""What every way to pay can do: the one interface that Stripe, PayPal and Square are behind."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, Self, runtime_checkable

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.domain.order import CheckoutSession, Order, PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.errors import InvalidField, MoneyError
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.settings import Setting


class Limits(NamedTuple):
    """What a way to pay can take, as data: a cart is judged by it, and pages are shown it.

    Args:
        wire: How amounts are written.
        maximum: The largest integer on the wire.
        minimum: Currency to smallest total, in ISO minor units; 1 where none is named.
        currencies: Those that can be charged, or `None` for every one that `wire` does not refuse.
        lines: The most lines of one order.
        recurring_lines: The most lines of an order with a recurring one, of each sort; 0 where none can recur.
        mixed: Whether one-time and recurring lines may stand in one order.
        lifetime: How long a hosted checkout can be paid, in seconds, or `None` where it never ends by itself.
        cancels: Whether the provider's page leads back to the site's cancel page.
    """

    amounts: AmountFormat
    maximum: int
    minimum: Mapping[str, int] = {}
    currencies: frozenset[str] | None = None
    lines: int = 100
    recurring_lines: int = 0
    mixed_intervals: bool = False
    lifetime: int | None = None
    has_cancel_page: bool = True

    def accepts_currency(self, currency: str) -> bool:
        """Whether a currency can be charged at all."""
        return currency not in self.amounts.refused and (self.currencies is None or currency in self.currencies)

    def min_total(self, currency: str) -> Money:
        """The smallest total that can be charged."""
        return Money(self.minimum.get(currency, 1), currency)

    def max_total(self, currency: str) -> Money:
        """The largest total that can be charged, and kept exactly in our own minor units."""
        multiple = self.amounts.multiples.get(currency, 1)
        step = self.amounts.from_provider(multiple, currency).minor
        most = min(self.amounts.from_provider(self.maximum - self.maximum % multiple, currency).minor, MAX_SAFE_INTEGER)
        return Money(most - most % step, currency)


class PaymentStrategy(Protocol):
    """A way to pay. It performs no I/O: each step is a flow that somebody else drives."""

    name: ClassVar[str]
    label: ClassVar[str]
    limits: ClassVar[Limits]
    settings: ClassVar[Sequence[Setting]]
    signature_header: ClassVar[str]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The strategy with its keys.

        Raises:
            InvalidSettings: Naming what is absent or malformed.
        """
        ...

    @classmethod
    def provider_name(cls) -> str:
        """One account, one webhook path, one set of secrets: `stripe` for both of Stripe's strategies."""
        ...

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Open a hosted checkout. The same order always gives the same requests, so a repeat cannot open a second one.

        Args:
            order: Saved already.
            success_url: Where the provider sends the buyer who paid.
            cancel_url: Where it sends the buyer who turned back.

        Raises:
            InvalidField: Only now it turned out that the order cannot be taken, as where the account has one currency.
            InvalidSettings: A setting is there, and the provider knows nothing of what it names.
            ProviderError: The provider refused, or did not answer.
        """
        ...

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        """Check that the provider sent a request, and read it.

        Args:
            request: As received; its body's bytes are what is signed.
            now: Unix seconds.

        Raises:
            BadSignature: It did not, or it cannot be read. No other error comes of any request.
            ProviderError: Where the provider has to be asked, it could not be.
        """
        ...

    def read_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """Ask the provider how an order's checkout stands, as an event to settle. The order has a session.

        Where the buyer has agreed and the provider waits for us to take the money, take it.
        """
        ...

    def expire_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """Close an order's checkout, so that nobody can pay it any more. The order has a session."""
        ...

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Give money of a paid order back, or read how it stands with a refund that the provider has already.

        The same refund is given once, however often this is asked: its id is the key. A `repeated` one may be older than the
        provider keeps keys, so it is looked for first where the provider's keys end.

        Raises:
            ProviderRefused: A definite no; nothing went back.
            ProviderUnavailable: The outcome is not known.
        """
        ...

    def read_refunded(self, order: Order) -> Flow[Money | None]:
        """Ask the provider how much of a paid order was given back so far, by whomever; `None` where it does not say."""
        ...


@runtime_checkable
class ChecksSettings(Protocol):
    """A way to pay that can be asked whether its settings are right. Others are asked for a checkout that does not exist."""

    def check_settings(self) -> Flow[None]:
        """Ask the provider for what only right settings can get, without making anything.

        Raises:
            InvalidSettings: Naming the setting that is wrong.
            ProviderError: The provider refused, or did not answer.
        """
        ...


def check_limits(order: Order, limits: Limits) -> None:
    """Refuse an order that a way to pay cannot take, before the provider hears of it.

    Raises:
        InvalidField: Naming the field of the cart that is at fault.
    """
    recurring = sum(1 for line in order.lines if line.interval)
    single = len(order.lines) - recurring
    if recurring and not limits.recurring_lines:
        raise InvalidField("items", f"{order.strategy} cannot charge a recurring price")
    if recurring and single and not limits.mixed_intervals:
        raise InvalidField("items", f"{order.strategy} cannot take one-time and recurring products in one order")
    if recurring and max(recurring, single) > limits.recurring_lines:
        raise InvalidField("items", f"{order.strategy} takes at most {limits.recurring_lines} lines of each sort")
    if len(order.lines) > limits.lines:
        raise InvalidField("items", f"{order.strategy} takes at most {limits.lines} lines")
    currency = order.total.currency
    if not limits.accepts_currency(currency):
        raise InvalidField("currency", f"{order.strategy} cannot charge {currency}")
    try:
        for line in order.lines:
            limits.amounts.to_provider(line.unit_price)
    except MoneyError as error:
        raise InvalidField("currency", f"{order.strategy} cannot charge this: {error}") from error
    if order.total < limits.min_total(currency):
        raise InvalidField(
            "items",
            f"the total of {order.total.display} is below the least that {order.strategy} can charge, "
            f"{limits.min_total(currency).display}",
        )
    if limits.max_total(currency) < order.total:
        raise InvalidField("items", f"the total of {order.total.display} is more than {order.strategy} can charge at once")


def choose_able(order: Order, offered: Mapping[str, Limits]) -> None:
    """Refuse an order that its strategy cannot take, and say which of the others that are offered can.

    Args:
        order: Priced, with the strategy that the buyer chose.
        offered: Every strategy of the site, by name.

    Raises:
        InvalidField: Naming the field of the cart that is at fault.
    """
    try:
        check_limits(order, offered[order.strategy])
    except InvalidField as refusal:
        raise name_able(refusal, order, offered) from refusal


def name_able(refusal: InvalidField, order: Order, offered: Mapping[str, Limits]) -> InvalidField:
    """A refusal of an order's strategy, with the names of the others that can take the order.

    Args:
        refusal: What is wrong with the order for its own strategy.
        order: As refused.
        offered: Every strategy of the site, by name.
    """
    able = [name for name, limits in offered.items() if name != order.strategy and _is_able(order, limits)]
    hint = f"{' or '.join(able)} can take it" if able else "no way to pay of this site can take it"
    return InvalidField(refusal.field, f"{refusal.reason}; {hint}")


def _is_able(order: Order, limits: Limits) -> bool:
    try:
        check_limits(order, limits)
    except InvalidField:
        return False
    return True
