"""The strategy `acorn_pay`: a payment on Acorn's hosted page."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest
from lightning_cart.providers.acorn import webhook
from lightning_cart.providers.acorn.api import call
from lightning_cart.providers.acorn.config import NAME, SETTINGS, AcornConfig
from lightning_cart.providers.acorn.payment import AMOUNTS, CURRENCIES, MAXIMUM, payment_body, read_amount, read_payment
from lightning_cart.providers.strategy import CheckoutReading, Limits
from lightning_cart.providers.untrusted_json import get_id, get_text
from lightning_cart.settings import Setting
from lightning_cart.urls import is_https_or_loopback


def _path(order: Order) -> str:
    return f"/v1/payments/{order.session.id if order.session else ''}"


class AcornPay:
    """The strategy `acorn_pay`.

    Args:
        config: The key, the secrets and the API's URL.
    """

    name: ClassVar[str] = "acorn_pay"
    label: ClassVar[str] = "Acorn Pay"
    settings: ClassVar[Sequence[Setting]] = SETTINGS
    signature_header: ClassVar[str] = webhook.HEADER
    # The amount of a payment is the order's total, so it contains tax and discount. Acorn's page asks for no address.
    limits: ClassVar[Limits] = Limits(
        amounts=AMOUNTS,
        maximum=MAXIMUM,
        currencies=CURRENCIES,
        delivery_line=None,
        tax_line=False,
        discount_line=False,
    )

    def __init__(self, config: AcornConfig) -> None:
        self.config = config

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the strategy with its settings.

        Raises:
            InvalidSettings: Settings are absent or malformed.
        """
        return cls(AcornConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """Return `acorn`."""
        return NAME

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Create the payment: `POST /v1/payments`, safe to repeat."""
        body = payment_body(order, success_url, cancel_url)
        payment = yield from call(self.config, "POST", "/v1/payments", body, f"chk-{order.id}-1")
        payment_id, url = get_id(payment, "id"), get_text(payment, "url")
        if not payment_id or not is_https_or_loopback(url):
            raise ProviderRefused(NAME, "returned a payment without an id or a URL")
        if payment.get("reference") != order.id or read_amount(payment, "amount") != order.total:
            raise ProviderRefused(NAME, "returned a payment of another order or amount")
        return CheckoutSession(payment_id, url, None)

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        """Verify the signature and read the event, without a call to Acorn."""
        return webhook.verify(self.config, request, now)
        yield  # makes this function a generator, as every flow is

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:  # noqa: ARG002
        """Read the payment: `GET /v1/payments/{id}`. Acorn captures by itself."""
        return read_payment((yield from call(self.config, "GET", _path(order))), order)

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Close the payment: `POST /v1/payments/{id}/close`. If the buyer has paid, the response says `paid`."""
        payment = yield from call(self.config, "POST", f"{_path(order)}/close", idempotency_key=f"cls-{order.id}-1")
        return read_payment(payment, order)

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Refund the payment: `POST /v1/payments/{id}/refunds`, where Acorn never takes one reference twice."""
        body = {"reference": refund.id, "amount": AMOUNTS.to_provider(refund.amount)}
        result = yield from call(self.config, "POST", f"{_path(order)}/refunds", body, refund.id)
        if not get_id(result, "id"):
            raise ProviderUnavailable(NAME, "returned a refund without an id")
        status = RefundStatus.SUCCEEDED if get_text(result, "status") == "done" else RefundStatus.PENDING
        return RefundResult(get_id(result, "id"), status, read_amount(result.get("payment"), "refunded"))
