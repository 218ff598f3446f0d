"""Square payment links: a page that is made from an order and paid once. Source: Square API reference, Checkout API."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, EventKind, LineItem, Order, PaymentEvent
from lightning_cart.domain.refund import Refund, RefundResult
from lightning_cart.errors import ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import HttpRequest, Json
from lightning_cart.providers.square import refund as refunds
from lightning_cart.providers.square import webhook
from lightning_cart.providers.square.amounts import AMOUNTS, CURRENCIES, MAXIMUM, amount, read_amount
from lightning_cart.providers.square.api import call, exchange
from lightning_cart.providers.square.config import NAME, SETTINGS, SquareConfig
from lightning_cart.providers.square.events import payment_event, unpaid_event
from lightning_cart.providers.square.location import Location
from lightning_cart.providers.strategy import Limits
from lightning_cart.providers.untrusted_json import get, get_id, get_list, get_text, parse_object
from lightning_cart.settings import Setting
from lightning_cart.urls import is_https_or_loopback

_LINKS = "/v2/online-checkout/payment-links"


def _line(line: LineItem) -> Json:
    item: dict[str, object] = {"name": line.name, "quantity": str(line.quantity), "base_price_money": amount(line.unit_price)}
    if line.description:
        item["note"] = line.description
    return item


def link_body(order: Order, location_id: str, success_url: str) -> Json:
    """What to create a link with: a function of the stored order alone. Square adds the total up itself.

    The page's own metadata stays with us: Square keeps fewer and shorter values than a cart may have.
    """
    body: dict[str, object] = {
        "idempotency_key": f"chk-{order.id}-1",
        "description": f"Order {order.id}",
        "payment_note": order.id,
        "order": {
            "location_id": location_id,
            "reference_id": order.id,
            "metadata": {"order_id": order.id, "site_id": order.site_id},
            "line_items": [_line(line) for line in order.lines],
        },
        "checkout_options": {"redirect_url": success_url},
    }
    if order.customer_email:
        body["pre_populated_data"] = {"buyer_email": order.customer_email}
    return body


def _parse_session(answer: Json, order: Order) -> CheckoutSession:
    """The link, under an id of two parts: the link's, to delete it, and its order's, to read it."""
    link_id, square_order_id = get_id(answer, "payment_link", "id"), get_id(answer, "payment_link", "order_id")
    url = get_text(answer, "payment_link", "url")
    if not link_id or not square_order_id or not is_https_or_loopback(url):
        raise ProviderRefused(NAME, "answered a link without an id, an order or an address")
    # A rule of the account may have added a tax or a discount: then the buyer would pay another amount than was shown.
    for made in get_list(answer, "related_resources", "orders"):
        if read_amount(get(made, "total_money")) != order.total:
            raise ProviderRefused(NAME, "answered an order of another total")
    return CheckoutSession(f"{link_id}:{square_order_id}", url, None)


def _split_session_id(order: Order) -> tuple[str, str]:
    link_id, _, square_order_id = (order.session.id if order.session else "").rpartition(":")
    return link_id, square_order_id


class Square:
    """The strategy `square`.

    Args:
        config: The token, the location that sells, and the webhook's keys.
    """

    name: ClassVar[str] = "square"
    label: ClassVar[str] = "Square"
    settings: ClassVar[Sequence[Setting]] = SETTINGS
    signature_header: ClassVar[str] = webhook.HEADER
    limits: ClassVar[Limits] = Limits(amounts=AMOUNTS, maximum=MAXIMUM, currencies=CURRENCIES, lines=100, has_cancel_page=False)

    def __init__(self, config: SquareConfig) -> None:
        self.config = config
        self.location = Location(config)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Self:
        """The strategy with its keys. Raises `InvalidSettings`."""
        return cls(SquareConfig.from_env(env))

    @classmethod
    def provider_name(cls) -> str:
        """`square`."""
        return NAME

    def check_settings(self) -> Flow[None]:
        """`GET /v2/locations/{id}`: whether the token is accepted, and the location is of its account."""
        yield from self.location.read()

    def create_checkout(self, order: Order, success_url: str, cancel_url: str) -> Flow[CheckoutSession]:  # noqa: ARG002
        """`POST /v2/online-checkout/payment-links`. Square's page has no way back: `cancel_url` is not used."""
        yield from self.location.check(order.total.currency)
        answer = yield from call(self.config, "POST", _LINKS, link_body(order, self.config.location_id, success_url))
        return _parse_session(answer, order)

    def verify_webhook(self, request: HttpRequest, now: int) -> Flow[PaymentEvent]:  # noqa: ARG002
        """Check the signature, read the event and ask which order it is about. Square signs no time: `now` is not used."""
        return (yield from webhook.verify(self.config, request))

    def read_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """`GET /v2/orders/{id}`, then each payment of it, `GET /v2/payments/{id}`, until one of them tells something."""
        _, square_order_id = _split_session_id(order)
        made = (yield from call(self.config, "GET", f"/v2/orders/{square_order_id}")).get("order")
        payment_ids = [get_id(tender, "payment_id") or get_id(tender, "id") for tender in get_list(made, "tenders")]
        for payment_id in sorted(payment_ids, key=order.payment_ref.__eq__):  # a second payment says more than the known one
            payment = (yield from call(self.config, "GET", f"/v2/payments/{payment_id}")).get("payment")
            event = payment_event(payment, order)
            if event.kind is not EventKind.IGNORED and get(payment, "order_id") == square_order_id:
                return event
        cancelled = get(made, "state") == "CANCELED"
        return unpaid_event(order, EventKind.CANCELLED if cancelled else EventKind.IGNORED)

    def expire_checkout(self, order: Order) -> Flow[PaymentEvent]:
        """`DELETE …/payment-links/{id}`, which cancels the order unless it is paid: where it was, or is gone, read it."""
        link_id, square_order_id = _split_session_id(order)
        response = yield from exchange(self.config, "DELETE", f"{_LINKS}/{link_id}")
        if response.status == 200 and parse_object(response.body).get("cancelled_order_id") == square_order_id:
            return unpaid_event(order, EventKind.EXPIRED)
        return (yield from self.read_checkout(order))

    def refund(self, order: Order, refund: Refund) -> Flow[RefundResult]:
        """`POST /v2/refunds`, once for each refund."""
        return (yield from refunds.refund_payment(self.config, order, refund))

    def read_refunded(self, order: Order) -> Flow[Money | None]:
        """The sum that the payment tells."""
        return (yield from refunds.read_refunded(self.config, order))
