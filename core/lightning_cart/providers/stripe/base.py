"""The base class of Stripe's two strategies: settings, webhooks and refunds of one account."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.providers.setting_signs import ModeSign, base_sign
from lightning_cart.providers.strategy import CheckoutReading
from lightning_cart.providers.stripe import refund as refunds
from lightning_cart.providers.stripe import webhook
from lightning_cart.providers.stripe.config import NAME, SETTINGS, StripeConfig
from lightning_cart.providers.stripe.dispute import find_subscription
from lightning_cart.settings import Setting

if TYPE_CHECKING:
    from lightning_cart.providers.webhook_endpoints import WebhookEndpoint


class StripeStrategy:
    """A strategy of one Stripe account, without the methods of its checkout.

    Args:
        config: The account's keys and the API's URL.
    """

    settings: ClassVar[Sequence[Setting]] = SETTINGS
    signature_header: ClassVar[str] = webhook.HEADER

    def __init__(self, config: StripeConfig) -> None:
        self.config = config

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the strategy with its settings.

        Raises:
            InvalidSettings: Settings are absent or malformed.
        """
        return cls(StripeConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """Return `stripe`."""
        return NAME

    def mode_signs(self) -> Sequence[ModeSign]:
        """Return the mode of the key, and that an API on this machine is a sandbox."""
        return (
            ModeSign("STRIPE_SECRET_KEY", self.config.is_live),
            base_sign("STRIPE_API_BASE", self.config.api_base, live="", test=""),
        )

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        """Verify the signature and read the event. Only a dispute or refund without an order needs a call."""
        return (yield from find_subscription(self.config, webhook.verify(self.config, request, now)))

    def list_webhook_endpoints(self) -> "Flow[Sequence[WebhookEndpoint]]":
        """List the account's webhook endpoints: `GET /v1/webhook_endpoints`."""
        from lightning_cart.providers.stripe.endpoints import list_endpoints  # noqa: PLC0415 - an engine never calls it

        return (yield from list_endpoints(self.config))

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Refund the payment: `POST /v1/refunds`, once per refund id."""
        return (yield from refunds.refund_payment(self.config, order, refund))

    def reading(self, order: Order, events: Sequence[PaymentEvent]) -> Flow[CheckoutReading]:
        """Return events that were read of an order. Those of a paid order get the refunded total of their payment."""
        found = []
        for event in events:
            refunded = None
            has_charge = event.payment_ref or event.subscription_ref
            if event.kind is EventKind.PAID and order.status is not OrderStatus.OPEN and has_charge:
                refunded = yield from refunds.read_refunded(self.config, order, event.payment_key)
            found.append(event._replace(refunded=refunded))
        return CheckoutReading(tuple(event for event in found if event.kind is not EventKind.IGNORED))
