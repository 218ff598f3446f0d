"""The strategy `square`: a payment link that is paid once. Source: Square API reference, Checkout API."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from lightning_cart.domain.buyer import Contact
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, Json
from lightning_cart.providers.setting_signs import ModeSign, base_sign
from lightning_cart.providers.square import refund as refunds
from lightning_cart.providers.square import webhook
from lightning_cart.providers.square.amounts import AMOUNTS, CURRENCIES, MAXIMUM, read_amount
from lightning_cart.providers.square.api import call, exchange
from lightning_cart.providers.square.config import LIVE, NAME, SANDBOX, SETTINGS, SquareConfig
from lightning_cart.providers.square.contact import read_order_contact, read_order_place
from lightning_cart.providers.square.events import payment_event, unpaid_event
from lightning_cart.providers.square.link import link_body
from lightning_cart.providers.square.location import Location
from lightning_cart.providers.strategy import CheckoutReading, Limits
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, parse_object
from lightning_cart.settings import Setting
from lightning_cart.urls import is_https_or_loopback

if TYPE_CHECKING:
    from lightning_cart.providers.webhook_endpoints import WebhookEndpoint

_LINKS = "/v2/online-checkout/payment-links"


def _parse_session(response: Json, order: Order) -> CheckoutSession:
    """Return the link as a session. Its id has two parts: the link's id, to delete it, and the order's id, to read it."""
    link_id, square_order_id = get_id(response, "payment_link", "id"), get_id(response, "payment_link", "order_id")
    url = get_text(response, "payment_link", "url")
    if not link_id or not square_order_id or not is_https_or_loopback(url):
        raise ProviderRefused(NAME, "returned a link without an id, an order or a URL")
    # A rule of the account may have added a tax or a discount, so that the buyer would pay another amount than was shown.
    totals = [read_amount(get(one, "total_money")) for one in get_list(response, "related_resources", "orders")]
    if not totals or any(total != order.total for total in totals):
        raise ProviderRefused(NAME, "returned no order of this total: turn off the taxes and discounts that the account adds")
    return CheckoutSession(f"{link_id}:{square_order_id}", url, None)


def _contact(event: PaymentEvent, square_order: object) -> Contact:
    """Return who paid, with what only Square's order says: the phone number, and where the goods go as the place is read."""
    told = read_order_contact(square_order)
    return event.contact._replace(delivery=told.delivery or event.contact.delivery).completed_by(told)


def _split_session_id(order: Order) -> tuple[str, str]:
    link_id, _, square_order_id = (order.session.id if order.session else "").rpartition(":")
    return link_id, square_order_id


class Square:
    """The strategy `square`.

    Args:
        config: The token, the location and the webhook's keys.
    """

    name: ClassVar[str] = "square"
    label: ClassVar[str] = "Square"
    settings: ClassVar[Sequence[Setting]] = SETTINGS
    signature_header: ClassVar[str] = webhook.HEADER
    webhook_url_setting: ClassVar[str] = "SQUARE_WEBHOOK_URL"
    limits: ClassVar[Limits] = Limits(
        amounts=AMOUNTS,
        maximum=MAXIMUM,
        currencies=CURRENCIES,
        lines=100,
        has_cancel_page=False,
        delivery_line=True,
        tax_line=True,  # a tax of Square's is a percentage, and rounded half to even
        discount_line=False,
    )

    def __init__(self, config: SquareConfig) -> None:
        self.config = config
        self.location = Location(config)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """Return the strategy with its settings.

        Raises:
            InvalidSettings: Settings are absent or malformed.
        """
        return cls(SquareConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """Return `square`."""
        return NAME

    def mode_signs(self) -> Sequence[ModeSign]:
        """Return the modes of the token, if it shows one, and of the API."""
        base = base_sign("SQUARE_API_BASE", self.config.api_base, live=LIVE, test=SANDBOX)
        return ModeSign("SQUARE_ACCESS_TOKEN", self.config.has_live_token), base

    def webhook_url(self) -> str:
        """Return the notification URL."""
        return self.config.webhook_url

    def check_settings(self) -> Flow[None]:
        """Check the token and the location: `GET /v2/locations/{id}`."""
        yield from self.location.read()

    def list_webhook_endpoints(self) -> "Flow[Sequence[WebhookEndpoint]]":
        """List the application's webhook subscriptions: `GET /v2/webhooks/subscriptions`."""
        from lightning_cart.providers.square.endpoints import list_subscriptions  # noqa: PLC0415 - an engine never calls it

        return (yield from list_subscriptions(self.config))

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:  # noqa: ARG002
        """Create a link: `POST /v2/online-checkout/payment-links`. Square's page has no cancel link."""
        yield from self.location.check(order.total.currency)
        response = yield from call(
            self.config, "POST", _LINKS, link_body(order, self.config.location_id, success_url, self.limits)
        )
        return _parse_session(response, order)

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:  # noqa: ARG002
        """Verify the signature and read the event, without a call. Square signs no time, so `now` is not used."""
        yield from ()
        return webhook.verify(self.config, request)

    def read_checkout(self, order: Order, *, capture: bool) -> Flow[CheckoutReading]:  # noqa: ARG002
        """Read the order, `GET /v2/orders/{id}`, then each of its payments, `GET /v2/payments/{id}`."""
        _, square_order_id = _split_session_id(order)
        square_order = (yield from call(self.config, "GET", f"/v2/orders/{square_order_id}")).get("order")
        events = []
        for tender in get_list(square_order, "tenders"):
            payment_id = get_id(tender, "payment_id") or get_id(tender, "id")
            payment = (yield from call(self.config, "GET", f"/v2/payments/{payment_id}")).get("payment")
            event = payment_event(payment, order)
            if event.kind is not EventKind.IGNORED and get(payment, "order_id") == square_order_id:
                contact = _contact(event, square_order)
                events.append(event._replace(place=read_order_place(square_order) or event.place, contact=contact))
        if not events and get(square_order, "state") == "CANCELED":
            events = [unpaid_event(order, EventKind.CANCELLED)]
        return CheckoutReading(tuple(events))

    def expire_checkout(self, order: Order) -> Flow[CheckoutReading]:
        """Delete the link: `DELETE …/payment-links/{id}`. If Square cancels no order, it was paid or is gone, so read it."""
        link_id, square_order_id = _split_session_id(order)
        response = yield from exchange(self.config, "DELETE", f"{_LINKS}/{link_id}")
        if response.status == 200 and parse_object(response.body).get("cancelled_order_id") == square_order_id:
            return CheckoutReading((unpaid_event(order, EventKind.EXPIRED),))
        return (yield from self.read_checkout(order, capture=False))

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """Refund the payment: `POST /v2/refunds`, once per refund id."""
        return (yield from refunds.refund_payment(self.config, order, refund))
