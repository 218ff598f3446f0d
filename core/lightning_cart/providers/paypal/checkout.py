"""The strategy `paypal`: an order that the buyer approves on PayPal's page. Source: PayPal REST API reference, Orders v2."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.errors import InvalidField, ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, HttpResponse, Json, json_bytes
from lightning_cart.providers.paypal import refund as refunds
from lightning_cart.providers.paypal import webhook
from lightning_cart.providers.paypal.amounts import AMOUNTS, CURRENCIES, MAXIMUM
from lightning_cart.providers.paypal.api import PayPalApi, parse_issue, parse_refusal
from lightning_cart.providers.paypal.capture import read_and_abandon, read_and_capture
from lightning_cart.providers.paypal.certificate import Certificates
from lightning_cart.providers.paypal.config import LIVE, NAME, SANDBOX, SETTINGS, PayPalConfig
from lightning_cart.providers.paypal.events import matches_order
from lightning_cart.providers.paypal.purchase_unit import (
    MAX_TEXT_LENGTH,
    known_shipping,
    purchase_unit,
    shipping_preference,
)
from lightning_cart.providers.paypal.transmission import HEADER
from lightning_cart.providers.setting_signs import ModeSign, base_sign
from lightning_cart.providers.strategy import CheckoutReading, Limits
from lightning_cart.providers.untrusted_json import get_id, get_list, get_text, parse_object
from lightning_cart.settings import Setting
from lightning_cart.urls import is_https_or_loopback

if TYPE_CHECKING:
    from lightning_cart.providers.webhook_endpoints import WebhookEndpoint

CHECKOUT_SECONDS = 6 * 3600  # PayPal deletes an order that is not approved in this time
# What is wrong with an address that the cart has and PayPal's page would show without letting the buyer change it.
_ADDRESS_ISSUES = frozenset(
    {
        "CITY_REQUIRED", "COUNTRY_NOT_SUPPORTED_BY_PAYMENT_SOURCE", "INVALID_COUNTRY_CODE", "POSTAL_CODE_REQUIRED",
        "SHIPPING_ADDRESS_INVALID",
    }
)  # fmt: skip


def order_body(order: Order, success_url: str, cancel_url: str) -> Json:
    """Return the body that creates an order. It depends on the stored order alone."""
    payer: dict[str, object] = {
        "experience_context": {
            "return_url": success_url,
            "cancel_url": cancel_url,
            "user_action": "PAY_NOW",
            "shipping_preference": shipping_preference(order),
        }
    }
    if order.customer_email:
        payer["email_address"] = order.customer_email
    return {"intent": "CAPTURE", "purchase_units": [purchase_unit(order)], "payment_source": {"paypal": payer}}


def _parse_session(response: Json, order: Order) -> CheckoutSession:
    if not matches_order(response, order):
        raise ProviderRefused(NAME, "returned an order of another amount or id")
    # PayPal returns `payer-action` if the request names the wallet, else `approve`.
    links = {get_text(link, "rel"): get_text(link, "href") for link in get_list(response, "links")}
    url = links.get("payer-action") or links.get("approve", "")
    order_id = get_id(response, "id")
    if not order_id or not is_https_or_loopback(url):
        raise ProviderRefused(NAME, "returned an order without an id or an approval URL")
    return CheckoutSession(order_id, url, order.created_at + CHECKOUT_SECONDS)


def _refused_address(response: HttpResponse, order: Order) -> InvalidField | None:
    """Return the buyer's error if PayPal refuses the address that the cart has, else None."""
    issue = parse_issue(response)
    if known_shipping(order) is None or issue not in _ADDRESS_ISSUES:
        return None
    return InvalidField("delivery", f"paypal refuses this address: {issue}", "PayPal does not take this delivery address.")


class PayPal:
    """The strategy `paypal`.

    Args:
        config: The app's credentials, the API's URL and the trust anchors.
    """

    name: ClassVar[str] = "paypal"
    label: ClassVar[str] = "PayPal"
    settings: ClassVar[Sequence[Setting]] = SETTINGS
    signature_header: ClassVar[str] = HEADER
    limits: ClassVar[Limits] = Limits(
        amounts=AMOUNTS,
        maximum=MAXIMUM,
        currencies=CURRENCIES,
        lines=100,
        lifetime=CHECKOUT_SECONDS,
        text_units=MAX_TEXT_LENGTH,
        delivery_line=False,
        tax_line=False,
        discount_line=False,
    )

    def __init__(self, config: PayPalConfig) -> None:
        self.api = PayPalApi(config)
        self.certificates = Certificates(config)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the strategy with its settings.

        Raises:
            InvalidSettings: Settings are absent or malformed.
        """
        return cls(PayPalConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """Return `paypal`."""
        return NAME

    def mode_signs(self) -> Sequence[ModeSign]:
        """Return the mode of the API: PayPal's credentials do not show theirs."""
        return (base_sign("PAYPAL_API_BASE", self.api.config.api_base, live=LIVE, test=SANDBOX),)

    def check_settings(self) -> Flow[None]:
        """Check the API's URL and the credentials: `POST /v1/oauth2/token`."""
        yield from self.api.check()

    def list_webhook_endpoints(self) -> "Flow[Sequence[WebhookEndpoint]]":
        """List the app's webhooks: `GET /v1/notifications/webhooks`."""
        from lightning_cart.providers.paypal.endpoints import list_webhooks  # noqa: PLC0415 - an engine never calls it

        return (yield from list_webhooks(self.api))

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:
        """Create an order: `POST /v2/checkout/orders`, safe to repeat for 6 hours."""
        body = json_bytes(order_body(order, success_url, cancel_url))
        request_id = f"chk-{order.id}-1"
        path = "/v2/checkout/orders"
        response = yield from self.api.exchange(order.updated_at, "POST", path, body, request_id=request_id)
        if response.status not in {200, 201}:
            raise _refused_address(response, order) or parse_refusal(response)
        return _parse_session(parse_object(response.body), order)

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:
        """Verify the signature, by certificate or by asking PayPal, and read the event."""
        return (yield from webhook.verify(self.api, self.certificates, request, now))

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:
        """Read the order: `GET /v2/checkout/orders/{id}`. Capture it if the buyer has approved it and `capture` allows it."""
        return (yield from read_and_capture(self.api, order, capture=capture))

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Abandon the order. PayPal has no call for it, but only our capture can pay it."""
        return (yield from read_and_abandon(self.api, order))

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Refund the capture: `POST /v2/payments/captures/{id}/refund`, once per refund id."""
        return (yield from refunds.refund_capture(self.api, order, refund))
