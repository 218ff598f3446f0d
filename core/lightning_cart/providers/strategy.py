"""The interface that every payment strategy implements, and the limits that a cart is checked against."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, Self, runtime_checkable

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import InvalidField
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.providers.sent_lines import check_amounts, check_lines, sent_lines
from lightning_cart.settings import Setting


class Limits(NamedTuple):
    """What a strategy can charge, as data. Carts are checked against it, and `GET /strategies` shows it.

    Args:
        amounts: The provider's format of amounts.
        maximum: The largest integer that the provider takes as an amount.
        minimum: The smallest total by currency, in ISO minor units; 1 for any other currency.
        currencies: The currencies that can be charged, or `None` for every one that `amounts` does not refuse.
        lines: The maximum number of lines in an order.
        recurring_lines: The maximum of recurring and of one-time lines in an order with a recurring one; 0 if none can recur.
        mixed_intervals: Whether one order may have one-time and recurring lines.
        lifetime: Seconds in which a checkout can be paid, or `None` if it does not expire.
        has_cancel_page: Whether the provider's page links to the site's cancel page.
        text_units: The UTF-16 units, and the bytes in UTF-8, of a product's name or description that the provider shows, or
            `None` for all that a catalogue can have.
        delivery_line: Whether the price of the delivery is sent as a line; `False` if the provider has a field for it, `None`
            if the strategy does not send it, so that it takes no order that is delivered.
        tax_line: The same of tax that is added to the prices.
        discount_line: Whether a discount is sent as reduced lines; `False` if the provider has a field for it, `None` if the
            strategy does not send it.
        refused_countries: Countries in which the provider takes no delivery address.
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
    text_units: int | None = None
    delivery_line: bool | None = None
    tax_line: bool | None = None
    discount_line: bool | None = None
    refused_countries: frozenset[str] = frozenset()

    def accepts_currency(self, currency: str) -> bool:
        """Return whether a currency can be charged at all."""
        return currency not in self.amounts.refused and (self.currencies is None or currency in self.currencies)

    def min_total(self, currency: str) -> Money:
        """Return the smallest total that can be charged."""
        return Money(self.minimum.get(currency, 1), currency)

    def max_total(self, currency: str) -> Money:
        """Return the largest total that can be charged and stored exactly in ISO minor units."""
        multiple = self.amounts.multiples.get(currency, 1)
        step = self.amounts.from_provider(multiple, currency).minor
        limit = min(self.maximum // multiple * step, MAX_SAFE_INTEGER)
        return Money(limit - limit % step, currency)


class CheckoutReading(NamedTuple):
    """What a provider reports of an order's checkout.

    Args:
        events: One for each payment, else one for the checkout's end; none while the buyer has not paid.
        approval_url: The page where the buyer has to approve the payment again, as after a declined card; or empty.
        captured: Whether reading captured the payment, because the buyer had approved it.
        refunds: The status of each refund by its id, if the provider's webhooks do not prove it; else None.
        is_elsewhere: The buyer has approved a delivery to another place than the order's `ships_to`, so nothing was captured.
            The order stays open, and the buyer can approve another address.
    """

    events: tuple[PaymentEvent, ...] = ()
    approval_url: str = ""
    captured: bool = False
    refunds: Mapping[str, RefundStatus] | None = None
    is_elsewhere: bool = False


class PaymentStrategy(Protocol):
    """A payment strategy. It does no I/O: each method that calls the provider is a flow, which a driver runs."""

    name: ClassVar[str]
    label: ClassVar[str]
    limits: ClassVar[Limits]
    settings: ClassVar[Sequence[Setting]]
    signature_header: ClassVar[str]

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the strategy with its settings.

        Raises:
            InvalidSettings: Settings are absent or malformed; the error names them all.
        """
        ...

    @classmethod
    def provider_name(cls) -> str:
        """Return the provider's name, which names the webhook path. Strategies of one account share it."""
        ...

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Create a hosted checkout. The same order gives the same requests, so a repeat cannot create a second one.

        Args:
            order: The order, already saved.
            success_url: Where the provider sends a buyer who has paid.
            cancel_url: Where the provider sends a buyer who cancels.

        Raises:
            InvalidField: The account cannot charge the order, for example because it has another currency.
            InvalidSettings: A setting names something that the provider does not know.
            ProviderError: The provider refused or did not answer.
        """
        ...

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        """Verify that the provider sent a webhook, and read it.

        Args:
            request: The request as received; the bytes of its body are signed.
            now: Unix seconds.

        Raises:
            BadSignature: The provider did not send it, or it cannot be read. No request raises another error.
            ProviderError: The provider had to be asked about it, and refused or did not answer.
        """
        ...

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
        """Read an order's checkout and all its payments. The order has a session.

        Report the refunded total of each payment, dashboard refunds included, at least if the order is paid already.

        Args:
            order: The order.
            capture: Whether to capture the payment if the buyer has approved it and the provider waits for a capture.
        """
        ...

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Expire an order's checkout, so that it can no longer be paid. The order has a session."""
        ...

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Refund one payment of an order, or read the state of a refund that the provider already has.

        The refund's id is the idempotency key, so repeated calls refund once. A refund that `may_exist_already` can be older
        than the provider keeps its keys. If those expire, look for the refund first.

        Raises:
            ProviderRefused: The provider refused; nothing was refunded.
            ProviderUnavailable: The outcome is unknown.
        """
        ...


@runtime_checkable
class ChecksSettings(Protocol):
    """A strategy that can check its settings. The doctor checks others by reading a checkout that does not exist."""

    def check_settings(self) -> Flow[None]:
        """Read something that only correct settings can read, without creating anything.

        Raises:
            InvalidSettings: A setting is wrong; the error names it.
            ProviderError: The provider refused or did not answer.
        """
        ...


@runtime_checkable
class PrefillsPage(Protocol):
    """A strategy whose page takes the buyer's e-mail address in its URL, which is not stored with it."""

    def buyer_url(self, order: Order, session: CheckoutSession) -> str:
        """Return the URL of the page for the buyer of an order."""
        ...


def check_limits(order: Order, limits: Limits, *, is_total_known: bool = True) -> None:
    """Refuse an order that a strategy cannot charge, without a call to the provider.

    Args:
        order: The priced order.
        limits: The strategy's limits.
        is_total_known: Whether nothing more is added to the total. Else it may still reach the least that can be charged.

    Raises:
        InvalidField: The order exceeds a limit; the error names the cart's field.
    """
    sent = sent_lines(order, limits)
    check_lines(order, limits, sent)
    currency = order.total.currency
    if not limits.accepts_currency(currency):
        for_buyer = f"This way to pay does not take {currency}."
        raise InvalidField("currency", f"{order.strategy} cannot charge {currency}", for_buyer)
    check_amounts(order, limits, sent)
    minimum = limits.min_total(currency)
    if is_total_known and order.total < minimum:
        total = order.total.display
        reason = f"the total of {total} is below the minimum that {order.strategy} can charge, {minimum.display}"
        raise InvalidField(
            "items", reason, f"This way to pay takes {minimum.display} or more, and your order comes to {total}."
        )
    if limits.max_total(currency) < order.total:
        total = order.total.display
        reason = f"the total of {total} is more than {order.strategy} can charge at once"
        raise InvalidField("items", reason, f"Your order comes to {total}, which is more than this way to pay takes at once.")


def choose_able(order: Order, offered: Mapping[str, type[PaymentStrategy]]) -> None:
    """Refuse an order that its strategy cannot charge, and name the site's strategies that can.

    Args:
        order: The priced order, with the strategy that the buyer chose.
        offered: Every strategy of the site, by name.

    Raises:
        InvalidField: The order exceeds a limit; the error names the cart's field.
    """
    try:
        check_limits(order, offered[order.strategy].limits)
    except InvalidField as refusal:
        raise name_able(refusal, order, offered) from refusal


def name_able(refusal: InvalidField, order: Order, offered: Mapping[str, type[PaymentStrategy]]) -> InvalidField:
    """Return a refusal with the names of the strategies that can charge the order.

    Args:
        refusal: Why the order's own strategy cannot charge it.
        order: The refused order.
        offered: Every strategy of the site, by name.
    """
    able = [name for name, other in offered.items() if name != order.strategy and _is_able(order, other.limits)]
    labels = " or ".join(offered[name].label for name in able)
    hint = f"{' or '.join(able)} can take it" if able else "no way to pay of this site can take it"
    advice = f"Please choose {labels}." if able else "No other way to pay here takes it either: please change your order."
    return InvalidField(refusal.field, f"{refusal.reason}; {hint}", f"{refusal.for_buyer} {advice}")


def _is_able(order: Order, limits: Limits) -> bool:
    try:
        check_limits(order, limits)
    except InvalidField:
        return False
    return True
